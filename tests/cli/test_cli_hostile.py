"""A deck that tries to write on the terminal, through every command, in pipes and on a real terminal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import quizapp
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.service.clock import Clock
from quizapp.service.study import open_store
from quizapp.store.database import uuid7

if TYPE_CHECKING:
    from tests.cli.conftest import Program

PACKAGE = Path(quizapp.__file__).parent
DECK = Path(__file__).parents[1] / "data" / "hostile"
EVIL = "\x1b]0;pwned\x07\x1b[2J\x9b31m\r\u202e\u200b"
MARKUP = "[red]x[/] [@click=app.quit]y[/]"
ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\uf8ff\U000e0000-\U000e00ff]"
)
OURS = re.compile(r"\x1b\[[0-9;]*m")
CARDS = [f"hostile/{name}" for name in ("recall", "choice", "number", "code")]
CLAIMS = [f"hostile.{name}" for name in ("shown", "number", "raises", "prints", "needy")]


@pytest.fixture(scope="session")
def hostile_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose deck is the hostile one; its script holds raw characters too."""
    root = tmp_path_factory.mktemp("hostile")
    shutil.copytree(PACKAGE, root / "quizapp", ignore=shutil.ignore_patterns("_content"))
    shutil.copytree(PACKAGE.parent / "db", root / "db")
    shutil.copytree(DECK, root, dirs_exist_ok=True)
    script = root / "verifiers" / "hostile.py"
    raw = EVIL.replace("\r", "")
    script.write_text(script.read_text(encoding="utf-8").replace("# RAW", f"# raw {raw}"), encoding="utf-8")
    return root


@pytest.fixture
def hostile(hostile_root: Path, program: Program) -> Program:
    return type(program)(hostile_root, program.home)


@pytest.fixture
def seeded(hostile: Program) -> Program:
    """With a database that a stranger has filled: the names of cards, claims and devices are his."""
    store = open_store(hostile.database)
    moment = Clock("UTC").moment()
    for card in (f"=evil{EVIL}", f"|evil{EVIL}", "hostile/recall"):
        store.record_review(card, Grade.GOOD, moment)
    store.add_receipt(
        Receipt(uuid7(1), 1, f"claim{MARKUP}{EVIL}", "proved", 1, f"device{MARKUP}{EVIL}", f"{EVIL}digest", "{}")
    )
    return hostile


def harmless(said: str) -> str:
    assert not ODD.search(said), repr(said)
    assert "pwned" not in said
    return said


COMMANDS: list[tuple[str, ...]] = [
    ("list",),
    ("list", "--lang", "zh"),
    ("list", "--json"),
    *(("show", card) for card in CARDS),
    ("show", "hostile/code", "--question", "--lang", "zh"),
    ("show", "hostile/code", "--json"),
    ("verify", "--list"),
    ("verify", "--list", "--json"),
    ("verify", "--all"),
    ("verify", "--all", "--json"),
    *(("verify", claim, "--no-receipts") for claim in CLAIMS),
    ("verify", "hostile.shown", "--lang", "zh", "--seeds", "0:4"),
    ("solve", "hostile/code", "attempt.py"),
    ("solve", "hostile/code", "attempt.py", "--lang", "zh"),
    ("solve", "hostile/code", "attempt.py", "--json"),
    ("lint",),
    ("lint", "--json"),
    ("due",),
    ("due", "--json"),
    ("grade", "hostile/recall", "good"),
    ("stats",),
    ("stats", "--json"),
    *(("export", "stats", "--format", form) for form in ("json", "csv", "md")),
    *(("export", "reviews", "--format", form) for form in ("jsonl", "csv")),
    ("show", f"no{EVIL}card"),
    ("verify", f"no{EVIL}claim"),
    (f"no{EVIL}command",),
    ("solve", "hostile/code", f"no{EVIL}file.py"),
    ("study", "--topic", f"no{EVIL}topic"),
    ("grade", "hostile/recall", f"bad{EVIL}"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words)))
def test_no_command_says_what_a_terminal_would_obey(seeded: Program, words: tuple[str, ...]) -> None:
    ran = seeded.run(*words)
    assert "Traceback" not in ran.err
    data = "--json" in words or "json" in words or words == ("export", "reviews", "--format", "jsonl")
    said = ran.out.replace("\r\n", "\n") if "csv" in words else ran.out
    assert not ODD.search(said), repr(said)
    assert not ODD.search(ran.err), repr(ran.err)
    assert data or "export" in words or "pwned" not in said + ran.err.replace("\\x1b]0;pwned", "")


def test_what_is_kept_is_the_text_and_markup_is_text(hostile: Program) -> None:
    assert f"title {MARKUP}" in hostile.run("list", code=0).out
    shown = " ".join(hostile.run("show", "hostile/choice", code=0).out.split())
    for said in ("prompt", "point-one", "explanation", "option-right", "because-wrong", "source"):
        assert f"{said} {MARKUP}" in shown
    proved = " ".join(hostile.run("verify", "hostile.shown", code=0).out.split())
    for said in ("statement", "belief", "case", "label", "exception", "column", "cell", "curve", "note"):
        assert f"{said} {MARKUP}" in proved


def test_a_stranger_writes_no_line_of_ours(hostile: Program) -> None:
    """A line break in an exception, a title or a name does not begin a line."""
    out = hostile.run("solve", "hostile/code", "attempt.py", code=1).out
    assert "exception" in out
    assert not any(line.startswith("PROVED") for line in out.splitlines())


def test_json_is_the_data_as_it_is(seeded: Program) -> None:
    evil = seeded.run("list", "--json", code=0)
    assert len(evil.json) == 7
    card = seeded.run("show", "hostile/recall", "--json", code=0).json
    assert card["prompt"]["en"].startswith(f"prompt {MARKUP} \x1b]0;pwned\x07")
    assert "\u202e" in card["prompt"]["en"]
    claims = seeded.run("stats", "--json", code=0).json["proofs"]["claims"]
    assert f"claim{MARKUP}{EVIL}" in [claim["claim"] for claim in claims]
    assert f"=evil{EVIL}" in [review["card"] for review in seeded.reviews()]


def test_csv_runs_nothing_and_writes_out_what_it_must_not_hold(seeded: Program) -> None:
    out = seeded.run("export", "reviews", "--format", "csv", code=0).out
    assert "'=evil<U+001B>]0;pwned<U+0007><U+001B>[2J<U+009B>31m<U+000D><U+202E><U+200B>" in out


def test_completion_offers_nothing_that_a_terminal_would_obey(seeded: Program) -> None:
    topic = seeded.root / "questions" / "02-odd.yaml"
    topic.write_text('cards: [{id: "odd\\e]0;pwned\\a/card", claim: a.b, kind: recall}]', encoding="utf-8")
    try:
        for line in ("quizapp show ", "quizapp list --topic "):
            asked: dict[str, Any] = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()))}
            for shell in ("bash", "zsh", "fish"):
                ran = seeded.run(_QUIZAPP_COMPLETE=f"{shell}_complete", **asked)
                harmless(ran.out.replace("\r\n", "\n"))
                harmless(ran.err)
    finally:
        topic.unlink()


@pytest.fixture
def odd_names(hostile: Program) -> Iterator[Program]:
    """With files whose names a shell would complete and a terminal obey."""
    made = [
        hostile.root / "questions" / f"odd{EVIL}\n99.yaml",
        hostile.root / "verifiers" / f"odd{EVIL}\n.py",
        hostile.root / "verifiers" / "warns.py",
    ]
    try:
        for path in made:
            path.write_text(f'x = "\\{EVIL[0]}[2J"\nClaim(1)\n', encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such names")
    yield hostile
    for path in made:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "words",
    [("lint",), ("lint", "--json"), ("list",), ("due",), ("verify", "--all"), ("show", "hostile/recall")],
    ids=" ".join,
)
def test_names_of_files_are_text_of_strangers_too(odd_names: Program, words: tuple[str, ...]) -> None:
    ran = odd_names.run(*words, PYTHONWARNINGS="always")
    assert "Traceback" not in ran.err
    assert not ODD.search(ran.out + ran.err), ran
    if words == ("lint",):
        assert ran.code == 2
        assert all(re.match(r"/.*:\d+:\d+: ", line) for line in ran.out.splitlines())


def test_an_export_names_its_file_harmlessly(seeded: Program, tmp_path: Path) -> None:
    file = tmp_path / f"out{EVIL}.json"
    try:
        file.touch()
    except OSError:
        pytest.skip("this file system takes no such names")
    harmless(seeded.run("export", "stats", "-o", str(file), code=0).err)
    assert json.loads(file.read_text(encoding="utf-8"))["schema"] == 1


def test_an_unforeseen_error_is_told_harmlessly(hostile: Program) -> None:
    """Whatever no command foresees goes through the same door, traceback and all."""
    script = (
        f"from quizapp.cli.out import clean_what_python_says as c; c(); raise KeyError if 0 else ValueError({EVIL!a})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=hostile.environment(), check=False, cwd=hostile.root
    )
    assert b"Traceback" in done.stderr
    assert not ODD.search(done.stderr.decode()), done.stderr


def test_a_script_run_by_hand_prints_harmlessly(hostile: Program) -> None:
    for words in ((), ("--lang", "zh"), ("--json",)):
        for claim in ("shown", "raises", "needy", "number", "no\x1b[2Jclaim"):
            done = subprocess.run(
                [sys.executable, "verifiers/hostile.py", "--claim", claim, *words],
                capture_output=True,
                env=hostile.environment(),
                cwd=hostile.root,
                check=False,
            )
            said = done.stdout.decode() + done.stderr.decode()
            assert said
            assert not ODD.search(said), said


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "hostile/choice"),
        ("show", "hostile/code"),
        ("show", "hostile/recall", "--json"),
        ("verify", "hostile.shown", "--no-receipts"),
        ("verify", "hostile.prints", "--no-receipts"),
        ("solve", "hostile/code", "attempt.py"),
        ("stats",),
        ("lint", "--no-run"),
        ("show", f"no{EVIL}card"),
    ],
    ids=lambda words: ascii(" ".join(words)),
)
def test_on_a_terminal_the_only_sequences_are_our_colours(seeded: Program, words: tuple[str, ...]) -> None:
    said = OURS.sub("", on_terminal(seeded, *words))
    assert not ODD.search(said.replace("\r\n", "\n")), repr(said)
    assert "quizapp" in said or "hostile" in said or "problem" in said or "reviews" in said


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_a_bar_shows_nothing_that_a_terminal_obeys(seeded: Program) -> None:
    """The bar moves the cursor; of titles, links and overrides there is nothing."""
    said = on_terminal(seeded, "verify", "hostile", "--no-receipts")
    assert "PROVED" in said
    assert not re.search("\x1b\\]|\x1b\\[2J|\x07|[\x80-\x9f\u202e\u200b]", said), repr(said)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_the_study_screen_writes_no_sequence_of_a_card(hostile: Program) -> None:
    """The bytes that reach a real terminal, over several cards, their proofs, the help and the way out."""
    child = spawned(hostile, "study")
    child.expect("title")
    said = child.before + child.after
    for key in (*("h", " ", " ", "r", "3") * 4, "?", "?", "q"):
        child.send(key)
        said += drained(child)
    said += rest(child)
    assert child.exitstatus == 0, said[-3000:]
    for text in ("prompt", "hint", "explanation", "statement", "[red]x[/]"):
        assert text in said
    assert not re.search("\x1b\\]0;|\x1b\\]8;|pwned|[\x80-\x9f\u202e\u200b]", said), repr(said)


def on_terminal(program: Program, *words: str) -> str:
    """What a command writes to a pseudo-terminal."""
    return rest(spawned(program, *words))


def spawned(program: Program, *words: str) -> Any:
    pexpect = pytest.importorskip("pexpect", reason="needs pseudo-terminals")
    return pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", *words],
        env=program.environment(TERM="xterm-256color", COLORTERM="truecolor"),
        cwd=str(program.root),
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=60,
    )


def drained(child: Any) -> str:
    """What comes until nothing comes for a moment."""
    import pexpect

    said = ""
    while True:
        try:
            said += child.read_nonblocking(65536, timeout=0.3)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return said


def rest(child: Any) -> str:
    """What comes until the end."""
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)
