"""Layers of isolation, attacks on them, and what an attack may leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from quizapp.runner import Broken, Done, Draw, Isolation, Level, Limits, Message, Stopped, Workers, probe
from quizapp.runner.isolation import VARIABLE

ATTACKS = Path(__file__).with_name("attacks")
ROOT = Path(__file__).parents[2]
DEBIAN = "sudo apt-get install bubblewrap"  # README's line
SHORT = Limits(seconds=20)

VERIFIER = """
import os, signal, subprocess, sys, time
from quizapp.proof import Case, Claim, equal

double = Claim("double", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")

@double.cases
def numbers(rng):
    for _ in range(2):
        yield Case("case", given={{"n": rng.randint(3, 99)}})

@double.truth(rel=0)
def counted(case):
    return sum(2 for _ in range(case.given["n"]))

@double.answer
def twice(n):
    {body}
    return n + n

@double.misconception(en="squares", zh="平方")
def squares(n):
    {wrong}
    return n * n

{end}
"""


def _isolation_at(level: str) -> Isolation:
    """The isolation of that level here. Skips, or fails in CI, where the machine lacks what it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, level)
        found = probe.__wrapped__()
    if found.level == level:
        return found
    if level == Level.FULL and os.environ.get("CI"):
        pytest.fail(f"CI has to test the walls, and {found.why.en}: {DEBIAN}")
    pytest.skip(found.why.en)


@pytest.fixture(scope="session")
def shielded() -> bool:
    """Whether the kernel keeps signals and traces inside a run at every level, `none` included."""
    import landlockpy

    return landlockpy.abi_version() >= 6


@pytest.fixture(params=["full", "partial", "none"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def isolation(level: str) -> Isolation:
    """How runs are isolated at this level."""
    return _isolation_at(level)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which workers make theirs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def workers(isolation: Isolation, temporary: Path) -> Iterator[Workers]:
    pool = Workers(isolation)
    yield pool
    pool.close()
    assert list(temporary.iterdir()) == [], "a worker takes its folder with it"


Write = Callable[..., Path]


@pytest.fixture
def verifier(tmp_path: Path) -> Write:
    """Writes a verifier, with a line in its answer's body, one in its misconception's, and lines at its end."""

    def write(body: str = "pass", wrong: str = "pass", end: str = "", deck: str = "deck") -> Path:
        path = tmp_path / deck / "doubling_run.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(VERIFIER.format(body=body, wrong=wrong, end=end), encoding="utf-8")
        return path

    return write


@dataclass(frozen=True, slots=True)
class Found:
    """What became of an attack: what it ``did`` or the error that ``refused`` it, and all that the run told."""

    messages: Sequence[Message]
    did: Any = None
    refused: str = ""

    @property
    def last(self) -> Message:
        return self.messages[-1]

    @property
    def stopped(self) -> Stopped:
        assert isinstance(self.last, Stopped), self.last
        return self.last


@dataclass
class Attacker:
    """Runs attacks of ``tests/runner/attacks`` inside a worker, or naked."""

    workers: Workers
    deck: Path
    marks: list[str] = field(default_factory=list)

    def __call__(self, kind: str, name: str | list[str], /, *, limits: Limits | None = None, **arguments: Any) -> Found:
        """Run one attack as a verifier."""
        self.order(kind, name, **arguments)
        messages = list(self.workers.run(self.deck / "attacker.py", [Draw("attack", 0)], limits or SHORT))
        assert not isinstance(messages[-1], Broken), messages
        result = messages[-1].result if isinstance(messages[-1], Done) else {}
        assert "error" not in result, result
        return Found(messages, **result["given"]) if result else Found(messages)

    def naked(self, kind: str, name: str | list[str], /, **arguments: Any) -> Found:
        """Run one attack as a process of the user's, with no walls around it."""
        self.order(kind, name, **arguments)
        told = self.deck / "told.json"
        with told.open("w", encoding="utf-8") as file:  # no pipe: what an attack leaves behind would hold it open
            command = [sys.executable, str(self.deck / "attacker.py"), str(self.deck)]
            subprocess.run(command, stdout=file, timeout=60, check=True)
        return Found([], **json.loads(told.read_text(encoding="utf-8")))

    def each(self, kind: str, names: Iterable[str], /, **arguments: Any) -> dict[str, str]:
        """Run several attacks, each in a process of its own: which error refused which; "" where none did."""
        return _refusals(self(kind, list(names), **arguments))

    def each_naked(self, kind: str, names: Iterable[str], /, **arguments: Any) -> dict[str, str]:
        """As ``each``, with no walls around them."""
        return _refusals(self.naked(kind, list(names), **arguments))

    def order(self, kind: str, name: str | list[str], /, **arguments: Any) -> None:
        """Say what the next run of the verifier does."""
        order = {"kind": kind, "name": name, "arguments": arguments}
        orders = self.deck / "orders"  # what lies deeper is no script: a worker that is kept goes on
        orders.mkdir(exist_ok=True)
        (orders / "order.json").write_text(json.dumps(order), encoding="utf-8")

    def mark(self) -> str:
        """A name by which what an attack starts can be found."""
        self.marks.append(f"qz-{secrets.token_hex(4)}")
        return self.marks[-1]


def _refusals(found: Found) -> dict[str, str]:
    return {name: outcome.get("refused", "") for name, outcome in found.did.items()}


@pytest.fixture(scope="session")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Attacker]]:
    """One pool and one deck a level, for attacks that leave them as they were: starting a worker is most of a test."""
    found: dict[str, Attacker] = {}

    def at(level: str) -> Attacker:
        if level not in found:
            isolation = _isolation_at(level)
            deck = Path(shutil.copytree(ATTACKS, tmp_path_factory.mktemp(level) / "attacks"))
            found[level] = Attacker(Workers(isolation), deck)
        return found[level]

    yield at
    for attacker in found.values():
        attacker.workers.close()


@pytest.fixture
def attack(pools: Callable[[str], Attacker], level: str) -> Iterator[Attacker]:
    """Attacks, after which nothing may be left that carries their marks."""
    with _marked(pools(level)) as attacker:
        yield attacker


@pytest.fixture
def own_attack(workers: Workers, tmp_path: Path) -> Iterator[Attacker]:
    """As ``attack``, with workers and a deck of the test's own."""
    with _marked(Attacker(workers, Path(shutil.copytree(ATTACKS, tmp_path / "attacks")))) as attacker:
        yield attacker


@contextlib.contextmanager
def _marked(attacker: Attacker) -> Iterator[Attacker]:
    attacker.marks.clear()
    yield attacker
    left = [pid for mark in attacker.marks for pid in _alive(mark)]
    for pid in left:  # not by a name: these are the numbers of what this test has started
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert left == [], "a process was left running"


@pytest.fixture
def alive() -> Callable[[str], list[int]]:
    return _alive


def _alive(mark: str) -> list[int]:
    """The processes that carry a mark, in their command line or as a thread's name."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _carries(folder, mark)]


def _carries(process: Path, mark: str) -> bool:
    with contextlib.suppress(OSError):
        if mark.encode() in (process / "cmdline").read_bytes().split(b"\0"):
            return True
        for task in (process / "task").iterdir():
            name, state = (task / "comm").read_text().strip(), (task / "stat").read_text().rpartition(")")[2].split()[0]
            if name == mark[:15] and state not in "ZX":
                return True
    return False


def _until(holds: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something comes to hold; the time is only how long to wait before it counts as never."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the user's with a secret in its environment and in its command line."""
    command = ["/bin/sleep", "3600"]
    environment = {"PLANTED": "a secret of the environment"}
    with subprocess.Popen(["a secret of the command line", command[1]], executable=command[0], env=environment) as it:
        try:
            yield it
        finally:
            it.kill()


@pytest.fixture
def until() -> Callable[..., bool]:
    return _until
