"""What happens when weight decay pulls at the biases too: of a line, of a classifier, of a small network."""

from math import log10

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    curves,
    digits,
    main,
    table,
)

intercept = Claim(
    "intercept",
    en="Least squares on centred inputs, with λ·b² added to the sum of squares, gives b = n·mean(y)/(n + λ)",
    zh="输入已中心化的最小二乘，若在平方和上再加 λ·b²，则 b = n·mean(y)/(n + λ)",
    on="cpu",
)


@intercept.cases
def lines(rng):
    def draw():
        return {
            "n": rng.choice([20, 40, 60]),
            "mean": rng.choice([5, 8, 10, 20]),
            "lam": rng.choice([5, 10, 20, 40]),
        }

    for _ in range(4):
        given = intercept.telling(draw)
        label = f"n = {given['n']}, mean(y) = {given['mean']}, λ = {given['lam']}"
        zh = f"n = {given['n']}，y的均值为 {given['mean']}，λ = {given['lam']}"
        yield Case(label, zh=zh, given=given)


@intercept.truth(rel=0.02)
def by_least_squares(case):
    """The penalty is the squared error on four more samples: one for each of three weights, and one for b."""
    n, lam = case.given["n"], case.given["lam"]
    x = torch.randn(n, 3).double()
    y = x.sum(1) + torch.randn(n).double()
    x, y = x - x.mean(0), y - y.mean() + case.given["mean"]
    inputs = torch.column_stack([x, torch.ones(n).double()])
    more = torch.cat([inputs, lam**0.5 * torch.eye(4).double()])
    targets = torch.cat([y, torch.zeros(4).double()])
    return torch.linalg.lstsq(more, targets[:, None]).solution[3].item()


@intercept.answer
def shrunk_mean(n, mean, lam):
    return n * mean / (n + lam)


@intercept.misconception(
    en="the penalty does not touch the bias: b = mean(y)",
    zh="惩罚项影响不到偏置：b = mean(y)",
)
def untouched(n, mean, lam):
    return mean


@intercept.misconception(
    en="sets one sample against the penalty: mean/(1 + λ)",
    zh="拿单个样本与惩罚相权衡：mean/(1 + λ)",
)
def one_sample(n, mean, lam):
    return mean / (1 + lam)


@intercept.misconception(
    en="subtracts, as an L1 penalty would: mean − λ/n",
    zh="像 L1 那样做减法：mean − λ/n",
)
def subtracted(n, mean, lam):
    return mean - lam / n


@intercept.misconception(
    en="differentiates λ·b², but not the squared errors: n·mean/(n + 2λ)",
    zh="只给 λ·b² 求导得到 2λ，平方误差却没有这个 2：n·mean/(n + 2λ)",
)
def one_factor_of_two(n, mean, lam):
    return n * mean / (n + 2 * lam)


base_rate = Claim(
    "base_rate",
    en="Logistic regression with a free bias predicts the base rate on average, however strong the penalty on the "
    "weights; if the bias is penalised as well, the average is dragged to 1/2",
    zh="偏置不受惩罚时，无论对权重的惩罚多强，逻辑回归的平均预测概率都等于正例占比；连偏置一起惩罚，均值就会被拉向 1/2",
    on="cpu",
)

POWERS = range(-3, 4)  # of ten, the penalties that are drawn


@base_rate.cases
def detectors(rng):
    images, labels = digits()
    digit = rng.randrange(10)
    picked = torch.tensor(rng.sample(range(1797), 400))
    x = images[picked].flatten(1).double()
    x, y = x - x.mean(0), (labels[picked] == digit).double()
    means = {
        free: [mean_after_training(x, y, 10.0**k, free) for k in POWERS]
        for free in (True, False)
    }
    for lam, free in ((1e-2, True), (1.0, True), (1e3, True), (1e3, False)):
        what, zh = (
            ("weights only", "只惩罚权重")
            if free
            else ("weights and bias", "权重和偏置都惩罚")
        )
        yield Case(
            f"is it a {digit}? λ = {lam:g}, {what}",
            zh=f"“是不是数字 {digit}”，λ = {lam:g}，{zh}",
            means=means,
            rate=y.mean().item(),
            lam=lam,
            free=free,
        )


@base_rate.observe
def told(average, rate, lam, free):
    return average(rate, lam, bias_penalised=not free)


@base_rate.check
def mean_probability(predicted, case):
    measured = case.means[case.free][POWERS.index(round(log10(case.lam)))]
    return [
        # with a free bias the rate is met to 1e-9, else 1/2 to 1e-3; a base rate of 0.07 to 0.14 lies far from 1/2
        close(measured, predicted, 0.01),
        curves(
            POWERS,
            {
                ("bias free", "偏置不受惩罚"): case.means[True],
                ("bias penalised", "偏置受惩罚"): case.means[False],
            },
            en="Mean predicted probability over log₁₀ λ",
            zh="平均预测概率随 log₁₀ λ 的变化",
        ),
    ]


def mean_after_training(x, y, lam, free):
    """Mean log loss plus λ/2·‖·‖², brought to its minimum by Newton steps."""
    x = torch.cat([x, torch.ones(len(y), 1).double()], dim=1)
    penalty = torch.full((x.shape[1],), lam).double()
    if free:
        penalty[-1] = 0
    theta = torch.zeros_like(penalty)
    for _ in range(12):
        p = torch.sigmoid(x @ theta)
        slope = x.T @ (p - y) / len(x) + penalty * theta
        bend = (x.T * (p * (1 - p))) @ x / len(x) + penalty.diag()
        theta = theta - torch.linalg.solve(bend, slope)
    return torch.sigmoid(x @ theta).mean().item()


@base_rate.answer
def base_rate_if_free(rate, lam, bias_penalised):
    # the bias's own equation: Σ(p − y) = 0 if nothing pulls at it
    return 0.5 if bias_penalised else rate


@base_rate.misconception(
    en="a strong penalty on the weights alone ends at 1/2 too",
    zh="只惩罚权重，惩罚强了平均概率也会变成 1/2",
    on=lambda case: case.lam > 1 and case.free,
    because=(
        "it errs where the penalty is strong and the bias is free",
        "只有惩罚很强而偏置自由时，这个说法才露出错误",
    ),
)
def strong_means_one_half(rate, lam, bias_penalised):
    return 0.5 if lam > 1 else rate


@base_rate.misconception(
    en="one number among many: decaying the bias changes nothing",
    zh="偏置只是众多参数中的一个，惩罚它也没有影响",
    on=lambda case: not case.free,
    because=("elsewhere the bias is free", "其他情形偏置本来就不受惩罚"),
)
def bias_is_negligible(rate, lam, bias_penalised):
    return rate


@base_rate.misconception(
    en="shrunk weights mean small probabilities, near 0",
    zh="权重都缩小了，所以概率趋近 0",
    on=lambda case: case.lam > 1,
    because=("it speaks of strong penalties", "它说的是惩罚很强的情形"),
)
def towards_zero(rate, lam, bias_penalised):
    return rate / (1 + lam)


size = Claim(
    "size",
    en="On a small network that reads digits, decaying the biases costs next to nothing, where the same decay on the "
    "weights ruins it",
    zh="在识别手写数字的小网络上，对偏置做衰减几乎没有损失；同样强度加在权重上却会毁掉网络",
    on="cpu",
)

DECAYS = {  # decay of (weights, biases)
    "nothing": (0.0, 0.0),
    "biases, 0.0005": (0.0, 5e-4),
    "biases, 0.5": (0.0, 0.5),
    "weights, 0.5": (0.5, 0.0),
}


@size.cases
def networks(rng):
    images, labels = digits()
    order = torch.tensor(rng.sample(range(1797), 1797))
    x, y = images.flatten(1)[order], labels[order]
    accuracy = dict(zip(DECAYS, trained(x, y), strict=True))
    names = {"biases": "偏置", "weights": "权重"}
    for label in list(DECAYS)[1:]:
        what, strength = label.split(", ")
        yield Case(
            f"decay of {strength} on the {what}",
            zh=f"对{names[what]}做强度 {strength} 的衰减",
            what=what,
            strength=float(strength),
            accuracy=accuracy,
            lost=accuracy["nothing"] - accuracy[label],
        )


def trained(x, y, lr=0.2):
    """Test accuracy of four nets 64 → 32 → 10, one for each decay, from one start, trained side by side."""
    start = [torch.randn(64, 32) / 8, torch.zeros(1, 32)]
    start += [torch.randn(32, 10) / 6, torch.zeros(1, 10)]
    net = [torch.stack([each] * len(DECAYS)) for each in start]
    speed = [torch.zeros_like(each) for each in net]
    decay = torch.tensor(list(DECAYS.values())).T[:, :, None, None]
    goal = torch.nn.functional.one_hot(y[:300], 10)
    for _ in range(120):
        hidden = (x[:300] @ net[0] + net[1]).relu()
        out = (hidden @ net[2] + net[3]).softmax(-1)
        top = (out - goal) / 300
        below = (top @ net[2].mT) * (hidden > 0)
        slopes = [x[:300].T @ below, below.sum(1, keepdim=True)]
        slopes += [hidden.mT @ top, top.sum(1, keepdim=True)]
        for i in range(4):
            pull = slopes[i] + decay[i % 2] * net[i]
            speed[i] = 0.9 * speed[i] + pull
            net[i] = net[i] - lr * speed[i]
    hidden = (x[300:] @ net[0] + net[1]).relu()
    guess = (hidden @ net[2] + net[3]).argmax(-1)
    return (guess == y[300:]).float().mean(1).tolist()


@size.observe
def expected(ruins, what, strength):
    return ruins(what, strength)


@size.check
def accuracy_lost(ruined, case):
    rows = [(name, f"{value:.1%}") for name, value in case.accuracy.items()]
    return [
        # over 200 seeds: biases below 0.005, weights above 0.6
        at_least_if(
            ruined,
            case.lost,
            0.05,
            en="test accuracy lost against no decay",
            zh="与不衰减相比，测试准确率的损失",
        ),
        table(
            (("decayed", "衰减对象"), ("test accuracy", "测试准确率")),
            rows,
            en="Four networks from one start",
            zh="同一起点训练出的四个网络",
        ),
    ]


@size.answer
def only_on_the_weights(what, strength):
    return what == "weights" and strength > 0.1


@size.misconception(
    en="decaying the biases ruins a network",
    zh="对偏置做衰减会毁掉网络",
    on=lambda case: case.what == "biases",
    because=("it speaks of biases", "它说的是偏置"),
)
def biases_must_be_free(what, strength):
    return True


@size.misconception(
    en="decay of 0.5 is as harmless on the weights",
    zh="0.5 的衰减加在权重上同样无害",
    on=lambda case: case.what == "weights",
    because=("on the biases it is harmless", "加在偏置上确实无害"),
)
def harmless_everywhere(what, strength):
    return False


@size.misconception(
    en="strength alone decides, weights or biases",
    zh="只看强度，与加在权重还是偏置上无关",
    on=lambda case: case.what == "biases" and case.strength == 0.5,
    because=(
        "it errs where a strong decay is on the biases",
        "只有强衰减加在偏置上时才出错",
    ),
)
def strong_ruins(what, strength):
    return strength > 0.1


if __name__ == "__main__":
    main()
