"""A run's own limits, set for good before a line of a script is run."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path


def limit(limits: Mapping[str, int], *, cuda: bool = False) -> None:
    """Lower this process's limits, and so those of all that it starts. POSIX only.

    ``cpu`` seconds, ``memory`` bytes beyond what is mapped now, ``file`` bytes, ``processes`` beyond those that the
    user has now, ``files`` open at once. A CUDA driver maps more addresses than any bound on them would allow,
    so there ``RLIMIT_DATA`` bounds private memory only, and shared memory stays unbounded.
    """
    memory = resource.RLIMIT_DATA if cuda or sys.platform != "linux" else resource.RLIMIT_AS
    wanted = {
        resource.RLIMIT_CPU: limits["cpu"],
        resource.RLIMIT_FSIZE: limits["file"],
        memory: _mapped() + limits["memory"],
        resource.RLIMIT_NPROC: _tasks() + limits["processes"],
        resource.RLIMIT_NOFILE: limits["files"],
        resource.RLIMIT_CORE: 0,
    }
    for name, value in wanted.items():
        hard = resource.getrlimit(name)[1]
        # a hard limit that the user's shell or container has set can only be lowered further
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))


def _mapped() -> int:
    """Bytes of address space in use: what torch and its libraries take before a run allocates anything."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _tasks() -> int:
    """Threads of this user that can be seen: the kernel counts them all against the limit."""
    found = 0
    for entry in os.scandir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112  # scandir's own idiom
        if entry.name.isdecimal():
            try:
                if entry.stat().st_uid == os.getuid():
                    found += len(os.listdir(f"/proc/{entry.name}/task"))  # noqa: PTH208  # names only, and often
            except OSError:  # it ended while we looked
                continue
    return found
