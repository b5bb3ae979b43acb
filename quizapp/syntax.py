"""Parsing Python source that somebody else has written."""

from __future__ import annotations

import ast
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()
TRIES = 5


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree. Raises ``SyntaxError``, ``ValueError`` or, where nested too deeply, ``RecursionError``.

    Python 3.11 counts the depth of a tree for the whole interpreter, so that two threads that parse at once can end in
    ``SystemError`` (python/cpython issue 106905). Ours take turns, and keep the collector from letting another thread
    in half-way; where a library's thread parsed meanwhile all the same, we parse again.
    """
    with _ONE_AT_A_TIME, _uncollected():
        for _ in range(TRIES - 1):
            try:
                return ast.parse(source)
            except SystemError:
                continue
        return ast.parse(source)


@contextmanager
def _uncollected() -> Iterator[None]:
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
