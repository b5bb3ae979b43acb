"""The number card: entry, bet, and truth beside guess."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from quizapp.service.proving import Judged, Question
from quizapp.tui import words
from quizapp.tui.draw.card import columns
from quizapp.tui.draw.lines import BLANK, prose
from quizapp.tui.look import Look
from quizapp.tui.speak import figures, percent
from quizapp.tui.state import CONFIDENCES, Life, Phase


def asked(life: Life, look: Look, question: Question | Judged | None, unit: str) -> RenderableType:
    """What stands below the prompt: waiting for the numbers, the bet, or the truth."""
    if question is None:
        return Text(f"⋯ {look.say(words.DRAWING)}", style=look.muted)
    if isinstance(question, Judged):
        if question.says is not None:
            return prose(look.say(question.says), look.unsure)
        why = question.detail or look.say(words.JUDGED_MEANS[question.word])
        return prose(look.say(words.NO_QUESTION, why=why), look.unsure)
    if life.phase is Phase.BETTING:
        return _bet(life, look, unit)
    return _truth(life, look, question, unit) if life.revealed else Text("")


def _bet(life: Life, look: Look, unit: str) -> RenderableType:
    assert life.value is not None
    row = Text()
    for confidence in CONFIDENCES:
        chosen = confidence == life.confidence
        row.append(f" {100 * confidence:.0f} % ", look.chip(look.palette.accent) if chosen else look.muted)
        row.append(" ")
    given = Text.assemble((figures(life.value), look.strong), (f" {unit}", look.muted))
    return Group(
        given,
        BLANK,
        Text(look.say(words.HOW_SURE), style=look.text),
        Text("← ", look.faint) + row + Text("→", look.faint),
    )


def _truth(life: Life, look: Look, question: Question, unit: str) -> RenderableType:
    return Group(columns(list(_numbers(life, look, question, unit))), *_tempted(life, look, question))


def _numbers(life: Life, look: Look, question: Question, unit: str) -> Iterator[tuple[Text, RenderableType]]:
    label = look.muted
    truth = _quantity(question.formula, unit, look.good, look)
    if figures(question.formula) != figures(question.truth):  # the truth is a measurement, near the formula
        truth.append(f"  {look.say(words.MEASURED, value=figures(question.truth))}", look.muted)
    yield Text(look.say(words.TRUTH), style=label), truth
    if life.value is None:
        yield Text(look.say(words.YOUR_NUMBER), style=label), Text(look.say(words.NO_ANSWER), style=look.muted)
        return
    style = look.good if life.right else look.bad
    mine = _quantity(life.value, unit, style, look)
    mine.append(f"  {'✓' if life.right else '✗'} {look.say(words.RIGHT if life.right else words.WRONG)}", style)
    yield Text(look.say(words.YOUR_NUMBER), style=label), mine
    yield Text(look.say(words.OFF_BY), style=label), Text(_error(life, look, question), style=look.text)
    if life.confidence is not None:
        sure = look.say(words.SURE, percent=f"{100 * life.confidence:.0f}")
        yield Text(look.say(words.PREDICT), style=label), Text(sure, style=look.text)


def _quantity(value: float, unit: str, style: object, look: Look) -> Text:
    return Text.assemble((figures(value), look.strong + style), (f" {unit}" if unit else "", look.muted))  # type: ignore[operator]


def _error(life: Life, look: Look, question: Question) -> str:
    assert life.value is not None
    off = abs(life.value - question.truth)
    if off == 0:
        return look.say(words.EXACT)
    if question.tolerance == 0 or question.truth == 0:
        return f"{figures(off)}  ({look.say(words.EXACT_WANTED)})"
    bound = look.say(words.WITHIN if life.right else words.BEYOND, tolerance=percent(question.tolerance))
    return f"{percent(off / abs(question.truth))}  ({bound})"


def _tempted(life: Life, look: Look, question: Question) -> Iterator[RenderableType]:
    """The belief behind a wrong number; else what the beliefs would have said."""
    found = None if life.value is None else question.temptation(life.value)
    yield BLANK
    if found is not None:
        yield prose(look.say(words.TEMPTED), look.muted)
        yield prose(f"“{look.say(found.says)}”", look.bad)
        return
    yield Text(look.say(words.OTHER_BELIEFS), style=look.muted)
    rows = [
        (Text(figures(wrong.value), style=look.muted), prose(look.say(wrong.says), look.muted))
        for wrong in question.tempting
    ]
    yield columns(rows)  # type: ignore[arg-type]  # a list of pairs is one


def placeholder(look: Look) -> str:
    """What the empty entry says."""
    return look.say(words.NUMBER_HOW)
