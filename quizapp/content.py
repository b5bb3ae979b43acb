"""Where the shipped deck, verifiers and database history lie.

In a checkout they are folders beside the package; in a wheel they lie inside it, under
``_content``. One function knows the difference.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds ``questions/``, ``verifiers/`` and ``db/``.

    Raises ``FileNotFoundError`` when neither a wheel's nor a checkout's content is there.
    """
    for place in (_PACKAGE / "_content", _PACKAGE.parent):
        if (place / "questions").is_dir() and (place / "verifiers").is_dir():
            return place
    raise FileNotFoundError(f"quizapp's own content is missing beside {_PACKAGE}; install the package again")
