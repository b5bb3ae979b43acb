from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof import Rng
from quizapp.proof.rng import seed_everything

DRAW = (
    "from quizapp.proof import Rng; rng = Rng('claim', 7); print(rng.random(), rng.randint(0, 999), rng.choice('abc'))"
)
GOLDEN = "0.20479957795447612 8 c"


@pytest.mark.parametrize("hashing", ["0", "1"])
def test_a_seed_draws_the_same_in_every_process(hashing: str) -> None:
    environment = os.environ | {"PYTHONHASHSEED": hashing}
    run = subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == GOLDEN


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_seeds_draw_the_same_only_where_they_are_equal(one: int, other: int) -> None:
    assert (Rng("claim", one).random() == Rng("claim", other).random()) == (one == other)


def test_the_parts_of_a_key_do_not_run_together() -> None:
    assert Rng("a", 11).random() != Rng("a", 1, 1).random()
    assert Rng("a1", 1).random() != Rng("a", 11).random()


def test_the_global_generators_follow_the_key() -> None:
    def draws(*key: object) -> tuple[float, float]:
        seed_everything(*key)
        return random.random(), float(np.random.random())

    assert draws("claim", 3) == draws("claim", 3)
    one, other = draws("claim", 3), draws("claim", 4)
    assert one[0] != other[0]
    assert one[1] != other[1]


@given(st.integers(0, 1000), st.floats(-100, 100), st.floats(0, 100), st.integers(0, 3))
def test_rounded_has_few_digits_and_stays_between(seed: int, low: float, width: float, digits: int) -> None:
    value = Rng(seed).rounded(low, low + width, digits)
    assert value == round(value, digits)
    assert low - 10**-digits <= value <= low + width + 10**-digits


@given(st.integers(0, 1000), st.floats(1e-6, 1), st.floats(1, 1e6))
def test_log_uniform_stays_between(seed: int, low: float, high: float) -> None:
    assert low * (1 - 1e-9) <= Rng(seed).log_uniform(low, high) <= high * (1 + 1e-9)


def test_log_uniform_draws_every_order_of_magnitude() -> None:
    rng = Rng("spread")
    small = sum(rng.log_uniform(1e-3, 1e3) < 1 for _ in range(1000))
    assert 400 < small < 600
