"""A tiny deck, a desk to sit at, and runs that say what a test wants them to say."""

from __future__ import annotations

import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from quizapp.model.card import ClaimRef
from quizapp.model.words import Lang
from quizapp.proof.evidence import Measure, Note
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.service import proving, warming
from quizapp.service.clock import Clock
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Question, Tempted, Word
from quizapp.service.running import Seen
from quizapp.service.study import Study
from quizapp.tui.app import QuizApp
from quizapp.tui.screens.study import StudyScreen
from quizapp.tui.state import Life

VERIFIERS = Path(__file__).parents[2] / "verifiers"
RECALL = """
  - id: folding/formula
    kind: recall
    claim: conv_bn_fusion.parity
    difficulty: 2
    prompt: {en: "What do **weight** and bias become? [red]x[/red]", zh: 权重和偏置变成什么？}
    points:
      - {en: the weight is scaled, zh: 权重乘以缩放}
      - {en: the bias is shifted, zh: 偏置平移}
    explanation: {en: BN is affine in eval mode., zh: 推理时BN是仿射变换。}
    hints: [{en: Think of an affine map., zh: 想想仿射变换。}, {en: Scale then shift., zh: 先缩放再平移。}]
    sources: [Ioffe and Szegedy 2015]
"""
CHOICE = """
  - id: folding/divisor
    kind: choice
    claim: conv_bn_fusion.parity
    difficulty: 1
    prompt: {en: What is the weight divided by?, zh: 权重除以什么？}
    points: [{en: the root, zh: 平方根}, {en: ε inside, zh: ε在根号内}]
    explanation: {en: The standard deviation., zh: 标准差。}
    sources: [Ioffe and Szegedy 2015]
    options:
      - {text: {en: the deviation, zh: 标准差}, because: {en: BN divides by it., zh: BN除以它。}, correct: true}
      - {text: {en: the variance, zh: 方差}, because: {en: No root., zh: 没有根号。}, misconception: forgets_the_root}
      - {text: {en: nothing, zh: 不除}, because: {en: Nothing is scaled., zh: 没有缩放。}}
"""
NUMBER = """
  - id: folding/bias
    kind: number
    claim: conv_bn_fusion.fused_bias
    difficulty: 3
    prompt: {en: "b = {b}, γ = {gamma}. The bias?", zh: "b = {b}，γ = {gamma}。偏置是多少？"}
    points: [{en: scale, zh: 缩放}, {en: shift, zh: 平移}]
    explanation: {en: One formula., zh: 一个公式。}
    sources: [Ioffe and Szegedy 2015]
"""
CODE = """
  - id: folding/write
    kind: code
    claim: conv_bn_fusion.parity
    difficulty: 4
    prompt: {en: Write `fuse`., zh: 写出 `fuse`。}
    points: [{en: scales, zh: 缩放}, {en: shifts, zh: 平移}]
    explanation: {en: Both., zh: 两者都要。}
    sources: [Ioffe and Szegedy 2015]
    entry: fuse
    starter: |
      def fuse(conv, bn):
          return conv
"""
KINDS = {"recall": RECALL, "choice": CHOICE, "number": NUMBER, "code": CODE}
REF = ClaimRef("conv_bn_fusion", "parity")
ERROR = Say("error", "误差")


class Told:
    """A run that says what it was given; with ``held`` it waits before its last word until cancelled."""

    def __init__(self, tells: Sequence[object], *, held: bool = False) -> None:
        self.tells, self.cancelled, self.asked = tells, threading.Event(), 0
        self._held = held

    def cancel(self) -> None:
        self.cancelled.set()

    def __iter__(self) -> Iterator[object]:
        yield from self.tells[:-1]
        if self._held:
            self.cancelled.wait()
        yield self.tells[-1]


def outcome(case: str, value: float, bound: float = 1e-3) -> Outcome:
    item = Measure(ERROR, value, "<=", bound)
    return Outcome(case, item.accepted, (item, Note(Say("a note", "一条说明"))))


def record(name: str, role: Role, value: float) -> SubjectRecord:
    return SubjectRecord(name, role, Say(f"{name} says", f"{name} 说"), (outcome("case one", value),))


def proof(verdict: Verdict = Verdict.PROVED) -> Proof:
    subjects = (record("fuse", Role.ANSWER, 1e-6), record("forgets_the_root", Role.MISCONCEPTION, 0.5))
    return Proof("conv_bn_fusion.parity", Say("holds", "成立"), verdict, 7, "cpu", 0.2, subjects, digest="0" * 64)


class Runs:
    """Stands in for the functions of ``quizapp.service.proving``; ``calls`` is what was asked of them.

    ``warmed`` is what workers were to be started ahead for: whether for a learner's code too.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.warmed: list[bool] = []
        wrong, right = record("forgets_the_root", Role.MISCONCEPTION, 0.5), record("fuse", Role.ANSWER, 1e-6)
        self.proof = Told([Seen(REF, "fuse_conv_bn", Role.ANSWER, outcome("case one", 1e-6)), proof()])
        self.belief = Told([Judged(REF, Word.REJECTED, 7, subject=wrong)])
        self.answer = Told([Judged(REF, Word.ACCEPTED, 7, subject=right)])
        failing = record("attempt", Role.ATTEMPT, 0.25)
        self.attempt = Told([Judged(REF, Word.REJECTED, 7, subject=failing)])
        tempted = Tempted("forgets_b", 0.25, Say("forgets b", "忘了b"))
        self.question = Told([Question(REF, 7, {"b": 1.5, "gamma": 2.0}, 0.5, 0.5, 0.02, (tempted,))])

    def prove(self, _: Library, claims: Sequence[Any], seeds: Sequence[int]) -> Told:
        self.calls.append(("prove", (str(claims[0].ref), seeds[0])))
        return self.proof

    def believe(self, _: Library, ref: ClaimRef, misconception: str | None, seed: int) -> Told:
        self.calls.append(("believe", misconception))
        return self.belief if misconception else self.answer

    def solve(self, _: Library, card: Any, source: str, seed: int) -> Told:
        self.calls.append(("solve", source))
        return self.attempt

    def warm(self, _: Library, *, bench: bool = False) -> None:
        self.warmed.append(bench)

    def draw(self, _: Library, card: Any, seed: int) -> Told:
        self.calls.append(("draw", seed))
        return self.question


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs without a process."""
    fake = Runs()
    for name in ("prove", "believe", "solve", "draw"):
        monkeypatch.setattr(proving, name, getattr(fake, name))
    monkeypatch.setattr(warming, "warm", fake.warm)
    return fake


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    """A sitting over some of the four cards."""
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))

    def make(*kinds: str, prompt: str = "") -> Study:
        questions, verifiers = tmp_path / "questions", tmp_path / "verifiers"
        for folder in (questions, verifiers):
            folder.mkdir(exist_ok=True)
        shutil.copy(VERIFIERS / "conv_bn_fusion.py", verifiers)
        head = "title: {en: Folding BatchNorm, zh: 融合BN}\nverifiers: [conv_bn_fusion]\ncards:"
        body = "".join(KINDS[kind] for kind in kinds or KINDS)
        text = body.replace("What is the weight divided by?", prompt) if prompt else body
        (questions / "01-folding.yaml").write_text(head + text, encoding="utf-8")
        return Study(Library(questions, verifiers), tmp_path / "x.db", clock=Clock("UTC"))

    return make


class Desk:
    """The screen as a learner meets it: keys in, text out."""

    def __init__(self, app: QuizApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> StudyScreen:
        return self.app._study

    @property
    def life(self) -> Life:
        assert self.screen._life is not None
        return self.screen._life

    @property
    def card(self) -> str:
        return self.life.card.id

    @property
    def lines(self) -> list[str]:
        return ["".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what a thread brings; the suite's timeout is the limit."""
        while not condition():
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text)


@pytest.fixture
def desk() -> Callable[..., AbstractAsyncContextManager[Desk]]:
    """Sit down at a study."""

    @asynccontextmanager
    async def sit(
        study: Study, size: tuple[int, int] = (160, 50), lang: Lang = Lang.EN, *, dark: bool = True
    ) -> AsyncIterator[Desk]:
        app = QuizApp(study, study.turn(), lang=lang, dark=dark)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Desk(app, pilot)

    return sit
