"""The pure decisions: budget, standing, endings and what a look means."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openpower_core.capabilities import WriteLimits
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    RateLimited,
    RequestError,
    ServiceUnavailable,
    Timeout,
    WriteRejected,
)
from openpower_core.write.settling import Looks, fate_of
from openpower_core.write.store import DAY, allowed_at
from openpower_core.writes import CallFate

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
    ("error", "expected"),
    [
        (NetworkError("x", nothing_sent=True), CallFate.NOT_SENT),
        (InvalidValue("our own check"), CallFate.NOT_SENT),
        (NetworkError("x"), CallFate.UNKNOWN),
        (Timeout("x"), CallFate.UNKNOWN),
        (ServiceUnavailable("x"), CallFate.UNKNOWN),
        (BadResponse("x"), CallFate.UNKNOWN),
        (RequestError("x", vendor_code="10001"), CallFate.UNKNOWN),
        (WriteRejected("x", vendor_code="6006"), CallFate.REFUSED),
        (RateLimited("x"), CallFate.REFUSED),
        (AuthenticationFailed("x"), CallFate.REFUSED),
    ],
)
def test_what_became_of_a_call_that_raised(error: OpenPowerError, expected: CallFate) -> None:
    """Only a documented refusal is one; an undocumented code says nothing."""
    assert fate_of(error) is expected


def _limits(**other: Any) -> WriteLimits:
    figures = {"settle": timedelta(seconds=10), "settle_timeout": timedelta(seconds=60), "poll": timedelta(seconds=8)}
    return WriteLimits(**figures | other)


def looked(looks: Looks, now: float) -> list[float]:
    found: list[float] = []
    while True:
        now += looks.pause(now)
        found.append(now)
        if not looks.again(now):
            return found


def test_looking_begins_after_the_settle_time_grows_apart_and_ends_with_the_longest_delay() -> None:
    """At 10 s, then 8 s, 10 s and 12.5 s apart …; only the last one is final."""
    looks = Looks(_limits(), 0.0, 100.0, None)

    found = looked(looks, 100.0)

    assert found[:4] == [110, 118, 128, 140.5]
    assert found[-1] == 160
    assert [looks.final(at) for at in found] == [False] * (len(found) - 1) + [True]


@given(st.integers(0, 3600), st.integers(1, 7200), st.integers(1, 60))
def test_there_are_never_more_than_twenty_looks_and_the_last_is_final(settle: int, longest: int, poll: int) -> None:
    """Whatever the vendor's times are."""
    limits = _limits(
        settle=timedelta(seconds=settle), settle_timeout=timedelta(seconds=longest), poll=timedelta(seconds=poll)
    )
    looks = Looks(limits, 0.0, 5.0, None)
    found = looked(looks, 5.0)

    assert len(found) <= 20
    assert found[-1] == pytest.approx(5.0 + longest)
    assert looks.final(found[-1] + 1e-6)


def test_a_look_long_after_is_made_once_and_at_once() -> None:
    """``confirm`` a day later."""
    looks = Looks(_limits(), 86_400.0, 50.0, None)

    assert looked(looks, 50.0) == [50]
    assert looks.final(50.0)


def test_a_time_out_before_the_longest_delay_proves_nothing() -> None:
    """What differs then may still show."""
    looks = Looks(_limits(), 0.0, 0.0, timedelta(seconds=5))

    assert looked(looks, 0.0) == [5]
    assert not looks.final(5.0)


def test_a_write_in_the_future_counts_as_one_of_just_now() -> None:
    """The clock was ten years ahead once: that blocks nothing for ten years."""
    limits = WriteLimits(min_interval=timedelta(minutes=5), per_day=3)

    assert allowed_at([NOW + timedelta(days=3650)], limits, NOW) == NOW + timedelta(minutes=5)
