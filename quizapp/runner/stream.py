"""Listening to one run: its records, its output, its end."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

from quizapp.runner.message import Stop
from quizapp.runner.worker import Ended, Worker

KEPT = 64 << 10  # bytes of output remembered, for the message when a run dies
FLOOD = 1 << 20  # bytes of output of one job after which a run is ended
RECORD = 4 << 20  # bytes a single record may take: more would hold up whoever reads it, and the screen with it
TOLD = 32 << 20  # bytes that all records of one job may take
PARTS = 50_000  # values in a record: nobody else moves while they are read, for some 30 ms


class Stream:
    """What one request to a worker brings back. ``close`` lets go of the descriptors, not of the worker."""

    def __init__(self, worker: Worker, request: Mapping[str, Any]) -> None:
        self._worker = worker
        self._deadline = 0.0
        self._stop: Stop | None = None
        self._how: Ended | None = None
        self._output = bytearray()
        self._printed = self._told = 0
        self._much = ""
        self._channel, channel = os.pipe()
        self._pipe, output = os.pipe()
        try:
            worker.send(request, channel, output)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(channel)
            os.close(output)

    @property
    def clean(self) -> bool:
        """Whether the run ended by itself, well, and left nothing behind."""
        return self._how == Ended(0, clean=True)

    def records(self, seconds: float) -> Iterator[dict[str, Any]]:
        """The channel's records until the process has ended, the time is over or the output floods.

        It is the process that is waited for, not the end of the channel: a grandchild may hold that open for ever.
        """
        self.extend(seconds)
        buffer = bytearray()
        with selectors.DefaultSelector() as selector:
            for source in (self._channel, self._pipe, self._worker):
                selector.register(source, selectors.EVENT_READ)
            while self._stop is None:
                self._wait(selector, buffer)
                yield from self._complete(buffer)

    def extend(self, seconds: float) -> None:
        """Give the next job its time and its share of output; what ended just in time takes nothing from it."""
        if self._stop is Stop.TIMEOUT:
            self._stop = None
        self._deadline = time.monotonic() + seconds
        self._printed = self._told = 0

    def ended(self) -> tuple[Stop, str]:
        """Why the process gave no further result."""
        if self._stop is Stop.TIMEOUT:
            return Stop.TIMEOUT, "ran out of time"
        if self._stop is Stop.FLOODED:
            return Stop.FLOODED, self._much
        code = self._how.code if self._how else -9
        how = f"was ended by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
        return Stop.EXITED, f"{how} before its result"

    def finish(self, seconds: float) -> None:
        """Wait for the process of a run whose last result is in; one that lingers is not clean."""
        self.extend(seconds)
        with contextlib.suppress(StopIteration):
            for _ in self.records(seconds):
                pass

    def tail(self) -> str:
        """The last of what the process printed."""
        return self._output.decode(errors="replace")[-2000:]

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self._channel)
        os.close(self._pipe)

    def _wait(self, selector: selectors.BaseSelector, buffer: bytearray) -> None:
        ready = {key.fileobj for key, _ in selector.select(max(0.0, self._deadline - time.monotonic()))}
        if time.monotonic() >= self._deadline:
            self._stop = Stop.TIMEOUT
        for fd in (self._channel, self._pipe):
            if fd in ready:
                self._take(fd, selector, buffer)
        if ready == {self._worker}:  # what it wrote before its end comes first
            self._how = self._worker.ended()
            self._stop = Stop.EXITED
        if len(buffer) > RECORD:
            self._flooded(f"told more than {RECORD >> 20} MiB at once")
        elif self._told > TOLD:
            self._flooded(f"told more than {TOLD >> 20} MiB")

    def _take(self, fd: int, selector: selectors.BaseSelector, buffer: bytearray) -> None:
        data = os.read(fd, 65536)
        if not data:
            selector.unregister(fd)
        elif fd == self._channel:
            buffer += data
            self._told += len(data)
        else:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._printed += len(data)
        self._output = (self._output + data)[-KEPT:]
        if self._printed > FLOOD:
            self._flooded(f"printed more than {FLOOD >> 20} MiB")

    def _complete(self, buffer: bytearray) -> Iterator[dict[str, Any]]:
        """Take the whole lines off the buffer; a line that is no JSON object does not count."""
        while (end := buffer.find(b"\n")) >= 0:
            line, buffer[: end + 1] = bytes(buffer[:end]), b""
            if sum(map(line.count, (b",", b"[", b"{"))) > PARTS:
                self._flooded(f"told more than {PARTS:,} values at once")
                return
            with contextlib.suppress(ValueError, RecursionError):  # nesting too deep for the reader is no record either
                record = json.loads(line)
                if isinstance(record, dict):
                    yield record

    def _flooded(self, much: str) -> None:
        self._stop, self._much = Stop.FLOODED, much


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"
