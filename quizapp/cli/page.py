"""A card on paper: what ``quizapp show`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from quizapp.model.card import Card, ChoiceCard, CodeCard, Option
from quizapp.sanitise import line
from quizapp.service.library import Library
from quizapp.text.markdown import highlight, render

HEADS = {
    "en": {
        "points": "Key points",
        "why": "Why",
        "sources": "Sources",
        "starter": "Starter",
        "solution": "Our answer",
        "myth": "Often said, and false",
    },
    "zh": {
        "points": "要点",
        "why": "为什么",
        "sources": "出处",
        "starter": "起始代码",
        "solution": "参考答案",
        "myth": "常见的错误说法",
    },
}


def page(library: Library, card: Card, lang: str, *, only_question: bool) -> Group:
    """The card as one renderable."""
    heads = HEADS[lang]
    claim = library.claim(card.claim)
    parts: list[RenderableType] = [Text(f"{card.id} · {card.kind} · {card.claim}", style="dim"), Text()]
    parts += [render(card.prompt[lang], dark=True)]
    parts += _extras(card, lang, heads, answered=not only_question)
    if not only_question:
        parts += [*_head(heads["points"]), *(_point(point[lang]) for point in card.points)]
        parts += [*_head(heads["why"]), render(card.explanation[lang], dark=True)]
        if isinstance(card, CodeCard) and claim.answer:
            parts += [*_head(heads["solution"]), highlight(claim.answer, dark=True)]
        if card.myth is not None:
            parts += [*_head(heads["myth"]), render(card.myth.says[lang], dark=True)]
        parts += [*_head(heads["sources"]), *(_hung("·", Text(line(source))) for source in card.sources)]
    return Group(*parts)


def _extras(card: Card, lang: str, heads: dict[str, str], *, answered: bool) -> Iterator[RenderableType]:
    if isinstance(card, CodeCard):
        yield from _head(heads["starter"])
        yield highlight(card.starter, dark=True)
    if isinstance(card, ChoiceCard):
        yield Text()
        for letter, option in zip(ascii_lowercase, card.options, strict=False):
            yield _option(letter, option, lang, answered=answered)


def _option(letter: str, option: Option, lang: str, *, answered: bool) -> RenderableType:
    mark = ("✓" if option.correct else "✗") if answered else " "
    texts = [render(option.text[lang], dark=True)]
    if answered:
        texts.append(Padding(render(option.because[lang], dark=True), (0, 0, 1, 0), style="dim"))
    return _hung(f"{mark} {letter}", Group(*texts))


def _hung(mark: str, body: RenderableType) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(mark), body)
    return grid


def _head(title: str) -> tuple[RenderableType, ...]:
    return Text(), Rule(title, align="left", style="dim"), Text()


def _point(text: str) -> RenderableType:
    return Padding(render(f"- {text}", dark=True), (0, 0, 0, 0))
