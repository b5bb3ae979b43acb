"""The life of a card on the screen: asked, bet on, revealed. Pure: no framework, no clock, no I/O.

Each step returns a new life; a step that makes no sense where it is taken returns the same one,
so that a wrong key does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from quizapp.model.card import Card, ChoiceCard, CodeCard
from quizapp.model.grade import Grade
from quizapp.sanitise import clean

CONFIDENCES = (0.5, 0.7, 0.9, 0.99)


class Phase(Enum):
    """Where a card is. ``BETTING``: a number is given, how sure the learner is is not."""

    ASKING = "asking"
    BETTING = "betting"
    REVEALED = "revealed"


@dataclass(frozen=True, slots=True)
class Life:
    """What the learner has done with one card so far.

    ``picks`` are options, ``ticks`` key points, by index; ``cursor`` is on an option while
    asking and on a key point after. ``right`` is what the machine found, None where it could
    not or was not asked. ``source`` is the learner's code.
    """

    card: Card
    phase: Phase = Phase.ASKING
    cursor: int = 0
    hints: int = 0
    picks: frozenset[int] = frozenset()
    ticks: frozenset[int] = frozenset()
    value: float | None = None
    confidence: float | None = None
    right: bool | None = None
    gave_up: bool = False
    source: str = ""

    @classmethod
    def begin(cls, card: Card) -> Life:
        """The life of a card just shown."""
        return cls(card, source=_given(card))

    @property
    def revealed(self) -> bool:
        return self.phase is Phase.REVEALED

    @property
    def rows(self) -> int:
        """How many rows the cursor can stand on."""
        if self.revealed:
            return len(self.card.points)
        return len(self.card.options) if isinstance(self.card, ChoiceCard) else 0

    @property
    def several(self) -> bool:
        """Whether several options are right."""
        return isinstance(self.card, ChoiceCard) and sum(option.correct for option in self.card.options) > 1

    @property
    def changed(self) -> bool:
        """Whether the code is no longer the starter."""
        return isinstance(self.card, CodeCard) and self.source != _given(self.card)

    @property
    def suggestion(self) -> Grade:
        """The grade that what happened suggests: what the machine found, then the ticks, then Good."""
        found = Grade.AGAIN if self.right is False or self.gave_up else Grade.GOOD
        if self.right and self.hints:
            found = Grade.HARD
        return min(found, self._ticked) if self.ticks else found

    @property
    def _ticked(self) -> Grade:
        share = len(self.ticks) / len(self.card.points)
        return Grade.GOOD if share == 1 else Grade.HARD if share >= 0.5 else Grade.AGAIN

    def hint(self) -> Life:
        """Show the next hint, if there is one."""
        return replace(self, hints=min(self.hints + 1, len(self.card.hints)))

    def move(self, step: int) -> Life:
        """Move the cursor, stopping at the ends."""
        return replace(self, cursor=max(0, min(self.rows - 1, self.cursor + step))) if self.rows else self

    def mark(self, index: int | None = None) -> Life:
        """Pick or unpick an option, tick or untick a key point: the one given, or under the cursor."""
        place = self.cursor if index is None else index
        if not 0 <= place < self.rows:
            return self
        if self.revealed:
            return replace(self, cursor=place, ticks=self.ticks ^ {place})
        picks = self.picks ^ {place} if self.several else frozenset({place})
        return replace(self, cursor=place, picks=picks)

    def guess(self, value: float) -> Life:
        """Give a number; the bet comes next."""
        return self if self.revealed else replace(self, value=value, phase=Phase.BETTING)

    def reconsider(self) -> Life:
        """Back from the bet to the number."""
        return replace(self, phase=Phase.ASKING) if self.phase is Phase.BETTING else self

    def bet(self, step: int, *, around: bool = False) -> Life:
        """Move the confidence; the first move chooses the end it moves from."""
        if self.phase is not Phase.BETTING:
            return self
        if self.confidence is None:
            return replace(self, confidence=CONFIDENCES[0 if step > 0 else -1])
        place = CONFIDENCES.index(self.confidence) + step
        place = place % len(CONFIDENCES) if around else max(0, min(len(CONFIDENCES) - 1, place))
        return replace(self, confidence=CONFIDENCES[place])

    def write(self, source: str) -> Life:
        """Keep the learner's code; a verdict was on another text, unless the solution is on the screen already."""
        if source == self.source:
            return self
        return replace(self, source=source, right=self.right if self.revealed else None)

    def judged(self, right: bool | None) -> Life:
        """What the check said of the code. After the reveal it no longer counts: the solution is on the screen."""
        return self if self.revealed else replace(self, right=right)

    def reveal(self, right: bool | None = None, *, gave_up: bool = False) -> Life:
        """Show the answer. ``right`` is what the machine found about a number; options know by themselves."""
        if self.revealed:
            return self
        found = (
            self._picked_right() if isinstance(self.card, ChoiceCard) else right if right is not None else self.right
        )
        return replace(self, phase=Phase.REVEALED, cursor=0, right=found, gave_up=gave_up)

    def _picked_right(self) -> bool | None:
        assert isinstance(self.card, ChoiceCard)
        wanted = {place for place, option in enumerate(self.card.options) if option.correct}
        return self.picks == wanted if self.picks else None


def _given(card: Card) -> str:
    """The starter without what nobody can see: the learner's code is judged as it stands on the screen."""
    return clean(card.starter, max_chars=None) if isinstance(card, CodeCard) else ""
