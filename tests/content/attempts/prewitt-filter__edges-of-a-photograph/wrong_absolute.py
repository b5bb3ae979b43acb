def prewitt(image):
    change = image[2:].int() - image[:-2].int()
    return (change[:, :-2] + change[:, 1:-1] + change[:, 2:]).abs()
