"""Numbers and spans of time between people and the screen. Pure."""

from __future__ import annotations

import math
import re
import unicodedata

from quizapp.model.words import Lang, Words
from quizapp.tui import words

_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$")


class NumberError(ValueError):
    """What was typed is no number; ``says`` tells why."""

    def __init__(self, says: Words) -> None:
        super().__init__(says.en)
        self.says = says


def parse_number(text: str) -> float:
    """The value of ``12``, ``1.5e-3``, ``3/4``, ``12%`` or ``1,024``; full-width forms too.

    Raises ``NumberError`` on anything else: a decimal comma, words, infinities, a zero divisor.
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").lower().replace(" ", "")
    body, percent = (plain[:-1], 100.0) if plain.endswith("%") else (plain, 1.0)
    above, slash, below = body.partition("/")
    value = _decimal(above, text)
    if slash:
        divisor = _decimal(below, text)
        if divisor == 0:
            raise NumberError(words.BY_ZERO)
        value /= divisor
    if not math.isfinite(value):
        raise NumberError(words.TOO_LARGE)
    return value / percent


def _decimal(text: str, typed: str) -> float:
    if _PLAIN.match(text):
        return float(text)
    if _COMMAS.match(text):
        return float(text.replace(",", ""))
    if "," in text:
        raise NumberError(words.ODD_COMMA)
    said = typed.strip()[:24]
    raise NumberError(Words(words.NOT_A_NUMBER.en.format(text=said), words.NOT_A_NUMBER.zh.format(text=said)))


def figures(value: float) -> str:
    """A number as people write it, with up to five figures: ``0.3679``, ``1,024``, ``1.5e-7``."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e+")
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:.5g}"


def percent(share: float) -> str:
    """A share as per cent with two figures: ``2 %``, ``0.013 %``."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:,.0f} %"


def interval(days: int, lang: Lang, *, short: bool = False) -> str:
    """How far off a day is: later today, 3 days, 2.5 months, 1.2 years."""
    if days <= 0:
        return (words.TODAY if short else words.LATER_TODAY)[lang]
    if days < 31:
        return _count(days, words.ONE_DAY, words.DAYS, lang)
    if days < 365:
        return _count(_half(days / 30.4), words.ONE_MONTH, words.MONTHS, lang)
    return _count(round(days / 365.25, 1), words.ONE_YEAR, words.YEARS, lang)


def _half(value: float) -> float:
    """Months in halves: nobody plans by tenths of a month."""
    return round(value * 2) / 2


def _count(n: float, one: Words, many: Words, lang: Lang) -> str:
    return one[lang] if n == 1 else many[lang].format(n=f"{n:g}")


def duration(ms: int, lang: Lang) -> str:
    """A time in minutes and seconds."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    return words.MINUTES[lang].format(m=minutes, s=seconds) if minutes else words.ONLY_SECONDS[lang].format(s=seconds)
