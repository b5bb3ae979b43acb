"""Study days: one civil date each, monotone in time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizapp.schedule import date_of, day_of, starts_at, study_day

HOUR = 3_600_000
ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",  # turned its clocks at midnight
    "America/St_Johns",  # turned them at 00:01, back into the day before
    "Asia/Kathmandu",  # UTC+05:45
    "Australia/Lord_Howe",  # half an hour of DST
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Kiritimati",  # UTC+14
    "Pacific/Niue",  # UTC-11
)

zones = st.sampled_from(ZONES)
hours = st.integers(0, 23)
instants = st.integers(-20 * 365 * 24 * HOUR, 80 * 365 * 24 * HOUR)  # 1950 to 2050
days = st.integers(-20 * 365, 80 * 365)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@given(instants, st.integers(0, 3 * 24 * HOUR), zones, hours)
def test_days_are_monotone_in_time(start: int, later: int, zone: str, hour: int) -> None:
    assert study_day(start, zone, hour) <= study_day(start + later, zone, hour)


def test_days_are_monotone_through_every_change_of_clocks() -> None:
    for zone, around in (
        ("America/St_Johns", "2010-11-07T02:31:00+00:00"),
        ("Australia/Lord_Howe", "2024-04-06T15:00:00+00:00"),
        ("America/Sao_Paulo", "2018-02-18T02:00:00+00:00"),
        ("Europe/London", "2024-10-27T01:00:00+00:00"),
        ("Pacific/Apia", "2011-12-30T10:00:00+00:00"),
    ):
        for hour in range(5):
            found = [study_day(at(around) + minutes * 60_000, zone, hour) for minutes in range(-200, 1700, 7)]
            assert found == sorted(found), (zone, hour)


@given(instants, zones, hours)
@example(at("2010-11-07T02:45:00+00:00"), "America/St_Johns", 0)
def test_an_instant_lies_between_the_start_of_its_day_and_of_the_next(instant: int, zone: str, hour: int) -> None:
    day = study_day(instant, zone, hour)
    assert starts_at(day, zone, hour) <= instant < starts_at(day + 1, zone, hour)


@given(days, zones, hours)
@example(day_of(date(2011, 12, 30)), "Pacific/Apia", 4)
@example(day_of(date(2024, 3, 31)), "Europe/London", 1)
def test_a_day_starts_with_its_first_millisecond(day: int, zone: str, hour: int) -> None:
    start = starts_at(day, zone, hour)
    assert study_day(start - 1, zone, hour) < day
    if start < starts_at(day + 1, zone, hour):
        assert study_day(start, zone, hour) == day
    else:
        assert (zone, date_of(day)) == ("Pacific/Apia", date(2011, 12, 30))


@given(instants, zones, hours)
def test_away_from_a_change_of_clocks_the_day_is_the_local_date_less_the_rollover(
    instant: int, zone: str, hour: int
) -> None:
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)).astimezone(ZoneInfo(zone))
    if wall.fold == 0:
        assert date_of(study_day(instant, zone, hour)) == (wall.replace(tzinfo=None) - timedelta(hours=hour)).date()


@pytest.mark.parametrize(
    ("instant", "zone", "hour", "expected"),
    [
        ("2024-05-02T03:59:59+00:00", "UTC", 4, "2024-05-01"),
        ("2024-05-02T04:00:00+00:00", "UTC", 4, "2024-05-02"),
        ("2024-05-01T14:00:00+00:00", "Pacific/Kiritimati", 4, "2024-05-02"),
        ("2024-05-01T13:59:59+00:00", "Pacific/Kiritimati", 4, "2024-05-01"),
        ("2024-03-31T02:59:59+00:00", "Europe/London", 4, "2024-03-30"),  # the clock jumped at 01:00 UTC
        ("2024-03-31T03:00:00+00:00", "Europe/London", 4, "2024-03-31"),
        ("2024-03-31T00:59:59+00:00", "Europe/London", 1, "2024-03-30"),  # 01:00 to 01:59 were left out
        ("2024-03-31T01:00:00+00:00", "Europe/London", 1, "2024-03-31"),
        ("2024-10-27T00:59:59+00:00", "Europe/London", 1, "2024-10-27"),  # the first of two 01:59:59
        ("2024-10-27T03:59:59+00:00", "Europe/London", 4, "2024-10-26"),
        ("2024-10-05T15:29:59+00:00", "Australia/Lord_Howe", 2, "2024-10-05"),  # 02:00 becomes 02:30
        ("2024-10-05T15:30:00+00:00", "Australia/Lord_Howe", 2, "2024-10-06"),
        ("2010-11-07T02:30:30+00:00", "America/St_Johns", 0, "2010-11-07"),  # 00:00:30, seconds before 23:01 again
        ("2010-11-07T02:45:00+00:00", "America/St_Johns", 0, "2010-11-07"),  # 23:15 of the day before, again
        ("1969-12-31T23:59:59+00:00", "UTC", 0, "1969-12-31"),
    ],
)
def test_study_days_that_were_worked_out_by_hand(instant: str, zone: str, hour: int, expected: str) -> None:
    assert date_of(study_day(at(instant), zone, hour)).isoformat() == expected


@pytest.mark.parametrize("zone", ["", "Europe", "Europe/Lodnon", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 300])
def test_an_unknown_zone_is_a_value_error_that_names_it(zone: str) -> None:
    with pytest.raises(ValueError, match="no known time zone; write an IANA name"):
        study_day(0, zone)


def test_hours_and_times_out_of_range_are_value_errors() -> None:
    for hour in (-1, 24):
        with pytest.raises(ValueError, match="rollover hour"):
            study_day(0, "UTC", hour)
    for instant in (-(10**18), 10**18, 10**30):
        with pytest.raises(ValueError, match="outside the years"):
            study_day(instant, "UTC")
    with pytest.raises(ValueError, match="outside the years"):
        starts_at(10**9, "UTC")
