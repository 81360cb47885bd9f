"""What an author tells the kit about a provider: the home it is tried on, and what the kit cannot know by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from attrs import field, frozen

from openpower_core.errors import OpenPowerError
from openpower_core.registry.loading import emulator_of, load
from openpower_core.registry.spec import ProviderSpec

if TYPE_CHECKING:
    from openpower_core.clock import ManualClock
    from openpower_testing.faults import Received

__all__ = ["Enrolment", "Facility", "Transport", "TransportFault", "VendorError"]


class Transport(StrEnum):
    """What lies between a provider and its vendor."""

    HTTP = "http"
    OWN = "own"
    """Something else; the provider brings its own transport faults."""
    NONE = "none"
    """Nothing: it is all in the process."""


class Facility(Protocol):
    """What :meth:`Enrolment.home` serves; attributes ``url``, ``house`` and ``clock`` are used where they are there."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The keyword arguments of ``connect`` that reach it; secrets are whole."""
        ...


@frozen(kw_only=True)
class VendorError:
    """One way in which the vendor says no with status 200 (or its own meaning of another one)."""

    body: bytes
    raises: type[OpenPowerError]
    status: int = 200


@frozen(kw_only=True)
class TransportFault:
    """One fault of a transport that is not HTTP."""

    name: str
    inject: Callable[[Any], AbstractContextManager[None]] = field(repr=False)
    """Given what ``home`` served: spoils the transport for as long as the block lasts."""
    raises: tuple[type[OpenPowerError], ...] = (OpenPowerError,)


class Enrolment:
    """The facts about one provider; derive :class:`~openpower_testing.Conformance` and name the provider.

    Everything below has a default that suits an HTTP provider whose specification names an emulator.
    """

    provider: ClassVar[str | ProviderSpec]
    """The name under which it is installed, or a specification."""
    variant: ClassVar[str] = ""
    """Tells several enrolments of one provider apart, such as two generations of firmware."""
    transport: ClassVar[Transport] = Transport.HTTP
    start: ClassVar[datetime] = datetime(2026, 8, 4, 10, 7, 30, tzinfo=UTC)
    """Where the clock stands when a check begins."""
    not_applicable: ClassVar[Mapping[str, str]] = {}
    """Checks (``"group.name"``) that make no sense here, each with the reason; the report shows it."""
    vendor_errors: ClassVar[Sequence[VendorError]] = ()
    """How the vendor says no in an answer that looks good to HTTP."""
    transport_faults: ClassVar[Sequence[TransportFault]] = ()
    """For a transport that is not HTTP: everything that can go wrong with it."""
    structural_words: ClassVar[Mapping[str, str]] = {}
    """JSON keys whose words decide what a record is, so that an unknown one may break the answer; with the reason."""
    battery_tolerance_w: ClassVar[float] = 300.0
    """How far a reading may be from the simulated house: vendors round, and report every so often."""

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        """Serve an emulator that lives by ``clock``; the value of its block is a :class:`Facility`.

        Leave the parameter out where the emulator cannot be told the time: checks that need a simulated day
        then do not apply.
        """
        del clock
        serve = emulator_of(self.spec)
        if serve is None:
            raise NotImplementedError(
                f"{type(self).__name__} has nothing to be tried on: define home(self, clock), or name an "
                "emulator in the ProviderSpec."
            )
        return cast("AbstractContextManager[Any]", serve())

    def house(self, served: Any) -> Any:
        """The simulated :class:`~openpower_simulation.House` behind it; None where there is none."""
        return getattr(served, "house", None)

    def is_write(self, request: Received) -> bool:
        """Whether an HTTP request changes something at the vendor's."""
        return request.method not in {"GET", "HEAD"}

    def requests_of(self, served: Any) -> int | None:
        """How often the vendor was asked, where that does not go by HTTP; None where nobody counts."""
        return getattr(served, "requests", None)

    def writes_of(self, served: Any) -> int | None:
        """How often the vendor was written to, where that does not go by HTTP; None where nobody counts."""
        return getattr(served, "writes", None)

    @property
    def spec(self) -> ProviderSpec:
        """The provider's specification."""
        return self.provider if isinstance(self.provider, ProviderSpec) else load(self.provider)

    @property
    def label(self) -> str:
        """The provider's name, with the variant."""
        name = self.provider if isinstance(self.provider, str) else self.provider.name
        return f"{name} ({self.variant})" if self.variant else name

    def tells_time(self) -> bool:
        """Whether :meth:`home` takes the kit's clock."""
        overridden = type(self).home is not Enrolment.home
        return overridden and bool(inspect.signature(self.home).parameters)
