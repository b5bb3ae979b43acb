"""Attacks over sockets: saying something to whoever listens outside."""

from __future__ import annotations

import socket

SAYS = b"secret"


def tcp(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(SAYS)
    return True


def udp(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(SAYS, ("127.0.0.1", port))
    return True


def unix(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        sock.sendall(SAYS)
    return True


def abstract(name: str) -> bool:
    return unix(f"\0{name}")


def listen() -> bool:
    with socket.create_server(("127.0.0.1", 0)):
        return True


def raw() -> bool:
    """Packets as they come off the wire."""
    socket.socket(17, socket.SOCK_RAW, 0).close()  # AF_PACKET
    return True


def hypervisor() -> bool:
    """A socket to the host of a virtual machine."""
    socket.socket(40, socket.SOCK_STREAM).close()  # AF_VSOCK
    return True
