"""nn.Identity in the place of a layer: features instead of logits, and the end of a folded BatchNorm."""

import copy

import torch
from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

from quizapp.proof import Case, Claim, close, equal, main


class MiniResNet(nn.Module):
    """ResNet's outline: pooling is followed by a flatten that is no module, then by the head ``fc``."""

    def __init__(self, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(x + self.bn2(self.conv2(x)))
        return self.fc(torch.flatten(self.avgpool(x), 1))


features = Claim(
    "features",
    en="With fc = nn.Identity() the model returns what fc used to receive, and only fc's parameters are gone",
    zh="令 fc = nn.Identity() 后，模型返回的就是原来送进 fc 的特征，少掉的只有 fc 的参数",
)


@features.cases
def networks(rng):
    for _ in range(2):
        width, classes = rng.randint(6, 12), rng.randint(20, 30)
        model = MiniResNet(width, classes).to(rng.device).eval()
        x = torch.randn(4, 3, 8, 8, device=rng.device)
        yield Case(
            f"{width} features, {classes} classes",
            zh=f"{width} 维特征，{classes} 类",
            model=model,
            x=x,
        )


@features.check
def what_the_head_received(strip, case):
    received, state = [], case.model.state_dict()
    hook = case.model.fc.register_forward_hook(
        lambda _, inputs, __: received.append(inputs[0])
    )
    with torch.no_grad():
        case.model(case.x)
        hook.remove()
        stripped = strip(copy.deepcopy(case.model))
        try:
            got = stripped(case.x)
        except (
            AttributeError
        ) as error:  # a forward that still asks for what was taken away
            return equal(
                str(error),
                "features",
                en="what forward gives",
                zh="forward 的结果",
            )
    if (
        value := close(got, received[0], 1e-5)
    ).accepted is False:  # the same operations: exact
        return value
    # what an old checkpoint holds too much is why load_state_dict(strict=True) refuses it
    unexpected = stripped.load_state_dict(
        state, strict=False
    ).unexpected_keys
    return [
        value,
        equal(
            unexpected,
            ["fc.weight", "fc.bias"],
            en="keys of the old checkpoint left over",
            zh="旧检查点中多余的键",
        ),
    ]


@features.answer
def strip_head(model):
    model.fc = nn.Identity()
    return model


@features.misconception(
    en="all children but the last, in a Sequential, are the same network",
    zh="去掉最后一个子模块、其余装进 Sequential，网络不变",
)
def children_in_a_row(model):
    return nn.Sequential(*list(model.children())[:-1])


@features.misconception(
    en="del model.fc makes forward skip it",
    zh="del model.fc 之后 forward 会自动跳过它",
)
def deletes_the_head(model):
    del model.fc
    return model


@features.misconception(
    en="the logits are the features", zh="logits 就是特征"
)
def logits_are_features(model):
    return model


@features.misconception(
    en="a square linear layer passes its input on",
    zh="换成方阵线性层就等于直通",
)
def square_linear(model):
    model.fc = nn.Linear(model.fc.in_features, model.fc.in_features).to(
        model.fc.weight.device
    )
    return model


remaining_parameters = Claim(
    "remaining_parameters",
    en="Identity has no parameters: replacing a head removes its weight and its bias, and nothing else",
    zh="Identity 没有参数：替换分类头会去掉它的权重和偏置，别的都不变",
    on="cpu",
)


@remaining_parameters.cases
def networks_with_heads(rng):
    def draw():
        return {
            "inputs": rng.randint(4, 20),
            "hidden": rng.choice([8, 10, 16, 20]),
            "classes": rng.randint(3, 10),
        }

    for _ in range(4):
        given = remaining_parameters.telling(draw)
        yield Case(
            f"{given['inputs']} → {given['hidden']} → {given['classes']}",
            given=given,
        )


@remaining_parameters.truth(rel=0)
def counted(case):
    inputs, hidden, classes = (
        case.given["inputs"],
        case.given["hidden"],
        case.given["classes"],
    )
    model = nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )
    model[3] = nn.Identity()
    return sum(parameter.numel() for parameter in model.parameters())


@remaining_parameters.answer
def linear_and_norm(inputs, hidden, classes):
    return inputs * hidden + hidden + 2 * hidden


@remaining_parameters.misconception(
    en="running statistics are parameters too", zh="滑动统计量也算参数"
)
def with_running_statistics(inputs, hidden, classes):
    return linear_and_norm(inputs, hidden, classes) + 2 * hidden


@remaining_parameters.misconception(
    en="BatchNorm has no parameters", zh="BatchNorm 没有可学习参数"
)
def without_the_norm(inputs, hidden, classes):
    return inputs * hidden + hidden


@remaining_parameters.misconception(
    en="the head's bias stays", zh="分类头的偏置还在"
)
def keeps_the_bias(inputs, hidden, classes):
    return linear_and_norm(inputs, hidden, classes) + classes


@remaining_parameters.misconception(
    en="Identity keeps the layer's parameters",
    zh="Identity 保留了原层的参数",
)
def keeps_the_head(inputs, hidden, classes):
    return (
        linear_and_norm(inputs, hidden, classes)
        + hidden * classes
        + classes
    )


folded_block = Claim(
    "folded_block",
    en="Once a BatchNorm is folded into the convolution, Identity must take its place: both steps or neither",
    zh="BN 折叠进卷积之后，原位置必须换成 Identity：两步要么都做，要么都不做",
)


@folded_block.cases
def blocks(rng):
    for _ in range(2):
        width = rng.randint(4, 8)
        bn = nn.BatchNorm2d(width)
        bn.running_mean.uniform_(1, 2)
        bn.running_var.uniform_(3, 5)
        nn.init.uniform_(bn.weight, 0.5, 1.0)
        nn.init.uniform_(bn.bias, 1, 2)
        block = (
            nn.Sequential(nn.Conv2d(3, width, 3, bias=False), bn, nn.ReLU())
            .to(rng.device, torch.float64)
            .eval()
        )
        yield Case(
            f"{width} channels",
            zh=f"{width} 个通道",
            block=block,
            x=torch.randn(
                4, 3, 9, 9, dtype=torch.float64, device=rng.device
            ),
        )


@folded_block.check
def same_output(fold, case):
    with torch.no_grad():
        want = case.block(case.x)
        folded = fold(copy.deepcopy(case.block))
        # float64: rounding stays near 1e-15
        return close(folded(case.x), want, 1e-10)


@folded_block.answer
def fold(block):
    conv, bn, relu = block
    return nn.Sequential(fuse_conv_bn_eval(conv, bn), nn.Identity(), relu)


@folded_block.misconception(
    en="the BatchNorm may stay where it is", zh="BN 留在原处也没关系"
)
def leaves_the_norm(block):
    conv, bn, relu = block
    return nn.Sequential(fuse_conv_bn_eval(conv, bn), bn, relu)


@folded_block.misconception(
    en="in eval mode BatchNorm does nothing, so Identity may replace it",
    zh="推理时 BN 不起作用，直接换成 Identity 即可",
)
def drops_the_norm(block):
    conv, _, relu = block
    return nn.Sequential(conv, nn.Identity(), relu)


if __name__ == "__main__":
    main()
