"""Class weights: the same as copies, and what they do to probabilities."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, at_most, close, main, note, table

copies = Claim(
    "copies",
    en="CrossEntropyLoss(weight=w) is the plain mean over the data with each sample of class c there w_c times: nothing new is learned",
    zh="CrossEntropyLoss(weight=w) 等于把类别c的每个样本复制 w_c 份之后的普通平均：没有任何新信息",
)


@copies.cases
def weighted_batches(rng):
    for label, zh, weights in (
        ("weights 1 and 7", "权重1和7", [1, 7]),
        ("weights 2 and 9", "权重2和9", [2, 9]),
        ("weights 1, 4 and 10", "权重1、4、10", [1, 4, 10]),
    ):
        classes = len(weights)
        labels = [0] * 12 + list(range(1, classes)) * 2
        labels = torch.tensor(rng.sample(labels, len(labels)))
        logits = 2 * torch.randn(len(labels), classes).double()
        yield Case(
            label,
            zh=zh,
            logits=logits.to(rng.device),
            labels=labels.to(rng.device),
            weights=torch.tensor(weights, device=rng.device).double(),
        )


@copies.observe
def value_and_slope(loss, logits, labels, weights):
    logits = logits.clone().requires_grad_()
    value = loss(logits, labels, weights)
    value.backward()
    return value.detach(), logits.grad


@copies.check
def on_the_copied_batch(seen, case):
    repeats = case.weights.long()[case.labels]
    rows = torch.arange(len(case.labels), device=case.labels.device)
    rows = rows.repeat_interleave(repeats)
    logits = case.logits.clone().requires_grad_()
    want = F.cross_entropy(logits[rows], case.labels[rows])
    want.backward()
    return [
        # rounding leaves 1e-15; a misconception's value or slope is off by several per cent
        close(seen[0], want.detach(), 1e-6, en="loss", zh="损失"),
        close(seen[1], logits.grad, 1e-6, en="gradient", zh="梯度"),
        note(
            f"{len(case.labels)} samples, {len(rows)} with the copies",
            f"{len(case.labels)} 个样本，复制后为 {len(rows)} 个",
        ),
    ]


@copies.answer
def weighted(logits, labels, weights):
    losses = F.cross_entropy(logits, labels, reduction="none")
    w = weights[labels]
    return (w * losses).sum() / w.sum()  # not / len(labels)


@copies.misconception(
    en="the mean divides by the number of samples",
    zh="求平均时除以样本数",
)
def divided_by_n(logits, labels, weights):
    losses = F.cross_entropy(logits, labels, reduction="none")
    return (weights[labels] * losses).mean()


@copies.misconception(
    en="copies are new points, as SMOTE makes them",
    zh="复制出来的样本相当于SMOTE合成的新样本",
)
def interpolated(logits, labels, weights):
    x, y = [], []
    for row, label in zip(logits, labels, strict=True):
        mates = logits[labels == label]
        for k in range(int(weights[label])):
            mate = mates[k % len(mates)]
            x.append(row + (mate - row) * (k % 3) / 3)
            y.append(label)
    return F.cross_entropy(torch.stack(x), torch.stack(y))


@copies.misconception(
    en="a weight is added to the class's logit, as its logarithm",
    zh="权重以对数的形式加到该类的logit上",
)
def logit_adjusted(logits, labels, weights):
    return F.cross_entropy(logits + weights.log(), labels)


@copies.misconception(
    en="no matter: a constant factor drops out",
    zh="没有影响：常数系数会约掉",
)
def unweighted(logits, labels, weights):
    return F.cross_entropy(logits, labels)


shift = Claim(
    "shift",
    en="Weight k (or 1 negative in k kept) multiplies the odds by k: divide them by k to have probabilities again",
    zh="正类权重k（或负类只保留1/k）把几率放大k倍；除以k才重新得到概率",
    on="cpu",
)


@shift.cases
def rare_positives(rng):
    for label, zh, k, thinned in (
        ("class weight 30", "类别权重30", 30.0, False),
        ("1 negative in 30 kept", "负类只保留1/30", 30.0, True),
        ("class weight 8", "类别权重8", 8.0, False),
    ):
        y = (torch.arange(100_000) < 3000).double()  # 3 % positives
        x = torch.randn(100_000, 2).double() + y[:, None]
        kept = (
            (y == 1) | (torch.rand(100_000) < 1 / k) if thinned else y >= 0
        )
        w = torch.ones_like(y) if thinned else 1 + (k - 1) * y
        theta = logistic_regression(x[kept], y[kept], w[kept])
        fresh = torch.randn(5000, 2).double()
        fresh[:150] += 1
        # two Gaussians: the log odds are linear, and known
        odds = 0.03 / 0.97 * (fresh.sum(1) - 1).exp()
        yield Case(
            label,
            zh=zh,
            k=k,
            p=(fresh @ theta[:2] + theta[2]).sigmoid(),
            truth=odds / (1 + odds),
        )


def logistic_regression(x, y, w):
    """Newton's method on the weighted log loss."""
    x = torch.cat([x, torch.ones(len(x), 1)], 1)
    theta = torch.zeros(3).double()
    for _ in range(8):
        p = (x @ theta).sigmoid()
        curvature = (x * (w * p * (1 - p))[:, None]).T @ x
        step = torch.linalg.solve(curvature, x.T @ (w * (y - p)))
        theta = theta + step
    return theta


@shift.observe
def corrected(correct, p, k):
    return correct(p, k)


@shift.check
def against_the_true_probability(got, case):
    order = case.truth.argsort()
    parts = [order[a : a + 1000] for a in range(0, 5000, 1000)]
    return [
        # the fit is off by 0.13 at most over 200 seeds, the nearest misconception by 0.6
        at_most(
            (got - case.truth).abs().mean() / case.truth.mean(),
            0.25,
            en="mean error of the probability / mean probability",
            zh="概率的平均误差 / 平均概率",
        ),
        table(
            (
                ("true", "真实概率"),
                ("model", "模型"),
                ("corrected", "修正后"),
            ),
            [
                [f"{e[i].mean():.3f}" for e in (case.truth, case.p, got)]
                for i in parts
            ],
            en="Probability of a positive, fifth by fifth",
            zh="正类概率（按真实概率分五档）",
        ),
    ]


@shift.answer
def odds_divided_by_k(p, k):
    odds = p / (1 - p) / k
    return odds / (1 + odds)


@shift.misconception(
    en="class weights leave the probabilities right",
    zh="加了类别权重，输出的概率依然是准的",
)
def as_they_are(p, k):
    return p


@shift.misconception(
    en="divides the probabilities by k, not the odds",
    zh="直接把概率除以k，而不是把几率除以k",
    on=lambda case: case.k == 30,
    because=(
        "a small k distorts less",
        "k较小时偏差不大",
    ),
)
def probability_divided_by_k(p, k):
    return p / k


@shift.misconception(
    en="divides the logit by k, as a temperature",
    zh="把logit除以k，当作温度缩放",
)
def temperature(p, k):
    return (p.logit() / k).sigmoid()


@shift.misconception(
    en="shifts the logit the wrong way", zh="logit平移的方向反了"
)
def odds_times_k(p, k):
    odds = p / (1 - p) * k
    return odds / (1 + odds)


recalibrated = Claim(
    "recalibrated",
    en="Trained with a share w of the negatives, p stands for p / (p + (1 − p)/w)",
    zh="只用比例w的负样本训练时，输出p对应的真实概率是 p / (p + (1 − p)/w)",
    on="cpu",
)


@recalibrated.cases
def scores(rng):
    def draw():
        return {
            "p": rng.choice([0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9]),
            "w": rng.choice([1, 2, 5, 10, 20, 25]),
        }

    for _ in range(4):
        given = recalibrated.telling(draw)
        yield Case(
            f"p = {given['p']}, {given['w']} % of the negatives",
            zh=f"p = {given['p']}，保留{given['w']}%的负样本",
            given=given,
        )


@recalibrated.truth(rel=0.02)
def putting_them_back(case):
    """Of 1000 training samples with this score p·1000 are positive; put back the negatives left out."""
    positives = 1000 * case.given["p"]
    negatives = (1000 - positives) * 100 / case.given["w"]
    return positives / (positives + negatives)


@recalibrated.answer
def negatives_restored(p, w):
    return p / (p + (1 - p) * 100 / w)


@recalibrated.misconception(
    en="multiplies the probability by the share kept",
    zh="直接把概率乘以保留比例",
)
def times_the_share(p, w):
    return p * w / 100


@recalibrated.misconception(en="takes p as it is", zh="直接把p当作真实概率")
def as_it_is(p, w):
    return p


@recalibrated.misconception(
    en="divides the positives, not the negatives, by the share",
    zh="把除以比例的对象弄反：除的是正类而不是负类",
)
def positives_restored(p, w):
    return p * 100 / w / (p * 100 / w + 1 - p)


if __name__ == "__main__":
    main()
