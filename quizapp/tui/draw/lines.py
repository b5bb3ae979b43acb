"""The few shapes that everything on the screen is made of."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from quizapp.sanitise import line
from quizapp.text.wrap import Prose
from quizapp.tui.look import Look

BLANK = Text("")


def prose(text: str, style: Style | str = "") -> Prose:
    """A paragraph of somebody's text: cleaned, never markup, and no line of it can pass for one of ours."""
    return Prose(Text(line(text), style=style))


def heading(title: str, look: Look, aside: str = "") -> RenderableType:
    """A small title, with a word in passing at the right edge."""
    return spread(Text(title, style=look.muted + Style(bold=True)), Text(aside, style=look.muted))


def spread(left_text: RenderableType, right_text: RenderableType, *, left: bool = True) -> Table:
    """Two texts at the two edges; the left one wraps, or the right one if not ``left``."""
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1 if left else None, no_wrap=not left)
    grid.add_column(ratio=None if left else 1, no_wrap=left, justify="right")
    grid.add_row(left_text, right_text)
    return grid


def marked(mark: Text, body: RenderableType, *, width: int = 2) -> Table:
    """A mark in its own column, and what it marks wrapping beside it."""
    grid = Table.grid(padding=0, expand=True)
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row(mark, body)
    return grid


def indented(body: RenderableType, by: int = 2) -> Table:
    """``body`` moved to the right."""
    return marked(Text(""), body, width=by)


def meter(done: float, total: float, width: int, look: Look) -> Text:
    """A thin bar, filled by the share that is done."""
    filled = round(width * min(1.0, done / total)) if total > 0 else 0
    return Text.assemble(("━" * filled, look.accent), ("━" * (width - filled), look.faint))


def fitted(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, an ellipsis where it is cut."""
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width > 0 else ""
    return set_cell_size(text, width)


def joined(parts: Sequence[Text], width: int, gap: str = "   ", keep: int = 0) -> Text:
    """As many parts in a row as fit into ``width``; the last ``keep`` of them always come along."""
    kept = list(parts[len(parts) - keep :])
    front = list(parts[: len(parts) - keep])
    while front and _length([*front, *kept], gap) > width:
        front.pop()
    while kept and _length([*front, *kept], gap) > width:
        kept.pop(0)
    return Text(gap).join([*front, *kept])


def _length(parts: Sequence[Text], gap: str) -> int:
    return sum(part.cell_len for part in parts) + cell_len(gap) * max(0, len(parts) - 1)
