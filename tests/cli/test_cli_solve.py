"""``quizapp solve``: one clear word for each way in which an attempt can go, and never a false "accepted"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program

RIGHT = "def gauss(n):\n    return sum(range(n + 1))\n"

# A result of ours, written wherever a process might listen, and once more to its standard output.
FORGED = """
import os
record = b'{"event": "done", "job": 0, "nonce": "0", "result": {"word": "accepted"}}\\n'
for fd in range(1, 64):
    try:
        os.write(fd, record)
    except OSError:
        pass
print("proved", flush=True)
os._exit(0)
"""

EQUAL_TO_ALL = """
class Same:
    def __eq__(self, other):
        return True

def gauss(n):
    return Same()
"""


def judge(program: Program, path: Path, source: str, *words: str, code: int) -> Any:
    file = path / "attempt.py"
    file.write_text(source, encoding="utf-8")
    return program.run("solve", "sums/code", str(file), "--json", *words, code=code).json


def test_right_code_written_differently_is_accepted(program: Program, tmp_path: Path) -> None:
    told = judge(program, tmp_path, RIGHT, code=0)
    assert told.keys() == {"card", "claim", "word", "accepted", "seed", "detail", "line", "case", "cases"}
    assert (told["card"], told["claim"], told["word"], told["accepted"]) == (
        *("sums/code", "sums.gauss", "accepted", True),
    )
    assert (told["case"], told["detail"], told["line"]) == (None, None, None)
    assert [case["accepted"] for case in told["cases"]] == [True, True, True]


def test_wrong_code_is_rejected_with_the_case_that_shows_it(program: Program, tmp_path: Path) -> None:
    source = "def gauss(n):\n    return (n * n + 1) // 2\n"  # right for n = 1
    told = judge(program, tmp_path, source, "--seed", "3", code=1)
    assert (told["word"], told["accepted"], told["seed"]) == ("rejected", False, 3)
    passed, shown, *_ = told["cases"]
    assert (passed["case"], passed["accepted"]) == ("n = 1", True)
    assert told["case"] == shown["case"] != "n = 1"
    (finding,) = [item for item in shown["items"] if item["kind"] == "match"]
    assert finding["got"] != finding["want"]


@pytest.mark.parametrize(
    ("source", "word", "line"),
    [
        ("def gauss(n):\n    x = {}\n    return x[n]\n", "raised", 3),
        ("x = 1\nraise RuntimeError('at the door')\n", "raised", 2),
        ("import no_such_module\n", "raised", 1),
        ("def gauss(n:\n    return n\n", "unparsable", 1),
        ("def gaus(n):\n    return n\n", "missing", None),
        ("gauss = 5050\n", "missing", None),
        ("", "missing", None),
        ("import sys\nsys.exit(0)\n", "exited", 2),
        ("import sys\ndef gauss(n):\n    sys.exit(0)\n", "exited", 3),
        ("import os\nos._exit(0)\n", "exited", None),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "exited", None),
        ("print('PROVED accepted')\ndef gauss(n):\n    return 0\n", "rejected", None),
        (FORGED, "exited", None),
        ("while True:\n    print('x' * 65536)\n", "flooded", None),
        (EQUAL_TO_ALL, "raised", None),
    ],
)
def test_each_failure_has_its_own_word(
    program: Program, tmp_path: Path, source: str, word: str, line: int | None
) -> None:
    told = judge(program, tmp_path, source, code=1)
    assert (told["word"], told["accepted"], told["line"]) == (word, False, line)


def test_a_loop_without_end_runs_out_of_time(program: Program, tmp_path: Path) -> None:
    told = judge(program, tmp_path, "def gauss(n):\n    while True:\n        pass\n", "--timeout", "2", code=1)
    assert (told["word"], told["accepted"]) == ("timeout", False)


def test_a_person_is_told_the_word_the_case_and_the_line(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def gauss(n):\n    return 1 / (n - 1)\n", encoding="utf-8")
    done = program.run("solve", "sums/code", str(file), code=1)
    assert "Your code raised an exception." in done.out
    assert "✗ n = 1: ZeroDivisionError: division by zero (line 2)" in done.out
    assert "（第 2 行）" in program.run("solve", "sums/code", str(file), "--lang", "zh", code=1).out


def test_standard_input_is_judged_like_a_file(program: Program) -> None:
    assert "Accepted" in program.run("solve", "sums/code", "-", stdin=RIGHT, code=0).out
    assert "Accepted" in program.run("solve", "sums/code", "-", stdin="\ufeff" + RIGHT, code=0).out


def test_an_alias_names_the_card(program: Program) -> None:
    program.run("solve", "sums/old-code", "-", stdin=RIGHT, code=0)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"x = '\xff'\n", "not UTF-8 text: byte 5 is 0xff"),
        (b"x = 1\x00\n", "NUL character at 5"),
        (b"#" * (1 << 20) + b"\n", "bytes"),
    ],
)
def test_bytes_that_are_no_source_are_bad_input(program: Program, source: bytes, said: str) -> None:
    assert said in program.run("solve", "sums/code", "-", stdin=source).refused()


def test_a_folder_and_a_missing_file_are_bad_input(program: Program, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.py"):
        assert str(path) in program.run("solve", "sums/code", str(path)).refused()


def test_only_code_cards_can_be_solved(program: Program) -> None:
    assert "is a recall card" in program.run("solve", "sums/formula", "-", stdin=RIGHT).refused()
    assert "did you mean sums/code" in program.run("solve", "sums/cod", "-", stdin=RIGHT).refused()


def test_a_verifier_that_cannot_judge_is_not_held_against_the_code(program: Program, tmp_path: Path) -> None:
    """The house is copied once more, its verifier broken: exit code 2, not 1."""
    import shutil
    from dataclasses import replace

    root = tmp_path / "broken house"
    shutil.copytree(program.root, root)
    script = root / "verifiers" / "sums.py"
    script.write_text(script.read_text(encoding="utf-8") + "\nraise RuntimeError('rotten')\n", encoding="utf-8")
    done = replace(program, root=root).run("solve", "sums/code", "-", "--json", stdin=RIGHT, code=2)
    assert (done.json["word"], done.json["detail"]) == ("broken", "RuntimeError: rotten")


def test_our_own_answer_solves_a_shipped_card(shipped: Program, tmp_path: Path) -> None:
    card = "prewitt-filter/conv2d-valid"
    file = tmp_path / "mine.py"
    file.write_text(OURS, encoding="utf-8")
    assert shipped.run("solve", card, str(file), "--json", code=0).json["word"] == "accepted"


OURS = """
import torch.nn.functional as F

def conv2d_valid(x, k, flip=False):
    if k.shape[0] > x.shape[0] or k.shape[1] > x.shape[1]:
        raise ValueError("the kernel does not fit")
    k = k.flip((0, 1)) if flip else k
    windows = F.unfold(x.double()[None, None], tuple(k.shape))[0]
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    return (k.double().reshape(-1) @ windows).reshape(rows, columns).to(x.dtype)
"""
