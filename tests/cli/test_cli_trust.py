"""``quizapp trust``, and what the other commands do with a deck that nobody has trusted."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quizapp.cli import reading
from quizapp.cli.reading import written_out

if TYPE_CHECKING:
    from tests.cli.conftest import Program

pexpect = pytest.importorskip("pexpect", reason="needs pseudo-terminals")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="verifiers run on POSIX only")

ANSWER = "def gauss(n):\n    return sum(range(n + 1))\n"
NOT_TRUSTED = "this deck is not trusted: nothing of it runs; read it, then quizapp trust {deck}"
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def asked(program: Program, *words: str, answer: str) -> tuple[str, int]:
    """What a command shows on a terminal where its question is answered, and its exit code."""
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", *words],
        env=program.environment(TERM="xterm-256color"),
        cwd=str(program.root),
        dimensions=(50, 200),
        encoding="utf-8",
        timeout=60,
    )
    child.expect_exact("Trust this deck? [y/N]")
    shown = child.before
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return shown + child.before, child.exitstatus


def is_trusted(program: Program) -> list[bool]:
    return [one["intact"] for one in program.run("trust", "--list", "--json", code=0).json]


# before anybody trusts it


@pytest.mark.parametrize(
    "words",
    [("verify", "--all"), ("verify", "sums.gauss", "--no-receipts"), ("solve", "sums/code", "-")],
    ids=" ".join,
)
def test_nothing_of_an_untrusted_deck_runs(program: Program, deck: Path, words: tuple[str, ...]) -> None:
    line = program.run(*words, "--deck", str(deck), stdin=ANSWER).refused()
    assert line == f"quizapp: {NOT_TRUSTED.format(deck=deck)}"
    assert not program.database.exists()


def test_an_untrusted_deck_is_read_like_any_other(program: Program, deck: Path) -> None:
    there = ("--deck", str(deck))
    assert "sums/formula" in program.run("list", *there, code=0).out
    assert "staircases" in program.run("show", "sums/formula", *there, code=0).out
    assert "sums.gauss" in program.run("verify", "--list", *there, code=0).out
    linted = program.run("lint", *there, code=0)
    assert linted.out == ""
    assert f"no starter was judged: {NOT_TRUSTED.format(deck=deck)}" in linted.err
    assert "not judged" not in program.run("lint", "--no-run", *there, code=0).err


def test_the_deck_that_came_with_it_needs_no_trust_and_pays_for_none(program: Program) -> None:
    done = program.run("trust", str(program.root), code=0)
    assert (done.out, "it needs no trust" in done.err) == ("", True)
    assert program.run("verify", "sums.gauss", "--deck", str(program.root), code=0).out
    probe = "import sys\nfrom quizapp.service.library import Library\nLibrary.shipped().scripts()\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], env=program.environment(), cwd=program.root, capture_output=True, check=True
    )
    assert not {b"quizapp.service.trust", b"quizapp.deck.manifest"} & set(loaded.stdout.split())


# asking


def test_without_a_terminal_it_shows_what_would_run_and_asks_for_yes(program: Program, deck: Path) -> None:
    done = program.run("trust", str(deck), code=2)
    assert f"once you have read it: quizapp trust {deck} --yes" in done.err
    assert re.search(r"^  verifiers/sums\.py  \d+ lines, [\d.]+ KiB$", done.out, re.MULTILINE)
    assert "gauss: The numbers from 1 to n add up to n(n + 1)/2" in done.out
    assert "questions/01-sums.yaml" in done.out
    assert re.search(r"5 files, [\d.]+ KiB, digest [0-9a-f]{12}$", done.out, re.MULTILINE)
    assert "整数之和" in program.run("trust", str(deck), "--lang", "zh", code=2).out
    assert not program.home.exists()


@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_only_yes_is_yes(program: Program, deck: Path, answer: str) -> None:
    shown, code = asked(program, "trust", str(deck), answer=answer)
    assert (code, "not trusted: nothing of it runs" in shown) == (1, True)
    assert not program.home.exists()


def test_a_deck_is_trusted_listed_and_forgotten(program: Program, deck: Path) -> None:
    shown, code = asked(program, "trust", str(deck), answer="y")
    assert (code, f"trusted {deck}" in shown) == (0, True)
    (listed,) = program.run("trust", "--list", "--json", code=0).json
    assert (listed["deck"], listed["files"], listed["intact"], listed["why"]) == (str(deck), 5, True, None)
    assert listed["digest"][:12] in program.run("trust", "--list", code=0).out
    again = program.run("trust", str(deck), code=0)
    assert (again.out, "is trusted as it is" in again.err) == ("", True)
    assert "nothing of it runs" in program.run("trust", "--revoke", str(deck), code=0).err
    assert is_trusted(program) == []
    assert "not trusted" in program.run("trust", "--revoke", str(deck)).refused()


def test_scripts_say_yes_in_advance(program: Program, deck: Path) -> None:
    program.run("trust", str(deck), "--yes", code=0)
    assert is_trusted(program) == [True]


@pytest.mark.parametrize(
    "words",
    [(), ("--yes",), ("--revoke",), ("--list", "."), (".", "--json"), (".", "--yes", "--revoke"), ("--list", "--yes")],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(program: Program, words: tuple[str, ...]) -> None:
    program.run("trust", *words).refused()
    assert not program.home.exists()


def test_what_is_no_deck_is_refused_with_its_place(program: Program, tmp_path: Path, deck: Path) -> None:
    assert "cannot be opened as a folder" in program.run("trust", str(tmp_path / "nowhere"), "--yes").refused()
    assert f"there is no folder {tmp_path}/questions" in program.run("trust", str(tmp_path), "--yes").refused()
    (deck / "verifiers" / "pipe.py").unlink(missing_ok=True)
    os.mkfifo(deck / "verifiers" / "pipe.py")
    assert "pipe.py is a named pipe" in program.run("trust", str(deck), "--yes").refused()
    assert not program.home.exists()


# what changed


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_change_asks_again_and_is_shown(program: Program, deck: Path) -> None:
    (deck / "verifiers" / "trouble.py").chmod(0o644)
    program.run("trust", str(deck), "--yes", code=0)
    edit(deck / "verifiers" / "sums.py", "return (a + b) * (b - a + 1) // 2", "return 1")
    (deck / "verifiers" / "trouble.py").chmod(0o755)
    (deck / "questions" / "ids.txt").unlink()
    (deck / "verifiers" / "helper.py").write_text("import os\n", encoding="utf-8")
    assert is_trusted(program) == [False]
    refused = program.run("verify", "sums.gauss", "--deck", str(deck)).refused()
    assert f"has changed since it was trusted: nothing of it runs; quizapp trust {deck} shows" in refused
    shown, code = asked(program, "trust", str(deck), answer="n")
    lines = shown.splitlines()
    assert code == 1
    for line in (
        "  removed  questions/ids.txt",
        "  added  verifiers/helper.py",
        "  changed  verifiers/sums.py",
        "  mode 644 → 755  verifiers/trouble.py",
        "-    return (a + b) * (b - a + 1) // 2",
        "+    return 1",
        "+import os",
        "-sums/formula",
    ):
        assert line in lines
    assert is_trusted(program) == [False]
    program.run("trust", str(deck), "--yes", code=0)
    assert is_trusted(program) == [True]


def test_names_and_contents_of_strangers_are_shown_harmless(program: Program, deck: Path) -> None:
    program.run("trust", str(deck), "--yes", code=0)
    edit(deck / "verifiers" / "sums.py", 'en="The numbers', 'en="\\x1b]0;title\\x07\u202ex\\x9b31mThe numbers')
    edit(deck / "verifiers" / "trouble.py", "from __future__", "# \x1b[2J\r\u202e\x9b31m\u200b\nfrom __future__")
    (deck / "verifiers" / "\x1b[2J\u202e\r\n.py").write_text("\x00", encoding="utf-8")
    (deck / "verifiers" / os.fsdecode(b"\xff.py")).touch()
    odd = deck.with_name("de\x1b[2J\u202eck")
    shutil.copytree(deck, odd)
    for folder in (odd, deck):
        done = program.run("trust", str(folder), code=2)
        assert not CONTROL.search(done.out.encode() + done.err.encode())
        assert not set("\u202e\u200b\x9b") & set(done.out + done.err)
        assert "verifiers/<U+001B>[2J<U+202E><U+000D><U+000A>.py" in done.out
        assert "verifiers/<U+DCFF>.py" in done.out
    assert "+# <U+001B>[2J<U+000D><U+202E><U+009B>31m<U+200B>" in done.out


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u202e", "\x1b[0m", "\r", "\t", "\u0301", "\ufe0f\ufe0f", "\xa0", "\x00"]
)
def test_a_change_that_nobody_could_see_is_written_out(unseen: str) -> None:
    shown = {written_out(f"a{odd}b") for odd in ("", unseen, unseen * 2, " ", "    ")}
    assert len(shown) == 5
    assert all(line.isprintable() for line in shown)


def test_what_can_be_read_is_left_as_it_is() -> None:
    assert written_out("中文 é ∑ 👍  return x  # 注释") == "中文 é ∑ 👍  return x  # 注释"
    assert written_out("x" * 10_000).startswith("xxx")
    assert len(written_out("x" * 10_000)) <= reading.WIDEST


def test_what_cannot_be_compared_here_is_named_and_what_is_cut_is_counted(program: Program, deck: Path) -> None:
    program.run("trust", str(deck), "--yes", code=0)
    (deck / "verifiers" / "blob.bin").write_bytes(b"\xff\x00")
    (deck / "verifiers" / "data.py").write_text("x = 1\n" * 3000, encoding="utf-8")
    (deck / "verifiers" / "more.py").write_text("y = 1\n" * 500, encoding="utf-8")
    done = program.run("trust", str(deck), code=2)
    assert "  verifiers/blob.bin  not text: nobody can read it here, 2 B" in done.out.splitlines()
    assert "  added  verifiers/blob.bin" in done.out.splitlines()
    assert "verifiers/data.py:  too long to be compared here" in done.out
    cut = re.search(r"… (\d+) lines of differences are not shown: compare .+/trusted/[0-9a-f]{64}\S? with", done.out)
    assert cut is not None
    assert done.out.count("+y = 1") + int(cut[1]) >= 500 > done.out.count("+y = 1")


def test_a_copy_that_somebody_edited_is_told_and_made_anew(program: Program, deck: Path) -> None:
    program.run("trust", str(deck), "--yes", code=0)
    (copy,) = (path for path in (program.home / "trusted").iterdir() if path.is_dir())
    (copy / "verifiers" / "more.py").touch()
    assert "the trusted copy of this deck is not as it was made" in program.run("trust", "--list", code=0).out
    done = program.run("trust", str(deck), "--yes", code=0)
    assert "The deck is as it was trusted; the copy made then is not" in done.out
    assert is_trusted(program) == [True]


# once it is trusted


ELSEWHERE = """
from quizapp.cli import main
from quizapp.service import trust
trust.refusal = lambda: None
main()
"""


def visit(program: Program, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The command on a machine that may run decks of others; this one may not, where the tests run as root."""
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *words],
        input=stdin,
        env=program.environment(),
        cwd=program.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_trusted_deck_is_proved_judged_and_linted(shipped: Program, deck: Path) -> None:
    there = ("--deck", str(deck))
    shipped.run("trust", str(deck), "--yes", code=0)
    proved = visit(shipped, "verify", "sums.gauss", "--json", *there)
    assert (proved.returncode, json.loads(proved.stdout)["verdict"]) == (0, "proved"), proved
    solved = visit(shipped, "solve", "sums/code", "-", *there, stdin=ANSWER)
    assert (solved.returncode, "Accepted" in solved.stdout) == (0, True), solved
    linted = visit(shipped, "lint", *there)
    assert (linted.returncode, "judged" in linted.stderr) == (0, False), linted
    edit(deck / "verifiers" / "sums.py", "return n * (n + 1) // 2", "return 1")
    changed = visit(shipped, "verify", "sums.gauss", *there)
    assert (changed.returncode, changed.stdout) == (2, "")
    assert "has changed since it was trusted" in changed.stderr


def test_a_proof_that_would_stand_for_one_of_ours_leaves_no_receipt(shipped: Program, deck: Path) -> None:
    (deck / "verifiers" / "sums.py").rename(deck / "verifiers" / "conv_bn_fusion.py")
    edit(deck / "verifiers" / "conv_bn_fusion.py", 'Claim("gauss"', 'Claim("parity"')
    edit(deck / "questions" / "01-sums.yaml", "verifiers: [sums]", "verifiers: [conv_bn_fusion]")
    edit(deck / "questions" / "01-sums.yaml", "sums.gauss", "conv_bn_fusion.parity")
    edit(deck / "questions" / "01-sums.yaml", "sums.total", "conv_bn_fusion.total")
    shipped.run("trust", str(deck), "--yes", code=0)
    done = visit(shipped, "verify", "conv_bn_fusion", "--deck", str(deck))
    assert done.returncode == 0, done
    assert "no receipt is kept of conv_bn_fusion.parity: the shipped deck has claims of that name" in done.stderr
    stats = shipped.run("export", "stats", code=0).json
    assert [proof["claim"] for proof in stats["proofs"]["claims"]] == ["conv_bn_fusion.total"]


def test_study_refuses_to_mix_the_histories_of_two_decks(program: Program, deck: Path) -> None:
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", "study", "--deck", str(deck)],
        env=program.environment(TERM="xterm-256color"),
        cwd=str(program.root),
        dimensions=(30, 400),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert "sums/formula, sums/pick, sums/number and" in child.before
    assert "--db FILE" in child.before
    assert not program.database.exists()
