"""What a bias does inside a ReLU network: it places the kinks, and it collects gradient from everywhere."""

import torch
from torch import nn
from torch.nn.functional import conv2d

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    curves,
    main,
)

slopes = Claim(
    "slopes",
    en="A bias of the output leaves every slope of the network alone; hidden biases change slopes and curvature",
    zh="输出层的偏置不改变网络的任何斜率；隐藏层的偏置会改变斜率和曲率",
)


@slopes.cases
def networks(rng):
    x = torch.linspace(-3, 3, 241, dtype=torch.float64)
    for activation in ("relu", "tanh"):
        # gains of 2 keep both halves of a tanh in play
        weights = [2 * torch.randn(1, 24), torch.randn(24, 24) / 24**0.5]
        weights += [torch.randn(24, 1) / 24**0.5]
        biases = [torch.randn(24), torch.randn(24) / 2, torch.randn(1)]
        for layer in (1, 2, 3):
            place = "hidden" if layer < 3 else "output"
            zh = "隐藏层" if layer < 3 else "输出层"
            yield Case(
                f"{activation}, bias of layer {layer} of 3 ({place})",
                zh=f"{activation}，3 层中第 {layer} 层（{zh}）的偏置",
                activation=activation,
                layer=layer,
                hidden=layer < 3,
                x=x.to(rng.device),
                weights=[each.double().to(rng.device) for each in weights],
                biases=[each.double().to(rng.device) for each in biases],
            )


@slopes.check
def with_and_without_the_bias(changes, case):
    without = [
        each * (place != case.layer)
        for place, each in enumerate(case.biases, 1)
    ]
    one, other = slope(case, case.biases), slope(case, without)
    bends = [each.diff() for each in (one, other)]
    changed = changes(case.activation, case.hidden)
    return [
        # changed is 0 to rounding for an output bias; 0.05 or more over 200 seeds for a hidden one
        at_least_if(
            changed,
            distance(one, other),
            0.01,
            en="relative change of the slopes df/dx",
            zh="斜率 df/dx 的相对变化",
        ),
        at_least_if(
            changed,
            distance(*bends),
            0.01,
            en="relative change of the curvature (differences of slopes)",
            zh="曲率（斜率之差）的相对变化",
        ),
        curves(
            case.x.tolist()[::4],
            {
                ("with the bias", "有此偏置"): one.tolist()[::4],
                ("without it", "去掉此偏置"): other.tolist()[::4],
            },
            en="Slope df/dx over the input",
            zh="斜率 df/dx 随输入的变化",
        ),
    ]


def slope(case, biases):
    x = case.x.clone().requires_grad_()
    h = x[:, None]
    for place, (weight, bias) in enumerate(
        zip(case.weights, biases, strict=True), 1
    ):
        h = h @ weight + bias
        h = getattr(h, case.activation)() if place < 3 else h
    return torch.autograd.grad(h.sum(), x)[0]


def distance(one, other):
    return float((one - other).norm() / one.norm())


@slopes.answer
def hidden_biases_do(activation, hidden):
    return hidden


@slopes.misconception(
    en="a bias treats all inputs alike and adds no curvature, wherever it stands",
    zh="偏置对所有输入一视同仁，在哪一层都不贡献曲率",
    on=lambda case: case.hidden,
    because=(
        "of the output bias this is true",
        "对输出层的偏置，这句话成立",
    ),
)
def no_curvature(activation, hidden):
    return False


@slopes.misconception(
    en="every bias shifts the slopes, that of the output too",
    zh="任何偏置都会改变斜率，输出层的也一样",
    on=lambda case: not case.hidden,
    because=("of hidden biases this is true", "对隐藏层的偏置，这句话成立"),
)
def every_bias(activation, hidden):
    return True


@slopes.misconception(
    en="a ReLU network is piecewise linear, so its biases cannot matter to slopes",
    zh="ReLU 网络分段线性，所以偏置影响不了斜率",
    on=lambda case: case.hidden and case.activation == "relu",
    because=("it speaks of ReLU", "它说的是 ReLU"),
)
def smooth_ones_only(activation, hidden):
    return hidden and activation == "tanh"


rays = Claim(
    "rays",
    en="A ReLU network of one input without hidden biases is two straight rays that meet at 0, however deep",
    zh="单输入的 ReLU 网络去掉隐藏层偏置后，无论多深，都只是在 0 处相接的两条直线段",
    on="cpu",
)


@rays.cases
def three_known_values(rng):
    def draw():
        while True:
            left, zero, right = rng.sample(range(-4, 8), 3)
            x = rng.choice([-4, -3, -2, 2, 3, 4])
            if along_the_ray(left, zero, right, x) != 0:
                return {"left": left, "zero": zero, "right": right, "x": x}

    for _ in range(4):
        given = rays.telling(draw)
        values = f"{given['left']}, {given['zero']}, {given['right']}"
        yield Case(
            f"f = {values} at −1, 0, 1; x = {given['x']}",
            zh=f"f 在 −1、0、1 处为 {values}；x = {given['x']}",
            given=given,
        )


@rays.truth(rel=0.02)
def run_such_a_network(case):
    """Two random networks without biases, side by side; the output layer mixes them to meet the three values."""
    given, torso = case.given, nn.Sequential()
    for inputs in (1, 32, 32):
        torso.append(nn.Linear(inputs, 32, bias=False).double())
        torso.append(nn.ReLU())
    x = torch.tensor([[-1.0], [1.0], [given["x"]]]).double()
    features = torso(x)
    wanted = torch.tensor([given["left"], given["right"]]).double()
    head = torch.linalg.pinv(features[:2]) @ (wanted - given["zero"])
    return (features[2] @ head + given["zero"]).item()


@rays.answer
def along_the_ray(left, zero, right, x):
    at_one = right if x > 0 else left
    return zero + abs(x) * (at_one - zero)


@rays.misconception(
    en="a straight line through the outer values: biases bring the bends",
    zh="没有偏置就没有弯折：过两端的一条直线",
)
def straight_line(left, zero, right, x):
    return (left + right) / 2 + x * (right - left) / 2


@rays.misconception(
    en="a smooth curve through the three values: biases bring no bends",
    zh="偏置不贡献曲率，去掉它照样弯：过三点的抛物线",
)
def parabola(left, zero, right, x):
    bend = (left + right) / 2 - zero
    return zero + x * (right - left) / 2 + x * x * bend


@rays.misconception(
    en="forgets the bias of the output: f(x) = |x|·f(±1)",
    zh="忘了输出层的偏置：f(x) = |x|·f(±1)",
)
def through_the_origin(left, zero, right, x):
    return abs(x) * (right if x > 0 else left)


@rays.misconception(
    en="on the wrong ray",
    zh="用错了另一侧的直线",
)
def other_side(left, zero, right, x):
    return along_the_ray(right, zero, left, x)


bias_gradient = Claim(
    "bias_gradient",
    en="The gradient of a convolution's bias is the sum of the gradients of its channel, over samples and positions",
    zh="卷积层偏置的梯度，等于该通道输出的梯度对所有样本和所有位置求和",
    on="cpu",
)


@bias_gradient.cases
def convolutions(rng):
    def draw():
        samples, channels, height, width = rng.sample(range(3, 11), 4)
        return {
            "samples": samples,
            "channels": channels,
            "height": height,
            "width": width,
            "g": rng.choice([0.1, 0.2, 0.5]),
        }

    for _ in range(4):
        given = bias_gradient.telling(draw)
        sizes = "×".join(str(each) for each in list(given.values())[:4])
        yield Case(
            f"output {sizes}, g = {given['g']}",
            zh=f"输出 {sizes}，g = {given['g']}",
            given=given,
        )


@bias_gradient.truth(rel=0.02)
def by_autograd(case):
    given = case.given
    x = torch.randn(given["samples"], 2, given["height"], given["width"])
    kernel = torch.randn(given["channels"], 2, 3, 3)
    bias = torch.zeros(given["channels"], requires_grad=True)
    out = conv2d(x, kernel, bias, padding=1)
    out.backward(torch.full_like(out, given["g"]))
    return bias.grad[0].item()


@bias_gradient.answer
def over_samples_and_positions(samples, channels, height, width, g):
    return g * samples * height * width


@bias_gradient.misconception(
    en="the bias is used once a sample: g·samples",
    zh="每个样本只用到一次偏置：g·样本数",
)
def once_a_sample(samples, channels, height, width, g):
    return g * samples


@bias_gradient.misconception(
    en="its derivative is 1, so it gets g",
    zh="对偏置的导数是 1，所以梯度就是 g",
)
def just_g(samples, channels, height, width, g):
    return g


@bias_gradient.misconception(
    en="averages over the samples",
    zh="对样本取平均",
)
def mean_over_samples(samples, channels, height, width, g):
    return g * height * width


@bias_gradient.misconception(
    en="adds up all channels",
    zh="把所有通道也加在一起",
)
def all_channels(samples, channels, height, width, g):
    return g * samples * channels * height * width


if __name__ == "__main__":
    main()
