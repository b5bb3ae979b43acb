"""What stands between a run's thread and the screen: everything told arrives, in order, and never in a crowd."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof.record import Role
from quizapp.service.proving import Judged, Word
from quizapp.service.running import Seen
from quizapp.tui.runs import MOST, Box
from quizapp.tui.watch import KEPT
from tests.tui.conftest import REF, Told, outcome


@given(st.lists(st.sampled_from(["put", "take", "rested"]), max_size=60))
def test_the_screen_is_called_once_until_it_has_rested_and_misses_nothing(steps: list[str]) -> None:
    box, sent, got, calls = Box(), 0, list[object](), 0
    for step in steps:
        if step == "put":
            calls += box.put(sent)
            sent += 1
        elif step == "take":
            got += box.take()
        elif calls:
            calls = int(box.rested())
        assert calls <= 1
    got += box.take()
    assert got == list(range(sent))


def test_a_run_that_nobody_listens_to_waits_and_is_let_go_when_the_box_closes() -> None:
    box, put = Box(), list[int]()

    def fill() -> None:
        for number in range(2 * MOST):
            box.put(number)
            put.append(number)

    thread = threading.Thread(target=fill)
    thread.start()
    while len(put) < MOST:
        pass
    thread.join(0.05)
    assert thread.is_alive()
    assert len(put) == MOST
    assert box.take() == list(range(MOST))
    box.close()
    thread.join()
    assert box.take() == []


class Many(Told):
    """A run that sees more than is kept."""

    def __iter__(self) -> Iterator[object]:
        for number in range(3 * KEPT):
            yield Seen(REF, "fuse_conv_bn", Role.ANSWER, outcome(f"case {number}", 1e-6))
        yield self.tells[-1]


async def test_many_outcomes_are_drawn_in_few_pictures_and_the_conclusion_comes(
    study: Any, desk: Any, runs: Any, monkeypatch: Any
) -> None:
    runs.proof = Many(runs.proof.tells)
    async with desk(study("recall")) as at:
        drawn = list[int]()
        draw: Callable[[], None] = at.screen._draw_proof

        def counted() -> None:
            drawn.append(1)
            draw()

        monkeypatch.setattr(at.screen, "_draw_proof", counted)
        await at.press("r")
        await at.sees("PROVED")
        assert 3 * KEPT / MOST / 2 < len(drawn) < KEPT / 5


async def test_after_every_run_the_next_worker_is_seen_to(study: Any, desk: Any, runs: Any) -> None:
    runs.proof._held = True
    async with desk(study("recall", "code")) as at:
        await at.until(lambda: runs.warmed == [False])
        await at.press("r")
        await at.sees("1 so far")
        await at.press("escape")
        await at.until(lambda: runs.warmed == [False, False])
        await at.press("3")
        await at.until(lambda: at.card == "folding/write" and runs.warmed == [False, False, True])
        await at.press("i", "ctrl+s")
        await at.until(lambda: runs.warmed == [False, False, True, True])


async def test_what_a_run_tells_after_it_was_stopped_is_not_heard(study: Any, desk: Any, runs: Any) -> None:
    runs.proof = Told([*runs.proof.tells[:1], Judged(REF, Word.BROKEN, 7, "too late")], held=True)
    async with desk(study("recall")) as at:
        await at.press("r")
        await at.sees("1 so far")
        await at.press("escape")
        await at.until(lambda: len(runs.warmed) == 2)  # the thread is through
        assert "STOPPED" in at.text
        assert "too late" not in at.text
