"""Text from decks, verifiers and attempts is hostile until it has been through here.

Terminals obey escape sequences wherever they come from, and bidirectional overrides or
invisible characters make text read other than it is. ``clean`` and ``line`` are for what is
shown; ``spelt``, ``escaped`` and ``harmless`` for data, JSON and the last look before a screen.
``painted`` is the only place outside Rich and Textual that writes an escape sequence.
Standard library only: a verifier that is run by hand prints through it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

# A string sequence (OSC, DCS, SOS, PM, APC) ends with BEL or ST. One that begins with ESC and does not end takes its
# line along; one that begins with a lone C1 byte does not, since text decoded wrongly is full of those.
# Negated classes, no lazy matching: linear on any input.
_STRINGS = (
    r"\x1b[\]PX^_][^\n\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|[\x90\x98\x9d-\x9f][^\n\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
)
_CSI = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
_ESC = r"\x1b[ -/]*[0-~]?"
_NEWLINES = r"\r\n|[\r\v\f\x85\u2028\u2029]"

_GONE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"  # controls; a newline and a tab are text
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, overrides and isolates
    "\u00ad\u034f\u17b4\u17b5\u180e\u200b\u200c\u2060-\u2065\u206a-\u206f\ufeff"  # zero width
    "\u115f\u1160\u3164\uffa0\ufff0-\ufffb"  # fillers and annotation marks
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of single scripts
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags: a second text inside the text
)
_UNKNOWN = (
    "\ud800-\udfff"  # half a character
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: a font may draw our own marks there
    "\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(1 << 16, 15 << 16, 1 << 16))
)
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_STRAY_JOINER = f"(?<![{_EMOJI}])(?<![{_EMOJI}]\ufe0f)\u200d|\u200d(?![{_EMOJI}])"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MARKS = f"{_SELECTORS}\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"

MAX_CHARS = 20_000
MAX_MARKS = 8
"""Marks on one character that are kept; more run into the lines above and below."""


@cache  # 6 ms to compile, which a command that prints a word of ASCII does not pay
def _steps() -> tuple[tuple[re.Pattern[str], str], ...]:
    steps = (
        (_STRINGS, ""),
        (_CSI, ""),
        (_ESC, ""),
        (_NEWLINES, "\n"),
        (f"[{_GONE}]", ""),
        (f"[{_UNKNOWN}]", "\ufffd"),
        (_STRAY_JOINER, ""),  # only now: what stood between a joiner and its emoji is gone
        (f"([{_SELECTORS}])[{_SELECTORS}]+", r"\1"),  # a row of them is a hidden text
        (f"(?:\\A|(?<=\n))[{_MARKS}]+", ""),  # a mark at the start would stand on a character of ours
        (f"([{_MARKS}]{{{MAX_MARKS}}})[{_MARKS}]+", r"\1"),
    )
    return tuple((re.compile(pattern), instead) for pattern, instead in steps)


@cache
def _odd() -> re.Pattern[str]:
    return re.compile(f"[{_GONE}{_UNKNOWN}]|{_STRAY_JOINER}")


def clean(text: str, *, max_chars: int | None = MAX_CHARS) -> str:
    """``text`` without anything a terminal obeys or a reader cannot see, at most ``max_chars`` long.

    Newlines become ``\\n`` and tabs stay. A zero-width joiner stays only inside an emoji. Text that
    is cut says how much is not shown. Cleaning twice changes nothing, and nothing grows.
    """
    if not _plain(text):
        for pattern, instead in _steps():
            text = pattern.sub(instead, text)
    return text if max_chars is None or len(text) <= max_chars else _cut(text, max_chars)


def line(text: str, *, max_chars: int | None = MAX_CHARS) -> str:
    """``text``, cleaned, as one line: names, titles and sentences may not make up lines of ours."""
    return clean(text, max_chars=max_chars).replace("\n", " ").replace("\t", " ")


def harmless(text: str, instead: Callable[[str], str] = lambda _: "") -> str:
    """``text`` with each character that ``clean`` lets nobody see replaced; newlines and tabs stay.

    The last look at what is laid out already, where ``instead`` keeps the room that the character took.
    """
    return text if _plain(text) else _odd().sub(lambda found: instead(found[0]), text)


def spelt(text: str) -> str:
    """``text`` with each such character written out, as in ``<U+001B>``: for what must not lose a character."""
    return harmless(text, lambda char: f"<U+{ord(char):04X}>")


def escaped(json: str) -> str:
    """JSON of the same value, in which each such character is a ``\\u`` escape.

    ``json.dumps(…, ensure_ascii=False)`` leaves DEL, C1 controls, overrides and half characters as they are.
    """
    return harmless(json, _json_escape)


_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "faint": "90"}


class Run(NamedTuple):
    """Text in a style: names of colours and weights with spaces between, or none."""

    text: str
    style: str = ""


def painted(runs: Iterable[Run | str], *, colour: bool) -> str:
    """The runs as one line, each cleaned here whatever was done to it before, and styled where ``colour``."""
    return "".join(_painted(Run(run) if isinstance(run, str) else run, colour) for run in runs)


def _painted(run: Run, colour: bool) -> str:
    text = line(run.text, max_chars=None)
    if not (colour and run.style and text):
        return text
    codes = ";".join(_CODES[name] for name in run.style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"


def _plain(text: str) -> bool:
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def _cut(text: str, max_chars: int) -> str:
    note = f"\n… [{len(text):,} characters, cut here]"
    if len(note) > max_chars:
        note = "…"[:max_chars]
    return text[: max_chars - len(note)].rstrip("\u200d") + note
