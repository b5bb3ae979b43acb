"""A learner's computation as a program: the operators that torch ran, so that a judge can run them again.

What a process says it computed proves nothing: it may have been told. So an attempt that returns something to be
run is traced beside the attempt, and the judge replays the trace on an input that the attempt never met.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Source = Literal["input", "constant", "step"]
SOURCES: tuple[Source, ...] = ("input", "constant", "step")
Heard = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
KINDS = ("dtype", "device", "layout", "memory_format")
SCALARS = frozenset({type(None), bool, int, float, complex, str})
LONGEST = 20_000  # steps of a program


class ProgramError(Exception):
    """A computation that cannot be traced, or a program that cannot be replayed; the message is for a learner."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor of a program: an input, a constant, or the ``part``-th tensor that a step gave."""

    source: Source
    index: int
    part: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A value that torch knows by a name: ``kind`` is one of ``KINDS``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One call of an operator. Tensors among the arguments are ``Ref``, in lists too."""

    name: str
    overload: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """One call of a function of ``inputs`` tensors. ``result`` is a ``Ref``, or a list, tuple or dict of them."""

    inputs: int
    constants: tuple[Any, ...]
    steps: tuple[Step, ...]
    result: Any

    def to_plain(self) -> dict[str, Any]:
        """The program as plain data, read back by ``from_plain``."""
        steps = [[step.name, step.overload, _put(step.args), _put(dict(step.options))] for step in self.steps]
        return {"inputs": self.inputs, "constants": list(self.constants), "steps": steps, "result": _put(self.result)}

    @classmethod
    def from_plain(cls, data: Any) -> Program:
        """Read what ``to_plain`` wrote. Raises ``ValueError`` on other data."""
        try:
            inputs, constants, steps, result = (data[key] for key in ("inputs", "constants", "steps", "result"))
            written = tuple(_step(*step) for step in steps)
            program = cls(inputs, tuple(constants), written, _get(result))
        except (TypeError, KeyError, IndexError) as error:
            raise ValueError(f"this is no program: {type(error).__name__}: {error}") from error
        if type(inputs) is not int or len(steps) > LONGEST or not all(map(_is_tensor, constants)):
            raise ValueError(f"this is no program of at most {LONGEST} steps over tensors")
        return program


def trace(run: Callable[..., Any], *inputs: Any) -> Program:
    """The program of one call ``run(*inputs)`` on tensors: every operator of torch's, in order.

    A tensor that the call did not make is a constant, as it was before the first step that uses it. No gradient is
    recorded. What ``run`` raises comes through; a result that is no tensor (or list, tuple or dict of them) is a
    ``ProgramError``.
    """
    import torch

    tape = _Tape(inputs)
    with torch.no_grad():
        with listening(tape.step):
            returned = run(*inputs)
        result = tape.result(returned)
    return Program(len(inputs), tuple(tape.constants), tuple(tape.steps), result)


def listening(heard: Heard) -> Any:
    """A context in which ``heard(operator, args, kwargs)`` stands between torch and each operator it runs."""
    return _listener()(heard)


@cache
def _listener() -> Any:
    # made when torch is first needed, and once: torch wraps the method of each such class
    from torch.utils._python_dispatch import TorchDispatchMode

    class Listener(TorchDispatchMode):  # type: ignore[misc]  # torch is untyped here
        def __init__(self, heard: Heard) -> None:
            super().__init__()
            self._heard = heard

        def __torch_dispatch__(self, operator: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return self._heard(operator, args, kwargs or {})

    return Listener


def tensors_in(result: Any) -> Iterator[Any]:
    """The tensors of an operator's result, one after the other."""
    if _is_tensor(result):
        yield result
    elif isinstance(result, list | tuple):
        for each in result:
            yield from tensors_in(each)


class _Tape:
    """What has been recorded so far: each tensor's reference, by identity."""

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        self.steps: list[Step] = []
        self.constants: list[Any] = []
        self._refs: dict[int, Ref] = {}
        self._kept: list[Any] = []  # an identity names an object only while the object lives
        for index, tensor in enumerate(inputs):
            self._note(tensor, Ref("input", index))

    def step(self, operator: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operator and write it down."""
        taken = tuple(self._value(each) for each in args)  # before it runs: it may write to what it is given
        options = {name: self._value(each) for name, each in kwargs.items()}
        result = operator(*args, **kwargs)
        made = list(tensors_in(result))
        if made or operator._schema.is_mutable:  # noqa: SLF001  # torch gives the schema no other name
            name, _, overload = operator.name().partition(".")
            for part, tensor in enumerate(made):
                self._note(tensor, Ref("step", len(self.steps), part))
            self.steps.append(Step(name, overload, taken, options))
        return result

    def result(self, returned: Any) -> Any:
        """What the call returned, its tensors as references."""
        if _is_tensor(returned):
            return self._ref(returned)
        if isinstance(returned, list | tuple):
            return [self.result(each) for each in returned]
        if isinstance(returned, dict) and all(isinstance(key, str) for key in returned):
            return {str(key): self.result(each) for key, each in returned.items()}
        raise ProgramError(f"what ran returned a {type(returned).__name__}, not a tensor or several")

    def _note(self, tensor: Any, ref: Ref) -> None:
        self._refs.setdefault(id(tensor), ref)
        self._kept.append(tensor)

    def _ref(self, tensor: Any) -> Ref:
        if id(tensor) not in self._refs:
            import torch

            self._note(tensor, Ref("constant", len(self.constants)))
            self.constants.append(tensor.detach().clone(memory_format=torch.contiguous_format))
        return self._refs[id(tensor)]

    def _value(self, given: Any) -> Any:
        if _is_tensor(given):
            return self._ref(given)
        if isinstance(given, list | tuple):
            return [self._value(each) for each in given]
        if type(given) in SCALARS:
            return given
        if (kind := type(given).__name__) in KINDS:
            return Named(kind, str(given).removeprefix("torch."))
        raise ProgramError(f"an operator was given a {kind}, which cannot be written down and run again")


def _is_tensor(value: Any) -> bool:
    if type(value) in SCALARS:  # most arguments are
        return False
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _put(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"ref": [value.source, value.index, value.part]}
    if isinstance(value, Named):
        return {"named": [value.kind, value.name]}
    if isinstance(value, dict):
        return {"dict": {key: _put(each) for key, each in value.items()}}
    return [_put(each) for each in value] if isinstance(value, list | tuple) else value


def _get(value: Any) -> Any:
    if isinstance(value, list):
        return [_get(each) for each in value]
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    if tag == "dict":
        return {str(key): _get(each) for key, each in inner.items()}
    first, *rest = inner
    if tag == "ref" and first in SOURCES and len(rest) == 2 and all(type(each) is int and each >= 0 for each in rest):
        return Ref(first, *rest)
    if tag == "named" and first in KINDS and len(rest) == 1 and isinstance(rest[0], str):
        return Named(first, rest[0])
    raise ValueError(f"{str(value)[:80]} is no value of a program")


def _step(name: Any, overload: Any, args: Any, options: Any) -> Step:
    args, options = _get(args), _get(options)
    kinds = [type(each) for each in (name, overload, args, options)]
    if kinds != [str, str, list, dict]:
        raise ValueError(f"{str(name)[:80]} is no step of a program")
    return Step(name, overload, tuple(args), options)
