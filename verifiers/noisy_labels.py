"""How strong weight decay should be: networks on real digits, some of them labelled wrongly."""

import torch
from torch.nn.functional import one_hot

from quizapp.proof import Case, Claim, at_most, curves, digits, main, table

choice = Claim(
    "choice",
    en="The strength of weight decay is chosen by the error on held-out data: the training error, the gap between "
    "the two, and a fixed rule all miss it",
    zh="权重衰减的强度要看验证集误差来选；看训练误差、看两者之差、或用固定规则，都会选错",
)

DECAYS = (0.0, 0.001, 0.01, 0.03, 0.1, 1.0)
TRAIN, HELD_OUT, WRONG, SPLITS = 150, 1000, 0.4, 3


@choice.cases
def networks(rng):
    images, labels = digits()
    # three splits side by side: what is judged is the mean, not the luck of one
    order = torch.stack([torch.randperm(1797) for _ in range(SPLITS)])
    x, truth = images.flatten(1)[order], labels[order]
    wrong = torch.rand(truth.shape) < WRONG
    other = (truth + torch.randint(1, 10, truth.shape)) % 10
    seen = accuracies(
        x.to(rng.device), torch.where(wrong, other, truth), truth
    )
    yield Case(
        f"{TRAIN} digits, {WRONG:.0%} of the labels wrong",
        zh=f"{TRAIN}个手写数字，{WRONG:.0%}标签有误",
        decays=list(DECAYS),
        **seen,
    )


def accuracies(x, noisy, truth):
    """For each decay: training and held-out accuracy by the labels that there are, test accuracy by the right ones."""
    guess = trained(x, noisy.to(x.device)).argmax(-1).cpu()
    cut = TRAIN + HELD_OUT
    right = {
        "train": (guess == noisy[:, None])[..., :TRAIN],
        "held_out": (guess == noisy[:, None])[..., TRAIN:cut],
        "test": (guess == truth[:, None])[..., cut:],
    }
    return {
        name: each.float().mean((0, 2)).tolist()
        for name, each in right.items()
    }


def trained(x, labels, width=48, steps=150, lr=0.2):
    """Scores for all images of nets 64 → 48 → 10, one for each split and decay of the weights, trained side by side."""
    x = x[:, None]
    seen, goals = x[:, :, :TRAIN], one_hot(labels[:, None, :TRAIN], 10)
    decay = x.new_tensor(DECAYS)[:, None, None]
    nets = (SPLITS, len(DECAYS), 1, 1)
    first = torch.randn(64, width, device=x.device) / 6
    second = torch.randn(width, 10, device=x.device) / 6
    net = [each.repeat(nets) for each in (first, second)]
    net += [torch.zeros_like(each[..., :1, :]) for each in net]
    speed = [0.0] * 4
    for _ in range(steps):
        w, v, b, c = net
        hidden = (seen @ w + b).relu()
        top = ((hidden @ v + c).softmax(-1) - goals) / TRAIN
        below = (top @ v.mT) * (hidden > 0)
        slopes = [seen.mT @ below + decay * w, hidden.mT @ top + decay * v]
        slopes += [below.sum(-2, True), top.sum(-2, True)]
        for i, slope in enumerate(slopes):
            speed[i] = 0.9 * speed[i] + slope
            net[i] = net[i] - lr * speed[i]
    w, v, b, c = net
    return (x @ w + b).relu() @ v + c


@choice.observe
def chosen(choose, decays, train, held_out):
    return choose(decays, train, held_out)


@choice.check
def test_accuracy(place, case):
    rows = [
        (decay, *(f"{share[at]:.1%}" for share in shares(case)))
        for at, decay in enumerate(case.decays)
    ]
    return [
        at_most(
            max(case.test) - case.test[place],
            0.04,
            en="test accuracy short of the best",
            zh="测试准确率比最佳者低多少",
        ),
        curves(
            range(len(DECAYS)),
            dict(zip(NAMES, shares(case), strict=True)),
            en="Accuracy, from no decay to strong decay",
            zh="准确率，从不衰减到强衰减",
        ),
        table(
            (("decay", "衰减"), *NAMES),
            rows,
            en="Trained networks",
            zh="训练好的网络",
        ),
    ]


NAMES = (("training", "训练"), ("held out", "验证"), ("test", "测试"))


def shares(case):
    return case.train, case.held_out, case.test


@choice.answer
def best_on_held_out_data(decays, train, held_out):
    return max(range(len(decays)), key=held_out.__getitem__)


@choice.misconception(
    en="takes what fits the training data best",
    zh="选训练集上拟合最好的",
)
def best_on_training_data(decays, train, held_out):
    return max(range(len(decays)), key=train.__getitem__)


@choice.misconception(
    en="takes the smallest gap between training and held-out accuracy",
    zh="选训练与验证准确率之差最小的",
)
def smallest_gap(decays, train, held_out):
    return min(
        range(len(decays)), key=lambda at: abs(train[at] - held_out[at])
    )


@choice.misconception(
    en="the stronger, the better it generalises",
    zh="越强泛化越好",
)
def strongest(decays, train, held_out):
    return len(decays) - 1


@choice.misconception(
    en="any decay at all prevents memorising",
    zh="只要加一点衰减就不会死记",
)
def weakest_of_all(decays, train, held_out):
    return 1


if __name__ == "__main__":
    main()
