"""The last look at what Rich has drawn."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from quizapp.text.guard import Guarded, guarded

HOSTILE = st.text(st.sampled_from("a中\x1b[]0;m\x07\x9b\x00\r\t\u202e\u200b\u115f\ue000😀\u0301")) | st.text()
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@given(st.lists(HOSTILE))
def test_a_guarded_line_is_as_wide_as_it_was_and_holds_no_control(texts: list[str]) -> None:
    before = [Segment(text.replace("\t", " ")) for text in texts]
    after = list(guarded(before))
    assert [cell_len(segment.text) for segment in after] == [cell_len(segment.text) for segment in before]
    assert not any(CONTROLS.search(segment.text) for segment in after)


def test_links_actions_and_controls_are_dropped_and_looks_are_kept() -> None:
    bold = Style(bold=True)
    link, action = Style(bold=True, link="http://x"), bold + Style(meta={"@click": "app.quit"})
    segments = [Segment("a", link), Segment("b", action), Segment("", None, [(ControlType.CLEAR,)])]
    first, second = guarded(segments)
    for segment in (first, second):
        assert segment.style is not None
        assert (segment.style.bold, segment.style.link, segment.style.meta) == (True, None, {})
    for meta in ({"offset": (1, 2)}, {"@mouse.down": "grab"}):  # a selection's and a scrollbar's
        kept = Segment("c", Style(meta=meta))
        assert list(guarded([kept])) == [kept]


def test_whatever_is_printed_is_guarded() -> None:
    """Even where a renderable was made of text that nobody had cleaned."""
    table = Table("\x1b]0;pwned\x07head")
    table.add_row(Text("\x9b2Jcell\u202e", style="link http://x"))
    out = io.StringIO()
    Console(file=out, force_terminal=True, width=40, color_system="truecolor").print(Guarded(table))
    plain = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue())
    assert "head" in plain
    assert not CONTROLS.search(plain)
    assert "\x1b]8" not in out.getvalue()
