"""Walls that a process raises around itself: Landlock around files and signals, seccomp around system calls.

Both need no privilege, and nothing that the process starts can take them down. Where bubblewrap has built
the walls, seccomp still closes what namespaces leave open: memory that belongs to no process and no file
system, sockets of unusual families, and the calls that real escapes have been made of.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REFUSED = (  # noqa: SIM905  # forty names read better in groups than one a line
    # another process's memory and state
    "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp perf_event_open "
    # memory that outlives its process or that no limit counts
    "memfd_create memfd_secret shmget shmat msgget semget mq_open "
    # namespaces and mounts
    "unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount fsconfig mount_setattr "
    # the kernel's larger doors
    "bpf userfaultfd io_uring_setup keyctl add_key request_key kexec_load init_module finit_module "
    "open_by_handle_at fanotify_init quotactl acct swapon reboot personality syslog"
).split()
SIGNALS = ["kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"]
# what Landlock does not handle: the modes, owners, times and attributes of files that can be named
ATTRIBUTES = (  # noqa: SIM905  # as above
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat "
    "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat"
).split()
# what is done to a process by its number; 0 is the caller's own
TO_OTHERS = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "move_pages")
PRIORITIES = {"setpriority": 0, "ioprio_set": 1}  # by the first argument that says "a process"
OWNERS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
CAPABILITY_VERSION_3 = 0x20080522
FAMILIES = 64  # address families that Linux numbers; the highest is 46 today
NEW_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)


def wall(
    *,
    list: Sequence[str],  # noqa: A002  # the wire's name
    read: Sequence[str],
    write: Sequence[str],
    devices: Sequence[str],
    tcp: bool,
) -> None:
    """Nothing may be listed, read (and executed) or written but what lies below these paths; no signal outwards.

    Without ``tcp`` no TCP either.

    Root gives up what root may: the clock, raw memory, other users' files. Raises ``OSError`` where the kernel refuses.
    """
    from landlockpy import AccessFS, AccessNet, Ruleset, Scope

    using, net = AccessFS.READ_FILE | AccessFS.WRITE_FILE, AccessNet.NONE if tcp else None
    with Ruleset(handled_net=net, scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
        allowed = {
            AccessFS.READ_DIR: [path for path in list if Path(path).is_dir()],  # only a folder can be listed
            AccessFS.READ_FILE | AccessFS.EXECUTE: read,
            using: ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"),
            using | AccessFS.IOCTL_DEV: devices,
            # a device made by root would be the way around every path above
            rules.handled_fs & ~(AccessFS.MAKE_BLOCK | AccessFS.MAKE_CHAR): write,
        }
        for access, paths in allowed.items():
            for path in paths:
                with contextlib.suppress(FileNotFoundError):
                    rules.allow_path(path, access)
        rules.restrict()
    _give_up_capabilities()


def _give_up_capabilities() -> None:
    """For good: the walls have set ``no_new_privs``, so that no program that is started gets them back."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if libc.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def prepare() -> None:
    """What the first use of Landlock costs a process, 3 ms, paid before it forks."""
    with contextlib.suppress(ImportError, OSError):
        from landlockpy import AccessFS, AccessNet, Ruleset, Scope

        Ruleset(handled_fs=AccessFS.NONE, handled_net=AccessNet.NONE, scoped=Scope.SIGNAL).close()


def shield() -> None:
    """Put this process a room further in: it can no longer signal or trace the process that forked it.

    Where the kernel has no such scope (before 6.12) ``refuse`` with ``signals`` does that for signals.
    """
    with contextlib.suppress(ImportError, OSError):
        from landlockpy import AccessFS, AccessNet, Ruleset, Scope

        with Ruleset(handled_fs=AccessFS.NONE, handled_net=AccessNet.NONE, scoped=Scope.SIGNAL) as rules:
            rules.restrict()


def refuse(families: Sequence[int], *, signals: bool, shared: bool) -> None:
    """Have the kernel refuse ``REFUSED``, sockets of other than ``families`` and, if ``signals``, all signalling.

    ``shared`` says that other processes and files than the run's can be named: then also what is done to those.

    Raises ``OSError`` where the kernel refuses, ``ImportError`` or ``RuntimeError`` where libseccomp is missing.
    """
    import pyseccomp as seccomp

    no = seccomp.ERRNO(errno.EPERM)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in (*REFUSED, *(SIGNALS if signals else ()), *(ATTRIBUTES if shared else ())):
        # a call that this libseccomp does not know of yet cannot be named; the kernel behind it may not either
        with contextlib.suppress(ValueError, OSError):
            rules.add_rule(no, name)
    for family in range(FAMILIES):
        if family not in families:
            rules.add_rule(no, "socket", seccomp.Arg(0, seccomp.EQ, family))
            if family != socket.AF_UNIX:
                rules.add_rule(no, "socketpair", seccomp.Arg(0, seccomp.EQ, family))
    rules.add_rule(no, "socket", seccomp.Arg(0, seccomp.GE, FAMILIES))
    if shared:
        _spare_others(rules, no)
    for flag in NEW_NAMESPACES:
        rules.add_rule(no, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # its flags lie in memory, where no filter can look; answered like a kernel that has no clone3, glibc uses clone
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    rules.load()


def _spare_others(rules: Any, no: int) -> None:
    """Limits, processors and priorities of no process but the caller; nor signals by way of a descriptor's owner."""
    import pyseccomp as seccomp

    for name in TO_OTHERS:
        rules.add_rule(no, name, seccomp.Arg(0, seccomp.NE, 0))
    for name, process in PRIORITIES.items():
        rules.add_rule(no, name, seccomp.Arg(0, seccomp.NE, process))
        rules.add_rule(no, name, seccomp.Arg(1, seccomp.NE, 0))
    for command in OWNERS:
        rules.add_rule(no, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
