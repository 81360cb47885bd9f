"""How calls keep to Amber's limits: one budget per account and counter, and as much patience as was asked for.

Amber counts ``/sites`` and usage on one counter and prices on another (observed 2026-09), 50 calls per five
minutes each, and says in its headers how many are left. Other programs draw on the same account, so what the
headers say counts; what was announced is assumed only until they have said something.
"""

from __future__ import annotations

import hashlib
import logging
import math
from datetime import timedelta
from typing import Final

from attrs import define

from openpower_amber.client.errors import TOO_MANY, vendor_message
from openpower_amber.client.ratelimits import ANNOUNCED_WINDOW, RateLimits, parse_ratelimits
from openpower_core import provider as core

FAMILIES: Final = {
    "list_sites": "account",
    "get_usage": "account",
    "get_prices": "prices",
    "get_current_prices": "prices",
}
"""Which counter a call is counted on; renewables are on none."""

ANNOUNCED: Final = core.Rate(50, timedelta(seconds=ANNOUNCED_WINDOW))
"""What Amber announced on 2023-06-27."""

LONGEST_PAUSE_S: Final = 60.0
"""The longest ``Retry-After`` that is waited for, also with ``wait=True``: anything may stand there."""
LONGEST_RESET_S: Final = 2.0 * ANNOUNCED_WINDOW
MOST_REFUSALS: Final = 20
OK: Final = 200
AFTER_RESET_S: Final = 1.0  # the header counts whole seconds

logger = logging.getLogger("openpower.amber")


def patience(wait: bool | core.Span | None, timeout: core.Span) -> float:
    """Seconds that a call may wait for the rate limit."""
    if isinstance(wait, bool):
        return math.inf if wait else 0.0
    return core.seconds(timeout, "timeout") if wait is None else core.span(wait, "wait").total_seconds()


def shared_limiter(base_url: str, token: core.Secret, clock: core.Clock) -> core.RateLimiter:
    """The budgets of one token, shared by all its clients in this process."""
    digest = hashlib.sha256(token.reveal().encode()).hexdigest()
    return core.RateLimiter.shared(("amber", base_url, digest), ANNOUNCED, clock=clock)


@define
class Call:
    """One call on its way: which counter it is on, and how long it may still wait."""

    operation: str
    family: str
    patience: float
    refusals: int = 0


class Pacer:
    """Decides how long a call waits, and learns from the answers; it does no I/O."""

    def __init__(self, limiter: core.RateLimiter, clock: core.Clock, *, patience: float) -> None:
        self._limiter = limiter
        self._clock = clock
        self._patience = patience
        self.latest: RateLimits | None = None
        """What the last answer that said anything limits."""

    def begin(self, operation: str) -> Call:
        """Begin a call."""
        return Call(operation, FAMILIES.get(operation, ""), self._patience)

    def expect(self, operation: str, calls: int) -> None:
        """Refuse a range that takes more calls than are left, before the first is sent, unless they are waited for."""
        left = self._limiter.left(self._clock.monotonic(), FAMILIES[operation])
        if left is None or calls <= left or self._patience >= ANNOUNCED_WINDOW:
            return
        raise core.RateLimited(
            f"{operation}: the range takes {calls} calls, and {left} of the account are left.",
            retry_after=timedelta(seconds=ANNOUNCED_WINDOW),
            nothing_sent=True,
            provider="amber",
            operation=operation,
            hint="Ask for fewer days at a time; wait=True waits as long as it takes.",
        )

    def delay(self, call: Call) -> float:
        """Take the next place and give the seconds to wait for it; more than the call's patience raises."""
        if not call.family:
            return 0.0
        most = call.patience
        delay = self._limiter.reserve(self._clock.monotonic(), call.family, at_most=most)
        if delay > most:
            wait = timedelta(seconds=delay)
            raise _limited(call, "the account's calls are used up", wait, sent=False)
        return self._wait(call, delay)

    def learn(self, answer: core.Answer, operation: str) -> None:
        """Take over what the headers of any answer say."""
        limits = parse_ratelimits(answer.headers, refreshed=self._clock.now())
        family = FAMILIES.get(operation)
        if limits is None:
            if family and answer.status == OK:
                self._limiter.adopt(None, family)  # an authorised answer without headers: no limits here
            return
        if not family:
            return  # the answer to an anonymous call counts another one's calls
        self.latest = limits
        if limits.limit:
            rate = core.Rate(limits.limit, timedelta(seconds=limits.get_time_window()))
            self._limiter.adopt(rate, family)
        # Retry-After comes first, and is heeded where the refusal is.
        if limits.reset is not None and core.retry_after(answer) is None:
            self._count(answer.status, limits, family)

    def _count(self, status: int, limits: RateLimits, family: str) -> None:
        left = 0 if status == TOO_MANY else limits.remaining
        if left is not None and limits.reset is not None:
            headers = {"ratelimit-remaining": str(left), "ratelimit-reset": str(limits.reset + AFTER_RESET_S)}
            self._limiter.learn(self._clock.monotonic(), headers, family)

    def refused(self, answer: core.Answer, call: Call) -> float:
        """After a 429, give the seconds to wait before the next try, or raise.

        The headers say when the account's own limit ends. Amber's gateway throttles without any: then the pause
        doubles from one second on.
        """
        call.refusals += 1
        limits = parse_ratelimits(answer.headers, refreshed=self._clock.now())
        asked = core.retry_after(answer)
        if asked is None and limits is not None and limits.reset is not None:
            asked = timedelta(seconds=limits.reset + AFTER_RESET_S)
        pause = min(2.0 ** (call.refusals - 1), LONGEST_PAUSE_S)
        # What Amber asks for counts; our own doubling is only added where it asks again and again.
        pause = pause if asked is None else max(asked.total_seconds(), pause - 1)
        longest = LONGEST_PAUSE_S if core.retry_after(answer) is not None else LONGEST_RESET_S
        if asked is not None:
            self._limiter.block(self._clock.monotonic(), min(pause, longest), call.family)
        if pause > min(call.patience, longest) or call.refusals > MOST_REFUSALS:
            why = vendor_message(answer) or "too many requests"
            raise _limited(call, f"Amber asks to slow down ({why})", asked, sent=True)
        return self._wait(call, pause)

    def _wait(self, call: Call, seconds: float) -> float:
        call.patience -= seconds
        if seconds >= 1:
            logger.info("amber: %s waits %.0f s for the rate limit", call.operation, seconds)
        return seconds


def _limited(call: Call, why: str, wait: timedelta | None, *, sent: bool) -> core.RateLimited:
    when = f" for {wait.total_seconds():.0f} s" if wait is not None else ""
    return core.RateLimited(
        f"{call.operation}: {why}{when}.",
        retry_after=wait,
        nothing_sent=not sent,
        provider="amber",
        operation=call.operation,
        vendor_code=str(TOO_MANY) if sent else None,
        hint="Ask less often; wait=True waits as long as it takes.",
    )
