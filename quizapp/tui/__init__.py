"""The study screen. Importing this package costs nothing; ``run`` pays for Textual."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from quizapp.model.words import Lang
    from quizapp.service.study import Study

Theme = Literal["dark", "light"]

LEAST = (40, 12)
"""The smallest terminal, in columns and rows, that a card can be read in."""

__all__ = ["LEAST", "Theme", "run"]


def run(study: Study, *, lang: Lang, theme: Theme | None = None) -> int:
    """Open the study screen and return the exit code.

    ``theme`` None is what the terminal says of its background (``COLORFGBG``), else dark. The
    first card is read before the screen opens, so that whatever is wrong with the deck or the
    database is raised here (``DeckError``, ``StoreError``), on a terminal that still shows it.
    """
    turn = study.turn()
    from quizapp.tui.app import QuizApp  # Textual: 0.2 s

    app = QuizApp(study, turn, lang=lang, dark=(theme or _background()) == "dark")
    app.run()
    return app.return_code or 0


def _background() -> Theme:
    """``COLORFGBG`` is ``foreground;background``, as numbers of the sixteen colours; 7 and 15 are white."""
    return "light" if os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15") else "dark"
