def write_side_by_side(weights, x):
    width = len(weights[0])
    joined = x.new_zeros(sum(map(len, weights)), x.shape[1])
    for index, weight in enumerate(weights):
        joined[index * width : (index + 1) * width].addmm_(weight[:width], x)
    return joined
