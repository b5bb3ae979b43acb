"""Saying something to whoever listens outside: the planted listeners hear it, or nothing does."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quizapp.runner import Draw, Isolation, Room, Workers

if TYPE_CHECKING:
    from tests.runner.conftest import Attacker

STOPPED = {  # by the network namespace and by what is not mounted; by seccomp
    "tcp": ("ECONNREFUSED", "EPERM"),
    "udp": ("", "EPERM"),  # inside its own network a datagram is sent, to nobody
    "unix": ("ENOENT", "EPERM"),
    "abstract": ("ECONNREFUSED", "EPERM"),
}


SINCE = {"tcp": 4, "abstract": 6}  # the version of Landlock that knows of it


@pytest.fixture
def listeners(tmp_path: Path) -> Iterator[dict[str, socket.socket]]:
    """One of each kind; a path of a Unix socket is short."""
    name = f"quizapp-{secrets.token_hex(4)}"
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        made = {kind: stack.enter_context(socket.socket(family, type_)) for kind, (family, type_) in KINDS.items()}
        here = ("127.0.0.1", 0)
        addresses: dict[str, Any] = {"tcp": here, "udp": here, "unix": "sock", "abstract": f"\0{name}"}
        for kind, address in addresses.items():
            (listener := made[kind]).bind(address)
            if kind != "udp":
                listener.listen()
            listener.settimeout(0.2)
        yield made


KINDS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "abstract": (socket.AF_UNIX, socket.SOCK_STREAM),
}


def arguments(kind: str, listener: socket.socket, tmp_path: Path) -> dict[str, Any]:
    if kind in ("tcp", "udp"):
        return {"port": listener.getsockname()[1]}
    return {"path": str(tmp_path / "sock")} if kind == "unix" else {"name": listener.getsockname()[1:].decode()}


def heard(kind: str, listener: socket.socket) -> bytes:
    with contextlib.suppress(TimeoutError):
        if kind == "udp":
            return listener.recv(64)
        with listener.accept()[0] as connection:
            return connection.recv(64)
    return b""


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_outside_hears_a_run(
    attack: Attacker, level: str, listeners: dict[str, socket.socket], tmp_path: Path, kind: str
) -> None:
    listener = listeners[kind]
    found = attack("network", kind, **arguments(kind, listener, tmp_path))
    if level == "none":
        assert heard(kind, listener) == b"secret", "there a run can reach what you can reach"
    else:
        assert found.refused == STOPPED[kind][level == "partial"]
        assert heard(kind, listener) == b""
    attack.naked("network", kind, **arguments(kind, listener, tmp_path))
    assert heard(kind, listener) == b"secret"


@pytest.mark.parametrize("name", ["raw", "hypervisor"])
def test_families_of_sockets_that_no_namespace_holds_are_refused(attack: Attacker, level: str, name: str) -> None:
    found = attack("network", name)
    assert found.refused == ("EPERM" if level != "none" else attack.naked("network", name).refused)


def test_a_run_listens_to_itself_at_most(attack: Attacker, level: str) -> None:
    assert attack("network", "listen").refused == ("EPERM" if level == "partial" else "")


def test_ranks_open_the_loopback_of_a_namespace_or_all_of_tcp(
    attack: Attacker, level: str, listeners: dict[str, socket.socket]
) -> None:
    attack.order("network", "tcp", port=listeners["tcp"].getsockname()[1])
    room = Room(deck=attack.deck, ranks=True)
    list(attack.workers.run(attack.deck / "attacker.py", [Draw("attack", 0)], room=room))
    assert (heard("tcp", listeners["tcp"]) == b"secret") == (level != "full"), "Landlock knows ports, not addresses"


@pytest.mark.parametrize("level", ["partial"], indirect=True)
@pytest.mark.parametrize("kind", SINCE)
def test_without_seccomp_landlock_still_refuses(
    own_attack: Attacker, listeners: dict[str, socket.socket], tmp_path: Path, kind: str
) -> None:
    isolation = own_attack.workers.isolation
    if landlock(isolation) < SINCE[kind]:
        pytest.skip(f"only Landlock since its version {SINCE[kind]} knows {kind}")
    own_attack.workers = Workers(replace(isolation, seccomp=False), keep=False)
    found = own_attack("network", kind, **arguments(kind, listeners[kind], tmp_path))
    assert found.refused in ("EACCES", "EPERM")
    assert heard(kind, listeners[kind]) == b""


def landlock(isolation: Isolation) -> int:
    """Its version: "Landlock 7 + seccomp"."""
    return int(isolation.by.split()[1]) if isolation.by.startswith("Landlock") else 0
