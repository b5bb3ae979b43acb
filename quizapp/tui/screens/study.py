"""The study screen: what keys and messages do.

Keys change the card's life (``quizapp.tui.state``), the life is drawn; whatever takes time runs
in a thread and comes back as a message. Nothing here waits.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from functools import partial

from textual import on
from textual.app import SuspendNotSupported
from textual.widget import Widget
from textual.widgets import Input

from quizapp.model.card import Believed, ChoiceCard, CodeCard, Kind
from quizapp.model.event import Shelf
from quizapp.model.grade import Grade
from quizapp.model.words import Words
from quizapp.proof.record import Proof
from quizapp.service.errors import REFUSALS
from quizapp.service.proving import Judged, Question, Word
from quizapp.tui import editor, words
from quizapp.tui.recorder import Refused, Turned
from quizapp.tui.runs import Told
from quizapp.tui.screens.canvas import Canvas
from quizapp.tui.screens.summary import SummaryScreen
from quizapp.tui.speak import NumberError, parse_number
from quizapp.tui.state import Life, Phase
from quizapp.tui.watch import Purpose
from quizapp.tui.widgets.card_view import CardView
from quizapp.tui.widgets.code_pane import CodePane
from quizapp.tui.widgets.line import Line
from quizapp.tui.widgets.number_entry import NumberEntry
from quizapp.tui.widgets.proof_view import ProofView
from quizapp.tui.widgets.rows import Rows

_NO_VERDICT = (Word.UNDECIDED, Word.SKIPPED, Word.BROKEN, Word.CANCELLED, Word.REFUSED)
_SEEDS = 1 << 24


class StudyScreen(Canvas):
    """Shows the turn it is given and asks its recorder for the next."""

    def on_mount(self) -> None:
        """Show the first card at once; load what writing needs once it is painted."""
        super().on_mount()
        self._show(self._turn, None)
        if self._turn is None:
            self._recorder.total()
        for work in (self._raise_walls, self._warm):
            self.call_after_refresh(partial(self.run_worker, work, thread=True, group="warm"))

    def _warm(self) -> None:
        """In a thread: the index of the claims and the ORM. What is wrong with either is told when it is needed."""
        with suppress(*REFUSALS):
            _ = self._study.library.index
            self._study.warm()

    def wanted(self, what: str) -> None:
        """What the learner asks for from the summary: ``more``, ``again`` or ``undo``."""
        {"more": self._recorder.more, "again": self._recorder.again, "undo": self._recorder.undo}[what]()

    def action_forward(self) -> None:
        """Show the answer, or take the suggested grade."""
        life = self._life
        assert life is not None
        typed = self.query_one(NumberEntry).value
        if life.revealed:
            self.action_grade(int(life.suggestion))
        elif life.phase is Phase.ASKING and typed:  # Enter came before the field had the focus, or after Esc
            self._guess(typed)
        elif life.phase is Phase.ASKING and self._unanswered(life) and not self._warned:
            self._warned = True
            self._say(words.PICK_FIRST if life.card.kind is Kind.CHOICE else words.TYPE_FIRST)
        else:
            self._reveal()

    def _unanswered(self, life: Life) -> bool:
        if life.card.kind is Kind.CHOICE:
            return not life.picks
        return life.card.kind is Kind.NUMBER and life.value is None and isinstance(self._drawer.question, Question)

    def _reveal(self) -> None:
        life, question = self._life, self._drawer.question
        assert life is not None
        asked = isinstance(question, Question) and life.value is not None and life.phase is Phase.BETTING
        right = question.right(life.value) if asked else None  # type: ignore[union-attr, arg-type]  # asked says so
        self._live(life.reveal(right, gave_up=self._unanswered(life)))
        self.set_focus(None)
        self._run_pick()
        self.call_after_refresh(self.query_one(CardView).bring_answer, life.card.kind)

    def _run_pick(self) -> None:
        """After a choice, run what was picked: the belief behind a wrong option, else the answer."""
        life, turn = self._life, self._turn
        assert life is not None
        assert turn is not None
        claim = self._prover.claim(turn.card)
        if not isinstance(life.card, ChoiceCard) or not life.picks or claim is None:
            return
        wrong = [life.card.options[place] for place in sorted(life.picks) if not life.card.options[place].correct]
        believed = [option.stands.misconception for option in wrong if isinstance(option.stands, Believed)]
        if believed and believed[0] in claim.misconceptions:
            self._prover.believe(claim, believed[0], turn.seed)
        elif wrong:
            self._remark = words.NO_RUN
        else:
            self._prover.answer(claim, turn.seed)
        self._redraw()

    def action_pick(self, index: int) -> None:
        """Pick an option by its letter."""
        self._live(self._card_life.mark(index))

    def action_mark(self) -> None:
        """Tick what is under the cursor."""
        self._live(self._card_life.mark())

    def action_move(self, step: int) -> None:
        """Move the cursor, or scroll where there is none."""
        life = self._card_life
        if not life.rows:
            self.action_scroll(step)
            return
        self._live(life.move(step))
        place = self._card_life.cursor
        self.call_after_refresh(lambda: self.query_one(CardView).bring(place, revealed=life.revealed))

    def action_hint(self) -> None:
        """The next hint, if there is one."""
        life = self._card_life
        if life.hints < len(life.card.hints):
            self._live(life.hint())
        else:
            self._say(words.NO_MORE_HINTS if life.card.hints else words.NO_HINTS)

    def action_bet(self, step: int, around: bool = True) -> None:
        """Say how sure the number is."""
        self._live(self._card_life.bet(step, around=around))

    def action_type_number(self, char: str) -> None:
        """Begin typing the number."""
        if isinstance(self._drawer.question, Question):
            self._notice = None
            self.query_one(NumberEntry).begin(char)

    @property
    def _card_life(self) -> Life:
        assert self._life is not None
        return self._life

    @on(Rows.Clicked)
    def _clicked(self, message: Rows.Clicked) -> None:
        self._live(self._card_life.mark(message.index))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self._guess(message.value)

    def _guess(self, typed: str) -> None:
        try:
            value = parse_number(typed)
        except NumberError as error:
            self._complaint = error.says
            self._redraw()
            return
        self._complaint = None
        self.set_focus(None)
        self._live(self._card_life.guess(value))

    @on(NumberEntry.Left)
    def _left_entry(self) -> None:
        self.set_focus(None)
        self._complaint = None
        self._redraw()

    # code

    def action_inline(self) -> None:
        """Write the code here."""
        self._editing, self._notice = True, None
        self._redraw()
        self.query_one(CodePane).focus()

    def action_edit(self) -> None:
        """Write the code in the learner's editor; what comes back changed is judged."""
        life = self._card_life
        if (command := editor.configured()) is None:
            self.action_inline()
            self._say(words.NO_EDITOR)
            return
        try:
            with self.app.suspend():
                source = editor.edit(command, life.source, life.card.id.rpartition("/")[2])
        except SuspendNotSupported:  # a browser or a test: there is no terminal to lend
            self.action_inline()
        except (OSError, ValueError) as error:
            self._say(_filled(words.EDITOR_FAILED, editor=command, why=error))
        else:
            if source == life.source:
                self._say(words.UNCHANGED)
            else:
                self._hand_in(source)

    def _hand_in(self, source: str) -> None:
        card, turn = self._card_life.card, self._turn
        self._live(self._card_life.write(source))
        claim = self._prover.claim(card)
        if claim is not None and turn is not None and isinstance(card, CodeCard):
            self._prover.attempt(claim, card, source, turn.seed)
            self._redraw()
            self._bring_proof()

    @on(CodePane.Judge)
    def _judge(self, message: CodePane.Judge) -> None:
        self._hand_in(message.source)

    @on(CodePane.Changed)
    def _wrote(self) -> None:
        """Who types after a verdict wants to see what is typed."""
        if self._following:
            self._following = False
            self.query_one(CodePane).scroll_visible(animate=False)

    @on(CodePane.Left)
    def _left_editor(self, message: CodePane.Left) -> None:
        self._editing = False
        self.set_focus(None)
        self._live(self._card_life.write(message.source))
        self._redraw()

    # proofs

    def action_prove(self) -> None:
        """Run the whole proof on the card's seed; before the reveal it would give the answer away, so it reveals."""
        assert self._turn is not None
        self._prove(self._turn.seed)

    def action_prove_anew(self) -> None:
        """The same with a new seed."""
        self._prove(random.randrange(_SEEDS))  # noqa: S311  # a seed of cases, not a secret

    def _prove(self, seed: int) -> None:
        if not self._card_life.revealed:
            self._reveal()
        claim = self._prover.claim(self._card_life.card)
        if claim is None:
            self._say(words.NO_CLAIM)
            return
        self._prover.prove(claim, seed)
        self._redraw()
        self._bring_proof()

    def _bring_proof(self) -> None:
        """A run that the learner asked for is brought into sight, and followed until the learner scrolls."""
        self._following = not self._wide
        self._follow()

    def _follow(self) -> None:
        if self._following:
            self.call_after_refresh(lambda: self.query_one(ProofView).scroll_visible(top=True, animate=False))

    def action_cancel(self) -> None:
        """Stop the run in progress; else go back from the bet to the number."""
        if self._prover.cancel():
            self._redraw()
        elif self._card_life.phase is Phase.BETTING:
            self._live(self._card_life.reconsider())
            self.query_one(NumberEntry).focus()

    @on(Told)
    def _told(self, message: Told) -> None:
        if not message.current or self._life is None:
            return
        if message.lane in (self._drawer.lane, self._drawer.ahead):
            self._drawer.take(message.lane)
            self._redraw()
            return
        end = self._prover.take()
        if end is None:
            self._draw_proof()
        else:
            self._concluded(end)
            self._redraw()
            self._announce(end)
        self._follow()

    def _announce(self, end: Proof | Judged) -> None:
        """Where the run ends out of sight, its word is said at the foot."""
        if not self._wide and not self._following:
            word = words.VERDICTS[end.verdict] if isinstance(end, Proof) else words.JUDGED[end.word]
            self._say(Words(words.BELOW.en.format(word=word.en), words.BELOW.zh.format(word=word.zh)))

    def _concluded(self, end: Proof | Judged) -> None:
        watch = self._prover.watch
        if isinstance(end, Proof):
            self._recorder.keep(end)
        elif watch is not None and watch.purpose is Purpose.ATTEMPT:
            right = None if end.word in _NO_VERDICT else end.word is Word.ACCEPTED
            self._life = self._card_life.judged(right)

    # grades and what follows

    def action_grade(self, grade: int) -> None:
        """Grade this card. A second key finds the recorder busy, and then another card, not yet revealed."""
        life, turn = self._card_life, self._turn
        if life.revealed and turn is not None:
            took = round(1000 * (time.monotonic() - self._since))
            self._recorder.grade(turn, life, Grade(grade), took)

    @on(Line.Clicked, "#grades")
    def _clicked_grade(self, message: Line.Clicked) -> None:
        self.action_grade(min(len(Grade), 1 + int(len(Grade) * message.share)))

    def action_undo(self) -> None:
        """Take back the latest grade; the card comes back as it was left."""
        self._recorder.undo()

    def action_bury(self) -> None:
        """Not again before tomorrow."""
        self._recorder.shelve(self._card_life.card, self._card_life, Shelf.BURY)

    def action_suspend_card(self) -> None:
        """Not again until resumed."""
        self._recorder.shelve(self._card_life.card, self._card_life, Shelf.SUSPEND)

    @on(Turned)
    def _turned(self, message: Turned) -> None:
        self._recorder.settle()
        self._notice = message.notice
        if message.turn is not None:
            if isinstance(self.app.screen, SummaryScreen):
                self.app.pop_screen()
            self._show(message.turn, message.life)
        elif message.total is not None:
            self._finish(message)

    def _finish(self, message: Turned) -> None:
        self._show(None, None)
        assert message.total is not None
        if isinstance(self.app.screen, SummaryScreen):
            self.app.screen.show(message.total, message.notice)
        else:
            self.app.push_screen(SummaryScreen(message.total))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        if message.settles:
            self._recorder.settle()
        self._say(message.why)
        if isinstance(self.app.screen, SummaryScreen):
            self.app.screen.say(message.why)

    # scrolling

    def action_scroll(self, step: int) -> None:
        """Scroll the card; narrow, card and proof are one."""
        self._following = False
        self._scrolled(1).scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll by a page less a line, so that the eye finds its place."""
        self._following = False
        pane = self._scrolled(1)
        pane.scroll_relative(y=step * max(1, pane.size.height - 1), animate=False)

    def action_scroll_proof(self, step: int) -> None:
        """Scroll the proof beside the card; where it lies below, go to it first."""
        body, _, proof = self._panes
        self._notice = None
        if not self._wide and step > 0 and proof.region.y > body.region.y + 1:
            proof.scroll_visible(top=True, animate=False)
        else:
            self._scrolled(2).scroll_relative(y=step, animate=False)

    def _scrolled(self, wide: int) -> Widget:
        return self._panes[wide if self._wide else 0]


def _filled(text: Words, **values: object) -> Words:
    return Words(text.en.format(**values), text.zh.format(**values))
