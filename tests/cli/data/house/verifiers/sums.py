"""Sums of whole numbers, for the tests of the commands: pure Python, so that a proof takes a moment."""
# mypy: ignore-errors

from __future__ import annotations

from quizapp.proof import Case, Claim, equal, main, table

gauss = Claim("gauss", en="The numbers from 1 to n add up to n(n + 1)/2", zh="从 1 到 n 的整数之和为 n(n + 1)/2")


@gauss.cases
def sizes(rng):
    yield Case("n = 1", n=1)
    for _ in range(2):
        n = rng.randint(2, 50)
        yield Case(f"n = {n}", n=n)


@gauss.observe
def sum_of(add_up, n):
    return add_up(n)


@gauss.check
def adds_up(got, case):
    want = sum(range(1, case.n + 1))
    shown = table(("n", "sum"), [(case.n, want)], en="by adding", zh="逐个相加")
    return [equal(got, want, en="sum", zh="和"), shown]


@gauss.answer
def half_of_the_rectangle(n):
    return n * (n + 1) // 2


@gauss.misconception(
    en="forgets the last number",
    zh="漏掉最后一个数",
)
def leaves_out_the_last(n):
    return n * (n - 1) // 2


@gauss.misconception(
    en="rounds half of the square",
    zh="用平方的一半取整",
    on=lambda case: case.n > 1,
    because=("half of 1 rounds up to 1", "1 的一半取整仍为 1"),
)
def half_of_the_square(n):
    return (n * n + 1) // 2


total = Claim("total", en="The numbers from a to b add up to (a + b)(b - a + 1)/2", zh="从 a 到 b 的整数之和")


@total.cases
def spans(rng):
    for _ in range(3):
        low = rng.randint(1, 20)
        high = low + rng.randint(3, 20)
        yield Case(f"{low} to {high}", given={"a": low, "b": high})


@total.truth(rel=0)
def by_adding(case):
    return sum(range(case.given["a"], case.given["b"] + 1))


@total.answer
def trapezium(a, b):
    return (a + b) * (b - a + 1) // 2


@total.misconception(en="counts one number too few", zh="少算一个数")
def one_too_few(a, b):
    return (a + b) * (b - a) / 2


if __name__ == "__main__":
    main()
