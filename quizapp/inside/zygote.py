"""The process that forks a child a run, and ends whatever the run leaves behind.

It reads one byte a run from its control socket, with three descriptors: the request's file, the channel for
records and the pipe for output. The child keeps these and nothing else: not the control socket, not the lifeline.
When the child has ended, all that it started is killed, and one JSON line on the control socket says how it ended
and whether everything is as it was before; a worker that is not is thrown away by the runner.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import stat
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quizapp.inside.jail import prepare, shield
from quizapp.inside.limits import limit
from quizapp.inside.serve import serve, tidy
from quizapp.inside.tree import close_memory, end_the_rest
from quizapp.proof.experiment import compiled

Entry = tuple[str, int, int, list[str]]
Kept = list[Entry]
MOST = 64  # entries of a folder that are looked at: where there are more, a run has left something


def preload(modules: Sequence[str], scripts: Sequence[str]) -> None:
    """Import what the runs will import and compile what they will load, once; no line of a script is run.

    What cannot be imported or compiled is left for the run that asks for it to say.
    """
    prepare()
    for name in modules:
        # a module that breaks on import breaks the run that needs it, where its reason can be told
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for script in scripts:
        with contextlib.suppress(Exception):
            compiled(Path(script))
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)  # a child forked from a multi-threaded torch would wait for threads it does not have
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector of a child would write to every page
    gc.set_threshold(20_000, 20, 20)  # a run is short, and its memory limited: collecting less often saves a tenth


class Zygote:
    """Forks a child for each byte that ``control`` brings, one at a time."""

    def __init__(self, control: socket.socket, start: Mapping[str, Any]) -> None:
        self._control, self._start = control, start
        self._child = 0
        self._kept: list[Kept] = []

    def loop(self) -> None:
        """Returns when the runner has gone."""
        self._kept = self._listing()
        while True:
            byte, fds, _, _ = socket.recv_fds(self._control, 1, 3)
            if not byte:
                return
            self._child = os.fork()
            if self._child == 0:
                _run(self._control, fds, self._start)
            for fd in fds:
                os.close(fd)
            self._conclude()

    def stop(self, *_: object) -> None:
        """End the run in progress, all that it started, and this process: the runner has asked, or has gone."""
        self._end_the_rest()  # even where no run is known of: its fork may not have returned yet
        os._exit(0)

    def _conclude(self) -> None:
        status = self._wait()
        clean = not self._end_the_rest() and self._listing() == self._kept
        self._child = 0
        ended = {"code": os.waitstatus_to_exitcode(status), "clean": clean}
        self._control.sendall(json.dumps(ended).encode() + b"\n")

    def _wait(self) -> int:
        """The child's status; orphans that come to us meanwhile are reaped, for the dead count as processes too."""
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == self._child:
                return status

    def _listing(self) -> list[Kept]:
        return [_kept(folder) for folder in self._start["kept"] if os.path.isdir(folder)]  # noqa: PTH112  # strings all through

    def _end_the_rest(self) -> bool:
        return end_the_rest(self._child, alone=bool(self._start["alone"]))


def _kept(folder: str) -> Kept:
    """What a run could leave for the next: every name on the folder's own disk, its mode, its attributes, and when a
    file last changed: a package may keep something here that it wrote when it was imported ahead."""
    device, found, folders = os.stat(folder).st_dev, list[Entry](), [folder]  # noqa: PTH116  # strings all through
    while folders and len(found) <= MOST:
        with os.scandir(folders.pop()) as entries:
            mine = [entry for entry in entries if entry.stat(follow_symlinks=False).st_dev == device]
        found += [_entry(entry.path) for entry in mine]
        folders += [entry.path for entry in mine if entry.is_dir(follow_symlinks=False)]
    return sorted([_entry(folder), *found])


def _entry(path: str) -> Entry:
    attributes = os.listxattr(path, follow_symlinks=False) if hasattr(os, "listxattr") else []
    found = os.lstat(path)
    changed = 0 if stat.S_ISDIR(found.st_mode) else found.st_ctime_ns  # unlike the time of writing, it cannot be set
    return path, found.st_mode, changed, sorted(attributes)


def _run(control: socket.socket, fds: Sequence[int], start: Mapping[str, Any]) -> None:
    """The child: never returns."""
    code = 1
    try:
        control.close()
        channel = _only(*fds)
        close_memory(closed=False)  # a run has nothing to hide, and reads what the kernel says of itself
        shield()
        with open(3, encoding="utf-8") as file:  # a descriptor, not a path
            request = json.load(file)
        limit(request["limits"], cuda=bool(start["cuda"]))
        serve(request, channel)
        tidy()
        code = 0
    except BaseException:  # the child must end here, whatever happens: it must never go on as a second zygote
        traceback.print_exc()
        with contextlib.suppress(Exception):
            sys.stderr.flush()
    finally:
        os._exit(code)  # interpreter shutdown runs what a script registered and costs torch's teardown


def _only(request: int, channel: int, output: int) -> int:
    """Keep 0 (empty), 1 and 2 (output), 3 (the request) and 4 (the channel), in a session of the child's own."""
    os.setsid()
    empty = os.open(os.devnull, os.O_RDONLY)
    high = [os.dup(fd) for fd in (empty, output, output, request, channel)]  # out of each other's way first
    for place, fd in enumerate(high):
        os.dup2(fd, place, inheritable=place < 3)
    os.closerange(5, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    return 4
