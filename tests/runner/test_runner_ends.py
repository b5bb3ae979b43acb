"""However a run ends, or whoever started it, nothing of it goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quizapp.runner import Answer, Done, Draw, Isolation, Limits, Message, Outcomed, Run, Stop, Stopped, Workers
from quizapp.runner.isolation import VARIABLE

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

Write = Callable[..., Path]
HERE = Limits(seconds=60)
FAMILY = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sleep", [{mark!r}, "3600"])
        time.sleep(3600)
while True: pass
"""
RUNNER = """
import sys
from pathlib import Path
from quizapp.runner import Draw, Workers
print(list(Workers().run(Path(sys.argv[1]), [Draw("attack", 0)])))
"""


@pytest.fixture
def family(own_attack: Attacker) -> tuple[Path, str]:
    """A script that is loaded for ever, beside processes that carry a mark."""
    mark = own_attack.mark()
    script = own_attack.deck / "family.py"
    script.write_text(FAMILY.format(mark=mark), encoding="utf-8")
    return script, mark


def stops(messages: list[Message]) -> list[Stop | None]:
    return [getattr(message, "stop", None) for message in messages]


@contextlib.contextmanager
def cancelled_after(run: Run, seconds: float, times: int = 1) -> Iterator[None]:
    timers = [threading.Timer(seconds, run.cancel) for _ in range(times)]
    for timer in timers:
        timer.start()
    yield
    for timer in timers:
        timer.join()


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1, 0.2, 0.4])
def test_cancelling_at_any_moment_ends_the_run_and_all_it_started(
    own_attack: Attacker, family: tuple[Path, str], temporary: Path, seconds: float
) -> None:
    run = own_attack.workers.run(family[0], [Draw("attack", 0), Draw("attack", 1)], Limits(seconds=600))
    with cancelled_after(run, seconds):
        messages = list(run)
    assert [(type(message), message.job) for message in messages] == [(Stopped, 0)]
    assert stops(messages) == [Stop.CANCELLED]
    assert list(temporary.iterdir()) == []


def test_what_was_started_really_ran_until_then(
    own_attack: Attacker, family: tuple[Path, str], alive: Callable[[str], list[int]], until: Callable[..., bool]
) -> None:
    run = own_attack.workers.run(family[0], [Draw("attack", 0)], Limits(seconds=600))
    thread = threading.Thread(target=list, args=(run,))
    thread.start()
    assert until(lambda: len(alive(family[1])) == 3)
    run.cancel()
    thread.join()
    assert alive(family[1]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process group can be told that a pipe has closed")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_run_ends_with_its_program_however_that_ends(  # noqa: PLR0917  # fixtures
    own_attack: Attacker,
    family: tuple[Path, str],
    isolation: Isolation,
    alive: Callable[[str], list[int]],
    until: Callable[..., bool],
    end: signal.Signals,
) -> None:
    environment = {**os.environ, VARIABLE: isolation.level.value, "TMPDIR": str(own_attack.deck)}
    with subprocess.Popen([sys.executable, "-c", RUNNER, str(family[0])], env=environment) as program:
        began = until(lambda: len(alive(family[1])) == 3)
        program.send_signal(end if began else signal.SIGKILL)
    assert began
    assert until(lambda: not alive(family[1]))
    assert until(lambda: not processes_in(str(own_attack.deck)))


def processes_in(folder: str) -> list[int]:
    """Workers whose home lies there, by their environment; those of a process namespace by what started them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder in str((process / "cwd").readlink()) or folder.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


IMPORTER = """
import sys
from pathlib import Path
from quizapp.runner import Room, Workers
workers = Workers()
worker = workers.take(Room(deck=Path(sys.argv[1])))
print("started", flush=True)
sys.stdin.read()
"""


def test_a_program_that_ends_while_a_worker_imports_leaves_none(
    own_attack: Attacker, isolation: Isolation, until: Callable[..., bool]
) -> None:
    (own_attack.deck / "slow_to_import.py").write_text("import torch\n", encoding="utf-8")
    environment = {**os.environ, VARIABLE: isolation.level.value, "TMPDIR": str(own_attack.deck)}
    command = [sys.executable, "-c", IMPORTER, str(own_attack.deck)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        program.kill()
    assert said == b"started\n"
    assert until(lambda: not processes_in(str(own_attack.deck)), seconds=60)


def test_cancelling_a_run_that_is_over_harms_no_later_one(workers: Workers, verifier: Write) -> None:
    script = verifier()
    over = workers.run(script, [Answer("double", 0)], HERE)
    assert isinstance(list(over)[-1], Done)
    later = iter(workers.run(script, [Answer("double", 0)] * 3, HERE))
    next(later)
    over.cancel()
    assert isinstance(list(later)[-1], Done)


def test_cancelling_from_many_threads_is_one_cancelling(workers: Workers, verifier: Write) -> None:
    run = workers.run(verifier(body="while True: pass"), [Answer("double", 0)], HERE)
    with cancelled_after(run, 0.2, times=8):
        assert stops(list(run)) == [Stop.CANCELLED]


def test_a_reader_that_walks_away_leaves_nothing_running(
    own_attack: Attacker, verifier: Write, temporary: Path, alive: Callable[[str], list[int]]
) -> None:
    mark = own_attack.mark()
    body = f"if '{mark}': subprocess.Popen(['{mark}', '3600'], executable='/bin/sleep')"
    messages = iter(
        own_attack.workers.run(verifier(body=body, wrong="while True: pass"), [Answer("double", 0)] * 2, HERE)
    )
    assert isinstance(next(messages), Outcomed)
    messages.close()  # type: ignore[attr-defined]  # a generator, which is what closing an iterator needs
    assert alive(mark) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("body", ["pass", "os._exit(0)", "raise RuntimeError"])
@pytest.mark.xdist_group("descriptors")
def test_runs_leak_no_descriptor_and_no_folder(workers: Workers, verifier: Write, temporary: Path, body: str) -> None:
    script = verifier(body=body)

    def run() -> int:
        list(workers.run(script, [Answer("double", 0)], HERE))
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names only

    before = run()
    assert [run() for _ in range(5)] == [before] * 5
    assert len(list(temporary.iterdir())) == len(workers._idle)


def test_an_interrupt_of_ours_is_not_the_runs(workers: Workers, verifier: Write) -> None:
    # Ctrl-C reaches the terminal's foreground group; a worker's own session is not in it
    run = iter(workers.run(verifier(), [Answer("double", 0)] * 2, HERE))
    next(run)
    groups = {os.getpgid(pid) for pid in children()}
    assert groups
    assert os.getpgrp() not in groups
    assert isinstance(list(run)[-1], Done)


def children() -> list[int]:
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def test_an_unready_worker_is_closed_at_once(workers: Workers, verifier: Write, until: Callable[..., bool]) -> None:
    script = verifier()
    script.with_name("slow.py").write_text("import torch", encoding="utf-8")
    from quizapp.runner import Room

    worker, stamp = workers.take(Room(deck=script.parent))
    time.sleep(0.15)  # it is in the middle of an import, which no handler of Python's can interrupt
    workers.give(worker, stamp, clean=False)
    assert worker._process.poll() is not None
