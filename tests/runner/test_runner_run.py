"""Runs of small verifiers in real processes: what a run tells, and in which order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from quizapp.proof.record import Proof, Role, SubjectRecord, Verdict
from quizapp.runner import (
    Answer,
    Belief,
    Broken,
    Done,
    Draw,
    Job,
    Limits,
    Message,
    Observe,
    Outcomed,
    Prove,
    Stop,
    Stopped,
    Workers,
)
from quizapp.runner import workers as workers_module

Write = Callable[..., Path]
SHORT = Limits(seconds=20)
WRONG = Belief("double", 0, misconception="squares")


def run(workers: Workers, script: Path | None, jobs: Sequence[Job], limits: Limits = SHORT) -> list[Message]:
    return list(workers.run(script, jobs, limits))


def only(messages: list[Message]) -> Message:
    (last,) = (message for message in messages if not isinstance(message, Outcomed))
    return last


def result(message: Message) -> dict[str, Any]:
    assert isinstance(message, Done), message
    return dict(message.result)


def observed(source: str) -> Observe:
    """A learner's text on a bench that returns what its function ``entry`` returns."""
    excerpt = "def watch(subject):\n    return subject()\n"
    cases = [{"label": "case", "zh": "", "inputs": "gAR9lC4="}]  # an empty dict, pickled
    return Observe("c", 0, source=source, entry="entry", module="m", excerpt=excerpt, observe="watch", cases=cases)


def test_every_kind_of_job_ends_in_its_result(workers: Workers, verifier: Write) -> None:
    jobs: list[Job] = [Prove("double", 1), Answer("double", 1), Draw("double", 1)]
    messages = run(workers, verifier(), [*jobs, Belief("double", 1, misconception="squares")])
    done = [message for message in messages if isinstance(message, Done)]
    assert [message.job for message in done] == [0, 1, 2, 3]
    proved, answer, drawn, belief = (dict(message.result) for message in done)
    assert Proof.from_json(proved).verdict is Verdict.PROVED
    assert [answer, belief] == proved["subjects"]
    assert drawn["truth"] == 2 * drawn["given"]["n"]


def test_outcomes_are_told_in_order_before_their_result(workers: Workers, verifier: Write) -> None:
    messages = run(workers, verifier(), [Prove("double", 1), Prove("double", 2)])
    assert [type(message).__name__ for message in messages] == [*["Outcomed"] * 4, "Done"] * 2
    told = [message for message in messages if isinstance(message, Outcomed)]
    for job in (0, 1):
        proof = Proof.from_json(result([message for message in messages if isinstance(message, Done)][job]))
        recorded = [(each.name, each.role, outcome) for each in proof.subjects for outcome in each.outcomes]
        assert [(each.subject, each.role, each.outcome) for each in told if each.job == job] == recorded
    assert {each.role for each in told} == {Role.ANSWER, Role.MISCONCEPTION}


def test_outcomes_arrive_while_the_run_goes_on(workers: Workers, verifier: Write) -> None:
    script = verifier(end="", body="\n    ".join(["seen.append(n)", "while len(seen) > 1: time.sleep(0.01)"]))
    script.write_text("seen = []\n" + script.read_text(encoding="utf-8"), encoding="utf-8")
    run = workers.run(script, [Prove("double", 0)], Limits(seconds=600))
    messages = iter(run)
    assert isinstance(next(messages), Outcomed), "the first case's outcome comes while the second waits"
    run.cancel()
    assert [getattr(message, "stop", None) for message in messages] == [Stop.CANCELLED]


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("raise ValueError('no weights')", "ValueError: no weights"),
        ("def broken(", "SyntaxError"),
        ("del double", "holds no claim"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_a_script_that_cannot_load_breaks_every_job(workers: Workers, verifier: Write, end: str, why: str) -> None:
    messages = run(workers, verifier(end=end), [Prove("double", 0), Prove("double", 1), Draw("double", 0)])
    assert [(type(message), message.job) for message in messages] == [(Broken, 0), (Broken, 1), (Broken, 2)]
    assert all(why in message.why for message in messages if isinstance(message, Broken))


@pytest.mark.parametrize("place", ["nowhere.py", "nowhere/doubling.py"])
def test_a_script_that_is_not_there_breaks_its_jobs(workers: Workers, tmp_path: Path, place: str) -> None:
    broken = only(run(workers, tmp_path / place, [Prove("double", 0)]))
    assert isinstance(broken, Broken)
    assert "No such file" in broken.why


def test_a_script_may_be_named_from_here(workers: Workers, verifier: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    script = verifier()
    monkeypatch.chdir(script.parents[1])
    assert "truth" in result(only(run(workers, Path("deck") / script.name, [Draw("double", 0)])))


def test_a_job_of_an_unknown_claim_is_told_and_the_next_one_runs(workers: Workers, verifier: Write) -> None:
    first, second = run(workers, verifier(), [Prove("triple", 0), Draw("double", 0)])
    assert "holds no claim 'triple'" in result(first)["error"]
    assert "truth" in result(second)


def test_a_result_that_is_no_json_is_an_error_of_its_own_job(workers: Workers, verifier: Write) -> None:
    given = "from fractions import Fraction\ndouble._cases = lambda rng: [Case('c', given={'n': Fraction(1, 2)})]\n"
    script = verifier(end=f"{given}double._truth = lambda case: 1\n", wrong="return 3")
    messages = run(workers, script, [Draw("double", 0), Prove("double", 0)])
    assert "not JSON serializable" in result(messages[0])["error"]
    assert isinstance(messages[-1], Done)


BAD = {
    "endless": ("while True: pass", Stop.TIMEOUT),
    "sleeping": ("time.sleep(999)", Stop.TIMEOUT),
    "stopped": ("os.kill(os.getpid(), signal.SIGSTOP)", Stop.TIMEOUT),
    "printing": ("while True: os.write(1, b'x' * 65536)", Stop.FLOODED),
    "exit": ("os._exit(0)", Stop.EXITED),
    "abort": ("os.abort()", Stop.EXITED),
    "group": ("os.killpg(0, 9)", Stop.EXITED),
    "channel": ("os.closerange(3, 256)", Stop.EXITED),
    "channel-and-endless": ("os.closerange(3, 256)\n    while True: pass", Stop.TIMEOUT),
}


@pytest.mark.parametrize("level", ["full", "none"], indirect=True)  # as at none, a minder of the same user ends it
@pytest.mark.parametrize("bad", BAD)
def test_a_job_that_does_not_end_well_is_stopped_and_the_next_one_runs(
    workers: Workers, verifier: Write, bad: str
) -> None:
    body, stop = BAD[bad]
    messages = run(workers, verifier(wrong=body), [WRONG, Answer("double", 0)], Limits(seconds=1.5))
    first, second = (message for message in messages if not isinstance(message, Outcomed))
    assert isinstance(first, Stopped)
    assert (first.job, first.stop) == (0, stop)
    assert SubjectRecord.from_json(result(second)).accepted
    assert second.job == 1


@pytest.mark.parametrize("level", ["none"], indirect=True)
def test_a_job_that_ends_late_takes_no_time_from_the_next(workers: Workers, verifier: Write) -> None:
    # the reader sleeps past the first job's deadline; its result comes meanwhile and waits in the channel
    messages = []
    script = verifier(wrong="time.sleep(0.4)")
    for message in workers.run(script, [WRONG, WRONG], Limits(seconds=4)):
        messages.append(message)
        if len(messages) == 1:
            time.sleep(4.1)  # the second ends after 1.6 s, so that it is still to be read
    assert [message.job for message in messages if isinstance(message, Done)] == [0, 1]


def test_no_jobs_are_no_run(workers: Workers, verifier: Write) -> None:
    assert run(workers, verifier(end="raise RuntimeError"), []) == []


# the bench


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """No torch ahead of the first run: what these texts do needs none."""
    monkeypatch.setattr(workers_module, "imports_of", lambda _deck: ())


@pytest.mark.usefixtures("light")
def test_a_bench_observes_a_text_and_leaves_no_file(workers: Workers) -> None:
    source = "# 双倍 ×2\nimport os\ndef entry():\n    return os.listdir('.')"
    seen = result(only(run(workers, None, [observed(source)])))
    assert "attempt0.py" in str(seen)
    again = result(only(run(workers, None, [observed(source)])))
    assert seen == again
    assert bool(workers._idle) == (workers.isolation.level != "none"), "its worker is as it was"


@pytest.mark.usefixtures("light")
def test_a_text_finds_the_end_of_standard_input(workers: Workers) -> None:
    seen = result(only(run(workers, None, [observed("def entry():\n    return input()")])))
    assert "EOFError" in str(seen)


@pytest.mark.usefixtures("light")
def test_a_bench_runs_no_verifier_and_a_verifier_no_text(workers: Workers, verifier: Write) -> None:
    refused = run(workers, verifier(), [observed("def entry(): pass")])
    assert "no verifier is loaded" in result(only(refused))["error"]
    assert "no verifier is loaded" in result(only(run(workers, None, [Draw("double", 0)])))["error"]


@pytest.mark.usefixtures("light")
def test_a_run_is_a_session_of_its_own(workers: Workers) -> None:
    source = "import os\ndef entry():\n    return [os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()]"
    seen = str(result(only(run(workers, None, [observed(source)]))))
    assert seen.count("True") == 2, seen


def test_each_job_has_its_own_share_of_output(workers: Workers, verifier: Write) -> None:
    script = verifier(body="os.write(1, b'x' * 300_000)")  # on each of two cases
    messages = run(workers, script, [Answer("double", seed) for seed in range(3)])
    assert [message.job for message in messages if isinstance(message, Done)] == [0, 1, 2]
    (flooded,) = [
        message
        for message in run(workers, verifier(body="os.write(1, b'x' * 600_000)"), [Answer("double", 0)])
        if isinstance(message, Stopped)
    ]
    assert flooded.stop is Stop.FLOODED
