from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no type information

from quizapp.deck import schema, yaml
from quizapp.deck.problem import DeckError

DATA = Path(__file__).parent / "data"
SOURCE = (DATA / "01-conv-bn-fusion.yaml").read_text(encoding="utf-8")


def check(source: str) -> dict[str, Any]:
    return schema.check(yaml.parse(source.encode(), Path("01-conv-bn-fusion.yaml")), "conv-bn-fusion")


def complaints(source: str) -> list[str]:
    with pytest.raises(DeckError) as caught:
        check(source)
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in caught.value.problems]


BREAKS = [
    (
        "    difficulty: 2\n",
        "    dificulty: 2\n",
        ["5:5 difficulty is missing", "8:5 unknown field 'dificulty'; did you"],
    ),
    ("difficulty: 2", "difficulty: two", ["8:17 difficulty needs a whole number"]),
    ("difficulty: 2", "difficulty: 9", ["8:17 difficulty is above 5"]),
    ("difficulty: 2", "difficulty: 0", ["8:17 difficulty is below 1"]),
    ("kind: recall", "kind: recal", ["6:11 'recal' is no kind of card; did you mean 'recall'?"]),
    ("    kind: recall\n", "", ["5:5 kind is missing; a card is one of recall, choice, number, code"]),
    ("kind: recall", "kind: [recall]", ["6:11 "]),
    (", zh: 把BN写成仿射变换。", "", ["17:9 the Chinese text (zh) of hint 1 is missing"]),
    ("zh: 把BN写成仿射变换。", "zh: ''", ["17:46 the Chinese text (zh) of hint 1 is empty"]),
    ("{en: Write BN as an affine map., zh: 把BN写成仿射变换。}", "plain", ["17:9 hint 1 needs both languages"]),
    ("{en: Write BN as an affine map.", "{fr: x, en: Write", ["17:10 unknown field 'fr'; known here: en, zh"]),
    ("en: Write BN as", "en: Write, as", ["17:21 the comma before 'as an affine map.' ends the text; put"]),
    ("id: conv-bn-fusion/formula", "id: other/formula", ["5:9 id 'other/formula' does not begin with conv-bn-fusion/"]),
    ("id: conv-bn-fusion/formula", "id: Formula", ["5:9 id 'Formula' is not a card id"]),
    ("claim: conv_bn_fusion.parity", "claim: parity", ["7:12 claim 'parity' is not a claim; write verifier.name"]),
    ("sources: [Ioffe and Szegedy 2015]", "sources: []", ["28:14 sources needs at least 1; it has 0"]),
    ("sources: [Ioffe and Szegedy 2015]", "sources: Ioffe", ["28:14 sources needs a list"]),
    (", misconception: forgets_the_root}", ", correct: true, misconception: x}", ["31:9 option 2 is both correct"]),
    (", correct: true}", "}", ["19:5 card 2 has no correct option"]),
    ("correct: true", "correct: yes", ["30:99 correct of option 1 is either true or left out"]),
    ("{en: BN divides by it., zh: BN除以它。}", "[]", ["30:53 because of option 1 needs both languages"]),
    (
        "kind: recall\n",
        "kind: recall\n    options: []\n",
        ["7:5 'options' belongs to choice cards, not to recall cards"],
    ),
    ("entry: fuse", "entry: not a name", ["56:12 entry 'not a name' is not a Python name"]),
    ("verifiers: [conv_bn_fusion]\n", "", ["2:1 verifiers is missing; a topic needs it"]),
    ("cards:\n", "more: 1\ncards:\n", ["4:1 unknown field 'more'; known here: title, verifiers, cards"]),
    ("aliases: [conv-bn-fusion/old-code]", "aliases: [x]", ["55:15 alias 1 'x' is not a card id"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), BREAKS)
def test_each_error_is_a_sentence_at_its_place(old: str, new: str, expected: list[str]) -> None:
    assert old in SOURCE
    found = complaints(SOURCE.replace(old, new, 1))
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected


def test_all_errors_of_a_file_come_at_once() -> None:
    broken = SOURCE.replace("difficulty: 2", "difficulty: 7").replace("kind: code", "kind: cod").replace("Mend", "[")
    assert len(complaints(broken.replace("zh: 标准差。", ""))) == 3


@pytest.mark.parametrize(
    "source", ["just text", "[]", "cards: {}", "cards: [1]", "title: 1\nverifiers: 1\ncards: [[]]"]
)
def test_any_other_shape_is_explained(source: str) -> None:
    for line in complaints(source):
        assert not re.search(r"pydantic|TwoTongues|Shape|instance", line)


def test_text_is_converted_and_checked_data_is_json() -> None:
    found = check(SOURCE)
    assert found["cards"][0]["difficulty"] == 2
    assert found["cards"][1]["options"][0]["correct"] is True
    assert found["cards"][2]["starter"] == "def fuse(conv, bn):\n    return conv\n"
    assert json.loads(json.dumps(found)) == found


def test_the_shipped_json_schema_is_the_models() -> None:
    assert schema.SCHEMA.read_text(encoding="utf-8") == schema.json_schema(), "run python -m quizapp.deck.schema"


def plain(source: str) -> object:
    """The data as an editor sees it: numbers are numbers (libyaml, for the pure parser stumbles over ``?,``)."""
    return pyyaml.load(source, Loader=pyyaml.CSafeLoader)


def editor() -> Draft202012Validator:
    contents = json.loads(schema.json_schema())
    Draft202012Validator.check_schema(contents)
    return Draft202012Validator(contents)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_accepts_what_the_loader_accepts(path: Path) -> None:
    data = plain(path.read_text(encoding="utf-8"))
    assert list(editor().iter_errors(data)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("difficulty: 2", "difficulty: 9"),
        ("kind: recall", "kind: essay"),
        (", zh: 把BN写成仿射变换。", ""),
        ("entry: fuse", "entri: fuse"),
        (", misconception: forgets_the_root}", ", correct: true, misconception: x}"),
        ("sources: [Ioffe and Szegedy 2015]", "sources: []"),
    ],
)
def test_an_editor_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    source = SOURCE.replace(old, new, 1)
    assert complaints(source)
    assert list(editor().iter_errors(plain(source)))
