"""An attempt runs on a bench: it finds nothing of the answer there, and nothing that it does there is a verdict."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from quizapp.model.card import CodeCard
from quizapp.proof.record import Role
from quizapp.runner import Done
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Word, _observations, solve
from quizapp.service.running import Seen

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = "def gauss(n):\n    return n * (n + 1) // 2\n"
SHIPPED = Library.shipped()


def card_of(library: Library, name: str) -> CodeCard:
    card = library.card(name)
    assert isinstance(card, CodeCard)
    return card


def judged(library: Library, name: str, source: str) -> Judged:
    return solve(library, card_of(library, name), source, 0).result()


LOOK = r"""
import gc, re, sys, types

def texts(value, depth=2):
    # what lies in an object: its own text, and the names in its code
    if isinstance(value, str):
        yield value
    elif isinstance(value, types.CodeType):
        yield from (value.co_name, *value.co_names, *value.co_varnames, *map(str, value.co_consts))
    elif depth:
        for inner in gc.get_referents(value):
            yield from texts(inner, depth - 1)

def found(pattern):
    frames, frame = [], sys._getframe()
    while frame:
        frames += [frame.f_code, frame.f_locals, frame.f_globals]
        frame = frame.f_back
    everything = [*frames, *gc.get_objects(), sys.modules, *map(vars, list(sys.modules.values()))]
    return any(re.search(pattern, text) for each in everything for text in texts(each))

def gauss(n):
    if not found("sum_[o]f"):
        raise LookupError("not even what observes is found: this search shows nothing")
    for secret in ("half_of_the_rect[a]ngle", "leaves_out_the_l[a]st", "adds_[u]p", "rounds half of the squ[a]re"):
        if found(secret):
            raise LookupError(secret)
    return n * (n + 1) // 2
"""


def test_an_attempt_that_looks_everywhere_finds_nothing_of_the_answer(library: Library) -> None:
    told = judged(library, "sums/code", LOOK)
    assert told.word is Word.ACCEPTED, (told.detail, told.subject and told.subject.outcomes)


FIND_NONCE = """
import json, os, sys

def nonce():
    frame = sys._getframe()
    while frame:
        for value in (*frame.f_locals.values(), *frame.f_globals.values()):
            if isinstance(value, dict) and isinstance(value.get("nonce"), str):
                return value["nonce"]
        if isinstance(frame.f_locals.get("nonce"), str):
            return frame.f_locals["nonce"]
        frame = frame.f_back
    raise SystemError("the nonce was not found: this forgery shows nothing")

def write(record):
    line = json.dumps({"job": 0, "nonce": nonce(), **record}).encode() + b"\\n"
    for fd in range(3, 256):
        try:
            os.write(fd, line)
        except OSError:
            pass
"""
OUTCOME = {"case": "n = 1", "accepted": True, "counts": True, "items": []}
SUBJECT = {
    "name": "attempt",
    "role": "attempt",
    "says": {"en": "", "zh": ""},
    "accepted": True,
    "evidence": [OUTCOME] * 3,
}
TELLING = {"event": "outcome", "subject": "attempt", "role": "attempt", "outcome": OUTCOME}


def forged(*records: object) -> str:
    """An attempt that writes records with the run's own nonce to every descriptor, and then is wrong."""
    written = "".join(f"    write(json.loads({json.dumps(record)!r}))\n" for record in records)
    return f"{FIND_NONCE}\ndef gauss(n):\n{written}    return 0\n"


DEEP: object = 0
for _ in range(300):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (forged({"event": "done", "result": {"word": "accepted", "subject": SUBJECT}}), Word.REJECTED),
        (forged(TELLING, {"event": "done", "result": {"word": "accepted"}}), Word.REJECTED),
        (forged({"event": "done", "result": SUBJECT}), Word.REJECTED),
        (forged({"event": "done", "result": {"verdict": "proved"}}), Word.REJECTED),
        (forged({"event": "done", "result": {"skipped": {"en": "", "zh": ""}}}), Word.REJECTED),
        (forged({"event": "done", "result": {"word": "undecided"}}), Word.REJECTED),
        (forged({"event": "done", "result": {"word": ["accepted"]}}), Word.REJECTED),
        (forged({"event": "done", "result": {"observations": [{"accepted": True}] * 3}}), Word.REJECTED),
        (forged({"event": "done", "result": {"observations": [DEEP] * 3}}), Word.REJECTED),
        (forged({"event": "done", "result": {"observations": "accepted"}}), Word.REJECTED),
        (forged({"event": "done", "result": ["accepted"]}), Word.REJECTED),
        (forged({"event": "done", "result": {"word": "raised", "line": "x"}}), Word.RAISED),
        (forged({"event": "done"}), Word.REJECTED),
        (forged({"event": "broken"}), Word.REJECTED),
        (forged({"event": "broken", "why": ["no"]}), Word.BROKEN),
        (forged({"event": "done", "result": {"error": "no"}}), Word.BROKEN),
        ("print('accepted', flush=True)\nimport os\ndef gauss(n):\n    os._exit(0)\n", Word.EXITED),
        ("import atexit\ndef gauss(n):\n    atexit.register(print, 'accepted')\n    return 0\n", Word.REJECTED),
    ],
    ids=lambda value: value if isinstance(value, Word) else value.replace(FIND_NONCE, "")[-90:].strip(),
)
def test_whatever_a_bench_writes_is_no_verdict(library: Library, source: str, word: Word) -> None:
    running = solve(library, card_of(library, "sums/code"), source, 0)
    *seen, last = list(running)
    assert isinstance(last, Judged)
    assert last.word is word, last
    assert all(isinstance(told, Seen) and told.outcome.accepted is False for told in seen)


def test_what_is_nested_too_deeply_to_be_sent_on_is_not_sent_on() -> None:
    assert _observations(Done(0, {"observations": [1, DEEP]})) == ()
    assert _observations(Done(0, {"observations": [1, [2]]})) == [1, [2]]


def test_the_forger_holds_the_nonce_that_counts(library: Library) -> None:
    """The control of the test above: a record forged with it is believed, for what a bench may say."""
    observations = [{"seen": n * (n + 1) // 2} for n in numbers(library)]
    source = forged({"event": "done", "result": {"observations": observations}})
    assert judged(library, "sums/code", source).word is Word.ACCEPTED


def numbers(library: Library) -> list[int]:
    subject = judged(library, "sums/code", RIGHT).subject
    assert subject is not None
    return [int(outcome.case.removeprefix("n = ")) for outcome in subject.outcomes]


PATCHES = """
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

zero = lambda self, *_, **__: torch.zeros(())
torch.allclose = torch.equal = lambda *_, **__: True
for name in ("__sub__", "__rsub__", "sub", "__ne__", "ne"):
    setattr(torch.Tensor, name, zero)
functional.cross_entropy = functional.conv2d = torch.conv2d = zero
TorchDispatchMode.__enter__ = lambda self: self
TorchDispatchMode.__exit__ = lambda self, *_: None
torch.no_grad.__enter__ = lambda self: None
"""
OURS = """
import quizapp.proof, sys
from quizapp.proof import bench, claim, compare, evidence, judging, plain, program, record, replay
near = lambda *_, **__: evidence.Match(quizapp.proof.say.Say("", ""), "", "")
compare.close = compare.equal = quizapp.proof.close = quizapp.proof.equal = claim.close = near
evidence.accepted = judging.accepted = judging._word = lambda *_: "accepted"
plain.plain = bench.plain = lambda value: value
plain.encode = bench.encode = lambda value: {"accepted": True, "word": "accepted"}
record.SubjectRecord.accepted = True
"""
FOLD = "def fuse_conv_bn(conv, bn):\n    return lambda x: x\n"
LOSS = "def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):\n    return (0 * logits).sum()\n"
BEHIND_THE_TRACE = """
import torch
from torch.utils._python_dispatch import _disable_current_modes

def fuse_conv_bn(conv, bn):
    def run(x):
        conv(x)  # the one convolution that is asked for; its result is not used
        with _disable_current_modes():
            return bn(conv(x))
    return run
"""
SAYS_ONE = """
import quizapp.proof.program as program
import torch

def fuse_conv_bn(conv, bn):
    step = program.Step("aten::convolution", "", (program.Ref("input", 0), program.Ref("constant", 0), None,
        [1, 1], [0, 0], [1, 1], False, [0, 0], 1), {})
    made = program.Program(1, (conv.weight.detach(),), (step,), program.Ref("step", 0))
    program._Tape.__init__ = None
    import sys
    sys.modules["conv_bn_fusion"].trace = lambda *_: made
    return None
"""


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("conv-bn-fusion/write-fold", PATCHES + FOLD),
        ("conv-bn-fusion/write-fold", OURS + FOLD),
        ("conv-bn-fusion/write-fold", BEHIND_THE_TRACE),
        ("conv-bn-fusion/write-fold", SAYS_ONE),
        ("cross-entropy/from-logits", PATCHES + LOSS),
        ("cross-entropy/from-logits", OURS + LOSS),
    ],
    ids=["torch, fold", "ours, fold", "behind the trace", "another program", "torch, loss", "ours, loss"],
)
def test_whatever_is_done_to_the_bench_changes_only_what_is_seen(name: str, source: str) -> None:
    pytest.importorskip("torch")
    told = judged(SHIPPED, name, source)
    assert told.word in {Word.REJECTED, Word.RAISED}, told
    assert told.subject is not None
    assert not any(outcome.accepted for outcome in told.subject.outcomes)


def test_what_an_attempt_returns_must_be_plain_data(library: Library) -> None:
    source = "class Same:\n    def __eq__(self, other):\n        return True\n\ndef gauss(n):\n    return Same()\n"
    told = judged(library, "sums/code", source)
    assert told.word is Word.RAISED
    assert told.subject is not None
    assert (told.subject.outcomes[0].raised or "").startswith("the observation is a Same; numbers, texts, tensors")


def test_outcomes_are_told_by_the_judge(library: Library) -> None:
    *seen, last = solve(library, card_of(library, "sums/code"), RIGHT, 3)
    assert isinstance(last, Judged)
    assert last.subject is not None
    told = [(one.role, one.outcome) for one in seen if isinstance(one, Seen)]
    assert told == [(Role.ATTEMPT, outcome) for outcome in last.subject.outcomes]


def test_a_verifier_that_cannot_hand_over_its_inputs_is_broken(deck: Path, library: Library) -> None:
    path = deck / "verifiers" / "sums.py"
    sound = path.read_text(encoding="utf-8")
    for old, new, said in (
        ("@gauss.observe\n", "", "register that with @gauss.observe"),
        ("return add_up(n)", "return half_of_the_rectangle(n)", "sum_of needs half_of_the_rectangle"),
        ("n = 1", "n = 1", ""),
        ('yield Case(f"n = {n}", n=n)', 'yield Case(f"n = {n}", n=lambda: n)', "cannot be sent to another process"),
        ("def sum_of(add_up, n)", "def sum_of(add_up, m)", "holds no 'm'"),
    ):
        path.write_text(sound.replace(old, new), encoding="utf-8")
        told = judged(library, "sums/code", RIGHT)
        assert (told.word is Word.BROKEN) == bool(said), told
        assert said in told.detail


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 0.1, 0.2, 0.4])
def test_a_solve_is_cancelled_at_any_moment(library: Library, seconds: float) -> None:
    running = solve(library, card_of(library, "sums/code"), "import time\ntime.sleep(600)\n", 0)
    timer = threading.Timer(seconds, running.cancel)
    timer.start()
    told = list(running)
    timer.join()
    assert [one.word for one in told if isinstance(one, Judged)] == [Word.CANCELLED]


def test_a_solve_cancelled_before_it_begins_or_while_it_tells_ends_there(library: Library) -> None:
    running = solve(library, card_of(library, "sums/code"), RIGHT, 0)
    running.cancel()
    (told,) = running
    assert isinstance(told, Judged)
    assert told.word is Word.CANCELLED
