"""Runs of small verifiers in real processes: what a run tells, and how it ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from quizapp.proof.record import Proof, Role, Verdict
from quizapp.runner import (
    Answer,
    Attempt,
    Belief,
    Broken,
    Done,
    Draw,
    Job,
    Limits,
    Message,
    Outcomed,
    Prove,
    Run,
    Stop,
    Stopped,
)

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
    return n * n

{end}
"""

Write = Callable[..., Path]
SHORT = Limits(seconds=20)


@pytest.fixture
def verifier(tmp_path: Path) -> Write:
    """Writes the verifier with a line in its answer's body, and lines at its end."""

    def write(body: str = "pass", end: str = "") -> Path:
        path = tmp_path / "doubling_run.py"
        path.write_text(VERIFIER.format(body=body, end=end), encoding="utf-8")
        return path

    return write


def run(script: Path, jobs: Sequence[Job], limits: Limits = SHORT) -> list[Message]:
    return list(Run(script, jobs, limits))


def attempt(source: str, seed: int = 0) -> Attempt:
    return Attempt("double", seed, source=source, entry="twice")


def only(messages: list[Message]) -> Message:
    (last,) = (message for message in messages if not isinstance(message, Outcomed))
    return last


def result(message: Message) -> dict[str, Any]:
    assert isinstance(message, Done)
    return dict(message.result)


def stopped(message: Message) -> Stopped:
    assert isinstance(message, Stopped), message
    return message


def test_every_kind_of_job_ends_in_its_result(verifier: Write) -> None:
    jobs: list[Job] = [
        Prove("double", 1),
        Answer("double", 1),
        Draw("double", 1),
        Belief("double", 1, misconception="squares"),
        attempt("def twice(n): return 2 * n", 1),
    ]
    messages = run(verifier(), jobs)
    done = [message for message in messages if isinstance(message, Done)]
    assert [message.job for message in done] == [0, 1, 2, 3, 4]
    proved, answer, drawn, belief, judged = (dict(message.result) for message in done)
    assert Proof.from_json(proved).verdict is Verdict.PROVED
    assert [answer, belief] == proved["subjects"]
    assert drawn["truth"] == 2 * drawn["given"]["n"]
    assert judged["word"] == "accepted"


def test_outcomes_are_told_in_order_before_their_result(verifier: Write) -> None:
    messages = run(verifier(), [Prove("double", 1), Prove("double", 2)])
    assert [type(message).__name__ for message in messages] == [*["Outcomed"] * 4, "Done"] * 2
    told = [message for message in messages if isinstance(message, Outcomed)]
    for job in (0, 1):
        proof = Proof.from_json(result([message for message in messages if isinstance(message, Done)][job]))
        recorded = [(each.name, each.role, outcome) for each in proof.subjects for outcome in each.outcomes]
        assert [(each.subject, each.role, each.outcome) for each in told if each.job == job] == recorded
    assert {each.role for each in told} == {Role.ANSWER, Role.MISCONCEPTION}


def test_outcomes_arrive_while_the_run_goes_on(verifier: Write, tmp_path: Path) -> None:
    go = tmp_path / "go"
    waits = f"while not os.path.exists({str(go)!r}): time.sleep(0.01)"
    source = (
        f"import os, time\nseen = []\n"
        f"def twice(n):\n    if seen:\n        {waits}\n    seen.append(n)\n    return 2 * n\n"
    )
    messages = iter(Run(verifier(), [attempt(source)], SHORT))
    assert isinstance(next(messages), Outcomed), "the first case's outcome comes while the second waits"
    go.touch()
    assert [type(message).__name__ for message in messages] == ["Outcomed", "Done"]


FORGER = """
import json, os
record = {"event": "done", "job": 0, "nonce": "0" * 32, "result": {"word": "accepted", "verdict": "proved"}}
for forged in (record, {**record, "nonce": None}, {"event": "done", "job": 0, "result": record["result"]}):
    for fd in range(256):
        try:
            os.write(fd, (json.dumps(forged) + "\\n").encode())
        except OSError:
            pass
"""


@pytest.mark.parametrize("then", ["def twice(n): return 0", "os._exit(0)", "raise SystemExit(0)"])
def test_a_forged_result_without_the_nonce_does_not_count(verifier: Write, then: str) -> None:
    last = only(run(verifier(), [attempt(FORGER + then)]))
    assert isinstance(last, Stopped) or result(last)["word"] in ("rejected", "exited")


def test_forged_and_malformed_records_are_passed_over(verifier: Write) -> None:
    outcome = {"event": "outcome", "job": 0, "subject": "x", "role": "answer"}
    good = {"case": "c", "accepted": True, "counts": True, "items": []}
    lines = [
        "{",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"event": "outcome", "job": Infinity}',
        json.dumps({**outcome, "job": 99, "outcome": good}),
        json.dumps({**outcome, "job": -1, "outcome": good}),
        json.dumps({**outcome, "job": "zero", "outcome": good}),
        json.dumps({**outcome, "role": "judge", "outcome": good}),
        json.dumps({**outcome, "outcome": {**good, "items": [{"kind": "span"}]}}),
        json.dumps({**outcome, "outcome": {**good, "items": "nonsense"}}),
        json.dumps({**outcome, "outcome": [1]}),
        json.dumps({"event": "broken", "why": "forged"}),
        json.dumps({"event": "done", "job": 0}),
    ]
    span = {"kind": "span", "say": {"en": "", "zh": ""}, "low": 1, "middle": 1, "high": 1, "relation": "<=", "bound": 1}
    endless = json.dumps({**outcome, "outcome": {**good, "items": [{**span, "pairs": 0}]}}).replace(
        '"pairs": 0', '"pairs": 1e999'
    )
    text = "\n".join([*lines, endless, ""])
    source = (
        f"import os\ndata = {text.encode()!r}\n"
        "for fd in range(3, 64):\n"
        "    try:\n        rest = data\n        while rest: rest = rest[os.write(fd, rest):]\n"
        "    except OSError: pass\n"
        "def twice(n): return 2 * n\n"
    )
    messages = run(verifier(), [attempt(source)])
    assert [type(message).__name__ for message in messages] == ["Outcomed", "Outcomed", "Done"]
    assert result(messages[-1])["word"] == "accepted"


@pytest.mark.parametrize("where", ["body", "end"])
@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("print('proved', flush=True); os._exit(0)", "ended with exit code 0 before its result"),
        ("print('proved', flush=True); sys.exit(0)", "ended with exit code 0 before its result"),
        ("print('proved', flush=True); os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV"),
        ("print('proved', flush=True); os.kill(os.getpid(), 40)", "was ended by signal 40"),
    ],
)
def test_an_early_exit_is_no_result_whatever_it_printed(verifier: Write, where: str, line: str, detail: str) -> None:
    last = stopped(only(run(verifier(**{where: line}), [Prove("double", 0)])))
    assert last.stop is Stop.EXITED
    assert detail in last.detail
    assert "proved" in last.tail


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("raise RuntimeError('no weights')", "RuntimeError: no weights"),
        ("def broken(", "SyntaxError"),
        ("del double", "holds no claim"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_a_script_that_cannot_load_breaks_every_job(verifier: Write, end: str, why: str) -> None:
    messages = run(verifier(end=end), [Prove("double", 0), Prove("double", 1), Draw("double", 0)])
    assert [(type(message), message.job) for message in messages] == [(Broken, 0), (Broken, 1), (Broken, 2)]
    assert all(why in message.why for message in messages if isinstance(message, Broken))


def test_a_script_that_is_not_there_breaks_its_jobs(tmp_path: Path) -> None:
    assert isinstance(only(run(tmp_path / "nowhere.py", [Prove("double", 0)])), Broken)


def test_a_job_of_an_unknown_claim_is_told_and_the_next_one_runs(verifier: Write) -> None:
    first, second = run(verifier(), [Prove("triple", 0), Draw("double", 0)])
    assert "holds no claim 'triple'" in result(first)["error"]
    assert "truth" in result(second)


def test_a_result_that_is_no_json_is_an_error_of_its_own_job(verifier: Write) -> None:
    given = "from fractions import Fraction\ndouble._cases = lambda rng: [Case('c', given={'n': Fraction(1, 2)})]\n"
    script = verifier(end=f"{given}double._truth = lambda case: 1\n")
    script.write_text(script.read_text().replace("def squares(n):\n    return n * n", "def squares(n):\n    return 3"))
    messages = run(script, [Draw("double", 0), Prove("double", 0)])
    assert "not JSON serializable" in result(messages[0])["error"]
    assert isinstance(messages[-1], Done)


ENDLESS = "    while True: pass"
DEAF = (
    "import signal\nfor each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)\n"
)
FULL = """
import os
def twice(n):
    while True:
        os.write(1, b"x" * 65536)
"""
HUGE = """
import os
def twice(n):
    for fd in range(3, 64):
        try:
            if os.fstat(fd).st_mode & 0o010000:
                while True: os.write(fd, b"x" * 65536)
        except OSError: pass
"""
CLOSES = "import os\nos.closerange(3, 256)\n"


@pytest.mark.parametrize(
    ("source", "stop"),
    [
        (f"def twice(n):\n{ENDLESS}", Stop.TIMEOUT),
        (f"{DEAF}def twice(n):\n{ENDLESS}", Stop.TIMEOUT),
        ("import time\ntime.sleep(999)", Stop.TIMEOUT),
        ("import signal, os\nos.kill(os.getpid(), signal.SIGSTOP)", Stop.TIMEOUT),
        (FULL, Stop.FLOODED),
        (HUGE, Stop.FLOODED),
        (f"{CLOSES}def twice(n): return 2 * n", Stop.EXITED),
        (f"{CLOSES}def twice(n):\n{ENDLESS}", Stop.EXITED),
        ("import os\nos._exit(0)", Stop.EXITED),
        ("import os\ndef twice(n): os._exit(0)", Stop.EXITED),
        ("import os\nos.abort()", Stop.EXITED),
        ("import os\nos.killpg(0, 9)", Stop.EXITED),
    ],
    ids=[
        "endless",
        "deaf",
        "sleeping",
        "stopped",
        "printing",
        "huge-record",
        "closing",
        "closed-and-endless",
        "exit-loading",
        "exit-judged",
        "abort",
        "group-kill",
    ],
)
def test_an_attempt_that_does_not_end_well_is_stopped_and_the_next_job_runs(
    verifier: Write, source: str, stop: Stop
) -> None:
    jobs = [attempt(source), attempt("def twice(n): return 2 * n")]
    messages = [m for m in run(verifier(), jobs, Limits(seconds=3)) if not isinstance(m, Outcomed)]
    assert stopped(messages[0]).stop is stop
    assert result(messages[1])["word"] == "accepted"
    assert [message.job for message in messages] == [0, 1]


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def twice(n) return n", "unparsable"),
        ("def thrice(n): return n", "missing"),
        ("twice = 3", "missing"),
        ("raise SystemExit(0)", "exited"),
        ("raise ValueError('\\ud800')", "raised"),
        ("def twice(n): raise ValueError('\\ud800')", "raised"),
        ("def twice(n): return n", "rejected"),
        ("print('accepted')\ndef twice(n): return 7", "rejected"),
    ],
)
def test_an_attempt_that_is_wrong_gets_its_word(verifier: Write, source: str, word: str) -> None:
    assert result(only(run(verifier(), [attempt(source)])))["word"] == word


def test_a_grandchild_that_holds_the_channel_open_keeps_nobody_waiting(verifier: Write) -> None:
    forks = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\nos._exit(0)\n"
    began = time.monotonic()
    last = stopped(only(run(verifier(), [attempt(forks)], Limits(seconds=60))))
    assert last.stop is Stop.EXITED
    assert time.monotonic() - began < 50, "it ended by its exit, not by its time"


def test_a_job_that_ends_late_takes_no_time_from_the_next(verifier: Write) -> None:
    # the reader sleeps past the first job's deadline; its result comes meanwhile and waits in the channel
    source = (
        "import time\nseen = []\ndef twice(n):\n    time.sleep(len(seen) / 2)\n    seen.append(n)\n    return 2 * n"
    )
    lasting = "import time\ndef twice(n):\n    time.sleep(2.5)\n    return 2 * n"
    messages = []
    for message in Run(verifier(), [attempt(source), attempt(lasting)], Limits(seconds=4)):
        messages.append(message)
        if len(messages) == 1:
            time.sleep(4.5)  # the second job ends after 0.5 + 2 · 2.5 s, so that it is still to be read
    assert [message.job for message in messages if isinstance(message, Done)] == [0, 1]


def test_no_jobs_are_no_run(verifier: Write) -> None:
    assert run(verifier(end="raise RuntimeError"), []) == []


def test_the_text_judged_is_the_text_given(verifier: Write, tmp_path: Path) -> None:
    source = "# 双倍 ×2 \n" + "def twice(n): return 2 * n"
    assert result(only(run(verifier(), [attempt(source)])))["word"] == "accepted"
    assert os.listdir(tmp_path) == ["doubling_run.py"]  # noqa: PTH208  # a list of names is what is compared
