"""What a check writes: comparisons that measure, and exhibits that show.

Each takes its label in both languages as ``en=`` and ``zh=``; the common ones have a good
label already.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quizapp.proof.evidence import Curves, HeatMap, Match, Measure, Note, Table
from quizapp.proof.say import Say


def at_most(value: float, bound: float, *, en: str, zh: str) -> Measure:
    """``value`` must not exceed ``bound`` (> 0)."""
    return Measure(Say(en, zh), float(value), "<=", float(bound))


def at_least(value: float, bound: float, *, en: str, zh: str) -> Measure:
    """``value`` must reach ``bound`` (> 0)."""
    return Measure(Say(en, zh), float(value), ">=", float(bound))


def at_least_if(said: object, value: float, bound: float, *, below: float | None = None, en: str, zh: str) -> Measure:
    """What was said of a case, by what happened: ``value`` must reach ``bound`` where ``said`` is true, else stay at
    or under ``below`` (by default the same bound). Between two bounds lies what neither a yes nor a no foretells.

    Raises ``ValueError`` for a ``below`` that is over ``bound``: some values would make both right.
    """
    if below is not None and below > bound:
        raise ValueError(f"below={below} is over the bound {bound} of {en!r}: what lies between would be both")
    if said:
        return at_least(value, bound, en=en, zh=zh)
    return at_most(value, bound if below is None else below, en=en, zh=zh)


def equal(got: Any, want: Any, *, en: str, zh: str) -> Match:
    """``got`` must be written the same as ``want``: counts, shapes, types, keys."""
    return Match(Say(en, zh), _text(got), _text(want))


def close(
    got: Any, want: Any, rel: float, *, en: str = "largest relative error", zh: str = "最大相对误差"
) -> Measure | Match:
    """Two tensors, arrays or numbers must agree to a relative error ``rel``.

    The error is max|got - want| / max|want|: one scale for the whole tensor, so that entries near
    zero do not count as wrong. A wrong shape is reported as a shape; NaN is never close.
    """
    if (shapes := _shapes(got, want)) is not None:
        return shapes
    return Measure(Say(en, zh), _relative_error(got, want), "<=", rel)


Name = str | tuple[str, str]
"""The name of a column or a line: one for both languages (a symbol, a layer), or an English and a Chinese one."""


def table(head: Sequence[Name], rows: Iterable[Sequence[object]], *, en: str, zh: str) -> Table:
    """A small table; ``head`` names the columns. Floats are written with four figures."""
    names, chinese = _names(head)
    return Table(Say(en, zh), (names, *(tuple(_text(cell) for cell in row) for row in rows)), chinese)


def curves(x: Iterable[float], lines: Mapping[Any, Iterable[float]], *, en: str, zh: str) -> Curves:
    """Lines over one axis, each by its name."""
    names, chinese = _names(list(lines))
    drawn = tuple((name, tuple(float(y) for y in ys)) for name, ys in zip(names, lines.values(), strict=True))
    return Curves(Say(en, zh), tuple(float(value) for value in x), drawn, chinese)


def _names(given: Sequence[Name]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """English names, and Chinese ones unless they would be the same."""
    both = [Say.same(name) if isinstance(name, str) else Say(*name) for name in given]
    english, chinese = tuple(say.en for say in both), tuple(say.zh for say in both)
    return english, () if chinese == english else chinese


def heat_map(grid: Iterable[Iterable[float]], *, en: str, zh: str) -> HeatMap:
    """A map of signed numbers; ``grid`` is rows from the top (a 2-D tensor serves)."""
    return HeatMap(Say(en, zh), tuple(tuple(float(value) for value in row) for row in grid))


def note(en: str, zh: str) -> Note:
    """A sentence beside the numbers."""
    return Note(Say(en, zh))


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple | list):
        return (
            "×".join(str(size) for size in value) if all(isinstance(size, int) for size in value) else str(list(value))
        )
    return str(value)


def _shapes(got: Any, want: Any) -> Match | None:
    mine, theirs = (tuple(getattr(value, "shape", ())) for value in (got, want))
    return None if mine == theirs else Match(Say("shape", "形状"), _text(mine) or "scalar", _text(theirs) or "scalar")


def _relative_error(got: Any, want: Any) -> float:
    if not hasattr(want, "shape"):
        scale, error = abs(float(want)), abs(float(got) - float(want))
    else:
        scale, error = _largest(want), _largest(got - want)
    if math.isnan(error) or math.isinf(error):
        return math.nan
    return error / scale if scale > 0 else (0.0 if error == 0 else math.inf)


def _largest(tensor: Any) -> float:
    flat = tensor.detach() if hasattr(tensor, "detach") else tensor
    return float(abs(flat).max()) if math.prod(flat.shape) else 0.0
