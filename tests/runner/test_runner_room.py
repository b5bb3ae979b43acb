"""The room that a worker works in: what is shown of the machine, and what is not."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quizapp
from quizapp.content import root
from quizapp.runner import Room
from quizapp.runner import room as room_module

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

ROOMS = st.builds(
    Room,
    deck=st.sampled_from([None, root() / "verifiers", Path(__file__).parent]),
    ranks=st.booleans(),
    cuda=st.booleans(),
)
WRITES = {"--bind", "--bind-try", "--bind-fd", "--overlay", "--tmp-overlay"}
SEES_DEVICES = {"--dev-bind", "--dev-bind-try"}
OURS = ("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--disable-userns")


def pairs(command: Sequence[str], *options: str) -> Iterator[str]:
    """What follows an option."""
    yield from (after for option, after in itertools.pairwise(command) if option in options)


@given(ROOMS)
def test_nothing_of_the_machine_can_be_written(room: Room) -> None:
    command = room.bubblewrap("bwrap")
    assert not WRITES & {*command}
    assert set(pairs(command, *SEES_DEVICES)) <= set(room.devices())
    assert set(pairs(command, "--tmpfs")) == {"/tmp", "/dev/shm", *room.hidden()}
    assert set(pairs(command, "--remount-ro")) >= {"/", "/dev", *room.hidden()}


@given(ROOMS)
def test_every_namespace_is_the_rooms_own(room: Room) -> None:
    command = room.bubblewrap("bwrap")
    assert [option for option in OURS if option not in command] == []
    assert not {"--share-net", "--cap-add", "--keep-fd"} & {*command}
    assert list(pairs(command, "--cap-drop")) == ["ALL"]
    assert "--as-pid-1" in command
    assert command[-1] == "--"


@given(ROOMS)
def test_what_is_shown_is_what_a_run_needs(room: Room) -> None:
    shown = {*pairs(room.bubblewrap("bwrap"), "--ro-bind")}
    assert room.deck is None or str(room.deck) in shown
    assert not {"/", "/home", "/root", "/etc", "/var", "/run", "/tmp", "/proc", "/sys", "/dev"} & shown
    package = Path(quizapp.__file__).parent
    ours = {Path(path).relative_to(package).parts[0] for path in shown if Path(path).is_relative_to(package)}
    assert {"proof", "inside"} <= ours
    assert not {"deck", "service", "store", "tui", "cli", "runner"} & ours


@given(ROOMS)
def test_only_one_that_can_be_forked_again_is_kept(room: Room) -> None:
    assert room.warm == (not room.ranks and not room.cuda)
    assert room.cuda or room.devices() == []
    assert room.ranks or room.buses() == []


def test_a_library_path_is_shown_where_it_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}::relative:{tmp_path}/nowhere")
    read = Room().read()
    assert str(tmp_path) in read
    assert not [path for path in read if "relative" in path or "nowhere" in path or not path]


# a bench, which must not see an answer


def test_a_bench_sees_neither_questions_nor_verifiers(attack: Attacker, level: str) -> None:
    for folder in (root() / "questions", root() / "verifiers", Path(quizapp.__file__).parent / "service"):
        found = attack("files", "listing", path=str(folder))
        if level == "none":
            assert found.did, "there a run can read what you can read"
        else:
            assert found.refused in ("ENOENT", "EACCES")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation from a wheel: the content lies inside the package, among what is installed."""
    package = tmp_path / "site" / "lib" / "packages" / "quizapp"
    for name in ("questions", "verifiers", "db"):
        (package / "_content" / name).mkdir(parents=True)
        (package / "_content" / name / "file.py").write_text("answer = 42", encoding="utf-8")
    for name in ("proof", "service"):
        (package / name).mkdir()
    (package.parent / "other.py").write_text("other = 1", encoding="utf-8")
    (tmp_path / "site" / "link").symlink_to(tmp_path / "site" / "lib")
    read, site = Room.read, str(tmp_path / "site")
    monkeypatch.setattr(room_module, "root", lambda: package / "_content")
    monkeypatch.setattr(Room, "read", lambda self: [*read(self), site])
    return package


@pytest.mark.parametrize("deck", [None, "verifiers"])
def test_in_a_wheel_what_is_not_for_a_room_is_hidden(wheel: Path, deck: str | None) -> None:
    content = wheel / "_content"
    room = Room(deck=content / deck if deck else None)
    hidden = {str(content / name) for name in ("questions", "verifiers") if name != deck}
    assert set(room.hidden()) == hidden
    around = set(room.around())
    assert str(wheel.parent / "other.py") in around
    assert str(content / "db") in around, "what is beside it stays"
    assert not any(Path(path).is_relative_to(other) for path in around for other in hidden)
    assert not any(Path(other).is_relative_to(path) for path in around for other in hidden)
    assert str(wheel.parents[2] / "link") not in around, "a link is another way to the same"


@pytest.mark.parametrize("level", ["full", "partial"], indirect=True)
def test_in_a_wheel_an_answer_cannot_be_read_from_inside(own_attack: Attacker, wheel: Path) -> None:
    files = [wheel / "_content" / name / "file.py" for name in ("questions", "verifiers")]
    for file in (*files, *(wheel.parents[2] / "link" / file.relative_to(wheel.parents[1]) for file in files)):
        assert own_attack("files", "read", path=str(file)).refused in ("ENOENT", "EACCES")
    assert own_attack("files", "read", path=str(wheel.parent / "other.py")).did == "other = 1"


@pytest.mark.parametrize("level", ["full", "partial"], indirect=True)
def test_in_a_wheel_a_verifier_still_runs(own_attack: Attacker, wheel: Path) -> None:
    deck = wheel / "_content" / "verifiers"
    shutil.copytree(own_attack.deck, deck, dirs_exist_ok=True)
    own_attack.deck = deck
    assert own_attack("files", "read", path=str(deck / "file.py")).did == "answer = 42"
    assert own_attack("files", "read", path=str(deck.with_name("questions") / "file.py")).refused in (
        "ENOENT",
        "EACCES",
    )
    assert os.access(deck, os.R_OK)
