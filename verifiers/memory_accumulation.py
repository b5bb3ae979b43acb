"""Gradient accumulation: the gradient of the large batch, at the memory of a micro-batch."""

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, equal, main, table

accumulation = Claim(
    "accumulation",
    en="Micro-batch losses weighted by their share of the samples add up to the large batch's gradient, if each is sent "
    "backward before the next forward pass",
    zh="各micro-batch的损失按样本占比加权，梯度之和就等于大batch的梯度；且每个micro-batch要先反向，再做下一个的前向",
)


@accumulation.cases
def batches(rng):
    for sizes in ([4, 4, 4], [5, 5, 2], [7, 1], [1] * 6):
        n = sum(sizes)
        # each sample's error is larger than the last one's, so that no wrong weight is right by luck
        x = torch.randn(n, 3, dtype=torch.float64, device=rng.device)
        y = torch.arange(1, n + 1, device=rng.device).double()[:, None]
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        yield Case(
            f"micro-batches of {sizes}",
            zh=f"micro-batch大小为 {sizes}",
            model=model.to(rng.device).double(),
            x=x,
            y=3 * y,
            sizes=sizes,
            alike=len(set(sizes)) == 1,
        )


@accumulation.observe
def gradients(run, model, x, y, sizes):
    """The gradients that a call leaves, and in which order the micro-batches went forward and backward."""
    events = []

    def watch(module, inputs, output):
        events.append(len(inputs[0]))
        output.register_hook(lambda _: events.append(-len(inputs[0])))

    model.register_forward_hook(watch)
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)  # left over from before
    loss = run(model, F.mse_loss, x, y, sizes)
    grads = [weight.grad.flatten() for weight in model.parameters()]
    return {
        "gradient": torch.cat(grads),
        "loss": float(loss),
        "events": events,
    }


@accumulation.check
def as_one_batch(seen, case):
    weights = list(case.model.parameters())
    loss = F.mse_loss(case.model(case.x), case.y)
    want = torch.cat(
        [each.flatten() for each in torch.autograd.grad(loss, weights)]
    )
    alive, most = 0, 0
    for samples in seen["events"]:
        alive += samples
        most = max(most, alive)
    order = " ".join(
        f"{'→' if each > 0 else '←'}{abs(each)}" for each in seen["events"]
    )
    return [
        # rounding stays near 1e-16; the nearest misconception is off by several per cent
        close(
            seen["gradient"],
            want,
            1e-9,
            en="gradient, relative error",
            zh="梯度的相对误差",
        ),
        close(
            seen["loss"],
            loss.item(),
            1e-9,
            en="loss, relative error",
            zh="损失的相对误差",
        ),
        equal(
            most,
            max(case.sizes),
            en="samples whose activations are alive at once",
            zh="同时占用激活内存的样本数",
        ),
        table(
            (("forward → and backward ←", "前向→与反向←"),),
            [(order,)],
            en="Samples on their way",
            zh="样本的处理顺序",
        ),
    ]


@accumulation.answer
def accumulate(model, loss_fn, x, y, sizes):
    model.zero_grad(set_to_none=True)
    total = 0.0
    for part, target in zip(x.split(sizes), y.split(sizes), strict=True):
        share = len(part) / len(x)
        loss = loss_fn(model(part), target) * share
        loss.backward()  # adds to .grad and frees this graph
        total += loss.item()
    return total


@accumulation.misconception(
    en="divides each loss by the number of micro-batches, whatever their sizes",
    zh="不管大小，把每个loss除以累积步数",
    on=lambda case: not case.alike,
    because=(
        "micro-batches of one size weigh the same",
        "大小相同时权重本来就相同",
    ),
)
def mean_of_means(model, loss_fn, x, y, sizes):
    model.zero_grad(set_to_none=True)
    total = 0.0
    for part, target in zip(x.split(sizes), y.split(sizes), strict=True):
        loss = loss_fn(model(part), target) / len(sizes)
        loss.backward()
        total += loss.item()
    return total


@accumulation.misconception(
    en="does not divide at all",
    zh="完全没有除",
)
def sum_of_means(model, loss_fn, x, y, sizes):
    model.zero_grad(set_to_none=True)
    total = 0.0
    for part, target in zip(x.split(sizes), y.split(sizes), strict=True):
        loss = loss_fn(model(part), target)
        loss.backward()
        total += loss.item() * len(part) / len(x)
    return total


@accumulation.misconception(
    en="clears the gradients in every micro-batch",
    zh="每个micro-batch都清零梯度",
)
def cleared_each_time(model, loss_fn, x, y, sizes):
    total = 0.0
    for part, target in zip(x.split(sizes), y.split(sizes), strict=True):
        model.zero_grad(set_to_none=True)
        loss = loss_fn(model(part), target) * len(part) / len(x)
        loss.backward()
        total += loss.item()
    return total


@accumulation.misconception(
    en="adds up the losses and goes backward once at the end",
    zh="先把loss都加起来，最后只反向一次",
)
def one_backward_pass(model, loss_fn, x, y, sizes):
    model.zero_grad(set_to_none=True)
    parts = zip(x.split(sizes), y.split(sizes), strict=True)
    loss = sum(
        loss_fn(model(part), target) * len(part) / len(x)
        for part, target in parts
    )
    loss.backward()
    return loss.item()


@accumulation.misconception(
    en="leaves the last step's gradients in place",
    zh="没有清掉上一步留下的梯度",
)
def on_top_of_the_last(model, loss_fn, x, y, sizes):
    total = 0.0
    for part, target in zip(x.split(sizes), y.split(sizes), strict=True):
        loss = loss_fn(model(part), target) * len(part) / len(x)
        loss.backward()
        total += loss.item()
    return total


if __name__ == "__main__":
    main()
