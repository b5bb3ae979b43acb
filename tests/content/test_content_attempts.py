"""Code cards judge as they should: right solutions of several styles pass, wrong ones and the starter do not."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quizapp.model.card import CodeCard
from quizapp.runner import Done, Inputs, Job, Limits, Observe, Outcomed, Stopped, Verdict
from quizapp.service.library import Library

pytest.importorskip("torch")

LIBRARY = Library.shipped()
CARDS = [card for card in LIBRARY.deck.cards if isinstance(card, CodeCard)]
ATTEMPTS = Path(__file__).parent / "attempts"
SEEDS = range(2)
STARTER = "the starter"

# both tests of a card stay on one worker, which judges its attempts once
each_card = pytest.mark.parametrize(
    "card", [pytest.param(card, id=card.id, marks=pytest.mark.xdist_group(f"attempts-{card.id}")) for card in CARDS]
)


def files(card: CodeCard) -> dict[str, str]:
    """The attempts at a card, by name."""
    folder = ATTEMPTS / card.id.replace("/", "__")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


@cache
def words(card: CodeCard) -> dict[str, set[str]]:
    """How each attempt and the starter went, over all seeds.

    They share a bench, but for those that meddle with a library.
    """
    sources = {**files(card), STARTER: card.starter}
    gentle = [name for name, source in sources.items() if not meddles(source)]
    groups = [gentle, *([name] for name in sources if name not in gentle)]
    given = told(LIBRARY.script(card.claim), [Inputs(card.claim.name, seed, "cpu") for seed in SEEDS])
    return {name: said for group in groups if group for name, said in judged(card, sources, group, given).items()}


def judged(
    card: CodeCard, sources: dict[str, str], names: Sequence[str], given: Sequence[Mapping[str, Any]]
) -> dict[str, set[str]]:
    """The words of some attempts: all are observed in one process, and then judged in another."""
    asked = [(name, seed) for name in names for seed in SEEDS]
    observe = [
        Observe(card.claim.name, seed, "cpu", source=sources[name], entry=card.entry, **given[seed])
        for name, seed in asked
    ]
    seen = told(None, observe)
    judge = [(at, seed) for at, (_, seed) in enumerate(asked) if "observations" in seen[at]]
    decide = [Verdict(card.claim.name, seed, "cpu", observations=seen[at]["observations"]) for at, seed in judge]
    verdicts = dict(zip((at for at, _ in judge), told(LIBRARY.script(card.claim), decide), strict=True))
    said: dict[str, set[str]] = {name: set() for name in names}
    for at, (name, _) in enumerate(asked):
        result = verdicts.get(at, seen[at])
        said[name].add(str(result.get("word", result)))
    return said


def told(script: Path | None, jobs: Sequence[Job]) -> list[Mapping[str, Any]]:
    """The result of each job; how it ended, of one that has none."""
    results: list[Mapping[str, Any]] = []
    for message in LIBRARY.workers.run(script, jobs, Limits(seconds=120)):
        if isinstance(message, Done):
            results.append(message.result)
        elif not isinstance(message, Outcomed):
            results.append({"word": message.stop if isinstance(message, Stopped) else message})
    return results


def meddles(source: str) -> bool:
    """Whether a source sets an attribute of something imported, which the next attempt would meet."""
    tree = ast.parse(source)
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    imported = {(name.asname or name.name).split(".")[0] for node in imports for name in node.names}
    stores = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    targets = [node.value for node in stores] + [node.args[0] for node in calls if node.func.id == "setattr"]  # type: ignore[attr-defined]  # a name, as the line above asks
    return any(_root(target) in imported for target in targets)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@each_card
def test_right_attempts_are_accepted_whatever_their_style(card: CodeCard) -> None:
    said = {name: each for name, each in words(card).items() if name.startswith("right_")}
    assert len(said) >= 2
    assert {name: each for name, each in said.items() if each != {"accepted"}} == {}


@each_card
def test_wrong_attempts_and_the_starter_are_not(card: CodeCard) -> None:
    said = {name: each for name, each in words(card).items() if not name.startswith("right_")}
    assert len([name for name in said if name.startswith("wrong_")]) >= 4
    assert {name: each for name, each in said.items() if not each <= {"rejected", "raised"}} == {}


def test_every_folder_of_attempts_belongs_to_a_code_card() -> None:
    assert {path.name for path in ATTEMPTS.iterdir()} == {card.id.replace("/", "__") for card in CARDS}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch\ntorch.softmax = None", True),
        ("from torch.nn import functional as F\nF.mse_loss = len", True),
        ("import torch.nn as nn\nsetattr(nn.Linear, 'forward', None)", True),
        ("import torch\ndef f(m):\n    m.weight = torch.ones(1)", False),
    ],
)
def test_who_meddles_with_a_library_is_known(source: str, expected: bool) -> None:
    assert meddles(source) is expected
