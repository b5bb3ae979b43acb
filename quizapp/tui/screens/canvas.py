"""The study screen's picture: its widgets and how they are drawn. What keys do is in ``study``."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from quizapp.model.card import Card, CodeCard, NumberCard
from quizapp.model.words import Words
from quizapp.runner import Isolation
from quizapp.service import warming
from quizapp.service.errors import REFUSALS
from quizapp.service.study import Study, Turn
from quizapp.tui import LEAST, words
from quizapp.tui.commands import APP, STUDY, TYPING, WRITING, Command, Stage, bindings
from quizapp.tui.draw import bars, lines
from quizapp.tui.draw import proof as proof_drawing
from quizapp.tui.look import Look
from quizapp.tui.prover import Drawer, Prover
from quizapp.tui.recorder import Recorder
from quizapp.tui.state import Life, Phase
from quizapp.tui.widgets.card_view import CardView, Shown
from quizapp.tui.widgets.code_pane import CodePane
from quizapp.tui.widgets.line import Line
from quizapp.tui.widgets.number_entry import NumberEntry
from quizapp.tui.widgets.pane import Pane
from quizapp.tui.widgets.plain import Plain
from quizapp.tui.widgets.proof_view import ProofView

if TYPE_CHECKING:
    from quizapp.tui.app import QuizApp

_WHEN = {command.action.partition("(")[0]: command.when for command in STUDY}


PEEK = 0.7
"""Seconds after a card is shown before the next question is drawn: its process must not slow the paint."""


class Coming(Message):
    """A number card that is likely to come, and the seed of its question."""

    def __init__(self, card: NumberCard, seed: int) -> None:
        super().__init__()
        self.card, self.seed = card, seed


class Walled(Message):
    """How well runs are isolated here."""

    def __init__(self, isolation: Isolation) -> None:
        super().__init__()
        self.isolation = isolation


class Canvas(Screen[None]):
    """The widgets of the study screen, and how they are drawn from the turn and the card's life."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(STUDY)
    AUTO_FOCUS = ""  # keys are the screen's until somebody types
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (LEAST[0], "-narrow"), (64, "-middling"), (120, "-wide")]  # noqa: RUF012 - Textual's own
    VERTICAL_BREAKPOINTS = [(0, "-short"), (LEAST[1], "-tall")]  # noqa: RUF012 - Textual's own

    def __init__(self, study: Study, turn: Turn | None) -> None:
        super().__init__()
        self._study, self._turn = study, turn
        self._life = Life.begin(turn.card) if turn else None
        self._recorder = Recorder(self, study)
        self._prover = Prover(self, study.library)
        self._drawer = Drawer(self, study.library)
        self._notice: Words | None = None
        self._complaint: Words | None = None
        self._remark: Words | None = None
        self._warned = self._editing = self._following = False
        self._ready = False
        self._since = 0.0

    def compose(self) -> ComposeResult:
        """Header, body, rule, grade bar, keys; and what to say where there is no room for them."""
        with Vertical(id="all"):
            yield Line(id="header")
            with Pane(id="body"):
                yield CardView(id="card")
                yield ProofView(id="proof")
            yield Line(id="rule")
            yield Line(id="grades")
            yield Line(id="keys")
        yield Plain(id="small")

    def on_mount(self) -> None:
        """Draw anew whatever changes outside the card."""
        self._ready = True
        for pane in self._panes:
            for attribute in ("scroll_y", "virtual_size"):
                self.watch(pane, attribute, self._draw_rule, init=False)
        self.watch(self.app, "lang", self._redraw, init=False)
        self.watch(self.app, "theme", self._redraw, init=False)

    def on_resize(self) -> None:
        """What stands outside the layout is drawn anew."""
        self._redraw()

    def stop(self) -> None:
        """End whatever runs, and the workers that wait for a run, whatever they are importing."""
        self._prover.forget()
        self._drawer.stop()
        self._study.library.workers.close()

    def on_unmount(self) -> None:
        """However the screen ends, nothing of it goes on."""
        self.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now do nothing; in a window too small to see, all of them."""
        if self._too_small and action in _WHEN:
            return False
        when = _WHEN.get(action)
        return when is None or (self._turn is not None and when(self._stage))

    # what is on the screen

    @property
    def look(self) -> Look:
        """The language and colours of now."""
        return cast("QuizApp", self.app).look

    @property
    def _panes(self) -> tuple[Widget, Widget, Widget]:
        return self.query_one("#body"), self.query_one("#card"), self.query_one("#proof")

    @property
    def _too_small(self) -> bool:
        return self.size.width < LEAST[0] or self.size.height < LEAST[1]

    @property
    def _wide(self) -> bool:
        return self.has_class("-wide")

    @property
    def _stage(self) -> Stage:
        life = self._life
        return Stage(
            kind=life.card.kind if life else None,
            phase=life.phase if life else Phase.ASKING,
            running=self._prover.lane.busy,
            busy=self._recorder.busy,
            hints=life is not None and not life.revealed and life.hints < len(life.card.hints),
        )

    def _show(self, turn: Turn | None, life: Life | None) -> None:
        """Pour a card in; everything of the one before is gone."""
        self._prover.forget()
        self._turn = turn
        self._life = life or (Life.begin(turn.card) if turn else None)
        self._complaint = self._remark = None
        self._warned = self._editing = self._following = False
        self._since = time.monotonic()
        self.set_focus(None)
        self.query_one(NumberEntry).value = ""
        for pane in self._panes:
            pane.scroll_to(y=0, animate=False)
        if turn is not None:
            self._drawer.begin(turn.card, turn.seed)
            self._warm_up(turn)
            self.set_timer(PEEK, partial(self._peek, turn))
        self._redraw()

    def _peek(self, turn: Turn) -> None:
        if turn is self._turn:
            self.run_worker(partial(self._look_ahead, turn), thread=True, group="peek")

    def _look_ahead(self, turn: Turn) -> None:
        """In a thread: which question to draw next. What is wrong is told when the card comes."""
        with suppress(*REFUSALS):
            if (coming := self._study.ahead(turn)) is not None:
                self.post_message(Coming(*coming))

    def _raise_walls(self) -> None:
        """In a thread: find out how well runs are isolated, and have the first worker import what they need."""
        self.post_message(Walled(self._study.library.workers.isolation))
        warming.warm(self._study.library)

    @on(Walled)
    def _walled(self, message: Walled) -> None:
        self._prover.walls = message.isolation
        if self._life is not None:
            self._draw_proof()

    def _warm_up(self, turn: Turn) -> None:
        """Code runs in a worker of its own, which may import while the learner writes."""
        if isinstance(turn.card, CodeCard):
            begin = partial(warming.warm, self._study.library, bench=True)
            self.call_after_refresh(lambda: self.run_worker(begin, thread=True, group="warm"))

    @on(Coming)
    def _coming(self, message: Coming) -> None:
        self._drawer.look_ahead(message.card, message.seed)

    def _redraw(self) -> None:
        if not self._ready:
            return
        look, width = self.look, self.size.width
        small = look.say(words.TOO_SMALL) + "\n\n" + look.say(words.TOO_SMALL_HOW, width=width, height=self.size.height)
        self.query_one("#small", Plain).update(Text(small))
        if self._turn is None or self._life is None:
            return
        self._draw_card(self._turn.card, self._life)
        self._draw_proof()
        self._draw_edges()

    def _draw_card(self, card: Card, life: Life) -> None:
        complaint = self.look.say(self._complaint) if self._complaint else ""
        claim = self._prover.claim(card) if life.revealed else None
        shown = Shown(life, self.look, self._drawer.question, claim, complaint, self._editing)
        self.query_one(CardView).show(shown)

    def _draw_proof(self) -> None:
        view, life = self.query_one(ProofView), self._life
        assert life is not None
        if self._prover.watch is not None:
            view.show(self._prover.watch, self.look, self._prover.walls)
        elif self._remark is not None:
            view.rest(lines.prose(self.look.say(self._remark), self.look.muted))
        else:
            claim = self._prover.claim(life.card) if life.revealed else None
            statement = claim.statement[self.look.lang] if claim else ""
            walls, revealed = self._prover.walls, life.revealed
            view.rest(proof_drawing.resting(self.look, revealed=revealed, statement=statement, walls=walls))
        view.display = self._wide or life.revealed or self._prover.watch is not None

    def _draw_edges(self) -> None:
        """The lines above and below the body."""
        turn, life, look, stage = self._turn, self._life, self.look, self._stage
        assert turn is not None
        assert life is not None
        topic = next((topic for topic in self._study.library.deck.topics if topic.slug == turn.card.topic), None)
        done = self._recorder.done
        self.query_one("#header", Line).show(lambda width: bars.header(topic, turn.counts, done, look, width))
        betting = life.phase is Phase.BETTING
        invite = Text(look.say(words.INVITE_BET if betting else words.INVITES[life.card.kind]), style=look.muted)
        self.query_one("#grades", Line).show(
            lambda width: bars.grades(turn.days, life.suggestion, look, width) if life.revealed else invite.copy()
        )
        foot, always = self._foot()
        self.query_one("#keys", Line).show(lambda width: bars.keys(foot, always, stage, look, width))
        self._draw_rule()

    def _foot(self) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
        """The keys to name, and those of them that are named whatever the width."""
        if isinstance(self.focused, CodePane):
            return (), WRITING
        if isinstance(self.focused, NumberEntry):
            return (), TYPING
        return (*STUDY, *APP[:2]), APP[2:]

    @on(Pane.Resized)
    def _refit(self) -> None:
        self._draw_rule()

    def on_descendant_focus(self) -> None:
        """Typing has keys of its own."""
        self._redraw()

    def on_descendant_blur(self) -> None:
        """And they end with it."""
        self._redraw()

    def _draw_rule(self) -> None:
        look, notice = self.look, self.look.say(self._notice) if self._notice else ""
        body, card, proof = self._panes
        shown = ((card, ("k", "j")), (proof, ("K", "J"))) if self._wide else ((body, ("k", "j")),)
        hidden = [
            bars.Hidden(round(pane.scroll_y), round(pane.max_scroll_y - pane.scroll_y), keys) for pane, keys in shown
        ]
        self.query_one("#rule", Line).show(lambda width: bars.rule(look, width, notice, hidden))

    def _live(self, life: Life) -> None:
        """The card's next state, drawn; whatever was said in passing is over."""
        changed = life is not self._life
        self._life, self._notice = life, None
        if changed:
            self._redraw()

    def _say(self, notice: Words) -> None:
        self._notice = notice
        self._draw_rule()
