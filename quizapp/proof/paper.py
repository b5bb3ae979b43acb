"""A proof as lines of text, for a person at a terminal. Standard library only.

Whatever a verifier said is cleaned before it is laid out, or lines would break where they should not; that nothing
else reaches the terminal is ``painted``'s to see to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quizapp.proof.evidence import Finding, Match, Measure, Span
from quizapp.proof.exhibit import exhibit_lines
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.proof.width import cells, number, wrap
from quizapp.sanitise import Run, line, painted

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

Line = tuple[Run, ...]


@dataclass(frozen=True)
class Paper:
    """How to write: the language, colours or not, and the width in cells."""

    lang: str = "en"
    colour: bool = False
    width: int = 80

    def lines(self, proof: Proof) -> Iterator[str]:
        """The whole proof, line by line."""
        return (painted(runs, colour=self.colour) for runs in self.runs(proof))

    def runs(self, proof: Proof) -> Iterator[Line]:
        """The same lines before they are painted."""
        facts = f"seed {proof.seed} · {line(proof.device)} · {proof.seconds:.2f} s"
        yield from self._spread("bold", line(proof.claim), facts)
        yield from self._wrapped(self._said(proof.statement))
        yield ()
        for subject in proof.subjects:
            yield from self._subject(subject)
        for exhibit in (exhibit for subject in proof.subjects[:1] for exhibit in subject.exhibits):
            yield ()
            yield from ((Run(f"    {text}"),) for text in exhibit_lines(exhibit, self.lang, self.width - 4))
        if proof.subjects:
            yield ()
        yield from self._verdict(proof)

    def _subject(self, subject: SubjectRecord) -> Iterator[Line]:
        right = subject.role is not Role.MISCONCEPTION
        good = subject.accepted is right
        word = _word(subject.accepted)
        head = f"{'✓' if subject.accepted else '✗' if subject.accepted is False else '?'} {line(subject.name)}"
        count = len(subject.outcomes)
        cases = _WORDS["case" if count == 1 else "cases"].to(self.lang).format(n=count)
        tail = f"{_WORDS[word].to(self.lang)} · {cases}"
        yield from self._spread("green" if good else "yellow" if subject.accepted is None else "red", head, tail)
        if not right:
            yield from self._wrapped(self._said(subject.says), indent=4)
        yield from ((Run("    "), Run(text, "dim")) for text in self._closest(subject))

    def _closest(self, subject: SubjectRecord) -> Iterator[str]:
        if (closest := subject.closest) is None:
            crash = next((outcome for outcome in subject.outcomes if outcome.raised), None)
            yield from () if crash is None else wrap(self._raised(crash), self.width - 4)
            return
        outcome, finding = closest
        bar = margin_bar(finding.margin)
        text = f"{figure(finding, self.lang)}  [{line(outcome.label(self.lang))}]"
        room = self.width - 4 - 2 * BAR - 3
        first, *rest = wrap(text, room) or [""]
        yield f"{bar}  {first}"
        yield from (" " * (2 * BAR + 3) + text for text in rest)

    def _raised(self, outcome: Outcome) -> str:
        raised = line(outcome.raised or "")
        return _WORDS["raised"].to(self.lang).format(case=line(outcome.label(self.lang)), raised=raised)

    def _verdict(self, proof: Proof) -> Iterator[Line]:
        word, said = verdict_word(proof.verdict, self.lang), self._said(proof.reason or _all_as_it_should_be(proof))
        first, *rest = wrap(f"{word}  {said}", self.width)
        yield Run(word, "green" if proof.verdict is Verdict.PROVED else "red"), Run(first[len(word) :])
        yield from ((Run(text),) for text in rest)

    def _said(self, say: Say) -> str:
        return line(say.to(self.lang))

    def _wrapped(self, text: str, indent: int = 0) -> Iterator[Line]:
        return ((Run(" " * indent + part),) for part in wrap(text, self.width - indent))

    def _spread(self, style: str, left: str, right: str) -> Iterator[Line]:
        """Both ends of one line where it has room for them, else one below the other."""
        gap = self.width - cells(left) - cells(right)
        if gap >= 2:
            yield Run(left, style), Run(" " * gap), Run(right, "dim")
            return
        yield from ((Run(part, style),) for part in wrap(left, self.width))
        yield from ((Run(part, "dim"),) for part in wrap(right, self.width))


def _all_as_it_should_be(proof: Proof) -> Say:
    wrong = sum(subject.role is Role.MISCONCEPTION for subject in proof.subjects)
    are = {1: "the misconception is", 2: "both misconceptions are"}.get(wrong, f"all {wrong} misconceptions are")
    return Say(f"the answer is accepted and {are} rejected", f"标准答案被接受，{wrong} 个误解全部被拒绝")


def verdict_word(verdict: Verdict, lang: str) -> str:
    """The verdict in the reader's language."""
    return _VERDICTS[verdict].to(lang)


def figure(finding: Finding, lang: str) -> str:
    """A finding in one clean line: what was measured, its value, its bound and how far apart they lie."""
    label = line(finding.say.to(lang))
    if isinstance(finding, Match):
        return f"{label} {_match(finding, lang)}"
    against = f"{_sign(finding)} {number(finding.bound)}"
    if isinstance(finding, Span):
        return f"{label} {finding.middle:.3f} ({finding.low:.3f}–{finding.high:.3f}) {against}"
    return f"{label} {number(finding.value)} {against}{_times(finding, lang)}"


def _match(finding: Match, lang: str) -> str:
    got, want = line(finding.got), line(finding.want)
    if got == want and not finding.accepted:  # they differ in what cannot be seen, which is the point
        got, want = ascii(finding.got), ascii(finding.want)
    return got if finding.accepted else got + Say(f", wanted {want}", f"，应为 {want}").to(lang)


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
