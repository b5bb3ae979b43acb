"""Workers are used again after clean runs, and thrown away when anything about them is in doubt."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quizapp.runner import Answer, Belief, Broken, Done, Draw, Job, Level, Limits, Message, Room, Stop, Workers
from quizapp.runner import worker as worker_module
from quizapp.runner import workers as workers_module
from quizapp.runner.worker import Worker

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

Write = Callable[..., Path]
warm = pytest.mark.parametrize("level", ["full", "partial"], indirect=True)
"""Where workers are kept; at `none` each run starts a process."""

PARENT = """
double._cases = lambda rng: [Case("c", given={"n": 3, "parent": (os.getppid(), os.stat(".").st_ino)})]
double._answer = lambda n, parent: 2 * n
double._truth = lambda case: 6
double.misconceptions[0].__dict__["subject"] = lambda n, parent: 9
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Every worker that is started."""
    found: list[Worker] = []
    start = Worker.__init__

    def noted(self: Worker, *arguments: Any) -> None:
        start(self, *arguments)
        found.append(self)

    monkeypatch.setattr(Worker, "__init__", noted)
    return found


def run(workers: Workers, script: Path, job: Job | None = None, seconds: float = 20) -> Message:
    return list(workers.run(script, [job or Answer("double", 0)], Limits(seconds=seconds)))[-1]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names only


@warm
def test_a_worker_is_used_again_after_a_clean_run(workers: Workers, verifier: Write, started: list[Worker]) -> None:
    script = verifier()
    assert all(isinstance(run(workers, script), Done) for _ in range(5))
    assert len(started) == 1


@pytest.mark.parametrize("level", ["none"], indirect=True)
def test_without_walls_every_run_starts_afresh(workers: Workers, verifier: Write, started: list[Worker]) -> None:
    script = verifier()
    for _ in range(3):
        run(workers, script)
    assert len(started) == 3
    workers.warm(Room(deck=script.parent))
    assert len(started) == 3, "and none is started ahead"


@warm
def test_a_pool_that_keeps_none_starts_one_for_every_run(
    workers: Workers, verifier: Write, started: list[Worker]
) -> None:
    pool = Workers(workers.isolation, keep=False)
    assert isinstance(run(pool, verifier()), Done)
    assert isinstance(run(pool, verifier()), Done)
    assert len(started) == 2


UNCLEAN = {
    "crash": "os.abort()",
    "exit": "os._exit(0)",
    "timeout": "time.sleep(60)",
    "flood": "while True: os.write(1, b'x' * 65536)",
    "file": "open('left', 'w').close()",
    "folder": "os.mkdir('left')",
    "process": "subprocess.Popen(['sleep', '60'])",
}


@warm
@pytest.mark.parametrize("how", UNCLEAN)
def test_a_worker_is_replaced_after_a_run_that_was_not_clean(
    workers: Workers, verifier: Write, started: list[Worker], how: str
) -> None:
    script = verifier(body=UNCLEAN[how])
    run(workers, script, seconds=0.7 if how == "timeout" else 20)
    assert (len(started), workers._idle) == (1, [])
    assert isinstance(run(workers, script, Belief("double", 0, misconception="squares")), Done)
    assert len(started) == 2


@warm
def test_a_worker_is_replaced_after_many_runs(
    workers: Workers, verifier: Write, started: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "RUNS", 3)
    script = verifier()
    for _ in range(7):
        run(workers, script)
    assert len(started) == 3
    assert [worker.runs for worker in started] == [3, 3, 1]


@warm
@pytest.mark.parametrize("change", ["script", "another", "new", "gone"])
def test_a_worker_is_replaced_when_a_file_of_its_deck_changes(
    workers: Workers, verifier: Write, started: list[Worker], change: str
) -> None:
    script = verifier()
    other = script.with_name("other.txt")
    other.write_text("one", encoding="utf-8")
    run(workers, script)
    if change == "gone":
        other.unlink()
    else:
        path = {"script": script, "another": other, "new": script.with_name("new.txt")}[change]
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    run(workers, script)
    assert len(started) == 2
    assert len(workers._idle) == 1, "the one before is gone"


@warm
def test_two_decks_never_share_a_worker(workers: Workers, verifier: Write, started: list[Worker]) -> None:
    scripts = [verifier(end=PARENT, deck=deck) for deck in ("one", "two")]
    for _ in range(3):
        for script in scripts:
            assert isinstance(run(workers, script), Done)
    assert [worker.room.deck for worker in started] == [script.parent for script in scripts]


@warm
def test_one_deck_does_not_see_another(attack: Attacker, level: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "answers.py").write_text("answer = 42", encoding="utf-8")
    found = attack("files", "read", path=str(other / "answers.py"))
    assert found.refused == ("ENOENT" if level == "full" else "EACCES")


@warm
def test_runs_at_once_get_a_worker_each(workers: Workers, verifier: Write, started: list[Worker]) -> None:
    script, told = verifier(end=PARENT), list[Message]()
    runs = [workers.run(script, [Draw("double", 0)]) for _ in range(2)]
    iterators = [iter(run) for run in runs]
    both = threading.Barrier(2)

    def listen(which: int) -> None:
        both.wait()
        told.extend(iterators[which])

    threads = [threading.Thread(target=listen, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(message, Done) for message in told)
    assert 1 <= len(started) <= 2
    assert len(workers._idle) == len(started)


@warm
def test_a_worker_started_ahead_is_the_one_that_is_taken(
    workers: Workers, verifier: Write, started: list[Worker]
) -> None:
    script = verifier()
    for _ in range(2):
        workers.warm(Room(deck=script.parent))
    assert isinstance(run(workers, script), Done)
    assert len(started) == 1


@warm
def test_an_idle_worker_that_is_gone_is_replaced(
    workers: Workers, verifier: Write, started: list[Worker], until: Callable[..., bool]
) -> None:
    script = verifier()
    run(workers, script)
    started[0].kill()
    assert until(lambda: not started[0].alive)
    assert isinstance(run(workers, script), Done)
    assert len(started) == 2


@warm
def test_a_worker_that_goes_just_before_its_run_is_told(
    workers: Workers, verifier: Write, started: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, before = verifier(), descriptors()
    run(workers, script)
    started[0].kill()
    started[0]._process.wait()
    monkeypatch.setattr(Worker, "alive", property(lambda _self: True))
    broken = run(workers, script)
    assert isinstance(broken, Broken)
    assert "ended before it could run" in broken.why
    assert descriptors() == before
    assert isinstance(run(workers, script), Done)


def test_a_worker_that_does_not_start_says_why(
    workers: Workers, verifier: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "_how", lambda *_: {"none": "of this"})
    broken = run(workers, verifier())
    assert isinstance(broken, Broken)
    assert "KeyError" in broken.why or "'" in broken.why, broken.why


def test_a_worker_that_never_answers_is_given_up(
    workers: Workers, verifier: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE", 0.01)
    monkeypatch.setattr(Worker.ready, "__defaults__", (0.01,))
    broken = run(workers, verifier())
    assert isinstance(broken, Broken)
    assert broken.why == "the process for the run did not start within 0 seconds"


def test_a_process_that_cannot_be_started_leaks_no_descriptor(
    workers: Workers, verifier: Write, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = verifier()

    def nowhere(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "python")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", nowhere)
        before = descriptors()
        for _ in range(5):
            broken = run(workers, script)
            assert isinstance(broken, Broken)
            assert broken.why.startswith("the process for the run could not be started: ")
        assert descriptors() <= before
    assert list(temporary.iterdir()) == []


def test_closing_ends_idle_workers_and_those_that_come_back(
    workers: Workers, verifier: Write, started: list[Worker], temporary: Path
) -> None:
    script = verifier()
    messages = iter(workers.run(script, [Answer("double", 0)] * 2))
    next(messages)
    workers.close()
    assert isinstance(list(messages)[-1], Done), "a run in progress is not torn off"
    assert all(worker._process.poll() is not None for worker in started)
    assert list(temporary.iterdir()) == []
    workers.warm(Room(deck=script.parent))
    assert len(started) == 1, "and none is started any more"


def test_workers_that_are_forgotten_are_closed(
    workers: Workers, verifier: Write, started: list[Worker], temporary: Path
) -> None:
    pool = Workers(workers.isolation)
    run(pool, verifier())
    del pool
    assert all(worker._process.poll() is not None for worker in started)
    assert list(temporary.iterdir()) == []


ATTACKS: Sequence[tuple[str, str, dict[str, Any]]] = [
    ("processes", "daemon", {}),
    ("processes", "grandchild", {}),
    ("processes", "headless", {}),
    ("processes", "orphan", {}),
    ("output", "say_and_exit", {"text": "no", "code": 0}),
    ("output", "flood", {"size": 2 << 20, "text": "x"}),
    ("files", "keep", {"folder": "."}),
    ("kernel", "private_memory", {"size": 1 << 40}),
]


@pytest.mark.xdist_group("descriptors")
def test_after_two_hundred_runs_with_attacks_nothing_is_left(
    own_attack: Attacker, level: str, verifier: Write, temporary: Path
) -> None:
    own_attack("files", "parent")
    script, before = verifier(), descriptors()
    runs = 200 if level != Level.NONE else 60  # each is a process there
    for number in range(runs):
        if number % 20 == 0:
            kind, name, arguments = ATTACKS[number // 20 % len(ATTACKS)]
            marked: dict[str, Any] = {"mark": own_attack.mark()} if kind == "processes" else {}
            own_attack(kind, name, **arguments, **marked)
        else:
            assert isinstance(run(own_attack.workers, script), Done)
    assert len(list(temporary.iterdir())) == len(own_attack.workers._idle) <= 2
    own_attack.workers.close()
    assert list(temporary.iterdir()) == []
    assert descriptors() <= before


def test_cancelling_before_a_start_starts_nothing(workers: Workers, verifier: Write) -> None:
    run = workers.run(verifier(), [Answer("double", 0), Answer("double", 1)])
    run.cancel()
    messages = list(run)
    assert [(message.job, getattr(message, "stop", None)) for message in messages] == [(0, Stop.CANCELLED)]
