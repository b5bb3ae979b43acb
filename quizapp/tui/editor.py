"""The learner's own editor, on a file that lasts as long as the edit."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path


def configured() -> str | None:
    """The command of ``$VISUAL``, else ``$EDITOR``; None where neither is set."""
    return os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or None


def edit(command: str, source: str, name: str) -> str:
    """Run ``command`` on ``source`` in a file called ``name`` and return what it left there.

    The terminal must be the editor's meanwhile. Raises ``OSError`` where it does not start and
    ``ValueError`` where its command cannot be read or its file is no text.
    """
    with tempfile.TemporaryDirectory(prefix="quizapp-edit-") as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(source, encoding="utf-8")
        subprocess.run([*shlex.split(command), str(file)], check=False)  # noqa: S603  # the learner's own editor
        return file.read_text(encoding="utf-8")
