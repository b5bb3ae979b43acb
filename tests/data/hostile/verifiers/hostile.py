"""Claims whose every word tries to write on the terminal, to be markup, or to hide."""
# mypy: ignore-errors
# ruff: noqa: E501

from __future__ import annotations

import os

from quizapp.proof import Case, Claim, at_most, curves, equal, heat_map, main, note, table

EVIL = "[red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end"

shown = Claim(
    "shown",
    en="statement [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="statement-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
number = Claim(
    "number",
    en="statement [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="statement-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
raises = Claim(
    "raises",
    en="statement [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="statement-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
prints = Claim(
    "prints",
    en="statement [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="statement-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
needy = Claim(
    "needy",
    en="statement [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="statement-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    requires=("no_such_\x1b[2Jmodule",),
)


@shown.cases
@raises.cases
@prints.cases
@needy.cases
def cases(rng):
    yield Case(f"case {EVIL}", zh=f"case-zh {EVIL}", n=1)
    yield Case(f"case {EVIL}", zh=f"case-zh {EVIL}", n=2)


@shown.observe
@raises.observe
@prints.observe
@needy.observe
def result(subject, n):
    return subject(n)


@shown.check
@raises.check
@prints.check
@needy.check
def looks(got, case):
    said = {"en": f"label {EVIL}", "zh": f"label-zh {EVIL}"}
    return [
        equal(f"{got} {EVIL}", f"{case.n} {EVIL}", **said),
        at_most(1e-9 if got == case.n else 1.0, 1e-6, **said),
        table((f"column {EVIL}", "n"), [(f"cell {EVIL}", case.n)], **said),
        curves([0, 1, 2], {f"curve {EVIL}": [0, 1, 2], f"other {EVIL}": [2, 1, 0]}, **said),
        heat_map([[0, 1], [-1, 0]], **said),
        note(f"note {EVIL}", f"note-zh {EVIL}"),
    ]


@shown.answer
@needy.answer
def itself(n):
    # RAW
    return n


@raises.answer
def fails(n):
    raise ValueError(f"exception {EVIL}")


@prints.answer
def leaves(n):
    os.write(1, f"printed {EVIL}\n".encode())
    os._exit(3)


@shown.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
@raises.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
@prints.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
@needy.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
def wrong(n):
    return n + 1


@shown.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    raises=(ValueError,),
)
def crashes(n):
    raise ValueError(f"exception {EVIL}")


@number.cases
def questions(rng):
    yield Case(f"case {EVIL}", given={"given": f"given {EVIL}"})


@number.truth(rel=0.01)
def forty(case):
    return 40


@number.answer
def answers(given):
    return 40


@number.misconception(
    en="belief [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
    zh="belief-zh [red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x1b[31m\x9b31m\x1b]8;;http://x\x1b\\z\x1b]8;;\x1b\\ \r\b\x00\x7f\u202e\u2066\u200b\U000e0041 end",
)
def guesses(given):
    return 80


if __name__ == "__main__":
    main()
