"""One run of a verifier, as an iterator of messages that can be cancelled from another thread."""

from __future__ import annotations

import contextlib
import json
import secrets
import tempfile
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quizapp.proof.record import Outcome, Role
from quizapp.runner.job import Attempt, Job
from quizapp.runner.message import Broken, Done, Message, Outcomed, Stop, Stopped
from quizapp.runner.process import Child


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. ``seconds`` is wall time a job; ``cpu`` processor seconds a job, on average."""

    seconds: float = 60.0
    cpu: int = 300
    memory: int = 8 << 30
    file: int = 256 << 20


class Run:
    """Runs jobs in one verifier's process, and in a fresh process after one that died.

    Iterate to run; each job ends with exactly one ``Done``, ``Stopped`` or ``Broken``. ``cancel``
    may be called from any thread and ends the run at once: its job is then ``Stopped``, and no
    later one runs.
    """

    def __init__(self, script: Path, jobs: Sequence[Job], limits: Limits | None = None) -> None:
        self._script = script
        self._jobs = list(jobs)
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the run; the iterator then tells ``Stopped`` by ``cancelled`` and stops."""
        with self._lock:
            self._cancelled = True
            if self._child is not None:
                self._child.kill()

    def __iter__(self) -> Iterator[Message]:
        first = 0
        while first < len(self._jobs):
            stopped = yield from self._process(first)
            if stopped is None or stopped.stop is Stop.CANCELLED:
                return
            first = stopped.job + 1

    def _process(self, first: int) -> Generator[Message, None, Stopped | None]:
        """Run the jobs from ``first`` on in one process; returns how it stopped, None when all are done."""
        with tempfile.TemporaryDirectory(prefix="quizapp-run-", ignore_cleanup_errors=True) as folder:
            nonce = secrets.token_hex(16)
            child = self._start(self._request(first, nonce, Path(folder)), Path(folder))
            if child is None:
                stopped = Stopped(first, Stop.CANCELLED, "cancelled", "")
                yield stopped
                return stopped
            try:
                return (yield from self._listen(child, first, nonce))
            finally:
                self._end(child)

    def _start(self, request: str, folder: Path) -> Child | None:
        with self._lock:
            self._child = None if self._cancelled else Child(request, folder)
            return self._child

    def _end(self, child: Child) -> None:
        with self._lock:  # a later cancel must not kill a group whose number another process has by then
            self._child = None
            child.close()

    def _listen(self, child: Child, first: int, nonce: str) -> Generator[Message, None, Stopped | None]:
        job = first
        for record in child.records(self._limits.seconds):
            if _says_broken(record, nonce):
                yield from (Broken(left, str(record["why"])) for left in range(first, len(self._jobs)))
                return None
            message = _message(record, job, job - first, nonce)
            if message is not None:
                yield message
            if isinstance(message, Done):
                job = message.job + 1
                child.extend(self._limits.seconds)
            if job == len(self._jobs):
                return None
        stop, detail = (Stop.CANCELLED, "cancelled") if self._cancelled else child.ended()
        stopped = Stopped(job, stop, detail, child.tail())
        yield stopped
        return stopped

    def _request(self, first: int, nonce: str, folder: Path) -> str:
        jobs = [_wire(job, folder, index) for index, job in enumerate(self._jobs[first:], first)]
        limits = asdict(self._limits)
        limits["cpu"] *= len(jobs)  # one process does them all, and its clock is never reset
        return json.dumps({"script": str(self._script), "nonce": nonce, "jobs": jobs, "limits": limits})


def _wire(job: Job, folder: Path, index: int) -> dict[str, Any]:
    data = job.to_json()
    if isinstance(job, Attempt):
        # the text judged is the text read: a file that changes while it is judged changes nothing
        file = folder / f"attempt{index}.py"
        file.write_text(data.pop("source"), encoding="utf-8")
        data["file"] = str(file)
    return data


def _message(record: dict[str, Any], job: int, sent: int, nonce: str) -> Message | None:
    """The message of a record about the job in progress, the ``sent``-th of its process; None if it does not count."""
    event = record.get("event")
    if record.get("job") != sent:
        return None
    if event == "outcome":
        return _outcomed(record, job)
    if event == "done" and record.get("nonce") == nonce:
        return Done(job, record["result"])
    return None


def _says_broken(record: dict[str, Any], nonce: str) -> bool:
    return record.get("event") == "broken" and record.get("nonce") == nonce


def _outcomed(record: dict[str, Any], job: int) -> Outcomed | None:
    # anything in the child can write to the channel; what is no outcome is passed over
    with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
        outcome = Outcome.from_json(record["outcome"])
        return Outcomed(job, str(record["subject"]), Role(record["role"]), outcome)
    return None
