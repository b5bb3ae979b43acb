"""``quizapp lint``: whatever is wrong with a deck is told with its file, line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from quizapp.cli.group import cli

if TYPE_CHECKING:
    from tests.cli.conftest import Program

Spoil = Callable[[Path], None]


def lint(deck: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["lint", "--deck", str(deck), *words])


def edit(name: str, old: str, new: str) -> Spoil:
    def spoil(deck: Path) -> None:
        path = deck / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


SUMS = "questions/01-sums.yaml"

BAD: list[tuple[Spoil, str]] = [
    (edit(SUMS, "verifiers: [sums]", "verifiers: [sums"), r"01-sums\.yaml:3:\d+: not valid YAML"),
    (edit(SUMS, "    difficulty: 1\n", "    dificulty: 1\n"), r"01-sums\.yaml:7:5: .*'dificulty'"),
    (edit(SUMS, "claim: sums.total", "claim: sums.totl"), r"01-sums\.yaml:\d+:12: .*totl.*did you mean total\?"),
    (lambda deck: (deck / "verifiers/sums.py").unlink(), r"01-sums\.yaml:2:\d+: there is no verifiers/sums\.py"),
    (edit(SUMS, "id: sums/pick", "id: sums/formula"), r"01-sums\.yaml:\d+:9: sums/formula is already taken"),
    (edit(SUMS, "id: sums/pick", "id: sums/other"), r"ids\.txt:2:1: sums/pick has vanished"),
    (edit(SUMS, ", zh: 写出 `gauss`。", ""), r"01-sums\.yaml:\d+:\d+: the Chinese text \(zh\) of prompt is missing"),
    (edit(SUMS, "sums/formula\n    kind: recall", "sums/formula\n    kind: essay"), r"01-sums\.yaml:5:\d+: 'essay'"),
    (edit(SUMS, "leaves_out_the_last}", "leaves_out}"), r"01-sums\.yaml:\d+:\d+: .*no misconception leaves_out"),
    (edit(SUMS, "entry: gauss", "entry: guass"), r"01-sums\.yaml:\d+:\d+: the starter does not define guass"),
    (edit("verifiers/sums.py", "@total.misconception(", "@gauss.misconception("), r"sums\.py:\d+:1: total has no misc"),
    (edit("verifiers/sums.py", "def sizes(rng):", "def sizes(rng:"), r"sums\.py:\d+:\d+: not valid Python"),
]


def test_a_sound_deck_has_no_problem(deck: Path) -> None:
    done = lint(deck)
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    assert "10 cards, no problem" in done.stderr


@pytest.mark.parametrize(("spoil", "pattern"), BAD, ids=[pattern for _, pattern in BAD])
def test_a_bad_deck_is_refused_at_its_place(deck: Path, spoil: Spoil, pattern: str) -> None:
    spoil(deck)
    done = lint(deck)
    assert done.exit_code == 2
    assert any(re.search(pattern, line) for line in done.stdout.splitlines()), done.output
    found = json.loads(lint(deck, "--json").stdout)
    shown = [f"{one['path']}:{one['line']}:{one['column']}: {one['message']}" for one in found if not one["warning"]]
    assert any(re.search(pattern, line) for line in shown)
    assert "problems" in done.stderr


def test_all_problems_are_told_at_once(deck: Path) -> None:
    for spoil, _ in BAD[2], BAD[8], BAD[9]:
        spoil(deck)
    assert len(lint(deck).stdout.splitlines()) >= 3


def test_a_new_card_is_accepted_into_the_ids_once(deck: Path) -> None:
    edit(SUMS, "id: sums/pick", "id: sums/choice\n    aliases: [sums/pick]")(deck)
    assert "accept it with: quizapp lint --accept-ids" in lint(deck).stdout
    accepted = lint(deck, "--accept-ids")
    assert (accepted.exit_code, "accepted sums/choice" in accepted.stderr) == (0, True)
    assert lint(deck).exit_code == 0
    assert (deck / "questions/ids.txt").read_text(encoding="utf-8").split()[-1] == "sums/choice"


def test_a_misspelt_folder_is_refused(tmp_path: Path) -> None:
    assert lint(tmp_path / "nowhere").exit_code == 2
    empty = lint(tmp_path)
    assert empty.exit_code == 2
    assert "the deck cannot be read" in empty.stdout


def test_the_deck_of_the_house_is_clean_and_its_starters_fail(program: Program) -> None:
    done = program.run("lint", code=0)
    assert done.out == ""


def test_the_shipped_deck_is_clean(shipped: Program) -> None:
    done = shipped.run("lint", "--no-run")
    assert done.code == 0, done.out


def test_other_commands_refuse_a_broken_deck_with_all_its_places(program: Program, deck: Path) -> None:
    edit(SUMS, "    difficulty: 1\n", "    dificulty: 1\n")(deck)
    for words in (("list",), ("show", "sums/formula")):
        done = program.run(*words, "--deck", str(deck), code=2)
        assert done.out == ""
        assert re.match(r"quizapp: .*01-sums\.yaml:4:5: difficulty is missing", done.err), done.err
        assert "01-sums.yaml:7:5: " in done.err
        assert "Traceback" not in done.err
