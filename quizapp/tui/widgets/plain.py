"""Text and renderables as they are."""

from __future__ import annotations

from textual.widgets import Static  # noqa: TID251  # the one place: markup is off from here on


class Plain(Static):
    """A ``Static`` that reads no markup, so that no prompt can hold a link or an action."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id, markup=False)
