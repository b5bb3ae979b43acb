"""Decks of others: nothing of them runs before somebody trusts it, and then only the bytes that were trusted."""

from __future__ import annotations

import ast
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import quizapp
from quizapp import content
from quizapp.model.card import CodeCard, NumberCard
from quizapp.proof.record import Proof, Verdict
from quizapp.proof.say import Say
from quizapp.runner import isolation
from quizapp.service import linting, sharing, trust
from quizapp.service.errors import NotRunError, NotTrustedError, RequestError
from quizapp.service.library import Library
from quizapp.service.proving import Question, Word, believe, draw, prove, solve
from quizapp.store.place import database_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="verifiers run on POSIX only")

PACKAGE = Path(quizapp.__file__).parent


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that may run decks of others, without walls: a run that could leave no mark would prove nothing."""
    monkeypatch.setattr(trust, "refusal", lambda: None)
    monkeypatch.setenv(isolation.VARIABLE, "none")
    isolation.probe.cache_clear()
    yield
    isolation.probe.cache_clear()


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it ran"


@pytest.fixture
def foreign(deck: Path, marker: Path) -> Library:
    """A deck of others, whose scripts leave a mark as soon as they are loaded."""
    mark(deck, marker)
    return Library.of(deck)


def mark(deck: Path, marker: Path, name: str = "sums.py") -> None:
    script = deck / "verifiers" / name
    text = script.read_text(encoding="utf-8")
    imports = "from __future__ import annotations\n"
    assert imports in text
    script.write_text(text.replace(imports, f"{imports}\nopen({str(marker)!r}, 'w').close()\n"), encoding="utf-8")


def trusted(deck: Path) -> trust.Record:
    with trust.candidate(deck) as found:
        return found.accept()


def proofs(library: Library) -> list[Verdict]:
    return [told.verdict for told in prove(library, library.select(["sums.gauss"]), [0]) if isinstance(told, Proof)]


def everything(library: Library) -> list[Callable[[], object]]:
    """Every way to have code of a deck run."""
    number, code = library.card("sums/number"), library.card("sums/code")
    assert isinstance(number, NumberCard)
    assert isinstance(code, CodeCard)
    return [
        lambda: proofs(library),
        lambda: believe(library, code.claim, None, 0).result(),
        lambda: believe(library, code.claim, "leaves_out_the_last", 0).result(),
        lambda: draw(library, number, 0).result(),
        lambda: solve(library, code, code.starter, 0).result(),
        lambda: linting.starter(library, code),
        library.scripts,
    ]


def refuses_everything(library: Library, said: str, marker: Path) -> None:
    for way in everything(library):
        with pytest.raises(NotTrustedError, match=said) as caught:
            way()
        assert caught.value.says.zh != caught.value.says.en
    assert not marker.exists()


def test_a_deck_that_nobody_trusted_shows_its_cards_and_runs_nothing(
    foreign: Library, deck: Path, marker: Path
) -> None:
    assert len(foreign.deck.cards) == 10
    assert foreign.card("sums/pick").id == "sums/pick"
    assert foreign.outline()
    assert foreign.select(["sums.gauss"])[0].answer
    assert linting.static(foreign) == []
    refuses_everything(foreign, f"not trusted: nothing of it runs; read it, then quizapp trust {deck}", marker)


def test_a_trusted_deck_is_proved_judged_and_drawn_from_its_copy(foreign: Library, deck: Path, marker: Path) -> None:
    record = trusted(deck)
    assert foreign.scripts() == record.copy / "verifiers"
    assert foreign.script(foreign.card("sums/code").claim) == record.copy / "verifiers" / "sums.py"
    assert proofs(foreign) == [Verdict.PROVED]
    assert marker.exists(), "if it leaves no mark when it runs, no mark says nothing"
    number, code = foreign.card("sums/number"), foreign.card("sums/code")
    assert isinstance(number, NumberCard)
    assert isinstance(code, CodeCard)
    assert isinstance(draw(foreign, number, 0).result(), Question)
    assert solve(foreign, code, code.starter, 0).result().word is Word.REJECTED
    assert linting.starter(foreign, code) == []


def a_byte(deck: Path) -> None:
    path = deck / "verifiers" / "sums.py"
    path.write_bytes(path.read_bytes() + b"\n")


def a_card(deck: Path) -> None:
    path = deck / "questions" / "01-sums.yaml"
    path.write_bytes(path.read_bytes() + b"\n")


CHANGES: list[tuple[str, Callable[[Path], object]]] = [
    ("a byte", a_byte),
    ("a card", a_card),
    ("a mode", lambda deck: (deck / "verifiers" / "sums.py").chmod(0o755)),
    ("a file more", lambda deck: (deck / "verifiers" / "helper.py").touch()),
    ("a file less", lambda deck: (deck / "verifiers" / "trouble.py").unlink()),
    ("a new name", lambda deck: (deck / "verifiers" / "trouble.py").rename(deck / "verifiers" / "other.py")),
]


@pytest.mark.parametrize(("what", "change"), CHANGES, ids=[what for what, _ in CHANGES])
def test_a_deck_that_changed_since_runs_nothing(
    foreign: Library, deck: Path, marker: Path, what: str, change: Callable[[Path], object]
) -> None:
    trusted(deck)
    change(deck)
    refuses_everything(foreign, "has changed since it was trusted: nothing of it runs", marker)


def test_a_deck_that_cannot_be_checked_runs_nothing(foreign: Library, deck: Path, marker: Path) -> None:
    trusted(deck)
    (deck / "verifiers" / "link.py").symlink_to("sums.py")
    refuses_everything(foreign, r"cannot be checked: nothing of it runs; .*link\.py is a symbolic link", marker)


def test_what_was_changed_back_is_what_was_trusted(foreign: Library, deck: Path) -> None:
    trusted(deck)
    script = deck / "verifiers" / "sums.py"
    old = script.read_bytes()
    a_byte(deck)
    script.write_bytes(old)
    assert foreign.scripts()


def test_a_folder_that_changes_between_the_check_and_the_run_changes_nothing(
    deck: Path, marker: Path, reopen: Callable[[], Library]
) -> None:
    trusted(deck)
    library = Library.of(deck)
    running = prove(library, library.select(["sums.gauss"]), [0])
    mark(deck, marker)
    assert [told.verdict for told in running if isinstance(told, Proof)] == [Verdict.PROVED]
    assert not marker.exists()
    proofs(reopen())
    assert marker.exists(), "the folder's own script does leave its mark"


SPOILERS: list[tuple[str, Callable[[Path], object]]] = [
    ("a file less", lambda copy: (copy / "verifiers" / "trouble.py").unlink()),
    ("a file more", lambda copy: (copy / "verifiers" / "helper.py").touch()),
    ("a link", lambda copy: (copy / "verifiers" / "link.py").symlink_to("sums.py")),
    ("all of it", shutil.rmtree),
]


@pytest.mark.parametrize(("what", "spoil"), SPOILERS, ids=[what for what, _ in SPOILERS])
def test_a_copy_that_is_not_as_it_was_made_is_not_run(
    foreign: Library, deck: Path, marker: Path, what: str, spoil: Callable[[Path], object]
) -> None:
    spoil(trusted(deck).copy)
    refuses_everything(foreign, "the trusted copy of this deck is not as it was made", marker)


def test_an_edited_copy_is_noticed_and_made_anew(foreign: Library, deck: Path, marker: Path) -> None:
    copy = trusted(deck).copy
    script = copy / "verifiers" / "trouble.py"
    script.chmod(0o600)
    mark(copy, marker, "trouble.py")
    refuses_everything(foreign, "the trusted copy of this deck is not as it was made", marker)
    with trust.candidate(deck) as found:
        assert not found.trusted
        assert found.changes == ()
        assert found.accept().copy == copy
    assert foreign.scripts() == copy / "verifiers"


def test_the_copy_holds_the_files_and_cannot_be_written(deck: Path) -> None:
    (deck / "verifiers" / "tool.py").touch(mode=0o755)
    record = trusted(deck)
    for entry in record.manifest.entries:
        path = record.copy / entry.name
        assert path.read_bytes() == (deck / entry.name).read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == (0o500 if entry.name == "verifiers/tool.py" else 0o400)
    assert stat.S_IMODE(record.copy.parent.stat().st_mode) == 0o700


def test_a_revoked_deck_runs_nothing_and_leaves_nothing(foreign: Library, deck: Path, marker: Path) -> None:
    copy = trusted(deck).copy
    trust.revoke(deck)
    refuses_everything(foreign, "not trusted", marker)
    assert list(copy.parent.iterdir()) == []
    with pytest.raises(RequestError, match="is not trusted; quizapp trust --list"):
        trust.revoke(deck)


def test_a_deck_that_is_gone_can_be_forgotten(deck: Path) -> None:
    trusted(deck)
    shutil.rmtree(deck)
    assert [record.doubt is None for record in trust.records()] == [False]
    trust.revoke(deck)
    assert trust.records() == []


def test_trust_is_given_to_one_folder_by_whatever_name(deck: Path, tmp_path: Path) -> None:
    trusted(deck)
    link, twin = tmp_path / "link", tmp_path / "twin"
    link.symlink_to(deck)
    shutil.copytree(deck, twin)
    assert Library.of(link).scripts() == Library.of(deck).scripts()
    with pytest.raises(NotTrustedError):
        Library.of(twin).scripts()


def test_who_only_looked_leaves_nothing(deck: Path, tmp_path: Path) -> None:
    with trust.candidate(deck) as found:
        assert (found.folder / "verifiers" / "sums.py").exists()
    assert not (tmp_path / "home").exists()
    trusted(deck)
    before = sorted((tmp_path / "home").rglob("*"))
    with trust.candidate(deck) as found:
        assert found.trusted
    assert sorted((tmp_path / "home").rglob("*")) == before


def test_a_deck_that_changes_while_it_is_read_is_not_trusted(deck: Path) -> None:
    with trust.candidate(deck) as found:
        a_byte(deck)
        with pytest.raises(RequestError, match="changed while it was shown; nothing is trusted"):
            found.accept()
    assert trust.records() == []


def test_trusting_anew_tells_what_changed_and_replaces_the_copy(deck: Path) -> None:
    old = trusted(deck)
    a_byte(deck)
    (deck / "verifiers" / "trouble.py").chmod(0o755)
    (deck / "questions" / "ids.txt").unlink()
    (deck / "verifiers" / "helper.py").touch()
    with trust.candidate(deck) as found:
        assert [(change.entry.name, change.content, change.mode) for change in found.changes] == [
            ("questions/ids.txt", True, False),
            ("verifiers/helper.py", True, False),
            ("verifiers/sums.py", True, False),
            ("verifiers/trouble.py", False, True),
        ]
        new = found.accept()
    assert old.copy != new.copy
    assert not old.copy.exists()
    assert [record.manifest for record in trust.records()] == [new.manifest]


def records_of(deck: Path) -> Path:
    (file,) = trust.records()[0].copy.parent.glob("*.json")
    return file


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"root": 1}', "\udcff", "[" * 100_000])
def test_a_record_that_is_none_trusts_nothing(foreign: Library, deck: Path, marker: Path, text: str) -> None:
    trusted(deck)
    records_of(deck).write_text(text, encoding="utf-8", errors="surrogateescape")
    refuses_everything(foreign, "not trusted", marker)
    assert trust.records() == []
    trusted(deck)
    assert foreign.scripts()


def test_a_record_trusts_only_what_its_digest_says_and_only_in_its_place(
    foreign: Library, deck: Path, marker: Path
) -> None:
    trusted(deck)
    file = records_of(deck)
    data = json.loads(file.read_text(encoding="utf-8"))
    for forged in ({"digest": "0" * 64}, {"root": str(deck.parent)}, {"files": data["files"][1:]}):
        file.write_text(json.dumps(data | forged), encoding="utf-8")
        refuses_everything(foreign, "not trusted", marker)
    file.write_text(json.dumps(data), encoding="utf-8")
    file.rename(file.with_name(f"{'0' * 64}.json"))
    refuses_everything(foreign, "not trusted", marker)


def test_a_copy_left_by_a_killed_program_is_swept_away_in_time(deck: Path) -> None:
    place = trusted(deck).copy.parent
    old, new = place / ".new-old", place / ".new-new"
    for left in (old, new):
        left.mkdir()
    os.utime(old, (0, 0))
    with trust.candidate(deck):
        assert (old.exists(), new.exists()) == (False, True)


def test_a_machine_that_refuses_runs_no_deck_but_ours(
    foreign: Library, deck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(deck)
    monkeypatch.setattr(trust, "refusal", lambda: Say("no room here", "这里不行"))
    with pytest.raises(NotRunError, match="no room here"):
        foreign.scripts()
    assert Library.shipped().scripts() == content.root() / "verifiers"


def test_our_own_folder_is_ours_by_whatever_name(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(content.root())
    for name in (content.root(), link, content.root() / "questions" / ".."):
        assert Library.of(name) == Library.shipped()
        assert trust.is_shipped(name)
    assert Library.shipped().foreign is None


def test_a_deck_that_says_it_lies_where_ours_does_is_not_ours(tmp_path: Path) -> None:
    for folder in ("questions", "verifiers"):
        (tmp_path / folder).symlink_to(content.root() / folder)
    library = Library.of(tmp_path)
    assert library.foreign == tmp_path
    with pytest.raises(NotTrustedError):
        library.scripts()


def test_the_faces_take_a_deck_only_where_trust_is_asked_for() -> None:
    """``Library(...)`` itself runs what it is given, for those who made the folders."""
    made = [
        f"{path.name}:{node.lineno}"
        for path in (*PACKAGE.glob("cli/**/*.py"), *PACKAGE.glob("tui/**/*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Library"
    ]
    assert made == []


# names that both decks have


@pytest.fixture
def alike(tmp_path: Path, deck: Path) -> Library:
    """A deck of others that is a copy of ours."""
    copy = tmp_path / "alike"
    for folder in ("questions", "verifiers"):
        shutil.copytree(content.root() / folder, copy / folder)
    return Library.of(copy)


def test_a_deck_with_names_of_ours_is_refused_the_learners_history(alike: Library, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"conv-bn-fusion/\S+, .* and \d+ more of this deck would share a history"):
        sharing.refuse_shared_history(alike, database_path())
    sharing.refuse_shared_history(alike, tmp_path / "mine.db")  # one that is named was chosen for it


def test_an_alias_is_a_name_too(deck: Path) -> None:
    path = deck / "questions" / "01-sums.yaml"
    text = path.read_text(encoding="utf-8")
    ours = Library.shipped().outline()[0].card
    path.write_text(text.replace("aliases: [sums/old-code]", f"aliases: [{ours}]"), encoding="utf-8")
    assert sharing.shared_cards(Library.of(deck), database_path()) == [ours]


def test_a_deck_with_names_of_its_own_shares_the_database(foreign: Library, alike: Library) -> None:
    sharing.refuse_shared_history(foreign, database_path())
    sharing.refuse_shared_history(Library.shipped(), database_path())
    assert sharing.shared_claims(foreign, database_path()) == []
    assert "conv_bn_fusion.parity" in sharing.shared_claims(alike, database_path())
