"""Runs that will not end, that multiply, that signal others: afterwards nothing of them is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quizapp.runner import Isolation, Level, Limits, Stop, refusal
from quizapp.runner import run as run_module
from quizapp.runner import worker as worker_module
from quizapp.runner.worker import Worker

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

BRIEF = Limits(seconds=0.7)
FEW = Limits(seconds=3, processes=20)

as_ordinary_user = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the kernel counts no process of root; test_runner_ordinary.py runs this as an ordinary user",
)


@pytest.mark.parametrize("deaf", [False, True])
def test_an_endless_run_ends_with_its_time(attack: Attacker, deaf: bool) -> None:
    found = attack("processes", "endless", limits=BRIEF, deaf=deaf)
    assert found.stopped.stop is Stop.TIMEOUT
    assert attack("files", "parent").did, "and the next one runs"


def test_processor_time_runs_out_too(attack: Attacker) -> None:
    found = attack("processes", "endless", limits=Limits(seconds=20, cpu=1), deaf=True)
    assert found.stopped.stop is Stop.EXITED
    assert found.stopped.detail == "was ended by SIGKILL before its result"


def test_a_grandchild_that_holds_channel_and_output_keeps_nobody_waiting(attack: Attacker) -> None:
    assert attack("processes", "grandchild", mark=attack.mark(), limits=Limits(seconds=60)).did is True


def test_an_orphan_that_holds_them_does_not_either(attack: Attacker) -> None:
    found = attack("processes", "orphan", mark=attack.mark(), limits=Limits(seconds=60))
    assert found.stopped.stop is Stop.EXITED
    assert found.stopped.detail == "ended with exit code 0 before its result"


@pytest.mark.parametrize("name", ["daemon", "headless"])
def test_a_daemon_ends_with_its_run(
    attack: Attacker, name: str, alive: Callable[[str], list[int]], until: Callable[..., bool]
) -> None:
    mark = attack.mark()
    assert attack("processes", name, mark=mark).did is True
    assert alive(mark) == []
    assert attack.naked("processes", name, mark=mark).did is True
    left = alive(mark)
    assert left != [], "without a minder it lives on"
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not alive(mark))


def test_a_worker_that_had_to_clear_up_is_not_used_again(own_attack: Attacker) -> None:
    clean = [own_attack("files", "parent").did for _ in range(2)]
    assert own_attack.workers.isolation.level is Level.NONE or clean[0] is not None
    own_attack("processes", "grandchild", mark=own_attack.mark())
    assert not own_attack.workers._idle


def test_what_forks_for_ever_is_caught(attack: Attacker) -> None:
    found = attack("processes", "fork_for_ever", mark=attack.mark(), limits=Limits(seconds=5))
    assert found.stopped.stop is Stop.EXITED, "its first process ended"


@as_ordinary_user
def test_a_fork_bomb_meets_its_limit(attack: Attacker) -> None:
    assert attack("processes", "fork_bomb", mark=attack.mark(), most=256, limits=FEW).refused == "EAGAIN"
    assert attack("processes", "children", mark=attack.mark(), count=4, limits=FEW).did == 4


@as_ordinary_user
def test_processes_that_have_ended_are_not_counted(attack: Attacker) -> None:
    assert attack("processes", "short_lives", count=100, limits=FEW).did == 100


@as_ordinary_user
def test_a_thread_bomb_meets_its_limit(attack: Attacker) -> None:
    started = attack("processes", "thread_bomb", most=200, limits=FEW).did
    assert 0 < started <= 20
    assert attack.naked("processes", "thread_bomb", most=200).did == 200


def test_as_root_a_bomb_is_only_ended_and_foreign_decks_are_refused(attack: Attacker) -> None:
    if os.geteuid() != 0:
        assert refusal() is None
        pytest.skip("an ordinary user's processes are counted")
    bomb = attack("processes", "fork_bomb", mark=attack.mark(), most=64, limits=FEW)
    assert bomb.did == 64, "nothing counted them"
    said = refusal()
    assert said is None or "as root nothing limits the number of processes" in said.en


# signals


@pytest.mark.parametrize("who", ["victim", "runner"])
def test_no_process_outside_can_be_signalled(
    attack: Attacker, level: str, shielded: bool, victim: subprocess.Popen[bytes], who: str
) -> None:
    number = signal.SIGTERM if who == "victim" else 0
    found = attack("processes", "send", pid=victim.pid if who == "victim" else os.getpid(), number=number)
    if level == "none" and not shielded:
        assert found.did is True
        return
    assert found.refused == ("ESRCH" if level == "full" else "EPERM")
    assert victim.poll() is None
    assert attack.naked("processes", "send", pid=victim.pid, number=signal.SIGTERM).did is True
    assert victim.wait(timeout=10) == -signal.SIGTERM


def test_no_signal_reaches_everybody(attack: Attacker, level: str, shielded: bool) -> None:
    with waiting_for(signal.SIGURG) as witness:
        attack("processes", "reach_everybody")  # the kernel answers well even where it reached nobody
        assert pending(witness.pid, signal.SIGURG) == (level == "none" and not shielded)
        witness.send_signal(signal.SIGURG)
        assert pending(witness.pid, signal.SIGURG)


@contextlib.contextmanager
def waiting_for(number: signal.Signals) -> Iterator[subprocess.Popen[bytes]]:
    """A process in which a signal stays pending."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        process = subprocess.Popen(["/bin/sleep", "3600"])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


def pending(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return bool(int(status.partition("ShdPnd:")[2].split()[0], 16) & 1 << (number - 1))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_the_minder_is_out_of_its_runs_reach(
    attack: Attacker, level: str, shielded: bool, number: signal.Signals
) -> None:
    if level == "none" and not shielded:
        pytest.skip("see the next test")
    assert attack("processes", "minder", number=number).refused == "EPERM"


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_without_scoped_signals_the_minder_stands_by_being_first_or_by_seccomp(
    own_attack: Attacker, level: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as on a kernel before 6.12: the child raises no wall around its signals
    unscoped(own_attack, monkeypatch)
    found = own_attack("processes", "minder", number=number, limits=BRIEF)
    if level == "full":
        assert found.did is True, "the first process of a namespace takes no such signal from inside"
    elif level == "partial":
        assert found.refused == "EPERM"
    else:
        assert found.last is not None, "there it can be stopped, and the run is then ended from outside"


def test_a_stopped_minder_takes_what_it_minds_with_it(
    own_attack: Attacker, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if level != "none":
        pytest.skip("it cannot be stopped there")
    unscoped(own_attack, monkeypatch)
    own_attack("processes", "minder_by", mark=own_attack.mark(), number=signal.SIGSTOP, limits=BRIEF)


@pytest.mark.parametrize("level", ["full", "partial"], indirect=True)
def test_a_minders_memory_is_closed_by_itself(own_attack: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    unscoped(own_attack, monkeypatch)  # nothing but the minder itself is left to close it
    assert own_attack("kernel", "memory_as_file_of_minder").refused == "EACCES"


UNSHIELDED = """
from quizapp.inside import jail
jail.shield = lambda: None
"""


def unscoped(own_attack: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers start as on a kernel that scopes no signals."""
    (own_attack.deck / "sitecustomize.py").write_text(UNSHIELDED, encoding="utf-8")
    environment = Worker._environment

    def without(self: Worker, isolation: Isolation) -> dict[str, str]:
        found = environment(self, isolation)
        return {**found, "PYTHONPATH": f"{own_attack.deck}{os.pathsep}{found['PYTHONPATH']}"}

    monkeypatch.setattr(Worker, "_environment", without)
    monkeypatch.setattr(worker_module, "GRACE", 0.5)
    monkeypatch.setattr(run_module, "LINGER", 0.3)
    monkeypatch.setattr(own_attack.workers, "_given", replace(own_attack.workers.isolation, scope=False))
