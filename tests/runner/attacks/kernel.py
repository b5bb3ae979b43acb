"""Attacks by system calls: memory that no limit counts, other processes' memory, namespaces, the kernel's doors."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import platform
import resource
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.shmat.restype = ctypes.c_void_p
ANYWHERE = ctypes.c_void_p(0)
INTEL = platform.machine() == "x86_64"


def call(name: str, *arguments: object) -> int:
    """A function of the C library that says -1 and errno where the kernel refuses."""
    return _checked(getattr(LIBC, name)(*arguments))


def system(number: int, *arguments: object) -> int:
    """A system call by its number; those since 424 have one number on all machines."""
    return _checked(LIBC.syscall(ctypes.c_long(number), *arguments))


def _checked(answer: int) -> int:
    if answer == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def capabilities() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("CapEff:")[2].split()[0], 16)


# memory


def private_memory(size: int) -> int:
    return len(bytearray(size))


def shared_memory(size: int) -> int:
    with mmap.mmap(-1, size) as memory:
        return len(memory)


def memory_file(size: int) -> int:
    """Memory behind a descriptor, written and never mapped."""
    fd, chunk, left = os.memfd_create("planted"), bytes(1 << 20), size
    while left > 0:
        left -= os.write(fd, chunk)
    return size


def memory_files(count: int, each: int) -> int:
    """Several of them: each within the limit of a file."""
    return sum(memory_file(each) for _ in range(count))


def shared_by_key(size: int) -> int:
    """A System V segment, which outlives every process: its number."""
    segment = call("shmget", 0, ctypes.c_size_t(size), 0o1600)
    call("shmat", segment, ANYWHERE, 0)
    return segment


def message_queue() -> int:
    return call("msgget", 0, 0o1600)


def lock_files(count: int) -> int:
    """Descriptors: each holds memory of the kernel's."""
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    return len(held)


# other processes


def trace(pid: int) -> int:
    attach, detach = 16, 17
    answer = call("ptrace", attach, pid, ANYWHERE, ANYWHERE)
    os.waitpid(pid, 0x40000000)  # __WALL
    call("ptrace", detach, pid, ANYWHERE, ANYWHERE)
    return answer


def read_memory(pid: int) -> int:
    """The first bytes of the program's own image, by ``process_vm_readv``."""

    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    buffer = ctypes.create_string_buffer(8)
    here = Vector(ctypes.cast(buffer, ctypes.c_void_p), 8)
    there = Vector(_mapped(pid), 8)
    return call("process_vm_readv", pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)


def _mapped(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").partition("-")[0], 16)
    return 0x1000  # it cannot even be seen where to read


def memory_as_file(pid: int) -> bool:
    os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))
    return True


def _minder() -> int:
    """The parent of this session's first process."""
    stat = Path(f"/proc/{os.getsid(0)}/stat").read_text(encoding="ascii", errors="replace")
    return int(stat.rpartition(")")[2].split()[1])


def trace_of_minder() -> int:
    return trace(_minder())


def read_memory_of_minder() -> int:
    return read_memory(_minder())


def memory_as_file_of_minder() -> bool:
    return memory_as_file(_minder())


def take_descriptor(pid: int) -> int:
    return system(438, os.pidfd_open(pid), 0, 0)  # pidfd_getfd


def lower_limit(pid: int) -> bool:
    """A limit that is passed is a signal."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_CORE)
    resource.prlimit(pid, resource.RLIMIT_CORE, (0, hard))
    return soft != 0


def slow_down(pid: int) -> bool:
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    return True


def slow_all_down() -> bool:
    os.setpriority(os.PRIO_USER, os.getuid(), os.getpriority(os.PRIO_USER, os.getuid()))
    return True


def own_a_signal(pid: int) -> bool:
    """A descriptor whose events are another process's signals."""
    import fcntl

    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, pid)
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writing, b"x")
    return True


# namespaces, mounts, doors


def new_user_namespace() -> int:
    return call("unshare", 0x10000000)


def clone_user_namespace() -> int:
    """By ``clone``, whose flags a filter can see."""
    pid = system(56 if INTEL else 220, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def clone3_user_namespace() -> int:
    """By ``clone3``, whose flags lie in memory."""
    arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
    pid = system(435, arguments, ctypes.sizeof(arguments))
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def mount(folder: str) -> int:
    return call("mount", b"none", folder.encode(), b"tmpfs", 0, None)


def unmount() -> int:
    return call("umount2", b"/proc", 0)


def change_root() -> int:
    return call("chroot", b".")


def ring() -> int:
    parameters = (ctypes.c_uint8 * 120)()
    return system(425, 1, parameters)  # io_uring_setup


def program_the_kernel() -> int:
    return system(321 if INTEL else 280, 0, ctypes.create_string_buffer(128), 128)  # bpf: a map of no kind


def handle_faults() -> int:
    return system(323 if INTEL else 282, 1)  # userfaultfd, of user mode only


def count_events() -> int:
    return system(298 if INTEL else 241, ctypes.create_string_buffer(b"\x01\0\0\0\x40", 128), 0, -1, -1, 0)


def add_key() -> int:
    return system(248 if INTEL else 217, b"user", b"planted", b"secret", 6, -2)  # to the process's keyring


def other_personality() -> int:
    return call("personality", 0x0040000)  # no randomised addresses
