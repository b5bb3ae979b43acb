"""A proof as lines of text, for a person at a terminal. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quizapp.proof.evidence import Finding, Match, Measure, Span
from quizapp.proof.exhibit import exhibit_lines
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.proof.width import cells, number, wrap

BAR = 10  # cells on each side of the bound; one cell a power of ten
_WORDS = {
    "accepted": Say("accepted", "接受"),
    "rejected": Say("rejected", "拒绝"),
    "undecided": Say("undecided", "未定"),
    "answer": Say("the answer", "标准答案"),
    "cases": Say("{n} cases", "{n} 个情形"),
    "case": Say("1 case", "1 个情形"),
    "raised": Say("fails on {case}: {raised}", "在 {case} 上出错：{raised}"),
    "worst": Say("closest: ", "最接近界限："),
}
_VERDICTS = {
    Verdict.PROVED: Say("PROVED", "已证明"),
    Verdict.REFUTED: Say("REFUTED", "被推翻"),
    Verdict.UNDECIDED: Say("UNDECIDED", "无法判定"),
    Verdict.SKIPPED: Say("SKIPPED", "已跳过"),
    Verdict.TIMEOUT: Say("TIMED OUT", "超时"),
    Verdict.ERROR: Say("ERROR", "出错"),
}
_COLOURS = {"green": "32", "red": "31", "yellow": "33", "dim": "2", "bold": "1"}


@dataclass(frozen=True)
class Paper:
    """How to write: the language, colours or not, and the width in cells."""

    lang: str = "en"
    colour: bool = False
    width: int = 80

    def lines(self, proof: Proof) -> Iterator[str]:
        """The whole proof, line by line."""
        facts = f"seed {proof.seed} · {proof.device} · {proof.seconds:.2f} s"
        yield from self._spread("bold", proof.claim, facts)
        yield from wrap(proof.statement.to(self.lang), self.width)
        yield ""
        for subject in proof.subjects:
            yield from self._subject(subject)
        for exhibit in (exhibit for subject in proof.subjects[:1] for exhibit in subject.exhibits):
            yield ""
            yield from (f"    {line}" for line in exhibit_lines(exhibit, self.lang, self.width - 4))
        if proof.subjects:
            yield ""
        yield from self._verdict(proof)

    def _subject(self, subject: SubjectRecord) -> Iterator[str]:
        right = subject.role is not Role.MISCONCEPTION
        good = subject.accepted is right
        word = _word(subject.accepted)
        head = f"{'✓' if subject.accepted else '✗' if subject.accepted is False else '?'} {subject.name}"
        count = len(subject.outcomes)
        cases = _WORDS["case" if count == 1 else "cases"].to(self.lang).format(n=count)
        tail = f"{_WORDS[word].to(self.lang)} · {cases}"
        yield from self._spread("green" if good else "yellow" if subject.accepted is None else "red", head, tail)
        if not right:
            yield from (f"    {line}" for line in wrap(subject.says.to(self.lang), self.width - 4))
        yield from (f"    {self._paint('dim', line)}" for line in self._closest(subject))

    def _closest(self, subject: SubjectRecord) -> Iterator[str]:
        if (closest := subject.closest) is None:
            crash = next((outcome for outcome in subject.outcomes if outcome.raised), None)
            yield from () if crash is None else wrap(self._raised(crash), self.width - 4)
            return
        outcome, finding = closest
        bar = margin_bar(finding.margin)
        text = f"{figure(finding, self.lang)}  [{outcome.label(self.lang)}]"
        room = self.width - 4 - 2 * BAR - 3
        first, *rest = wrap(text, room) or [""]
        yield f"{bar}  {first}"
        yield from (" " * (2 * BAR + 3) + line for line in rest)

    def _raised(self, outcome: Outcome) -> str:
        return _WORDS["raised"].to(self.lang).format(case=outcome.label(self.lang), raised=outcome.raised)

    def _verdict(self, proof: Proof) -> Iterator[str]:
        word, said = verdict_word(proof.verdict, self.lang), (proof.reason or _all_as_it_should_be(proof)).to(self.lang)
        first, *rest = wrap(f"{word}  {said}", self.width)
        yield self._paint("green" if proof.verdict is Verdict.PROVED else "red", word) + first[len(word) :]
        yield from rest

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour else text

    def _spread(self, colour: str, left: str, right: str) -> Iterator[str]:
        """Both ends of one line where it has room for them, else one below the other."""
        gap = self.width - cells(left) - cells(right)
        if gap >= 2:
            yield f"{self._paint(colour, left)}{' ' * gap}{self._paint('dim', right)}"
            return
        yield from (self._paint(colour, line) for line in wrap(left, self.width))
        yield from (self._paint("dim", line) for line in wrap(right, self.width))


def _all_as_it_should_be(proof: Proof) -> Say:
    wrong = sum(subject.role is Role.MISCONCEPTION for subject in proof.subjects)
    are = {1: "the misconception is", 2: "both misconceptions are"}.get(wrong, f"all {wrong} misconceptions are")
    return Say(f"the answer is accepted and {are} rejected", f"标准答案被接受，{wrong} 个误解全部被拒绝")


def verdict_word(verdict: Verdict, lang: str) -> str:
    """The verdict in the reader's language."""
    return _VERDICTS[verdict].to(lang)


def figure(finding: Finding, lang: str) -> str:
    """A finding in one line: what was measured, its value, its bound and how far apart they lie."""
    label = finding.say.to(lang)
    if isinstance(finding, Match):
        wanted = Say(f", wanted {finding.want}", f"，应为 {finding.want}").to(lang)
        return f"{label} {finding.got}{'' if finding.accepted else wanted}"
    against = f"{_sign(finding)} {number(finding.bound)}"
    if isinstance(finding, Span):
        return f"{label} {finding.middle:.3f} ({finding.low:.3f}–{finding.high:.3f}) {against}"
    return f"{label} {number(finding.value)} {against}{_times(finding, lang)}"


def _sign(finding: Measure | Span) -> str:
    if finding.accepted is None:
        return "?"
    if finding.accepted:
        return "≤" if finding.relation == "<=" else "≥"
    return ">" if finding.relation == "<=" else "<"


def margin_bar(margin: float) -> str:
    """The margin as a bar: to the right of the bound is inside, to the left outside."""
    length = max(1, min(BAR, round(abs(margin))))
    inside, outside = (length, 0) if margin >= 0 else (0, length)
    return " " * (BAR - outside) + "█" * outside + "│" + "█" * inside + " " * (BAR - inside)


def _times(finding: Measure, lang: str) -> str:
    if abs(finding.margin) >= 15 or finding.value <= 0:
        return ""
    factor = _factor(10 ** abs(finding.margin))
    inside = finding.margin >= 0
    said = Say(f", {factor}× {'inside' if inside else 'outside'}", f"，{'在界内' if inside else '超出'} {factor} 倍")
    return said.to(lang)


def _word(answer: bool | None) -> str:
    return "undecided" if answer is None else "accepted" if answer else "rejected"


def _factor(times: float) -> str:
    if times < 10:
        return f"{times:.1f}"
    return f"{times:,.0f}" if times < 1e6 else f"{times:.0e}".replace("e+0", "e").replace("e+", "e")
