import torch


def step(x, weights, heads, cache):
    d = x.shape[1]

    def split(name):
        return (x @ weights[name]).view(1, heads, d // heads)

    cache["k"] = torch.cat([cache.get("k", x.new_empty(0, heads, d // heads)), split("wk")])
    cache["v"] = torch.cat([cache.get("v", x.new_empty(0, heads, d // heads)), split("wv")])
    scores = torch.einsum("ihc,jhc->hij", split("wq"), cache["k"]) * (d // heads) ** -0.5
    mixed = torch.einsum("hij,jhc->ihc", scores.softmax(-1), cache["v"])
    return mixed.reshape(1, d) @ weights["wo"]
