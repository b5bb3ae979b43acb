"""The four grades, with the numbers that spaced-repetition research gives them."""

from __future__ import annotations

from enum import IntEnum


class Grade(IntEnum):
    """How well the answer was recalled: 1 forgotten, 2 hard, 3 good, 4 easy."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def recalled(self) -> bool:
        return self is not Grade.AGAIN
