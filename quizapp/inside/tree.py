"""Ending everything that a run has started: the minder's half of the work."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PATIENCE = 5.0  # seconds after which what forks faster than it can be killed is given up
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have what a run leaves behind become our child, daemons included, instead of init's. Linux only."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def close_memory(*, closed: bool = True) -> None:
    """Have the kernel keep this process's memory and environment from others of the same user. Linux only."""
    _prctl(PR_SET_DUMPABLE, int(not closed))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        # one call without a kept library of its own: python-prctl is GPL and needs libcap's headers
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_the_rest(group: int, *, alone: bool) -> bool:
    """Kill all that is left of a run; whether there was anything.

    ``alone`` says that we are the first of a process namespace of our own, where all others are the run's.
    ``group`` is the run's own process group, all that can be found of it where the kernel adopts no orphans for us.
    """
    found = _has_children()
    if group:
        _signal([-group], signal.SIGKILL)
    while _has_children():
        if alone and os.getpid() == 1:  # anywhere else this would be every process of the user's
            _signal([-1], signal.SIGKILL)  # all but ourselves at once: the kernel lets no fork slip past
        else:
            _kill_descendants(os.getpid())
        found = True
        time.sleep(0.001)
    return found


def end_family(pid: int) -> None:
    """Kill a process that is not ours to wait for, and all below it: for a minder that a run has stopped."""
    end = time.monotonic() + PATIENCE
    _signal([pid], signal.SIGSTOP)  # what it no longer reaps stays its own, and so can be found
    while _kill_descendants(pid) and time.monotonic() < end:
        time.sleep(0.001)
    _signal([pid], signal.SIGKILL)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _has_children() -> bool:
    """Reap the dead; whether any are left. What has lost its parent is ours: where there are none, there is nobody."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _kill_descendants(of: int) -> bool:
    """SIGSTOP first, so that a fork bomb stands still; then SIGKILL. Whether there were any."""
    _signal(_children(of), signal.SIGSTOP)  # one read: what forks faster than all of /proc is read must stand first
    family = descendants(of)
    _signal(family, signal.SIGSTOP)
    _signal(family, signal.SIGKILL)
    return bool(family)


def _children(of: int) -> list[int]:
    with contextlib.suppress(OSError):  # a kernel may be built without this file
        return [int(pid) for pid in Path(f"/proc/{of}/task/{of}/children").read_text(encoding="ascii").split()]
    return []


def descendants(of: int) -> list[int]:
    """Every process below one, by parents; the dead, which wait to be reaped, excepted."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name in brackets may hold anything; what follows the last bracket is "state ppid …"
            state, parent, *_ = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            if state not in "ZX" or _threads(pid) > 1:
                children.setdefault(int(parent), []).append(pid)
    found, below = [], [of]
    while below:
        below = [child for parent in below for child in children.get(parent, [])]
        found += below
    return found


def _threads(pid: int) -> int:
    """How many there are: a process whose first thread has ended looks dead, and its others live on."""
    return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208  # names only


def _pids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(name) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208  # names only
