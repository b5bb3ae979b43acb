"""The study day: the day that a learner would name, on the clock on their wall.

A day begins at the rollover hour (04:00 by default), so that an evening that runs past
midnight is still one day. It is counted as days since 1970-01-01.

The law is: day *d* begins at the **first** instant at which the wall clock shows the rollover
hour of date *d* or later. Hence days are monotone in time even where clocks are turned back
across the rollover hour (St John's once turned them at 00:01), and a date that a zone left out
(Samoa had no 30 December 2011) is a day of no length.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from quizapp.model.event import Day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

ROLLOVER_HOUR = 4

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_MS = timedelta(milliseconds=1)


def study_day(at_ms: int, zone: str, rollover_hour: int = ROLLOVER_HOUR) -> Day:
    """The study day on which ``at_ms`` (milliseconds since the epoch, UTC) falls in ``zone``.

    Raises ``ValueError`` for a zone that is not an IANA name known here, a rollover hour
    outside 0 … 23, or a time outside the years 1 … 9999.
    """
    shift = _shift(rollover_hour)
    wall = _wall(at_ms, _zone(zone))
    day = day_of((wall - shift).date())
    # Only in the second run of a repeated hour can the clock have shown a later day before.
    if wall.fold and starts_at(day + 1, zone, rollover_hour) <= at_ms:
        return day + 1
    return day


def starts_at(day: Day, zone: str, rollover_hour: int = ROLLOVER_HOUR) -> int:
    """The first millisecond (since the epoch, UTC) of ``day``: the inverse of ``study_day``.

    ``study_day(starts_at(d)) == d`` unless the zone left date *d* out. Raises as ``study_day``.
    """
    start = datetime.combine(date_of(day), datetime.min.time()) + _shift(rollover_hour)
    info = _zone(zone)
    earlier, later = sorted(_instant(start.replace(tzinfo=info, fold=fold)) for fold in (0, 1))
    # Outside a gap both readings show ``start``: the earlier is the first run of the hour.
    if _wall(earlier, info).replace(tzinfo=None, fold=0) == start:
        return earlier
    return _gap_end(earlier, later, start, info)


def date_of(day: Day) -> date:
    """The civil date of a study day; ``ValueError`` outside the years 1 … 9999."""
    try:
        return _EPOCH_DATE + timedelta(days=day)
    except OverflowError:
        raise ValueError(f"study day {day} is outside the years 1 to 9999") from None


def day_of(civil: date) -> Day:
    """The study day of a civil date."""
    return (civil - _EPOCH_DATE).days


def _gap_end(before: int, after: int, start: datetime, info: ZoneInfo) -> int:
    """The instant in (before, after] at which the clock leaps over ``start``: 27 steps at most."""
    while after - before > 1:
        middle = (before + after) // 2
        shown = _wall(middle, info).replace(tzinfo=None, fold=0)
        before, after = (before, middle) if shown >= start else (middle, after)
    return after


def _wall(at_ms: int, info: ZoneInfo) -> datetime:
    # Not fromtimestamp: it refuses times before 1970 on Windows.
    try:
        return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(info)
    except OverflowError:
        raise ValueError(f"{at_ms} ms since 1970 is outside the years 1 to 9999") from None


def _instant(wall: datetime) -> int:
    try:
        return (wall.astimezone(UTC) - _EPOCH) // _MS
    except OverflowError:
        raise ValueError(f"{wall.replace(tzinfo=None)} is outside the years 1 to 9999") from None


def _shift(rollover_hour: int) -> timedelta:
    if not 0 <= rollover_hour <= 23:
        raise ValueError(f"rollover hour {rollover_hour} is no hour of the day; choose 0 to 23")
    return timedelta(hours=rollover_hour)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # 6 ms; it keeps its own cache of zones

    try:
        return ZoneInfo(name)
    # A folder's name raises IsADirectoryError, too long a name OSError, a path ValueError.
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"{name!r} is no known time zone; write an IANA name, as in Europe/London or UTC") from None
