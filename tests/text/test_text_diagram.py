from __future__ import annotations

import io
import math

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from quizapp.text.diagram import heat_map, interval, margin_bar, number, table
from quizapp.text.plot import line_plot

WIDTHS = st.integers(10, 100)
FLOATS = st.floats()
SETTLED = st.sampled_from([True, False, None])


def shown(renderable: RenderableType, width: int = 60) -> list[str]:
    console = Console(width=max(width, 1), file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(renderable, no_wrap=True, overflow="ignore", crop=False)
    return [line.rstrip() for line in capture.get().splitlines()]


def within(renderable: RenderableType, width: int) -> bool:
    return all(cell_len(line) <= width for line in shown(renderable, width))


@given(FLOATS)
def test_a_number_is_short(value: float) -> None:
    assert len(number(value)) <= 9


@given(FLOATS, SETTLED, WIDTHS)
def test_margin_bars_keep_the_width(margin: float, accepted: bool | None, width: int) -> None:
    assert within(margin_bar(margin, accepted=accepted, width=width), width)


@given(st.tuples(FLOATS, FLOATS, FLOATS), FLOATS, SETTLED, WIDTHS)
def test_intervals_keep_the_width(
    ends: tuple[float, float, float], bound: float, accepted: bool | None, width: int
) -> None:
    assert within(interval(*ends, bound=bound, accepted=accepted, width=width), width)


@given(st.lists(st.lists(FLOATS, max_size=30), max_size=30), WIDTHS)
def test_heat_maps_keep_the_width(grid: list[list[float]], width: int) -> None:
    assert within(heat_map(grid, width=width), width)
    assert len(shown(heat_map(grid, width=width))) <= 24 + 8


@given(st.lists(st.tuples(FLOATS, FLOATS, FLOATS), max_size=20), WIDTHS, st.integers(1, 12))
def test_plots_keep_the_width(points: list[tuple[float, float, float]], width: int, height: int) -> None:
    x, one, two = (list(axis) for axis in zip(*points, strict=True)) if points else ([], [], [])
    assert within(line_plot(x, {"one": one, "二": two}, width=width, height=height), width)


@given(st.lists(st.lists(st.text(st.sampled_from("a1.中[]\x1b")), max_size=4), max_size=4), WIDTHS)
def test_tables_keep_the_width(rows: list[list[str]], width: int) -> None:
    assert within(table(rows, width=width), width)


def test_a_margin_reads_without_colour() -> None:
    lines = [shown(margin_bar(m, accepted=m > 0, width=45))[0] for m in (3.0, -1.5, 30.0, -30.0, math.nan)]
    assert lines == [
        "           │█████▌      10^3.0 inside",
        "        ███│            10^1.5 outside",
        "           │███████████ > 10^6 inside",
        "███████████│            > 10^6 outside",
        "           │            no number",
    ]


def test_an_interval_shows_its_bound_on_the_ruler() -> None:
    assert shown(interval(1.0, 1.2, 1.5, bound=1.25, accepted=None, width=21)) == [
        "├───────●─┃─────────┤",
        "1 … 1.2 … 1.5   bound",
        "1.25",
    ]
    assert shown(interval(1.3, 1.4, 1.5, bound=1.0, accepted=True, width=21))[0] == "┃···········├───●───┤"


def test_a_heat_map_shows_signs_without_colour() -> None:
    assert shown(heat_map([[-1, 0, 1], [-2, 0, 2]], width=40)) == ["-▒ ·+▒", "-█ ·+█", "-█ -2  0 ·  +█ 2"]


def test_a_large_grid_is_pooled_and_says_so() -> None:
    lines = shown(heat_map([[1.0] * 50] * 4, width=50))
    assert lines[:2] == ["+█" * 25] * 2
    assert lines[2].endswith("each cell the largest of 2×2")


def test_a_plot_labels_its_axes_and_names_its_lines() -> None:
    crossing = {"up": [0.0, 1.0, 2.0, 3.0], "down": [3.0, 2.0, 1.0, 0.0]}
    assert shown(line_plot([0, 1, 2, 3], crossing, width=24, height=4)) == [
        "3│⠉⠒⠢⠤⣀            ⣀⠤⠔⠒a",
        " │     ⠉⠑⠒⠤⢄⣀⣀⡠⠤⠒⠊⠉",
        " │     ⣀⡠⠤⠒⠊⠉⠉⠑⠒⠤⢄⣀",
        "0│⣀⠤⠔⠊⠉            ⠉⠑⠢⠤b",
        " └0────────────────────3",
        "a up  b down",
    ]


def test_a_gap_is_not_bridged() -> None:
    row = shown(line_plot([0, 1, 2, 3], {"": [1.0, math.nan, math.nan, 1.0]}, width=24, height=2))[1]
    assert row.count("\u2800") == 0
    assert sum("\u2800" < char <= "\u28ff" for char in row) == 2


def test_numbers_in_a_table_are_right_aligned_and_markup_is_text() -> None:
    rows = [["layer", "ratio"], ["[red]conv", "1.25"], ["归一化", "12.5"]]
    assert shown(table(rows, width=40)) == ["layer      ratio", "[red]conv   1.25", "归一化      12.5"]
