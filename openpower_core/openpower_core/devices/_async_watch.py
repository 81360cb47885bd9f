"""What ``watch()`` of every device does where the vendor does not push: reads it at an interval, and yields what changed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from openpower_core.capabilities import Feature
from openpower_core.checks import flag, span
from openpower_core.clock import SYSTEM_CLOCK, Clock, Closed
from openpower_core.devices.calls import Described, check_supported
from openpower_core.errors import ConnectionClosed, DataError, OpenPowerError, RateLimited, TemporaryError
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from openpower_core.checks import Span

OnFailure: TypeAlias = Callable[[OpenPowerError | None], object]
"""Called with the error when reading begins to fail, and with None when it works again."""

PASSING: Final = (TemporaryError, DataError)
"""What can pass by itself, so that it is waited for."""
_LONGEST_PAUSE_S: Final = 300.0
"""How far apart attempts are at most while reading fails, unless the interval is longer."""

logger = logging.getLogger("openpower")


def watch(
    device: Described, interval: Span | None, on_failure: OnFailure | None, unchanged: bool = False
) -> AsyncIterator[Any]:
    """Check the arguments now, and not when the first reading is asked for; see :meth:`AsyncDevice.watch`."""
    price = hasattr(device, "current_price")
    check_supported(device, Feature.CURRENT_PRICE if price else Feature.READ)
    every = (device.capabilities.interval if interval is None else span(interval, "interval")).total_seconds()
    name = "current_price" if price else "read"
    return _changes(device, name, max(every, 0.1), on_failure, flag(unchanged, "unchanged"))


async def _changes(
    device: Any, name: str, every: float, on_failure: OnFailure | None, unchanged: bool
) -> AsyncIterator[Any]:
    context = getattr(device, "_context", None)  # a class from elsewhere may have none
    clock: Clock = SYSTEM_CLOCK if context is None else context.clock
    closed = Closed() if context is None else context.closed
    last, failures = None, 0
    while not closed.is_set():
        try:
            reading = await getattr(device, name)()
        except ConnectionClosed:
            return
        except PASSING as error:
            if closed.is_set():  # under way when the connection was closed
                return
            failures += 1
            if failures == 1:
                _report(device, error, on_failure)
            await closed.asleep(clock, pause_of(error, every, failures))
            continue
        if failures:
            failures = 0
            _report(device, None, on_failure)
        if (figures := getattr(reading, "figures", reading)) != last or unchanged:
            last = figures
            yield reading
        await closed.asleep(clock, every)


def _report(device: Described, error: OpenPowerError | None, on_failure: OnFailure | None) -> None:
    if error is None:
        logger.info("%s: %s can be read again", device.info.provider, mask(device.info.id))
    else:
        logger.warning("%s: %s cannot be read: %s", device.info.provider, mask(device.info.id), error)
    if on_failure is not None:
        on_failure(error)


def pause_of(error: OpenPowerError, every: float, failures: int) -> float:
    """How many seconds to wait after so many failures in a row."""
    pause = min(every * 2.0 ** min(failures, 10), max(every, _LONGEST_PAUSE_S))
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return max(pause, error.retry_after.total_seconds())
    return pause
