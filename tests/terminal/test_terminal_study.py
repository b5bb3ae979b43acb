"""A learner at a real pseudo-terminal, read by a terminal emulator: answers, proves, grades, quits, comes back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

PATIENCE = 60.0


class Terminal:
    """One program on a screen of ``columns`` × ``rows``. Waits look at the screen, never at a clock."""

    def __init__(self, arguments: list[str], environment: dict[str, str], columns: int = 80, rows: int = 24) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            sys.executable, ["-m", "quizapp", *arguments], env=environment, dimensions=(rows, columns), timeout=PATIENCE
        )

    def press(self, keys: str) -> None:
        """Type some keys."""
        self._child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window another size, as a person drags it."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def text(self) -> str:
        """What is on the screen now."""
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            while True:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.05))
        return "\n".join(self._screen.display)

    def wait(self, *needles: str, without: str = "") -> str:
        """The screen once it shows all of ``needles`` and not ``without``."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = self.text()
            if all(needle in text for needle in needles) and (not without or without not in text):
                return text
        pytest.fail(f"the screen never showed {needles} (without {without!r}); it shows:\n{self.text()}")

    def exit_code(self) -> int | None:
        """Wait for the program to end."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        code: int | None = self._child.exitstatus
        return code

    def kill(self, end: signal.Signals) -> None:
        """Send the program a signal."""
        self._child.kill(end)

    def close(self) -> None:
        """End the program if it still runs."""
        self._child.close(force=True)


Start = Callable[..., Terminal]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"TERM": "xterm-256color", "QUIZAPP_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start the program with some arguments; ends what the test leaves running."""
    terminals: list[Terminal] = []

    def begin(*arguments: str, columns: int = 80, rows: int = 24) -> Terminal:
        terminals.append(Terminal(list(arguments), environment, columns, rows))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def quizapp(environment: dict[str, str], *arguments: str) -> Any:
    """The JSON that a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "quizapp", *arguments], env=environment, capture_output=True, check=True, text=True
    )
    return json.loads(done.stdout)


def test_a_card_is_answered_proved_graded_and_found_scheduled_after_a_restart(
    start: Start, environment: dict[str, str]
) -> None:
    first = start("study", "--topic", "22", "--lang", "en")
    first.wait("recall", "show answer")
    first.press(" ")
    first.wait("KEY POINTS", "3 Good")
    first.press("r")
    first.wait("PROVED")
    first.press("3")
    first.wait("choice", "1/")  # the next card; one is done
    first.press("q")
    assert first.exit_code() == 0

    cards = {card["id"]: card for card in quizapp(environment, "list", "--topic", "22", "--json")}
    assert cards["prewitt-filter/which-edges"]["due"] is not None
    stats = quizapp(environment, "export", "stats", "--format", "json")
    assert stats["totals"]["reviews"] == 1
    assert [proof["verdict"] for proof in stats["proofs"]["claims"]] == ["proved"]

    again = start("study", "--topic", "22", "--lang", "en")
    again.wait("choice", "9 new", without="recall")  # one of ten is scheduled for another day
    again.press("u")
    again.wait("recall")  # the grade is taken back, and the card with it
    again.press("q")
    assert again.exit_code() == 0
    assert quizapp(environment, "due", "--json")["new"] == 12


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_in_the_middle_of_a_proof_ends_the_screen_and_the_run(
    start: Start, environment: dict[str, str], tmp_path: Path, end: signal.Signals
) -> None:
    environment["TMPDIR"] = str(tmp_path)
    screen = start("study", "--topic", "22", "--lang", "en")
    screen.wait("recall", "show answer")
    screen.press("r")
    while not list(tmp_path.glob("quizapp-run-*")):
        screen.text()
    screen.kill(end)
    assert screen.exit_code() == 0
    assert not list(tmp_path.glob("quizapp-run-*"))
