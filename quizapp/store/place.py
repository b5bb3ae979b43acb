"""Where the database lies: ``--db``, else ``QUIZAPP_HOME``, else the platform's data folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from quizapp.store.door import StoreError

FILE = "quizapp.db"
_HELP = "write a path, or sqlite:///path (sqlite:////path for an absolute one)"


def database_path(url: str | None = None) -> Path:
    """The absolute path of the database; nothing is read or made.

    ``url`` is a bare path or ``sqlite:///path``. Raises ``StoreError`` on another kind of
    URL, on an in-memory database, which would forget every review, and on an empty text.
    """
    path = _home() / FILE if url is None else _parse(url)
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise StoreError(f"the home folder of {path} is not known: {error}; {_HELP}") from error


def data_folder() -> Path:
    """The absolute path of the folder for what is no review: ``--db`` does not move it. Nothing is read or made."""
    try:
        return _home().expanduser().absolute()
    except RuntimeError as error:
        raise StoreError(f"the home folder is not known: {error}; set QUIZAPP_HOME to a folder") from error


def _home() -> Path:
    if home := os.environ.get("QUIZAPP_HOME"):
        return Path(home)
    from platformdirs import user_data_path  # 4 ms, not paid where the learner names a place

    return user_data_path("quizapp", appauthor=False)


def _parse(url: str) -> Path:
    text = url.removeprefix("sqlite:///")
    plain = text == url
    if plain and re.match(r"(?i)([a-z][a-z0-9+.-]+://|file:|sqlite:)", url):
        raise StoreError(f"{url!r} is no place for a quizapp database; {_HELP}")
    if not text or text == ":memory:" or "\0" in text or (not plain and "?" in text):
        raise StoreError(f"{url!r} names no database file; {_HELP}")
    return Path(text)
