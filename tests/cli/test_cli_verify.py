"""``quizapp verify``: verdicts, their exit codes and their receipts."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quizapp.service.library import Library
from quizapp.service.proving import longest_first

if TYPE_CHECKING:
    from tests.cli.conftest import Program

HOUSE = Path(__file__).parent / "data" / "house"
FIELDS = {"claim", "topic", "verdict", "reason", "seed", "device", "seconds", "versions", "subjects", "digest"}


def verdicts(program: Program, *words: str, code: int | None = None) -> dict[str, str]:
    return {line["claim"]: line["verdict"] for line in program.run("verify", "--json", *words, code=code).lines}


def test_a_line_of_json_tells_all_of_a_proof(program: Program) -> None:
    (line,) = program.run("verify", "sums.gauss", "--json", "--seed", "7", code=0).lines
    assert line.keys() >= FIELDS
    assert (line["claim"], line["topic"], line["verdict"], line["seed"]) == ("sums.gauss", "sums", "proved", 7)
    assert (line["device"], line["reason"]) == ("cpu", None)
    assert line["versions"].keys() >= {"python", "quizapp"}
    assert line["seconds"] >= 0
    roles = [(subject["name"], subject["role"], subject["accepted"]) for subject in line["subjects"]]
    assert roles == [
        ("half_of_the_rectangle", "answer", True),
        ("leaves_out_the_last", "misconception", False),
        ("half_of_the_square", "misconception", False),
    ]
    assert [len(subject["evidence"]) for subject in line["subjects"]] == [3, 3, 2]  # one shows on two cases only
    finding, shown = line["subjects"][0]["evidence"][0]["items"]
    assert (finding["kind"], finding["got"], finding["accepted"], shown["kind"]) == ("match", "1", True, "table")


@pytest.mark.parametrize(
    ("claim", "verdict", "code"),
    [
        ("sums.gauss", "proved", 0),
        ("trouble.needy", "skipped", 0),
        ("trouble.lenient", "refuted", 1),
        ("trouble.vague", "undecided", 1),
        ("trouble.crashes", "error", 1),
        ("trouble.leaves", "error", 1),
    ],
)
def test_only_what_was_proved_or_could_not_be_run_exits_with_0(
    program: Program, claim: str, verdict: str, code: int
) -> None:
    assert verdicts(program, claim, code=code) == {claim: verdict}


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_claim_that_never_ends_times_out_and_the_others_are_still_proved(program: Program, jobs: str) -> None:
    found = verdicts(program, "--all", "--timeout", "2", "--jobs", jobs, code=1)
    assert found["trouble.sleeps"] == "timeout"
    assert found == verdicts_expected()
    assert jobs != "1" or list(found) == list(verdicts_expected())  # one at a time keeps the deck's order


def test_the_longest_claims_of_last_time_begin_first() -> None:
    claims = Library(HOUSE / "questions", HOUSE / "verifiers").claims
    named = [str(claim.ref) for claim in claims]
    seconds = {name: float(place) for place, name in enumerate(named[1:])}
    assert [str(claim.ref) for claim in longest_first(claims, seconds)] == [named[0], *reversed(named[1:])]


def verdicts_expected() -> dict[str, str]:
    return {
        "sums.gauss": "proved",
        "sums.total": "proved",
        "trouble.lenient": "refuted",
        "trouble.crashes": "error",
        "trouble.leaves": "error",
        "trouble.sleeps": "timeout",
        "trouble.vague": "undecided",
        "trouble.needy": "skipped",
    }


def test_a_person_reads_the_misconception_that_got_through(program: Program) -> None:
    done = program.run("verify", "trouble.lenient", code=1)
    assert "REFUTED" in done.out
    assert "wrong" in done.out
    assert "1 refuted" in done.err
    assert "被推翻" in program.run("verify", "trouble.lenient", "--lang", "zh", code=1).out
    assert "被推翻" in program.run("verify", "trouble.lenient", code=1, LANG="zh_CN.UTF-8").out


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        (("sums/number",), ["sums.total"]),  # a card
        (("sums/old-code",), ["sums.gauss"]),  # a card by its alias
        (("sums.total",), ["sums.total"]),  # a claim
        (("sums",), ["sums.gauss", "sums.total"]),  # a script
        (("--topic", "1"), ["sums.gauss", "sums.total"]),
        (("--topic", "sums"), ["sums.gauss", "sums.total"]),
        (("sums.total", "sums/pick", "sums"), ["sums.gauss", "sums.total"]),  # each once, in order
    ],
)
def test_claims_are_selected_by_card_claim_script_and_topic(
    program: Program, words: tuple[str, ...], claims: list[str]
) -> None:
    listed = [found["claim"] for found in program.run("verify", "--list", "--json", *words, code=0).json]
    assert listed == claims


def test_the_list_says_what_each_claim_needs(program: Program) -> None:
    found: dict[str, Any] = {claim["claim"]: claim for claim in program.run("verify", "--list", "--json").json}
    assert list(found) == list(verdicts_expected())
    assert (found["sums.total"]["numeric"], found["sums.gauss"]["numeric"]) == (True, False)
    assert found["trouble.needy"]["requires"] == ["no_such_module"]
    assert found["sums.gauss"]["misconceptions"].keys() == {"leaves_out_the_last", "half_of_the_square"}
    assert "sums.gauss" in program.run("verify", "--list", code=0).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what to verify"),
        (("sums.gaus",), "did you mean sums.gauss"),
        (("sums/numbr",), "did you mean sums/number"),
        (("--topic", "99"), "there is no topic '99'"),
        (("sums", "--seed", "1", "--seeds", "0:3"), "exclude each other"),
        (("sums", "--seeds", "3:1"), "write A:B"),
        (("sums", "--seeds", "three"), "write A:B"),
        (("sums", "--seed", "-1"), "--seed"),
        (("sums", "--device", "tpu"), "--device"),
    ],
)
def test_what_cannot_be_asked_for_is_a_usage_error(program: Program, words: tuple[str, ...], said: str) -> None:
    assert said in program.run("verify", *words).refused()
    assert not program.database.exists()


def test_a_seed_decides_the_cases(program: Program) -> None:
    def cases(seed: str) -> list[str]:
        (line,) = program.run("verify", "sums.gauss", "--json", "--seed", seed, code=0).lines
        return [outcome["case"] for outcome in line["subjects"][0]["evidence"]]

    assert cases("5") == cases("5") != cases("6")


def test_many_seeds_are_proved_one_by_one_and_leave_no_receipt(program: Program) -> None:
    lines = program.run("verify", "sums", "--json", "--jobs", "1", "--seeds", "3:6", code=0).lines
    assert [(line["claim"], line["seed"]) for line in lines] == [
        *(("sums.gauss", seed) for seed in (3, 4, 5)),
        *(("sums.total", seed) for seed in (3, 4, 5)),
    ]
    assert not program.database.exists()


def test_a_run_leaves_a_receipt_that_the_statistics_show(program: Program) -> None:
    (proof,) = program.run("verify", "sums.gauss", "--json", "--seed", "3", code=0).lines
    program.run("verify", "trouble.lenient", code=1)
    program.run("verify", "sums.gauss", "--seed", "4", code=0)
    proofs = program.run("export", "stats", code=0).json["proofs"]
    assert proofs["verdicts"] == {"proved": 1, "refuted": 1}
    first, second = proofs["claims"]
    assert (first["claim"], first["verdict"], first["seed"], first["runs"]) == ("sums.gauss", "proved", 4, 2)
    assert first["digest"] == proof["digest"]
    assert (second["claim"], second["runs"]) == ("trouble.lenient", 1)
    assert "sums.gauss" in program.run("stats", code=0).out


def test_a_database_that_cannot_be_used_is_told_before_anything_is_proved(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder and no database", encoding="utf-8")
    for place in (file, file / "x.db"):
        done = program.run("verify", "sums.gauss", "--json", "--db", str(place))
        assert str(file) in done.refused()
        assert done.out == ""
        proved = program.run("verify", "sums.gauss", "--json", "--no-receipts", "--db", str(place), code=0)
        assert proved.lines[0]["verdict"] == "proved"
    assert file.read_text(encoding="utf-8") == "no folder and no database"


def test_all_and_a_selection_exclude_each_other(program: Program) -> None:
    assert "exclude each other" in program.run("verify", "--all", "sums.gauss").refused()


def test_a_cuda_device_that_is_not_there_skips_the_claim(program: Program) -> None:
    (line,) = program.run("verify", "sums.gauss", "--json", "--device", "cuda", CUDA_VISIBLE_DEVICES="").lines
    assert line["verdict"] == "skipped"
    assert "CUDA" in line["reason"]["en"]


def sleepers(program: Program) -> list[str]:
    """The processes that sleep for this house's claim."""
    mark = str(program.root / "verifiers" / "trouble.py").encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if file.read_bytes().split(b"\0")[-2:-1] == [mark]:
                found.append(file.parent.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupt_ends_the_verifier_with_the_program_and_keeps_what_was_proved(
    program: Program, tmp_path: Path, end: signal.Signals, code: int
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = program.start("verify", "--jobs", "1", "sums.gauss", "trouble.sleeps", TMPDIR=str(folder))
    while not sleepers(program):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(end)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    while sleepers(program):  # the kernel takes a moment over a namespace; one that stays runs into the time limit
        time.sleep(0.01)
    assert list(folder.iterdir()) == []
    claims = program.run("export", "stats", code=0).json["proofs"]["claims"]
    assert [proof["claim"] for proof in claims] == ["sums.gauss"]


def test_a_shipped_claim_is_proved_with_torch(shipped: Program) -> None:
    (line,) = shipped.run("verify", "prewitt_filter.border", "--json", code=0).lines
    assert (line["verdict"], line["topic"]) == ("proved", "prewitt-filter")
    assert line["versions"].keys() >= {"python", "quizapp", "torch", "numpy"}
