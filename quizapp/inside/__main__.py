"""``python -P -m quizapp.inside FD``: raise the walls, import what runs need, then fork a child a run.

``FD`` is the control socket. Its first line says how: ``wall`` (``jail.wall``'s paths, or null), ``families`` of
sockets left open (or null where no seccomp is asked for), ``signals`` to refuse, ``alone`` in namespaces of our own,
``cuda``, ``kept`` folders that must be as they were between runs, ``preload`` modules, ``scripts`` to compile. One line
answers: ready, or why not.
Standard input is the lifeline: it stays open as long as the runner lives, and its end is ours.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Any

from quizapp.inside.jail import refuse, wall
from quizapp.inside.tree import adopt_orphans, close_memory
from quizapp.inside.zygote import Zygote, preload


def end_with(pipe: int, number: int) -> None:
    """Have the kernel send ``number`` to this process group when the other end of ``pipe`` closes.

    No thread, since we fork. Linux only; elsewhere the closed control socket ends us, between runs.
    """
    import fcntl

    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, number)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([pipe], [], [], 0)[0]:  # it closed before we listened
            os.killpg(0, number)


def walls(start: Mapping[str, Any]) -> None:
    """Raise those that were asked for; a wall that cannot be raised is an error, never a shrug."""
    if start["wall"] is not None:
        wall(**start["wall"])
    if start["families"] is not None:
        refuse(start["families"], signals=bool(start["signals"]), shared=not start["alone"])


def main() -> None:
    """Answer ready, then serve until the runner goes."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)  # a group leader outside our process namespace has no number here
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    start = json.loads(_line(control))
    zygote = Zygote(control, start)
    signal.signal(signal.SIGTERM, zygote.stop)
    end_with(0, signal.SIGTERM)
    try:
        close_memory()
        adopt_orphans()
        walls(start)
        preload(start["preload"], start["scripts"])
    except Exception as error:  # the runner tells the reason to a person
        control.sendall(json.dumps({"ready": False, "why": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        return
    control.sendall(json.dumps({"ready": True}).encode() + b"\n")
    zygote.loop()


def _line(control: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n") and (byte := control.recv(1)):  # byte by byte: what follows carries descriptors
        line += byte
    return bytes(line)


if __name__ == "__main__":
    main()
    os._exit(0)
