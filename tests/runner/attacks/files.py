"""Attacks on files: reading, changing and filling what is not the run's own."""

from __future__ import annotations

import errno
import os
import signal
import stat
from pathlib import Path


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def listing(path: str) -> list[str]:
    return sorted(entry.name for entry in Path(path).iterdir())


def parent() -> int:
    return os.getppid()


def folder() -> str:
    return str(Path.cwd())


def environment() -> dict[str, str]:
    return {**os.environ, "the folder": folder()}


def descriptors() -> list[int]:
    """Those that are open, asked one by one: listing them would open another."""
    return [fd for fd in range(256) if _open(fd)]


def _open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def open_to_write(path: str) -> bool:
    """Opened and closed again: enough to see that it could have been changed."""
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    return True


def append(path: str) -> int:
    with Path(path).open("a", encoding="utf-8") as file:
        return file.write("# changed\n")


def create(path: str) -> bool:
    Path(path).write_text("planted", encoding="utf-8")
    return True


def remove(path: str) -> bool:
    Path(path).unlink()
    return True


def rename(path: str) -> bool:
    Path(path).rename(f"{path}.moved")
    return True


def chmod(path: str) -> bool:
    Path(path).chmod(0o600)
    return True


def touch(path: str) -> bool:
    os.utime(path, (1, 1))
    return True


def attribute(path: str) -> bool:
    os.setxattr(path, "user.planted", b"1")
    return True


def link(path: str) -> str:
    """A hard link of a secret in the run's own folder, to be read there."""
    os.link(path, "link")
    return read("link")


def exists(path: str) -> bool:
    return Path(path).exists()


def make_disk(device: list[int]) -> bool:
    """A device file in the run's own folder; one of a disk would show all files of all users, past every path."""
    os.mknod("disk", stat.S_IFCHR | 0o600, os.makedev(*device))
    os.close(os.open("disk", os.O_RDONLY))
    return True


def fill(folder: str, size: int, each: int, name: str = "planted") -> tuple[int, str]:
    """Write files of ``each`` bytes until there are ``size`` in all: how much could be written, and what ended it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    written, chunk = 0, bytes(min(each, 1 << 20))
    try:
        while written < size:
            with Path(folder, f"{name}-{written}").open("wb", buffering=0) as file:
                for _ in range(each // len(chunk)):
                    written += file.write(chunk)
    except OSError as error:
        return written, errno.errorcode[error.errno or 0]
    return written, ""


def many(folder: str, count: int) -> int:
    """Empty files: they take no room that a size would limit."""
    for number in range(count):
        os.close(os.open(f"{folder}/planted-{number}", os.O_CREAT | os.O_WRONLY))
    return count


def keep(folder: str) -> list[str]:
    """What the run before left, and something for the next."""
    found = listing(folder)
    create(f"{folder}/kept")
    return found


def keep_mode(folder: str) -> int:
    """As ``keep``, by the mode of the folder."""
    mode = stat.S_IMODE(Path(folder).stat().st_mode)
    Path(folder).chmod(0o711)
    return mode


def keep_attribute(folder: str) -> list[str]:
    """As ``keep``, by an attribute of the folder."""
    found = os.listxattr(folder)
    attribute(folder)
    return found
