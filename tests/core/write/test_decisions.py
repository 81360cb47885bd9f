"""The pure decisions: budget, standing, endings and what a look means."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from openpower_core.capabilities import WriteLimits
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    NetworkError,
    OpenPowerError,
    RateLimited,
    RequestError,
    ServiceUnavailable,
    Timeout,
    WriteRejected,
)
from openpower_core.write.settling import Ending, ReadBack, Verdict, ending
from openpower_core.write.store import DAY, allowed_at

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)

limits = st.builds(
    WriteLimits,
    min_interval=st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds)),
    per_day=st.none() | st.integers(1, 5),
)
steps = st.lists(st.integers(0, 40_000).map(lambda seconds: timedelta(seconds=seconds)), max_size=30)


@given(limits, steps)
def test_no_day_has_more_writes_than_allowed_and_no_two_are_too_close(
    limits: WriteLimits, steps: list[timedelta]
) -> None:
    """Writing whenever the budget allows it never exceeds it, in any 24 hours."""
    now, made = NOW, list[datetime]()
    for step in steps:
        now += step
        if allowed_at(made, limits, now) is None:
            made.append(now)

    for first, second in itertools.pairwise(made):
        assert second - first >= limits.min_interval
    for start in made:
        within = [each for each in made if start <= each < start + DAY]
        assert limits.per_day is None or len(within) <= limits.per_day


@given(limits, steps)
def test_the_time_in_the_error_is_the_first_one_allowed(limits: WriteLimits, steps: list[timedelta]) -> None:
    """Not a microsecond later, and never in the past."""
    made = [NOW - step for step in steps]
    retry_at = allowed_at(made, limits, NOW)

    if retry_at is not None:
        assert retry_at > NOW
        assert allowed_at(made, limits, retry_at) is None
        assert allowed_at(made, limits, retry_at - timedelta(microseconds=1)) is not None


def test_a_budget_of_none_allows_nothing() -> None:
    """Zero a day is a way to say never."""
    assert allowed_at([], WriteLimits(per_day=0), NOW) == NOW + DAY


@pytest.mark.parametrize(
    ("error", "calls", "expected"),
    [
        (NetworkError("x", nothing_sent=True), 1, Ending.UNSENT),
        (NetworkError("x", nothing_sent=True), 2, Ending.UNKNOWN),
        (NetworkError("x"), 1, Ending.UNKNOWN),
        (Timeout("x"), 1, Ending.UNKNOWN),
        (ServiceUnavailable("x"), 1, Ending.UNKNOWN),
        (BadResponse("x"), 1, Ending.UNKNOWN),
        (RequestError("x"), 1, Ending.REFUSED),
        (RequestError("x"), 2, Ending.UNKNOWN),
        (WriteRejected("x"), 1, Ending.REFUSED),
        (RateLimited("x"), 1, Ending.REFUSED),
        (AuthenticationFailed("x"), 1, Ending.REFUSED),
    ],
)
def test_how_a_send_that_raised_has_ended(error: OpenPowerError, calls: int, expected: Ending) -> None:
    """Only a vendor's clear no to the only call is a refusal."""
    assert ending(error, calls=calls) is expected


def _limits() -> WriteLimits:
    return WriteLimits(settle=timedelta(seconds=10), settle_timeout=timedelta(seconds=60), poll=timedelta(seconds=20))


def test_looking_begins_after_the_settle_time_and_ends_with_its_time_out() -> None:
    """At 10, 30, 50 and 60 seconds; a difference counts at the end only."""
    plan = ReadBack(_limits(), NOW, NOW, None)
    now, looks, verdict = NOW, list[float](), None
    while verdict is None:
        now += timedelta(seconds=plan.pause(now))
        looks.append((now - NOW).total_seconds())
        verdict = plan.looked(False, read=True, at=now)

    assert looks == [10, 30, 50, 60]
    assert verdict is Verdict.NOT_SHOWN


def test_a_look_long_after_is_made_once_and_at_once() -> None:
    """``confirm`` a day later."""
    later = NOW + timedelta(days=1)
    plan = ReadBack(_limits(), NOW, later, None)

    assert plan.pause(later) == 0
    assert plan.looked(False, read=True, at=later) is Verdict.NOT_SHOWN
    assert plan.looked(None, read=False, at=later) is Verdict.UNREADABLE


def test_a_time_out_before_the_settle_time_proves_nothing() -> None:
    """Neither a difference nor an unreadable vendor does."""
    plan = ReadBack(_limits(), NOW, NOW, timedelta(seconds=5))
    end = NOW + timedelta(seconds=5)

    assert plan.pause(NOW) == 5
    assert plan.looked(False, read=True, at=end) is Verdict.TOO_EARLY
    assert plan.looked(None, read=False, at=end) is Verdict.TOO_EARLY
