"""What an author declares about a provider for the kit, and the results of checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, cast

from attrs import define, field, frozen

from openpower_core.clock import ManualClock
from openpower_core.errors import OpenPowerError
from openpower_core.registry.loading import emulator_of, load
from openpower_core.registry.spec import ProviderSpec
from openpower_testing.faults import Received


class Nonconformance(AssertionError):
    """What is wrong with a provider; the message is for its author."""


class NotApplicable(Exception):
    """A check does not apply here; the reason goes into the report."""


class Unproven(Exception):
    """A check applies and found nothing wrong, but could not look at everything that it is about."""


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    """Something is wrong, or was not exercised and :attr:`Enrolment.unproven` does not say why."""
    NOT_APPLICABLE = "not_applicable"
    UNPROVEN = "unproven"
    """Not everything could be exercised, for the reason that the enrolment gives."""


@define(kw_only=True)
class Result:
    """How one check of one provider ended, in one flavour."""

    provider: str
    variant: str
    """Distinguishes several enrolments of one provider; empty if there is only one."""
    check: str
    """``group.name``."""
    flavour: str
    outcome: Outcome
    message: str = ""
    proved: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    """The features that were proved to work: role and feature."""
    capabilities: dict[str, dict[str, dict[str, Any]]] = field(factory=dict[str, dict[str, dict[str, Any]]])
    """The devices' capabilities, by role and feature."""

    @property
    def group(self) -> str:
        """The group that the check belongs to."""
        return self.check.partition(".")[0]


class Transport(StrEnum):
    """The transport between a provider and its vendor."""

    HTTP = "http"
    """HTTP, by the client of the core or another one."""
    OWN = "own"
    """Another one; the enrolment declares its transport faults."""
    NONE = "none"
    """None: everything happens in the process."""


class Facility(Protocol):
    """What ``home()`` of an enrolment serves; attributes ``url``, ``house`` and ``clock`` are used if present."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The arguments of ``connect`` that reach it; secrets are unmasked."""
        ...


@frozen(kw_only=True)
class VendorError:
    """One way in which the vendor refuses with status 200 (or with its own meaning of another status)."""

    body: bytes
    """What the vendor answers."""
    raises: type[OpenPowerError]
    """What a read has to raise."""
    status: int = 200


@frozen(kw_only=True)
class TransportFault:
    """One fault of a transport that is not HTTP."""

    name: str
    """For reports."""
    inject: Callable[[Any], AbstractContextManager[None]] = field(repr=False)
    """Given the result of ``home``: makes the transport fail while the block lasts."""
    raises: tuple[type[OpenPowerError], ...] = (OpenPowerError,)
    """What a read has to raise; ``()`` where it has to work all the same."""


class Enrolment:
    """The facts about one provider; derive :class:`~openpower_testing.Conformance` and name the provider.

    Everything below has a default that suits an HTTP provider whose specification names an emulator.
    """

    provider: ClassVar[str | ProviderSpec]
    """The name under which it is installed, or a specification."""
    variant: ClassVar[str] = ""
    """Distinguishes several enrolments of one provider, such as two generations of firmware."""
    transport: ClassVar[Transport] = Transport.HTTP
    start: ClassVar[datetime] = datetime(2026, 8, 4, 10, 7, 30, tzinfo=UTC)
    """The time of the clock when a check begins."""
    not_applicable: ClassVar[Mapping[str, str]] = {}
    """Checks (``"group.name"``) that do not apply here, each with the reason; they are not run, and the report says why."""
    unproven: ClassVar[Mapping[str, str]] = {}
    """Checks that cannot exercise everything here, such as a figure that the emulator always reports as 0, each with the
    reason. They are run all the same, and fail for whatever else is wrong; without a reason they fail for that alone."""
    vendor_errors: ClassVar[Sequence[VendorError]] = ()
    """How the vendor refuses in a response with a successful HTTP status."""
    transport_faults: ClassVar[Sequence[TransportFault]] = ()
    """For a transport that is not HTTP: its faults."""
    structural_words: ClassVar[Mapping[str, str]] = {}
    """JSON keys whose words decide what a record is, so that an unknown one may break the response; with the reason."""
    private_keys: ClassVar[Sequence[str]] = ()
    """JSON keys and parameters whose values name a person or a place, beside those of ``scrubbing.PRIVATE_KEYS``;
    cassettes hold placeholders for them."""
    native_calls: ClassVar[Mapping[str, Callable[[Any, Sequence[Any]], Any]]] = {}
    """Calls of the native API that the fault campaign makes, by name, given the native API and the devices; those
    that read and need no argument are found without being named."""
    battery_tolerance_w: ClassVar[float] = 300.0
    """How far a reading may be from the simulated house: vendors round, and report at intervals."""

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        """Serve an emulator that uses ``clock``; the value of its block is a :class:`Facility`.

        Leave the parameter out if the emulator cannot use the clock: checks that need a simulated day
        then do not apply.
        """
        del clock
        serve = emulator_of(self.spec)
        if serve is None:
            raise NotImplementedError(
                f"{type(self).__name__} has no home to check: define home(self, clock), or name an "
                "emulator in the ProviderSpec."
            )
        return cast("AbstractContextManager[Any]", serve())

    def house(self, served: Any) -> Any:
        """The simulated :class:`~openpower_simulation.House` behind it; None if there is none."""
        return getattr(served, "house", None)

    def is_write(self, request: Received) -> bool:
        """Whether an HTTP request changes something."""
        return request.method not in {"GET", "HEAD"}

    def endpoint(self, request: Received) -> str:
        """What a request asks: its method and path. Override it where several questions share a path."""
        return f"{request.method} {request.target.partition('?')[0]}"

    def requests_of(self, served: Any) -> int | None:
        """How many requests the vendor got, where that is not over HTTP; None if they are not counted."""
        return getattr(served, "requests", None)

    def writes_of(self, served: Any) -> int | None:
        """How many writes the vendor got, where that is not over HTTP; None if they are not counted."""
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
