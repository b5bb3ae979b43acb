from __future__ import annotations

import json
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof.width import cells
from quizapp.sanitise import MAX_MARKS, clean, escaped, harmless, line, spelt

ESCAPES = "a\x1b[]P\\m;0\x07\x9b\x9c\x9d\x90\x00\r\n\t"
HOSTILE = st.text(
    st.sampled_from(f"{ESCAPES}\u202e\u2066\u200b\u200d\ufeff😀👩é中\ud800\u2028\u0301\ufe0f\U000e0100\U000e0041\ue000")
)
ANYTHING = HOSTILE | st.text()
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\uf8ff\U000e0000-\U000e00ff]"
)
VISIBLE = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters of Arabic, Syriac and Kaithi that are drawn."""


@given(ANYTHING)
def test_nothing_that_a_terminal_obeys_remains(text: str) -> None:
    assert not FORBIDDEN.search(clean(text))
    assert not FORBIDDEN.search(harmless(text))
    assert not FORBIDDEN.search(spelt(text))


def test_no_control_format_surrogate_or_private_character_remains() -> None:
    """All of Unicode, by its own categories."""
    for code in set(range(sys.maxunicode + 1)) - VISIBLE - {0x09, 0x0A}:
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            assert char not in clean(f"a{char}b"), hex(code)
            assert char not in harmless(f"a{char}b"), hex(code)


@given(ANYTHING, st.integers(0, 60))
def test_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    once = clean(text, max_chars=limit)
    assert clean(once, max_chars=limit) == once
    assert len(once) <= limit


@given(ANYTHING)
def test_what_is_clean_passes_the_last_look_unchanged(text: str) -> None:
    """Or a widget and the guard behind it would disagree on widths."""
    assert harmless(clean(text)) == clean(text)
    assert spelt(clean(text)) == clean(text)


@given(ANYTHING)
def test_nothing_grows(text: str) -> None:
    assert len(clean(text, max_chars=None)) <= len(text)
    assert cells(clean(text, max_chars=None)) <= cells(text)


@given(ANYTHING)
def test_a_line_is_one_line(text: str) -> None:
    assert len(line(text).splitlines()) <= 1
    assert "\t" not in line(text)
    assert line(line(text)) == line(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Sm", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_plain_text_is_unchanged(text: str) -> None:
    assert clean(text) == text
    assert line(text) == text
    assert spelt(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "把BN折叠进卷积：γ·(x − μ)/√(σ² + ε)，其中 ε = 1e-5。",
        "∑ᵢ αᵢ ∈ ℝⁿ, ∂ℒ/∂w ≈ 0, x̂ = x̄ + ñ, ∇̃f",
        "e\u0301 à la carte; Việt Nam; שלום; العربية",
        "👩\u200d🔬 ❤️\u200d🔥 👍🏽 🇨🇭 1️⃣ 葛\U000e0100 ✔\ufe0e",
        "a\u2003b\u00a0c\u3000d",
        "[red]x[/] [@click=app.quit]y[/] {name} \\x1b[31m",
        "█▏⠿│─●○✓✗",
    ],
)
def test_what_people_write_is_kept(text: str) -> None:
    assert clean(text) == text
    assert line(text) == text


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1bP1$r\x1b\\text", "text"),
        ("\x1b_apc\x1b\\\x1b^pm\x9c\x1bXsos\x07text", "text"),
        ("\x9b2Jtext\x9d0;t\x9c!", "text!"),
        ("\x1bcreset\x1b(B", "reset"),
        ("kept\x1b]0;unended\nnext", "kept\nnext"),
        ("wrongly decoded â\x80\x9d stays", "wrongly decoded â stays"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("hidden\b\b\b\b\b\bshown\x7f", "hiddenshown"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("if admin\u2066: # no\u2069", "if admin: # no"),
        ("pass\u200bword\u200d", "password"),
        ("👩\u200d🔬 and ❤️\u200d🔥", "👩\u200d🔬 and ❤️\u200d🔥"),
        ("x\U000e0068\U000e0069", "x"),
        ("x\ufe00\ufe01\U000e0100\U000e0101", "x\ufe00"),
        ("\u0338not ours\n\u20e0nor this", "not ours\nnor this"),
        ("\ue0b0\U0010ffff\ud800", "\ufffd\ufffd\ufffd"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_known_tricks(hostile: str, plain: str) -> None:
    assert clean(hostile) == plain


def test_marks_do_not_climb_over_the_lines_above() -> None:
    assert clean("x" + "\u0301" * 300) == "x" + "\u0301" * MAX_MARKS


def test_cut_text_says_how_long_it_was() -> None:
    assert clean("x" * 30_000, max_chars=100).endswith("… [30,000 characters, cut here]")


def test_a_cut_through_an_emoji_leaves_no_joiner() -> None:
    whole = "👩\u200d🔬" * 20
    assert all(clean(cut, max_chars=limit) == cut for limit in range(60) if (cut := clean(whole, max_chars=limit)))


@given(st.recursive(ANYTHING, lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)))
def test_escaped_json_is_the_same_data(data: object) -> None:
    text = escaped(json.dumps(data, ensure_ascii=False))
    assert json.loads(text) == data
    assert not FORBIDDEN.search(text)
    text.encode()  # and can be written: half a character could not


def test_spelt_text_says_what_was_there() -> None:
    assert spelt("a\x1b[2J\u202e\n") == "a<U+001B>[2J<U+202E>\n"


@pytest.mark.parametrize("unit", ["\x9d", "\x1b]", "\x1b[0;", "\x90a", "\u200d", "\u0301", "\ufe0f", "\x1b]a\x1b"])
def test_the_time_grows_with_the_length(unit: str) -> None:
    """Patterns that begin everywhere and end nowhere: by the square this would take minutes."""
    assert len(clean(unit * 400_000)) <= 20_000
