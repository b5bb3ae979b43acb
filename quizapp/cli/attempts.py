"""A judged attempt, for a person and for a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from quizapp.proof.paper import figure
from quizapp.proof.record import Outcome
from quizapp.proof.say import Say
from quizapp.sanitise import line
from quizapp.service.proving import Judged, Word

WORDS = {
    Word.ACCEPTED: Say("Accepted on every case.", "所有情形均通过。"),
    Word.REJECTED: Say("Rejected.", "未通过。"),
    Word.UNDECIDED: Say(
        "Undecided: the noise of this run is larger than the difference.", "无法判定：测量噪声大于差异。"
    ),
    Word.RAISED: Say("Your code raised an exception.", "你的代码抛出了异常。"),
    Word.EXITED: Say("Your code ended the process before it was judged.", "你的代码在判定之前结束了进程。"),
    Word.TIMEOUT: Say("Your code ran out of time.", "你的代码超时了。"),
    Word.FLOODED: Say("Your code printed too much.", "你的代码输出过多。"),
    Word.UNPARSABLE: Say("Your file is not valid Python.", "你的文件不是合法的 Python。"),
    Word.MISSING: Say("Your file lacks the function that is judged.", "你的文件缺少要判定的函数。"),
    Word.SKIPPED: Say("This machine cannot judge it.", "这台机器无法判定。"),
    Word.BROKEN: Say("The verifier failed; this is our fault, not yours.", "验证脚本出错；这不是你的问题。"),
    Word.CANCELLED: Say("Cancelled.", "已取消。"),
    Word.REFUSED: Say("Not run: nobody has trusted this deck.", "没有运行：这个牌组未获信任。"),
}


def as_json(card: str, judged: Judged) -> dict[str, Any]:
    """The verdict as JSON data, with the first case that shows it."""
    failing = failing_case(judged)
    return {
        "card": card,
        "claim": str(judged.claim),
        "word": judged.word.value,
        "accepted": judged.word is Word.ACCEPTED,
        "seed": judged.seed,
        "detail": judged.detail or None,
        "line": judged.line or (failing.line if failing else None),
        "case": failing.case if failing else None,
        "cases": [outcome.to_json() for outcome in judged.subject.outcomes] if judged.subject else [],
    }


def report(card: str, judged: Judged, lang: str) -> Iterator[str]:
    """The verdict for a person, line by line: the word, then every case with what was measured."""
    yield f"{card}: {WORDS[judged.word].to(lang)}"
    if judged.detail:
        yield f"  {line(judged.detail)}{_at(judged.line, lang)}"
    if judged.subject:
        yield from (f"  {_case(outcome, lang)}" for outcome in judged.subject.outcomes)


def failing_case(judged: Judged) -> Outcome | None:
    """The first case that the attempt is not accepted on."""
    outcomes = judged.subject.outcomes if judged.subject else ()
    return next((outcome for outcome in outcomes if not outcome.accepted), None)


def _case(outcome: Outcome, lang: str) -> str:
    mark = "✓" if outcome.accepted else "?" if outcome.accepted is None else "✗"
    if outcome.raised:
        return f"{mark} {line(outcome.label(lang))}: {line(outcome.raised)}{_at(outcome.line, lang)}"
    findings = [figure(item, lang) for item in outcome.findings]
    shown = findings if not outcome.accepted else findings[:1]
    return f"{mark} {line(outcome.label(lang))}: {'; '.join(shown)}"


def _at(number: int | None, lang: str) -> str:
    return "" if number is None else Say(f" (line {number})", f"（第 {number} 行）").to(lang)
