"""Attacks by processes: those that will not end, that multiply, and signals to those of others."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
import time
from pathlib import Path

LONG = "3600"


def endless(deaf: bool) -> None:
    if deaf:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def sleep_as(mark: str) -> None:
    """Become a process that can be found by its name from outside."""
    os.execv("/bin/sleep", [mark, LONG])


def grandchild(mark: str) -> bool:
    """One that keeps the channel and both ends of output open."""
    for fd in (1, 2, 4):
        os.set_inheritable(fd, True)
    if os.fork() == 0:
        sleep_as(mark)
    return True


def orphan(mark: str) -> None:
    """As ``grandchild``, without a result."""
    grandchild(mark)
    os._exit(0)


def daemon(mark: str) -> bool:
    """Forked twice, in a session of its own, deaf, with nothing in common with the run but its limits."""
    if (middle := os.fork()) == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if os.fork() == 0:
            os.closerange(0, 64)
            sleep_as(mark)
        os._exit(0)
    os.waitpid(middle, 0)
    return True


def headless(mark: str) -> bool:
    """A process whose first thread has ended looks dead; its second lives on, and so do its children."""
    if os.fork() == 0:
        os.setsid()
        threading.Thread(target=_go_on, args=(mark,)).start()
        ctypes.CDLL(None).syscall(ctypes.c_long(60 if os.uname().machine == "x86_64" else 93), 0)  # this thread's exit
    time.sleep(0.2)  # until the thread lives alone
    return True


def _go_on(mark: str) -> None:
    if os.fork() == 0:
        sleep_as(mark)
    ctypes.CDLL(None).prctl(15, mark.encode(), 0, 0, 0)  # PR_SET_NAME, of this thread
    time.sleep(int(LONG))


def fork_bomb(mark: str, most: int) -> int:
    """Every process forks, and the first one goes on; ``most`` bounds it even where nothing stops it."""
    first = os.getpid()
    for _ in range(4):
        with contextlib.suppress(OSError):
            os.fork()
    if os.getpid() != first:
        sleep_as(mark)
    return children(mark, most)


def fork_for_ever(mark: str) -> None:
    """Fork a process that ends, again and again, so that there is always one that is not yet known."""
    end = time.monotonic() + 20  # even where nothing stops it
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        os.setsid()
        ctypes.CDLL(None).prctl(15, mark.encode(), 0, 0, 0)  # PR_SET_NAME


def children(mark: str, count: int) -> int:
    for _ in range(count):
        if os.fork() == 0:
            sleep_as(mark)
    return count


def short_lives(count: int) -> int:
    """Orphans, one after the other: none is there for long."""
    for _ in range(count):
        if (middle := os.fork()) == 0:
            if os.fork() == 0:
                os._exit(0)
            os._exit(0)
        os.waitpid(middle, 0)
    return count


def thread_bomb(most: int) -> int:
    for number in range(most):
        try:
            threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        except RuntimeError:
            return number
    return most


def send(pid: int, number: int) -> bool:
    os.kill(pid, number)
    return True


def reach_everybody() -> bool:
    """One signal to every process of the user; nobody who does not wait for this one takes note of it."""
    os.kill(-1, signal.SIGURG)
    return True


def minder(number: int) -> bool:
    """Signal the process that forked us and would end us."""
    os.kill(os.getppid(), number)
    time.sleep(0.1)
    return True


def minder_by(number: int, mark: str) -> bool:
    """As ``minder``, leaving a process behind that is not minded any more."""
    grandchild(mark)
    time.sleep(0.1)
    return minder(number)


def command_lines() -> list[str]:
    """What others of this machine were started with."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_text(errors="replace"))
        except OSError:
            continue
    return found


def file_of(pid: int, file: str) -> str:
    return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
