"""Lists, ModuleList and Sequential: which register their layers, under which names, and how many parameters that makes."""

from collections import OrderedDict

import torch
from torch import nn

from quizapp.proof import Case, Claim, curves, equal, main, table

registration = Claim(
    "registration",
    en="Layers in a plain list get gradients, but the optimiser, state_dict(), zero_grad() and eval() never reach them",
    zh="放在普通list里的层照样有梯度，但优化器、state_dict()、zero_grad() 和 eval() 都够不到它",
)

HOLDERS = {
    "[a, b]": list,
    "(a, b)": tuple,
    "{'a': a, 'b': b}": lambda layers: dict(zip("ab", layers, strict=True)),
    "nn.ModuleList([a, b])": nn.ModuleList,
    "nn.ModuleDict({'a': a, 'b': b})": lambda layers: nn.ModuleDict(
        dict(zip("ab", layers, strict=True))
    ),
    "nn.Sequential(a, b)": lambda layers: nn.Sequential(*layers),
}

FACTS = {
    "gradient": "有梯度",
    "trained": "被训练",
    "zeroed": "被清零",
    "saved": "被保存",
    "eval()": "eval()",
}


@registration.cases
def holders(rng):
    x = torch.randn(20, 8, 4, device=rng.device) + 1
    runs = {holder: trained(holder, x) for holder in HOLDERS}
    for holder in rng.sample(list(HOLDERS), len(HOLDERS)):
        zh = f"self.layers = {holder}"
        yield Case(zh, zh=zh, holder=holder, runs=runs)


@registration.observe
def foretold(predict, holder):
    return predict(holder)


def trained(holder, batches):
    """Twenty steps of SGD on a net that keeps two layers in the holder, and what became of the first of them."""
    a, b = nn.Linear(4, 4).to(batches), nn.Dropout(0.5)
    net = nn.Module()
    net.layers, net.head = HOLDERS[holder]([a, b]), nn.Linear(4, 1)
    net.head.to(batches)
    before, norms = a.weight.detach().clone(), []
    for x in batches:
        net.zero_grad()
        cleared = a.weight.grad is None
        net.head(b(torch.relu(a(x)))).sub(1).square().mean().backward()
        norms.append(float(a.weight.grad.norm()))
        with torch.no_grad():
            for weight in net.parameters():
                weight.sub_(0.01 * weight.grad)
    saved = [each.data_ptr() for each in net.state_dict().values()]
    net.eval()
    moved = not torch.equal(a.weight, before)
    facts = [True, moved, cleared, a.weight.data_ptr() in saved]
    return [*facts, not b.training], norms


@registration.check
def as_training_shows(seen, case):
    facts, _ = case.runs[case.holder]
    names = zip(FACTS.items(), seen, facts, strict=True)
    rows = [
        (holder, *map(told, reached))
        for holder, (reached, _) in case.runs.items()
    ]
    drawn = ("[a, b]", "nn.ModuleList([a, b])")
    return [
        *(
            equal(told(got), told(want), en=en, zh=zh)
            for (en, zh), got, want in names
        ),
        table(
            ("self.layers =", *FACTS.items()),
            rows,
            en="What becomes of layer a",
            zh="层a的情况",
        ),
        curves(
            range(1, 21),
            {holder: case.runs[holder][1] for holder in drawn},
            en="Norm of a's gradient, step by step",
            zh="a的梯度范数随步数的变化",
        ),
    ]


def told(fact):
    return "✓" if fact else "–"


@registration.answer
def containers_of_torch_only(holder):
    registered = holder.startswith("nn.")
    return True, registered, registered, registered, registered


def plain(case):
    return not case.holder.startswith("nn.")


PLAIN = ("it speaks of plain lists, tuples and dicts", "只谈普通容器")


@registration.misconception(
    en="a layer in a plain list gets no gradients",
    zh="普通list里的层没有梯度",
    on=plain,
    because=PLAIN,
)
def no_gradients(holder):
    return (holder.startswith("nn."),) * 5


@registration.misconception(
    en="it gets gradients, so it is trained; it is only not saved",
    zh="有梯度就会被训练，只是不保存",
    on=plain,
    because=PLAIN,
)
def trained_but_not_saved(holder):
    registered = holder.startswith("nn.")
    return True, True, True, registered, registered


@registration.misconception(
    en="a plain list of modules registers them too",
    zh="普通list里的模块也会注册",
    on=plain,
    because=PLAIN,
)
def lists_register(holder):
    return True, True, True, True, True


@registration.misconception(
    en="only nn.Sequential registers its layers",
    zh="只有 nn.Sequential 会注册里面的层",
    on=lambda case: "Module" in case.holder,
    because=("it is right about the others", "其他情形说得没错"),
)
def only_sequential(holder):
    return (True, *("Sequential" in holder,) * 4)


interchange = Claim(
    "interchange",
    en="Sequential and ModuleList give the same keys: a checkpoint of one loads into the other if the positions agree",
    zh="Sequential和ModuleList的键相同：只要各层的序号一致，checkpoint可以互相加载",
    on="cpu",
)


def layers():
    return [nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)]


FORMS = {  # how a net may keep two linear layers and the ReLU between them
    "Sequential": lambda: nn.Sequential(*layers()),
    "ModuleList": lambda: nn.ModuleList(layers()),
    "ModuleList without the ReLU": lambda: nn.ModuleList(layers()[::2]),
    "Sequential of named layers": lambda: nn.Sequential(
        OrderedDict(zip(("fc1", "act", "fc2"), layers(), strict=True))
    ),
    "ModuleDict with keys '0', '1', '2'": lambda: nn.ModuleDict(
        dict(zip("012", layers(), strict=True))
    ),
    "plain list": layers,
}
CHINESE = {
    "ModuleList without the ReLU": "不含ReLU的ModuleList",
    "Sequential of named layers": "具名的Sequential",
    "ModuleDict with keys '0', '1', '2'": "键为'0'、'1'、'2'的ModuleDict",
    "plain list": "普通list",
}


def net_in(form):
    net = nn.Module()
    net.blocks = FORMS[form]()
    return net


@interchange.cases
def pairs(rng):
    for start in ("Sequential", "ModuleList"):
        for form in rng.sample(list(FORMS), len(FORMS)):
            zh = f"{CHINESE.get(start, start)} → {CHINESE.get(form, form)}"
            yield Case(f"{start} → {form}", zh=zh, start=start, form=form)


def loads(start, form):
    wanted, given = net_in(form).state_dict(), net_in(start).state_dict()
    try:
        net_in(form).load_state_dict(given)
    except RuntimeError:
        return False, list(wanted)
    return True, list(wanted)


@interchange.check
def strictly_loaded(predict, case):
    fits, _ = loads(case.start, case.form)
    rows = [
        (form, ", ".join(key for key in loads(form, form)[1] if "w" in key))
        for form in FORMS
    ]
    return [
        equal(
            told(predict(case.start, case.form)),
            told(fits),
            en="loads strictly",
            zh="能严格加载",
        ),
        table(
            ("self.blocks", ("keys of the weights", "权重的键")),
            rows,
            en="Names",
            zh="名称",
        ),
    ]


@interchange.answer
def if_the_positions_agree(start, form):
    return form in ("Sequential", "ModuleList") or "'0'" in form


@interchange.misconception(
    en="ModuleList has keys of another form than Sequential",
    zh="ModuleList与Sequential的键形式不同",
    on=lambda case: case.form != case.start and "List" in case.form + case.start
    and if_the_positions_agree(case.start, case.form),
    because=("elsewhere the answer is the same", "其他情形答案相同"),
)  # fmt: skip
def same_class_only(start, form):
    return start == form


@interchange.misconception(
    en="a ReLU has no parameters, so leaving it out changes nothing",
    zh="ReLU没有参数，去掉它不影响加载",
    on=lambda case: "without" in case.form,
    because=("elsewhere the ReLU is there", "其他情形都保留了ReLU"),
)
def parameters_count_only(start, form):
    return "without" in form or if_the_positions_agree(start, form)


@interchange.misconception(
    en="layers are matched in their order, whatever their names",
    zh="按顺序匹配，名称无所谓",
    on=lambda case: "named" in case.form,
    because=("elsewhere the names are numbers", "其他情形的名称都是序号"),
)
def order_counts(start, form):
    return "named" in form or if_the_positions_agree(start, form)


@interchange.misconception(
    en="a plain list loads as a ModuleList does",
    zh="普通list也能像ModuleList那样加载",
    on=lambda case: "plain" in case.form,
    because=("the error lies with the list", "只在普通list上出错"),
)
def lists_load(start, form):
    return "plain" in form or if_the_positions_agree(start, form)


def drawn(claim, rng):
    """Givens of a net with three stacks of linear layers of one width; see ``net_of``."""

    def draw():
        a, b, c = (rng.randint(2, 6) for _ in range(3))
        return {"d": rng.choice([9, 10, 20, 30]), "a": a, "b": b, "c": c}

    for _ in range(4):
        given = claim.telling(draw)
        label = (
            f"d = {given['d']}; {given['a']}, {given['b']}, {given['c']}"
        )
        yield Case(label, given=given)


def net_of(d, a, b, c):
    net = nn.Module()
    net.stem = nn.ModuleList([nn.Linear(d, d) for _ in range(a)])
    net.body = nn.ModuleList([nn.Linear(d, d)] * b)
    net.side = [nn.Linear(d, d) for _ in range(c)]
    return net


visible = Claim(
    "visible",
    en="[layer] · n in a ModuleList is one layer with one set of parameters, and a plain list contributes none",
    zh="ModuleList里的 [layer] * n 是同一层、一份参数；普通list里的层一个参数也不算",
    on="cpu",
)


@visible.cases
def widths(rng):
    yield from drawn(visible, rng)


@visible.truth(rel=0)
def what_parameters_yields(case):
    net = net_of(**case.given)
    return sum(weight.numel() for weight in net.parameters())


@visible.answer
def distinct_and_registered(d, a, b, c):
    return (a + 1) * (d * d + d)


@visible.misconception(
    en="takes [layer] · b for b layers", zh="把 [layer] * b 当作b个不同的层"
)
def copies(d, a, b, c):
    return (a + b) * (d * d + d)


@visible.misconception(
    en="counts the plain list as well", zh="把普通list也算进去"
)
def with_the_list(d, a, b, c):
    return (a + 1 + c) * (d * d + d)


@visible.misconception(en="counts every layer", zh="所有层都算")
def every_layer(d, a, b, c):
    return (a + b + c) * (d * d + d)


@visible.misconception(en="forgets the biases", zh="漏掉偏置")
def without_biases(d, a, b, c):
    return (a + 1) * d * d


key_count = Claim(
    "key_count",
    en="state_dict() has a key for every place, so a layer that stands b times in a ModuleList has 2·b keys",
    zh="state_dict() 每处一个键：同一线性层在ModuleList里出现b次，就有 2·b 个键",
    on="cpu",
)


@key_count.cases
def numbers(rng):
    yield from drawn(key_count, rng)


@key_count.truth(rel=0)
def what_state_dict_holds(case):
    return len(net_of(**case.given).state_dict())


@key_count.answer
def two_a_place(d, a, b, c):
    return 2 * (a + b)


@key_count.misconception(
    en="gives the repeated layer its keys once", zh="重复的层只算一次"
)
def two_a_layer(d, a, b, c):
    return 2 * (a + 1)


@key_count.misconception(
    en="counts the plain list as well", zh="把普通list也算进去"
)
def lists_have_keys(d, a, b, c):
    return 2 * (a + b + c)


@key_count.misconception(en="counts a key a layer", zh="一层只算一个键")
def one_a_place(d, a, b, c):
    return a + b


if __name__ == "__main__":
    main()
