"""When each card comes back: arithmetic on whole study days, without clock, chance or I/O.

``day`` names study days, ``memory`` models forgetting, ``fuzz`` makes whole days of intervals,
``fold`` turns events into card states, ``queue`` turns card states into the day's plan. The
slow imports (zoneinfo, hashlib, the engine) are paid for where they are used.
"""

from __future__ import annotations

from quizapp.schedule.day import ROLLOVER_HOUR, date_of, day_of, starts_at, study_day
from quizapp.schedule.fold import MAXIMUM_INTERVAL, Scheduler, advance, offer, replay, replay_all
from quizapp.schedule.memory import DEFAULT_PARAMETERS, Fsrs6, MemoryModel
from quizapp.schedule.queue import LEARNING_GAP, Counts, Limits, Plan, Queued, counts, forecast, next_card, plan

__all__ = [
    "DEFAULT_PARAMETERS",
    "LEARNING_GAP",
    "MAXIMUM_INTERVAL",
    "ROLLOVER_HOUR",
    "Counts",
    "Fsrs6",
    "Limits",
    "MemoryModel",
    "Plan",
    "Queued",
    "Scheduler",
    "advance",
    "counts",
    "date_of",
    "day_of",
    "forecast",
    "next_card",
    "offer",
    "plan",
    "replay",
    "replay_all",
    "starts_at",
    "study_day",
]
