def step(x, weights, heads, cache):
    d = x.shape[1]
    if not cache:
        cache.update(t=0, k=x.new_zeros(64, d), v=x.new_zeros(64, d))
    t = cache["t"]
    cache["k"][t], cache["v"][t] = (x @ weights["wk"])[0], (x @ weights["wv"])[0]
    cache["t"] = t + 1
    k = cache["k"][: t + 1].reshape(t + 1, heads, -1).permute(1, 2, 0)
    v = cache["v"][: t + 1].reshape(t + 1, heads, -1).transpose(0, 1)
    q = (x @ weights["wq"]).reshape(heads, 1, -1)
    weight = (q @ k / (d / heads) ** 0.5).softmax(-1)
    return (weight @ v).reshape(1, d) @ weights["wo"]
