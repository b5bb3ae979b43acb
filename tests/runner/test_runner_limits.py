"""What a run may use: set for good before a line of a script is run, and only ever lowered."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.inside.limits import limit
from quizapp.runner import Answer, Belief, Done, Draw, Job, Limits, Message, Outcomed, Stopped, Workers

Write = Callable[..., Path]
NAMES = ("CPU", "FSIZE", "CORE", "NOFILE", "AS", "NPROC")
TELLS = f"""
import resource
def told():
    return {{name: list(resource.getrlimit(getattr(resource, "RLIMIT_" + name))) for name in {NAMES!r}}}
early = told()
double._cases = lambda rng: [Case("c", given={{"n": 3, "early": early, "late": told()}})]
double._answer = lambda n, **_: 2 * n
double._truth = lambda case: 6
double.misconceptions[0].__dict__["subject"] = lambda n, **_: 9
"""


def told(workers: Workers, script: Path, limits: Limits, jobs: int = 1) -> dict[str, Any]:
    """The limits as the script finds them when it is loaded."""
    last = list(workers.run(script, [Draw("double", 0)] * jobs, limits))[-1]
    assert isinstance(last, Done), last
    given: dict[str, Any] = last.result["given"]
    assert given["early"] == given["late"]
    return dict(given["early"])


def test_limits_hold_from_before_the_script_runs(workers: Workers, verifier: Write) -> None:
    limits = Limits(seconds=20, cpu=17, memory=3 << 30, file=5 << 20, processes=40, files=100)
    found = told(workers, verifier(end=TELLS), limits)
    assert (found["CPU"], found["FSIZE"], found["CORE"], found["NOFILE"]) == (
        [17, 17],
        [5 << 20] * 2,
        [0, 0],
        [100] * 2,
    )
    assert all(soft == hard for soft, hard in found.values()), "nothing can be raised again"
    assert 3 << 30 < found["AS"][0] < 4 << 30, "beyond what was mapped before"
    assert found["NPROC"][0] > 40, "beyond the processes that there are"


def test_processor_time_is_allowed_for_every_job_of_a_process(workers: Workers, verifier: Write) -> None:
    assert told(workers, verifier(end=TELLS), Limits(cpu=17), jobs=3)["CPU"] == [51, 51]


@pytest.mark.parametrize(
    ("body", "limits", "detail"),
    [
        ("while True: pass", Limits(seconds=30, cpu=1), "SIGXCPU|SIGKILL"),
        ("bytearray(1 << 30)", Limits(memory=512 << 20), "MemoryError"),
        ("open('big', 'wb').write(bytes(2 << 20))", Limits(file=1 << 20), "File too large|SIGXFSZ"),
        ("[os.dup(1) for _ in range(99)]", Limits(files=50), "Too many open files"),
    ],
    ids=["processor", "memory", "file", "files"],
)
def test_who_takes_too_much_is_stopped_or_told(
    workers: Workers, verifier: Write, body: str, limits: Limits, detail: str
) -> None:
    job: Job = Answer("double", 0)
    last = conclusion(list(workers.run(verifier(body=body), [job], limits)))
    said = last.detail if isinstance(last, Stopped) else str(last.result) if isinstance(last, Done) else ""
    assert any(each in said for each in detail.split("|")), said
    belief = Belief("double", 0, misconception="squares")
    assert isinstance(conclusion(list(workers.run(verifier(body=body), [belief], limits))), Done), "others run on"


def conclusion(messages: list[Message]) -> Message:
    return next(message for message in messages if not isinstance(message, Outcomed))


@given(wanted=st.integers(1, 2**40), soft=st.integers(0, 2**40), hard=st.one_of(st.integers(0, 2**40), st.just(-1)))
def test_a_limit_set_from_outside_is_only_ever_lowered(wanted: int, soft: int, hard: int) -> None:
    found: dict[int, tuple[int, int]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resource, "getrlimit", lambda _name: (soft, hard))
        patch.setattr(resource, "setrlimit", found.__setitem__)
        limit(dict.fromkeys(("cpu", "file", "memory", "processes", "files"), wanted))
    for low, high in found.values():
        assert low == high
        assert hard == resource.RLIM_INFINITY or high <= hard
    assert found[resource.RLIMIT_CPU][0] == (wanted if hard == -1 else min(wanted, hard))
    assert found[resource.RLIMIT_CORE] == (0, 0)
