"""What the study screen has run: one run at a time, its picture so far, and the questions drawn."""

from __future__ import annotations

from functools import partial

from textual.widget import Widget

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import Card, ClaimRef, CodeCard, NumberCard
from quizapp.proof.record import Proof
from quizapp.service import proving
from quizapp.service.errors import RequestError
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Question, Seen, Word
from quizapp.tui.runs import Lane
from quizapp.tui.watch import Watch


class Prover:
    """Starts runs for ``host`` and keeps the ``watch`` of the latest."""

    def __init__(self, host: Widget, library: Library) -> None:
        self._library = library
        self.lane = Lane(host, "proof")
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
        self.lane.start(proving.prove(self._library, [claim], [seed]), _broken(claim, seed))

    def believe(self, claim: ClaimInfo, misconception: str, seed: int) -> None:
        """One misconception alone."""
        self.watch = Watch.belief(claim, misconception, seed)
        self.lane.start(proving.believe(self._library, claim.ref, misconception, seed), _broken(claim, seed))

    def answer(self, claim: ClaimInfo, seed: int) -> None:
        """The answer alone."""
        self.watch = Watch.answer(claim, seed)
        self.lane.start(proving.believe(self._library, claim.ref, None, seed), _broken(claim, seed))

    def attempt(self, claim: ClaimInfo, card: CodeCard, source: str, seed: int) -> None:
        """The learner's code."""
        self.watch = Watch.attempt(claim, card.entry, seed)
        self.lane.start(proving.solve(self._library, card, source, seed), _broken(claim, seed))

    def tell(self, what: object) -> Proof | Judged | None:
        """Take in what the run told; its conclusion, if it was that."""
        if self.watch is None:
            return None
        if isinstance(what, Seen):
            self.watch = self.watch.seen(what)
        if not isinstance(what, Proof | Judged):
            return None
        self.lane.done()
        self.watch = self.watch.ended(what)
        return what

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

    def tell(self, lane: Lane, what: object) -> None:
        """Take in a question, or why there is none."""
        if not isinstance(what, Question | Judged):
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
        lane.start(proving.draw(self._library, card, seed), partial(Judged, card.claim, Word.BROKEN, seed))


def _broken(claim: ClaimInfo, seed: int) -> partial[Judged]:
    return partial(Judged, claim.ref, Word.BROKEN, seed)
