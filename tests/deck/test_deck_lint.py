from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from quizapp.deck.lint import accept_ids, lint
from quizapp.deck.prompt import fill
from quizapp.deck.rules import RULES
from quizapp.deck.rules_text import formula_slips, markdown_slips

DATA = Path(__file__).parent / "data"
FUSION, ENTROPY = "01-conv-bn-fusion.yaml", "07-cross-entropy.yaml"
SCRIPT, TRUTH = "verifiers/conv_bn_fusion.py", "verifiers/cross_entropy.py"
SHORT = {FUSION: "fusion", ENTROPY: "entropy"}
LONG = "x" * 77


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    shutil.copytree(DATA, folder)
    for path in (folder / "verifiers").glob("*.txt"):
        path.rename(path.with_suffix(""))
    return folder


def linted(deck: Path) -> list[str]:
    return [
        f"{problem.rule} {SHORT.get(problem.path.name, problem.path.name)}:{problem.line} {problem.message}"
        for problem in lint(deck, deck / "verifiers")
    ]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (r"the loss \frac{1}{n}", r"'\\frac' would be shown as source"),
        ("the loss $x_i$ of a sample", "would be shown as source"),
        ("$$ x $$", "would be shown as source"),
        ("it grows as n^2", "'n^2' would be shown as it stands"),
        ("e^{-x}", "would be shown as it stands"),
        ("x_{ij}", "would be shown as it stands"),
        ("x\u0302 is normalised", "U+0302 is a combining mark"),
        ("\U0001d465 is a variable", "U+1D465 is a letter that few terminal fonts have"),
    ],
)
def test_a_formula_that_a_terminal_cannot_show_is_told(text: str, slip: str) -> None:
    (said,) = formula_slips(text)
    assert slip in said


@pytest.mark.parametrize(
    "text",
    ["x² + yᵢ · e⁻ˣ ≤ √(σ²+ε)", "`x^2`, `x_{i}` and `\\n`", "it costs $5 and $10", "a_b and `$x_i$`", "2 ^ 3", "café"],
)
def test_plain_formulas_and_code_pass(text: str) -> None:
    assert list(formula_slips(text)) == []


def test_a_sound_deck_has_no_problem(deck: Path) -> None:
    assert linted(deck) == []


FAILURES = [
    (FUSION, "aliases: [conv-bn-fusion/old-code]", "aliases: [conv-bn-fusion/formula]", "one-id-one-card fusion:55"),
    (
        "ids.txt",
        "cross-entropy/uniform",
        "cross-entropy/uniform\nlost/card",
        "ids-stay ids.txt:5 lost/card has vanished",
    ),
    ("ids.txt", "conv-bn-fusion/divisor\n", "", "ids-stay fusion:19 conv-bn-fusion/divisor is not in ids.txt"),
    (
        FUSION,
        "claim: conv_bn_fusion.parity",
        "claim: conv_bn_fusion.party",
        "claim-known fusion:7 conv_bn_fusion.py has no claim party; did you mean parity?",
    ),
    (
        FUSION,
        "claim: conv_bn_fusion.parity",
        "claim: conv_bn_fuse.parity",
        "claim-known fusion:7 there is no verifiers/conv_bn_fuse.py; did you mean",
    ),
    (FUSION, "[conv_bn_fusion]", "[conv_bn_fusion, gone]", "verifier-has-topic fusion:3 there is no verifiers/gone.py"),
    (
        ENTROPY,
        "[cross_entropy]",
        "[cross_entropy, conv_bn_fusion]",
        "verifier-has-topic entropy:3 conv_bn_fusion already belongs to conv-bn-fusion",
    ),
    (SCRIPT, "@parity.cases\n", "", "claim-complete conv_bn_fusion.py:9 parity has no cases"),
    (
        SCRIPT,
        "@parity.observe\n",
        "",
        "code-is-observed fusion:35 conv_bn_fusion.parity cannot judge a learner's code; register what",
    ),
    (
        SCRIPT,
        "return subject(conv, bn)",
        "return subject(conv, bn), fuse",
        "code-is-observed fusion:35 conv_bn_fusion.parity cannot judge a learner's code: folded needs fuse, which is",
    ),
    (SCRIPT, "@parity.check\n", "", "claim-complete conv_bn_fusion.py:9 parity has no check"),
    (SCRIPT, "@parity.answer\n", "", "claim-complete conv_bn_fusion.py:9 parity has no answer"),
    (
        TRUTH,
        '@uniform.misconception(en="uses the base-two logarithm", zh="用了以2为底的对数")\n',
        "",
        "claim-complete cross_entropy.py:9 uniform has no misconception",
    ),
    (SCRIPT, '"parity",\n', "NAME,\n", "verifier-readable conv_bn_fusion.py:9"),
    (
        FUSION,
        "misconception: forgets_the_root",
        "misconception: forgets_root",
        "misconception-known fusion:31 conv_bn_fusion.parity has no misconception forgets_root; did",
    ),
    (FUSION, "bug: forgets_the_root", "bug: something_else", "misconception-known fusion:60"),
    (ENTROPY, "claim: cross_entropy.uniform", "claim: conv_bn_fusion.parity", "number-has-truth entropy:7"),
    (
        FUSION,
        "def fuse(conv, bn):",
        "def fuse(conv bn):",
        "starter-defines-entry fusion:57 the starter is not Python: line 1",
    ),
    (
        FUSION,
        "def fuse(conv, bn):",
        "def other(conv, bn):",
        "starter-defines-entry fusion:57 the starter does not define fuse",
    ),
    (
        TRUTH,
        "\n\n@uniform.cases",
        '\nspare = Claim("spare", en="Spare", zh="备用")\n\n\n@uniform.cases',
        "claim-used cross_entropy.py:11 no card asks for cross_entropy.spare",
    ),
    (FUSION, "zh: 标准差。", "zh: the deviation", "each-in-its-language fusion:27 the Chinese text holds no Chinese"),
    (FUSION, "en: The standard deviation.", "en: 标准差", "each-in-its-language fusion:27 the English text holds '标'"),
    (FUSION, "zh: 卷积与BN融合", "zh: folding", "each-in-its-language fusion:2"),
    (SCRIPT, 'zh="除以方差而不是标准差"', 'zh="no root"', "claims-in-both-languages conv_bn_fusion.py:9"),
    (
        ENTROPY,
        'zh: "{classes} 类',
        'zh: "{n} 类',
        "placeholders-agree entropy:9 {classes}, {n} stands in one language only",
    ),
    (
        FUSION,
        "en: Write BN as an affine map.",
        'en: "Write \\e[2J"',
        "plain-characters fusion:17 the control character U+001B",
    ),
    (FUSION, "en: The standard deviation.", 'en: "# Heading"', "markdown-known fusion:27 a heading"),
    (FUSION, "en: The standard deviation.", 'en: "TODO: which divisor"', "nothing-to-write fusion:27 conv-bn-fusion/"),
    (FUSION, "sources: [Ioffe and", "sources: [TODO Ioffe and", "nothing-to-write fusion:28 conv-bn-fusion/divisor"),
    (SCRIPT, 'en="', 'en="TODO: ', "nothing-to-write conv_bn_fusion.py:9 conv_bn_fusion.parity is not written"),
    (FUSION, "en: The standard deviation.", "en: The root of s^2.", "formulas-plain fusion:27 's^2' would be shown as"),
    (
        FUSION,
        "        fuse(conv, bn)\n        ```\n      zh",
        "        fuse(conv, bn)\n      zh",
        "fences-close fusion:38",
    ),
    (
        FUSION,
        "        fuse(conv, bn)\n",
        f"        {LONG}\n",
        "code-fits fusion:38 a code line is wider than 76 columns",
    ),
    (
        FUSION,
        "def fuse(conv, bn):",
        f"{LONG}\n      def fuse(conv, bn):",
        "source-fits fusion:57 the starter is wider than 76 columns",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "expected"), FAILURES)
def test_each_rule_refuses_its_failure(deck: Path, name: str, old: str, new: str, expected: str) -> None:
    edit(deck / name, old, new)
    assert any(line.startswith(expected) for line in linted(deck)), linted(deck)


def test_every_rule_has_a_failing_example() -> None:
    assert {expected.split()[0] for *_, expected in FAILURES} == set(RULES)


def test_an_unused_claim_only_warns(deck: Path) -> None:
    edit(deck / TRUTH, "\n\n@uniform.cases", '\nspare = Claim("spare", en="Spare", zh="备用")\n\n\n@uniform.cases')
    assert [problem.warning for problem in lint(deck, deck / "verifiers") if problem.rule == "claim-used"] == [True]


def test_a_script_that_no_topic_lists_is_refused(deck: Path) -> None:
    (deck / "verifiers" / "stray.py").write_text('"""Stray."""\n')
    assert linted(deck) == ["verifier-has-topic stray.py:1 no topic lists stray; add it to the verifiers of one"]


def test_an_alias_keeps_a_vanished_id(deck: Path) -> None:
    edit(deck / "ids.txt", "cross-entropy/uniform", "cross-entropy/uniform\nconv-bn-fusion/old-code")
    assert linted(deck) == []


def test_a_broken_file_does_not_make_its_ids_vanish(deck: Path) -> None:
    edit(deck / ENTROPY, "difficulty: 1", "difficulty: 9")
    assert [line.split()[0] for line in linted(deck)] == ["schema"]


def test_accepting_ids_only_appends(deck: Path) -> None:
    (deck / "ids.txt").write_text("gone/card\nconv-bn-fusion/code\n")
    assert accept_ids(deck) == ["conv-bn-fusion/formula", "conv-bn-fusion/divisor", "cross-entropy/uniform"]
    assert (deck / "ids.txt").read_text().split()[:2] == ["gone/card", "conv-bn-fusion/code"]
    assert accept_ids(deck) == []


def test_a_deck_without_a_list_is_asked_to_accept_its_ids(deck: Path) -> None:
    (deck / "ids.txt").unlink()
    assert len(linted(deck)) == 4
    accept_ids(deck)
    assert linted(deck) == []


@pytest.mark.parametrize(
    "text",
    [
        "> quoted",
        "<b>x</b>",
        "[a](http://x)",
        "![a](b)",
        "a\n\n---\n\nb",
        "~~x~~",
        "[x]: http://y\n",
        "    indented",
        "a\n===",
        "H*W*C",
        "** bold **",
        "x &amp; y",
        "<http://x.y>",
    ],
)
def test_markdown_outside_the_subset_is_refused(text: str) -> None:
    assert list(markdown_slips(text))


@pytest.mark.parametrize(
    "text",
    [
        "plain [0] and a_b",
        "中文**粗体**中文",
        "*em* `H*W*C`",
        "- a\n- b\n\n1. c",
        "| a | b |\n|---|--:|\n| 1 | 2 |",
        "```\n# x\n```",
        "__init__",
        "a\nb",
        "x > 0 and y < 1",
        "√(σ²+ε) · [B, 1, H]",
    ],
)
def test_markdown_of_the_subset_passes(text: str) -> None:
    assert list(markdown_slips(text)) == []


def test_a_prompt_is_filled_and_shows_what_is_missing() -> None:
    assert fill("{a} of {b} in {a}", {"a": 3}) == "3 of {b} in 3"
