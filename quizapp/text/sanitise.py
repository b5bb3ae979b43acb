"""Text from decks, verifiers and attempts is hostile until it has been through ``clean``.

Terminals obey escape sequences wherever they come from, and bidirectional overrides or
invisible characters make text read other than it is.
"""

from __future__ import annotations

import re

# A string sequence (OSC, DCS, SOS, PM, APC) ends with BEL or ST; an unended one ends with its line.
# Negated classes, no lazy matching: linear on any input.
_STRINGS = re.compile(r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\n\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?")
_CSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?")
_ESC = re.compile(r"\x1b[ -/]*[0-~]?")
_NEWLINES = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(
    "["
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, overrides and isolates
    "\u00ad\u034f\u180e\u200b\u200c\u2060-\u2065\u206a-\u206f\ufeff"  # zero width
    "\u115f\u1160\u3164\uffa0\ufff9-\ufffb"  # fillers and annotation marks
    "\U000e0000-\U000e0fff"  # tags
    "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_STRAY_JOINER = re.compile(f"(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])")

MAX_CHARS = 20_000


def clean(text: str, *, max_chars: int = MAX_CHARS) -> str:
    """``text`` without anything a terminal obeys or a reader cannot see, at most ``max_chars`` long.

    Newlines become ``\\n`` and tabs stay. A zero-width joiner stays only inside an emoji. Text that
    is cut says how much is not shown. Cleaning twice changes nothing.
    """
    for pattern, instead in _STEPS:
        text = pattern.sub(instead, text)
    return text if len(text) <= max_chars else _cut(text, max_chars)


_STEPS = (
    (_STRINGS, ""),
    (_CSI, ""),
    (_ESC, ""),
    (_NEWLINES, "\n"),
    (_CONTROLS, ""),
    (_UNSEEN, ""),
    (_SURROGATES, "\ufffd"),
    (_STRAY_JOINER, ""),  # last: what stood between a joiner and its emoji is gone by now
)


def _cut(text: str, max_chars: int) -> str:
    note = f"\n… [{len(text):,} characters, cut here]"
    if len(note) > max_chars:
        note = "…"[:max_chars]
    return text[: max_chars - len(note)].rstrip("\u200d") + note
