"""The limiter that all clients of an account share, where only the server's headers set a limit."""

from __future__ import annotations

from openpower_core.http import RateLimiter


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
