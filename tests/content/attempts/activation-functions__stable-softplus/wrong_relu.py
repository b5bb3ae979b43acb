def softplus(x, beta=1.0, threshold=20.0):
    return (beta * x).relu() / beta
