"""The last look at what Rich has drawn: no control, no link, no action leaves for a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style

from quizapp.sanitise import harmless

_SCROLLS = ("grab", "scroll_up", "scroll_down")


class Guarded:
    """``body`` as it is drawn, guarded. What is inside has been cleaned as a rule; here is no exception."""

    def __init__(self, body: RenderableType) -> None:
        self.body = body

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from guarded(console.render(self.body, options))


def guarded(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Segments of the same widths without anything that a terminal obeys or a click could start.

    A newline stays, since Rich ends its lines so; Rich's own control segments are dropped.
    """
    return (Segment(_text(segment.text), _style(segment.style)) for segment in segments if not segment.control)


def _text(text: str) -> str:
    # a tab is as wide as the terminal likes
    return harmless(text, _blank).replace("\t", " ")


def _blank(char: str) -> str:
    return " " * cell_len(char)


def _style(style: Style | None) -> Style | None:
    if style is None or not (style.link or any(map(_acts, style.meta.items()))):
        return style
    return style.clear_meta_and_links()


def _acts(meta: tuple[str, object]) -> bool:
    """Whether a mouse would start something with it, other than scroll: Textual's scrollbars work by styles too."""
    return meta[0].startswith("@") and meta not in [("@mouse.down", does) for does in _SCROLLS]
