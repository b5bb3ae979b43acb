"""System calls by which a run could take memory that nothing counts, or leave its walls."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

GIB = 1 << 30
DOORS = {  # behind walls seccomp answers, of which root has to ask the kernel for some
    "new_user_namespace": "EPERM",
    "clone_user_namespace": "EPERM",
    "clone3_user_namespace": "ENOSYS",
    "unmount": "EPERM",
    "change_root": "EPERM",
    "ring": "EPERM",
    "program_the_kernel": "EPERM",
    "handle_faults": "EPERM",
    "count_events": "EPERM",
    "add_key": "EPERM",
    "other_personality": "EPERM",
}
USUALLY_OPEN = {"new_user_namespace", "clone_user_namespace", "clone3_user_namespace", "ring", "other_personality"}
REACHES = {  # other processes' memory and state: what stops each inside namespaces, and by Landlock and seccomp
    "trace": ("EPERM", "EPERM"),
    "read_memory": ("EPERM", "EPERM"),
    "memory_as_file": ("ENOENT", "EACCES"),
    "take_descriptor": ("ESRCH", "EPERM"),
    "lower_limit": ("ESRCH", "EPERM"),
    "slow_down": ("ESRCH", "EPERM"),
}
SCOPE_IS_SILENT_ON = {"lower_limit", "slow_down"}


def test_the_kernels_doors_are_closed_behind_walls(attack: Attacker, level: str) -> None:
    naked = attack.each_naked("kernel", DOORS)
    assert attack.each("kernel", DOORS) == (DOORS if level != "none" else naked)
    assert any(not naked[door] for door in USUALLY_OPEN), "without walls some door is open, or nothing was tried"


def test_a_mount_is_refused_behind_walls(attack: Attacker, level: str) -> None:
    if level == "none":
        pytest.skip("root could, and would change the machine")
    assert attack("kernel", "mount", folder="/").refused == "EPERM"


def test_root_has_no_privilege_behind_walls(attack: Attacker, level: str) -> None:
    mine = int(Path("/proc/self/status").read_text().partition("CapEff:")[2].split()[0], 16)
    assert attack("kernel", "capabilities").did == (mine if level == "none" else 0)


def test_no_other_process_can_be_reached(
    attack: Attacker, level: str, shielded: bool, victim: subprocess.Popen[bytes]
) -> None:
    if level == "none" and not shielded:
        pytest.skip("there a run can reach what you can reach")
    found = attack.each("kernel", REACHES, pid=victim.pid)
    if level == "none":
        closed = {reach for reach, error in found.items() if error in ("EPERM", "EACCES")}
        assert closed == REACHES.keys() - SCOPE_IS_SILENT_ON, "Landlock's scope says nothing of limits and priorities"
    else:
        assert found == {reach: errors[level == "partial"] for reach, errors in REACHES.items()}
        assert attack.each("kernel", REACHES, pid=os.getpid()) == found, "nor can the program itself"
    naked = attack.each_naked("kernel", REACHES, pid=victim.pid)
    assert os.geteuid() != 0 or not any(naked.values()), "root reaches it, where nothing stops root"
    assert not any(naked[reach] for reach in SCOPE_IS_SILENT_ON)


def test_the_process_that_ends_a_run_is_closed_to_it(attack: Attacker, level: str, shielded: bool) -> None:
    if level == "none" and os.geteuid() == 0 and not shielded:
        pytest.skip("root is stopped by walls only")
    found = attack.each("kernel", [f"{reach}_of_minder" for reach in ("trace", "read_memory", "memory_as_file")])
    assert set(found.values()) <= {"EPERM", "EACCES"}


def test_all_processes_of_a_user_cannot_be_slowed_down(attack: Attacker, level: str) -> None:
    assert attack("kernel", "slow_all_down").refused == {"full": "", "partial": "EPERM", "none": ""}[level], (
        "inside namespaces it reaches the run itself"
    )


def test_events_of_a_descriptor_are_nobody_elses_signals(
    attack: Attacker, level: str, victim: subprocess.Popen[bytes], shielded: bool
) -> None:
    if level == "none" and not shielded:
        pytest.skip("it works there")
    found = attack("kernel", "own_a_signal", pid=victim.pid)
    assert found.refused == {"full": "ESRCH", "partial": "EPERM", "none": ""}[level]
    assert victim.poll() is None, "SIGIO ends a process that does not expect it"


# memory


@pytest.mark.parametrize("kind", ["private_memory", "shared_memory"])
def test_eight_gigabytes_are_refused_at_every_level(attack: Attacker, kind: str) -> None:
    refused = attack("kernel", kind, size=8 * GIB).refused
    assert refused in ("MemoryError", "ENOMEM")
    assert attack.naked("kernel", kind, size=64 << 20).did == 64 << 20
    assert attack("kernel", kind, size=64 << 20).did == 64 << 20, "what a proof needs is there"


def test_memory_behind_descriptors_is_refused_behind_walls(attack: Attacker, level: str) -> None:
    many = attack("kernel", "memory_files", count=3, each=64 << 20)
    if level == "none":
        assert many.did == 192 << 20, "there each may be as large as a file, and nothing counts them"
    else:
        assert many.refused == "EPERM"


def test_a_system_v_segment_would_outlive_its_run(attack: Attacker, level: str) -> None:
    found = attack("kernel", "shared_by_key", size=1 << 20)
    if level != "none":
        assert found.refused == "EPERM"
        return
    assert [found.did] == [each for each in _segments() if each == found.did], "there it is left behind"
    ctypes.CDLL(None).shmctl(found.did, 0, None)
    assert found.did not in _segments()


def test_a_message_queue_would_outlive_its_run(attack: Attacker, level: str) -> None:
    found = attack("kernel", "message_queue")
    assert found.refused == ("" if level == "none" else "EPERM")
    if level == "none":
        ctypes.CDLL(None).msgctl(found.did, 0, None)


def _segments() -> list[int]:
    return [int(line.split()[1]) for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]


def test_descriptors_run_out_at_every_level(attack: Attacker) -> None:
    assert attack("kernel", "lock_files", count=300).refused == "EMFILE"
    assert attack.naked("kernel", "lock_files", count=300).did == 300
