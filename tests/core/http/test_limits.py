"""The limiter that all clients of an account share, where only the server's headers set a limit."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.http import Rate, RateLimiter


def test_all_who_wait_for_a_new_window_wait_for_it() -> None:
    """Not only the first of them: the others would run into the very limit it waits for."""
    limiter = RateLimiter()
    limiter.learn(0.0, {"ratelimit-remaining": "1", "ratelimit-reset": "60"})

    delays = [limiter.reserve(10.0) for _ in range(4)]

    assert delays == [0.0, 50.0, 50.0, 50.0]
    assert limiter.reserve(60.0) == 0.0


def test_a_look_at_the_queue_takes_no_place() -> None:
    """Who will not wait that long leaves the others where they were."""
    limiter = RateLimiter()
    limiter.learn(0.0, {"ratelimit-remaining": "0", "ratelimit-reset": "60"})

    assert limiter.reserve(0.0, at_most=5.0) == 60.0
    assert limiter.reserve(59.0, at_most=5.0) == 1.0


def test_the_servers_count_holds_before_the_rate() -> None:
    """A window that begins at the server's allows anew what a sliding span would not yet."""
    limiter = RateLimiter(Rate(2, timedelta(seconds=60)))
    assert [limiter.reserve(50.0) for _ in range(3)] == [0.0, 0.0, 60.0]

    limiter.learn(55.0, {"ratelimit-remaining": "2", "ratelimit-reset": "60"})

    assert [limiter.reserve(55.0) for _ in range(3)] == [0.0, 0.0, 60.0]


def test_the_windows_to_come_are_filled_by_the_rate() -> None:
    """Of all who wait, as many go in each window as it allows."""
    limiter = RateLimiter(Rate(2, timedelta(seconds=60)))
    limiter.learn(0.0, {"ratelimit-remaining": "0", "ratelimit-reset": "30"})

    assert [limiter.reserve(0.0) for _ in range(5)] == [30.0, 30.0, 90.0, 90.0, 150.0]


def test_a_rate_can_be_learnt() -> None:
    """A smaller one, a larger one, and that there is none."""
    limiter = RateLimiter(Rate(3, timedelta(seconds=60)))
    assert [limiter.reserve(0.0) for _ in range(3)] == [0.0] * 3

    limiter.adopt(Rate(1, timedelta(seconds=60)))
    assert limiter.reserve(1.0, at_most=0.0) == 59.0
    limiter.adopt(Rate(4, timedelta(seconds=60)))
    assert limiter.reserve(1.0) == 0.0
    limiter.adopt(None)
    assert [limiter.reserve(1.0) for _ in range(9)] == [0.0] * 9
