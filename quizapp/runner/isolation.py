"""How well runs are isolated on this machine, found out by trying."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from quizapp.proof.say import Say
from quizapp.runner.room import Room

VARIABLE = "QUIZAPP_ISOLATION"
"""Names the strongest level to use; it can ask for less than there is, never for more."""


class Level(StrEnum):
    """How much a run can do beyond its own folder, its time and its memory."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Isolation:
    """The level, by what it is done, and what is missing from a better one.

    ``scope`` says whether the kernel keeps signals inside the walls (Landlock of Linux 6.12), ``seccomp`` whether
    system calls are filtered.
    """

    level: Level
    by: str
    why: Say
    seccomp: bool = False
    scope: bool = False


@cache
def probe() -> Isolation:
    """Try the layers from the strongest down; about 30 ms, once a process."""
    allowed = os.environ.get(VARIABLE, Level.FULL.value)
    why = Say(f"{VARIABLE}={allowed}", f"{VARIABLE}={allowed}")
    if allowed == Level.FULL:
        found = _bubblewrap()
        if isinstance(found, Isolation):
            return found
        why = found
    if allowed in (Level.FULL, Level.PARTIAL):
        found = _landlock(why)
        if isinstance(found, Isolation):
            return found
        why = found
    return Isolation(Level.NONE, "", why)


def refusal() -> Say | None:
    """Why a deck that is not ours must not run here even if it is trusted; None where it may.

    The kernel counts no process of root against RLIMIT_NPROC, so that only a pids limit holds a fork bomb.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or _pids_limited():
        return None
    return Say(
        "as root nothing limits the number of processes here: run quizapp as an ordinary user, "
        "or in a container with a pids limit",
        "以 root 身份运行时，这里没有任何进程数上限：请用普通用户运行 quizapp，或在设有 pids 上限的容器中运行",
    )


def _bubblewrap() -> Isolation | Say:
    if sys.platform != "linux":
        return Say(f"{sys.platform} has no bubblewrap", f"{sys.platform} 上没有 bubblewrap")
    if (program := shutil.which("bwrap")) is None:
        return Say("bubblewrap is not installed", "未安装 bubblewrap")
    problem = _fails([*Room().bubblewrap(program), sys.executable, "-I", "-S", "-c", ""])
    if problem is not None:
        return Say(f"bubblewrap does not work here: {problem}", f"bubblewrap 在此无法工作：{problem}")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # found on PATH
    seccomp, _ = _kernel()
    return Isolation(Level.FULL, version.strip(), Say("", ""), seccomp=seccomp)


def _landlock(why: Say) -> Isolation | Say:
    seccomp, abi = _kernel()
    if abi < 1:
        return Say(f"{why.en}; this kernel offers no Landlock", f"{why.zh}；内核不提供 Landlock")
    by = f"Landlock {abi}" + (" + seccomp" if seccomp else "")
    return Isolation(Level.PARTIAL, by, why, seccomp=seccomp, scope=abi >= 6)


@cache
def _kernel() -> tuple[bool, int]:
    """Whether libseccomp can be used, and the version of Landlock (0: none)."""
    if sys.platform != "linux":
        return False, 0
    import landlockpy

    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError):  # the wheel is there, the system's libseccomp may not be
        pyseccomp = None
    return pyseccomp is not None, landlockpy.abi_version() if landlockpy.supported() else 0


def _fails(command: list[str]) -> str | None:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  # our own arguments
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = run.stderr.strip().splitlines()
    return None if run.returncode == 0 else (said[-1] if said else f"exit code {run.returncode}")


def _pids_limited(ours: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> bool:
    """Whether a cgroup of ours, v1 or v2, or one above it sets a pids limit."""
    try:
        lines = ours.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "pids" in controllers.split(","):
            top = groups / controllers
            below = top / path.lstrip("/")
            if any(_limits(folder / "pids.max") for folder in (below, *below.parents) if folder.is_relative_to(top)):
                return True
    return False


def _limits(file: Path) -> bool:
    try:
        return file.read_text(encoding="ascii").strip() not in ("max", "")
    except OSError:
        return False
