"""Serving one request: the jobs of one script, or of a bench, in order.

Each line written to the channel is a JSON object: ``outcome`` events as they come, then ``done`` with the job's
result and the request's nonce. Only that record counts; the exit code and standard output say nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quizapp.proof.session import Session

Write = Callable[[dict[str, Any]], None]


def serve(request: Mapping[str, Any], fd: int) -> None:
    """Do the jobs of a request, writing events to the descriptor ``fd``."""

    def write(record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        _write_all(fd, line.encode(errors="replace"))  # a message may hold half a surrogate pair

    try:
        session = Session(Path(request["script"]) if request["script"] else None)
    except Exception as error:  # a script that cannot be loaded is told with its reason, like any other failure
        write({"event": "broken", "nonce": request["nonce"], "why": f"{type(error).__name__}: {error}"})
        return
    for index, job in enumerate(request["jobs"]):
        _serve_job(session, _on_disk(job, index), index, str(request["nonce"]), write)


def _serve_job(session: Session, job: Mapping[str, Any], index: int, nonce: str, write: Write) -> None:
    done = {"event": "done", "job": index, "nonce": nonce}
    try:
        write({**done, "result": session.run(job, lambda event: write({**event, "job": index}))})
    except Exception as error:  # one job that breaks, or whose result is no JSON, must not take the others with it
        write({**done, "result": {"error": f"{type(error).__name__}: {error}"}})


def _on_disk(job: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    """A learner's text as a file of the run's own folder, so that a traceback can name its lines."""
    if "source" not in job:
        return job
    file = Path.cwd() / f"attempt{index}.py"
    file.write_text(job["source"], encoding="utf-8")
    return {**job, "file": str(file)}


def tidy() -> None:
    """Take away what serving wrote, and say goodbye to standard output."""
    for file in Path.cwd().glob("attempt*.py"):
        file.unlink(missing_ok=True)
    sys.stdout.flush()


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
