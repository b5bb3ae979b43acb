"""What torch.gather is good for: the log-probability of each target, the last valid state of each sequence."""

import torch
from torch.nn.functional import cross_entropy

from quizapp.proof import Case, Claim, close, equal, main

nll = Claim(
    "nll",
    en="-log_probs.gather(1, targets[:, None]).mean() is the cross-entropy, in value and gradient",
    zh="-log_probs.gather(1, targets[:, None]).mean() 就是交叉熵，数值和梯度都一致",
)


@nll.cases
def batches(rng):
    for batch, classes in ((5, 3), (4, 10), (12, 2)):
        logits = 3 * torch.randn(
            batch, classes, dtype=torch.float64, device=rng.device
        )
        targets = torch.randint(0, classes, (batch,), device=rng.device)
        # one label is the least likely class, another differs from it: no pairing of rows and labels agrees by luck
        targets[0] = logits[0].argmin()
        targets[1] = (targets[0] + 1) % classes
        yield Case(
            f"{batch} samples, {classes} classes",
            zh=f"{batch} 个样本，{classes} 类",
            logits=logits,
            targets=targets,
        )


@nll.observe
def loss_and_gradient(loss, logits, targets):
    logits = logits.clone().requires_grad_()
    got = loss(logits.log_softmax(1), targets)
    whole = got.dim() == 0 and got.requires_grad
    return got, gradient_of(got, logits) if whole else None


@nll.check
def as_cross_entropy(seen, case):
    logits = case.logits.clone().requires_grad_()
    want = cross_entropy(logits, case.targets)
    got, gradient = seen
    if gradient is None:
        return equal(
            f"a tensor of shape {tuple(got.shape)}",
            "a number with a gradient",
            en="what came back",
            zh="返回的是",
        )
    return [  # float64: rounding stays near 1e-15
        close(got, want.detach(), 1e-9, en="loss", zh="损失"),
        close(
            gradient,
            gradient_of(want, logits),
            1e-9,
            en="gradient",
            zh="梯度",
        ),
    ]


def gradient_of(value, x):
    """The gradient; zeros where ``value`` does not depend on ``x``."""
    return torch.autograd.grad(
        value,
        x,
        retain_graph=True,
        allow_unused=True,
        materialize_grads=True,
    )[0]


@nll.answer
def nll_loss(log_probs, targets):
    # row i, column targets[i]
    picked = log_probs.gather(1, targets[:, None])
    return -picked.mean()


@nll.misconception(
    en="log_probs[:, targets] pairs rows with targets",
    zh="log_probs[:, targets] 会把行与标签逐个配对",
)
def every_row_every_target(log_probs, targets):
    return -log_probs[:, targets].mean()


@nll.misconception(
    en="targets may lie in a row: gather(1, targets[None])",
    zh="标签写成一行也行：gather(1, targets[None])",
)
def first_row_only(log_probs, targets):
    return -log_probs.gather(1, targets[None]).mean()


@nll.misconception(
    en="the largest log-probability is the one to average",
    zh="对最大的对数概率取平均",
)
def most_likely_class(log_probs, targets):
    return -log_probs.max(1).values.mean()


last_step = Claim(
    "last_step",
    en="gather along time at lengths - 1 gives each sequence its own last valid state",
    zh="沿时间维在 lengths - 1 处 gather，可取出每个序列各自的最后一个有效状态",
)


@last_step.cases
def padded_sequences(rng):
    def lengths(batch, steps, dtype=torch.int64):
        drawn = torch.randint(1, steps + 1, (batch,), device=rng.device)
        drawn[0], drawn[-1] = (
            rng.randint(1, steps - 1) if steps > 1 else 1,
            steps,
        )
        return drawn.to(dtype)

    def states(*shape):
        return torch.randn(shape, dtype=torch.float64, device=rng.device)

    batch, steps, width = rng.randint(3, 4), rng.randint(5, 7), 2
    yield Case(
        "int64 lengths",
        zh="int64 类型的长度",
        h=states(batch, steps, width),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "int32 lengths",
        zh="int32 类型的长度",
        h=states(batch, steps, width),
        lengths=lengths(batch, steps, torch.int32),
    )
    yield Case(
        "time came first: not contiguous",
        zh="时间维原在最前：存储不连续",
        h=states(steps, batch, width).transpose(0, 1),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "one feature",
        zh="只有一个特征",
        h=states(batch, steps, 1),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "one sequence of one step",
        zh="一个序列，只有一步",
        h=states(1, 1, width),
        lengths=lengths(1, 1),
    )


@last_step.observe
def states_and_gradient(pick, h, lengths):
    h = h.clone(memory_format=torch.preserve_format).requires_grad_()
    got = pick(h, lengths)
    if not got.requires_grad:
        return got, None
    return got, gradient_of(got.square().sum() / 2, h)


@last_step.check
def own_last_state(seen, case):
    got, gradient = seen
    ends = (case.lengths - 1).tolist()
    want = torch.stack([case.h[i, end] for i, end in enumerate(ends)])
    if gradient is None:
        return equal(
            "cut off from h",
            "differentiable",
            en="the result is",
            zh="返回的结果",
        )
    if (value := close(got, want, 1e-12)).accepted is False:
        return value
    scattered = torch.zeros_like(case.h)
    for i, end in enumerate(ends):
        scattered[i, end] = want[i]
    return [
        value,
        close(gradient, scattered, 1e-12, en="gradient", zh="梯度"),
    ]


@last_step.answer
def last_state(h, lengths):
    last = lengths.long() - 1
    # (B, 1, C), written out: gather does not broadcast
    index = last[:, None, None].expand(-1, 1, h.shape[2])
    return h.gather(1, index)[:, 0]


def padded(case):
    return case.h.shape[1] > 1


@last_step.misconception(
    en="the last step of the tensor is the last of each sequence",
    zh="张量的最后一步就是每个序列的最后一步",
    on=padded,
    because=("one step is first and last", "只有一步时首尾相同"),
)
def end_of_the_padding(h, lengths):
    return h[:, -1]


@last_step.misconception(
    en="a sequence of length n ends at index n",
    zh="长度为 n 的序列在下标 n 处结束",
    on=padded,
    because=(
        "one step leaves no index to miss by",
        "只有一步时没有别的下标",
    ),
)
def one_step_late(h, lengths):
    late = lengths.long().clamp(max=h.shape[1] - 1)
    return h[torch.arange(len(h), device=h.device), late]


@last_step.misconception(
    en="h[:, lengths - 1] pairs sequences with lengths",
    zh="h[:, lengths - 1] 会把序列与长度逐个配对",
)
def every_pair(h, lengths):
    return h[:, lengths.long() - 1]


@last_step.misconception(
    en="the index is broadcast over the features",
    zh="index 会在特征维上自动广播",
    on=lambda case: case.h.shape[2] > 1,
    because=("one feature needs no broadcasting", "只有一个特征时无需广播"),
)
def first_feature_only(h, lengths):
    return h.gather(1, (lengths.long() - 1)[:, None, None])[:, 0]


@last_step.misconception(
    en="indexing may go through NumPy", zh="借 NumPy 取值也一样"
)
def cut_from_the_graph(h, lengths):
    picked = (
        h.detach().cpu().numpy()[range(len(h)), lengths.cpu().numpy() - 1]
    )
    return torch.as_tensor(picked, device=h.device)


if __name__ == "__main__":
    main()
