# What a learner's file may do to the terminal that shows its verdict.
# mypy: ignore-errors
EVIL = "[red]x[/] [@click=app.quit]y[/] \x1b]0;pwned\x07\x1b[2J\x1b[31m\x9b31m\r\b\x00\x7f\u202e\u2066\u200b end"


def shown(n):
    print(f"printed {EVIL}")  # noqa: T201  # which is the point
    if n == 2:
        raise ValueError(f"exception {EVIL}\nPROVED a line of its own")
    return f"{n} {EVIL}"
