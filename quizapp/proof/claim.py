"""Claims: a statement that an experiment can accept or reject.

A claim holds seeded cases, one check, the answer that the check must accept and the
misconceptions that the same check must reject. Because one check serves them all, a check that
accepts everything cannot prove anything: its misconceptions get through.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from quizapp.proof.compare import close, equal
from quizapp.proof.copies import duplicate
from quizapp.proof.evidence import Item, Match, Measure
from quizapp.proof.plain import plain
from quizapp.proof.rng import Rng
from quizapp.proof.say import Say

Subject = Callable[..., Any]
"""What a check is put to: a function (or class) with the claim's signature."""

S = TypeVar("S", bound=Subject)
F = TypeVar("F", bound=Callable[..., Any])


class BrokenClaimError(Exception):
    """The verifier itself is wrong: a part missing, declared twice, or without any case."""


class Case:
    """One situation that the check is run in: a label for people, and what the check needs.

    ``zh`` is the label in Chinese, where it is more than shapes, names and numbers.
    ``given`` (of a numeric claim) are the values that the question shows, JSON data; they are
    passed to the subject by name. Everything else is an attribute for the check.
    """

    def __init__(
        self, label: str, *, zh: str | None = None, given: dict[str, Any] | None = None, **things: Any
    ) -> None:
        self.label = label
        self.says = Say(label, zh or label)
        self.given = given or {}
        self.__dict__.update(things)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"case {self.__dict__.get('label')!r} holds no {name!r}")

    def __repr__(self) -> str:
        return f"Case({self.label!r})"


@dataclass(frozen=True)
class Misconception:
    """A named wrong subject, where it must show, and how it may crash.

    ``on`` picks the cases on which the check must reject it (all by default) and ``because``
    says why not elsewhere. ``raises`` are the exceptions that count as being rejected: a
    misconception that merely crashes in another way shows nothing, and breaks the proof.
    """

    name: str
    says: Say
    subject: Subject
    on: Callable[[Case], bool] | None
    because: Say | None
    raises: tuple[type[Exception], ...]

    def shows_on(self, case: Case) -> bool:
        return self.on is None or bool(self.on(case))


@dataclass
class Claim:
    """A statement with its experiment, filled in by decorators.

    ``name`` is unique in its script; ``en`` and ``zh`` state the claim. ``requires`` lists what a
    machine must have, else the verdict is ``skipped``: ``"cuda"``, the name of a module, or ``"torch>=2.6"``.
    ``on`` pins the device (``"cpu"`` for arithmetic that a GPU would not change).

    >>> double = Claim("double", en="Doubling is adding a number to itself", zh="翻倍就是自己加自己")
    """

    name: str
    en: str
    zh: str
    requires: tuple[str, ...] = ()
    on: str | None = None
    misconceptions: list[Misconception] = field(default_factory=list, init=False)
    numeric: bool = field(default=False, init=False)
    tolerance: float | None = field(default=None, init=False)
    _cases: Callable[[Rng], Iterable[Case]] | None = field(default=None, init=False)
    _observe: Callable[..., Any] | None = field(default=None, init=False)
    _check: Callable[[Any, Case], Item | Sequence[Item]] | None = field(default=None, init=False)
    _truth: Callable[[Case], Any] | None = field(default=None, init=False)
    _answer: Subject | None = field(default=None, init=False)

    @property
    def statement(self) -> Say:
        return Say(self.en, self.zh)

    def cases(self, draw: F) -> F:
        """Register the cases: a generator ``(rng) -> Iterable[Case]``, the same for the same seed."""
        self._cases = self._once(self._cases, draw, "cases")
        return draw

    def observe(self, watch: F) -> F:
        """Register what is done with a subject: ``(subject, x, y) -> plain data``, ``x`` and ``y`` being the case's.

        It runs where a learner's code runs, without this script: it may need functions and constants of the script's
        top level, but no claim and no part of one. It is given copies, so that a subject that writes to its arguments
        changes no case, and what it returns (see ``quizapp.proof.plain``) is what the check judges.
        """
        self._observe = self._once(self._observe, watch, "observe")
        return watch

    def check(self, judge: F) -> F:
        """Register the check: ``(seen, case) -> finding``, or a list of findings and exhibits.

        ``seen`` is what ``observe`` made of the subject; the subject itself where the claim has none.
        """
        self._check = self._once(self._check, judge, "check")
        return judge

    def truth(self, *, rel: float) -> Callable[[F], F]:
        """Register a direct computation ``(case) -> number``, and with it the check.

        A subject is then a formula ``(**given) -> number``, and the check accepts what lies
        within ``rel`` of the truth (relative). ``rel=0`` asks for the exact integer.
        """

        def register(compute: F) -> F:
            self._truth = self._once(self._truth, compute, "truth")
            self.numeric, self.tolerance = True, rel
            self.observe(number_of)
            self.check(lambda seen, case: number_close(seen, compute(case), rel))
            return compute

        return register

    def answer(self, subject: S) -> S:
        """Register the answer: the subject that the check must accept on every case."""
        self._answer = self._once(self._answer, subject, "answer")
        return subject

    def misconception(
        self,
        *,
        en: str,
        zh: str,
        on: Callable[[Case], bool] | None = None,
        because: tuple[str, str] | None = None,
        raises: tuple[type[Exception], ...] = (),
    ) -> Callable[[S], S]:
        """Register a named wrong subject; its name is the function's."""
        if (on is None) != (because is None):
            raise BrokenClaimError(
                f"{self.name}: a misconception that shows only on some cases says why: on= and because= go together"
            )

        def register(subject: S) -> S:
            says, reason = Say(en, zh), Say(*because) if because else None
            self.misconceptions.append(Misconception(subject.__name__, says, subject, on, reason, raises))
            return subject

        return register

    def draw(self, seed: int, device: str = "cpu") -> Iterator[Case]:
        """Fresh cases for a seed; equal seeds give equal cases, whoever asks and however often."""
        if self._cases is None:
            raise BrokenClaimError(f"{self.name}: no cases; register a generator with @{self.name}.cases")
        yield from self._cases(Rng(self.name, seed, device=device))

    @property
    def observer(self) -> Callable[..., Any] | None:
        """What is done with a subject, apart from how it is judged."""
        return self._observe

    def inputs(self, case: Case) -> dict[str, Any]:
        """Copies of what ``observe`` names of a case. What they share with each other, their copies share."""
        if self._observe is None:
            return {}
        return dict(duplicate({name: getattr(case, name) for name in _things(self._observe)}))

    def judge(self, subject: Subject, case: Case) -> tuple[Item, ...]:
        """Put a subject to the check on one case; what the subject raises comes through."""
        seen = subject if self._observe is None else plain(self._observe(subject, **self.inputs(case)))
        return self.verdict(seen, case)

    def verdict(self, seen: Any, case: Case) -> tuple[Item, ...]:
        """What the check finds in an observation."""
        if self._check is None:
            raise BrokenClaimError(
                f"{self.name}: no check; register one with @{self.name}.check or @{self.name}.truth(rel=…)"
            )
        found = self._check(seen, case)
        return (found,) if isinstance(found, Item) else tuple(found)

    def true_value(self, case: Case) -> Any:
        """The truth of a numeric claim on a case, by the direct computation."""
        if self._truth is None:
            raise BrokenClaimError(
                f"{self.name}: no truth to draw a question from; register one with @{self.name}.truth(rel=…)"
            )
        return self._truth(case)

    def telling(self, draw: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Givens, drawn until every misconception answers clearly something else than the truth.

        For a question that tells them apart: at least four tolerances off, any other number where
        the answer is exact. Gives up with ``BrokenClaimError`` where no draw of 1000 does.
        """
        for _ in range(1000):
            given = draw()
            if self._tells(Case("drawn", given=given)):
                return given
        raise BrokenClaimError(f"{self.name}: in 1000 draws some misconception always comes near the truth")

    def _tells(self, case: Case) -> bool:
        truth = float(self.true_value(case))
        wrong = [float(each.subject(**case.given)) for each in self.misconceptions]
        return all(abs(value - truth) > 4 * (self.tolerance or 0) * abs(truth) for value in wrong)

    @property
    def right(self) -> Subject:
        """The answer."""
        if self._answer is None:
            raise BrokenClaimError(f"{self.name}: no answer; mark one with @{self.name}.answer")
        return self._answer

    def _once(self, present: object, new: F, part: str) -> F:
        if present is not None:
            raise BrokenClaimError(f"{self.name}: {part} declared twice; the second is {new.__name__}")
        return new


@cache
def _things(observe: Callable[..., Any]) -> tuple[str, ...]:
    """What an observe function names beside its subject."""
    return tuple(inspect.signature(observe).parameters)[1:]


def number_of(subject: Subject, given: dict[str, Any]) -> float | int:
    """What a formula answers: how any numeric claim observes."""
    value = subject(**given)
    try:
        return operator.index(value)
    except TypeError:  # no whole number's type; a whole float is one as good, see number_close
        return float(value)


def number_close(got: Any, want: Any, rel: float) -> Measure | Match:
    """A predicted number against the true one: within ``rel``, or exactly where ``rel`` is 0.

    Raises ``BrokenClaimError`` for a truth that is no finite number: nothing is near it.
    """
    if not math.isfinite(float(want)):
        raise BrokenClaimError(f"the truth is {float(want)}; a question has a finite answer")
    if rel == 0:
        return equal(_whole(got), _whole(want), en="value", zh="数值")
    return close(float(got), float(want), rel, en="relative error", zh="相对误差")


def _whole(value: Any) -> str:
    # repr, not four figures: 2.00001 is not the whole number 2
    return str(int(value)) if float(value).is_integer() else repr(float(value))
