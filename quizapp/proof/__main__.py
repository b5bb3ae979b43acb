"""The process a runner starts: ``python -m quizapp.proof FD`` with a request on standard input.

The request is one line, a JSON object: ``script``, ``nonce``, ``jobs`` and ``limits``; then standard input stays
open as long as the runner lives. Each line written to the
descriptor is a JSON object too: ``outcome`` events as they come, then ``done`` with the job's
result and the nonce. Only that record counts; the exit code and standard output say nothing.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

from quizapp.proof.session import Session


def serve(request: dict[str, Any], fd: int) -> None:
    """Do the jobs of a request in order, writing events to the descriptor ``fd``."""

    def write(record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        _write_all(fd, line.encode(errors="replace"))  # a message may hold half a surrogate pair

    try:
        session = Session(Path(request["script"]) if request["script"] else None)
    except Exception as error:  # a script that cannot be loaded is told with its reason, like any other failure
        write({"event": "broken", "nonce": request["nonce"], "why": f"{type(error).__name__}: {error}"})
        return
    for index, job in enumerate(request["jobs"]):
        done = {"event": "done", "job": index, "nonce": request["nonce"]}
        try:
            result = session.run(job, lambda event, at=index: write({**event, "job": at}))  # type: ignore[misc]  # mypy can't infer a lambda's default
            write({**done, "result": result})
        except Exception as error:  # one job that breaks, or whose result is no JSON, must not take the others with it
            write({**done, "result": {"error": f"{type(error).__name__}: {error}"}})


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def limit(limits: dict[str, Any]) -> None:
    """Lower this process's own limits for good, before a line of the script runs. POSIX only."""
    try:
        import resource
    except ImportError:
        return
    for name, value in (
        (resource.RLIMIT_CPU, "cpu"),
        (resource.RLIMIT_FSIZE, "file"),
        (resource.RLIMIT_DATA, "memory"),
    ):
        bound = _tighter(int(limits[value]), resource.getrlimit(name)[1], resource.RLIM_INFINITY)
        resource.setrlimit(name, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def lifeline() -> int:
    """Standard input under another number; who reads standard input from here on finds its end, and does not wait."""
    pipe, empty = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return pipe


def end_with(pipe: int) -> None:
    """Have the kernel kill this process group when the other end of ``pipe`` closes: when the runner is gone.

    No thread, since a verifier may fork. Linux only; elsewhere a runner that is killed leaves its run to the limits.
    """
    import fcntl

    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([pipe], [], [], 0)[0]:  # it closed before we listened
            os.killpg(0, signal.SIGKILL)


def _tighter(wanted: int, hard: int, infinity: int) -> int:
    # a hard limit that the user's shell or container has set can only be lowered further
    return wanted if hard == infinity else min(wanted, hard)


if __name__ == "__main__":
    request = json.loads(sys.stdin.readline())
    end_with(lifeline())
    limit(request["limits"])
    serve(request, int(sys.argv[1]))
    sys.stdout.flush()
    os._exit(
        0
    )  # interpreter shutdown runs what a script registered and costs torch's teardown; every record is written
