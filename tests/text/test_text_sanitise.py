from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.text.sanitise import clean

ESCAPES = "a\x1b[]P\\m;0\x07\x9b\x9c\x9d\x90\x00\r\n\t"
HOSTILE = st.text(st.sampled_from(f"{ESCAPES}\u202e\u200b\u200d\ufeff😀👩é中\ud800\u2028"))
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]")


@given(HOSTILE | st.text())
def test_nothing_that_a_terminal_obeys_remains(text: str) -> None:
    assert not FORBIDDEN.search(clean(text))


@given(HOSTILE | st.text(), st.integers(0, 60))
def test_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    once = clean(text, max_chars=limit)
    assert clean(once, max_chars=limit) == once
    assert len(once) <= limit


@given(st.text(st.characters(categories=["L", "N", "P", "Sm", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_plain_text_is_unchanged(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1bP1$r\x1b\\text", "text"),
        ("\x9b2Jtext\x9d0;t\x9c!", "text!"),
        ("\x1bcreset\x1b(B", "reset"),
        ("kept\x1b]0;unended\nnext", "kept\nnext"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("pass\u200bword\u200d", "password"),
        ("👩\u200d🔬 and ❤️\u200d🔥", "👩\u200d🔬 and ❤️\u200d🔥"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_known_tricks(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_cut_text_says_how_long_it_was() -> None:
    assert clean("x" * 30_000, max_chars=100).endswith("… [30,000 characters, cut here]")


def test_a_cut_through_an_emoji_leaves_no_joiner() -> None:
    whole = "👩\u200d🔬" * 20
    assert all(clean(cut, max_chars=limit) == cut for limit in range(60) if (cut := clean(whole, max_chars=limit)))
