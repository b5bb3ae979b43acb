"""What of a deck can matter to a run: every file below its two folders, and one digest of all that.

Only plain files and folders count; a link, a pipe, a socket or a device is refused, and so is a tree
that changes while it is read. Everything is opened through its parent's descriptor and without
following links, and the descriptor is what is looked at: what is hashed is what was checked. Nothing
is left out for its name: a hidden file or a ``.pyc`` can run like any other.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDERS = (b"questions", b"verifiers")
MAX_FILES = 4096
"""Files and folders that a deck may hold."""
MAX_FILE = 16 << 20
"""Bytes of one file."""
MAX_TOTAL = 64 << 20
"""Bytes of all files."""
MAX_DEPTH = 8
"""Folders within folders."""

_MAGIC = b"quizapp deck 1\0"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ManifestError(ValueError):
    """A deck that cannot be listed; the message names the path and says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file: its path below the deck as the file system spells it, permission bits, bytes, SHA-256 in hex."""

    path: bytes
    mode: int
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The path for people and JSON; bytes that are no UTF-8 are surrogates."""
        return os.fsdecode(self.path)


Keep = Callable[[Entry, bytes], None]
"""Is handed each file with the very bytes that were hashed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of the deck that lies at ``root``, an absolute path without links, in order of their paths."""

    root: bytes
    entries: tuple[Entry, ...]

    def encoded(self) -> bytes:
        """All of it as bytes; every part has a fixed or a stated length, so no two manifests share them."""
        parts = [_MAGIC, _field(self.root), _number(len(self.entries))]
        for entry in self.entries:
            parts += [_field(entry.path), _number(entry.mode), _number(entry.size), bytes.fromhex(entry.sha256)]
        return b"".join(parts)

    @property
    def digest(self) -> str:
        """The SHA-256 of the encoding, in hex."""
        return hashlib.sha256(self.encoded()).hexdigest()

    @property
    def contents(self) -> frozenset[tuple[bytes, int, str]]:
        """The files without their place and their permissions: what a copy has in common with its deck."""
        return frozenset((entry.path, entry.size, entry.sha256) for entry in self.entries)

    def to_json(self) -> dict[str, Any]:
        """JSON data; a path that is no UTF-8 holds lone surrogates."""
        files = [[entry.name, entry.mode, entry.size, entry.sha256] for entry in self.entries]
        return {"root": os.fsdecode(self.root), "files": files}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """The inverse. Raises ``KeyError``, ``TypeError`` or ``ValueError`` on anything else."""
        entries = tuple(Entry(os.fsencode(name), mode, size, sha) for name, mode, size, sha in data["files"])
        if not all(isinstance(number, int) for entry in entries for number in (entry.mode, entry.size)):
            raise TypeError("a mode or a size that is no number")
        if not all(_SHA256.fullmatch(entry.sha256) for entry in entries):
            raise ValueError("a digest that is none")
        return cls(os.fsencode(data["root"]), entries)


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as it was; ``was`` is None for a new one, ``now`` for one that is gone."""

    was: Entry | None
    now: Entry | None

    @property
    def entry(self) -> Entry:
        """The file as it is, or as it was before it went."""
        entry = self.now or self.was
        assert entry is not None  # a change is of something
        return entry

    @property
    def content(self) -> bool:
        """Whether the bytes are others."""
        return (self.was and self.was.sha256) != (self.now and self.now.sha256)

    @property
    def mode(self) -> bool:
        """Whether a file that stayed has other permissions."""
        return self.was is not None and self.now is not None and self.was.mode != self.now.mode


def changes(was: Manifest, now: Manifest) -> tuple[Change, ...]:
    """Every file that was added, removed or changed, in order of the paths."""
    before = {entry.path: entry for entry in was.entries}
    after = {entry.path: entry for entry in now.entries}
    paired = (Change(before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys()))
    return tuple(change for change in paired if change.was != change.now)


def scan(deck: Path, keep: Keep | None = None) -> Manifest:
    """List the deck in a folder, reading every file once. About a millisecond a megabyte.

    Raises ``ManifestError`` on a missing folder, on anything but files and folders, beyond the
    limits, and where a file appears, vanishes or changes meanwhile.
    """
    if os.open not in os.supports_dir_fd:
        raise ManifestError("this system cannot open a file by its folder, so no deck can be checked here")
    root = deck.resolve()
    reading = _Walk(root, keep=keep, reads=True)
    again = _Walk(root)
    with _opened(root) as descriptor:
        for walk in (reading, again):
            for name in FOLDERS:
                walk.enter(descriptor, name, name, depth=0)
    _refuse_changes(root, reading.stamps, again.stamps)
    return Manifest(os.fsencode(root), tuple(sorted(reading.entries)))


Stamp = tuple[int, ...]


@dataclass
class _Walk:
    """One way through the tree. The second, which does not read, is to see what changed since the first."""

    root: Path
    keep: Keep | None = None
    reads: bool = False
    entries: list[Entry] = field(default_factory=list)
    stamps: dict[bytes, Stamp] = field(default_factory=dict)
    total: int = 0

    def enter(self, parent: int, name: bytes, path: bytes, depth: int) -> None:
        """Take in whatever has that name in the folder of that descriptor."""
        with _told(self.root, path):
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if len(self.stamps) >= MAX_FILES:
            raise ManifestError(
                f"{_shown(self.root)} holds more than {MAX_FILES} files and folders; a deck needs fewer"
            )
        if stat.S_ISDIR(status.st_mode):
            self._folder(parent, name, path, depth)
        elif stat.S_ISREG(status.st_mode) and depth:
            self._file(parent, name, path, status)
        else:
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "neither a file nor a folder")
            wanted = "a deck holds only files and folders" if depth else "it must be a folder"
            raise ManifestError(f"{_shown(self.root, path)} is {kind}; {wanted}")

    def _folder(self, parent: int, name: bytes, path: bytes, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ManifestError(f"{_shown(self.root, path)} lies more than {MAX_DEPTH} folders deep; move it up")
        with _told(self.root, path):
            descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            status = os.fstat(descriptor)
            self.stamps[path] = (status.st_dev, status.st_ino)
            for inner in self._names(descriptor, path):
                self.enter(descriptor, inner, path + b"/" + inner, depth + 1)
        finally:
            os.close(descriptor)

    def _names(self, descriptor: int, path: bytes) -> list[bytes]:
        names: list[bytes] = []
        with _told(self.root, path), os.scandir(descriptor) as listed:
            for entry in listed:
                names.append(os.fsencode(entry.name))
                if len(names) > MAX_FILES:  # before a million names are sorted
                    break
        return sorted(names)

    def _file(self, parent: int, name: bytes, path: bytes, status: os.stat_result) -> None:
        self.stamps[path] = _stamp(status)
        if not self.reads:
            return
        self.total += status.st_size
        if status.st_size > MAX_FILE or self.total > MAX_TOTAL:
            limit = f"a file of a deck has at most {MAX_FILE >> 20} MiB, all together {MAX_TOTAL >> 20} MiB"
            raise ManifestError(f"{_shown(self.root, path)} is too large; {limit}")
        with _told(self.root, path):
            data = self._bytes(parent, name, path)
        entry = Entry(path, stat.S_IMODE(status.st_mode), len(data), hashlib.sha256(data).hexdigest())
        self.entries.append(entry)
        if self.keep is not None:
            self.keep(entry, data)

    def _bytes(self, parent: int, name: bytes, path: bytes) -> bytes:
        """The content of what the stamp was taken of; without O_NONBLOCK a pipe put in its place would hang us."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(name, flags, dir_fd=parent), "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor
            before = os.fstat(file.fileno())
            data = b"" if _stamp(before) != self.stamps[path] else _read(file.fileno(), before.st_size)
            after = os.fstat(file.fileno())
        if len(data) != before.st_size or not self.stamps[path] == _stamp(before) == _stamp(after):
            raise ManifestError(_meanwhile(self.root, path, "changed"))
        return data


def _read(descriptor: int, size: int) -> bytes:
    """``size`` bytes and one more if there is one, which tells of a file that grew."""
    parts, left = [], size + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


@contextmanager
def _opened(root: Path) -> Iterator[int]:
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ManifestError(f"{_shown(root)} cannot be opened as a folder: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _told(root: Path, path: bytes) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if path in FOLDERS:
            raise ManifestError(
                f"there is no folder {_shown(root, path)}; a deck has questions and verifiers"
            ) from error
        raise ManifestError(_meanwhile(root, path, "vanished")) from error
    except OSError as error:
        raise ManifestError(f"{_shown(root, path)} cannot be read: {error.strerror}") from error


def _refuse_changes(root: Path, before: Mapping[bytes, Stamp], after: Mapping[bytes, Stamp]) -> None:
    for path in sorted(before.keys() | after.keys()):
        if path not in before:
            raise ManifestError(_meanwhile(root, path, "appeared"))
        if path not in after:
            raise ManifestError(_meanwhile(root, path, "vanished"))
        if before[path] != after[path]:
            raise ManifestError(_meanwhile(root, path, "changed"))


def _meanwhile(root: Path, path: bytes, what: str) -> str:
    return f"{_shown(root, path)} {what} while the deck was read; try again when nothing writes there"


def _shown(root: Path, path: bytes = b"") -> str:
    """A path for a message; one with characters that a terminal might obey is written with escapes."""
    name = str(root / os.fsdecode(path))
    return name if name.isprintable() else ascii(name)


def _stamp(status: os.stat_result) -> Stamp:
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_dev, status.st_ino, status.st_mode, status.st_size, *times)


def _field(data: bytes) -> bytes:
    return _number(len(data)) + data


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")


_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFREG: "a file",
}
