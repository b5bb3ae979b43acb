"""The room that a worker works in: what it may read, where it may write, what it may reach."""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import quizapp
from quizapp.content import root

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/opt/rocm")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "hosts", "nsswitch.conf")
WORK = 256 << 20  # bytes of the work folder
SHARED = 64 << 20  # bytes of shared memory by name
# of our package: a run needs nothing else, and a bench must not see the rest
CODE = ("__init__.py", "py.typed", "sanitise.py", "syntax.py", "proof", "inside")
NOBODY = "65534"


@dataclass(frozen=True, slots=True)
class Room:
    """``deck`` is the folder of verifiers, None for a bench; ``ranks`` opens the loopback network for processes that
    talk to each other; ``cuda`` the GPU's devices. ``torch`` says whether a bench imports it ahead.
    """

    deck: Path | None = None
    ranks: bool = False
    cuda: bool = False
    torch: bool = True

    @property
    def warm(self) -> bool:
        """Whether a worker can stay: neither a CUDA context nor a group of processes survives a fork."""
        return not (self.ranks or self.cuda)

    def read(self) -> list[str]:
        """The paths to read and execute."""
        package = Path(quizapp.__file__).parent
        wanted = [*SYSTEM, *(f"/etc/{name}" for name in ETC), *_python(), *(str(package / name) for name in CODE)]
        wanted += [str(self.deck)] if self.deck else []
        wanted += os.environ.get("LD_LIBRARY_PATH", "").split(":")
        both = [each for path in wanted if path for each in (path, os.path.realpath(path))]
        return [path for path in dict.fromkeys(both) if os.path.isabs(path) and os.path.lexists(path)]  # noqa: PTH117  # strings all through

    def hidden(self) -> list[str]:
        """Folders of ours that lie below what is read, as in a wheel, and are not for this room: answers, for one."""
        folders = [folder for name in ("questions", "verifiers") if (folder := root() / name) != self.deck]
        seen = [(path, Path(os.path.realpath(path))) for path in self.read()]
        return [str(path / folder.relative_to(real)) for folder in folders for path, real in _above(folder, seen)]

    def around(self) -> list[str]:
        """The paths to read without what is hidden: for a wall that allows what it is told and all below it."""
        hidden = {Path(path) for path in self.hidden()}
        return [str(each) for path in self.read() for each in _around(Path(path), hidden)]

    def devices(self) -> list[str]:
        """What CUDA asks for, where it is asked for."""
        return [str(path) for path in Path("/dev").glob("nvidia*")] if self.cuda else []

    def buses(self) -> list[str]:
        """What gloo reads where ranks meet: it goes on where these are missing, and gives up where they are refused."""
        return ["/sys/bus/pci", "/sys/devices"] if self.ranks else []

    def families(self) -> list[int]:
        """The address families of sockets left open inside a network of the worker's own."""
        names = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK")
        return [int(getattr(socket, name)) for name in names if hasattr(socket, name)]

    def bubblewrap(self, program: str) -> list[str]:
        """The command line up to the program to run: all namespaces our own, everything read-only but two tmpfs.

        The program is the first process of its namespace: nothing inside can kill or stop it, and all end with it.
        """
        shown = [word for path in self.read() for word in _bind(path)]
        covered = [word for path in self.hidden() for word in ("--tmpfs", path, "--remount-ro", path)]
        devices = [word for path in self.devices() for word in ("--dev-bind", path, path)]
        # fmt: off
        return [
            program,
            "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
            "--unshare-cgroup-try", "--disable-userns", "--as-pid-1", "--uid", NOBODY, "--gid", NOBODY,
            "--hostname", "quizapp", "--cap-drop", "ALL",
            "--proc", "/proc", "--dev", "/dev", *devices,
            "--size", str(SHARED), "--tmpfs", "/dev/shm",  # noqa: S108  # the worker's own, as the next
            "--size", str(WORK), "--tmpfs", "/tmp",  # noqa: S108  # as above
            *shown, *covered,  # last: a deck or an interpreter may lie below /tmp
            "--remount-ro", "/dev", "--remount-ro", "/",
            "--chdir", "/tmp", "--",  # noqa: S108  # as above
        ]
        # fmt: on


def _above(folder: Path, seen: list[tuple[str, Path]]) -> Iterator[tuple[Path, Path]]:
    """The paths that show ``folder``, each with what it is without links: the same folder may be seen by several."""
    return ((Path(path), real) for path, real in seen if folder.is_relative_to(real) and folder != real)


def _around(path: Path, hidden: set[Path]) -> list[Path]:
    """``path``, or, where something hidden lies below it, its entries around that."""
    if path in hidden or (path.is_symlink() and any(each.is_relative_to(path.resolve()) for each in hidden)):
        return []
    if not any(each.is_relative_to(path) for each in hidden):
        return [path]
    return [each for entry in sorted(path.iterdir()) for each in _around(entry, hidden)]


def _bind(path: str) -> list[str]:
    # merged /usr: /lib is a link to usr/lib, and must be one inside as well
    if os.path.islink(path) and path in SYSTEM:  # noqa: PTH114  # strings all through
        return ["--symlink", os.readlink(path), path]  # noqa: PTH115  # as above
    return ["--ro-bind", path, path]


def _python() -> Iterator[str]:
    """The interpreter, its library and what is installed for it."""
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix)
    yield from (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    yield os.path.dirname(os.path.realpath(sys.executable))  # noqa: PTH120  # strings all through
    # what a .pth file or an environment above this one adds; other entries of the path may be anything, even a home
    yield from (path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages"))  # noqa: PTH119  # as above
