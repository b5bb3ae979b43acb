"""The child process: its own session and group, a clean environment, a channel of its own."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import quizapp
from quizapp.runner.message import Stop

KEPT = 64 << 10  # bytes of output remembered, for the message when a run dies
FLOOD = 1 << 20  # bytes of output after which a run is ended
RECORD = 16 << 20  # bytes a single record may take
TICK = 0.2  # seconds between looks at whether the process still lives
PASSED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT")


class Child:
    """A started ``python -m quizapp.proof``. ``close`` ends its whole process group."""

    def __init__(self, request: str, folder: Path) -> None:
        self._deadline = 0.0
        self._stop: Stop | None = None
        self._output = bytearray()
        self._printed = 0
        self._channel, far = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and package; the script is data to it
                [sys.executable, "-P", "-m", "quizapp.proof", str(far)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(far,),
                env=environment(folder),
                cwd=folder,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._channel)
            raise
        finally:
            os.close(far)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            # one line, and the pipe stays open: it closes with us, however we end, and that ends the run
            self._process.stdin.write(request.encode() + b"\n")
            self._process.stdin.flush()

    def records(self, seconds: float) -> Iterator[dict[str, Any]]:
        """The channel's records until it closes, the time is over or the output floods."""
        self.extend(seconds)
        buffer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            assert self._process.stdout is not None
            selector.register(self._process.stdout.fileno(), selectors.EVENT_READ)
            while self._channel in selector.get_map() and self._stop is None:
                self._wait(selector, buffer)
                yield from _complete(buffer)

    def extend(self, seconds: float) -> None:
        """Give the next job its time; a job that ended just in time takes nothing from it."""
        if self._stop is Stop.TIMEOUT:
            self._stop = None
        self._deadline = time.monotonic() + seconds

    def ended(self) -> tuple[Stop, str]:
        """Why the process gave no further result."""
        if self._stop is Stop.TIMEOUT:
            return Stop.TIMEOUT, "ran out of time"
        if self._stop is Stop.FLOODED:
            return Stop.FLOODED, f"printed more than {FLOOD >> 20} MiB"
        code = self._reap()
        how = f"was ended by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
        return Stop.EXITED, f"{how} before its result"

    def tail(self) -> str:
        """The last of what the process printed."""
        return self._output.decode(errors="replace")[-2000:]

    def kill(self) -> None:
        """End the process and everything in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End what is left and let go of the descriptors."""
        self.kill()
        self._process.wait()
        os.close(self._channel)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # a request that nobody read is still to be flushed
                    pipe.close()

    def _wait(self, selector: selectors.BaseSelector, buffer: bytearray) -> None:
        gone = self._process.poll() is not None
        ready = selector.select(max(0.0, min(TICK, self._deadline - time.monotonic())))
        if time.monotonic() >= self._deadline:
            self._stop = Stop.TIMEOUT
        elif gone and not ready:  # a grandchild may hold the channel open for ever
            self._stop = Stop.EXITED
        for key, _ in ready:
            data = os.read(key.fd, 65536)
            if not data:
                selector.unregister(key.fd)
            elif key.fd == self._channel:
                buffer += data
            else:
                self._keep(data)
        if len(buffer) > RECORD:
            self._stop = Stop.FLOODED

    def _keep(self, data: bytes) -> None:
        self._printed += len(data)
        self._output = (self._output + data)[-KEPT:]
        if self._printed > FLOOD:
            self._stop = Stop.FLOODED

    def _reap(self) -> int:
        try:
            return self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:  # the channel is closed but the process lingers
            self.kill()
            return self._process.wait()


def environment(folder: Path) -> dict[str, str]:
    """A clean environment: what Python and torch need, and a home that ends with the run."""
    kept = {name: value for name in PASSED if (value := os.environ.get(name))}
    return kept | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(Path(quizapp.__file__).resolve().parent.parent),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"


def _complete(buffer: bytearray) -> Iterator[dict[str, Any]]:
    """Take the whole lines off the buffer; a line that is no JSON object does not count."""
    while (end := buffer.find(b"\n")) >= 0:
        line, buffer[: end + 1] = bytes(buffer[:end]), b""
        with contextlib.suppress(ValueError, RecursionError):  # nesting too deep for the reader is no record either
            record = json.loads(line)
            if isinstance(record, dict):
                yield record
