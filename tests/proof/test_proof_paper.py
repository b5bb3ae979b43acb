from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.proof.compare import curves, table
from quizapp.proof.evidence import Curves, Exhibit, HeatMap, Match, Measure, Note, Span, Table, from_json, to_json
from quizapp.proof.exhibit import exhibit_lines
from quizapp.proof.paper import Paper, margin_bar
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.proof.width import cells, wrap

ERROR = Say("largest relative error", "最大相对误差")
PROOF = Proof(
    "conv_bn_fusion.parity",
    Say(
        "A convolution with BatchNorm folded into it computes what the two computed in eval mode",
        "把BN折叠进卷积之后，一个卷积的输出就等于推理模式下卷积加BN的输出",
    ),
    Verdict.PROVED,
    seed=7,
    device="cpu",
    seconds=0.4242,
    subjects=(
        SubjectRecord(
            "fuse_conv_bn",
            Role.ANSWER,
            Say("the answer", "标准答案"),
            (
                Outcome("3×3", True, (Measure(ERROR, 3.2e-16, "<=", 1e-10),)),
                Outcome("1×1 groups 4", True, (Measure(ERROR, 8.1e-7, "<=", 2e-5),)),
            ),
        ),
        SubjectRecord(
            "forgets_the_root",
            Role.MISCONCEPTION,
            Say("divides by the variance, not by its root", "除以方差，而不是标准差"),
            (Outcome("3×3", False, (Measure(ERROR, 0.731, "<=", 1e-10), Match(Say("runs", "执行"), "a", "b"))),),
        ),
        SubjectRecord(
            "ignores_the_groups",
            Role.MISCONCEPTION,
            Say("takes every convolution for a dense one", "把所有卷积都当作普通卷积"),
            (Outcome("1×1 groups 4", False, raised="RuntimeError: sizes differ"),),
        ),
        SubjectRecord(
            "no_difference",
            Role.MISCONCEPTION,
            Say("the same thing twice", "同一个东西跑两次"),
            (Outcome("timed", False, (Span(Say("time ratio", "耗时比"), 0.98, 1.001, 1.02, "<=", 0.9, 31),)),),
        ),
    ),
)

ENGLISH = """\
conv_bn_fusion.parity                                      seed 7 · cpu · 0.42 s
A convolution with BatchNorm folded into it computes what the two computed in
eval mode

✓ fuse_conv_bn                                                accepted · 2 cases
              │█           largest relative error 8.1e-7 ≤ 2e-5, 25× inside
                           [1×1 groups 4]
✗ forgets_the_root                                             rejected · 1 case
    divides by the variance, not by its root
    ██████████│            runs a, wanted b  [3×3]
✗ ignores_the_groups                                           rejected · 1 case
    takes every convolution for a dense one
    fails on 1×1 groups 4: RuntimeError: sizes differ
✗ no_difference                                                rejected · 1 case
    the same thing twice
             █│            time ratio 1.001 (0.980–1.020) > 0.9  [timed]

PROVED  the answer is accepted and all 3 misconceptions are rejected
"""
CHINESE = """\
conv_bn_fusion.parity                                      seed 7 · cpu · 0.42 s
把BN折叠进卷积之后，一个卷积的输出就等于推理模式下卷积加BN的输出

✓ fuse_conv_bn                                                   接受 · 2 个情形
              │█           最大相对误差 8.1e-7 ≤ 2e-5，在界内 25 倍  [1×1 groups
                           4]
✗ forgets_the_root                                               拒绝 · 1 个情形
    除以方差，而不是标准差
    ██████████│            执行 a，应为 b  [3×3]
✗ ignores_the_groups                                             拒绝 · 1 个情形
    把所有卷积都当作普通卷积
    在 1×1 groups 4 上出错：RuntimeError: sizes differ
✗ no_difference                                                  拒绝 · 1 个情形
    同一个东西跑两次
             █│            耗时比 1.001 (0.980–1.020) > 0.9  [timed]

已证明  标准答案被接受，3 个误解全部被拒绝
"""


def text(paper: Paper, proof: Proof = PROOF) -> str:
    return "\n".join(paper.lines(proof)) + "\n"


@pytest.mark.parametrize(("lang", "golden"), [("en", ENGLISH), ("zh", CHINESE)])
def test_a_proof_reads_as_it_always_has(lang: str, golden: str) -> None:
    assert text(Paper(lang)) == golden


letters = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=30)
labels = st.lists(letters, max_size=6).map(" ".join)
say = st.builds(Say, labels, labels)
number = st.floats(allow_nan=True, allow_infinity=True)
relation = st.sampled_from(["<=", ">="])
bound = st.floats(1e-12, 1e12)
found = st.one_of(
    st.builds(Measure, say, number, relation, bound),
    st.builds(Span, say, number, number, number, relation, bound, st.integers(1, 127)),
    st.builds(Match, say, labels, labels),
)
outcome = st.builds(
    Outcome, labels, st.sampled_from([True, False, None]), st.lists(found, max_size=2).map(tuple), raised=labels
)
record = st.builds(SubjectRecord, labels, st.sampled_from(Role), say, st.lists(outcome, max_size=3).map(tuple))
proof = st.builds(
    Proof,
    labels,
    say,
    st.sampled_from(Verdict),
    st.integers(0, 10**12),
    st.sampled_from(["cpu", "cuda"]),
    st.floats(0, 1e5),
    st.lists(record, max_size=3).map(tuple),
    st.none() | say,
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60, 80, 100])
@settings(max_examples=40)
@given(proof=proof)
def test_no_line_is_wider_than_the_paper(lang: str, width: int, proof: Proof) -> None:
    assert max(cells(line) for line in Paper(lang, width=width).lines(proof)) <= width


@pytest.mark.parametrize("lang", ["en", "zh"])
@settings(max_examples=40)
@given(proof=st.just(PROOF) | proof)
def test_colours_come_only_when_asked_and_change_nothing_else(lang: str, proof: Proof) -> None:
    plain, painted = text(Paper(lang), proof), text(Paper(lang, colour=True), proof)
    assert "\x1b" not in plain
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == plain


@pytest.mark.parametrize("verdict", Verdict)
def test_a_reason_stands_beside_its_verdict(verdict: Verdict) -> None:
    why = Proof("c", Say("s", "s"), verdict, 0, "cpu", 0.0, reason=Say("because of that", "因为如此"))
    assert text(Paper("en"), why).rstrip().endswith("because of that")
    assert text(Paper("zh"), why).rstrip().endswith("因为如此")


@given(labels, st.integers(2, 60))
def test_wrapping_loses_nothing_but_spaces(words: str, width: int) -> None:
    lines = wrap(words, width)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(cells(line) <= width for line in lines)


@given(st.floats(-30, 30))
def test_the_bar_lies_on_the_side_of_the_margin(margin: float) -> None:
    outside, inside = margin_bar(margin).split("│")
    assert (len(outside), len(inside)) == (10, 10)
    assert ("█" in inside, "█" in outside) == (margin >= 0, margin < 0)


@pytest.mark.parametrize(
    ("exhibit", "shown"),
    [
        (Table(ERROR, (("n", "error"), ("8", "0.5"))), "8    0.5"),
        (Curves(ERROR, (0.0, 1.0), (("loss", (1.0, 0.0)),)), "loss  █▁"),
        (HeatMap(ERROR, ((1.0, -1.0), (0.0, 0.0))), "██##"),
        (Note(ERROR), "largest relative error"),
    ],
)
@pytest.mark.parametrize("width", [40, 80])
def test_what_the_answer_shows_is_printed_once_and_fits(exhibit: Exhibit, shown: str, width: int) -> None:
    cases = tuple(Outcome(case, True, (Measure(ERROR, 0.1, "<=", 1.0), exhibit)) for case in ("first", "second"))
    proof = replace(PROOF, subjects=(replace(PROOF.subjects[0], outcomes=cases), *PROOF.subjects[1:]))
    lines = list(Paper("en", width=width).lines(proof))
    found = [line for line in lines if line.strip() == shown]
    assert len(found) == 1
    assert max(map(cells, lines)) <= width


def test_a_column_without_a_name_stays_where_it_is() -> None:
    shown = list(exhibit_lines(table(("", "n"), [("abc", 8)], en="t", zh="表"), "en", 40))
    assert shown == ["t", "       n", "  abc  8"]


def test_columns_and_lines_are_named_in_the_readers_language() -> None:
    rows = table((("samples", "样本数"), "n"), [(1, 2)], en="counts", zh="计数")
    lines = curves([0, 1], {("loss", "损失"): [1, 0], "Adam": [1, 0]}, en="runs", zh="训练")
    assert [list(exhibit_lines(rows, lang, 40))[1].split() for lang in ("en", "zh")] == [
        ["samples", "n"],
        ["样本数", "n"],
    ]
    drawn = {lang: [line.split()[0] for line in list(exhibit_lines(lines, lang, 40))[1:3]] for lang in ("en", "zh")}
    assert drawn == {"en": ["loss", "Adam"], "zh": ["损失", "Adam"]}
    assert [from_json(to_json(item)) for item in (rows, lines)] == [rows, lines]


@pytest.mark.parametrize("width", range(4, 13))
def test_no_chinese_line_begins_with_closing_punctuation(width: int) -> None:
    lines = wrap("把误差、界限、情形（三种）都写出来，再看：结论。", width)
    assert not [line for line in lines if line[0] in "，。、：）"], lines
