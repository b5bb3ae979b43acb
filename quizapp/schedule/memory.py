"""The memory model: what a graded answer does to a memory, and how long the memory then lasts.

``MemoryModel`` is all that the rest of the room knows. FSRS-6 stands behind it today; FSRS-7
is a second class with the same three methods, and needs no other change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from quizapp.model.event import Memory
from quizapp.model.grade import Grade

if TYPE_CHECKING:
    from fsrs_rs_python import FSRS, MemoryState

DEFAULT_PARAMETERS = (
    *(0.212, 1.2931, 2.3065, 8.2956),  # initial stability by grade, days
    *(6.4133, 0.8334, 3.0194, 0.001),  # difficulty
    *(1.8722, 0.1666, 0.796),  # stability after recall
    *(1.4835, 0.0614, 0.2629, 1.6483),  # stability after forgetting
    *(0.6014, 1.8729),  # hard penalty, easy bonus
    *(0.5425, 0.0912, 0.0658),  # reviews of the same day
    0.1542,  # decay
)
"""FSRS-6's default weights w0 … w20, fitted by its authors on several hundred million reviews."""


class MemoryModel(Protocol):
    """A model of forgetting over whole study days; 0 elapsed days is the same study day."""

    def outcomes(self, memory: Memory | None, elapsed_days: int) -> Mapping[Grade, Memory]:
        """The memory after each of the four grades; ``None`` is a card never reviewed.

        All four at once, because the interval of a grade is bounded by those of its
        neighbours. Raises ``ValueError`` for negative ``elapsed_days``.
        """

    def interval(self, memory: Memory, retention: float) -> float:
        """Days, not rounded, until recall falls to the probability ``retention``."""

    def retrievability(self, memory: Memory, elapsed_days: int) -> float:
        """Probability of recall, ``elapsed_days`` after the last review."""


@dataclass(frozen=True)
class Fsrs6:
    """FSRS-6 by ``fsrs-rs-python``, the Rust engine that Anki uses.

    The engine computes in 32-bit floats, so values agree with the published formulae to about
    1e-5, and may differ in the last bit between machines: compare memories with a tolerance.
    A 32-bit value is exact in a Python float, hence survives JSON and SQLite unchanged.
    Source: https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm
    """

    parameters: tuple[float, ...] = DEFAULT_PARAMETERS

    def __post_init__(self) -> None:
        # The engine would silently pad 17 or 19 weights, those of older versions.
        if len(self.parameters) != len(DEFAULT_PARAMETERS) or not all(map(math.isfinite, self.parameters)):
            raise ValueError(f"FSRS-6 takes 21 finite parameters, got {self.parameters!r}")

    @cached_property
    def _engine(self) -> tuple[FSRS, type[MemoryState]]:
        # 1 ms, paid by those who grade, not by those who count what is due; once, not at each call.
        from fsrs_rs_python import FSRS, MemoryState

        return FSRS(self.parameters), MemoryState

    @cached_property
    def _curve(self) -> tuple[float, float]:
        """(factor, decay) such that recall is 0.9 after as many days as the stability."""
        decay = -self.parameters[20]
        return 0.9 ** (1 / decay) - 1, decay

    def outcomes(self, memory: Memory | None, elapsed_days: int) -> dict[Grade, Memory]:
        """See ``MemoryModel.outcomes``."""
        if elapsed_days < 0:
            raise ValueError(f"{elapsed_days} days cannot have passed since the last review")
        engine, engines_memory = self._engine
        known = engines_memory(memory.stability, memory.difficulty) if memory else None
        # The retention passed here sets only the engine's own intervals, which are not read.
        states = engine.next_states(known, 0.9, elapsed_days)
        found = (states.again.memory, states.hard.memory, states.good.memory, states.easy.memory)
        return {grade: Memory(one.stability, one.difficulty) for grade, one in zip(Grade, found, strict=True)}

    def interval(self, memory: Memory, retention: float) -> float:
        """See ``MemoryModel.interval``."""
        factor, decay = self._curve
        return float(memory.stability / factor * (retention ** (1 / decay) - 1))

    def retrievability(self, memory: Memory, elapsed_days: int) -> float:
        """See ``MemoryModel.retrievability``."""
        factor, decay = self._curve
        return float((1 + factor * elapsed_days / memory.stability) ** decay)
