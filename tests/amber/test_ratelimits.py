"""The RateLimit headers in every grammar that a server may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import amber_answers as answers
import pytest
from hypothesis import given, strategies as st

from openpower_amber.client.ratelimits import RateLimits, RateWindow, parse_ratelimits

NOW = datetime(2026, 9, 26, 4, 40, tzinfo=UTC)


def parse(**headers: str) -> RateLimits | None:
    return parse_ratelimits({name.replace("_", "-"): value for name, value in headers.items()}, refreshed=NOW)


def test_what_amber_sends() -> None:
    """The first call of a window leaves 49 of 50 for five minutes."""
    limits = parse_ratelimits(answers.LIMITS, refreshed=NOW)

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (50, 49, 300)
    assert limits.policy == "50;w=300"
    assert limits.refreshed == NOW
    assert limits.get_time_window() == 300
    assert limits.get_estimated_reset() == NOW + timedelta(minutes=5)


def test_lower_case_names_and_no_reset() -> None:
    """HTTP/2 writes names in lower case; what is missing is None."""
    limits = parse(ratelimit_limit="50", ratelimit_remaining="40", ratelimit_policy="50;w=300")

    assert limits is not None
    assert (limits.remaining, limits.reset, limits.get_estimated_reset()) == (40, None, None)


@pytest.mark.parametrize(
    ("policy", "windows", "window"),
    [
        ("50;w=300", [(50, 300)], 300),
        ("10;w=1, 50;w=60, 1000;w=3600", [(10, 1), (50, 60), (1000, 3600)], 60),
        ("10;w=1;burst=1000, 1000;w=3600", [(10, 1), (1000, 3600)], 1),
        ('50;w=300;comment="per account"', [(50, 300)], 300),
        ("50", [], 300),
        ("fifty per five", [], 300),
    ],
)
def test_policies(policy: str, windows: list[tuple[int, int]], window: int) -> None:
    """The window is that of the limit, else the shortest, else the one that Amber announced."""
    limits = parse(RateLimit_Limit="50", RateLimit_Reset="7", RateLimit_Policy=policy)

    assert limits is not None
    assert limits.windows == tuple(RateWindow(*each) for each in windows)
    assert limits.get_time_window() == window
    assert limits.policy == policy


def test_the_drafts_up_to_03() -> None:
    """The policy stood in the limit."""
    limits = parse(RateLimit_Limit="100, 100;w=10", RateLimit_Remaining="50", RateLimit_Reset="5")

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (100, 50, 5)
    assert limits.get_time_window() == 10


def test_draft_07() -> None:
    """One field holds it all."""
    limits = parse(RateLimit="limit=100, remaining=50, reset=5", RateLimit_Policy="100;w=60")

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (100, 50, 5)
    assert limits.get_time_window() == 60


def test_the_drafts_from_08_on() -> None:
    """Policies have names; the one with the fewest calls left counts."""
    limits = parse(
        RateLimit='"daily";r=900;t=40000, "default";r=50;t=30',
        RateLimit_Policy='"default";q=100;w=10, "daily";q=1000;w=86400',
    )

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (100, 50, 30)
    assert limits.get_time_window() == 10


def test_parameters_of_the_three_fields_are_ignored() -> None:
    """The drafts demand it."""
    limits = parse(RateLimit_Limit="50;x=1", RateLimit_Remaining="4;y", RateLimit_Reset="9;z=2")

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (50, 4, 9)


@pytest.mark.parametrize(
    "bad", ["", "-1", "ten", "1.5", "?1", "5;", "\u0665", "1, 2", "(1 2)", "5,", "9" * 16, "9" * 5000, '"5']
)
def test_malformed_fields_are_ignored(bad: str) -> None:
    """And take nothing else with them."""
    limits = parse(RateLimit_Limit="50", RateLimit_Remaining=bad, RateLimit_Reset="7")

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (50, None, 7)


def test_quoted_names_may_hold_anything() -> None:
    """A comma or an escaped quote in a policy's name is part of the name."""
    limits = parse(RateLimit='"a, \\"b\\"";r=1;t=2', RateLimit_Policy='"a, \\"b\\"";q=9;w=60;qu="requests"')

    assert limits is not None
    assert (limits.limit, limits.remaining, limits.reset) == (9, 1, 2)


@given(st.text(max_size=30))
def test_no_header_breaks_it(value: str) -> None:
    """Whatever a server or something in between makes of it."""
    fields = dict.fromkeys(("RateLimit", "RateLimit-Limit", "RateLimit-Policy"), value)

    parse_ratelimits(fields | {"RateLimit-Reset": value}, refreshed=NOW)


def test_an_answer_that_says_nothing() -> None:
    """Renewables and refusals carry none of these headers."""
    assert parse(Content_Type="application/json") is None
    assert parse(RateLimit="nonsense;;;") is None
