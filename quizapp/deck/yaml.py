"""YAML to plain data, by a walk over libyaml's events.

Scalars stay strings (the schema converts), and each value keeps its place in the file. What
makes YAML surprising or dangerous is refused with its place: aliases, anchors, tags, merge
keys, duplicate keys, deep nesting, huge files, several documents. The walk is also about
twice as fast as composing nodes with ``CSafeLoader``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import yaml

from quizapp.deck.problem import DeckError, Problem

MAX_BYTES = 1 << 20
MAX_DEPTH = 20

Trail = tuple[str | int, ...]
"""The way to a value from the root of a file: ``("cards", 0, "prompt", "en")``."""

Plain = str | list["Plain"] | dict[str, "Plain"]

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER = getattr(yaml, "CLoader", yaml.Loader)  # the pure Python parser gives the same events, 10 times slower


class Mark(NamedTuple):
    """A place in a file, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """The plain data of one file, with the marks of its values and of its keys."""

    path: Path
    data: Plain
    marks: dict[Trail, Mark]
    keys: dict[Trail, Mark]

    def mark(self, trail: Trail) -> Mark:
        """The place of a value, or of the nearest thing around it that is there."""
        while trail and trail not in self.marks:
            trail = trail[:-1]
        return self.marks.get(trail, Mark(1, 1))

    def key(self, trail: Trail) -> Mark:
        """The place of a key, or else of its value."""
        return self.keys.get(trail) or self.mark(trail)

    def problem(self, trail: Trail, message: str, rule: str = "schema", *, key: bool = False) -> Problem:
        line, column = self.key(trail) if key else self.mark(trail)
        return Problem(self.path, line, column, message, rule)


def read(path: Path) -> Document:
    """The document in ``path``; raise ``DeckError`` if it cannot be read."""
    try:
        with path.open("rb") as file:
            return parse(file.read(MAX_BYTES + 1), path)
    except OSError as error:
        raise _fatal(path, Mark(1, 1), f"cannot be read: {error.strerror}") from error


def parse(source: bytes, path: Path) -> Document:
    """The document in ``source``; raise ``DeckError`` with each refusal. ``path`` is for messages."""
    text = _text(source, path)
    walk = _Walk(path, iter(yaml.parse(text, Loader=_LOADER)))
    try:
        data = walk.document()
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        broken = Problem(path, *_mark(place), f"not valid YAML: {_sentence(error)}", "yaml")
        raise DeckError([*walk.problems, broken]) from error
    except yaml.YAMLError as error:
        raise _fatal(path, Mark(1, 1), f"not valid YAML: {error}") from error
    if walk.problems:
        raise DeckError(walk.problems)
    return Document(path, data, walk.marks, walk.keys)


def _text(source: bytes, path: Path) -> str:
    if len(source) > MAX_BYTES:
        raise _fatal(path, Mark(1, 1), "larger than 1 MiB; split the topic")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8", "replace")
        raise _fatal(path, _end(before), "not UTF-8; save the file as UTF-8") from error
    if bad := _UNPRINTABLE.search(text):
        code = f"U+{ord(bad[0]):04X}"
        raise _fatal(path, _end(text[: bad.start()]), f"the control character {code} is not allowed; remove it")
    return text


def _end(text: str) -> Mark:
    lines = text.split("\n")
    return Mark(len(lines), len(lines[-1]) + 1)


class _Place(Protocol):
    """What both parsers call a mark; they share no class."""

    line: int
    column: int


def _mark(place: _Place | None) -> Mark:
    return Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)


def _sentence(error: yaml.MarkedYAMLError) -> str:
    return " ".join(part for part in (error.context, error.problem) if part)


def _fatal(path: Path, mark: Mark, message: str) -> DeckError:
    return DeckError([Problem(path, *mark, message, "yaml")])


@dataclass(slots=True)
class _Walk:
    path: Path
    events: Iterator[yaml.Event]
    marks: dict[Trail, Mark] = field(default_factory=dict)
    keys: dict[Trail, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> Plain:
        next(self.events)  # stream start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise _fatal(self.path, Mark(1, 1), "the file is empty; a topic needs title, verifiers and cards")
        data = self.node(next(self.events), (), 1)
        next(self.events)  # document end
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.refuse(after, "a second document begins here; write one topic a file")
        return data

    def node(self, event: yaml.Event, trail: Trail, depth: int) -> Plain:
        self.refuse_features(event)
        self.marks[trail] = _mark(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if isinstance(event, yaml.AliasEvent):
            return ""
        if depth > MAX_DEPTH:
            raise _fatal(self.path, _mark(event.start_mark), f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(trail, depth)
        return self.mapping(trail, depth)

    def sequence(self, trail: Trail, depth: int) -> list[Plain]:
        items: list[Plain] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, (*trail, len(items)), depth + 1))
        return items

    def mapping(self, trail: Trail, depth: int) -> dict[str, Plain]:
        items: dict[str, Plain] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, trail, depth)
            items[key] = self.node(next(self.events), (*trail, key), depth + 1)
        return items

    def key(self, event: yaml.Event, trail: Trail, depth: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.refuse(event, "a key must be one word")
            self.node(event, trail, depth + 1)
            return ""
        self.refuse_features(event)
        key = str(event.value)
        if key == "<<" and event.style not in {"'", '"'}:
            self.refuse(event, "merge keys (<<) are not allowed; write the fields out")
        elif (first := self.keys.get((*trail, key))) is not None:
            self.refuse(event, f"{key} is given twice; the first is on line {first.line}")
        self.keys.setdefault((*trail, key), _mark(event.start_mark))
        return key

    def refuse_features(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"aliases (*{event.anchor}) are not allowed; write the text out")
            return
        if anchor := getattr(event, "anchor", None):
            self.refuse(event, f"anchors (&{anchor}) are not allowed; remove it")
        if tag := getattr(event, "tag", None):
            self.refuse(event, f"tags ({tag}) are not allowed; every value is text until the schema reads it")

    def refuse(self, event: yaml.Event, message: str) -> None:
        self.problems.append(Problem(self.path, *_mark(event.start_mark), message, "yaml"))
