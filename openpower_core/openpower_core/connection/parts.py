"""Parts fail alone: what of an account could not be found stands beside what could."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    ClockSkew,
    ConfigurationError,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    PartialData,
    PermissionDenied,
    RateLimited,
    Timeout,
    to_openpower_error,
)
from openpower_core.secrets import mask
from openpower_core.text import clean

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence, Sized
    from datetime import date

    from openpower_core.devices.info import DeviceInfo, Failure

logger = logging.getLogger("openpower")

ACCOUNT_ERRORS: Final = (AuthenticationFailed, ClockSkew, ConfigurationError)
"""What concerns the whole account: asking for its other parts would fail as well, and may lock it."""


class Parts:
    """The parts that a provider asks for one by one: each failure is kept with its error, and logged once.

    ::

        for station in stations:
            with self.parts.attempt(f"station {core.mask(station.id)}"):
                devices += await self._devices_of(station)
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._failures: dict[str, Failure] = {}
        self._lost: set[str] = set()
        """What was logged as lost and not yet as back."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What failed since the last :meth:`begin`."""
        return tuple(self._failures.values())

    def begin(self) -> None:
        """Begin to ask anew; what is not asked for again is no failure any more."""
        self._failures = {}

    @contextmanager
    def attempt(self, part: str) -> Generator[None]:
        """Keep the failure of a part; what concerns the whole account, such as a wrong password, is raised.

        Args:
            part: what is asked for, with its serial number masked.
        """
        try:
            yield
        except ACCOUNT_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - one part that the provider did not foresee must not cost the others
            self.failed(part, error)
        else:
            self.recovered(part)

    def failed(self, part: str, error: Exception) -> None:
        """Keep a failure; it is logged unless it is known. A permission that is missing (it stays so) is not worth a warning."""
        # Here, as few programs meet one.
        from openpower_core.devices.info import Failure

        made = discovery_error(error, provider=self._provider)
        self._failures[part] = Failure(provider=self._provider, part=part, error=made)
        if part not in self._lost:
            self._lost.add(part)
            level = logging.DEBUG if isinstance(made, PermissionDenied) else logging.WARNING
            logger.log(level, "%s: %s cannot be had: %s", self._provider, part, made)

    def name_unreadable(self, part: str, rows: Sized) -> None:
        """Make what a list has besides its records (:class:`Rows`) a failed part."""
        if unreadable := getattr(rows, "unreadable", 0):
            words = f"{unreadable} of {unreadable + len(rows)} entries cannot be read."
            self.failed(part, PartialData(words, operation="discovery"))
        else:
            self.recovered(part)

    def recovered(self, part: str) -> None:
        """Log that a part is back, if its loss was logged."""
        self._failures.pop(part, None)
        if part in self._lost:
            self._lost.discard(part)
            logger.info("%s: %s is back", self._provider, part)


R = TypeVar("R")


class Rows(list[R]):
    """The records of a list that can be read."""

    unreadable = 0
    """How many others it has."""


class Lost:
    """A day of a series that could not be had."""

    __slots__ = ("askers", "at", "error")

    def __init__(self, error: OpenPowerError, at: float, asker: object) -> None:
        self.error, self.at, self.askers = error, at, {asker}


class Gaps:
    """The days of a series that could not be had: each is left out, and logged once; what concerns the whole account is raised.

    ::

        gaps = core.Gaps(logger, "station 12…89: ", lost=self._lost, asker="meter", clock=self.clock)
        for day in gaps.among(days):
            with gaps.attempt(day):
                found += await self._readings_of(day)
        gaps.check(found)

    Args:
        log: where to.
        of: what the series is of, with its serial number masked and a colon, to begin the line with.
        lost: the days that are known to be missing, kept by the box: its other devices do not ask for them again at once.
        asker: which of its devices this is for; the one that met a failure asks again.
        clock: counts the time since.
    """

    def __init__(
        self,
        log: logging.Logger,
        of: str = "",
        *,
        lost: dict[date, Lost] | None = None,
        asker: object = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._log, self._of, self._asker, self._clock = log, of, asker, clock
        self._lost = {} if lost is None else lost
        self._found: dict[date, OpenPowerError] = {}
        """The gaps of this series."""
        self._fresh: list[date] = []
        self._in_a_row = 0

    @property
    def found(self) -> Mapping[date, OpenPowerError]:
        """The days that are left out, and why."""
        return self._found

    def among(self, days: Sequence[date]) -> Generator[date]:
        """The days to ask for; after five network failures in a row the others are given up."""
        for count, day in enumerate(days):
            if count and not count % _PROGRESS_DAYS:
                self._log.info("%s%d of %d days of the series", self._of, count, len(days))
            known = self._lost.get(day)
            if known and self._asker not in known.askers and self._clock.monotonic() - known.at < _SHARED_S:
                known.askers.add(self._asker)
                self._found[day] = known.error
                continue
            yield day
            if self._in_a_row >= _GIVE_UP:
                self.give_up(days[count + 1 :], self._found[day])
                return

    def give_up(self, days: Iterable[date], error: OpenPowerError) -> None:
        """Leave days out that are not asked for."""
        for day in days:
            self._lose(day, error)

    @contextmanager
    def attempt(self, day: date) -> Generator[None]:
        """Leave a day out if it fails."""
        try:
            yield
        except ACCOUNT_ERRORS:
            raise
        except OpenPowerError as error:
            self._in_a_row = self._in_a_row + 1 if isinstance(error, NetworkError | Timeout | RateLimited) else 0
            self._lose(day, error)
        else:
            self._in_a_row = 0
            self._lost.pop(day, None)

    def _lose(self, day: date, error: OpenPowerError) -> None:
        if day not in self._lost:
            self._fresh.append(day)
        self._lost[day] = Lost(error, self._clock.monotonic(), self._asker)
        self._found[day] = error

    def check(self, found: Sized) -> None:
        """Log the gaps that are new, in one line; raise the first failure if nothing came."""
        if self._found and not found:
            raise next(iter(self._found.values()))
        if fresh := self._fresh:
            listed = ", ".join(map(str, fresh[:5])) + (f" and {len(fresh) - 5} more" if len(fresh) > 5 else "")
            self._log.warning("%sthe series has gaps, %s: %s", self._of, listed, self._found[fresh[0]])


_GIVE_UP: Final = 5
"""After so many days in a row without an answer, the others are not asked for."""
_SHARED_S: Final = 60.0
"""How long the other devices of a box believe that a day cannot be had."""
_PROGRESS_DAYS: Final = 30


class _HasInfo(Protocol):
    @property
    def info(self) -> DeviceInfo: ...


D = TypeVar("D", bound=_HasInfo)


def usable(devices: Iterable[D], parts: Parts) -> tuple[D, ...]:
    """The devices of a discovery: each id once, and without those whose id cannot be what the vendor calls a device.

    Asking for such a device would fail as long as it is cached; the parts get its failure.
    """
    found: dict[str, D] = {}
    for device in devices:
        name = str(getattr(getattr(device, "info", None), "id", ""))
        if name and not _can_be_an_id(name):
            shown = clean(mask(name), longest=40)
            words = f"the vendor reports a device whose id cannot be one ({shown!a})."
            parts.failed(f"device {shown!a}", BadResponse(words, operation="discovery", hint=_DAMAGED))
        else:
            found.setdefault(name or str(id(device)), device)
    return tuple(found.values())


_LONGEST_ID: Final = 200
_DAMAGED: Final = "Try again later; if it stays, the vendor's data is damaged."


def _can_be_an_id(name: str) -> bool:
    """Whether a vendor can know a device by it; "--" and the like stand for a serial number that is not known."""
    serial = name.rpartition("/")[0] or name
    readable = name.isprintable() and "\ufffd" not in name
    return readable and len(name) <= _LONGEST_ID and any(map(str.isalnum, serial))


def discovery_error(error: Exception, *, provider: str) -> OpenPowerError:
    """The error of a discovery that failed.

    What connect() was given was judged then. So a value that our rules refuse now is the vendor's, and its user is not to blame.
    """
    if isinstance(error, InvalidValue) and error.provider is None:
        words = f"the vendor reports a device whose {str(error).split(' is ')[0]} cannot be right."
        made = BadResponse(words, provider=provider, operation="discovery", hint=_DAMAGED)
        made.__suppress_context__ = True  # its message holds the whole serial number
        return made
    return to_openpower_error(error, provider=provider, operation="discovery")
