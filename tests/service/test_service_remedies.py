"""What to do for better isolation, on machines of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizapp.proof.say import Say
from quizapp.runner import Isolation, Level
from quizapp.service.doctor import Mark, isolation
from quizapp.service.remedies import FORBID, Machine, forbidding, remedy

WHY = Say("for some reason", "有原因")
FULL = Isolation(Level.FULL, "bubblewrap 0.8.0", Say("", ""), seccomp=True)
PARTIAL = Isolation(Level.PARTIAL, "Landlock 7 + seccomp", WHY, seccomp=True, scope=True)
NONE = Isolation(Level.NONE, "", WHY)
APT, DNF = "sudo apt-get install bubblewrap", "sudo dnf install bubblewrap"


def advised(found: Isolation, machine: Machine) -> str:
    advice = remedy(found, machine)
    assert advice is not None
    assert "\n" not in advice.en + advice.zh, "one line"
    return advice.en


@pytest.mark.parametrize("found", [PARTIAL, NONE], ids=["partial", "none"])
@pytest.mark.parametrize(
    ("kin", "line"),
    [
        (("debian",), APT),
        (("ubuntu", "debian"), APT),
        (("linuxmint", "ubuntu", "debian"), APT),
        (("fedora",), DNF),
        (("rocky", "rhel", "centos", "fedora"), DNF),
        (("opensuse-leap", "suse", "opensuse"), "sudo zypper install bubblewrap"),
        (("arch",), "sudo pacman -S bubblewrap"),
        (("alpine",), "doas apk add bubblewrap"),
        (("guix",), "install bubblewrap with your package manager"),
        ((), "install bubblewrap with your package manager"),
    ],
)
def test_without_bubblewrap_the_line_that_installs_it_is_told(
    found: Isolation, kin: tuple[str, ...], line: str
) -> None:
    assert advised(found, Machine(kin=kin)) == line


def test_the_lines_are_those_of_readme() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"\n{APT}\n{DNF}\n" in text


def test_the_best_needs_no_advice() -> None:
    assert remedy(FULL, Machine(bubblewrap=True)) is None
    assert remedy(FULL, Machine(bubblewrap=True, asked="full")) is None
    found = isolation(FULL, Machine(bubblewrap=True))
    assert (found.mark, found.value.en, found.says.en) == (Mark.OK, "full", "bubblewrap 0.8.0 + seccomp")


def test_walls_without_a_filter_of_system_calls_could_be_better() -> None:
    found = Isolation(Level.FULL, "bubblewrap 0.8.0", Say("", ""), seccomp=False)
    assert advised(found, Machine(bubblewrap=True, kin=("debian",))).endswith("sudo apt-get install libseccomp2")
    assert advised(found, Machine(bubblewrap=True, kin=("fedora",))).endswith("sudo dnf install libseccomp")


@pytest.mark.parametrize("asked", ["partial", "none", "nonsense"])
def test_who_has_asked_for_less_is_told_how_to_ask_for_all(asked: str) -> None:
    assert advised(NONE, Machine(asked=asked, bubblewrap=True)) == "unset QUIZAPP_ISOLATION"


@pytest.mark.parametrize("name", FORBID)
def test_a_setting_that_forbids_user_namespaces_is_named(tmp_path: Path, name: str) -> None:
    for other, forbids in FORBID.items():
        file = tmp_path / other
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{forbids if other == name else 7}\n", encoding="ascii")
    found = forbidding(tmp_path)
    assert found == {name: FORBID[name]}
    said = advised(PARTIAL, Machine(bubblewrap=True, kin=("debian",), forbids=found))
    assert f"{name.replace('/', '.')} = {FORBID[name]}" in said
    assert "install" not in said


def test_where_no_setting_forbids_it_the_container_may(tmp_path: Path) -> None:
    assert forbidding(tmp_path) == {}
    assert "container" in advised(PARTIAL, Machine(bubblewrap=True))


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (Machine("darwin"), "macOS"),
        (Machine("win32"), "WSL 2"),
        (Machine("freebsd14"), "freebsd14"),
        (Machine(release="4.4.0-19041-Microsoft", kin=("ubuntu",)), "WSL 1"),
        (Machine(release="5.15.90.1-microsoft-standard-WSL2", kin=("ubuntu",)), "apt-get install bubblewrap"),
    ],
)
def test_other_systems_get_honest_words(machine: Machine, word: str) -> None:
    assert word in advised(NONE, machine)


def test_only_where_nothing_can_run_is_it_a_problem() -> None:
    assert isolation(NONE, Machine("win32")).mark is Mark.PROBLEM
    for machine in (Machine(), Machine("darwin"), Machine(asked="none")):
        assert isolation(NONE, machine).mark is Mark.NOTE
    assert "whatever you can" in isolation(NONE, Machine()).says.en
    assert isolation(PARTIAL, Machine()).says == Say(
        "Landlock 7 + seccomp; for some reason", "Landlock 7 + seccomp; 有原因"
    )


def test_this_machine_can_be_looked_at() -> None:
    machine = Machine.here()
    assert machine.platform
    assert machine.release
