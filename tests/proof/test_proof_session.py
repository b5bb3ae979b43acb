from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from quizapp.proof import BrokenClaimError, Case
from quizapp.proof.experiment import compiled, load
from quizapp.proof.session import Session

SCRIPT = """
from quizapp.proof import Case, Claim, equal

double = Claim("double", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")

@double.cases
def numbers(rng):
    for _ in range(3):
        n = rng.randint(3, 99)
        yield Case(f"{n}", given={"n": n}, n=n)

@double.truth(rel=0)
def counted(case):
    return sum(2 for _ in range(case.n))

@double.answer
def twice(n):
    return n + n

@double.misconception(en="squares", zh="平方")
def squares(n):
    return n * n
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    script = tmp_path / "doubling_session.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return Session(script)


def judged(session: Session, tmp_path: Path, source: str, entry: str = "twice") -> dict[str, Any]:
    """What the three jobs of judging an attempt come to, each result sent as it would be."""
    file = tmp_path / "attempt.py"
    file.write_text(source, encoding="utf-8")
    claim: dict[str, Any] = {"claim": "double", "seed": 1}
    given = done(session, {"do": "inputs", **claim})
    if "cases" not in given:
        return given
    seen = done(Session(None), {"do": "observe", **claim, **given, "file": str(file), "entry": entry})
    return seen if "word" in seen else done(session, {"do": "verdict", **claim, **seen})


def done(session: Session, job: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(session.run(job, lambda _event: None)))
    return result


def test_a_proof_carries_what_it_depends_on(session: Session) -> None:
    proof = session.prove("double", 3)
    assert proof.claim == "doubling_session.double"
    assert {"python", "quizapp"} <= set(proof.versions)
    assert proof.digest == session.digest
    assert len(session.digest) == 64


MUTE = "class Mute(Exception):\n    def __str__(self): return 1 / 0\n\n"


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def twice(n): return 2 * n", "accepted"),
        ("twice = lambda n: n << 1", "accepted"),
        ("class twice(int):\n    def __new__(cls, n): return super().__new__(cls, 2 * n)", "accepted"),
        ("def twice(n): return n ** 2", "rejected"),
        ("def twice(n): return 2 * n + 1e-6", "rejected"),
        ("def twice(n): return float('nan')", "rejected"),
        ("def twice(n): return None", "raised"),
        ("def twice(n):\n    raise LookupError('no')", "raised"),
        ("def twice(m): return 2 * m", "raised"),
        ("1 / 0", "raised"),
        (f"{MUTE}def twice(n): raise Mute", "raised"),
        (f"{MUTE}raise Mute", "raised"),
        ("def twice(n) return 2 * n", "unparsable"),
        ("def thrice(n): return 3 * n", "missing"),
        ("twice = 7", "missing"),
        ("raise SystemExit(0)", "exited"),
        ("import sys\ndef twice(n): sys.exit(0)", "exited"),
    ],
)
def test_each_way_an_attempt_can_go_has_its_own_word(session: Session, tmp_path: Path, source: str, word: str) -> None:
    assert judged(session, tmp_path, source)["word"] == word


def test_a_crash_names_its_line(session: Session, tmp_path: Path) -> None:
    result = judged(session, tmp_path, "def twice(n):\n    half = n / 2\n    return half / 0\n")
    assert [outcome["line"] for outcome in result["subject"]["evidence"]] == [3, 3, 3]
    assert result["subject"]["evidence"][0]["raised"] == "ZeroDivisionError: float division by zero"
    assert judged(session, tmp_path, "x = 1\ny = x / 0\n")["line"] == 2
    assert judged(session, tmp_path, "x = 1\ndef twice(n) return\n")["line"] == 2
    assert judged(session, tmp_path, "x = 1\nraise SystemExit(0)\n")["line"] == 2


def test_a_verifier_that_cannot_draw_its_cases_is_not_blamed_on_the_attempt(session: Session, tmp_path: Path) -> None:
    session.claims["double"]._cases = lambda _rng: [Case(os.environ["NOTHING"])]
    with pytest.raises(KeyError):
        judged(session, tmp_path, "def twice(n): return 2 * n")


def test_one_belief_or_the_answer_runs_alone(session: Session) -> None:
    told: list[dict[str, Any]] = []
    belief = session.run({"do": "belief", "claim": "double", "misconception": "squares", "seed": 1}, told.append)
    answer = session.run({"do": "answer", "claim": "double", "seed": 1}, told.append)
    proved = session.prove("double", 1).to_json()["subjects"]
    assert [answer, belief] == proved
    assert [event["subject"] for event in told] == ["squares"] * 3 + ["twice"] * 3


def test_a_question_comes_with_its_truth(session: Session) -> None:
    drawn = session.run({"do": "draw", "claim": "double", "seed": 5}, lambda _event: None)
    assert drawn["truth"] == 2 * drawn["given"]["n"]
    assert drawn["tempting"]["squares"]["value"] == drawn["given"]["n"] ** 2


def test_an_unknown_claim_names_those_there_are(session: Session) -> None:
    with pytest.raises(BrokenClaimError, match="holds no claim 'triple'; it holds double"):
        session.prove("triple", 0)


def test_a_claim_that_cannot_run_here_is_skipped_by_every_job(session: Session, tmp_path: Path) -> None:
    session.claims["double"].requires = ("a_package_that_nobody_has",)
    for job in ({"do": "draw"}, {"do": "answer"}, {"do": "belief", "misconception": "squares"}):
        assert "skipped" in session.run({**job, "claim": "double", "seed": 0}, lambda _event: None)
    assert "skipped" in judged(session, tmp_path, "def twice(n): return 2 * n")


def test_a_learners_code_runs_only_where_no_verifier_is_loaded(session: Session, tmp_path: Path) -> None:
    with pytest.raises(BrokenClaimError, match="no verifier is loaded"):
        session.run({"do": "observe", "claim": "double", "seed": 0}, lambda _event: None)
    for do in ("prove", "answer", "draw", "inputs", "verdict"):
        with pytest.raises(BrokenClaimError, match="nothing else does"):
            Session(None).run({"do": do, "claim": "double", "seed": 0}, lambda _event: None)


def test_a_claim_that_does_not_observe_says_what_to_do(session: Session, tmp_path: Path) -> None:
    session.claims["double"]._observe = None
    with pytest.raises(BrokenClaimError, match=r"register that with @double\.observe"):
        judged(session, tmp_path, "def twice(n): return 2 * n")


@pytest.mark.parametrize(
    "observation",
    [
        None,
        7,
        "seen",
        [],
        {},
        {"raised": None},
        {"seen": {"tensor": 1}},
        {"seen": [[[]]]},
        {"seen": "many"},
        {"seen": {"tuple": [1, 2]}},
        {"seen": {"float": "nan"}},
        {"seen": None},
    ],
)
def test_an_observation_of_another_shape_is_rejected_with_its_reason(session: Session, observation: Any) -> None:
    judged = done(session, {"do": "verdict", "claim": "double", "seed": 1, "observations": [observation] * 3})
    assert judged["word"] == "rejected"
    assert [outcome["accepted"] for outcome in judged["subject"]["evidence"]] == [False] * 3
    assert all(outcome["items"][0]["got"] for outcome in judged["subject"]["evidence"])


def test_a_case_without_an_observation_says_that_nothing_came_back(session: Session) -> None:
    judged = done(session, {"do": "verdict", "claim": "double", "seed": 1, "observations": [None, {}, {"saw": 1}]})
    assert {outcome["items"][0]["got"] for outcome in judged["subject"]["evidence"]} == {"nothing came back"}


def test_observations_too_few_are_rejected_and_too_many_are_not_looked_at(session: Session) -> None:
    given = done(session, {"do": "inputs", "claim": "double", "seed": 1})
    right = [{"seen": 2 * int(case["label"])} for case in given["cases"]]
    for observations, words in ((right[:2], [True, True, False]), ([*right, {"seen": 0}], [True] * 3)):
        judged = done(session, {"do": "verdict", "claim": "double", "seed": 1, "observations": observations})
        assert [outcome["accepted"] for outcome in judged["subject"]["evidence"]] == words


def test_a_script_without_a_claim_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "empty_session.py"
    script.write_text("x = 1\n")
    with pytest.raises(BrokenClaimError, match="holds no claim"):
        Session(script)


def test_a_script_is_compiled_once_for_as_long_as_it_is_the_same(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text("value = 1", encoding="utf-8")
    first = compiled(script)
    assert compiled(script) is first
    assert load(script)["value"] == 1
    script.write_text("value = 22", encoding="utf-8")
    assert load(script)["value"] == 22
    assert load(script)["__file__"] == str(script)
