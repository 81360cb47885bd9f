# Generated from _async.py by openpower_testing; do not edit.
"""What applications work with: a home's devices by kind and id, and the connection to one provider."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar, cast

from attrs import evolve

from openpower_core._sync_closing import Closing, NativeClient
from openpower_core.checks import Span, flag, span
from openpower_core.clock import Closed, VendorClock
from openpower_core.connection._picking import audit_lines, id_of, of_role, pick
from openpower_core.connection._sync_fetch import SharedFetch
from openpower_core.connection.parts import Parts, discovery_error, usable
from openpower_core.devices.roles import Role
from openpower_core.errors import ConnectionClosed
from openpower_core.waiting import Lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpower_core.connection.context import Context
    from openpower_core.devices import Battery, Device, DeviceInfo, EVCharger, Inverter, Meter, Retailer
    from openpower_core.devices.info import Failure
    from openpower_core.write import Writer

T = TypeVar("T")
Native = TypeVar("Native")
Native_co = TypeVar("Native_co", covariant=True)
_ASK_AGAIN_S: Final = 300.0
"""How soon what could not be found is asked for again."""
Client = TypeVar("Client", bound=NativeClient)


class Backend(Protocol[Native_co]):
    """One account or system of one vendor, as a provider presents it to the connection.

    A backend that replaces parts of the context that it was given (a clock, a store) has the new one as ``context``.
    """

    @property
    def native(self) -> Native_co:
        """The vendor's own API; always the same object."""
        ...

    def discover(self) -> Sequence[Device]:
        """Ask the vendor for the devices; the connection caches the result."""
        ...

    def close(self) -> None:
        """Close sockets and other resources; called once."""
        ...


class BaseBackend(Generic[Client]):
    """What a provider's backend derives from: the native client, the context, and the one writer of the connection.

    A provider adds :meth:`Backend.discover`.
    """

    def __init__(self, native: Client, context: Context) -> None:
        self.native = native
        """The vendor's own API."""
        # What begins, ends or was received at a time goes by the vendor's clock, as far as it is known.
        seen = partial(getattr, getattr(native, "_session", None), "vendor_time", None)
        self.context = evolve(context, clock=VendorClock(context.clock, seen))
        self.parts = Parts(context.provider)
        """The parts of the account: ``discover`` asks for each in ``with self.parts.attempt(…)``, so that they fail alone."""
        self._writer: Writer | None = None
        self._adopting: dict[str, Callable[[Writer], None]] = {}
        """How the documents of each device reach the writer once it is made, by the devices' ids."""
        self._shared: dict[Callable[[], Any], SharedFetch[Any]] = {}

    def share(self, fetch: Callable[[], T], *, max_age: Span) -> SharedFetch[T]:
        """A fetch that devices share for so long; it is the same one for the same method, and a write makes it fetch anew."""
        if fetch not in self._shared:
            age = span(max_age, "max_age")
            self._shared[fetch] = SharedFetch(fetch, max_age=age, clock=self.context.clock)
        return self._shared[fetch]

    def forget(self) -> None:
        """Discard what was fetched, as after a write."""
        for fetch in self._shared.values():
            fetch.clear()

    @property
    def writer(self) -> Writer:
        """Sends every change to the vendor, native ones included; made by its first use: most programs only read."""
        if self._writer is None:
            from openpower_core.write import Writer

            self._writer = Writer.over(self.context)
            for adopt in self._adopting.values():
                adopt(self._writer)
        return self._writer

    def join(self, device_id: str, adopt: Callable[[Writer], None]) -> None:
        """Add a device that can be written: the writer gets its documents, at once where an earlier process may have left something."""
        self._adopting[device_id] = adopt
        if self._writer is not None:
            adopt(self._writer)
        elif self.remembers:
            _ = self.writer

    @property
    def remembers(self) -> bool:
        """Whether the user named where writes are remembered, so that what an earlier process left is to be released."""
        return self.context.state_dir is not None or self.context.store is not None

    def close(self) -> None:
        """Stop writing, and close the connections."""
        if self._writer is not None:
            self._writer.close()
        self.native.close()


class Home(Closing):
    """Anything that has devices: code that takes one works with a connection and with a site."""

    @abstractmethod
    def devices(self, *, refresh: bool = False) -> list[Device]:
        """All devices; discovered once and cached.

        Args:
            refresh: ask the vendor again.
        """

    @property
    @abstractmethod
    def failures(self) -> tuple[Failure, ...]:
        """What :meth:`devices` could not find, such as a station that did not answer, each with its error."""

    def inverters(self, *, refresh: bool = False) -> list[Inverter]:
        """The inverters that were found."""
        return cast("list[Inverter]", of_role(self.devices(refresh=refresh), Role.INVERTER))

    def batteries(self, *, refresh: bool = False) -> list[Battery]:
        """The batteries that were found."""
        return cast("list[Battery]", of_role(self.devices(refresh=refresh), Role.BATTERY))

    def ev_chargers(self, *, refresh: bool = False) -> list[EVCharger]:
        """The EV chargers that were found."""
        return cast("list[EVCharger]", of_role(self.devices(refresh=refresh), Role.EV_CHARGER))

    def meters(self, *, refresh: bool = False) -> list[Meter]:
        """The meters that were found."""
        return cast("list[Meter]", of_role(self.devices(refresh=refresh), Role.METER))

    def retailers(self, *, refresh: bool = False) -> list[Retailer]:
        """The retailers that were found."""
        return cast("list[Retailer]", of_role(self.devices(refresh=refresh), Role.RETAILER))

    def inverter(self, id: str | Device | DeviceInfo | None = None) -> Inverter:
        """The inverter with that id, or the only one; see :meth:`battery`."""
        return cast("Inverter", self._pick(Role.INVERTER, id))

    def battery(self, id: str | Device | DeviceInfo | None = None) -> Battery:
        """The battery with that id, or the only one.

        Args:
            id: the whole id, the serial number, or the masked form shown in messages, if it is unique; a device or its
                ``info`` counts as its id.

        Raises:
            DeviceNotFound: there is none; the message lists what there is.
            AmbiguousDevice: there are several; the message lists them.
        """
        return cast("Battery", self._pick(Role.BATTERY, id))

    def ev_charger(self, id: str | Device | DeviceInfo | None = None) -> EVCharger:
        """The EV charger with that id, or the only one; see :meth:`battery`."""
        return cast("EVCharger", self._pick(Role.EV_CHARGER, id))

    def meter(self, id: str | Device | DeviceInfo | None = None) -> Meter:
        """The meter with that id, or the only one; see :meth:`battery`."""
        return cast("Meter", self._pick(Role.METER, id))

    def retailer(self, id: str | Device | DeviceInfo | None = None) -> Retailer:
        """The retailer with that id, or the only one; see :meth:`battery`."""
        return cast("Retailer", self._pick(Role.RETAILER, id))

    def _pick(self, role: Role, wanted: str | Device | DeviceInfo | None) -> Device:
        # Checked before the vendor is asked for its devices.
        id_ = id_of(wanted, role)
        return pick(self.devices(), role, id_, provider=self._source())

    def _source(self) -> str | None:
        """The provider that errors mention."""
        return None


class Connection(Home, Generic[Native]):
    """A connection to one account or system of one provider; made by :func:`connect`.

    It sends no request until it has to. Use it as a context manager, or call :meth:`close`.
    """

    def __init__(self, backend: Backend[Native], context: Context) -> None:
        self._backend = backend
        self._context = context
        self._provider = context.provider
        self._lock = Lock()
        self._devices: tuple[Device, ...] | None = None
        self._failures: tuple[Failure, ...] = ()
        self._asked = 0.0
        """When the devices were asked for, on the monotonic clock."""

    @property
    def provider(self) -> str:
        """The provider's name, such as ``"alphaess"``."""
        return self._provider

    @property
    def native(self) -> Native:
        """The vendor's own API, typed, over the same session and limits."""
        return self._backend.native

    @property
    def writer(self) -> Writer | None:
        """What sends every change to the vendor; ``writer.release_due()`` releases what is due. None if it only reads."""
        return getattr(self._backend, "writer", None)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._context.closed.is_set()

    @property
    def closing(self) -> Closed:
        """What to wait on until it is closed."""
        return self._context.closed

    def devices(self, *, refresh: bool = False) -> list[Device]:
        """All devices that could be found; asked once and cached. What could not be found stands in :attr:`failures`.

        While something is missing, the vendor is asked again every five minutes. Only if nothing was found does it raise.

        Args:
            refresh: ask the vendor again.
        """
        self._check_open()
        refresh = flag(refresh, "refresh")
        if self._devices is not None and not refresh and not self._is_to_be_asked_again():
            return list(self._devices)
        before = self._devices
        with self._lock:
            self._check_open()
            # A caller who waited while another one asked uses that result.
            if self._devices is None or self._devices is before:
                self._discover(keep=not refresh)
            return list(self._devices or ())

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What :meth:`devices` could not find when it last asked, each with its error; empty before it has asked."""
        return self._failures

    def _is_to_be_asked_again(self) -> bool:
        return bool(self._failures) and self._context.clock.monotonic() - self._asked >= _ASK_AGAIN_S

    def _discover(self, *, keep: bool) -> None:
        """Ask for the devices.

        Args:
            keep: keep those that are known if nothing can be found.
        """
        parts: Parts = getattr(self._backend, "parts", None) or Parts(self._provider)
        parts.begin()
        self._asked = self._context.clock.monotonic()
        try:
            found = usable(self._backend.discover(), parts)
            self._failures, nothing = parts.failures, None
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            found, nothing = (), discovery_error(error, provider=self._provider)
        if not found and self._failures:
            nothing = nothing or self._failures[0].error
        if nothing is None:
            self._devices = found
        elif not keep or self._devices is None:
            raise nothing

    def audit(self) -> list[dict[str, Any]]:
        """The writes to this provider's devices, oldest first: one mapping of plain data for each.

        ``at``, ``by``, ``device`` (masked), ``operation``, ``outcome``, ``calls``, ``error`` … With ``state_dir=`` it holds
        the writes of earlier processes too. Reading it creates no file.
        """
        self._check_open()
        # A backend that replaces parts of the context, such as the store, offers the context that it works with.
        return audit_lines(getattr(self._backend, "context", self._context))

    def close(self) -> None:
        """Close the connection to the vendor; a second call does nothing."""
        if not self.closed:
            self._context.closed.set()
            self._backend.close()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__name__} {self._provider} ({state})>"

    def _source(self) -> str:
        return self._provider

    def _check_open(self) -> None:
        if self.closed:
            raise ConnectionClosed(provider=self._provider)
