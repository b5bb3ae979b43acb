"""Workers under way before anybody asks for a run: importing torch takes longer than most proofs."""

from __future__ import annotations

from contextlib import suppress

from quizapp.runner import Room
from quizapp.runner.workers import gpu
from quizapp.service.errors import REFUSALS
from quizapp.service.library import Library


def warm(library: Library, *, bench: bool = False) -> None:
    """Have a worker ready or under way for the deck's verifiers, and with ``bench`` one for a learner's code.

    Some 30 ms for each that is to be started, in any thread. Nothing is started for a deck that may not run, nor
    where no worker is kept; what is wrong is told by the run that would have wanted it.
    """
    with suppress(*REFUSALS, OSError):
        rooms = [Room(deck=library.scripts(), cuda=gpu())]
        rooms += [Room(cuda=gpu())] if bench else []
        for room in rooms:
            library.workers.warm(room)
