from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from quizapp.text.markdown import highlight, inline, render
from quizapp.text.wrap import wrap

CARD = """\
**融合**后的 `weight` 是什么？See [red]x[/red], [0] and __init__, a_b_c, <b>x</b>,
[a](http://x) https://y.z 下一行中文BN除以标准差，不是方差，所以输出不变（在推理模式下），这一点非常重要。

- one *em* item that is rather long and needs wrapping at forty columns
- two
  3. nested 中文
  4. more

| op | cost |
|:---|---:|
| conv `x` | 12 |
| BN 归一化 | 3.5 |

```python
def fuse(conv, bn):
    return conv.weight * (bn.weight / (bn.running_var + bn.eps).sqrt()).reshape(-1, 1)
```

# not a heading
"""


def shown(renderable: RenderableType, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def coloured(renderable: RenderableType) -> str:
    console = Console(width=80, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def squeezed(text: str) -> str:
    return "".join(char for char in text if not char.isspace() and char not in "│┃━┏┓┡┩╇┳└┘─┴┌┐├┤•")


@pytest.mark.parametrize("width", [80, 40])
def test_nothing_is_lost_and_no_line_is_too_wide(width: int) -> None:
    text = shown(render(CARD, dark=True), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    for mark in ("**", "*em*", "`", "```python", "|", ":---", "---:", "- "):
        assert mark not in text
    bare = CARD.replace("**", "").replace("*em*", "em").replace("`", "").replace("|", "").replace("python\n", "")
    bare = bare.replace(":------:", "").replace("- ", "").replace("\n", " ")
    assert squeezed(text) == squeezed(bare)


@given(
    st.text(st.sampled_from("ab _`*|-.1中文，（）[]<>\\#\n\t😀\u0301\ufe0f"), max_size=200), st.sampled_from([20, 40])
)
def test_any_text_renders_within_the_width(text: str, width: int) -> None:
    assert all(cell_len(line) <= width for line in shown(render(text, dark=False), width).splitlines())


@given(st.text(st.sampled_from("abc 中文，。（）0[x]😀\u0301"), max_size=120), st.integers(4, 50))
def test_wrapping_loses_no_character_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrap(Text(text), width)
    assert "".join(line.plain for line in lines).replace(" ", "") == text.replace(" ", "")
    assert all(line.cell_len <= width for line in lines)


def test_chinese_breaks_between_characters_and_not_before_a_comma() -> None:
    lines = [line.plain for line in wrap(Text("BN除以标准差，不是方差（注意）"), 13)]
    assert lines == ["BN除以标准", "差，不是方差", "（注意）"]


def test_styles_survive_wrapping() -> None:
    text = Text("aa bb")
    text.stylize("bold", 3, 5)
    assert [line.spans[0].style if line.spans else "" for line in wrap(text, 2)] == ["", "bold"]


@pytest.mark.parametrize("dark", [True, False])
def test_no_background_is_filled_and_nothing_is_linked(dark: bool) -> None:
    drawn = coloured(render(CARD, dark=dark))
    assert "\x1b[38;2;" in drawn
    assert "48;2;" not in drawn
    assert "\x1b]8" not in drawn


def test_dark_and_light_differ() -> None:
    assert coloured(render(CARD, dark=True)) != coloured(render(CARD, dark=False))


def test_escape_sequences_do_not_reach_the_console() -> None:
    assert "\x1b" not in shown(render("a \x1b[2J `\x1b]0;t\x07b`\n\n```\n\x1b[31m\n```", dark=True), 40)


def test_emphasis_is_styled_and_underscores_are_letters() -> None:
    text = inline("**a** __init__ *b*", dark=True)
    assert text.plain == "a __init__ b"
    assert [(span.start, span.end, str(span.style)) for span in text.spans if str(span.style) != "none"] == [
        (0, 1, "bold"),
        (11, 12, "italic"),
    ]


def test_table_columns_keep_their_alignment() -> None:
    rows = shown(render("| a | b |\n|---|---:|\n| x | 12 |\n| y | 3.5 |", dark=True), 40).splitlines()
    assert [row.split("│")[2] for row in rows if "│" in row] == ["  12 ", " 3.5 "]


def test_a_line_break_between_chinese_characters_adds_no_space() -> None:
    assert shown(render("中文\n中文 and\nso on", dark=True), 40).strip() == "中文中文 and so on"


def test_an_unknown_language_is_shown_as_text() -> None:
    assert "x = 1" in shown(highlight("x = 1", dark=True, language="no-such-language"), 40)
