"""The deck as a whole: how much of it there is, and that every card can be read at 80 columns in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType

from quizapp.deck.lint import lint
from quizapp.model.card import Card, ChoiceCard, CodeCard, Kind
from quizapp.model.words import Lang, Words
from quizapp.service.library import Library
from quizapp.tui.draw import card as draw
from quizapp.tui.look import Look
from quizapp.tui.state import Life, Phase

LIBRARY = Library.shipped()
TOPICS = LIBRARY.deck.topics
CARDS = LIBRARY.deck.cards
ROOM = 76
"""Cells between the margins of a card on a screen of 80."""

each_card = pytest.mark.parametrize("card", [pytest.param(card, id=card.id) for card in CARDS])
each_language = pytest.mark.parametrize("lang", list(Lang))


def test_the_deck_has_no_problem_and_nothing_left_to_write() -> None:
    assert [str(problem) for problem in lint(LIBRARY.questions, LIBRARY.verifiers)] == []


def test_thirty_topics_are_numbered_from_one() -> None:
    assert [topic.number for topic in TOPICS] == list(range(1, 31))


def test_every_topic_has_five_cards_of_three_kinds() -> None:
    few = {topic.slug: Counter(card.kind.value for card in topic.cards) for topic in TOPICS}
    assert {slug: kinds for slug, kinds in few.items() if kinds.total() < 5 or len(kinds) < 3} == {}


def test_there_are_enough_cards_of_the_kinds_that_are_hard_to_write() -> None:
    kinds = Counter(card.kind for card in CARDS)
    assert kinds.total() >= 170
    assert kinds[Kind.CODE] >= 30
    assert kinds[Kind.NUMBER] >= 40


def test_every_card_has_hints_and_every_topic_refutes_a_myth() -> None:
    assert [card.id for card in CARDS if not card.hints] == []
    assert {topic.slug for topic in TOPICS} == {card.topic for card in CARDS if card.myth}


def test_a_wrong_option_is_run_wherever_its_card_has_one_that_can() -> None:
    """A choice whose wrong options are only explained would prove nothing about them."""
    choices = [card for card in CARDS if isinstance(card, ChoiceCard)]
    ran = {card.id: sum(hasattr(option.stands, "misconception") for option in card.options) for card in choices}
    assert [name for name, count in ran.items() if count == 0] == []


def parts(card: Card, look: Look) -> Iterator[RenderableType]:
    """Everything that a card shows from first to last."""
    asked = replace(Life.begin(card), hints=len(card.hints))
    told = replace(asked, phase=Phase.REVEALED)
    claim = LIBRARY.claim(card.claim)
    yield from (draw.prompt(asked, look, {}), draw.hints(asked, look))
    yield from draw.options(asked, look, claim)
    yield from draw.options(told, look, claim)
    yield from [draw.code(asked, look)] if isinstance(card, CodeCard) else []
    yield draw.points_head(told, look)
    yield from draw.points(told, look)
    yield draw.after(told, look, claim)


@cache
def drawn(card: Card, lang: Lang) -> tuple[str, ...]:
    console = Console(width=ROOM, color_system=None, legacy_windows=False)
    rows = console.render_lines(Group(*parts(card, Look.of(lang, dark=True))), pad=False)
    return tuple("".join(segment.text for segment in row).rstrip() for row in rows)


def texts(card: Card) -> Iterator[Words]:
    """What an author wrote, but for the prompt's code."""
    yield from (card.prompt, *card.points, *card.hints, card.explanation)
    yield from [card.myth.says] if card.myth else []
    for option in card.options if isinstance(card, ChoiceCard) else ():
        yield from (option.text, option.because)


def squeezed(text: str) -> str:
    """Without spaces, the marks of markdown, and the bar beside a hint."""
    return re.sub(r"[\s*`\\▎]+", "", text)


def plain(line: str) -> str:
    """A line of card text as it should be found on the screen, squeezed."""
    return squeezed(re.sub(r"^\s*(?:[-+*]|\d+[.)])\s+", "", line))


@each_language
@each_card
def test_no_line_is_wider_than_the_card(card: Card, lang: Lang) -> None:
    assert [line for line in drawn(card, lang) if cell_len(line) > ROOM] == []


@each_language
@each_card
def test_nothing_that_was_written_is_lost(card: Card, lang: Lang) -> None:
    shown = squeezed("".join(drawn(card, lang)))
    lines = [line for text in texts(card) for line in _prose(text[lang])]
    assert [line for line in lines if plain(line) not in shown] == []


def _prose(text: str) -> list[str]:
    """The lines outside code blocks and tables, whose cells are laid out anew."""
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [line for line in outside.splitlines() if line.strip() and "|" not in line]


@each_language
@each_card
def test_no_line_of_code_is_broken(card: Card, lang: Lang) -> None:
    shown = drawn(card, lang)
    assert [line for line in code(card, lang) if not any(each.endswith(line.strip()) for each in shown)] == []


@each_language
@each_card
def test_no_mark_of_markdown_is_left_outside_code(card: Card, lang: Lang) -> None:
    written = [line.strip() for line in code(card, lang)]
    left = [line for line in drawn(card, lang) if "`" in line or "**" in line]
    assert [line for line in left if not any(line.endswith(each) for each in written)] == []


def code(card: Card, lang: Lang) -> list[str]:
    """The lines of code that a card shows."""
    fenced = [block for text in texts(card) for block in re.findall(r"```\w*\n(.*?)```", text[lang], re.DOTALL)]
    answer = LIBRARY.claim(card.claim).answer if isinstance(card, CodeCard) else None
    sources = [*fenced, *([card.starter, answer or ""] if isinstance(card, CodeCard) else [])]
    return [line.rstrip() for source in sources for line in source.splitlines() if line.strip()]


@each_card
def test_what_a_card_asserts_is_in_the_table_with_its_claim(card: Card) -> None:
    table = (Path(__file__).parents[2] / "docs" / "content-review.md").read_text(encoding="utf-8")
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{card.id}` |")]
    assert f"`{card.claim}`" in row
