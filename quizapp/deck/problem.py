"""What is wrong with a deck, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from quizapp.sanitise import line


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding in one file. Lines and columns count characters from 1.

    ``message`` says what is wrong and what to do. A ``warning`` refuses nothing.
    """

    path: Path
    line: int
    column: int
    message: str
    rule: str = "schema"
    warning: bool = False

    def __str__(self) -> str:
        level = "warning: " if self.warning else ""
        return line(f"{self.path}:{self.line}:{self.column}: {level}{self.message} [{self.rule}]")


class DeckError(ValueError):
    """A deck that cannot be used; ``problems`` holds every finding of every file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))
