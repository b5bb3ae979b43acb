"""A learner's computation as a program: traced beside the attempt, run again by the judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.proof import ProgramError, replay, trace
from quizapp.proof.plain import decode, encode, plain
from quizapp.proof.program import KINDS, SOURCES, Named, Program, Ref, Step

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402  # after the skip
from torch.nn import functional as F  # noqa: E402  # torch's own name for it


def sent(program: Program) -> Any:
    """The program as the judge reads it."""
    return decode(json.loads(json.dumps(encode(plain(program)))))


def images() -> Any:
    return torch.randn(2, 3, 6, 6, dtype=torch.float64)


def side_by_side(x: Any) -> Any:
    out = x.new_empty(2, 6, 6, 6)
    torch.add(x, 1, out=out[:, :3])
    out[:, 3:] = x.flip(-1)
    out[0].mul_(2)
    return out


class Doubles(torch.autograd.Function):  # type: ignore[misc, name-defined]  # torch is untyped here
    @staticmethod
    def forward(_ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(_ctx: Any, dy: Any) -> Any:
        return dy * 2


def doubled_and_summed(x: Any) -> Any:
    total = torch.zeros((), dtype=x.dtype)
    for row in Doubles.apply(x).flatten(0, 2):
        total += row.sum()
    return total


TABLE = torch.arange(6.0, dtype=torch.float64)


def writes_to_a_constant(x: Any) -> Any:
    TABLE.add_(1)
    return x * TABLE


def layers(**options: Any) -> nn.Module:
    made: nn.Module = nn.Sequential(nn.Conv2d(3, 4, 3, **options), nn.BatchNorm2d(4), nn.Flatten(2)).double().eval()
    return made


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda x: x,
    "views": lambda x: x.transpose(1, 2)[..., 1:].unflatten(0, (2, 1)).squeeze(1),
    "out and in place": side_by_side,
    "an autograd function": doubled_and_summed,
    "a constant written to": writes_to_a_constant,
    "several results": lambda x: [*x.chunk(3, dim=1), *x.max(-1)],
    "a dict": lambda x: {"low": x.amin(), "pair": (x, x + 1)},
    "types and devices": lambda x: x.float().to("cpu", torch.complex64).abs().to(torch.int32),
    "a memory format": lambda x: x.to(memory_format=torch.channels_last).contiguous() + torch.zeros_like(x),
    "indices": lambda x: x[:, [2, 0]][x[:, [2, 0]] > 0],
    "softmax": lambda x: F.log_softmax(x, 1) + x.softmax(-1),
    "einsum": lambda x: torch.einsum("bchw,bdhw->cd", x, x),
    "a norm": lambda x: F.layer_norm(x, x.shape[1:]),
    "pooling": lambda x: F.adaptive_avg_pool2d(F.max_pool2d(x, 2), 2),
    "zero padding": layers(padding=1, stride=2),
    "reflect padding": layers(padding=2, padding_mode="reflect", bias=False),
    "circular padding": layers(padding="same", padding_mode="circular", dilation=2),
    "inference mode": torch.inference_mode()(lambda x: F.conv2d(x, torch.ones(1, 3, 2, 2, dtype=x.dtype))),
    "with gradients on": torch.enable_grad()(lambda x: (x.clone().requires_grad_() * 2).T[0].detach()),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore:The use of `x.T` on tensors of dimension other than 2")  # learners still write it
def test_a_replayed_program_computes_what_its_function_computes_on_another_input(name: str) -> None:
    run, fresh = FUNCTIONS[name], images()
    before = fresh.clone()
    program = sent(trace(run, images()))
    if name == "a constant written to":
        TABLE.sub_(1)  # as it was before the trace
    got, _ = replay(program, fresh)
    with torch.no_grad():
        want = run(fresh)
    assert torch.equal(fresh, before), "a replay writes to copies"
    assert flat(got) == pytest.approx(flat(want), abs=1e-12)


def flat(result: Any) -> list[float]:
    if isinstance(result, dict):
        return flat(list(result.values()))
    if isinstance(result, list | tuple):
        return [number for each in result for number in flat(each)]
    numbers: list[float] = result.detach().flatten().tolist()
    return numbers


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                lambda x: x + 1,
                lambda x: x.mul_(1.5),
                lambda x: x.T.contiguous(),
                lambda x: x.roll(1, 0),
                lambda x: x[:, :2].clone().repeat(1, 2),
                lambda x: x.index_fill_(0, torch.tensor([0]), 0.5),
                lambda x: (x @ x).tanh(),
                lambda x: torch.stack(list(x.unbind(1))),
                lambda x: torch.cat(x.split([1, 3])),
                lambda x: torch.sub(x, x.mean(0), out=torch.empty_like(x)),
                lambda x: x.view(-1)[:16].as_strided((4, 4), (4, 1)),
                lambda x: torch.where(x > 0, x, x.exp()),
            ]
        ),
        max_size=8,
    )
)
def test_any_chain_of_operators_is_replayed(chain: list[Callable[[Any], Any]]) -> None:
    def run(x: Any) -> Any:
        for each in chain:
            x = each(x)
        return x

    fresh = torch.randn(4, 4, dtype=torch.float64)
    got, _ = replay(sent(trace(run, torch.randn(4, 4, dtype=torch.float64))), fresh)
    assert torch.equal(got, run(fresh.clone()))


def test_a_program_is_replayed_as_often_as_one_likes() -> None:
    program, x = sent(trace(writes_to_a_constant, images())), images()
    assert torch.equal(replay(program, x)[0], replay(program, x)[0])


def test_a_program_of_the_right_constant_is_wrong_on_a_fresh_input() -> None:
    x, fresh = images(), images()
    want = x * 2
    program = sent(trace(lambda _x: want, x))
    got, operators = replay(program, fresh)
    assert torch.equal(got, want), "it is right where it was made"
    assert not torch.allclose(got, fresh * 2)
    assert operators == []


def test_the_judge_counts_what_really_runs() -> None:
    conv = nn.Conv2d(3, 4, 3).double()
    _, operators = replay(trace(torch.inference_mode()(lambda x: conv(conv(x)[:, :3])), images()), images())
    assert [each.name for each in operators if not each.view] == ["convolution", "convolution"]
    first = operators[0]
    assert first.elements == 2 * 4 * 4 * 4
    assert (first.options["transposed"], first.options["stride"]) == (False, [1, 1])
    assert [each.name for each in operators if each.view] == ["slice"]


def test_fresh_memory_holds_no_answer() -> None:
    program = sent(trace(lambda x: (x.new_empty(x.shape), torch.empty(3, dtype=torch.int64)), images()))
    (floats, whole), _ = replay(program, images())
    assert floats.isnan().all()
    assert whole.tolist() == [1, 1, 1]


def called(name: str, *args: Any, overload: str = "", **options: Any) -> Program:
    """A program that some hostile process made up: one step."""
    return Program(1, (torch.ones(2),), (Step(name, overload, args, options),), Ref("step", 0))


X = Ref("input", 0)


@pytest.mark.parametrize(
    "program",
    [
        called("aten::from_file", "/etc/passwd", False, 4),
        called("aten::save", [1], "written"),
        called("aten::save.default", [1], "written"),
        called("aten::set_", X, Ref("constant", 0), overload="source_Tensor"),
        called("aten::resize_", X, [1 << 40]),
        called("aten::_foreach_add_", [X], 1, overload="Scalar"),
        called("aten::_local_scalar_dense", X),
        called("aten::sparse_coo_tensor", Ref("constant", 0), X, [9], overload="indices_size"),
        called("aten::manual_seed", 0),
        called("aten::no_such_operator", X),
        called("aten::add", X, X, overload="NoSuchOverload"),
        called("aten::add.Tensor", X, X),
        called("prim::Print", X),
        called("quantized::linear", X),
        called("aten::add\0", X, X, overload="Tensor"),
        called("aten::__class__", X),
        called("", X),
        called("aten::", X),
    ],
    ids=lambda program: repr(program.steps[0].name),
)
def test_an_operator_that_reaches_beyond_its_tensors_is_refused(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProgramError, match="no operator"):
        replay(program, torch.ones(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "inputs", "said"),
    [
        (called("aten::relu", X), 2, "takes 1 inputs, not 2"),
        (called("aten::relu", Ref("step", 0)), 1, "no step 0.0 by then"),
        (called("aten::relu", Ref("step", 7)), 1, "no step 7.0 by then"),
        (called("aten::relu", Ref("constant", 3)), 1, "no constant 3.0"),
        (called("aten::relu", Ref("input", 3)), 1, "no input 3.0"),
        (called("aten::relu", 5), 1, "step 1, aten::relu"),
        (called("aten::relu"), 1, "step 1, aten::relu"),
        (called("aten::relu", X, wrong=1), 1, "step 1, aten::relu"),
        (called("aten::view", X, [7]), 1, "RuntimeError: shape"),
        (called("aten::zeros", [1 << 50]), 1, "step 1, aten::zeros"),
        (called("aten::as_strided", X, [9], [1]), 1, "out of bounds"),
        (called("aten::index", X, [Ref("constant", 0)], overload="Tensor"), 1, "IndexError"),
        (called("aten::zeros", [1], dtype=Named("dtype", "nn")), 1, "nn is no dtype"),
        (called("aten::zeros", [1], dtype=Named("dtype", "__builtins__")), 1, "is no dtype"),
        (called("aten::zeros", [1], layout=Named("layout", "sparse_coo")), 1, "is no layout"),
        (Program(1, (), (), "itself"), 1, None),
        ("print('hello')", 1, "a program was expected, not a str"),
        (None, 1, "not a NoneType"),
    ],
)
def test_a_program_that_does_not_run_says_why(program: Any, inputs: int, said: str | None) -> None:
    if said is None:
        assert replay(program, torch.ones(2))[0] == "itself", "no tensor: the check will say so"
        return
    with pytest.raises(ProgramError, match=said):
        replay(program, *[torch.ones(2)] * inputs)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.floats()
    | st.text(max_size=4)
    | st.builds(Ref, st.sampled_from(SOURCES), st.integers(0, 3), st.integers(0, 2))
    | st.builds(
        Named, st.sampled_from(KINDS), st.sampled_from(["float32", "cpu", "strided", "preserve_format", "load"])
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["aten::add", "aten::mm", "aten::cat", "aten::convolution", "aten::zeros", "aten::save", "x"])
steps = st.builds(
    Step, names, st.sampled_from(["", "Tensor", "out"]), st.lists(values, max_size=9).map(tuple), st.just({})
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=3), values)
def test_a_hostile_program_raises_program_errors_alone(made: list[Step], result: Any) -> None:
    program = sent(Program(1, (torch.ones(2, 2),), tuple(made), result))
    with suppress(ProgramError):
        replay(program, torch.ones(2, 2))


@pytest.mark.parametrize("returned", [None, 3.0, "x", {1: torch.ones(1)}, [torch.ones(1), None]])
def test_what_returns_no_tensor_cannot_be_traced(returned: Any) -> None:
    with pytest.raises(ProgramError, match="what ran returned a"):
        trace(lambda _x: returned, images())


def test_what_the_traced_function_raises_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        trace(lambda _x: 1 / 0, images())


def test_a_program_read_back_from_other_data_is_a_value_error() -> None:
    sound = trace(lambda x: x + 1, images()).to_plain()
    assert Program.from_plain(sound).steps
    for name, value in (
        ("inputs", "1"),
        ("constants", [1]),
        ("steps", [["aten::add", "Tensor", [], []]]),
        ("steps", [["aten::add"]]),
        ("steps", 5),
        ("result", {"ref": ["input", -1, 0]}),
        ("result", {"ref": ["memory", 0, 0]}),
        ("result", {"ref": 3}),
        ("result", {"named": ["module", "os"]}),
        ("result", {}),
    ):
        with pytest.raises(ValueError, match=r"no program|no step|no value|not enough|too many"):
            Program.from_plain({**sound, name: value})
