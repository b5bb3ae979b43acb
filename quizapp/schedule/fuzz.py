"""From the model's real-valued intervals to whole days: fuzz, and the order of the grades.

Cards learnt together and graded alike would come back together for ever; a little fuzz parts
them. It is drawn from the card and its repetition, not from a generator, so that the interval
offered is the one given, and two machines that replay one log agree.
"""

from __future__ import annotations

from collections.abc import Iterable


def draw(card: str, repetition: int) -> float:
    """A number in [0, 1) fixed by the card and how often it was reviewed before.

    By BLAKE2, never ``hash()``: the same in every process, on every machine and version.
    """
    from hashlib import blake2b  # 4 ms (it loads OpenSSL), paid by those who grade

    seed = blake2b(f"{card}\0{repetition}".encode(), digest_size=6).digest()
    return int.from_bytes(seed, "big") / 2**48


def bounds(interval: float) -> tuple[int, int]:
    """The least and the most days that fuzz may make of ``interval``.

    As in Anki and py-fsrs: none below 2.5 days; from there a day, and 15 % of what lies between
    2.5 and 7 days, 10 % of what lies between 7 and 20, 5 % of what lies beyond.
    """
    if interval < 2.5:
        return round(interval), round(interval)
    delta = 1 + 0.15 * (min(interval, 7) - 2.5)
    if interval > 7:
        delta += 0.1 * (min(interval, 20) - 7) + 0.05 * max(interval - 20, 0)
    return max(2, round(interval - delta)), round(interval + delta)


def whole_days(interval: float, drawn: float | None, least: int, most: int) -> int:
    """``interval`` as days in [least, most]: fuzzed by ``drawn``, or rounded where that is None."""
    if drawn is None or interval < 2.5:
        return min(max(round(interval), least), most)
    low, high = bounds(interval)
    low, high = min(max(low, least), most), min(max(high, least), most)
    return low + int(drawn * (high - low + 1))


def intervals(model: Iterable[float], *, drawn: float | None, apart: int, most: int) -> list[int]:
    """Whole days for ``model``'s intervals from Hard upwards: 1 to ``most``, each ``apart`` from the one before.

    Anki's rule: a better grade is never answered by a shorter interval, and (``apart`` 1) by a
    longer one as long as ``most`` allows. One draw serves all, so that fuzz moves them together;
    the interval of a grade depends on the grades below it, not on those above.
    """
    days: list[int] = []
    least = 1
    for interval in model:
        days.append(whole_days(interval, drawn, min(least, most), most))
        least = days[-1] + apart
    return days
