"""What a convolution knows of images beforehand: small nets on real digits, with pixels permuted and digits moved."""

from functools import cache

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least,
    at_most,
    digits,
    main,
    table,
)

SIDE = 12  # of the canvas: a digit of 8 × 8 has room to move by 2
TRAIN, TEST = slice(500), slice(500, 1000)

# --- three small nets: (parameters, function) -------------------------------


def initial(*shape):
    """He initialisation."""
    fan_in = torch.Size(shape[1:]).numel()
    return torch.randn(shape) * (2 / fan_in) ** 0.5


def mlp():
    def run(x, w):
        return F.linear(x.flatten(1), w[0], w[1]).relu() @ w[2].T + w[3]

    hidden = 48
    first = initial(hidden, SIDE**2), torch.zeros(hidden)
    return [*first, initial(10, hidden), torch.zeros(10)], run


def cnn(head):
    """Two 3×3 convolutions, then the largest value of each map, or all values of all maps."""

    def run(x, w):
        y = convolve(convolve(x, w[0], w[1]).relu(), w[2], w[3]).relu()
        y = y.amax((2, 3)) if head == "max" else y.flatten(1)
        return F.linear(y, w[4], w[5])

    wide = 8 if head == "max" else 4
    weights = [initial(wide, 1, 3, 3), initial(2 * wide, wide, 3, 3)]
    outputs = 2 * wide * (1 if head == "max" else SIDE**2)
    weights.append(initial(10, outputs))
    return [
        w for each in weights for w in (each, torch.zeros(len(each)))
    ], run


def convolve(x, weight, bias):
    # The canvas as a torus. Around a digit it is black, so zeros would be the same but for the outputs beyond the edge.
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), weight, bias)


NETS = {
    "MLP": ("MLP", mlp, 100, 0.01),
    "CNN + amax": (
        "CNN + 全局最大池化",
        lambda: cnn("max"),
        90,
        0.015,
    ),
    "CNN + flatten": ("CNN + 展平", lambda: cnn("flatten"), 60, 0.01),
}


def trained(name, images, labels, device):
    """Adam on batches of 48; the trained net as a function of images."""
    _, make, steps, rate = NETS[name]
    weights, run = make()
    weights = [w.to(device).requires_grad_() for w in weights]
    moments = [(torch.zeros_like(w), torch.zeros_like(w)) for w in weights]
    for t in range(1, steps + 1):
        batch = torch.randint(len(images), (48,))
        loss = F.cross_entropy(run(images[batch], weights), labels[batch])
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, g, (m, v) in zip(weights, slopes, moments, strict=True):
                m.lerp_(g, 0.1)
                v.lerp_(g * g, 0.01)
                scale = (v / (1 - 0.99**t)).sqrt() + 1e-8
                w.sub_(rate * m / (1 - 0.9**t) / scale)
    return torch.no_grad()(lambda x: run(x, weights).argmax(1))


def canvases(moved):
    """1000 digits in random order on black canvases, in the middle or anywhere."""
    images, labels = digits()
    chosen = torch.randperm(len(images))[:1000]
    images = F.pad(images[chosen], (2, 2, 2, 2))
    if moved:
        steps = torch.randint(-2, 3, (1000, 2)).tolist()
        pairs = zip(images, steps, strict=True)
        images = torch.stack([x.roll(step, (0, 1)) for x, step in pairs])
    return images[:, None], labels[chosen]


def accuracy(net, images, labels):
    return float((net(images[TEST]) == labels[TEST]).double().mean())


# --- order: the same permutation of the pixels for every image --------------

order = Claim(
    "order",
    en="A fixed permutation of all pixels does not matter to an MLP, but takes from a CNN with global pooling most of what it learns",
    zh="对所有图像做同一个像素置换，MLP不受影响，带全局池化的CNN则几乎学不到东西",
)


@cache
def with_and_without_order(name, seed, device):
    """Accuracy on new images, trained and tested as they are and with all pixels permuted alike."""
    torch.manual_seed(seed)
    images, labels = (each.to(device) for each in canvases(moved=True))
    permuted = images.flatten(1)[:, torch.randperm(SIDE**2)]
    return [
        accuracy(trained(name, x[TRAIN], labels[TRAIN], device), x, labels)
        for x in (images, permuted.view_as(images))
    ]


@order.cases
def nets(rng):
    seed = rng.getrandbits(32)
    for name in ("MLP", "CNN + amax"):
        yield Case(
            name, zh=NETS[name][0], name=name, seed=seed, device=rng.device
        )


@order.check
def on_permuted_digits(matters, case):
    rows = [
        (name, *with_and_without_order(name, case.seed, case.device))
        for name in ("MLP", "CNN + amax")
    ]
    plain, permuted = with_and_without_order(
        case.name, case.seed, case.device
    )
    en, zh = "accuracy lost by the permutation", "置换造成的准确率下降"
    # 0.25 parts the two: an MLP changed by 0.1 at most, a CNN lost 0.4 or more
    return [
        at_least(plain - permuted, 0.25, en=en, zh=zh)
        if matters(case.name)
        else at_most(abs(plain - permuted), 0.25, en=en, zh=zh),
        table(
            ("", ("as they are", "原图"), ("permuted", "像素置换后")),
            rows,
            en="Accuracy on new digits, anywhere on the canvas",
            zh="新数字（位置随机）上的准确率",
        ),
    ]


@order.answer
def only_to_the_cnn(name):
    return name.startswith("CNN")


@order.misconception(
    en="an MLP needs the neighbourhood of pixels as well",
    zh="MLP同样依赖像素的邻接关系",
    on=lambda case: case.name == "MLP",
    because=("of the CNN it is true", "对CNN确实如此"),
)
def to_both(name):
    return True


@order.misconception(
    en="a net learns any order of the pixels, a CNN too",
    zh="网络能学会任何像素排列，CNN也一样",
    on=lambda case: case.name != "MLP",
    because=("of the MLP it is true", "对MLP确实如此"),
)
def to_neither(name):
    return False


@order.misconception(
    en="an MLP suffers, as flattening has lost the places; a CNN finds its patterns anywhere",
    zh="展平丢了位置信息，所以受影响的是MLP；CNN在哪里都能找到模式",
)
def only_to_the_mlp(name):
    return name == "MLP"


# --- shift: digits where none was in training -------------------------------

shift = Claim(
    "shift",
    en="Trained on centred digits, circular convolutions with global pooling recognise moved ones; with a flattened head they fail as an MLP does",
    zh="只用居中的数字训练，循环填充的卷积加全局池化认得移动后的数字；换成展平加全连接就和MLP一样认不出",
)


@cache
def centred_and_moved(name, seed, device):
    torch.manual_seed(seed)
    images, labels = (each.to(device) for each in canvases(moved=False))
    net = trained(name, images[TRAIN], labels[TRAIN], device)
    return [
        accuracy(net, images.roll((step, step), (2, 3)), labels)
        for step in range(-2, 3)
    ]


@shift.cases
def three_nets(rng):
    seed = rng.getrandbits(32)
    for name, (zh, *_) in NETS.items():
        yield Case(name, zh=zh, name=name, seed=seed, device=rng.device)


@shift.check
def on_moved_digits(survives, case):
    rows = [
        (name, *centred_and_moved(name, case.seed, case.device))
        for name in NETS
    ]
    there, *_, here = centred_and_moved(case.name, case.seed, case.device)[
        :3
    ]
    en, zh = (
        "accuracy lost by moving 2 pixels",
        "移动2个像素造成的准确率下降",
    )
    # exactly 0 with global pooling; the others lost 0.7 or more
    return [
        at_most(abs(here - there), 0.05, en=en, zh=zh)
        if survives(case.name)
        else at_least(here - there, 0.3, en=en, zh=zh),
        table(
            ("", *(f"{step:+d}" for step in range(-2, 3))),
            rows,
            en="Accuracy on new digits, moved along the diagonal",
            zh="新数字沿对角线移动后的准确率",
        ),
    ]


@shift.answer
def with_global_pooling(name):
    return name == "CNN + amax"


@shift.misconception(
    en="every CNN is translation invariant, by its shared weights",
    zh="权值共享使任何CNN都有平移不变性",
    on=lambda case: case.name == "CNN + flatten",
    because=(
        "the other CNN is invariant, and of an MLP it says nothing",
        "另一个CNN确实不变，而MLP不在其列",
    ),
)
def every_cnn(name):
    return name.startswith("CNN")


@shift.misconception(
    en="no net recognises what it has not been trained on",
    zh="没训练过的位置，任何网络都认不出",
    on=lambda case: case.name == "CNN + amax",
    because=("the others do fail", "另外两个确实认不出"),
)
def none(name):
    return False


@shift.misconception(
    en="a good net generalises to moved digits, an MLP as well",
    zh="训练得好就能泛化到移动后的数字，MLP也一样",
    on=lambda case: case.name == "MLP",
    because=("the error lies with the MLP", "只在MLP上出错"),
)
def all_but_the_flattened(name):
    return name != "CNN + flatten"


if __name__ == "__main__":
    main()
