"""Checked topics kept between runs, so that a warm load imports neither YAML nor pydantic.

One JSON-lines file a deck folder, in the user's cache directory: a checksum, a header with each
file's stamp and cards, then one line a topic. The header alone answers ``outline``; a topic's
line is decoded only when it is asked for. The cache is a convenience: whatever is wrong with it
(corrupt, older, unwritable) it is ignored and made again.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

VERSION = 3
_STILL = 2_000_000_000
"""Nanoseconds a file must have lain still before its stamp alone is trusted: an edit of the same
size within one tick of a coarse clock (2 s on FAT) leaves the stamp as it was."""


class Stamp(NamedTuple):
    """A file's place in time: modification time (ns) and size (bytes)."""

    mtime_ns: int
    size: int


class Row(NamedTuple):
    """One card in outline, as its file writes it."""

    card: str
    claim: str
    kind: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One topic file as it was read at ``read_ns``; ``line`` is its checked plain data as JSON."""

    stamp: Stamp
    read_ns: int
    digest: str
    rows: tuple[Row, ...]
    verifiers: tuple[str, ...]
    line: str

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.line)
        return found

    def trusts(self, stamp: Stamp) -> bool:
        """Whether the stamp alone says that the file is as it was read."""
        return stamp == self.stamp and stamp.mtime_ns + _STILL < self.read_ns

    def renewed(self, stamp: Stamp, read_ns: int) -> Entry:
        """The same content found again at ``read_ns``; itself where a new stamp would still not be trusted."""
        again = replace(self, stamp=stamp, read_ns=read_ns)
        return again if again.trusts(stamp) or stamp != self.stamp else self


def digest(source: bytes) -> str:
    """The SHA-256 of a file's bytes."""
    import hashlib  # 3 ms, and tempfile 8: a warm load needs neither

    return hashlib.sha256(source).hexdigest()


def row(card: Mapping[str, Any]) -> Row:
    """A card's data in outline."""
    return Row(card["id"], card["claim"], card["kind"], tuple(card.get("aliases") or ()))


def entry(source: bytes, stamp: Stamp, read_ns: int, data: Mapping[str, Any]) -> Entry:
    """The entry of one checked topic."""
    rows = tuple(row(card) for card in data["cards"])
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Entry(stamp, read_ns, digest(source), rows, tuple(data["verifiers"]), line)


def read(folder: Path) -> dict[str, Entry]:
    """The entries of a deck folder by file name; empty where there is no sound cache."""
    try:
        checksum, _, body = place(folder).read_text(encoding="utf-8").partition("\n")
        if int(checksum) != zlib.crc32(body.encode()):
            return {}
        header, *lines = body.split("\n")
        return _entries(folder, json.loads(header), lines)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Replace the cache of a deck folder, wholly or not at all; silent where it cannot be written."""
    files = {name: _head(found) for name, found in entries.items()}
    header = {"version": _version(), "folder": str(folder.resolve()), "files": files}
    body = "\n".join([json.dumps(header), *(found.line for found in entries.values())])
    with suppress(OSError):
        _replace(place(folder), f"{zlib.crc32(body.encode())}\n{body}")


def place(folder: Path) -> Path:
    """The cache file of a deck folder: under ``QUIZAPP_HOME`` if set, else in the user's cache."""
    # A short name will do, though anybody can make two folders share it: the header says whose cache it is.
    name = f"deck-{zlib.crc32(os.fsencode(folder.resolve())):08x}.jsonl"
    if home := os.environ.get("QUIZAPP_HOME"):
        return Path(home) / "cache" / name
    import platformdirs

    return Path(platformdirs.user_cache_dir("quizapp", appauthor=False)) / name


def now_ns() -> int:
    """The time that stamps are compared with."""
    return time.time_ns()


def _version() -> list[int]:
    """Ours, and the stamp of the schema that checked the data: a stricter schema must look again."""
    stat = Path(__file__).with_name("schema.py").stat()
    return [VERSION, stat.st_mtime_ns, stat.st_size]


def _head(found: Entry) -> list[Any]:
    return [found.stamp, found.read_ns, found.digest, found.rows, found.verifiers]


def _entries(folder: Path, header: dict[str, Any], lines: list[str]) -> dict[str, Entry]:
    if header["version"] != _version() or header["folder"] != str(folder.resolve()):
        return {}
    return {
        name: Entry(Stamp(*stamp), read_ns, sha, _rows(rows), tuple(verifiers), line)
        for (name, (stamp, read_ns, sha, rows, verifiers)), line in zip(header["files"].items(), lines, strict=True)
    }


def _rows(rows: list[Any]) -> tuple[Row, ...]:
    return tuple(Row(card, claim, kind, tuple(aliases)) for card, claim, kind, aliases in rows)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
