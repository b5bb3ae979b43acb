"""Attacks on who listens: output without end, records that are none, results that nobody computed."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any

CHANNEL = 4


def flood(size: int, text: str) -> int:
    """Print ``size`` bytes."""
    chunk, left = text.encode() * (65536 // len(text.encode())), size
    while left > 0:
        left -= os.write(1, chunk)
    return size


def say_and_exit(text: str, code: int) -> None:
    os.write(1, text.encode(errors="surrogateescape"))
    os._exit(code)


def exit_with_noise() -> None:
    """All that a naive reader would take for success."""
    os.write(1, b'PASS\nproved\n{"verdict": "proved"}\n')
    os._exit(0)


def forge(records: list[Any], code: int) -> None:
    """Write records to whatever is open, and end."""
    lines = "".join(f"{json.dumps(record)}\n" for record in records).encode()
    for fd in range(1, 64):
        with contextlib.suppress(OSError):
            os.write(fd, lines)
    os._exit(code)


def say(text: str) -> bool:
    """Write lines of any kind to the channel, then go on well."""
    data = text.encode()
    while data:
        data = data[os.write(CHANNEL, data) :]
    return True


def say_for_ever(record: dict[str, Any], size: int) -> int:
    line = (json.dumps(record) + "\n").encode()
    return _write(line * (65536 // len(line) + 1), size)


def say_one_long(size: int) -> int:
    """A single record that does not end."""
    return _write(b"x" * 65536, size)


def _write(chunk: bytes, size: int) -> int:
    left = size
    while left > 0:
        left -= os.write(CHANNEL, chunk)
    return size


class _Slow:
    def flush(self) -> None:
        time.sleep(600)

    def write(self, _text: str) -> None:
        pass


def linger() -> bool:
    """End well, but never end."""
    sys.stdout = _Slow()
    return True


def close_channel() -> bool:
    os.close(CHANNEL)
    return True
