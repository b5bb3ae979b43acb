"""Which decks of others may run, and the copies that run in their place.

Trust is given to bytes, not to a folder: the record of a deck names every file with its digest, and
beside it lies a copy made of the very bytes that were hashed. Before each use the folder is compared
with its record, since a deck that changed is another one, and the copy too, since what runs is the
copy. Both lie in ``trusted/`` of the data folder: ``<digest of the path>.json`` and ``<digest>/``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quizapp import content
from quizapp.deck.manifest import FOLDERS, Change, Entry, Keep, Manifest, ManifestError, changes, scan
from quizapp.proof.say import Say
from quizapp.service.errors import NotRunError, NotTrustedError, RequestError
from quizapp.store.place import data_folder

_STAGED = ".new-"
_STALE = 86_400  # seconds after which a copy that nobody answered for was left by a program that was killed


@dataclass(frozen=True, slots=True)
class Record:
    """A trusted deck: its files as they were, and when somebody said yes (UTC, ISO 8601)."""

    manifest: Manifest
    when: str

    @property
    def deck(self) -> Path:
        """The deck's own folder."""
        return Path(os.fsdecode(self.manifest.root))

    @property
    def copy(self) -> Path:
        """The folder that runs."""
        return _place() / self.manifest.digest

    @property
    def doubt(self) -> Say | None:
        """Why the deck is not what was trusted, or its copy not what was made; None where both are."""
        try:
            found = scan(self.deck)
        except ManifestError as error:
            return _unchecked(error)
        if found.digest != self.manifest.digest:
            return _changed(self.deck)
        return None if self.sound() else _spoilt(self.deck)

    def sound(self) -> bool:
        """Whether the copy still holds what was trusted: every file, no other."""
        try:
            return scan(self.copy).contents == self.manifest.contents
        except ManifestError:
            return False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deck to be read before it is trusted. ``folder`` holds a copy of the bytes that were hashed."""

    manifest: Manifest
    folder: Path
    before: Record | None

    @property
    def deck(self) -> Path:
        """The deck's own folder."""
        return Path(os.fsdecode(self.manifest.root))

    @property
    def trusted(self) -> bool:
        """Whether it is trusted as it is."""
        return self.before is not None and self.before.manifest == self.manifest and self.before.sound()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is not as it was when the deck was last trusted; nothing where it never was."""
        return () if self.before is None else changes(self.before.manifest, self.manifest)

    def accept(self) -> Record:
        """Trust these bytes. Raises ``RequestError`` where the folder no longer holds them."""
        if _scanned(self.deck).digest != self.manifest.digest:
            raise RequestError(
                f"{named(self.deck)} changed while it was shown; nothing is trusted; run quizapp trust again"
            )
        record = Record(self.manifest, datetime.now(UTC).isoformat(timespec="seconds"))
        _put(self.folder, record.copy)
        _write(record)
        if self.before is not None and self.before.copy != record.copy:
            _remove(self.before.copy)
        return record


def root_of(deck: Path) -> Path:
    """Where a deck really lies; a deck that is gone has a place too."""
    return Path(os.path.realpath(deck))


def is_shipped(deck: Path) -> bool:
    """Whether the folder is our own deck's."""
    return root_of(deck) == content.root().resolve()


def runnable(deck: Path) -> Path:
    """The folder whose files run for a deck of others: its trusted copy, checked now.

    Raises ``NotTrustedError`` where nobody trusted the deck, where it or its copy has changed since,
    and ``NotRunError`` where this machine may run no deck of others.
    """
    record = find(deck)
    if record is None:
        raise NotTrustedError(_untrusted(deck))
    if (doubt := record.doubt) is not None:
        raise NotTrustedError(doubt)
    if (why := refusal()) is not None:
        raise NotRunError(why)
    return record.copy


def refusal() -> Say | None:
    """Why no deck of others runs on this machine, trusted or not; None where they may."""
    from quizapp.runner.isolation import refusal as of_the_runner

    why = of_the_runner()
    return why and Say(f"a deck of others does not run here: {why.en}", f"他人的牌组不能在此运行：{why.zh}")


def find(deck: Path) -> Record | None:
    """The record of a deck; None where there is none that can be read."""
    root = root_of(deck)
    record = _read(_record_file(root))
    return record if record is not None and record.deck == root else None


def records() -> list[Record]:
    """All trusted decks, by their paths."""
    found = (_read(file) for file in _place().glob("*.json"))
    return sorted((record for record in found if record is not None), key=lambda record: record.manifest.root)


@contextmanager
def candidate(deck: Path) -> Iterator[Candidate]:
    """A deck and a copy of it, which is gone at the end unless it was accepted.

    Raises ``RequestError`` for a deck that cannot be listed.
    """
    place = _place()
    made = [folder for folder in (place, place.parent) if not folder.exists()]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=_STAGED, dir=place))
    try:
        yield Candidate(_scanned(deck, _keeper(folder)), folder, find(deck))
    finally:
        _remove(folder)
        with suppress(OSError):  # who only looked leaves no empty folder behind
            for empty in made:
                empty.rmdir()


def revoke(deck: Path) -> Record:
    """Forget a deck and its copy. Raises ``RequestError`` where it is not trusted."""
    record = find(deck)
    if record is None:
        raise RequestError(f"{named(root_of(deck))} is not trusted; quizapp trust --list shows the decks that are")
    _record_file(record.deck).unlink(missing_ok=True)
    _remove(record.copy)
    return record


def named(path: Path) -> str:
    """A path as a shell takes it; one that a terminal might obey is shown with escapes."""
    text = str(path)
    return shlex.quote(text) if text.isprintable() else ascii(text)


def _place() -> Path:
    return data_folder() / "trusted"


def _record_file(root: Path) -> Path:
    return _place() / f"{hashlib.sha256(os.fsencode(root)).hexdigest()}.json"


def _scanned(deck: Path, keep: Keep | None = None) -> Manifest:
    try:
        return scan(deck, keep)
    except ManifestError as error:
        raise RequestError(str(error)) from error


def _read(file: Path) -> Record | None:
    """The record in a file; one that is no record of ours trusts nothing."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        record = Record(Manifest.from_json(data), str(data["when"]))
        sound = data["digest"] == record.manifest.digest and file == _record_file(record.deck)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return record if sound else None


def _write(record: Record) -> None:
    data = {"digest": record.manifest.digest, "when": record.when, **record.manifest.to_json()}
    handle, name = tempfile.mkstemp(dir=_place(), prefix=_STAGED)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
        Path(name).replace(_record_file(record.deck))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _keeper(folder: Path) -> Keep:
    """Writes each file into ``folder`` as it is hashed, to be read only, and run only where it could be."""
    for name in FOLDERS:
        (folder / os.fsdecode(name)).mkdir()

    def keep(entry: Entry, data: bytes) -> None:
        path = folder / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor
            file.write(data)
            os.fchmod(descriptor, 0o400 | (entry.mode & 0o100))

    return keep


def _put(folder: Path, copy: Path) -> None:
    """Rename a finished copy into its place; one that lay there, of the same name, was found to be another's work."""
    aside = Path(tempfile.mkdtemp(prefix=_STAGED, dir=copy.parent))
    with suppress(FileNotFoundError):
        copy.rename(aside / copy.name)
    folder.rename(copy)
    _remove(aside)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    for left in place.glob(f"{_STAGED}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE:
                _remove(left) if left.is_dir() else left.unlink()


def _untrusted(deck: Path) -> Say:
    command = f"quizapp trust {named(deck)}"
    return Say(
        f"this deck is not trusted: nothing of it runs; read it, then {command}",
        f"这个牌组未获信任：其中的代码一概不运行；请先阅读，然后运行 {command}",
    )


def _changed(deck: Path) -> Say:
    command = f"quizapp trust {named(deck)}"
    return Say(
        f"this deck has changed since it was trusted: nothing of it runs; {command} shows what is different",
        f"这个牌组在获得信任之后有了改动：其中的代码一概不运行；{command} 会显示改动",
    )


def _spoilt(deck: Path) -> Say:
    command = f"quizapp trust {named(deck)}"
    return Say(
        f"the trusted copy of this deck is not as it was made: nothing of it runs; {command} makes another",
        f"这个牌组的受信任副本已被改动：其中的代码一概不运行；{command} 会重新制作副本",
    )


def _unchecked(error: ManifestError) -> Say:
    return Say(
        f"this deck cannot be checked: nothing of it runs; {error}", f"无法检查这个牌组：其中的代码一概不运行；{error}"
    )
