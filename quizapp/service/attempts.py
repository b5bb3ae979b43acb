"""Judging the learner's code outside the screen."""

from __future__ import annotations

from quizapp.model.card import CodeCard
from quizapp.runner import Limits
from quizapp.service.errors import RequestError
from quizapp.service.library import Library
from quizapp.service.proving import Judged, solve

LONGEST = 1 << 20  # bytes of source that anybody would call an answer


def judge(library: Library, card_id: str, source: bytes, seed: int, seconds: float = 30.0) -> Judged:
    """Put a file's bytes to the claim of a code card.

    Raises ``RequestError`` for another kind of card and for bytes that are no source text.
    """
    card = library.card(card_id)
    if not isinstance(card, CodeCard):
        raise RequestError(f"{card.id} is a {card.kind} card; solve takes a code card, see quizapp list --kind code")
    return solve(library, card, readable(source), seed, Limits(seconds=seconds, cpu=int(2 * seconds) + 1)).result()


def readable(source: bytes) -> str:
    """The text of a source file. Raises ``RequestError`` for what is none."""
    if len(source) > LONGEST:
        raise RequestError(f"the file has more than {LONGEST} bytes, which no answer needs")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f"the file is not UTF-8 text: byte {error.start} is {source[error.start]:#04x}") from error
    if "\0" in text:
        raise RequestError(f"the file is no text: it holds a NUL character at {text.index(chr(0))}")
    return text
