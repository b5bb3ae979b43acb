def accumulate(model, loss_fn, x, y, sizes):
    weights = [each for each in model.parameters() if each.requires_grad]
    for weight in weights:
        weight.grad = None
    total, start = 0.0, 0
    for size in sizes:
        part, target = x[start : start + size], y[start : start + size]
        loss = loss_fn(model(part), target) * size
        loss.backward()
        total, start = total + loss.detach(), start + size
    for weight in weights:
        weight.grad /= start
    return total / start
