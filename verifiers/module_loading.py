"""state_dict() refers to the living weights; load_state_dict() writes into them."""

import copy
import math

import torch
from torch import nn

from quizapp.proof import Case, Claim, close, curves, equal, main, table

snapshot = Claim(
    "snapshot",
    en="state_dict() returns references: what is to outlive further training must be copied, buffers included",
    zh="state_dict() 返回的是引用：要留住某一时刻的权重必须拷贝，buffer也要拷贝",
)


@snapshot.cases
def runs(rng):
    for label, zh, place in (
        ("best epoch in the middle", "中间的epoch最好", rng.randint(2, 4)),
        ("the first is the best", "第一个epoch最好", 0),
        ("the last is the best", "最后一个epoch最好", 6),
    ):
        losses = [rng.uniform(1, 2) for _ in range(7)]
        losses[place] = rng.uniform(0.2, 0.5)
        kind = {"dtype": torch.float64, "device": rng.device}
        yield Case(
            label,
            zh=zh,
            net=nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)).to(
                **kind
            ),
            batches=torch.randn(8, 16, 3, **kind) + 1,
            losses=losses,
            place=place,
        )


@snapshot.observe
def used_and_trained_on(attempt, net, batches, losses):
    """Let the attempt train the net, then take one more step as an optimiser would that was built before."""
    weights, epoch = list(net.parameters()), iter(batches)
    best = attempt(
        net,
        7,
        lambda: step(net, weights, next(epoch)),
        iter(losses).__next__,
    )
    kept = {name: value.clone() for name, value in net.state_dict().items()}
    step(net, weights, next(epoch))
    return best, kept, dict(net.state_dict())


def step(net, weights, batch):
    """One step of SGD towards the identity, in place, on the tensors that were the weights at the start."""
    net.train()
    slopes = torch.autograd.grad(
        (net(batch) - batch).square().mean(), weights, allow_unused=True
    )
    with torch.no_grad():
        for weight, slope in zip(weights, slopes, strict=True):
            if slope is not None:
                weight.sub_(0.2 * slope)


@snapshot.check
def state_of_the_best_epoch(seen, case):
    best, kept, later = seen
    path = trajectory(case.net, case.batches)
    want = path[case.place + 1]
    again = copy.deepcopy(case.net)
    again.load_state_dict(want)
    step(again, list(again.parameters()), case.batches[7])
    return [
        close(best, min(case.losses), 1e-12, en="best loss", zh="最佳损失"),
        *(same_state(kept, want, ("what is kept", "留下的"))),
        *(
            same_state(
                later, again.state_dict(), ("one step later", "再训练一步")
            )
        ),
        curves(
            range(1, 8),
            {("loss", "损失"): case.losses},
            en="Loss after each epoch",
            zh="各epoch之后的损失",
        ),
        curves(
            range(1, 8),
            {
                "running_mean[0]": [
                    each["1.running_mean"][0] for each in path[1:]
                ]
            },
            en="What state_dict() refers to goes on moving",
            zh="state_dict() 所引用的数值一直在变",
        ),
    ]


def trajectory(net, batches):
    """The state before training and after each of seven epochs."""
    net = copy.deepcopy(net)
    states = [copy.deepcopy(net.state_dict())]
    for batch in batches[:7]:
        step(net, list(net.parameters()), batch)
        states.append(copy.deepcopy(net.state_dict()))
    return states


def same_state(got, want, when):
    # the same steps give the same bits; a wrong epoch misses by 1 % or more
    en, zh = when
    return [
        close(
            got[name],
            want[name],
            1e-9,
            en=f"{en}: {name}",
            zh=f"{zh}：{name}",
        )
        for name in ("0.weight", "1.weight", "1.running_mean")
    ]


@snapshot.answer
def fit(net, epochs, train, evaluate):
    best, state = math.inf, None
    for _ in range(epochs):
        train()
        loss = evaluate()
        if loss < best:
            best, state = loss, copy.deepcopy(net.state_dict())
    net.load_state_dict(state)
    return best


def better_once(run, take, **how):
    """The loop of all misconceptions: what to take at the best epoch, how to load it."""
    net, epochs, train, evaluate = run
    best, kept = math.inf, None
    for _ in range(epochs):
        train()
        loss = evaluate()
        if loss < best:
            best, kept = loss, take(net)
    net.load_state_dict(kept, **how)
    return best


def not_the_last(case):
    return case.place < 6


LAST = (
    "after the best epoch nothing changes the weights any more",
    "最佳epoch之后权重不再变化",
)


@snapshot.misconception(
    en="state_dict() is a copy",
    zh="state_dict() 本身就是一份拷贝",
    on=not_the_last,
    because=LAST,
)
def keeps_references(*run):
    return better_once(run, lambda net: net.state_dict())


@snapshot.misconception(
    en="copying the dict copies the tensors",
    zh="拷贝了dict，就等于拷贝了张量",
    on=not_the_last,
    because=LAST,
)
def copies_the_dict(*run):
    return better_once(run, lambda net: dict(net.state_dict()))


@snapshot.misconception(
    en="detach() makes a copy",
    zh="detach() 会复制数据",
    on=not_the_last,
    because=LAST,
)
def detaches(*run):
    return better_once(
        run,
        lambda net: {k: v.detach() for k, v in net.state_dict().items()},
    )


@snapshot.misconception(
    en="the parameters are all there is to keep",
    zh="只需要保存参数",
    on=not_the_last,
    because=LAST,
)
def parameters_only(*run):
    return better_once(
        run,
        lambda net: {k: v.clone() for k, v in net.named_parameters()},
        strict=False,
    )


@snapshot.misconception(
    en="assign=True is as good: the optimiser follows",
    zh="assign=True 也一样，优化器会跟着走",
)
def assigns(*run):
    return better_once(
        run, lambda net: copy.deepcopy(net.state_dict()), assign=True
    )


attached = Claim(
    "attached",
    en="An optimiser trains the tensors that it was given: load_state_dict() writes into them, new Parameter objects "
    "are none of its business",
    zh="优化器更新的是当初交给它的张量：load_state_dict() 原地写入，换成新的Parameter对象它就管不到了",
    on="cpu",
)

CHANGES = {
    "load_state_dict(state)": lambda net, state: net.load_state_dict(state),
    "load_state_dict(state, assign=True)": lambda net, state: (
        net.load_state_dict(state, assign=True)
    ),
    "net.weight = nn.Parameter(...)": lambda net, state: setattr(
        net, "weight", nn.Parameter(state["weight"].clone())
    ),
    "net.weight.data = ...": lambda net, state: setattr(
        net.weight, "data", state["weight"].clone()
    ),
    "net.requires_grad_(False), then (True)": lambda net, state: (
        net.requires_grad_(False).requires_grad_(True)
    ),
    "net.double()": lambda net, state: net.double(),
    "net = copy.deepcopy(net)": lambda net, state: copy.deepcopy(net),
}


@attached.cases
def changes(rng):
    for change in rng.sample(list(CHANGES), len(CHANGES)):
        yield Case(change, zh=f"执行 {change} 之后", change=change)


@attached.check
def does_the_weight_move(predict, case):
    rows = [(change, told(moves(change))) for change in CHANGES]
    return [
        equal(
            told(predict(case.change)),
            told(moves(case.change)),
            en="the old optimiser trains the net",
            zh="原优化器还能训练该网络",
        ),
        table(
            (("after", "操作"), ("trained", "仍被训练")),
            rows,
            en="SGD was built before the change",
            zh="SGD在操作之前构建",
        ),
    ]


def moves(change):
    """Whether SGD, given the weights before the change, moves the weight that the net uses after it."""
    net, state = nn.Linear(3, 1), nn.Linear(3, 1).state_dict()
    given = list(net.parameters())
    made = CHANGES[change](net, state)
    net = made if isinstance(made, nn.Module) else net
    before = net.weight.detach().clone()
    net(torch.ones(2, 3, dtype=before.dtype)).sum().backward()
    with torch.no_grad():
        for each in given:
            if each.grad is not None:
                each.sub_(0.1 * each.grad)
    return not torch.equal(net.weight, before)


def told(fact):
    return "✓" if fact else "–"


@attached.answer
def unless_the_object_is_new(change):
    fresh = ("assign=True", "nn.Parameter", "deepcopy")
    return not any(word in change for word in fresh)


def only(*words):
    return {
        "on": lambda case: any(word in case.change for word in words),
        "because": ("only these are mistaken", "只在这几种情形上出错"),
    }


@attached.misconception(
    en="the optimiser follows the net by name",
    zh="优化器按名称跟着网络走",
    **only("assign=True", "nn.Parameter"),
)
def follows_names(change):
    return "deepcopy" not in change


@attached.misconception(
    en="any load_state_dict() needs a new optimiser",
    zh="只要调用了 load_state_dict() 就得重建优化器",
    **only("load_state_dict(state)"),
)
def loading_detaches(change):
    return "load_state" not in change and unless_the_object_is_new(change)


@attached.misconception(
    en="new values under .data detach the parameter",
    zh="给 .data 换了张量，优化器就失去该参数",
    **only(".data", "double"),
)
def values_detach(change):
    new = ".data" in change or "double" in change
    return not new and unless_the_object_is_new(change)


@attached.misconception(
    en="a deep copy shares the weights with its original",
    zh="深拷贝出来的网络与原网络共享权重",
    **only("deepcopy"),
)
def copies_share(change):
    return "deepcopy" in change or unless_the_object_is_new(change)


if __name__ == "__main__":
    main()
