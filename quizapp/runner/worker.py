"""A worker: the process inside the walls that forks a child a run, seen from outside."""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quizapp
from quizapp.inside.tree import end_family
from quizapp.runner.isolation import Isolation, Level
from quizapp.runner.room import Room

PATIENCE = 120.0  # seconds for a worker to import what runs need: torch from a cold disk takes half a minute
GRACE = 5.0  # seconds for a minder to end what it minds
PASSED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


class WorkerError(Exception):
    """A worker could not be started, or is gone; the message says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run's process ended: its exit code (negative: the signal), and whether it left nothing behind."""

    code: int
    clean: bool


class Worker:
    """A started worker. ``close`` ends it with everything inside; it also ends when this process does.

    Raises ``OSError`` where no process can be started.
    """

    def __init__(self, room: Room, isolation: Isolation, preload: Sequence[str] = ()) -> None:
        self.room, self.runs = room, 0
        self._folder = tempfile.mkdtemp(prefix="quizapp-run-")
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the worker
        self._control, far = socket.socketpair()
        self._first: int | None = None
        self._ready = self._busy = False
        self._ending = threading.Lock()  # what kills must know whether there is a run, until it has killed
        try:
            with far:
                self._start(far.fileno(), isolation)
            with contextlib.suppress(ConnectionError):  # it has ended already; ``ready`` says with which words
                self._control.sendall(json.dumps(self._how(isolation, preload)).encode() + b"\n")
        except BaseException:
            self.close()
            raise

    def ready(self, seconds: float = PATIENCE) -> None:
        """Wait until it can run, the first time. Raises ``WorkerError`` with what it said."""
        if self._ready:
            return
        self._control.settimeout(seconds)
        try:
            answer = json.loads(self._line() or b"{}")
        except ConnectionError:
            answer = {}
        except TimeoutError:
            raise WorkerError(f"did not start within {seconds:.0f} seconds") from None
        finally:
            self._control.settimeout(None)
        self._ready = bool(answer.get("ready"))
        if not self._ready:
            raise WorkerError(str(answer.get("why") or self._last_words() or "ended before it was ready"))

    def send(self, request: Mapping[str, Any], channel: int, output: int) -> None:
        """Have a child do ``request``, with its records going to ``channel`` and its output to ``output``.

        Raises ``WorkerError`` where the worker is gone.
        """
        self.runs += 1
        with self._ending, tempfile.TemporaryFile() as file:
            self._busy = True
            file.write(json.dumps(request).encode())
            file.seek(0)
            fds = array.array("i", [file.fileno(), channel, output])
            try:
                self._control.sendmsg([b"r"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            except OSError as error:
                raise WorkerError(f"ended before it could run: {error.strerror}") from None

    @property
    def alive(self) -> bool:
        """Whether it is still there: one that is idle may have been ended from outside, or have failed to import."""
        return self._process.poll() is None

    def fileno(self) -> int:
        """Readable when a run's process has ended."""
        return self._control.fileno()

    def ended(self) -> Ended | None:
        """How the run's process ended; None where the worker itself is gone."""
        with contextlib.suppress(OSError, ValueError):
            record = json.loads(self._line())
            self._busy = False
            return Ended(int(record["code"]), bool(record["clean"]))
        return None

    def kill(self) -> None:
        """Have everything inside end; returns at once, and may be called from any thread before ``close``."""
        with self._ending, contextlib.suppress(ProcessLookupError, PermissionError):
            if self._first is not None:  # the first process of the namespace takes all others with it
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            elif self._busy:  # the minder ends what the run has started, then itself
                self._process.terminate()
            elif self.alive:  # there is no run, and a signal that Python handles would wait for an import in progress
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and take its folder away."""
        if hasattr(self, "_process"):
            self.kill()
            self._wait()
        if self._first is not None:
            os.close(self._first)
            self._first = None
        self._control.close()
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:  # without walls around signals a run may have stopped its minder
            end_family(self._process.pid)
            self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _start(self, control: int, isolation: Isolation) -> None:
        command = [sys.executable, "-P", "-m", "quizapp.inside", str(control)]
        if isolation.level is not Level.FULL:
            self._process = self._popen(command, (control,), isolation)
            return
        told, tell = os.pipe()
        try:
            with open(tell, "wb"):  # noqa: PTH123  # a descriptor, not a path; closed here so that its end can be seen
                walled = [*self.room.bubblewrap(shutil.which("bwrap") or "bwrap")[:-1], "--info-fd", str(tell), "--"]
                self._process = self._popen([*walled, *command], (control, tell), isolation)
            self._first = _first_process(told)
        finally:
            os.close(told)

    def _popen(self, command: Sequence[str], fds: tuple[int, ...], isolation: Isolation) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and package
            command,
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            pass_fds=fds,
            env=self._environment(isolation),
            cwd=self._folder,
            start_new_session=True,
        )

    def _how(self, isolation: Isolation, preload: Sequence[str]) -> dict[str, Any]:
        inside = isolation.level is Level.FULL
        work = self._work(isolation)
        wall = {
            "list": [*self.room.read(), "/proc", *self.room.buses()],
            "read": [*self.room.around(), "/proc", *self.room.buses()],
            "write": [work],
            "devices": self.room.devices(),
            "tcp": self.room.ranks,  # Landlock knows ports, not addresses, and ranks meet on any port
        }
        open_families = self.room.families() if inside or self.room.ranks else []
        return {
            "wall": wall if isolation.level is Level.PARTIAL else None,
            "families": open_families if isolation.seccomp and isolation.level is not Level.NONE else None,
            "signals": not (inside or isolation.scope or self.room.ranks),
            "alone": inside,
            "cuda": self.room.cuda,
            "kept": [work, "/dev/shm"] if inside else [work],  # noqa: S108  # inside the walls both are the worker's own
            "preload": list(preload),
            "scripts": [str(script) for script in sorted(self.room.deck.glob("*.py"))]
            if self.room.deck and preload
            else [],
        }

    def _work(self, isolation: Isolation) -> str:
        return "/tmp" if isolation.level is Level.FULL else self._folder  # noqa: S108  # as above

    def _environment(self, isolation: Isolation) -> dict[str, str]:
        """A clean environment: what Python and torch need, and a home that ends with the worker."""
        kept = {name: value for name in PASSED if (value := os.environ.get(name))}
        work = self._work(isolation)
        return kept | {
            "HOME": work,
            "TMPDIR": work,
            "PYTHONPATH": str(Path(quizapp.__file__).resolve().parent.parent),
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "GLOO_SOCKET_IFNAME": "lo",  # the only interface there is
        }

    def _line(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n") and (byte := self._control.recv(1)):
            line += byte
        return bytes(line)

    def _last_words(self) -> str:
        self._process.wait()
        self._said.seek(0)
        lines = self._said.read()[-4096:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _first_process(told: int) -> int | None:
    """A descriptor of the namespace's first process, by what bubblewrap tells; None where it never started."""
    deadline = time.monotonic() + 10
    text = bytearray()
    while (left := deadline - time.monotonic()) > 0 and select.select([told], [], [], left)[0]:
        if not (data := os.read(told, 4096)):
            return None
        text += data
        with contextlib.suppress(ValueError, KeyError):
            pid = json.loads(text)["child-pid"]
            with contextlib.suppress(ProcessLookupError):
                return os.pidfd_open(pid)
            return None
    return None
