"""Running a traced program again, by torch's own operators and under the judge's eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from quizapp.proof.program import Named, Program, ProgramError, Ref, Step, listening, tensors_in

PRIVATE = {  # torch's own decompositions of public functions end in these
    "_adaptive_avg_pool2d",
    "_conj",
    "_convolution",
    "_log_softmax",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "_neg_view",
    "_reshape_alias",
    "_softmax",
    "_to_copy",
    "_unsafe_index",  # checks its indices, only later
    "_unsafe_view",
}
REFUSED = {"from_file", "set", "set_", "set_data", "record_stream", "resize", "resize_", "resize_as", "resize_as_"}
UNCHECKED = ("mkldnn", "quantize", "segment_reduce", "sparse", "unsafe")
"""Parts of names: kernels that trust the indices or the layouts they are given."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator that torch ran in a replay.

    ``name`` is without its namespace (``convolution``), ``view`` says that it only looks at memory it was given,
    ``elements`` counts the numbers of its results, and ``options`` are its arguments that hold no tensor, by name.
    """

    name: str
    view: bool
    elements: int
    options: Mapping[str, Any]


def replay(program: Any, *inputs: Any) -> tuple[Any, list[Operator]]:
    """The result of a program on ``inputs``, and the operators that torch ran for it, in order.

    The program may come from anywhere: it reaches no memory and no file but its own tensors. Raises ``ProgramError``
    for what is no program, wants other inputs, names an operator that is unknown or not allowed, or raises.
    """
    import torch

    if not isinstance(program, Program):
        raise ProgramError(f"a program was expected, not a {type(program).__name__}")
    if len(inputs) != program.inputs:
        raise ProgramError(f"the program takes {program.inputs} inputs, not {len(inputs)}")
    with torch.no_grad():
        player = _Player(program, inputs)
        with listening(player.heard):
            for step in program.steps:
                player.play(step)
        return player.value(program.result), player.operators


class _Player:
    """A program half-way: the tensors so far, and what torch ran for them."""

    def __init__(self, program: Program, inputs: tuple[Any, ...]) -> None:
        # copies, since a step may write to what it is given
        self._inputs = [tensor.detach().clone() for tensor in inputs]
        self._constants = [tensor.clone() for tensor in program.constants]
        self._made: list[list[Any]] = []
        self.operators: list[Operator] = []

    def play(self, step: Step) -> None:
        """Run the next step."""
        operator = _operator(step.name, step.overload)
        args = [self.value(each) for each in step.args]
        options = {name: self.value(each) for name, each in step.options.items()}
        try:
            self._made.append(list(tensors_in(operator(*args, **options))))
        except Exception as error:  # an operator raises whatever suits it; the learner is told which
            said = " ".join(str(error).split())[:200]
            raise ProgramError(f"step {len(self._made) + 1}, {step.name}: {type(error).__name__}: {said}") from error

    def heard(self, operator: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one of the operators that a step comes down to, and write down what it was."""
        result = operator(*args, **kwargs)
        name, view, arguments = _described(operator)
        given = dict(zip(arguments, args, strict=False)) | kwargs
        options = {key: value for key, value in given.items() if next(tensors_in(value), None) is None}
        self.operators.append(Operator(name, view, sum(each.numel() for each in tensors_in(result)), options))
        if name.startswith(("empty", "new_empty")):
            _spoil(result)
        return result

    def value(self, written: Any) -> Any:
        """An argument, or the result, with tensors for references."""
        if isinstance(written, Ref):
            return self._tensor(written)
        if isinstance(written, Named):
            return _named(written)
        if isinstance(written, list):
            return [self.value(each) for each in written]
        if isinstance(written, dict):
            return {key: self.value(each) for key, each in written.items()}
        return written

    def _tensor(self, ref: Ref) -> Any:
        try:
            if ref.source == "step":
                return self._made[ref.index][ref.part]
            return (self._inputs if ref.source == "input" else self._constants)[ref.index]
        except IndexError:
            raise ProgramError(f"the program has no {ref.source} {ref.index}.{ref.part} by then") from None


def _spoil(tensor: Any) -> None:
    """Fill fresh memory, in which the judge's own last result may still lie, with what no result is made of."""
    if tensor.is_floating_point() or tensor.is_complex():
        tensor.fill_(float("nan"))
    else:
        tensor.fill_(1)


@cache
def _described(operator: Any) -> tuple[str, bool, tuple[str, ...]]:
    """An operator's name, whether it is a view, and its arguments' names: torch makes its schema anew at each look."""
    name = operator.name().removeprefix("aten::").partition(".")[0]
    arguments = tuple(each.name for each in operator._schema.arguments)  # noqa: SLF001  # torch has no other name for it
    return name, bool(operator.is_view), arguments


@cache
def _operator(name: str, overload: str) -> Any:
    """The operator of that name. Raises ``ProgramError`` for one that is unknown or that a replay does not run."""
    import torch

    space, _, short = name.partition("::")
    if space != "aten" or not _allowed(short):
        raise ProgramError(f"{name[:80]} is no operator that a replay runs")
    # what only TorchScript knows (aten::save writes files) has no kernel
    if not torch._C._dispatch_has_kernel(f"{name}.{overload}" if overload else name):  # noqa: SLF001  # no public name
        raise ProgramError(f"torch has no operator {name[:80]}.{overload[:80]}")
    return getattr(getattr(torch.ops.aten, short), overload or "default")


def _allowed(short: str) -> bool:
    if short.startswith("_"):
        return short in PRIVATE
    return short.isidentifier() and short not in REFUSED and not any(part in short for part in UNCHECKED)


def _named(named: Named) -> Any:
    import torch

    if named.kind == "device":
        device = named.name.partition(":")[0]
        return torch.device("cuda" if device == "cuda" and torch.cuda.is_available() else "cpu")
    found = getattr(torch, named.name, None)
    if not isinstance(found, getattr(torch, named.kind)) or (named.kind == "layout" and named.name != "strided"):
        raise ProgramError(f"{named.name[:80]} is no {named.kind} that a replay knows")
    return found
