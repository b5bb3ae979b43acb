"""What a run leaves behind: no process, no file, no descriptor; and what it may use meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quizapp.proof.__main__ import _tighter
from quizapp.runner import Answer, Attempt, Done, Job, Limits, Message, Outcomed, Run, Stop, Stopped
from quizapp.runner.process import Child

VERIFIER = """
from quizapp.proof import Case, Claim, equal

double = Claim("double", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")
double.cases(lambda rng: (Case("case", n=rng.randint(3, 99)) for _ in range(2)))
double.check(lambda subject, case: equal(subject(case.n), 2 * case.n, en="result", zh="结果"))
double.answer(lambda n: 2 * n)
double.misconception(en="squares", zh="平方")(lambda n: n * n)
"""
FORKS = """
import os, time
with open({pids!r}, "a") as file:
    for _ in range(2):
        if (pid := os.fork()) == 0:
            time.sleep(600)
        file.write(f"{{pid}}\\n")
    file.write(f"{{os.getpid()}}\\n")
while True: pass
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "doubling_process.py"
    path.write_text(VERIFIER, encoding="utf-8")
    return path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which runs make theirs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """Every child that is started."""
    children: list[Child] = []
    start = Child.__init__

    def noted(self: Child, request: str, folder: Path) -> None:
        start(self, request, folder)
        children.append(self)

    monkeypatch.setattr(Child, "__init__", noted)
    return children


def attempt(source: str) -> Attempt:
    return Attempt("double", 0, source=source, entry="twice")


def told(script: Path, source: str, limits: Limits | None = None) -> Any:
    """What an attempt raised, given that it raised its finding as JSON; or how it was stopped."""
    messages = list(Run(script, [attempt(source)], limits or Limits(seconds=20)))
    if isinstance(messages[-1], Stopped):
        return messages[-1]
    assert isinstance(messages[-1], Done)
    return json.loads(messages[-1].result["detail"].removeprefix("ValueError: "))


def gone(group: int) -> bool:
    """Whether nothing of a process group is left; the last of it may still be dying."""
    for _ in range(200):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, 0)
            if all(state == "Z" for state in _states(group)):
                return True
            time.sleep(0.02)
            continue
        return True
    return False


def _states(group: int) -> Iterator[str]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, owner, *_ = stat.read_text().rpartition(")")[2].split()
            if int(owner) == group:
                yield state


def cancelled_after(script: Path, seconds: float, jobs: list[Job]) -> list[Message]:
    run = Run(script, jobs, Limits(seconds=60))
    timer = threading.Timer(seconds, run.cancel)
    timer.start()
    try:
        return list(run)
    finally:
        timer.join()


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 0.8])
def test_cancelling_at_any_moment_ends_the_run_and_its_whole_group(
    script: Path, temporary: Path, started: list[Child], tmp_path: Path, seconds: float
) -> None:
    forks = FORKS.format(pids=str(tmp_path / "pids"))
    began = time.monotonic()
    messages = cancelled_after(script, seconds, [attempt(forks), Answer("double", 0)])
    assert time.monotonic() - began < 30, "it was cancelled, not timed out"
    assert [(type(message), message.job) for message in messages] == [(Stopped, 0)]
    assert isinstance(messages[0], Stopped)
    assert messages[0].stop is Stop.CANCELLED
    assert all(gone(child._process.pid) for child in started)
    assert list(temporary.iterdir()) == []


RUNNER = """
import sys
from pathlib import Path
from quizapp.runner import Attempt, Run

print(list(Run(Path(sys.argv[1]), [Attempt("double", 0, source=sys.argv[2], entry="twice")])))
"""
FAMILY = """
import os, time
from pathlib import Path
os.fork()
Path({group!r}).write_text(str(os.getpgrp()))
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process group can be told that a pipe has closed")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_run_ends_with_its_runner_however_that_ends(script: Path, tmp_path: Path, end: signal.Signals) -> None:
    group = tmp_path / "group"
    command = [sys.executable, "-c", RUNNER, str(script), FAMILY.format(group=str(group))]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}) as runner:
        while not (group.exists() and group.read_text()):
            assert runner.poll() is None
            time.sleep(0.02)
        runner.send_signal(end)
    assert gone(int(group.read_text()))


def test_an_attempt_that_reads_standard_input_finds_its_end(script: Path) -> None:
    (done,) = [each for each in Run(script, [attempt("input()")], Limits(seconds=60)) if isinstance(each, Done)]
    assert done.result["word"] == "raised"
    assert "EOFError" in done.result["detail"]


def test_a_run_cancelled_before_it_begins_starts_nothing(script: Path, started: list[Child]) -> None:
    run = Run(script, [Answer("double", 0), Answer("double", 1)])
    run.cancel()
    messages = list(run)
    assert [(message.job, getattr(message, "stop", None)) for message in messages] == [(0, Stop.CANCELLED)]
    assert started == []


def test_cancelling_a_run_that_is_over_kills_nobody(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(script, [Answer("double", 0)])
    assert isinstance(list(run)[-1], Done)
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda group, _signal: killed.append(group))
    run.cancel()
    assert killed == [], "the number may be another process's by now"


def test_cancelling_twice_and_from_many_threads_is_one_cancelling(script: Path) -> None:
    run = Run(script, [attempt("while True: pass")], Limits(seconds=60))
    threads = [threading.Timer(0.2, run.cancel) for _ in range(8)]
    for thread in threads:
        thread.start()
    messages = list(run)
    for thread in threads:
        thread.join()
    assert [getattr(message, "stop", None) for message in messages] == [Stop.CANCELLED]


def test_grandchildren_end_with_their_run(script: Path, tmp_path: Path, started: list[Child]) -> None:
    pids = tmp_path / "pids"
    list(Run(script, [attempt(FORKS.format(pids=str(pids)))], Limits(seconds=2)))
    assert gone(started[0]._process.pid)


def test_a_reader_that_walks_away_leaves_nothing_running(script: Path, temporary: Path, started: list[Child]) -> None:
    messages = iter(Run(script, [Answer("double", 0), attempt("while True: pass")], Limits(seconds=60)))
    assert isinstance(next(messages), Outcomed)
    messages.close()  # type: ignore[attr-defined]  # a generator, which is what closing an iterator needs
    assert gone(started[0]._process.pid)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("source", ["def twice(n): return 2 * n", "import os; os._exit(0)", "def twice(n) return 3"])
def test_thirty_runs_leak_no_descriptor_and_no_folder(script: Path, temporary: Path, source: str) -> None:
    def descriptors() -> set[str]:
        return set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # the folder's names are what is counted

    list(Run(script, [attempt(source)]))
    before = len(descriptors())
    for _ in range(10):  # three parameters make thirty
        list(Run(script, [attempt(source)]))
    assert len(descriptors()) <= before
    assert list(temporary.iterdir()) == []


def test_a_process_that_cannot_be_started_leaks_no_descriptor(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(FileNotFoundError):
            list(Run(script, [Answer("double", 0)]))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_environment_is_clean_and_home_is_the_runs_own(
    script: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "PYTHONSTARTUP", "PYTHONWARNINGS", "LD_PRELOAD"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    seen = told(
        script, "import json, os\nraise ValueError(json.dumps([dict(os.environ), os.getcwd()], separators=(',', ':')))"
    )
    environment, folder = seen
    assert "secret" not in environment.values()
    assert environment["LANG"] == "C.UTF-8"
    assert environment["HOME"] == environment["TMPDIR"] == folder
    assert Path(folder).parent == temporary
    assert environment["HOME"] != os.environ["HOME"]
    assert environment["OMP_NUM_THREADS"] == "1"


def test_a_run_holds_no_descriptor_but_its_own(script: Path) -> None:
    with tempfile.TemporaryFile() as secret:
        os.set_inheritable(secret.fileno(), True)
        opened = told(
            script,
            "import json, os\nfds = [fd for fd in range(3, 256) if os.path.exists(f'/proc/self/fd/{fd}')]\n"
            "raise ValueError(json.dumps(fds))",
        )
    assert len(opened) == 2, "the channel, and the pipe that ends it with its runner"


def test_limits_hold_from_before_the_script_runs(script: Path) -> None:
    source = (
        "import json, resource as r\n"
        "names = (r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_DATA, r.RLIMIT_CORE)\n"
        "raise ValueError(json.dumps([r.getrlimit(name) for name in names]))"
    )
    limits = Limits(seconds=20, cpu=17, memory=3 << 30, file=5 << 20)
    assert told(script, source, limits) == [[17, 17], [5 << 20] * 2, [3 << 30] * 2, [0, 0]]


def test_processor_time_is_allowed_for_every_job_of_a_process(script: Path) -> None:
    source = "import json, resource as r\nraise ValueError(json.dumps(r.getrlimit(r.RLIMIT_CPU)))"
    last = list(Run(script, [attempt(source)] * 3, Limits(cpu=17)))[-1]
    assert isinstance(last, Done)
    assert last.result["detail"] == "ValueError: [51, 51]"


@pytest.mark.parametrize(
    ("source", "limits", "detail"),
    [
        ("while True: pass", Limits(seconds=30, cpu=1), "SIGXCPU|SIGKILL"),
        ("x = bytearray(1 << 30)\nraise SystemExit", Limits(memory=512 << 20), "MemoryError"),
        ("open('big', 'wb').write(bytes(2 << 20))", Limits(file=1 << 20), "File too large|SIGXFSZ"),
    ],
    ids=["processor", "memory", "file"],
)
def test_who_takes_too_much_is_stopped_or_told(script: Path, source: str, limits: Limits, detail: str) -> None:
    last = list(Run(script, [attempt(source)], limits))[-1]
    said = last.detail if isinstance(last, Stopped) else str(last.result["detail"]) if isinstance(last, Done) else ""
    assert any(each in said for each in detail.split("|")), said


def test_a_limit_already_set_from_outside_is_only_ever_lowered() -> None:
    endless = -1
    assert [_tighter(300, endless, endless), _tighter(300, 100, endless), _tighter(300, 500, endless)] == [
        300,
        100,
        300,
    ]


def test_the_run_is_no_child_of_the_terminal(script: Path) -> None:
    source = "import json, os\nraise ValueError(json.dumps([os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()]))"
    assert told(script, source) == [True, True]


def test_an_interrupt_of_ours_is_not_the_runs(script: Path, started: list[Child]) -> None:
    # Ctrl-C reaches the terminal's foreground group; a run's own group is not in it
    run = iter(Run(script, [Answer("double", 0)]))
    next(run)
    assert os.getpgid(started[0]._process.pid) != os.getpgrp()
    assert isinstance(list(run)[-1], Done)
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
