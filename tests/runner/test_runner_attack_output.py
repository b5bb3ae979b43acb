"""Output and records that would fill memory, hang whoever reads, or pass for a result."""

from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING, Any

import pytest

from quizapp.runner import Broken, Done, Draw, Limits, Outcomed, Stop, stream
from quizapp.runner import run as run_module
from quizapp.runner.stream import FLOOD, KEPT, RECORD, TOLD

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

GIB = 1 << 30
OUTCOME = {"case": "c", "accepted": True, "counts": True, "items": []}
TOLD_OUTCOME = {"event": "outcome", "job": 0, "subject": "right", "role": "answer", "outcome": OUTCOME}
DONE = {"event": "done", "job": 0, "nonce": "0" * 32, "result": {"verdict": "proved", "word": "accepted"}}


who_listens = pytest.mark.parametrize("level", ["none"], indirect=True)
"""What reads records is outside, the same at every level: variations are tried once."""


def peak() -> int:
    """The most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@pytest.mark.parametrize("text", ["a line\n", "no line at all", "\0", "\x1b[2J"])
def test_a_gigabyte_of_output_ends_the_run_and_is_not_kept(attack: Attacker, text: str) -> None:
    before = peak()
    stopped = attack("output", "flood", size=GIB, text=text).stopped
    assert stopped.stop is Stop.FLOODED
    assert stopped.detail == f"printed more than {FLOOD >> 20} MiB"
    assert len(stopped.tail) <= KEPT
    assert peak() - before < 64 << 20


def test_what_was_printed_last_is_kept_for_the_message(attack: Attacker) -> None:
    stopped = attack("output", "say_and_exit", text="x" * 9000 + "the last words", code=3).stopped
    assert stopped.detail == "ended with exit code 3 before its result"
    assert stopped.tail.endswith("the last words")
    assert len(stopped.tail) <= 2000


def test_output_that_is_no_text_is_shown_as_far_as_it_is(attack: Attacker) -> None:
    stopped = attack("output", "say_and_exit", text="\x1b]0;title\x07 \udcff\udcfe ok", code=0).stopped
    assert stopped.tail == "\x1b]0;title\x07 \ufffd\ufffd ok", "a face cleans it, as any text of others"


@pytest.mark.parametrize("code", [0, 1])
def test_a_printed_pass_and_an_exit_code_are_no_result(attack: Attacker, code: int) -> None:
    found = attack("output", "exit_with_noise") if code == 0 else attack("output", "say_and_exit", text="PASS", code=1)
    assert found.stopped.stop is Stop.EXITED
    assert not [message for message in found.messages if isinstance(message, Done)]


FORGED: list[dict[str, Any]] = [
    DONE,
    {**DONE, "nonce": None},
    {**DONE, "nonce": ""},
    {**DONE, "nonce": True},
    {**DONE, "nonce": ["0" * 32]},
    {key: value for key, value in DONE.items() if key != "nonce"},
    {**DONE, "job": 1},
    {**DONE, "job": -1},
    {"event": "broken", "nonce": "0" * 32, "why": "forged"},
    {"event": "broken", "why": "forged"},
]


@pytest.mark.parametrize("code", [0, 7])
def test_records_without_the_nonce_are_no_result(attack: Attacker, code: int) -> None:
    stopped = attack("output", "forge", records=FORGED, code=code).stopped
    assert stopped.stop is Stop.EXITED
    assert stopped.detail == f"ended with exit code {code} before its result"


@who_listens
@pytest.mark.parametrize("forged", FORGED)
def test_no_such_record_is_one(attack: Attacker, forged: dict[str, Any]) -> None:
    stopped = attack("output", "forge", records=[forged], code=0).stopped
    assert stopped.stop is Stop.EXITED
    assert stopped.detail == "ended with exit code 0 before its result"


def test_lines_that_are_no_records_are_passed_over(attack: Attacker) -> None:
    deep, long = "[" * 40_000, '{"x": "' + "y" * (RECORD // 2) + '"}'
    lines = ["{", "[]", "7", "null", '"text"', deep, long, "\udcff", '{"event": "outcome", "job": Infinity}', "\0", ""]
    found = attack("output", "say", text="\n".join(lines).encode(errors="replace").decode() + "\n")
    assert found.did is True
    assert len(found.messages) == 1


@who_listens
@pytest.mark.parametrize(
    "wrong",
    [
        {"job": 99},
        {"job": "zero"},
        {"role": "judge"},
        {"outcome": [1]},
        {"outcome": {**OUTCOME, "items": [{"kind": "span"}]}},
        {"outcome": {**OUTCOME, "items": "nonsense"}},
    ],
)
def test_an_outcome_that_is_none_is_passed_over(attack: Attacker, wrong: dict[str, Any]) -> None:
    found = attack("output", "say", text=json.dumps({**TOLD_OUTCOME, **wrong}) + "\n")
    assert not [message for message in found.messages if isinstance(message, Outcomed)]
    assert found.did is True


def test_a_forged_outcome_decides_nothing(attack: Attacker) -> None:
    found = attack("output", "say", text=json.dumps(TOLD_OUTCOME) + "\n")
    assert [type(message) for message in found.messages] == [Outcomed, Done]
    assert found.did is True, "the result is the run's own"


def test_records_without_end_end_the_run(attack: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TOLD", TOLD // 16)
    before = peak()
    found = attack("output", "say_for_ever", record=TOLD_OUTCOME, size=TOLD, limits=Limits(seconds=60))
    assert found.stopped.stop is Stop.FLOODED
    told = [message for message in found.messages if isinstance(message, Outcomed)]
    assert 0 < len(told) <= TOLD // 1600 + 1, "what was told until then is told on"
    assert peak() - before < 64 << 20


def test_a_record_of_a_hundred_megabytes_is_not_waited_for(attack: Attacker) -> None:
    before = peak()
    stopped = attack("output", "say_one_long", size=100 << 20).stopped
    assert (stopped.stop, stopped.detail) == (Stop.FLOODED, f"told more than {RECORD >> 20} MiB at once")
    assert peak() - before < 64 << 20


def test_a_run_without_its_channel_has_no_result(attack: Attacker) -> None:
    assert attack("output", "close_channel").stopped.stop is Stop.EXITED


def test_a_run_that_lingers_after_its_result_is_ended_and_its_result_counts(
    own_attack: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "LINGER", 0.3)
    assert own_attack("output", "linger", limits=Limits(seconds=600)).did is True
    assert own_attack.workers._idle == [], "its worker is not used again"


def test_a_script_that_says_that_it_is_broken_is_told_once(own_attack: Attacker) -> None:
    (own_attack.deck / "attacker.py").write_text("raise RuntimeError('on purpose')", encoding="utf-8")
    messages = list(own_attack.workers.run(own_attack.deck / "attacker.py", [Draw("attack", 0)] * 3))
    assert [(type(message), message.job) for message in messages] == [(Broken, 0), (Broken, 1), (Broken, 2)]
