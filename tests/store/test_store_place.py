"""Where the database lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from platformdirs import user_data_path

from quizapp.store.door import StoreError
from quizapp.store.place import database_path


def test_the_default_place_is_the_platforms_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUIZAPP_HOME", raising=False)
    assert database_path() == user_data_path("quizapp", appauthor=False) / "quizapp.db"


def test_an_empty_home_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZAPP_HOME", "")
    assert database_path() == user_data_path("quizapp", appauthor=False) / "quizapp.db"


def test_home_is_a_folder_and_a_url_goes_before_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path))
    assert database_path() == tmp_path / "quizapp.db"
    assert database_path(str(tmp_path / "other.db")) == tmp_path / "other.db"


def test_a_bare_path_and_a_sqlite_url_name_the_same_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_path("a b.db") == database_path("sqlite:///a b.db") == tmp_path / "a b.db"
    assert database_path(f"sqlite:///{tmp_path}/c.db") == tmp_path / "c.db"
    assert database_path("~/d.db") == database_path("sqlite:///~/d.db") == Path.home() / "d.db"


@pytest.mark.parametrize(
    "url",
    [
        *("", ":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "sqlite:a.db"),
        *("postgresql://host/quiz", "file:a.db", "FILE:a.db", "sqlite+pysqlite:///a.db", "a\0.db"),
    ],
)
def test_any_other_place_is_refused_with_the_form_to_write(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///path"):
        database_path(url)


def test_nothing_is_made(tmp_path: Path) -> None:
    database_path(str(tmp_path / "new" / "quizapp.db"))
    assert list(tmp_path.iterdir()) == []
