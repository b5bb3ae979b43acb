"""The card: one set of widgets that every card is poured into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult

from quizapp.model.card import CodeCard, Kind, NumberCard
from quizapp.service.proving import Judged, Question
from quizapp.tui.draw import card, number
from quizapp.tui.draw.lines import prose
from quizapp.tui.look import Look
from quizapp.tui.state import Life, Phase
from quizapp.tui.widgets.code_pane import CodePane
from quizapp.tui.widgets.number_entry import NumberEntry
from quizapp.tui.widgets.pane import Pane
from quizapp.tui.widgets.plain import Plain
from quizapp.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from quizapp.deck.claims import ClaimInfo


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a card's picture depends on."""

    life: Life
    look: Look
    question: Question | Judged | None = None
    claim: ClaimInfo | None = None
    complaint: str = ""
    editing: bool = False

    @property
    def given(self) -> Mapping[str, object]:
        """The givens of the prompt; none before they are drawn, so that their names show."""
        return self.question.given if isinstance(self.question, Question) else {}


class CardView(Pane):
    """Prompt, hints, answer and what follows, from top to bottom."""

    def compose(self) -> ComposeResult:
        """Every part that some kind of card needs; ``show`` hides those that this card does not."""
        yield Plain(id="prompt")
        yield Plain(id="hints")
        yield Rows(id="options")
        yield Plain(id="code")
        yield CodePane(id="editor")
        yield NumberEntry(id="entry")
        yield Plain(id="complaint")
        yield Plain(id="number")
        yield Plain(id="points-head")
        yield Rows(id="points")
        yield Plain(id="after")

    def show(self, shown: Shown) -> None:
        """Draw a card as it is now."""
        life, look = shown.life, shown.look
        self._part("prompt", lambda: card.prompt(life, look, shown.given))
        self._part("hints", (lambda: card.hints(life, look)) if life.hints else None)
        self.query_one("#options", Rows).show(card.options(life, look, shown.claim))
        self._show_code(shown)
        self._show_number(shown)
        self._part("points-head", (lambda: card.points_head(life, look)) if life.revealed else None)
        self.query_one("#points", Rows).show(card.points(life, look) if life.revealed else [])
        self._part("after", (lambda: card.after(life, look, shown.claim)) if life.revealed else None)

    def bring(self, row: int, *, revealed: bool) -> None:
        """Scroll the row under the cursor into view."""
        self.query_one("#points" if revealed else "#options", Rows).bring(row)

    def bring_answer(self, kind: Kind) -> None:
        """After the reveal: the answer, with no more of the prompt scrolled away than it needs.

        Options answer where they stand; scrolling would take the learner's own pick away.
        """
        if kind is not Kind.CHOICE:
            self.query_one("#number" if kind is Kind.NUMBER else "#points-head", Plain).scroll_visible(animate=False)

    def _part(self, name: str, draw: Callable[[], RenderableType] | None) -> None:
        part = self.query_one(f"#{name}", Plain)
        part.display = draw is not None
        if draw is not None:
            part.update(draw())

    def _show_code(self, shown: Shown) -> None:
        coding = isinstance(shown.life.card, CodeCard)
        self._part("code", (lambda: card.code(shown.life, shown.look)) if coding and not shown.editing else None)
        editor = self.query_one("#editor", CodePane)
        editor.display = coding and shown.editing
        if editor.display and editor.text != shown.life.source and not editor.has_focus:
            editor.load_text(shown.life.source)

    def _show_number(self, shown: Shown) -> None:
        life, look, question = shown.life, shown.look, shown.question
        entry = self.query_one("#entry", NumberEntry)
        asking = isinstance(life.card, NumberCard) and life.phase is Phase.ASKING
        entry.display = asking and isinstance(question, Question)
        entry.placeholder = number.placeholder(look)
        complaint = (lambda: prose(shown.complaint, look.bad)) if shown.complaint and asking else None
        self._part("complaint", complaint)
        drawn = (lambda: number.asked(life, look, question, _unit(life, look))) if _asks_number(shown) else None
        self._part("number", drawn)


def _asks_number(shown: Shown) -> bool:
    waiting = shown.life.phase is Phase.ASKING and isinstance(shown.question, Question)
    return isinstance(shown.life.card, NumberCard) and not waiting


def _unit(life: Life, look: Look) -> str:
    return card.unit(life.card, look) if isinstance(life.card, NumberCard) else ""
