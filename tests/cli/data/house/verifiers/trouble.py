"""Claims that go wrong, each in its own way, for the tests of the commands."""
# mypy: ignore-errors

from __future__ import annotations

import os
import sys

from quizapp.proof import Case, Claim, equal, main
from quizapp.proof.evidence import Span
from quizapp.proof.say import Say

lenient = Claim("lenient", en="A check that lets everything through", zh="放过一切的检验")
crashes = Claim("crashes", en="An answer that cannot be run", zh="无法运行的答案")
leaves = Claim("leaves", en="An answer that says proved and leaves", zh="喊一声已证明就走的答案")
sleeps = Claim("sleeps", en="An answer that never comes", zh="永远等不来的答案")
vague = Claim("vague", en="A difference within the noise", zh="淹没在噪声里的差异")
needy = Claim("needy", en="A claim that this machine cannot run", zh="缺少条件的命题", requires=("no_such_module",))


@lenient.cases
@crashes.cases
@leaves.cases
@sleeps.cases
@vague.cases
@needy.cases
def one(rng):
    yield Case(f"case {rng.randint(0, 9)}")


@crashes.check
@leaves.check
@sleeps.check
@needy.check
def says_right(subject, case):
    return equal(subject(), "right", en="word", zh="词")


@lenient.check
def anything_goes(subject, case):
    return equal(1, 1, en="word", zh="词")


@vague.check
def straddles_its_bound(subject, case):
    return Span(Say("ratio", "比值"), 0.8, 1.0, 1.2, "<=", 0.9, 15)


@lenient.answer
@vague.answer
@needy.answer
def right():
    return "right"


@crashes.answer
def divides_by_zero():
    return 1 / 0


@leaves.answer
def says_proved_and_leaves():
    os.write(1, b"PROVED\n")
    os._exit(0)


@sleeps.answer
def waits_for_ever():
    # under a command line that a test finds from outside the walls, where process numbers mean nothing
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", __file__])


@lenient.misconception(en="says the wrong word", zh="说错了词")
@crashes.misconception(en="says the wrong word", zh="说错了词")
@leaves.misconception(en="says the wrong word", zh="说错了词")
@sleeps.misconception(en="says the wrong word", zh="说错了词")
@vague.misconception(en="says the wrong word", zh="说错了词")
@needy.misconception(en="says the wrong word", zh="说错了词")
def wrong():
    return "wrong"


if __name__ == "__main__":
    main()
