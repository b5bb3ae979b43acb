"""The rules of a deck, one function each, over checked topics and the claim index.

A rule takes the ``Content`` and yields problems; its function's name is its name. Rules about
the text of cards are in ``rules_text``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from quizapp.deck.claims import ClaimInfo, Index, names_defined
from quizapp.deck.load import Source
from quizapp.deck.problem import Problem
from quizapp.deck.yaml import Trail
from quizapp.model.card import ClaimRef
from quizapp.proof.claim import BrokenClaimError
from quizapp.proof.excerpt import excerpt

IDS = "ids.txt"


@dataclass(frozen=True, slots=True)
class CardAt:
    """One card's checked data and where it stands."""

    source: Source
    trail: Trail
    data: Mapping[str, Any]

    @property
    def claim(self) -> ClaimRef:
        return ClaimRef.parse(self.data["claim"])

    def problem(self, rule: str, trail: Trail, message: str) -> Problem:
        return self.source.document.problem((*self.trail, *trail), message, rule)


@dataclass(frozen=True, slots=True)
class Content:
    """What the rules look at. ``ids`` is the committed list, one id a line in order."""

    folder: Path
    sources: tuple[Source, ...]
    index: Index
    ids: tuple[str, ...]

    @property
    def cards(self) -> tuple[CardAt, ...]:
        return tuple(card for source in self.sources for card in cards_of(source))


Rule = Callable[[Content], Iterable[Problem]]
RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Register a rule under its function's name, with dashes."""
    RULES[check.__name__.replace("_", "-")] = check
    return check


def cards_of(source: Source) -> Iterator[CardAt]:
    """The cards of one topic, with their trails."""
    for place, data in enumerate(source.data["cards"]):
        yield CardAt(source, ("cards", place), data)


def near(name: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` or nothing."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def twins(sources: Iterable[Source]) -> list[Problem]:
    """Ids and aliases that more than one card goes by."""
    seen: dict[str, str] = {}
    problems = []
    for card in (card for source in sources for card in cards_of(source)):
        for trail, name in _names(card):
            if name in seen:
                problems.append(card.problem("one-id-one-card", trail, f"{name} is already taken at {seen[name]}"))
            else:
                line = card.source.document.mark((*card.trail, *trail)).line
                seen[name] = f"{card.source.file.path.name}:{line}"
    return problems


def _names(card: CardAt) -> Iterator[tuple[Trail, str]]:
    yield ("id",), card.data["id"]
    for place, alias in enumerate(card.data.get("aliases", ())):
        yield ("aliases", place), alias


@rule
def one_id_one_card(content: Content) -> Iterator[Problem]:
    """No id or alias twice, in one file or across files: a history belongs to one card."""
    yield from twins(content.sources)


@rule
def ids_stay(content: Content) -> Iterator[Problem]:
    """An id once published is a card or an alias for ever, and every id is on the list."""
    known = {name for card in content.cards for _, name in _names(card)}
    path = content.folder / IDS
    for line, card_id in enumerate(content.ids, 1):
        if card_id not in known:
            message = f"{card_id} has vanished with its history; keep the card, or name the id in its heir's aliases"
            yield Problem(path, line, 1, message, "ids-stay")
    for card in content.cards:
        if card.data["id"] not in content.ids:
            message = f"{card.data['id']} is not in {IDS}; accept it with: quizapp lint --accept-ids"
            yield card.problem("ids-stay", ("id",), message)


@rule
def claim_known(content: Content) -> Iterator[Problem]:
    """Every card is proved by a claim that is there. A script that cannot be read has its own problem."""
    for card in content.cards:
        ref, scripts = card.claim, content.index.verifiers
        if ref.verifier not in scripts:
            message = f"there is no verifiers/{ref.verifier}.py{near(ref.verifier, scripts)}"
            yield card.problem("claim-known", ("claim",), message)
        elif content.index.claim(ref) is None and not scripts[ref.verifier].problems:
            names = [claim.ref.name for claim in scripts[ref.verifier].claims]
            message = f"{ref.verifier}.py has no claim {ref.name}{near(ref.name, names)}"
            yield card.problem("claim-known", ("claim",), message)


@rule
def verifier_has_topic(content: Content) -> Iterator[Problem]:
    """Every listed script is there, and every script belongs to exactly one topic."""
    owners: dict[str, str] = {}
    for source in content.sources:
        for place, name in enumerate(source.data["verifiers"]):
            if message := _listing(name, source.file.slug, owners, content.index):
                yield source.document.problem(("verifiers", place), message, "verifier-has-topic")
    for name, info in content.index.verifiers.items():
        if name not in owners:
            message = f"no topic lists {name}; add it to the verifiers of one"
            yield Problem(info.path, 1, 1, message, "verifier-has-topic")


def _listing(name: str, slug: str, owners: dict[str, str], index: Index) -> str | None:
    if name not in index.verifiers:
        return f"there is no verifiers/{name}.py{near(name, index.verifiers)}"
    if (owner := owners.setdefault(name, slug)) != slug:
        return f"{name} already belongs to {owner}; list it once (cards of any topic may use its claims)"
    return None


@rule
def claim_complete(content: Content) -> Iterator[Problem]:
    """A claim has cases, a check, an answer, and something its check must reject."""
    for claim in content.index.claims:
        for lack in _lacks(claim):
            yield Problem(claim.path, claim.line, 1, f"{claim.ref.name} has no {lack}", "claim-complete")


def _lacks(claim: ClaimInfo) -> Iterator[str]:
    name = claim.ref.name
    if not claim.has_cases:
        yield f"cases; register a generator with @{name}.cases"
    if not claim.has_check:
        yield f"check; register one with @{name}.check or @{name}.truth(rel=...)"
    if claim.answer is None:
        yield f"answer; mark one with @{name}.answer"
    if not claim.misconceptions:
        yield f"misconception, so nothing could refute it; add one with @{name}.misconception(en=..., zh=...)"


@rule
def verifier_readable(content: Content) -> Iterator[Problem]:
    """What the app must know of a script can be read without running it."""
    yield from content.index.problems


@rule
def misconception_known(content: Content) -> Iterator[Problem]:
    """An option, a bug or a myth that names a belief names one of the card's own claim."""
    for card in content.cards:
        claim = content.index.claim(card.claim)
        for trail, name in _beliefs(card):
            if claim is not None and name not in claim.misconceptions:
                message = f"{claim.ref} has no misconception {name}{near(name, claim.misconceptions)}"
                yield card.problem("misconception-known", trail, message)


def _beliefs(card: CardAt) -> Iterator[tuple[Trail, str]]:
    if bug := card.data.get("bug"):
        yield ("bug",), bug
    if myth := card.data.get("myth"):
        yield ("myth", "misconception"), myth["misconception"]
    for place, option in enumerate(card.data.get("options", ())):
        if belief := option.get("misconception"):
            yield ("options", place, "misconception"), belief


@rule
def number_has_truth(content: Content) -> Iterator[Problem]:
    """A number card's claim computes the number."""
    for card in content.cards:
        claim = content.index.claim(card.claim)
        if card.data["kind"] == "number" and claim is not None and not claim.numeric:
            message = f"{claim.ref} computes no number; give it @{claim.ref.name}.truth(rel=...) or ask in another kind"
            yield card.problem("number-has-truth", ("claim",), message)


@rule
def code_is_observed(content: Content) -> Iterator[Problem]:
    """A code card's claim says what is done with a learner's code, in a part that needs nothing of the answer."""
    for card in content.cards:
        claim = content.index.claim(card.claim)
        if card.data["kind"] == "code" and claim is not None and (message := _unobserved(claim)):
            yield card.problem("code-is-observed", ("claim",), message)


def _unobserved(claim: ClaimInfo) -> str | None:
    if not claim.observes:
        name = claim.ref.name
        return f"{claim.ref} cannot judge a learner's code; register what is done with it: @{name}.observe"
    try:
        if claim.observe is not None:
            excerpt(claim.path.read_text(encoding="utf-8"), claim.observe)
    except BrokenClaimError as error:
        return f"{claim.ref} cannot judge a learner's code: {error}"
    return None


@rule
def starter_defines_entry(content: Content) -> Iterator[Problem]:
    """A starter is Python that defines what the learner is asked for."""
    for card in content.cards:
        if card.data["kind"] == "code" and (message := _starter(card.data["starter"], card.data["entry"])):
            yield card.problem("starter-defines-entry", ("starter",), message)


def _starter(source: str, entry: str) -> str | None:
    try:
        defined = set(names_defined(source))
    except (SyntaxError, ValueError) as error:
        where = f"line {error.lineno} of the starter: " if isinstance(error, SyntaxError) else ""
        return f"the starter is not Python: {where}{getattr(error, 'msg', error)}"
    return None if entry in defined else f"the starter does not define {entry}"


@rule
def claim_used(content: Content) -> Iterator[Problem]:
    """A proof that no card asks for is worth a card; a warning, for a claim may wait for one.

    A claim that some machines cannot run is no card's, which would go unproved there: it adds to another claim.
    """
    used = {card.claim for card in content.cards}
    for claim in content.index.claims:
        if claim.ref not in used and not claim.requires:
            message = f"no card asks for {claim.ref}"
            yield Problem(claim.path, claim.line, 1, message, "claim-used", warning=True)
