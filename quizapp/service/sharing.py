"""What a deck of others has in common with our own: names under which one database would mix the two.

A card is its id, and a receipt goes by its claim. Under the same name a stranger's card would be
scheduled by the learner's reviews of ours, and a stranger's proof would stand for ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from quizapp.service.errors import RequestError
from quizapp.service.library import Library
from quizapp.store.place import database_path


def refuse_shared_history(library: Library, database: Path) -> None:
    """Raise ``RequestError`` where the learner's own database would mix a foreign deck with ours.

    A database that is named by ``--db`` was chosen for the deck, and may hold what it likes.
    """
    shared = [*shared_cards(library, database), *shared_claims(library, database)]
    if shared:
        raise RequestError(
            f"{some(shared)} of this deck would share a history with the shipped deck's; "
            "keep it apart by a database of its own: --db FILE"
        )


def shared_cards(library: Library, database: Path) -> list[str]:
    """The card ids and aliases that both decks have, where ``database`` is the learner's own."""
    if not _mixes(library, database):
        return []
    ours = {name for line in Library.shipped().outline() for name in (line.card, *line.aliases)}
    return [name for card in library.deck.cards for name in (card.id, *card.aliases) if name in ours]


def shared_claims(library: Library, database: Path) -> list[str]:
    """The claims that both decks have, where ``database`` is the learner's own."""
    if not _mixes(library, database):
        return []
    ours = {claim.ref for claim in Library.shipped().index.claims}
    return [str(claim.ref) for claim in library.claims if claim.ref in ours]


def some(names: Iterable[str], most: int = 3) -> str:
    """The first of some names, and how many there are beside them."""
    listed = list(names)
    first = ", ".join(listed[:most])
    return first if len(listed) <= most else f"{first} and {len(listed) - most} more"


def _mixes(library: Library, database: Path) -> bool:
    return library.foreign is not None and database == database_path()
