from __future__ import annotations

import subprocess
import sys

import pytest

from quizapp.proof import digits

torch = pytest.importorskip("torch")


def test_the_digits_are_all_there_in_their_range() -> None:
    images, labels = digits()
    assert (tuple(images.shape), tuple(labels.shape)) == ((1797, 8, 8), (1797,))
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert (images.min().item(), images.max().item()) == (0, 1)
    assert 174 <= min(labels.bincount()) <= max(labels.bincount()) <= 183


def test_what_is_done_to_them_is_not_seen_by_the_next_who_asks() -> None:
    before = digits()[0].clone()
    digits()[0].zero_()
    assert digits()[0].equal(before)


def test_they_cost_no_import_of_scikit_learn() -> None:
    code = "import sys; from quizapp.proof import digits; digits(); print({'sklearn', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
