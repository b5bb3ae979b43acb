"""The time as the schedule wants it: a moment, its zone and its study day."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from quizapp.model.event import Day, Moment
from quizapp.schedule.day import ROLLOVER_HOUR, study_day


def local_zone() -> str:
    """The IANA name of this machine's zone (``TZ`` if set); UTC where none can be found."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name() or "UTC"
    except Exception:  # tzlocal raises what it finds in a broken /etc/localtime; a study day in UTC is better than none
        return "UTC"


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from; tests hand in their own."""

    zone: str
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    rollover_hour: int = ROLLOVER_HOUR

    @classmethod
    def local(cls) -> Clock:
        """This machine's time, in its zone."""
        return cls(local_zone())

    def moment(self) -> Moment:
        """Now."""
        at = self.now_ms()
        return Moment(at, study_day(at, self.zone, self.rollover_hour), self.zone)

    def today(self) -> Day:
        """The study day that now belongs to."""
        return self.moment().day
