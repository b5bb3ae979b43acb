"""Parsing Python source that somebody else has written."""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree. Raises ``SyntaxError``, ``ValueError`` or, where nested too deeply, ``RecursionError``.

    One thread at a time: Python 3.11 counts the depth of a tree for the whole interpreter, so that two threads that
    parse at once can end in ``SystemError`` (python/cpython issue 106905).
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
