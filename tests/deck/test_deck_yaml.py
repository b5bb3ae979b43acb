from __future__ import annotations

from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from quizapp.deck import yaml
from quizapp.deck.problem import DeckError, Problem

PATH = Path("01-x.yaml")


def refusals(source: bytes | str) -> list[tuple[int, int, str]]:
    with pytest.raises(DeckError) as caught:
        yaml.parse(source.encode() if isinstance(source, str) else source, PATH)
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("source", "line", "column", "word"),
    [
        ("a: &x 1\nb: 2\n", 1, 4, "anchors"),
        ("a: 1\nb: *x\n", 2, 4, "aliases"),
        ("a: !!python/object:os.system 1\n", 1, 4, "tags"),
        ("a: ! 1\n", 1, 4, "tags"),
        ("b:\n  <<: {a: 1}\n", 2, 3, "merge"),
        ("中文: {a: 1, a: 2}\n", 1, 12, "twice; the first is on line 1"),
        ("? [a]\n: 1\n", 1, 3, "one word"),
        ("a: 1\n---\nb: 1\n", 2, 1, "second document"),
        ("a: [1\n", 2, 1, "not valid YAML"),
        ("a: b: c\n", 1, 5, "not valid YAML"),
        ("a:\n\t- 1\n", 2, 1, "not valid YAML"),
        ("", 1, 1, "empty"),
        ("# only a comment\n", 1, 1, "empty"),
        ("a: 1\nbb: \x1b[2J\n", 2, 5, "U+001B"),
        (b"a: 1\nb: \xe4\xb8\xad\xff\n", 2, 5, "UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, 1, "UTF-8"),
        ("a: " + "[" * 30 + "]" * 30, 1, 23, "20 deep"),
        (b"#" * (1 << 20) + b"\n", 1, 1, "1 MiB"),
    ],
)
def test_what_surprises_is_refused_at_its_place(source: bytes | str, line: int, column: int, word: str) -> None:
    found = refusals(source)
    assert [place[:2] for place in found] == [(line, column)]
    assert word in found[0][2]


def test_all_refusals_of_a_file_come_at_once() -> None:
    assert [place[:2] for place in refusals("a: &x 1\nb: *x\nc: !t 2\na: 3\n")] == [(1, 4), (2, 4), (3, 4), (4, 1)]


def test_refusals_before_a_syntax_error_are_kept() -> None:
    assert [place[:2] for place in refusals("a: &x 1\nb: [\n")] == [(1, 4), (3, 1)]


def test_scalars_stay_strings_and_keep_their_places() -> None:
    found = yaml.parse(b"a: 1\nb: [yes, ~, 1e3]\n", PATH)
    assert found.data == {"a": "1", "b": ["yes", "~", "1e3"]}
    assert found.marks["b", 2] == yaml.Mark(2, 13)
    assert found.keys["b",] == yaml.Mark(2, 1)


def test_a_mark_of_something_absent_is_that_of_what_is_around_it() -> None:
    found = yaml.parse(b"a:\n  b: 1\n", PATH)
    assert found.mark(("a", "nothing", 3)) == yaml.Mark(2, 3)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert yaml.parse(b"\xef\xbb\xbfa: 1\n", PATH).data == {"a": "1"}


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(DeckError, match="cannot be read"):
        yaml.read(tmp_path / "none.yaml")


PLAIN = st.recursive(
    st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\ufeff")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_the_walk_reads_what_pyyaml_wrote(data: object) -> None:
    source = pyyaml.safe_dump(data, allow_unicode=True, default_style='"')
    assert yaml.parse(source.encode(), PATH).data == data


@given(st.binary(max_size=80) | st.text(st.sampled_from("a:-[]{}&*!|>'\"# \n?,%@`"), max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_place(source: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        yaml.parse(source, PATH)
    except DeckError as error:
        problems = error.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
