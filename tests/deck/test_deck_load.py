from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.deck import cache, load
from quizapp.deck.problem import DeckError
from quizapp.model.card import Believed, ChoiceCard, CodeCard, Explained, NumberCard, RecallCard, Right
from quizapp.model.words import Words

DATA = Path(__file__).parent / "data"
FORMULA = "conv-bn-fusion/formula"


@pytest.fixture
def deck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))
    folder = tmp_path / "questions"
    shutil.copytree(DATA, folder)
    for path in folder.glob("*.yaml"):
        age(path)
    return folder


def age(path: Path, seconds: int = 60) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - seconds * 10**9))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def modules_after(code: str, deck: Path) -> set[str]:
    before = f"import sys\nfrom pathlib import Path\nfrom quizapp.deck import load\ndeck = Path({str(deck)!r})"
    script = f"{before}\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    return set(done.stdout.split())


def test_yaml_becomes_cards_of_each_kind(deck: Path) -> None:
    found = load.load(deck)
    assert [(topic.number, topic.slug) for topic in found.topics] == [(1, "conv-bn-fusion"), (7, "cross-entropy")]
    recall, choice, code, number = found.cards
    assert isinstance(recall, RecallCard)
    assert recall.hints == (Words("Write BN as an affine map.", "把BN写成仿射变换。"),)
    assert isinstance(choice, ChoiceCard)
    assert [option.stands for option in choice.options] == [Right(), Believed("forgets_the_root"), Explained()]
    assert isinstance(code, CodeCard)
    assert (code.entry, code.bug, code.aliases) == ("fuse", "forgets_the_root", ("conv-bn-fusion/old-code",))
    assert isinstance(number, NumberCard)
    assert number.unit == Words("nats", "奈特")


def test_a_warm_load_gives_the_same_deck(deck: Path) -> None:
    cold = load.load(deck)
    assert load.load(deck) == cold
    assert load.card(deck, FORMULA) == cold.card(FORMULA)
    assert load.card(deck, "conv-bn-fusion/nothing") is None


def test_a_warm_load_imports_neither_yaml_nor_pydantic(deck: Path) -> None:
    load.load(deck)
    heavy = {"yaml", "pydantic", "torch", "sqlalchemy", "textual", "rich"}
    assert not heavy & modules_after(f"load.load(deck); load.outline(deck); load.card(deck, {FORMULA!r})", deck)


def test_a_cold_outline_imports_no_pydantic(deck: Path) -> None:
    modules = modules_after("assert len(load.outline(deck)) == 4", deck)
    assert "yaml" in modules
    assert not {"pydantic", "torch", "sqlalchemy", "textual", "rich"} & modules


def test_cold_and_warm_outline_are_the_cards(deck: Path) -> None:
    cold = load.outline(deck)
    expected = [(card.id, card.topic, str(card.claim), card.kind.value, card.aliases) for card in load.load(deck).cards]
    assert [tuple(line) for line in cold] == expected
    assert load.outline(deck) == cold


def test_verifiers_are_known_by_topic(deck: Path) -> None:
    assert load.verifiers(deck) == {"conv-bn-fusion": ("conv_bn_fusion",), "cross-entropy": ("cross_entropy",)}


def test_an_edit_is_seen(deck: Path) -> None:
    load.load(deck)
    edit(deck / "07-cross-entropy.yaml", "nats", "bits of information")
    assert load.load(deck).cards[-1].unit.en == "bits of information"  # type: ignore[attr-defined]  # a number card


def test_an_edit_of_the_same_size_and_stamp_is_seen_while_the_file_is_young(deck: Path) -> None:
    path = deck / "07-cross-entropy.yaml"
    edit(path, "nats", "nits")
    stat = path.stat()
    load.load(deck)
    edit(path, "nits", "bats")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert load.load(deck).cards[-1].unit.en == "bats"  # type: ignore[attr-defined]  # a number card


def test_a_touched_file_is_hashed_and_not_parsed(deck: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load.load(deck)
    age(deck / "07-cross-entropy.yaml")
    monkeypatch.setattr(load, "_source", None)
    assert len(load.load(deck).cards) == 4
    assert (
        cache.read(deck)["07-cross-entropy.yaml"].stamp.mtime_ns == (deck / "07-cross-entropy.yaml").stat().st_mtime_ns
    )


def test_a_removed_file_leaves_the_deck(deck: Path) -> None:
    load.load(deck)
    (deck / "07-cross-entropy.yaml").unlink()
    assert len(load.load(deck).topics) == 1
    assert list(cache.read(deck)) == ["01-conv-bn-fusion.yaml"]


@pytest.mark.parametrize("damage", [b"", b"junk", b"0\n{}", b"\xff\xfe"])
def test_a_corrupt_cache_is_made_again(deck: Path, damage: bytes) -> None:
    whole = load.load(deck)
    cache.place(deck).write_bytes(damage)
    assert load.load(deck) == whole
    assert set(cache.read(deck)) == {"01-conv-bn-fusion.yaml", "07-cross-entropy.yaml"}


def test_a_flipped_letter_in_the_cache_is_noticed(deck: Path) -> None:
    whole = load.load(deck)
    edit(cache.place(deck), "evaluation mode", "evasuation mode")
    assert cache.read(deck) == {}
    assert load.load(deck) == whole


def test_a_cache_of_another_version_is_made_again(deck: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load.load(deck)
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert cache.read(deck) == {}


def test_an_unwritable_cache_is_ignored(deck: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deck.parent / "file").write_text("")
    monkeypatch.setenv("QUIZAPP_HOME", str(deck.parent / "file"))
    assert len(load.load(deck).cards) == 4


def test_all_problems_of_all_files_come_at_once(deck: Path) -> None:
    edit(deck / "01-conv-bn-fusion.yaml", "difficulty: 2", "difficulty: 7")
    edit(deck / "07-cross-entropy.yaml", "kind: number", "kind: numbr")
    (deck / "notes.yml").write_text("")
    with pytest.raises(DeckError) as caught:
        load.load(deck)
    assert [problem.path.name for problem in caught.value.problems] == [
        "01-conv-bn-fusion.yaml",
        "07-cross-entropy.yaml",
        "notes.yml",
    ]
    assert "01-conv-bn-fusion.yaml:8:17: difficulty is above 5" in str(caught.value)


def test_an_outline_of_a_broken_deck_says_what_is_wrong(deck: Path) -> None:
    edit(deck / "07-cross-entropy.yaml", "    claim: cross_entropy.uniform\n", "")
    with pytest.raises(DeckError, match="claim is missing"):
        load.outline(deck)


def test_two_cards_of_one_id_are_refused(deck: Path) -> None:
    edit(deck / "01-conv-bn-fusion.yaml", "id: conv-bn-fusion/divisor", f"id: {FORMULA}")
    with pytest.raises(DeckError, match=r"19:9: conv-bn-fusion/formula is already taken at 01-conv-bn-fusion.yaml:5"):
        load.load(deck)


def test_two_files_of_one_number_or_topic_are_refused(deck: Path) -> None:
    shutil.copy(deck / "07-cross-entropy.yaml", deck / "01-cross-entropy.yaml")
    with pytest.raises(DeckError) as caught:
        load.load(deck)
    assert "number 01 is taken" in str(caught.value)
    assert "already in 01-cross-entropy.yaml" in str(caught.value)


def test_a_folder_without_topics_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(DeckError):
            load.load(folder)
