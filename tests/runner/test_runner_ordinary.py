"""The attacks once more as an ordinary user, where the suite runs as root, as it does in CI.

An ordinary user's processes are counted, and root's are not; root may do what walls must not rest on. So the other
files of this folder are run by a second pytest, in a mount namespace of its own in which nothing of the machine is
changed: what lies in a folder that others cannot enter, as the interpreter below root's home may, is shown read-only
in its place.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import quizapp

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
USER = 54321  # and the next: nobody's on this machine, so that no process of another is counted as theirs
LEVELS = "not none or bomb"  # without walls root can all that an ordinary user can, but bombs
FILES = ["attack_files", "attack_kernel", "attack_network", "attack_processes", "ends"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="the suite runs as an ordinary user already"
)


def closed_above(path: Path) -> Path | None:
    """The first folder on the way to ``path`` that others cannot enter."""
    return next((each for each in reversed(path.parents) if not each.stat().st_mode & stat.S_IXOTH), None)


def opened() -> Iterator[str]:
    """Show what a run of the tests needs, where it lies in a closed folder, and nothing else of that."""
    needed = {Path(path) for path in (sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix))}
    needed |= {ROOT, Path(quizapp.__file__).parent}
    closed = {path: folder for path in needed if (folder := closed_above(path)) is not None}
    for folder in sorted({*closed.values()}):
        yield from ("--tmpfs", str(folder))
    for path, folder in sorted(closed.items()):
        between = [each for each in reversed(path.parents) if folder in each.parents]
        yield from (word for each in between for word in ("--dir", str(each)))
        yield from ("--ro-bind", str(path), str(path))


@pytest.fixture
def user(file: str) -> int:
    """One for each file: bombs are counted by user, and two files may be run at once."""
    return USER + FILES.index(file)


@pytest.fixture
def home(user: int) -> Iterator[Path]:
    """The user's home; its path is short, as the address of a Unix socket has to be."""
    folder = Path(tempfile.mkdtemp(prefix="quizapp-"))
    os.chown(folder, user, user)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("file", FILES)
def test_the_walls_hold_for_an_ordinary_user_too(home: Path, user: int, file: str) -> None:
    missing = [name for name in ("bwrap", "setpriv") if shutil.which(name) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"needs {' and '.join(missing)}")
    assert not missing, "CI has to try this as an ordinary user: sudo apt-get install bubblewrap"
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", "--"]
    tests = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-rs", "-k", LEVELS]
    place = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "--basetemp", str(home / "t")]
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            *opened(),
            "--",
            *become,
            *tests,
            *place,
            str(HERE / f"test_runner_{file}.py"),
        ],
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "no process of root" not in done.stdout, "it has run as an ordinary user"
