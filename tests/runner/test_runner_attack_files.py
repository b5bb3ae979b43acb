"""Reading, changing and filling files that are not the run's own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import quizapp
from quizapp.inside.zygote import _kept
from quizapp.runner import Limits, Room
from quizapp.runner.room import SHARED, WORK

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

MIB = 1 << 20


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of whoever runs quizapp, with a key in it and a secret in the environment."""
    home = tmp_path / "planted-home"
    key = home / ".ssh" / "id_ed25519"
    key.parent.mkdir(parents=True)
    key.write_text("a private key", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PLANTED_TOKEN", "a secret of the environment")
    return home


@pytest.fixture
def key(home: Path) -> Path:
    return home / ".ssh" / "id_ed25519"


def test_a_key_in_the_home_cannot_be_read(attack: Attacker, level: str, key: Path) -> None:
    found = attack("files", "read", path=str(key))
    assert found.refused == {"full": "ENOENT", "partial": "EACCES", "none": ""}[level]
    assert attack.naked("files", "read", path=str(key)).did == "a private key"
    if level == "none":
        assert found.did == "a private key", "there a run can read what you can read"


@pytest.mark.parametrize("way", ["/proc/self/root", "/proc/{minder}/root", "/proc/1/root", "/proc/{runner}/root"])
def test_a_key_cannot_be_read_by_way_of_another_process(
    attack: Attacker, level: str, shielded: bool, key: Path, way: str
) -> None:
    if level == "none" and (not shielded or "self" in way):
        pytest.skip("it works there")
    minder = attack("files", "parent").did
    found = attack("files", "read", path=f"{way.format(minder=minder, runner=os.getpid())}{key}")
    assert found.refused in ("ENOENT", "EACCES", "EPERM")


def test_the_home_cannot_be_listed_nor_its_key_linked(attack: Attacker, level: str, key: Path) -> None:
    listed = attack("files", "listing", path=str(key.parent))
    linked = attack("files", "link", path=str(key))
    assert listed.refused == {"full": "ENOENT", "partial": "EACCES", "none": ""}[level]
    assert (linked.refused != "") or level == "none"
    assert linked.did != "a private key" or level == "none"


@pytest.mark.parametrize(
    ("name", "partial"),
    [("remove", "EACCES"), ("rename", "EACCES"), ("append", "EACCES"), ("chmod", "EPERM"), ("touch", "EPERM")],
)
def test_nothing_in_the_home_can_be_changed(attack: Attacker, level: str, key: Path, name: str, partial: str) -> None:
    before = state(key)
    found = attack("files", name, path=str(key))
    if level != "none":
        assert found.refused == {"full": "ENOENT", "partial": partial}[level]
        assert state(key) == before
    else:
        assert not found.refused
        assert not key.exists() or state(key) != before, "there a run can change what you can change"


def own(names: list[str], deck: Path) -> list[str]:
    """Without the folders above a deck or an interpreter that lies below /tmp: they are shown there."""
    shown = [Path(path).parts[:3] for path in Room(deck=deck).read()]
    return [name for name in names if ("/", "tmp", name) not in shown]


def state(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return path.read_text(encoding="utf-8"), stat.S_IMODE(found.st_mode), found.st_mtime_ns


def test_whether_a_path_of_the_home_exists_is_known_to_landlock_runs(attack: Attacker, level: str, key: Path) -> None:
    assert attack("files", "exists", path=str(key)).did == (level != "full"), "Landlock does not handle stat"


def test_no_file_can_be_planted_in_the_home(attack: Attacker, level: str, home: Path) -> None:
    found = attack("files", "create", path=str(home / ".profile"))
    assert found.refused == {"full": "ENOENT", "partial": "EACCES", "none": ""}[level]
    assert (home / ".profile").exists() == (level == "none")


def test_the_environment_holds_no_secret_at_any_level(
    attack: Attacker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "PYTHONSTARTUP", "PYTHONWARNINGS", "LD_PRELOAD"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LANG", "C.UTF-8")
    inside: dict[str, str] = attack("files", "environment").did
    assert "a secret of the environment" not in inside.values()
    assert str(home) not in inside.values()
    assert inside["LANG"] == "C.UTF-8"
    assert inside["HOME"] == inside["TMPDIR"] == inside["the folder"]
    assert "a secret of the environment" in attack.naked("files", "environment").did.values()


def test_the_working_folder_is_the_runs_own_and_empty(own_attack: Attacker, level: str, temporary: Path) -> None:
    folder = own_attack("files", "folder").did
    assert own(own_attack("files", "listing", path=".").did, own_attack.deck) == []
    assert folder == "/tmp" if level == "full" else Path(folder).parent == temporary


@pytest.mark.parametrize("name", ["environ", "maps"])
def test_what_the_kernel_tells_of_other_processes_is_closed(
    attack: Attacker, level: str, shielded: bool, victim: subprocess.Popen[bytes], name: str
) -> None:
    open_to_root = level == "none" and (os.geteuid() == 0 or not shielded)
    for pid in (victim.pid, os.getpid()):
        found = attack("processes", "file_of", pid=pid, file=name)
        assert found.refused == ("" if open_to_root else "ENOENT" if level == "full" else "EACCES")
    assert attack.naked("processes", "file_of", pid=victim.pid, file="environ").did == (
        "PLANTED=a secret of the environment\0"
    )


def test_command_lines_of_others_are_hidden_by_namespaces_only(
    attack: Attacker, level: str, victim: subprocess.Popen[bytes]
) -> None:
    assert victim.poll() is None
    lines = attack("processes", "command_lines").did
    assert any("a secret of the command line" in line for line in lines) == (level != "full")


def test_a_run_holds_only_its_own_descriptors(attack: Attacker) -> None:
    with tempfile.TemporaryFile() as secret:
        os.set_inheritable(secret.fileno(), True)
        assert attack("files", "descriptors").did == [0, 1, 2, 4], "nothing, output twice, the channel"


def protected(deck: Path) -> dict[str, Path]:
    return {
        "the script": deck / "attacker.py",
        "a file of the deck": deck / "files.py",
        "the interpreter": Path(os.path.realpath(sys.executable)),
        "the standard library": Path(os.__file__),
        "quizapp": Path(quizapp.__file__).parent / "proof" / "claim.py",
        "an installed package": Path(pytest.__file__),
    }


@pytest.mark.parametrize("what", protected(Path()))
def test_what_runs_next_cannot_be_changed(attack: Attacker, level: str, what: str) -> None:
    path = protected(attack.deck)[what]
    found = attack("files", "open_to_write", path=str(path))
    if level != "none":
        assert found.refused in {"full": ("EROFS", "ETXTBSY"), "partial": ("EACCES", "ETXTBSY")}[level] or (
            found.refused == "EACCES" and not os.access(path, os.W_OK)
        )
    elif os.access(path, os.W_OK):
        assert found.refused in ("", "ETXTBSY"), "there a run can change what you can change"
    made = attack("files", "create", path=str(path.with_name("planted.py")))
    if level != "none":
        assert made.refused in ("EROFS", "EACCES")
    elif not made.refused:
        path.with_name("planted.py").unlink()


@pytest.mark.parametrize("level", ["full", "partial"], indirect=True)
def test_nothing_can_be_written_anywhere_else(attack: Attacker, level: str) -> None:
    for folder in ("/", "/etc", "/dev", "/usr", "/var/tmp", str(Path(__file__).parent)):
        found = attack("files", "create", path=f"{folder}/planted")
        assert found.refused in {"full": ("EROFS", "ENOENT", "EACCES"), "partial": ("EACCES",)}[level], folder


def test_a_changed_deck_would_be_seen_at_none(own_attack: Attacker, level: str) -> None:
    before = (own_attack.deck / "files.py").read_text(encoding="utf-8")
    own_attack("files", "append", path=str(own_attack.deck / "files.py"))
    changed = (own_attack.deck / "files.py").read_text(encoding="utf-8") != before
    assert changed == (level == "none")


def test_root_makes_no_device_file_behind_walls(attack: Attacker, level: str) -> None:
    if os.geteuid() != 0:
        assert attack("files", "make_disk", device=[1, 3]).refused in ("EPERM", "EACCES"), "only root may"
        return
    found = attack("files", "make_disk", device=[1, 3])  # the null device stands for a disk
    assert found.refused in {"full": ("EPERM",), "partial": ("EACCES",), "none": ("", "EACCES")}[level]


# filling


def test_the_work_folder_holds_so_much_and_no_more(attack: Attacker, level: str) -> None:
    size = WORK + 8 * MIB
    written, why = attack("files", "fill", folder=".", size=size, each=32 * MIB).did
    if level == "full":
        assert why == "ENOSPC"
        assert WORK - MIB <= written <= WORK
    else:
        assert (written >= size, why) == (True, ""), "there only the size of each file is limited"


def test_one_file_is_limited_at_every_level(attack: Attacker) -> None:
    limits = Limits(seconds=20, file=2 * MIB)
    assert attack("files", "fill", limits=limits, folder=".", size=8 * MIB, each=8 * MIB).did == [2 * MIB, "EFBIG"]


def test_many_files_are_gone_after_the_run(own_attack: Attacker, level: str, temporary: Path) -> None:
    assert own_attack("files", "many", folder=".", count=5000).did == 5000
    assert list(temporary.iterdir()) == [], "a worker that holds files is not used again"
    assert own(own_attack("files", "listing", path=".").did, own_attack.deck) == []


def test_shared_memory_by_name_holds_little_or_nothing(attack: Attacker, level: str) -> None:
    size, place, name = SHARED + 8 * MIB, Path("/dev/shm"), attack.mark()
    made: Any = attack("files", "fill", folder=str(place), size=size, each=8 * MIB, name=name).did
    mine = list(place.glob(f"{name}-*"))
    for path in mine:
        path.unlink()
    if level == "full":
        assert made[1] == "ENOSPC"
        assert SHARED - MIB <= made[0] <= SHARED
    else:
        assert made == ([0, "EACCES"] if level == "partial" else [size, ""])
    assert bool(mine) == (level == "none"), "there it stays when the run is over"


@pytest.mark.parametrize("level", ["full"], indirect=True)
def test_nothing_is_kept_deeper_down_either(attack: Attacker) -> None:
    above = [folder for folder in attack.deck.parents if folder.is_relative_to("/tmp") and folder != Path("/tmp")]
    if not above:
        pytest.skip("the deck does not lie below /tmp, and the work folder is empty")
    first, second = (attack("files", "keep", folder=str(above[0])) for _ in range(2))
    assert first.did == second.did


@pytest.mark.parametrize("place", [".", "/dev/shm"])
@pytest.mark.parametrize("way", ["keep", "keep_mode", "keep_attribute"])
def test_nothing_is_kept_for_the_next_run(attack: Attacker, level: str, place: str, way: str) -> None:
    if place == "/dev/shm" and level != "full":
        pytest.skip("it is the machine's there")
    first, second = (attack("files", way, folder=place) for _ in range(2))
    assert (first.did, first.refused) == (second.did, second.refused)


def test_a_file_that_was_there_before_and_was_written_over_is_noticed(tmp_path: Path) -> None:
    """As a package's cache may be, which it wrote when it was imported ahead."""
    cache = tmp_path / "cache"
    cache.write_text("mine")
    before, found = _kept(str(tmp_path)), cache.stat()
    assert _kept(str(tmp_path)) == before
    cache.write_text("ours")
    os.utime(cache, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert _kept(str(tmp_path)) != before
