"""What the study screen has run: one run at a time, its picture so far, and the questions drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.widget import Widget

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import Card, ClaimRef, CodeCard, NumberCard
from quizapp.proof.record import Proof
from quizapp.runner import Isolation
from quizapp.service import proving, warming
from quizapp.service.errors import NotRunError, RequestError
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Question, Word
from quizapp.service.running import Seen
from quizapp.tui.runs import Begin, Lane
from quizapp.tui.watch import Watch


class Prover:
    """Starts runs for ``host`` and keeps the ``watch`` of the latest.

    ``walls`` is how well they are isolated, None before that is known.
    """

    def __init__(self, host: Widget, library: Library) -> None:
        self._library = library
        self.lane = Lane(host, "proof")
        self.walls: Isolation | None = None
        self.watch: Watch | None = None

    def claim(self, card: Card) -> ClaimInfo | None:
        """The card's claim; None where its verifier is missing."""
        try:
            return self._library.claim(card.claim)
        except RequestError:
            return None

    def prove(self, claim: ClaimInfo, seed: int) -> None:
        """The answer and every misconception."""
        self.watch = Watch.proof(claim, seed)
        self._start(partial(proving.prove, self._library, [claim], [seed]), claim, seed)

    def believe(self, claim: ClaimInfo, misconception: str, seed: int) -> None:
        """One misconception alone."""
        self.watch = Watch.belief(claim, misconception, seed)
        self._start(partial(proving.believe, self._library, claim.ref, misconception, seed), claim, seed)

    def answer(self, claim: ClaimInfo, seed: int) -> None:
        """The answer alone."""
        self.watch = Watch.answer(claim, seed)
        self._start(partial(proving.believe, self._library, claim.ref, None, seed), claim, seed)

    def attempt(self, claim: ClaimInfo, card: CodeCard, source: str, seed: int) -> None:
        """The learner's code."""
        self.watch = Watch.attempt(claim, card.entry, seed)
        self._start(partial(proving.solve, self._library, card, source, seed), claim, seed, bench=True)

    def take(self) -> Proof | Judged | None:
        """Take in what the run has told; its conclusion, if that was among it."""
        told = self.lane.take()
        if self.watch is None:
            return None
        self.watch = self.watch.seen(*(what for what in told if isinstance(what, Seen)))
        end = next((what for what in told if isinstance(what, Proof | Judged)), None)
        if end is not None:
            self.lane.done()
            self.watch = self.watch.ended(end)
        return end

    def cancel(self) -> bool:
        """Stop the run and say so in its picture; whether there was one."""
        stopped = self.lane.stop()
        if stopped and self.watch is not None:
            claim = ClaimRef.parse(self.watch.claim)
            self.watch = self.watch.ended(Judged(claim, Word.CANCELLED, self.watch.seed))
        return stopped

    def forget(self) -> None:
        """Stop the run and show nothing of it: the card has changed."""
        self.lane.stop()
        self.watch = None

    def _start(self, begin: Begin, claim: ClaimInfo, seed: int, *, bench: bool = False) -> None:
        """A worker does not outlive a run that was stopped or that broke: the next is under way at once."""
        after = partial(warming.warm, self._library, bench=bench)
        self.lane.start(begin, _broken(claim.ref, seed), after)


class Drawer:
    """Draws the question of a number card, and, while another card is on, that of one to come."""

    def __init__(self, host: Widget, library: Library) -> None:
        self._library = library
        self.lane = Lane(host, "draw")
        self.ahead = Lane(host, "draw-ahead")
        self.question: Question | Judged | None = None
        self._wanted: tuple[ClaimRef, int] | None = None
        self._coming: tuple[ClaimRef, int] | None = None
        self._drawn: dict[tuple[ClaimRef, int], Question] = {}

    def begin(self, card: Card, seed: int) -> None:
        """Draw the card's question, if it has one; at once where it has been drawn ahead."""
        self.lane.stop()
        self._wanted = (card.claim, seed) if isinstance(card, NumberCard) else None
        self.question = self._drawn.get((card.claim, seed)) if self._wanted else None
        if isinstance(card, NumberCard) and self.question is None and self._coming != self._wanted:
            self._start(self.lane, card, seed)

    def look_ahead(self, card: NumberCard, seed: int) -> None:
        """Draw a question that is likely to come."""
        if (card.claim, seed) not in self._drawn and (card.claim, seed) not in (self._wanted, self._coming):
            self._coming = (card.claim, seed)
            self._start(self.ahead, card, seed)

    def take(self, lane: Lane) -> None:
        """Take in a question, or why there is none."""
        what = next((what for what in lane.take() if isinstance(what, Question | Judged)), None)
        if what is None:
            return
        lane.done()
        drawn = self._coming if lane is self.ahead else self._wanted
        if drawn is not None and isinstance(what, Question):
            self._drawn[drawn] = what
        if lane is self.ahead:
            self._coming = None
        if drawn == self._wanted:
            self.question = what

    def stop(self) -> None:
        """End whatever is being drawn."""
        self.lane.stop()
        self.ahead.stop()
        self._coming = None

    def _start(self, lane: Lane, card: NumberCard, seed: int) -> None:
        begin = partial(proving.draw, self._library, card, seed)
        lane.start(begin, _broken(card.claim, seed), partial(warming.warm, self._library))


def _broken(claim: ClaimRef, seed: int) -> Callable[[Exception], Judged]:
    """What a run comes to that cannot begin, or that breaks."""

    def conclusion(error: Exception) -> Judged:
        if isinstance(error, NotRunError):
            return Judged(claim, Word.REFUSED, seed, says=error.says)
        return Judged(claim, Word.BROKEN, seed, f"{type(error).__name__}: {error}")

    return conclusion
