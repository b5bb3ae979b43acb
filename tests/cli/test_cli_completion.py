"""Shell completion: commands, options, card ids and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def completed(program: Program, line: str) -> list[str]:
    """What bash would be offered for the last word of a line."""
    words = line.split(" ")
    asked = {"_QUIZAPP_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    offered = program.run(code=0, **asked).out.splitlines()
    return [offer.partition(",")[2] for offer in offered]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("quizapp ver", ["verify"]),
        ("quizapp grade sums/f", ["sums/formula"]),
        ("quizapp show sums/", ["sums/formula", "sums/pick", "sums/number", "sums/code"]),
        ("quizapp grade sums/formula g", ["good"]),
        ("quizapp study --topic tr", ["trouble"]),
        ("quizapp verify --topic su", ["sums"]),
        ("quizapp verify --dev", ["--device"]),
        ("quizapp completion z", ["zsh"]),
    ],
)
def test_what_is_typed_is_completed(program: Program, line: str, offered: list[str]) -> None:
    assert completed(program, line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_quizapp_by_its_own_name(program: Program, shell: str) -> None:
    script = program.run("completion", shell, code=0).out
    assert f"_QUIZAPP_COMPLETE={shell}_complete" in script
    assert "quizapp" in script


def test_another_shell_is_refused(program: Program) -> None:
    assert "'tcsh' is not one of" in program.run("completion", "tcsh").refused()
