"""Finding cards, topics and claims by the names that people type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quizapp.model.card import ClaimRef
from quizapp.service.errors import RequestError

if TYPE_CHECKING:
    from quizapp.service.library import Library


def refs(library: Library, names: tuple[str, ...] = (), topics: tuple[str, ...] = ()) -> list[str]:
    return [str(claim.ref) for claim in library.select(names, topics)]


SUMS = ["sums.gauss", "sums.total"]

TROUBLES = ("lenient", "crashes", "leaves", "sleeps", "vague", "needy")


def test_selecting_nothing_selects_everything_in_the_order_of_topics_and_lines(library: Library) -> None:
    assert refs(library) == [*SUMS, *(f"trouble.{name}" for name in TROUBLES)]
    assert [library.topic_of(claim.ref) for claim in library.claims] == ["sums"] * 2 + ["trouble"] * 6


@pytest.mark.parametrize(
    ("names", "topics", "found"),
    [
        (("sums/number",), (), ["sums.total"]),
        (("sums/old-code",), (), ["sums.gauss"]),
        (("sums.total",), (), ["sums.total"]),
        (("sums",), (), SUMS),
        ((), ("sums",), SUMS),
        (("trouble.vague", "sums/pick", "sums/formula"), (), ["sums.gauss", "trouble.vague"]),
        (("trouble.vague",), ("1",), [*SUMS, "trouble.vague"]),
    ],
)
def test_names_select_each_claim_once(
    library: Library, names: tuple[str, ...], topics: tuple[str, ...], found: list[str]
) -> None:
    assert refs(library, names, topics) == found


@pytest.mark.parametrize("name", ["1", "01", "sums", "01-sums"])
def test_a_topic_goes_by_its_number_and_its_slug(library: Library, name: str) -> None:
    assert library.topic(name).slug == "sums"


def test_a_card_is_found_by_its_alias(library: Library) -> None:
    assert library.card("sums/old-code").id == "sums/code"


@pytest.mark.parametrize("name", ["", "0", "3", "sum", "001-sums", "sums/formula"])
def test_an_unknown_topic_is_answered_with_those_there_are(library: Library, name: str) -> None:
    with pytest.raises(RequestError, match=r"there is no topic .*(01-sums|did you mean)"):
        library.topic(name)


def test_an_unknown_name_is_answered_with_the_nearest(library: Library) -> None:
    with pytest.raises(RequestError, match=r"no card 'sums/formla'; did you mean sums/formula"):
        library.card("sums/formla")
    with pytest.raises(RequestError, match=r"no claim 'sums\.gaus'; did you mean sums\.gauss"):
        library.claim(ClaimRef("sums", "gaus"))
    with pytest.raises(RequestError, match=r"no card or claim 'sums/formul'; did you mean sums/formula"):
        library.select(["sums/formul"])
    with pytest.raises(RequestError, match=r"no card or claim 'nowhere\.at_all'; .*quizapp verify --list"):
        library.select(["nowhere.at_all"])


def test_a_wrong_name_among_right_ones_is_not_passed_over(library: Library) -> None:
    with pytest.raises(RequestError):
        library.select(["sums", "nonsense"])
