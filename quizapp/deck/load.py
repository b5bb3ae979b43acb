"""A deck folder to cards.

``load``, ``card``, ``outline`` and ``verifiers`` answer from the cache where the files are as
they were, and then import neither YAML nor pydantic. Errors are reported all at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from quizapp.deck import build, cache
from quizapp.deck.problem import DeckError, Problem
from quizapp.model.card import Card, Deck

if TYPE_CHECKING:
    from quizapp.deck.yaml import Document

_NAME = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.yaml")


class Line(NamedTuple):
    """One card in outline."""

    card: str
    topic: str
    claim: str
    kind: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicFile:
    """A file named ``NN-slug.yaml``, before it is opened."""

    path: Path
    number: int
    slug: str
    stamp: cache.Stamp


@dataclass(frozen=True, slots=True)
class Source:
    """A topic file that the schema accepts: its places and its checked data."""

    file: TopicFile
    document: Document
    data: Mapping[str, Any]


def load(folder: Path) -> Deck:
    """The deck in ``folder``; raise ``DeckError`` with every problem of every file.

    36 cards from a warm cache take about 1 ms.
    """
    files, entries = _current(folder)
    topics = tuple(build.topic(entries[file.path.name].data, file.number, file.slug) for file in files)
    deck = Deck(topics)
    _refuse_twins(folder, deck)
    return deck


def card(folder: Path, card_id: str) -> Card | None:
    """One card by its id, decoding only its topic; None if there is none (an alias is not looked up)."""
    files, entries = _current(folder)
    for file in files:
        found = entries[file.path.name]
        for place, row in enumerate(found.rows):
            if row.card == card_id:
                return build.card(found.data["cards"][place], file.slug)
    return None


def outline(folder: Path) -> list[Line]:
    """Every card's id, topic, claim and kind, in order; pydantic is imported only to explain an error.

    Files that changed since the last ``load`` are parsed but not checked, and not cached.
    """
    files, problems = files_of(folder)
    known = cache.read(folder)
    try:
        lines = [_line(file, row) for file in files for row in _rows(file, known)]
    except (DeckError, KeyError, TypeError):
        problems = problems or [Problem(folder, 1, 1, "the deck changed while it was read; try again", "files")]
        load(folder)  # says what is wrong, with all other problems
    if problems:
        raise DeckError(problems)
    return lines


def verifiers(folder: Path) -> dict[str, tuple[str, ...]]:
    """The verifiers of each topic, by slug."""
    files, entries = _current(folder)
    return {file.slug: entries[file.path.name].verifiers for file in files}


def sources(folder: Path) -> tuple[list[Source], list[Problem]]:
    """Every file parsed and checked anew, with its places, and the problems of those that are refused."""
    files, problems = files_of(folder)
    found = []
    for file in files:
        try:
            found.append(_source(file, _bytes(file.path)))
        except DeckError as error:
            problems.extend(error.problems)
    return found, problems


def files_of(folder: Path) -> tuple[list[TopicFile], list[Problem]]:
    """The topic files in order of their numbers, and the problems of names that are none."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted((entry for entry in scan if _is_yaml(entry.name)), key=lambda entry: entry.name)
            files, problems = _named(folder, entries)
    except OSError as error:
        return [], [Problem(folder, 1, 1, f"the deck cannot be read: {error.strerror}", "files")]
    if not files and not problems:
        problems.append(Problem(folder, 1, 1, "no topic here; a deck holds files like 01-conv-bn-fusion.yaml", "files"))
    return files, problems + _clashes(files)


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _named(folder: Path, entries: Iterable[os.DirEntry[str]]) -> tuple[list[TopicFile], list[Problem]]:
    files, problems = [], []
    for entry in entries:
        path = folder / entry.name
        if match := _NAME.fullmatch(entry.name):
            stat = entry.stat()
            files.append(TopicFile(path, int(match[1]), match[2], cache.Stamp(stat.st_mtime_ns, stat.st_size)))
        else:
            problems.append(
                Problem(path, 1, 1, "name a topic file NN-slug.yaml, as in 01-conv-bn-fusion.yaml", "files")
            )
    return files, problems


def _clashes(files: Iterable[TopicFile]) -> list[Problem]:
    numbers: dict[int, str] = {}
    slugs: dict[str, str] = {}
    problems = []
    for file in files:
        name = file.path.name
        if (first := numbers.setdefault(file.number, name)) != name:
            problems.append(Problem(file.path, 1, 1, f"number {file.number:02} is taken by {first}", "files"))
        if (first := slugs.setdefault(file.slug, name)) != name:
            problems.append(Problem(file.path, 1, 1, f"topic {file.slug} is already in {first}", "files"))
    return problems


def _current(folder: Path) -> tuple[list[TopicFile], dict[str, cache.Entry]]:
    """The entry of every file as it is now; writes the cache if anything changed."""
    files, problems = files_of(folder)
    known = cache.read(folder)
    entries: dict[str, cache.Entry] = {}
    for file in files:
        try:
            entries[file.path.name] = _entry(file, known.get(file.path.name))
        except DeckError as error:
            problems.extend(error.problems)
    if entries != known:
        cache.write(folder, entries)
    if problems:
        raise DeckError(problems)
    return files, entries


def _entry(file: TopicFile, known: cache.Entry | None) -> cache.Entry:
    if known is not None and known.trusts(file.stamp):
        return known
    read_ns, source = cache.now_ns(), _bytes(file.path)
    if known is not None and known.digest == cache.digest(source):
        return known.renewed(file.stamp, read_ns)
    return cache.entry(source, file.stamp, read_ns, _source(file, source).data)


def _source(file: TopicFile, source: bytes) -> Source:
    from quizapp.deck import schema, yaml

    document = yaml.parse(source, file.path)
    return Source(file, document, schema.check(document, file.slug))


def _line(file: TopicFile, row: cache.Row) -> Line:
    return Line(row.card, file.slug, row.claim, row.kind, row.aliases)


def _rows(file: TopicFile, known: Mapping[str, cache.Entry]) -> Iterable[cache.Row]:
    entry = known.get(file.path.name)
    if entry is not None and entry.trusts(file.stamp):
        return entry.rows
    source = _bytes(file.path)
    if entry is not None and entry.digest == cache.digest(source):
        return entry.rows
    return _unchecked_rows(source, file.path)


def _unchecked_rows(source: bytes, path: Path) -> list[cache.Row]:
    from quizapp.deck import yaml

    data: Any = yaml.parse(source, path).data
    return [cache.row(card) for card in data["cards"]]


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would be waited for
            raise DeckError([Problem(path, 1, 1, "cannot be read: it is no file", "files")])
        return path.read_bytes()
    except OSError as error:
        raise DeckError([Problem(path, 1, 1, f"cannot be read: {error.strerror}", "files")]) from error


def _refuse_twins(folder: Path, deck: Deck) -> None:
    """Two cards of one id would share a history. Looked at again with places only when it happens."""
    ids = [name for card in deck.cards for name in (card.id, *card.aliases)]
    if len(set(ids)) != len(ids):
        from quizapp.deck.rules import twins

        raise DeckError(twins(sources(folder)[0]))
