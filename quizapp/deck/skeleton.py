"""Skeletons that a deck's author fills in: each is valid as it stands, and says where something is still to write.

Only text is made here; ``quizapp.service.authoring`` writes it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from string import Template

from quizapp.deck.claims import ClaimInfo
from quizapp.deck.problem import Problem
from quizapp.deck.rules import CardAt, Content, rule
from quizapp.deck.rules_text import words
from quizapp.deck.yaml import Trail
from quizapp.model.card import ClaimRef, Kind
from quizapp.model.words import Words

TO_WRITE = ("TODO", "待写")
"""What stands where an author has to write something, in each language."""

TEMPTING = 3
"""Wrong options that a choice begins with."""


def verifier(claim: str, *, numeric: bool) -> str:
    """A script with one claim that is proved as it stands."""
    return _filled("number.py" if numeric else "verifier.py", claim=claim)


def topic(script: str, card: str) -> str:
    """A topic file with one card, whose text is given."""
    return _filled("topic.yaml", verifier=script, card=card.rstrip("\n"))


def card(card_id: str, kind: Kind, ref: ClaimRef, claim: ClaimInfo | None) -> str:
    """A card as an item of ``cards``, with what its claim already knows: options, givens, the name to write."""
    givens = _parameters(claim) if kind is Kind.NUMBER else ()
    shown = ", ".join(f"{{{name}}}" for name in givens)
    return _filled(
        "card.yaml",
        id=card_id,
        kind=kind.value,
        claim=str(ref),
        asks_en=f", with {shown}" if shown else "",
        asks_zh=f"，用到 {shown}" if shown else "",
        answer="".join(f"    {line}\n" for line in _own_fields(kind, claim)),
    )


def listed(text: str, script: str) -> str:
    """The topic file ``text`` with ``script`` among its verifiers. Raises ``ValueError`` where it finds no list."""
    if found := re.search(r"^verifiers: *\[([^\]\n]*)\]", text, re.MULTILINE):
        return text[: found.end() - 1] + f", {script}" + text[found.end() - 1 :]
    if found := re.search(r"^verifiers: *\n(?P<items>(?: *- .*\n)+)", text, re.MULTILINE):
        indent = found["items"].partition("-")[0]
        return text[: found.end()] + f"{indent}- {script}\n" + text[found.end() :]
    raise ValueError("its verifiers are not written as a list on one line or one a line")


def appended(text: str, card: str) -> str:
    """The topic file ``text`` with a card at its end. Raises ``ValueError`` where its cards do not come last."""
    keys = re.findall(r"^(\w+):", text, re.MULTILINE)
    if not keys or keys[-1] != "cards":
        raise ValueError("cards must be its last field")
    first = re.search(r"^( *)- id:", text[text.index("\ncards:") :], re.MULTILINE)
    shift = len(first[1]) - 2 if first else 0
    return text.rstrip("\n") + "\n\n" + _shifted(card, shift)


@rule
def nothing_to_write(content: Content) -> Iterator[Problem]:
    """Whatever a skeleton left to write; a warning, for a deck may be read while it is written."""
    for each in content.cards:
        if (trail := next(_unwritten(each), None)) is not None:
            place = each.source.document.mark((*each.trail, *trail))
            message = f"{each.data['id']} is not written yet: a text begins with {TO_WRITE[0]}"
            yield Problem(each.source.file.path, place.line, place.column, message, "nothing-to-write", warning=True)
    for claim in content.index.claims:
        if any(said.en.startswith(TO_WRITE) for said in (claim.statement, *claim.misconceptions.values())):
            message = f"{claim.ref} is not written yet: what it says begins with {TO_WRITE[0]}"
            yield Problem(claim.path, claim.line, 1, message, "nothing-to-write", warning=True)


def _unwritten(card: CardAt) -> Iterator[Trail]:
    """Where the texts and sources are that still have to be written."""
    yield from (trail for trail, both in words(card) if any(text.startswith(TO_WRITE) for text in both.values()))
    yield from (("sources", at) for at, text in enumerate(card.data["sources"]) if text.startswith(TO_WRITE))


def _filled(name: str, **values: str) -> str:
    text = files("quizapp.deck").joinpath("skeletons", f"{name}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(values)


def _own_fields(kind: Kind, claim: ClaimInfo | None) -> Iterator[str]:
    """The lines of what only this kind has."""
    if kind is Kind.CHOICE:
        yield "options:"
        yield from _option(Words("TODO: the right answer", "待写：正确答案"), "correct: true")
        wrong = list(claim.misconceptions.items())[:TEMPTING] if claim else []
        for name, says in wrong:
            yield from _option(Words(_to_write(says.en), _to_write(says.zh, "待写：")), f"misconception: {name}")
        for _ in range(2 - len(wrong)):  # three options are the least
            yield from _option(Words("TODO: a wrong answer", "待写：错误答案"), None)
    if kind is Kind.CODE:
        name, signature = _signature(claim)
        yield f"entry: {name}"
        yield "starter: |"
        yield from (f"  {line}" for line in signature)


def _to_write(text: str, mark: str = "TODO: ") -> str:
    return text if text.startswith(TO_WRITE) else mark + text


def _option(text: Words, stands: str | None) -> Iterator[str]:
    yield from ("  - text:", "      en: >-", f"        {text.en}", "      zh: >-", f"        {text.zh}")
    yield from ("    because:", '      en: "TODO: why"', "      zh: 待写：理由")
    if stands:
        yield f"    {stands}"


def _signature(claim: ClaimInfo | None) -> tuple[str, list[str]]:
    """The name that a learner has to define, and a definition without its body."""
    found = _definition(claim)
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        head = f"def {found.name}({ast.unparse(found.args)}):"
        return found.name, [head, "    raise NotImplementedError"]
    name = found.name if found else "solve"
    return name, [f"class {name}:", "    pass"] if found else ["def solve():", "    raise NotImplementedError"]


def _parameters(claim: ClaimInfo | None) -> tuple[str, ...]:
    found = _definition(claim)
    if not isinstance(found, ast.FunctionDef):
        return ()
    return tuple(each.arg for each in (*found.args.posonlyargs, *found.args.args, *found.args.kwonlyargs))


def _definition(claim: ClaimInfo | None) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
    body = ast.parse(claim.answer).body if claim and claim.answer else []
    return next(
        (each for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)), None
    )


def _shifted(text: str, by: int) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(" " * by + line if by > 0 and line.strip() else line[-by:] if by < 0 else line for line in lines)
