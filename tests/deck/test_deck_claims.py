from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.deck import claims
from quizapp.model.card import ClaimRef
from quizapp.model.words import Words

SCRIPTS = Path(__file__).parent / "data" / "verifiers"
ORIGINAL = (SCRIPTS / "conv_bn_fusion.py.txt").read_text(encoding="utf-8")


def indexed(folder: Path, source: str = ORIGINAL) -> claims.VerifierInfo:
    path = folder / "conv_bn_fusion.py"
    path.write_text(source, encoding="utf-8")
    return claims.verifier(path)


def test_the_index_reads_a_claim_without_running_it(tmp_path: Path) -> None:
    info = indexed(tmp_path)
    (claim,) = info.claims
    assert info.doc == "Folding BatchNorm into the convolution keeps the output."
    assert claim.ref == ClaimRef("conv_bn_fusion", "parity")
    assert claim.statement == Words("A fused convolution equals convolution followed by BN", "融合后的卷积等于卷积加BN")
    assert claim.line == ORIGINAL[: ORIGINAL.index("parity = Claim")].count("\n") + 1
    assert (claim.numeric, claim.has_cases, claim.has_check) == (False, True, True)
    assert (claim.observe, claim.observes) == ("folded", True)
    assert claim.answer == 'def fuse(conv, bn):\n    """Scale the weight, shift the bias."""\n    return conv\n'
    assert claim.misconceptions == {
        "forgets_the_root": Words("divides by the variance, not its root", "除以方差而不是标准差")
    }
    assert claim.misconception_sources["forgets_the_root"] == "def forgets_the_root(conv, bn):\n    return bn\n"
    assert info.problems == ()


def test_truth_makes_a_claim_numeric_and_is_its_check(tmp_path: Path) -> None:
    shutil.copy(SCRIPTS / "cross_entropy.py.txt", tmp_path / "cross_entropy.py")
    (claim,) = claims.index(tmp_path).claims
    assert (claim.numeric, claim.has_check, claim.requires) == (True, True, ("numpy",))
    assert (claim.observe, claim.observes) == (None, True)


def test_a_claim_that_does_not_observe_says_so(tmp_path: Path) -> None:
    (claim,) = indexed(tmp_path, ORIGINAL.replace("@parity.observe\n", "")).claims
    assert (claim.observe, claim.observes) == (None, False)


def test_a_class_can_be_the_answer(tmp_path: Path) -> None:
    source = ORIGINAL.replace("def fuse(conv, bn):", "class Fuse:", 1)
    assert (indexed(tmp_path, source).claims[0].answer or "").startswith("class Fuse:\n")


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('zh="融合后的卷积等于卷积加BN",', "zh=ZH,", "en= and zh="),
        ('"parity",\n', "NAME,\n", "Python name in quotes"),
        ("parity = Claim(", "parity = other = Claim(", "one plain name"),
        (', zh="除以方差而不是标准差"', "", "en= and zh="),
        ("parity = Claim(", "if True:\n  parity = Claim(", "top level"),
        ("@parity.check", "@parity.cases", "declared twice"),
        ("def same(seen, case):", "def same(seen case):", "not valid Python"),
        ("@parity.answer\n", '@parity.misconception(en="a", zh="中")\ndef forgets_the_root(): ...\n', "declared twice"),
        ('zh="融合后的卷积等于卷积加BN",', 'zh="中", requires=NEEDS,', "requires must be written out"),
    ],
)
def test_what_cannot_be_read_statically_is_a_problem(tmp_path: Path, old: str, new: str, word: str) -> None:
    assert old in ORIGINAL
    source = ORIGINAL.replace(old, new, 1)
    problems = indexed(tmp_path, source).problems
    assert len(problems) == 1
    assert word in problems[0].message
    assert 1 < problems[0].line <= source.count("\n")


def test_helpers_are_no_verifiers(tmp_path: Path) -> None:
    (tmp_path / "_shared.py").write_text("")
    assert claims.index(tmp_path).verifiers == {}


def test_the_index_imports_neither_torch_nor_the_scripts(tmp_path: Path) -> None:
    indexed(tmp_path)
    code = f"""
import sys
from pathlib import Path
from quizapp.deck import claims
assert claims.index(Path({str(tmp_path)!r})).claims
assert not {{"torch", "numpy", "pydantic", "yaml", "quizapp.proof"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
