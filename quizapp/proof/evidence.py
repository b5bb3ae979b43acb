"""What a run measured.

A check returns evidence, never a bare yes or no: each *finding* is a number beside its bound
(or a value beside the wanted one), and acceptance follows from the findings alone. *Exhibits*
(tables, curves, maps) show and decide nothing. Standard library only: the faces read the same
classes back from JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from quizapp.proof.say import Say

Relation = Literal["<=", ">="]

FAR = 30.0
"""The margin, in powers of ten, given to values at or beyond zero, where a ratio says nothing."""


def decades(value: float, relation: Relation, bound: float) -> float:
    """How far inside (positive) or outside (negative) its bound a value lies, in powers of ten."""
    if not math.isfinite(value):
        return -FAR
    if value <= 0:
        return FAR if relation == "<=" else -FAR
    ratio = bound / value if relation == "<=" else value / bound
    return max(-FAR, min(FAR, math.log10(ratio))) if ratio > 0 else -FAR  # a quotient can underflow to zero


@dataclass(frozen=True, slots=True)
class Measure:
    """A number and the bound it must keep. NaN and the infinities keep none."""

    kind: ClassVar[str] = "measure"
    say: Say
    value: float
    relation: Relation
    bound: float

    def __post_init__(self) -> None:
        if not self.bound > 0 or math.isinf(self.bound):
            raise ValueError(
                f"bound {self.bound} of {self.say.en!r}: a bound is finite and above zero; use equal() for exact values"
            )

    @property
    def accepted(self) -> bool:
        inside = self.value <= self.bound if self.relation == "<=" else self.value >= self.bound
        return inside and math.isfinite(self.value)

    @property
    def margin(self) -> float:
        return decades(self.value, self.relation, self.bound)


@dataclass(frozen=True, slots=True)
class Span:
    """A measured interval against a bound: undecided (None) while it straddles the bound.

    An interval with an end that is no finite number measured nothing, and is rejected.
    """

    kind: ClassVar[str] = "span"
    say: Say
    low: float
    middle: float
    high: float
    relation: Relation
    bound: float
    pairs: int

    @property
    def accepted(self) -> bool | None:
        if not self._measured:
            return False
        inside = self.high <= self.bound if self.relation == "<=" else self.low >= self.bound
        outside = self.low > self.bound if self.relation == "<=" else self.high < self.bound
        return True if inside else False if outside else None

    @property
    def margin(self) -> float:
        return decades(self.middle, self.relation, self.bound) if self._measured else -FAR

    @property
    def _measured(self) -> bool:
        return all(map(math.isfinite, (self.low, self.middle, self.high)))


@dataclass(frozen=True, slots=True)
class Match:
    """Two values that must be the same: shapes, counts, keys, types."""

    kind: ClassVar[str] = "match"
    say: Say
    got: str
    want: str

    @property
    def accepted(self) -> bool:
        return self.got == self.want

    @property
    def margin(self) -> float:
        return FAR if self.accepted else -FAR


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short texts; the first row names the columns, ``head_zh`` in Chinese where that reads otherwise."""

    kind: ClassVar[str] = "table"
    say: Say
    rows: tuple[tuple[str, ...], ...]
    head_zh: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = (*self.rows, *([self.head_zh] if self.head_zh else []))
        _of_one_length(self.say, "row of the table", named, len(self.rows[0]) if self.rows else 0)

    def rows_in(self, lang: str) -> tuple[tuple[str, ...], ...]:
        """The rows with the names of the columns in ``lang``."""
        return (self.head_zh, *self.rows[1:]) if lang == "zh" and self.head_zh else self.rows


@dataclass(frozen=True, slots=True)
class Curves:
    """Named lines over one axis, as many numbers each as ``x``; ``names_zh`` where Chinese reads otherwise."""

    kind: ClassVar[str] = "curves"
    say: Say
    x: tuple[float, ...]
    lines: tuple[tuple[str, tuple[float, ...]], ...]
    names_zh: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _of_one_length(self.say, "line", tuple(ys for _, ys in self.lines), len(self.x))
        if self.names_zh and len(self.names_zh) != len(self.lines):
            raise ValueError(f"{self.say.en!r}: {len(self.lines)} lines have {len(self.names_zh)} Chinese names")

    def lines_in(self, lang: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """The lines by their names in ``lang``."""
        if lang != "zh" or not self.names_zh:
            return self.lines
        return tuple((name, ys) for name, (_, ys) in zip(self.names_zh, self.lines, strict=True))


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A grid of numbers, row by row from the top."""

    kind: ClassVar[str] = "heatmap"
    say: Say
    grid: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        _of_one_length(self.say, "row of the map", self.grid, len(self.grid[0]) if self.grid else 0)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about what was measured."""

    kind: ClassVar[str] = "note"
    say: Say


Finding = Measure | Span | Match
Exhibit = Table | Curves | HeatMap | Note
Item = Finding | Exhibit


def _of_one_length(say: Say, what: str, parts: tuple[tuple[Any, ...], ...], length: int) -> None:
    """Nothing can be drawn of parts that do not fit together; a face must not find that out."""
    if not parts or length == 0 or any(len(part) != length for part in parts):
        raise ValueError(f"{say.en!r}: each {what} needs as many entries as the others, and one at least")


def accepted(items: tuple[Item, ...]) -> bool | None:
    """Whether all findings accept: False where one rejects, else None where one is undecided.

    Raises ``ValueError`` where there is no finding: a check that measures nothing cannot fail.
    """
    answers = [item.accepted for item in items if isinstance(item, Measure | Span | Match)]
    if not answers:
        raise ValueError("the check returned no finding: return at_most(), at_least(), close(), equal() or faster()")
    if False in answers:
        return False
    return None if None in answers else True


def deciding(items: tuple[Item, ...]) -> Finding | None:
    """The finding nearest to, or furthest beyond, its bound: the one that decided."""
    findings = [item for item in items if isinstance(item, Measure | Span | Match)]
    return min(findings, key=lambda finding: finding.margin, default=None)


def to_json(item: Item) -> dict[str, Any]:
    """The item as JSON data. Numbers JSON has no word for (NaN, infinities) become strings."""
    # not asdict(), which copies what it meets: a tenth of a proof's time
    held = {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    data: dict[str, Any] = {"kind": item.kind, **held, "say": item.say._asdict()}
    if isinstance(item, Measure | Span | Match):
        data |= {"accepted": item.accepted, "margin": round(item.margin, 3)}
    return data


def from_json(data: Mapping[str, Any]) -> Item:
    """The item that ``to_json`` wrote. Raises ``KeyError``, ``TypeError`` or ``ValueError`` on other data."""
    say = Say(str(data["say"]["en"]), str(data["say"]["zh"]))
    return _READERS[data["kind"]](say, data)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _relation(text: Any) -> Relation:
    if text == "<=":
        return "<="
    if text == ">=":
        return ">="
    raise ValueError(f"{text!r} is no relation")


def _span(say: Say, d: Mapping[str, Any]) -> Span:
    low, middle, high = _floats((d["low"], d["middle"], d["high"]))
    return Span(say, low, middle, high, _relation(d["relation"]), float(d["bound"]), int(d["pairs"]))


_READERS: dict[str, Callable[[Say, Mapping[str, Any]], Item]] = {
    "measure": lambda say, d: Measure(say, float(d["value"]), _relation(d["relation"]), float(d["bound"])),
    "span": _span,
    "match": lambda say, d: Match(say, str(d["got"]), str(d["want"])),
    "table": lambda say, d: Table(say, tuple(_texts(row) for row in d["rows"]), _texts(d.get("head_zh", ()))),
    "curves": lambda say, d: Curves(
        say,
        _floats(d["x"]),
        tuple((str(name), _floats(ys)) for name, ys in d["lines"]),
        _texts(d.get("names_zh", ())),
    ),
    "heatmap": lambda say, d: HeatMap(say, tuple(_floats(row) for row in d["grid"])),
    "note": lambda say, d: Note(say),
}
