"""The workers of one program: taken for a run, given back, thrown away when anything about them is in doubt."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

from quizapp.runner.imports import imports_of, uses_ranks
from quizapp.runner.isolation import Isolation, Level, probe
from quizapp.runner.job import Job
from quizapp.runner.room import Room
from quizapp.runner.run import Limits, Run
from quizapp.runner.worker import Worker, WorkerError

RUNS = 500  # after which a worker is replaced: what leaks stays small
Stamp = tuple[tuple[str, int, int], ...]


class Workers:
    """Starts workers when they are wanted and keeps the warm ones; may be used from several threads.

    A worker serves one room: one deck, or the bench that holds none. It is used again only after a run that ended
    by itself, well, and left nothing behind, at most ``RUNS`` times, and only while the deck's files are unchanged.
    """

    def __init__(self, isolation: Isolation | None = None, *, keep: bool = True) -> None:
        """``keep=False`` starts a fresh process for every run."""
        self._given, self._keep = isolation, keep
        self._lock, self._warming = threading.Lock(), threading.Lock()
        self._idle: list[tuple[Worker, Stamp]] = []
        self._closed = False
        self._finalizer = weakref.finalize(self, _close_all, self._idle)

    @property
    def isolation(self) -> Isolation:
        """How well runs are isolated here."""
        if self._given is None:
            self._given = probe()
        return self._given

    def run(
        self, script: Path | None, jobs: Sequence[Job], limits: Limits | None = None, *, room: Room | None = None
    ) -> Run:
        """A run of ``jobs`` in ``room``, by default the one that they need; still to be iterated."""
        script = script and script.absolute()  # a run works in a folder of its own
        return Run(self, room or room_for(script, jobs), script, jobs, limits)

    def warm(self, room: Room) -> None:
        """Have a worker under way for ``room``, if workers are kept for such and none is idle; some 30 ms.

        Nobody waits while it imports but the run that takes it, for what is then left.
        """
        with self._warming:  # two at once would both find none
            if self._closed or not self._keeps(room):
                return
            with contextlib.suppress(OSError, WorkerError):  # the run that wants one will say what is wrong
                worker, stamp = self.take(room)
                self.give(worker, stamp, clean=True)

    def take(self, room: Room) -> tuple[Worker, Stamp]:
        """An idle worker for ``room``, else a new one, which is still to be waited for by ``ready``."""
        stamp = _stamp(room)
        if (worker := self._take_idle(room, stamp)) is not None:
            return worker, stamp
        ahead = imports_of(room.deck) if self._keeps(room) and room.torch else ()
        return Worker(room, self.isolation, ahead), stamp

    def give(self, worker: Worker, stamp: Stamp, *, clean: bool) -> None:
        """Give back a worker after a run."""
        with self._lock:
            if clean and not self._closed and worker.runs < RUNS and self._keeps(worker.room):
                self._idle.append((worker, stamp))
                return
        worker.close()

    def close(self) -> None:
        """End the idle workers; those in use end when they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle[:] = list(self._idle), []
        _close_all(idle)

    def _keeps(self, room: Room) -> bool:
        return self._keep and room.warm and self.isolation.level is not Level.NONE

    def _take_idle(self, room: Room, stamp: Stamp) -> Worker | None:
        with self._lock:
            mine = [pair for pair in self._idle if pair[0].room == room]
            fresh = [pair for pair in mine if pair[1] == stamp and pair[0].alive]
            stale = [pair for pair in mine if pair not in fresh]
            for pair in (*stale, *fresh[:1]):
                self._idle.remove(pair)
        _close_all(stale)
        return fresh[0][0] if fresh else None


def room_for(script: Path | None, jobs: Sequence[Job]) -> Room:
    """The room that jobs need; without a script, a bench."""
    ranks = any(starts_ranks(job) for job in jobs) if script is None else uses_ranks(script)
    cuda = any(job.device.startswith("cuda") or (job.device == "auto" and gpu()) for job in jobs)
    torch = script is not None or any(uses_torch(job) for job in jobs)
    return Room(deck=script.parent if script else None, ranks=ranks, cuda=cuda, torch=torch)


def starts_ranks(job: Job) -> bool:
    """Whether what a bench is to observe starts processes of its own."""
    return "run_ranks" in getattr(job, "excerpt", "")


def uses_torch(job: Job) -> bool:
    """Whether a bench had better import torch ahead: a second and a half that sums of whole numbers need not wait."""
    return any("torch" in str(getattr(job, part, "")) for part in ("excerpt", "source"))


def gpu() -> bool:
    """Whether there is a device that ``auto`` may mean; torch is not ours to import, so the files in /dev are asked."""
    return any(Path("/dev").glob("nvidia[0-9]*"))


def _close_all(pairs: list[tuple[Worker, Stamp]]) -> None:
    for worker, _ in pairs:
        worker.close()


def _stamp(room: Room) -> Stamp:
    """What changes when a file of the deck does."""
    if room.deck is None:
        return ()
    try:
        found = [(file.name, file.stat()) for file in sorted(room.deck.iterdir()) if file.is_file()]
    except OSError:  # the run will say what is missing
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
