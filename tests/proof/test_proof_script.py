from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.proof.evidence import from_json
from quizapp.proof.record import Proof, Verdict

SCRIPT = '''
"""Doubling."""
from quizapp.proof import Case, Claim, equal, main

right = Claim("right", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")
wrong = Claim("wrong", en="Doubling squares", zh="翻倍就是平方")
skipped = Claim("skipped", en="Needs what nobody has", zh="谁也没有", requires=("a_package_that_nobody_has",))

for claim in (right, wrong, skipped):
    @claim.cases
    def numbers(rng):
        for _ in range(2):
            n = rng.randint(3, 99)
            yield Case(f"{n}", n=n)

    @claim.check
    def is_twice(double, case):
        return equal(double(case.n), case.n * 2, en="result", zh="结果")

def twice(n):
    return n + n

def squares(n):
    return n * n

for claim, answer, belief in ((right, twice, squares), (wrong, squares, twice), (skipped, twice, squares)):
    claim.answer(answer)
    claim.misconception(en="the other way", zh="另一种")(belief)

if __name__ == "__main__":
    main()
'''

LOADED = """
import sys
import quizapp.proof
ours = {name for name in sys.modules if name.split(".")[0] == "quizapp"}
ground = {"quizapp", "quizapp.sanitise", "quizapp.syntax"}  # what everything stands on: text and source of strangers
print(sorted(ours - ground - {name for name in ours if name.split(".")[1:2] == ["proof"]}))
print(sorted({"torch", "numpy", "rich", "yaml", "click", "textual", "sqlalchemy", "pydantic"} & set(sys.modules)))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "doubling.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def test_exit_code_0_says_that_all_were_proved(script: Path) -> None:
    done = run(script, "--claim", "right", "--seeds", "0:3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PROVED") == 3
    assert "\x1b" not in done.stdout, "colours are for terminals"


def test_exit_code_1_says_that_one_was_not(script: Path) -> None:
    done = run(script)
    assert done.returncode == 1
    assert ["PROVED" in done.stdout, "REFUTED" in done.stdout, "SKIPPED" in done.stdout] == [True] * 3


def test_nothing_but_skipped_claims_proves_nothing(script: Path) -> None:
    assert run(script, "--claim", "skipped").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--claim", "nosuch"),
        ("--seeds", "5:5"),
        ("--seeds", "5"),
        ("--seeds", "a:b"),
        ("--seed", "x"),
        ("--seed", "1", "--seeds", "0:2"),
        ("--device", "abacus"),
    ],
)
def test_exit_code_2_says_that_it_was_asked_wrongly(script: Path, arguments: tuple[str, ...]) -> None:
    done = run(script, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "doubling.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_claim_is_told_with_the_known_ones(script: Path) -> None:
    assert "it holds right, wrong, skipped" in run(script, "--claim", "nosuch").stderr


def test_a_script_without_claims_is_a_mistake(tmp_path: Path) -> None:
    script = tmp_path / "empty.py"
    script.write_text("from quizapp.proof import main\nif __name__ == '__main__':\n    main()\n")
    done = run(script)
    assert (done.returncode, "holds no claim" in done.stderr) == (2, True)


def test_json_is_one_proof_a_line(script: Path) -> None:
    lines = run(script, "--json", "--seeds", "0:2").stdout.splitlines()
    proofs = [Proof.from_json(json.loads(line)) for line in lines]
    assert [(proof.claim, proof.seed, proof.verdict) for proof in proofs] == [
        (f"doubling.{name}", seed, verdict)
        for seed in (0, 1)
        for name, verdict in (("right", Verdict.PROVED), ("wrong", Verdict.REFUTED), ("skipped", Verdict.SKIPPED))
    ]
    item = json.loads(lines[0])["subjects"][0]["evidence"][0]["items"][0]
    assert from_json(item) == proofs[0].subjects[0].outcomes[0].items[0]


def test_the_record_of_a_seed_is_the_same_in_every_process(script: Path) -> None:
    one, other = (json.loads(run(script, "--json", "--claim", "right", "--seed", "9").stdout) for _ in range(2))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_the_proof_is_written_in_chinese_when_asked(script: Path) -> None:
    assert "已证明" in run(script, "--claim", "right", "--lang", "zh").stdout


def test_what_a_verifier_imports_brings_no_library_and_no_other_room_of_ours() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
