"""What the doctor finds, on real files, and that looking changes none."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quizapp.proof.say import Say
from quizapp.runner import Isolation, Level
from quizapp.service import doctor
from quizapp.service.doctor import Finding, Mark
from quizapp.service.library import Library
from quizapp.service.study import open_store

NONE = Isolation(Level.NONE, "", Say("as asked", "按要求"))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_looking_writes_nothing(library: Library, database: Path, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    names = [finding.name for finding in doctor.examine(library, database)]
    assert names[0] == "isolation"
    assert len(set(names)) == len(names)
    assert not database.parent.exists()
    assert {path: data for path, data in snapshot(tmp_path).items() if "__pycache__" not in path} == before


def test_the_proof_is_a_real_one(library: Library) -> None:
    found = doctor.proof(library, NONE)
    assert (found.value.en, found.mark, found.facts["claim"]) == ("proved", Mark.OK, "sums.gauss")
    assert found.facts["cold_ms"] > 0


def test_warm_is_told_apart_from_cold_where_workers_are_kept(library: Library) -> None:
    from quizapp.runner import probe

    found = doctor.proof(library, probe())
    kept = probe().level is not Level.NONE
    assert (found.facts["warm_ms"] is not None) is kept
    assert ("warm" in found.says.en) is kept


def test_a_proof_that_fails_is_a_problem_with_its_reason(deck: Path) -> None:
    (deck / "verifiers" / "sums.py").write_text("raise RuntimeError('spoilt')\n", encoding="utf-8")
    found = doctor.proof(Library(deck / "questions", deck / "verifiers"), NONE)
    assert found.mark is Mark.PROBLEM
    assert found.value.en in ("refuted", "error")
    assert found.advice is not None
    assert found.advice.en.startswith("quizapp verify ")


def test_no_verifier_at_all_is_a_problem(tmp_path: Path) -> None:
    found = doctor.proof(Library(tmp_path, tmp_path), NONE)
    assert found.mark is Mark.PROBLEM
    assert "no verifier" in found.says.en


def test_a_database_that_is_not_there_yet_is_all_right(database: Path) -> None:
    found = doctor.storage(database)
    assert (found.mark, found.value.en, found.facts["writable"]) == (Mark.OK, "none yet", True)


def test_a_database_tells_its_format_and_stays_as_it_is(database: Path) -> None:
    open_store(database)
    before = snapshot(database.parent)
    found = doctor.storage(database)
    assert (found.mark, found.facts["format"], found.facts["writable"]) == (Mark.OK, 1, True)
    assert snapshot(database.parent) == before


def test_a_database_of_a_newer_format_is_a_problem(database: Path) -> None:
    open_store(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert "update quizapp" in problem(doctor.storage(database))


def test_an_older_database_is_noted(database: Path) -> None:
    open_store(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 0")
    found = doctor.storage(database)
    assert (found.mark, found.value.en) == (Mark.NOTE, "older")


def test_what_is_no_database_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 300, encoding="utf-8")
    assert "not a quizapp database" in problem(doctor.storage(file))
    assert "is a folder" in problem(doctor.storage(tmp_path))
    assert str(file) in problem(doctor.storage(file / "below" / "x.db"))


def test_a_database_that_another_program_holds_is_a_problem(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "BUSY", 0.01)
    open_store(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked by another program" in problem(doctor.storage(database))
        other.execute("ROLLBACK")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_a_problem(database: Path) -> None:
    open_store(database)
    database.parent.chmod(0o500)
    try:
        assert str(database.parent) in problem(doctor.storage(database))
    finally:
        database.parent.chmod(0o700)


def test_a_deck_is_counted(library: Library) -> None:
    found = doctor.deck(library)
    assert (found.facts["topics"], found.facts["claims"]) == (2, 8)
    assert found.facts["cards"] == len(library.deck.cards)


def test_a_broken_deck_is_a_problem(deck: Path) -> None:
    (deck / "questions" / "01-sums.yaml").write_text("title: {en: x}\n", encoding="utf-8")
    found = doctor.deck(Library(deck / "questions", deck / "verifiers"))
    assert found.mark is Mark.PROBLEM
    assert found.facts["problems"] > 0
    assert found.advice is not None
    assert "quizapp lint" in found.advice.en


def test_a_gpu_is_found_by_its_file(library: Library, tmp_path: Path) -> None:
    for name in ("nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert doctor.cuda(library, tmp_path).value.en == "no device"
    (tmp_path / "nvidia0").touch()
    found = doctor.cuda(library, tmp_path)
    assert (found.value.en, found.facts["devices"]) == ("device", ["nvidia0"])


def test_root_without_a_bound_on_processes_is_told_that_foreign_decks_are_refused() -> None:
    why = Say("as root nothing limits …", "以 root 身份……")
    assert doctor.foreign_decks(why).says == why
    assert (doctor.foreign_decks(why).mark, doctor.foreign_decks(why).facts["allowed"]) == (Mark.NOTE, False)
    assert doctor.foreign_decks(None).mark is Mark.OK


def problem(found: Finding) -> str:
    assert found.mark is Mark.PROBLEM
    return found.says.en
