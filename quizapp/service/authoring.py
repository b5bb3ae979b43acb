"""New topics, verifiers and cards: skeletons written into a deck, each file whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from keyword import iskeyword
from pathlib import Path

from quizapp.deck import lint, skeleton
from quizapp.deck.load import files_of
from quizapp.deck.schema import check
from quizapp.deck.yaml import parse
from quizapp.model.card import ClaimRef, Kind, Topic
from quizapp.service.errors import RequestError
from quizapp.service.library import Library

TOPIC = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)")
CARD = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)/[a-z0-9]+(?:-[a-z0-9]+)*")


def new_topic(deck: Path, name: str) -> list[Path]:
    """A topic file ``NN-slug`` with a verifier and a first card; the deck's folders too where there are none.

    Returns the files written. Raises ``RequestError`` where the name is none or taken, and writes nothing then.
    """
    if (found := TOPIC.fullmatch(name)) is None:
        raise RequestError(f"{name!r} is no topic; write its number and slug, as in 31-gradient-accumulation")
    slug = found[2]
    if (deck / "questions").is_dir():
        _demand_new_topic(deck, int(found[1]), slug)
    if slug[0].isdigit():
        raise RequestError(f"{slug!r} begins with a digit, so that no verifier can be named after it; choose another")
    ref = _ref(f"{slug.replace('-', '_')}.statement")
    script = deck / "verifiers" / f"{ref.verifier}.py"
    _demand_free(script)
    card = skeleton.card(f"{slug}/first", Kind.RECALL, ref, None)
    texts = {
        deck / "questions" / f"{name}.yaml": skeleton.topic(ref.verifier, card),
        script: skeleton.verifier(ref.name, numeric=False),
    }
    return _written(deck, texts)


def new_verifier(deck: Path, claim: str, topic: str, *, numeric: bool) -> list[Path]:
    """A script with one claim, ``script.claim``, listed in its topic. Raises ``RequestError`` and writes nothing."""
    ref, path = _ref(claim), _file(deck, Library.of(deck).topic(topic))
    script = deck / "verifiers" / f"{ref.verifier}.py"
    _demand_free(script)
    text = _edited(path, lambda text: skeleton.listed(text, ref.verifier))
    return _written(deck, {script: skeleton.verifier(ref.name, numeric=numeric), path: text})


def new_card(deck: Path, card_id: str, kind: Kind, claim: str) -> list[Path]:
    """A card at the end of its topic, with what its claim already knows. Raises ``RequestError`` and writes nothing."""
    if (found := CARD.fullmatch(card_id)) is None:
        raise RequestError(f"{card_id!r} is no card id; write topic-slug/card-slug in a-z, 0-9 and -")
    library, ref = Library.of(deck), _ref(claim)
    path, info = _file(deck, library.topic(found[1])), library.claim(ref)
    if kind is Kind.NUMBER and not info.numeric:
        raise RequestError(f"{ref} computes no number; quizapp new verifier --number makes a claim that does")
    if kind is Kind.CODE and not info.observes:
        raise RequestError(f"{ref} cannot judge code: give it @{ref.name}.observe first")
    if library.deck.card(card_id) is not None:
        raise RequestError(f"there is already a card {card_id}")
    text = skeleton.card(card_id, kind, ref, info)
    return _written(deck, {path: _edited(path, lambda whole: skeleton.appended(whole, text))})


def _ref(claim: str) -> ClaimRef:
    try:
        ref = ClaimRef.parse(claim)
    except ValueError as error:
        raise RequestError(str(error)) from None
    if iskeyword(ref.name) or iskeyword(ref.verifier):
        raise RequestError(f"{claim!r} holds a word that Python keeps for itself; choose another name")
    return ref


def _file(deck: Path, topic: Topic) -> Path:
    return deck / "questions" / f"{topic.number:02d}-{topic.slug}.yaml"


def _demand_new_topic(deck: Path, number: int, slug: str) -> None:
    files = files_of(deck / "questions")[0]
    for file in files:
        if number == file.number or slug == file.slug:
            raise RequestError(f"{file.path.stem} is there already; choose another number and slug")


def _demand_free(path: Path) -> None:
    if path.exists():
        raise RequestError(f"{path} is there already; choose another name")


def _edited(path: Path, edit: Callable[[str], str]) -> str:
    """The topic file after an edit, if it can still be read then: what does not fit is not written."""
    try:
        text = edit(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RequestError(f"{path} cannot be added to: {error}") from None
    check(parse(text.encode(), path), path.stem[3:])
    return text


def _written(deck: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Write all files, each by a rename, and accept the new ids."""
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    lint.accept_ids(deck / "questions")
    return list(texts)
