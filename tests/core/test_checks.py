"""The rules that every provider shares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from openpower_core.checks import check_not_over, check_percentage
from openpower_core.control import Schedule, check_schedule_zone
from openpower_core.errors import InvalidValue

SYDNEY = "Australia/Sydney"


@pytest.mark.parametrize(
    ("asked", "own"),
    [(None, None), (None, SYDNEY), (SYDNEY, SYDNEY), (ZoneInfo(SYDNEY), SYDNEY), (SYDNEY, ZoneInfo(SYDNEY))],
)
def test_a_zone_is_compared_by_name(asked: tzinfo | str | None, own: tzinfo | str | None) -> None:
    """A zone and its name are the same zone."""
    check_schedule_zone(asked, own)


@pytest.mark.parametrize(
    ("own", "said"), [("Europe/London", "runs in Europe/London"), (None, "is in an unknown time zone")]
)
def test_another_zone_is_refused(own: str | None, said: str) -> None:
    """The message names both zones, or says that one is unknown."""
    with pytest.raises(InvalidValue, match=f"{SYDNEY}, but the clock of the inverter {said}"):
        check_schedule_zone(ZoneInfo(SYDNEY), own, device="the inverter")


def test_a_schedule_keeps_the_name_of_its_zone() -> None:
    """Whichever way it was given, so that equal schedules are equal and can be written as JSON."""
    assert Schedule(tz=ZoneInfo(SYDNEY)) == Schedule(tz=SYDNEY)  # type: ignore[arg-type]


def test_an_end_that_has_passed_is_refused() -> None:
    """The very instant counts as passed; no end never passes."""
    now = datetime(2026, 8, 31, 12, tzinfo=UTC)
    check_not_over(None, now)
    check_not_over(now + timedelta(seconds=1), now)

    with pytest.raises(InvalidValue, match="has passed"):
        check_not_over(now, now)


@pytest.mark.parametrize("value", [0.5, -1, 101, True, "80"])
def test_fractions_are_no_percentages(value: object) -> None:
    """Someone who writes 0.5 means 50 %; it is refused rather than taken for 0.5 %."""
    with pytest.raises(InvalidValue, match="percentages range from 0 to 100"):
        check_percentage("target_soc_pct", value)
