"""One run of a verifier, as an iterator of messages that can be cancelled from another thread."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizapp.proof.record import Outcome, Role
from quizapp.runner.job import Job
from quizapp.runner.message import Broken, Done, Message, Outcomed, Stop, Stopped
from quizapp.runner.room import Room
from quizapp.runner.stream import Stream
from quizapp.runner.worker import Worker, WorkerError

if TYPE_CHECKING:
    from quizapp.runner.workers import Workers

LINGER = 2.0  # seconds that a process may take to end after its last result


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. ``seconds`` is wall time a job; ``cpu`` processor seconds a job, on average.

    ``memory`` is bytes beyond what torch itself has mapped, of each process; ``file`` bytes of each file;
    ``processes`` and threads at once; ``files`` open at once.
    """

    seconds: float = 60.0
    cpu: int = 300
    memory: int = 4 << 30
    file: int = 128 << 20
    processes: int = 64
    files: int = 256


class Run:
    """Runs jobs in one process of a worker, and in a fresh process after one that died.

    Iterate to run; each job ends with exactly one ``Done``, ``Stopped`` or ``Broken``. ``cancel``
    may be called from any thread and ends the run at once: its job is then ``Stopped``, and no
    later one runs.
    """

    def __init__(
        self, workers: Workers, room: Room, script: Path | None, jobs: Sequence[Job], limits: Limits | None = None
    ) -> None:
        self._workers = workers
        self._room = room
        self._script = script
        self._jobs = list(jobs)
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the run; the iterator then tells ``Stopped`` by ``cancelled`` and stops."""
        with self._lock:
            self._cancelled = True
            if self._worker is not None:
                self._worker.kill()

    def __iter__(self) -> Iterator[Message]:
        first = 0
        while first < len(self._jobs):
            stopped = yield from self._process(first)
            if stopped is None or stopped.stop is Stop.CANCELLED:
                return
            first = stopped.job + 1

    def _process(self, first: int) -> Generator[Message, None, Stopped | None]:
        """Run the jobs from ``first`` on in one process; returns how it stopped, None when all are done."""
        try:
            worker, stamp = self._workers.take(self._room)
        except OSError as error:
            yield from self._broken(first, f"could not be started: {error}")
            return None
        clean = False
        try:
            if not self._hold(worker):
                return (yield from _cancelled(first))
            worker.ready()
            nonce = secrets.token_hex(16)
            with contextlib.closing(Stream(worker, self._request(first, nonce))) as stream:
                stopped = yield from self._listen(stream, first, nonce)
                clean = stream.clean and stopped is None
                return stopped
        except WorkerError as error:
            if self._cancelled:
                return (yield from _cancelled(first))
            yield from self._broken(first, str(error))
            return None
        finally:
            self._let_go()
            self._workers.give(worker, stamp, clean=clean)

    def _broken(self, first: int, why: str) -> Iterator[Broken]:
        return (Broken(left, f"the process for the run {why}") for left in range(first, len(self._jobs)))

    def _hold(self, worker: Worker) -> bool:
        with self._lock:
            self._worker = None if self._cancelled else worker
            return self._worker is not None

    def _let_go(self) -> None:
        with self._lock:  # a later cancel must not kill a worker that serves another run by then
            self._worker = None

    def _listen(self, stream: Stream, first: int, nonce: str) -> Generator[Message, None, Stopped | None]:
        job = first
        for record in stream.records(self._limits.seconds):
            if _says_broken(record, nonce):
                stream.finish(LINGER)
                yield from (Broken(left, str(record["why"])) for left in range(first, len(self._jobs)))
                return None
            message = _message(record, job, job - first, nonce)
            if isinstance(message, Done):
                job = message.job + 1
                stream.extend(self._limits.seconds)
            if job == len(self._jobs):
                stream.finish(LINGER)  # before the result is told: whoever hears it may ask for the next at once
            if message is not None:
                yield message
            if job == len(self._jobs):
                return None
        stop, detail = (Stop.CANCELLED, "cancelled") if self._cancelled else stream.ended()
        stopped = Stopped(job, stop, detail, stream.tail())
        yield stopped
        return stopped

    def _request(self, first: int, nonce: str) -> dict[str, Any]:
        jobs = [job.to_json() for job in self._jobs[first:]]
        limits = asdict(self._limits)
        limits["cpu"] *= len(jobs)  # one process does them all, and its clock is never reset
        return {"script": self._script and str(self._script), "nonce": nonce, "jobs": jobs, "limits": limits}


def _cancelled(job: int) -> Generator[Message, None, Stopped]:
    stopped = Stopped(job, Stop.CANCELLED, "cancelled", "")
    yield stopped
    return stopped


def _message(record: dict[str, Any], job: int, sent: int, nonce: str) -> Message | None:
    """The message of a record about the job in progress, the ``sent``-th of its process; None if it does not count."""
    event = record.get("event")
    if record.get("job") != sent:
        return None
    if event == "outcome":
        return _outcomed(record, job)
    if event == "done" and record.get("nonce") == nonce and "result" in record:
        return Done(job, record["result"])
    return None


def _says_broken(record: dict[str, Any], nonce: str) -> bool:
    return record.get("event") == "broken" and record.get("nonce") == nonce and "why" in record


def _outcomed(record: dict[str, Any], job: int) -> Outcomed | None:
    # anything in the child can write to the channel; what is no outcome is passed over
    with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
        outcome = Outcome.from_json(record["outcome"])
        return Outcomed(job, str(record["subject"]), Role(record["role"]), outcome)
    return None
