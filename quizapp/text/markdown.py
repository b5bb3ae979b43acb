"""Card text (a small markdown) to Rich renderables.

Paragraphs, ``**bold**``, ``*emphasis*``, `` `code` ``, fenced code, lists and simple tables. All
else stays as it is written: no HTML, no links, no Rich markup, and underscores are letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from quizapp.sanitise import clean
from quizapp.text.wrap import Prose

_PARSER = MarkdownIt("zero").enable(["fence", "list", "table", "emphasis", "backticks", "newline", "escape"])


@dataclass(frozen=True, slots=True)
class Look:
    """Colours that read on a dark or a light background; neither fills the background."""

    code: Style
    theme: str


DARK = Look(Style(color="#79c0ff"), "one-dark")
LIGHT = Look(Style(color="#0550ae"), "xcode")


def render(text: str, *, dark: bool) -> RenderableType:
    """A renderable that wraps to whatever width it is given; ``text`` is cleaned first."""
    look = DARK if dark else LIGHT
    root = SyntaxTreeNode(_PARSER.parse(clean(text)))
    return _stack((_block(node, look) for node in root.children), gap=True)


def highlight(code: str, *, dark: bool, language: str = "python") -> RenderableType:
    """Source code, cleaned, coloured and folded to the width; line numbers are the caller's business."""
    from rich.syntax import Syntax  # pygments and its lexers take 30 ms; most cards show no code

    look = DARK if dark else LIGHT
    return Syntax(clean(code).rstrip("\n"), language, theme=look.theme, background_color="default", word_wrap=True)


def inline(text: str, *, dark: bool) -> Text:
    """One line of card text as styled ``Text``: for options and key points inside widgets."""
    look = DARK if dark else LIGHT
    found = Text()
    for node in SyntaxTreeNode(_PARSER.parseInline(clean(text))).children:
        _inline(found, node, Style(), look)
    return found


def _stack(blocks: Iterable[RenderableType], *, gap: bool) -> Group:
    stacked: list[RenderableType] = []
    for block in blocks:
        if stacked and gap:
            stacked.append(Text())
        stacked.append(block)
    return Group(*stacked)


def _block(node: SyntaxTreeNode, look: Look) -> RenderableType:
    return _BLOCKS.get(node.type, _paragraph)(node, look)


def _paragraph(node: SyntaxTreeNode, look: Look) -> RenderableType:
    text = Text()
    for child in node.children:
        _inline(text, child, Style(), look)
    return Prose(text)


def _fence(node: SyntaxTreeNode, look: Look) -> RenderableType:
    language = (node.info.split() or ["text"])[0]
    return Padding(highlight(node.content, dark=look is DARK, language=language), (0, 0, 0, 2))


def _list(node: SyntaxTreeNode, look: Look) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        marker = f"{number}{item.markup}" if node.type == "ordered_list" else "•"
        grid.add_row(Text(marker), _stack((_block(child, look) for child in item.children), gap=False))
    return grid


def _table(node: SyntaxTreeNode, look: Look) -> RenderableType:
    head, *bodies = node.children
    table = Table(header_style="bold")
    for cell in head.children[0].children:
        side = str(cell.attrs.get("style", "")).removeprefix("text-align:")
        table.add_column(_paragraph(cell, look), justify="right" if side == "right" else "left", overflow="fold")
    for row in (row for body in bodies for row in body.children):
        table.add_row(*(_paragraph(cell, look) for cell in row.children))
    return table


_BLOCKS: dict[str, Callable[[SyntaxTreeNode, Look], RenderableType]] = {
    "fence": _fence,
    "bullet_list": _list,
    "ordered_list": _list,
    "table": _table,
}


def _inline(text: Text, node: SyntaxTreeNode, style: Style, look: Look) -> None:
    if node.type in {"strong", "em"}:
        _emphasis(text, node, style, look)
    elif node.children:
        for child in node.children:
            _inline(text, child, style, look)
    elif node.type == "code_inline":
        text.append(node.content, style + look.code)
    elif node.type == "softbreak":
        text.append(_joint(text, node), style)
    else:
        text.append("\n" if node.type == "hardbreak" else node.content, style)


def _emphasis(text: Text, node: SyntaxTreeNode, style: Style, look: Look) -> None:
    underscores = node.markup if "_" in node.markup else ""  # `__init__` is a name, not bold
    inner = (
        style if underscores else style + Style(bold=node.type == "strong" or None, italic=node.type == "em" or None)
    )
    text.append(underscores, style)
    for child in node.children:
        _inline(text, child, inner, look)
    text.append(underscores, style)


def _joint(text: Text, node: SyntaxTreeNode) -> str:
    """A line break in the source is a space, but between two Chinese characters nothing."""
    following = node.next_sibling
    before, after = text.plain[-1:], (following.content if following and not following.children else "")[:1]
    return "" if before and after and cell_len(before) == cell_len(after) == 2 else " "
