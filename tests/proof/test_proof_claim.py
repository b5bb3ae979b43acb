from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.proof import BrokenClaimError, Case, Claim, Rng, at_most, equal, experiment, note
from quizapp.proof.evidence import Item, Span
from quizapp.proof.experiment import Trial, answer, believe, claims_in, prove
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say

LABEL = Say("label", "标签")
Answers = list[bool | None]


def doubling() -> Claim:
    """A small claim: a number doubled is the number added to itself."""
    claim = Claim("double", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")

    @claim.cases
    def numbers(rng: Rng) -> Iterator[Case]:
        for _ in range(3):
            number = rng.randint(3, 10**6)
            yield Case(f"{number}", number=number)

    @claim.check
    def is_twice(double: Callable[[int], int], case: Case) -> Item:
        return equal(double(case.number), case.number * 2, en="result", zh="结果")

    @claim.answer
    def twice(number: int) -> int:
        return number + number

    @claim.misconception(en="squares", zh="平方")
    def squares(number: int) -> int:
        return number * number

    @claim.misconception(en="adds two", zh="加二")
    def adds_two(number: int) -> int:
        return number + 2

    return claim


def run(claim: Claim, seed: int = 0) -> Proof:
    return prove(claim, Trial(seed))


def reason(proof: Proof) -> str:
    assert proof.reason is not None
    assert proof.reason.zh
    return proof.reason.en


def timeless(proof: Proof) -> dict[str, Any]:
    return {**proof.to_json(), "seconds": None}


def test_a_claim_is_proved_where_the_check_tells_right_from_wrong() -> None:
    proof = run(doubling())
    assert (proof.verdict, proof.reason) == (Verdict.PROVED, None)
    assert [(each.name, each.role, each.accepted) for each in proof.subjects] == [
        ("twice", Role.ANSWER, True),
        ("squares", Role.MISCONCEPTION, False),
        ("adds_two", Role.MISCONCEPTION, False),
    ]
    assert all(len(each.outcomes) == 3 for each in proof.subjects)


def finding(answered: bool | None) -> Item:
    high = 2.0 if answered is None else 0.5 if answered else 3.0
    return Span(LABEL, 0.5 if answered is not False else 2.5, (0.5 + high) / 2, high, "<=", 1.0, 15)


def tabled(right: Answers, wrong: list[tuple[Answers, list[bool]]]) -> Claim:
    """A claim whose subjects are tables of what the check says on each case."""
    claim = Claim("tabled", en="t", zh="t")
    claim.cases(lambda _: (Case(f"case {index}", index=index) for index in range(len(right))))
    claim.check(lambda subject, case: finding(subject(case.index)))
    claim.answer(lambda index: right[index])
    for number, (answers, shows) in enumerate(wrong):

        def belief(index: int, answers: Answers = answers) -> bool | None:
            return answers[index]

        def on(case: Case, shows: list[bool] = shows) -> bool:
            return bool(shows[case.index])

        belief.__name__ = f"belief{number}"
        claim.misconception(en="w", zh="w", on=on, because=("b", "b"))(belief)
    return claim


def expected(right: Answers, wrong: list[tuple[Answers, list[bool]]]) -> Verdict:
    shown = [[each for each, shows in zip(*pair, strict=True) if shows] for pair in wrong]
    if not all(shown):
        return Verdict.ERROR
    if False in right or any(True in each for each in shown):
        return Verdict.REFUTED
    return Verdict.UNDECIDED if None in right or any(None in each for each in shown) else Verdict.PROVED


@given(st.data())
def test_proved_means_the_answer_on_every_case_and_no_misconception_where_it_must_show(data: st.DataObject) -> None:
    cases = data.draw(st.integers(1, 4))

    def column(*likely: bool | None) -> Answers:
        # mostly the good answer, or nearly all drawn tables would be refuted
        return data.draw(st.lists(st.sampled_from([*likely, True, False, None]), min_size=cases, max_size=cases))

    right = column(*[True] * 12)
    wrong = [
        (column(*[False] * 12), data.draw(st.lists(st.booleans(), min_size=cases, max_size=cases)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    proof = run(tabled(right, wrong))
    assert proof.verdict is expected(right, wrong)
    assert (proof.verdict is Verdict.PROVED) == (proof.reason is None)


def test_a_check_that_accepts_everything_is_refuted_by_its_misconceptions() -> None:
    claim = doubling()
    claim._check = lambda _subject, _case: at_most(0.0, 1.0, en="nothing", zh="无")
    proof = run(claim)
    assert proof.verdict is Verdict.REFUTED
    assert "squares" in reason(proof)
    assert "adds_two" in reason(proof)


def test_a_misconception_in_the_answers_place_is_refuted() -> None:
    for wrong in doubling().misconceptions:
        claim = doubling()
        claim._answer = wrong.subject
        proof = run(claim)
        assert proof.verdict is Verdict.REFUTED
        assert "rejects the answer" in reason(proof)


def test_the_answer_taught_as_a_misconception_is_refuted_by_name() -> None:
    claim = doubling()
    claim.misconception(en="right after all", zh="其实是对的")(claim.right)
    assert "twice" in reason(run(claim))


def test_a_check_without_a_finding_is_an_error() -> None:
    claim = doubling()
    claim._check = lambda subject, case: [note("looks good", "看起来不错")]
    assert run(claim).verdict is Verdict.ERROR
    assert "no finding" in reason(run(claim))


def test_a_misconception_that_crashes_undeclared_is_an_error_that_says_what_to_declare() -> None:
    claim = doubling()

    @claim.misconception(en="breaks", zh="出错")
    def breaks(_number: int) -> int:
        raise ZeroDivisionError("by zero")

    proof = run(claim)
    assert proof.verdict is Verdict.ERROR
    assert "breaks crashed" in reason(proof)
    assert "raises=(ZeroDivisionError,)" in reason(proof)


def test_a_misconception_that_crashes_as_declared_is_rejected() -> None:
    claim = doubling()

    @claim.misconception(en="breaks", zh="出错", raises=(ZeroDivisionError,))
    def breaks(_number: int) -> int:
        raise ZeroDivisionError("by zero")

    proof = run(claim)
    assert proof.verdict is Verdict.PROVED
    assert {outcome.raised for outcome in proof.subjects[-1].outcomes} == {"ZeroDivisionError: by zero"}


def test_an_answer_that_crashes_is_an_error() -> None:
    claim = doubling()
    claim._answer = lambda _number: 1 // 0
    assert run(claim).verdict is Verdict.ERROR
    assert "ZeroDivisionError" in reason(run(claim))


def without(part: str) -> Claim:
    claim = doubling()
    setattr(claim, part, [] if part == "misconceptions" else None)
    return claim


@pytest.mark.parametrize(
    ("part", "says"),
    [("_cases", "no cases"), ("_check", "no check"), ("_answer", "no answer"), ("misconceptions", "no misconception")],
)
def test_a_claim_with_a_part_missing_is_an_error_that_names_it(part: str, says: str) -> None:
    proof = run(without(part))
    assert proof.verdict is Verdict.ERROR
    assert says in reason(proof)
    assert "double" in reason(proof)


def test_a_claim_that_draws_no_case_is_an_error() -> None:
    claim = without("_cases")
    claim.cases(lambda _rng: iter(()))
    assert run(claim).verdict is Verdict.ERROR
    assert "no case was drawn" in reason(run(claim))


def test_a_misconception_that_must_show_nowhere_is_an_error() -> None:
    claim = doubling()
    claim.misconception(en="x", zh="x", on=lambda _case: False, because=("never", "从不"))(lambda number: number)
    assert run(claim).verdict is Verdict.ERROR
    assert "picked none" in reason(run(claim))


def test_a_misconception_is_run_only_where_it_must_show() -> None:
    claim, met = doubling(), []

    @claim.misconception(en="x", zh="x", on=lambda case: case.number % 2 == 0, because=("even", "偶数"))
    def notes_what_it_meets(number: int) -> int:
        met.append(number)
        return number

    for seed in range(5):
        run(claim, seed)
    assert met
    assert all(number % 2 == 0 for number in met)


def test_where_and_why_go_together() -> None:
    with pytest.raises(BrokenClaimError, match="go together"):
        doubling().misconception(en="x", zh="x", on=lambda _case: True)
    with pytest.raises(BrokenClaimError, match="go together"):
        doubling().misconception(en="x", zh="x", because=("why", "原因"))


@pytest.mark.parametrize("part", ["cases", "check", "answer"])
def test_a_part_declared_twice_is_refused(part: str) -> None:
    with pytest.raises(BrokenClaimError, match="declared twice"):
        getattr(doubling(), part)(lambda *_: None)


def test_two_claims_of_one_name_are_refused() -> None:
    with pytest.raises(BrokenClaimError, match="two claims are named double"):
        claims_in({"one": doubling(), "other": doubling()})


def test_what_one_subject_does_to_a_case_is_not_seen_by_the_next() -> None:
    claim = Claim("spoiled", en="s", zh="s")
    claim.cases(lambda _rng: (Case(f"{n}", values=list(range(n)), want=sum(range(n))) for n in (3, 4)))
    claim.check(lambda total, case: equal(total(case.values), case.want, en="sum", zh="和"))

    @claim.answer
    def total(values: list[int]) -> int:
        return sum(values.pop() for _ in range(len(values)))

    @claim.misconception(en="zeroes the case first", zh="先清零")
    def spoils(values: list[int]) -> int:
        values[:] = [9] * len(values)
        return values[0]

    claim.misconception(en="forgets the last", zh="漏掉最后一个")(lambda values: sum(values[:-1]))
    assert run(claim).verdict is Verdict.PROVED


def noisy() -> Claim:
    """A claim whose check and cases draw from the global generator too."""
    claim = Claim("noisy", en="n", zh="n")
    claim.cases(lambda rng: (Case(f"{rng.random()} {random.random()}") for _ in range(3)))
    claim.check(lambda subject, _case: at_most(subject(), 1.0, en="drawn", zh="抽取"))
    claim.answer(random.random)
    claim.misconception(en="too large", zh="太大")(lambda: 1 + random.random())
    return claim


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_a_seed_gives_the_same_record_bit_by_bit(seed: int) -> None:
    first = timeless(run(noisy(), seed))
    random.seed(99)
    assert timeless(run(noisy(), seed)) == first
    assert timeless(run(noisy(), seed + 1)) != first


def test_a_subject_meets_the_same_randomness_whoever_ran_before_it() -> None:
    claim, proof = noisy(), run(noisy(), 5)
    assert believe(claim, claim.misconceptions[0].name, Trial(5)) == proof.subjects[1]
    assert answer(claim, Trial(5)) == proof.subjects[0]


def test_how_much_randomness_a_subject_uses_is_not_seen_by_the_next_case() -> None:
    claim = noisy()
    claim.misconception(en="draws often", zh="抽很多次")(lambda: 1 + sum(random.random() for _ in range(9)))
    labels = [[outcome.case for outcome in subject.outcomes] for subject in run(claim).subjects]
    assert labels == [labels[0]] * 3


@pytest.mark.parametrize(
    ("role", "answers", "accepted"),
    [
        (Role.ANSWER, [True, True], True),
        (Role.ANSWER, [True, None], None),
        (Role.ANSWER, [True, None, False], False),
        (Role.ATTEMPT, [True, False], False),
        (Role.ATTEMPT, [], False),
        (Role.MISCONCEPTION, [False, False], False),
        (Role.MISCONCEPTION, [False, None], None),
        (Role.MISCONCEPTION, [False, None, True], True),
    ],
)
def test_the_worst_case_decides_over_a_subject(role: Role, answers: Answers, accepted: bool | None) -> None:
    outcomes = tuple(Outcome("case", each) for each in answers)
    assert SubjectRecord("s", role, LABEL, outcomes).accepted is accepted


def test_every_outcome_is_told_as_it_comes() -> None:
    told: list[tuple[str, Role, Outcome]] = []
    proof = prove(doubling(), Trial(0, tell=lambda *each: told.append(each)))
    recorded = [(each.name, each.role, outcome) for each in proof.subjects for outcome in each.outcomes]
    assert told == recorded
    assert len(told) == 9


@pytest.mark.parametrize("need", ["a_package_that_nobody_has", "numpy>=999", "numpy<1", "no name", "numpy>>2"])
def test_a_claim_is_skipped_where_the_machine_lacks_what_it_requires(need: str) -> None:
    claim = doubling()
    claim.requires = (need,)
    proof = run(claim)
    assert proof.verdict is Verdict.SKIPPED
    assert need in reason(proof)
    assert not proof.verdict.counts_against


@pytest.mark.parametrize("need", ["numpy", "numpy>=1.26", "numpy>=1.26,<999", "yaml>=6"])
def test_what_the_machine_has_is_no_reason_to_skip(need: str) -> None:
    claim = doubling()
    claim.requires = (need,)
    assert run(claim).verdict is Verdict.PROVED


def test_a_pinned_claim_runs_on_its_own_device() -> None:
    claim = doubling()
    claim.on = "cpu"
    assert prove(claim, Trial(0, device="cuda")).device == "cpu"


def test_a_case_names_what_it_does_not_hold() -> None:
    with pytest.raises(AttributeError, match="case '3×3' holds no 'stride'"):
        _ = Case("3×3", kernel=3).stride


def test_a_claim_under_two_names_is_one_claim() -> None:
    claim = doubling()
    assert claims_in({"one": claim, "other": claim}) == [claim]


def test_a_case_is_named_in_the_readers_language_and_in_one_where_one_serves() -> None:
    claim = Claim("named", en="Named", zh="有名")
    claim.cases(lambda rng: [Case("small numbers", zh="小的数"), Case("3×3")])
    claim.check(lambda subject, case: equal(subject(), 1, en="value", zh="数值"))
    claim.answer(lambda: 1)
    claim.misconception(en="two", zh="二")(lambda: 2)
    record = prove(claim, Trial(0)).subjects[0]
    read = [Outcome.from_json(outcome.to_json()) for outcome in record.outcomes]
    assert [outcome.label("zh") for outcome in read] == ["小的数", "3×3"]
    assert [outcome.label("en") for outcome in read] == ["small numbers", "3×3"]


def test_a_device_that_is_not_there_skips_what_would_run_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "cuda", lambda: False)
    free, pinned = doubling(), doubling()
    pinned.on = "cpu"
    assert prove(free, Trial(0, "cuda")).verdict is Verdict.SKIPPED
    assert prove(pinned, Trial(0, "cuda")).verdict is Verdict.PROVED
