"""Rules about the text of cards: both languages, the markdown subset, code that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from unicodedata import category, east_asian_width

from quizapp.deck.claims import ClaimInfo
from quizapp.deck.problem import Problem
from quizapp.deck.prompt import placeholders
from quizapp.deck.rules import CardAt, Content, rule
from quizapp.deck.yaml import Trail

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CODE_COLUMNS = 76
"""The widest code line that a terminal of 80 columns shows whole, inside the card's margins."""

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WIDE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_PROSE = re.compile(r"\b[a-z]{3,}\b")
_CONTROL = re.compile(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]")
_SPACED_STAR = re.compile(r"[A-Za-z0-9)\]]\*[A-Za-z0-9(\[]")
_TEX = re.compile(r"\\[A-Za-z]+|\$[^$\n]*[\\^_{][^$\n]*\$|\$\$")
_RAISED = re.compile(r"[\w)\]]\^[\d{]|[\w)\]]_\{")  # 2^L and x^(a − 1) have no better form
_UNSEEN = {"Mn": "a combining mark", "Me": "an enclosing mark", "Co": "a private character", "Cn": "no character"}
_ENTITY = re.compile(r"&(?:#\w+|[A-Za-z]\w*);")

_KNOWN = frozenset(
    {"paragraph", "fence", "bullet_list", "ordered_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}
    | {"inline", "text", "softbreak", "hardbreak", "code_inline", "em", "strong"}
)
_NAMES = {
    "heading": "a heading",
    "html_block": "HTML",
    "html_inline": "HTML",
    "link": "a link",
    "image": "an image",
    "blockquote": "a quotation",
    "hr": "a ruled line",
    "code_block": "an indented code block (use ``` fences)",
    "s": "struck-out text",
}


def words(card: CardAt) -> Iterator[tuple[Trail, dict[str, str]]]:
    """Every text of a card in both languages, with its trail."""
    return _words((), dict(card.data))


def _words(trail: Trail, data: Any) -> Iterator[tuple[Trail, dict[str, str]]]:
    if isinstance(data, dict) and data.keys() == {"en", "zh"}:
        yield trail, data
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _words((*trail, key), value)


def _texts(content: Content) -> Iterator[tuple[CardAt, Trail, str]]:
    for card in content.cards:
        for trail, both in words(card):
            for lang, text in both.items():
                yield card, (*trail, lang), text


@rule
def each_in_its_language(content: Content) -> Iterator[Problem]:
    """English holds no Chinese, and Chinese is not English left untranslated."""
    for source in content.sources:
        for lang, text in source.data["title"].items():
            if message := language_slip(text, lang):
                yield source.document.problem(("title", lang), message, "each-in-its-language")
    for card, trail, text in _texts(content):
        if message := language_slip(text, str(trail[-1])):
            yield card.problem("each-in-its-language", trail, message)


def language_slip(text: str, lang: str) -> str | None:
    """What is wrong with a text's language, or None. Names, numbers and `code` are the same in both."""
    if lang == "en":
        found = _WIDE.search(text)
        return f"the English text holds {found[0]!r}; write it in English" if found else None
    if _CHINESE.search(text) or not _PROSE.search(_CODE.sub("", text)):
        return None
    return "the Chinese text holds no Chinese; translate it, or put code between backticks"


@rule
def claims_in_both_languages(content: Content) -> Iterator[Problem]:
    """The statements of claims and misconceptions keep the same law as cards."""
    for claim in content.index.claims:
        for said in (claim.statement, *claim.misconceptions.values()):
            for lang in ("en", "zh"):
                if message := language_slip(said[lang], lang):
                    text = f"{message}: {said[lang][:40]!r}"
                    yield Problem(claim.path, claim.line, 1, text, "claims-in-both-languages")


@rule
def placeholders_agree(content: Content) -> Iterator[Problem]:
    """Both languages of a number card ask with the same givens."""
    for card in content.cards:
        prompt = card.data["prompt"]
        odd = placeholders(prompt["en"]) ^ placeholders(prompt["zh"])
        if card.data["kind"] == "number" and odd:
            names = ", ".join(f"{{{name}}}" for name in sorted(odd))
            yield card.problem("placeholders-agree", ("prompt",), f"{names} stands in one language only")


@rule
def plain_characters(content: Content) -> Iterator[Problem]:
    """No escape or control character, not even by a YAML escape."""
    for card, trail, text in _texts(content):
        if found := _CONTROL.search(text):
            message = f"the control character U+{ord(found[0]):04X} is not allowed; remove it"
            yield card.problem("plain-characters", trail, message)


@rule
def markdown_known(content: Content) -> Iterator[Problem]:
    """Only the markdown that the screen draws, and no star that would be lost or left over."""
    for card, trail, text in _texts(content):
        for message in markdown_slips(text):
            yield card.problem("markdown-known", trail, message)


@rule
def formulas_plain(content: Content) -> Iterator[Problem]:
    """Formulas are plain Unicode: nothing that a terminal would show as source, overprint or leave out."""
    for card, trail, text in _texts(content):
        for message in formula_slips(text):
            yield card.problem("formulas-plain", trail, message)
    for claim in content.index.claims:
        for said in (claim.statement, *claim.misconceptions.values()):
            for message in (slip for text in (said.en, said.zh) for slip in formula_slips(text)):
                yield Problem(claim.path, claim.line, 1, f"{message}, in {said.en[:40]!r}", "formulas-plain")


def formula_slips(text: str) -> Iterator[str]:
    """What of a formula in ``text``, outside code, a terminal would not show as it is meant."""
    prose = _CODE.sub("", text)
    if tex := _TEX.search(prose):
        yield f"{tex[0]!r} would be shown as source; write the formula in plain Unicode, or put code between backticks"
    if raised := _RAISED.search(prose):
        yield f"{raised[0]!r} would be shown as it stands; write x², xᵢ or e⁻ˣ, or put code between backticks"
    for char in dict.fromkeys(prose):
        if (name := _UNSEEN.get(category(char))) or "\U0001d400" <= char <= "\U0001d7ff":
            what = name or "a letter that few terminal fonts have"
            yield f"U+{ord(char):04X} is {what} and would be drawn wrongly or not at all; write it another way"


@rule
def fences_close(content: Content) -> Iterator[Problem]:
    """A code block that begins also ends."""
    for card, trail, text in _texts(content):
        fences = [line for line in text.splitlines() if line.lstrip().startswith("```")]
        if len(fences) % 2:
            yield card.problem("fences-close", trail, "a code block is not closed; end it with ```")


@rule
def code_fits(content: Content) -> Iterator[Problem]:
    """Code is shown as it is written, so its lines must fit the narrowest common terminal."""
    for card, trail, text in _texts(content):
        for line in _long_lines(text):
            message = f"a code line is wider than {CODE_COLUMNS} columns; break it: {line.strip()[:30]}..."
            yield card.problem("code-fits", trail, message)


@rule
def source_fits(content: Content) -> Iterator[Problem]:
    """So are a code card's starter and, once revealed, the answer of its claim."""
    for card in content.cards:
        if card.data["kind"] == "code":
            yield from _wide_source(card, content.index.claim(card.claim))


def _wide_source(card: CardAt, claim: ClaimInfo | None) -> Iterator[Problem]:
    for line in _wide(card.data["starter"]):
        message = f"the starter is wider than {CODE_COLUMNS} columns; break it: {line.strip()[:30]}..."
        yield card.problem("source-fits", ("starter",), message)
    if claim is None or claim.answer is None:
        return
    for line in _wide(claim.answer):
        message = f"the answer shown for {card.data['id']} is wider than {CODE_COLUMNS} columns: {line.strip()[:30]}..."
        yield Problem(claim.path, claim.line, 1, message, "source-fits")


def _wide(source: str) -> list[str]:
    return [line for line in source.splitlines() if columns(line) > CODE_COLUMNS]


def markdown_slips(text: str) -> Iterator[str]:
    """What in ``text`` would not be drawn as its author meant."""
    tokens, definitions = _parse(text)
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name not in _KNOWN and not token.type.endswith("_close"):
            yield f"{_NAMES.get(name, name)} is outside the markdown that cards know"
        if token.type == "text" and "**" in token.content:
            yield "** is left over: bold text must not begin or end with a space or punctuation"
    if definitions:
        yield "a link definition is outside the markdown that cards know"
    if entity := _ENTITY.search(_CODE.sub("", text)):
        yield f"{entity[0]} would be shown as it stands; write the character itself"
    if star := _SPACED_STAR.search(_CODE.sub("", text)):
        yield f"{star[0]!r} would turn into emphasis; write × or put code between backticks"


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


@lru_cache(maxsize=1024)
def _parse(text: str) -> tuple[tuple[Token, ...], bool]:
    """All tokens, and whether there are link definitions, which leave no token. Kept for the next rule."""
    environment: dict[str, Any] = {}
    tokens = [inner for token in _parser().parse(text, environment) for inner in (token, *(token.children or ()))]
    return tuple(tokens), bool(environment.get("references"))


def _long_lines(text: str) -> Iterator[str]:
    for token in _parse(text)[0]:
        if token.type == "fence":
            yield from _wide(token.content)


def columns(line: str) -> int:
    """Terminal columns of a line: Chinese and other wide characters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)
