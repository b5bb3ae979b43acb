"""The part of a verifier that a learner's process may have."""

from __future__ import annotations

import ast

import pytest

from quizapp.proof.claim import BrokenClaimError
from quizapp.proof.excerpt import excerpt

SCRIPT = '''"""Doubling, from A to Z."""
from __future__ import annotations

import json
import os.path, sys as system
import torch, torch.distributed as dist
from quizapp.proof import Case, Claim, close, main, trace

torch.backends.cudnn.allow_tf32 = False
system.argv = ["x"]
json.decoder.NAN = len(SECRET := "double")

TIMES, UNUSED = 2, 3
try:
    import numpy
except ImportError:
    numpy = None

double = Claim("double", en="Doubling adds a number to itself", zh="翻倍就是自己加自己")
other = triple = Claim("triple", en="Tripling", zh="三倍")


class Base:
    """Of what is counted."""


class Counter(Base):
    start: int = len("x")

    def __init__(self, depth=TIMES):
        self.values = [helper(each) for each in range(depth)]


def helper(value):
    # 2n is the answer, says this comment
    def inner(double):
        return double + value  # a local name, not the claim

    return inner


@double.observe
@torch.no_grad()
def watch(twice, n, limit=TIMES):
    """How it is watched."""
    return {"seen": Counter(limit), "trace": trace(twice, n), "len": len([n]), "numpy": numpy}


@double.check
def judge(seen, case):
    return close(seen, UNUSED, 1)


@double.answer
def adds_to_itself(n):
    return n + n


@double.misconception(en="squares", zh="平方")
def squares(n):
    return n * n


def by_call(n):
    return n


triple.answer(by_call)


def uses_the_answer(n):
    return adds_to_itself(n)


def uses_what_uses_it(n):
    return [uses_the_answer(each) for each in n]


def uses_a_claim():
    return double.name


def uses_an_alias():
    return lambda: other


def uses_a_misconception(wrong=squares):
    return wrong


def uses_by_call():
    return by_call


if __name__ == "__main__":
    main()
'''
WHOLE = """from __future__ import annotations
import torch
from quizapp.proof import trace
torch.backends.cudnn.allow_tf32 = False
TIMES, UNUSED = (2, 3)
try:
    import numpy
except ImportError:
    numpy = None

class Base:
    \"\"\"Of what is counted.\"\"\"

class Counter(Base):
    start: int = len('x')

    def __init__(self, depth=TIMES):
        self.values = [helper(each) for each in range(depth)]

def helper(value):

    def inner(double):
        return double + value
    return inner

@torch.no_grad()
def watch(twice, n, limit=TIMES):
    \"\"\"How it is watched.\"\"\"
    return {'seen': Counter(limit), 'trace': trace(twice, n), 'len': len([n]), 'numpy': numpy}
"""


def test_an_excerpt_is_what_is_named_and_what_that_names_in_turn() -> None:
    assert excerpt(SCRIPT, "watch") == WHOLE


def test_the_classes_that_a_pickle_refers_to_join_it() -> None:
    lines = excerpt(SCRIPT, "helper", {"Base"}).splitlines()
    assert [line for line in lines if line.startswith(("class", "def"))] == ["class Base:", "def helper(value):"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("judge", "the observe function needs judge, which is a part of a claim"),
        ("adds_to_itself", "the observe function needs adds_to_itself"),
        ("uses_the_answer", "uses_the_answer needs adds_to_itself"),
        ("uses_what_uses_it", "uses_the_answer needs adds_to_itself"),
        ("uses_a_misconception", "uses_a_misconception needs squares"),
        ("uses_by_call", "uses_by_call needs by_call"),
        ("uses_a_claim", "uses_a_claim needs double, which is a claim"),
        ("uses_an_alias", "uses_an_alias needs other, which is a claim"),
        ("<lambda>", "<lambda> must be defined at the top level"),
    ],
)
def test_what_reaches_the_answer_has_no_excerpt(name: str, said: str) -> None:
    with pytest.raises(BrokenClaimError, match=said):
        excerpt(SCRIPT, name)


def test_a_class_that_is_an_answer_cannot_be_handed_over() -> None:
    with pytest.raises(BrokenClaimError, match="stays with the judge"):
        excerpt(SCRIPT, "helper", {"adds_to_itself"})


def test_an_excerpt_of_an_excerpt_is_itself() -> None:
    text = excerpt(SCRIPT, "watch")
    assert excerpt(text, "watch") == text
    ast.parse(text)
