"""The study screen on the real verifier, in its own process; and what a start may cost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

CORRECT = """
import copy
import torch
from torch import nn

def fuse(conv, bn):
    fused = copy.deepcopy(conv)
    gamma = bn.weight if bn.affine else torch.ones_like(bn.running_var)
    beta = bn.bias if bn.affine else torch.zeros_like(bn.running_var)
    scale = gamma / (bn.running_var + bn.eps) ** 0.5
    old = 0 if conv.bias is None else conv.bias
    fused.weight = nn.Parameter(conv.weight * scale[:, None, None, None])
    fused.bias = nn.Parameter((old - bn.running_mean) * scale + beta)
    return fused
"""


async def test_a_belief_is_run_and_breaks_with_its_numbers(study: Any, desk: Any) -> None:
    async with desk(study("choice")) as at:
        await at.press("b", "enter")
        await at.sees("REJECTED")
        assert "divides by the variance, not by its root" in at.text
        assert re.search(r"breaks on (\d+) of \1 cases", at.text)
        assert "largest relative error" in at.text
        assert "outside" in at.text


async def test_a_proof_is_run_shown_and_kept(study: Any, desk: Any) -> None:
    sitting = study("recall")
    async with desk(sitting, size=(160, 60)) as at:
        await at.press("r")
        await at.sees("so far")
        await at.sees("PROVED")
        assert re.search(r"accepted · \d+ cases", at.text)
        await at.until(sitting.store.receipts)
        receipt = sitting.store.receipts()[0]
        assert (receipt.claim, receipt.verdict) == ("conv_bn_fusion.parity", "proved")


async def test_a_number_is_drawn_and_judged(study: Any, desk: Any) -> None:
    async with desk(study("number")) as at:
        await at.until(lambda: at.screen._drawer.question is not None)
        question = at.screen._drawer.question
        await at.sees(f"b = {question.given['b']}")
        for char in f"{question.truth:.6f}":
            await at.press({".": "full_stop", "-": "minus"}.get(char, char))
        await at.press("enter", "right", "enter")
        assert at.life.right is True
        assert "✓ right" in at.text


async def test_code_is_rejected_then_accepted(study: Any, desk: Any) -> None:
    async with desk(study("code")) as at:
        await at.press("i", "ctrl+s")
        await at.sees("REJECTED")
        assert "FIRST FAILING CASE" in at.text
        at.screen.query_one("CodePane").load_text(CORRECT)
        await at.press("ctrl+s")
        await at.sees("ACCEPTED")
        await at.press("escape", "space")
        assert at.life.right is True


_FIRST_PAINT = """
import asyncio, sys
from pathlib import Path
from quizapp.model.words import Lang
from quizapp.service.clock import Clock
from quizapp.service.library import Library
from quizapp.service.study import Study
root = Path(sys.argv[1])
painted = []
class Watched(Study):
    def warm(self):
        pass
study = Watched(Library(root / "questions", root / "verifiers"), root / "x.db", clock=Clock("UTC"))
turn = study.turn()
from quizapp.tui.app import QuizApp
async def main():
    app = QuizApp(study, turn, lang=Lang.EN, dark=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen._compositor.render_strips()
        assert any("What do" in "".join(s.text for s in strip) for strip in screen)
asyncio.run(main())
print(sorted({"torch", "sqlalchemy", "alembic", "pydantic", "yaml", "numpy", "pygments"} & set(sys.modules)))
"""


def test_the_first_card_waits_for_nothing_slow(study: Any) -> None:
    sitting = study("recall")
    assert sitting.turn() is not None  # the deck is in its cache from here on
    root = sitting.database.parent
    ran = subprocess.run(
        [sys.executable, "-c", _FIRST_PAINT, str(root)],
        env=os.environ | {"QUIZAPP_HOME": str(root / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]", ran.stdout
