import torch


def step(x, weights, heads, cache):
    keys, values = cache.setdefault("keys", []), cache.setdefault("values", [])
    keys.append((x @ weights["wk"])[0])
    values.append((x @ weights["wv"])[0])
    q = (x @ weights["wq"])[0]
    size = len(q) // heads
    rows = []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        k = torch.stack([row[part] for row in keys])
        v = torch.stack([row[part] for row in values])
        rows.append(torch.softmax(k @ q[part] / size**0.5, 0) @ v)
    return torch.cat(rows)[None] @ weights["wo"]
