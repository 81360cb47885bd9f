# Generated from _async.py by openpower_testing; do not edit.
"""Several connections as one home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from openpower.site.snapshot import Answer, Snapshot, compose
from openpower_core._error import refused
from openpower_core.capabilities import Feature
from openpower_core.checks import flag, instant, span
from openpower_core.clock import SYSTEM_CLOCK, Clock, Closed
from openpower_core.connection import Home, connect
from openpower_core.connection._picking import id_of
from openpower_core.devices._sync_watch import PASSING, pause_of
from openpower_core.devices.info import DeviceInfo, Failure
from openpower_core.devices.roles import Role
from openpower_core.errors import AmbiguousDevice, ConnectionClosed, InvalidValue, OpenPowerError
from openpower_core.prices import Channel, Fuel
from openpower_core.secrets import mask
from openpower_core.waiting import gather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openpower_core.checks import Span
    from openpower_core.connection._sync import Connection
    from openpower_core.devices import Device, Retailer
    from openpower_core.prices import Bill


class Site(Home):
    """Joins connections into one home: the battery of one vendor, the prices of another.

    It has the devices of all its connections; closing it closes them.

    Args:
        connections: at least one, or the names that ``connect`` takes, such as profiles. If two measure the same
            flow, put the one to trust first.
        import_retailer: who sells to this home, by id, or the device itself; None is the only retailer in use.
        export_retailer: who buys from it, where that is somebody else.
    """

    def __init__(
        self,
        *connections: Connection[Any] | str,
        import_retailer: str | Retailer | DeviceInfo | None = None,
        export_retailer: str | Retailer | DeviceInfo | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not connections:
            raise InvalidValue("a site needs at least one connection.")
        joined = tuple(connect(each) if isinstance(each, str) else each for each in connections)
        for connection in joined:
            if not isinstance(connection, Home):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise refused(
                    connection,
                    "a connection",
                    "one of the site's own flavour",
                    hint="Site joins what connect() gives, Site what connect() gives.",
                )
        self._connections = joined
        self._clock = clock
        self._failures: tuple[Failure, ...] = ()
        sells, buys = id_of(import_retailer, Role.RETAILER), id_of(export_retailer, Role.RETAILER)
        self._chosen = {Channel.IMPORT: sells, Channel.CONTROLLED_LOAD: sells, Channel.EXPORT: buys or sells}

    @property
    def connections(self) -> tuple[Connection[Any], ...]:
        """The connections that it joins, in the order given."""
        return self._connections

    def devices(self, *, refresh: bool = False) -> list[Device]:
        """The devices of all connections; asked once and cached. What could not be found stands in :attr:`failures`.

        Args:
            refresh: ask the vendors again.

        Raises:
            OpenPowerError: no connection found anything.
        """
        refresh = flag(refresh, "refresh")
        parts = gather(*(self._discover(each, refresh=refresh) for each in self._connections))
        lost = [part for part in parts if isinstance(part, Failure)]
        if len(lost) == len(parts):
            raise lost[0].error
        self._failures = tuple(lost)
        return [device for part in parts if not isinstance(part, Failure) for device in part]

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What :meth:`devices` could not find when it last asked: whole connections, and parts of the others."""
        return (*self._failures, *(failure for each in self._connections for failure in each.failures))

    def snapshot(self, *, max_age: Span | None = None) -> Snapshot:
        """Read everything at once; what fails is listed in ``failures`` beside the rest.

        Args:
            max_age: how old readings may be (a timedelta, or seconds); None leaves it to the providers, zero reads again.
        """
        age = None if max_age is None else span(max_age, "max_age")
        parts = gather(*(self._discover(each) for each in self._connections))
        devices = [device for part in parts if not isinstance(part, Failure) for device in part]
        failures = [part for part in parts if isinstance(part, Failure)]
        failures += [failure for each in self._connections for failure in each.failures]
        answers = gather(*(self._ask(device, age) for device in devices))
        flat = [answer for group in answers for answer in group]
        return compose(flat, failures, at=self._clock.now())

    def retailer(self, id: str | Device | DeviceInfo | None = None) -> Retailer:  # noqa: A002
        """The retailer with that id; None is ``import_retailer``, or the only one in use."""
        try:
            return super().retailer(self._chosen[Channel.IMPORT] if id is None else id)
        except AmbiguousDevice as error:
            error.hint = "Choose one by its id: the site's import_retailer."
            raise

    def bill(self, start: datetime, end: datetime) -> Bill:
        """What the home costs in ``[start, end)``, line by line; what of it is not known is named in ``gaps``.

        Usage that the retailer does not know is estimated from the history of the home's meter, and marked so.

        Args:
            start: the beginning, usually a local midnight.
            end: its end; the midnight after the last day.

        Raises:
            AmbiguousDevice: there are several retailers, and ``import_retailer`` does not say which.
            OpenPowerError: neither usage nor prices can be had.
        """
        start, end = instant(start, "start"), instant(end, "end")
        from openpower.site.billing import EARLIER, BillParts  # few programs need one

        retailer = self.retailer()
        buyer = self.retailer(buys) if (buys := self._chosen[Channel.EXPORT]) else retailer
        parts = BillParts(start, end)
        served = {retailer: [Channel.IMPORT, Channel.CONTROLLED_LOAD]}
        served[buyer] = [*served.get(buyer, ()), Channel.EXPORT]
        metering = [each for each in served if each.capabilities[Feature.USAGE]]
        for seller, channels in served.items():
            with parts.attempt("prices", channels):
                parts.add_prices(seller.prices(start, end), channels)
        for seller in metering:
            # Who alone has a meter has it for the other one as well, whose prices then count.
            foreign = [] if len(metering) == len(served) else [*Channel]
            with parts.attempt("usage"):
                parts.add_usage(seller.usage(start, end), served[seller], foreign)
        if retailer.capabilities[Feature.TARIFF]:
            with parts.attempt("tariff", ["tariff"]):
                parts.tariffs += retailer.tariffs(start, end)
        meters = [] if retailer in metering else self.meters()
        for meter in [each for each in meters if each.capabilities[Feature.HISTORY]][:1]:
            with parts.attempt("history of the meter"):
                # The reading before midnight stands for the first minutes after it.
                parts.estimate(meter.history(start - EARLIER, end), meter.info)
        return parts.bill(retailer.info.tz)

    def watch(self, interval: Span | None = None) -> Iterator[Snapshot]:
        """Snapshots as the home changes, until a connection is closed or the iteration is left.

        What fails stands in ``failures``; if everything does, it is read again at growing distance.

        Args:
            interval: how often it is read (a timedelta, or seconds); None for the shortest of its devices' own.

        Raises:
            OpenPowerError: nothing can be read, and no failure can pass by itself: a refused credential, a wrong option.
        """
        return self._changes(None if interval is None else span(interval, "interval").total_seconds())

    def _changes(self, every: float | None) -> Iterator[Snapshot]:
        closed = Closed()
        for connection in self._connections:
            connection.closing.wakers.add(closed.set)
        last: object = None
        lost = 0
        try:
            while not any(connection.closed for connection in self._connections):
                snapshot = self.snapshot()
                if any(isinstance(failure.error, ConnectionClosed) for failure in snapshot.failures):
                    return
                if snapshot.empty and not any(isinstance(failure.error, PASSING) for failure in snapshot.failures):
                    raise snapshot.failures[0].error
                if (seen := snapshot.figures) != last:
                    last = seen
                    yield snapshot
                pause = self._interval() if every is None else every
                lost = lost + 1 if snapshot.empty else 0
                longest = max((pause_of(failure.error, pause, lost) for failure in snapshot.failures), default=pause)
                closed.sleep(self._clock, longest if snapshot.empty else pause)
        finally:
            for connection in self._connections:
                connection.closing.wakers.discard(closed.set)

    def _interval(self) -> float:
        """The shortest interval of its devices (s)."""
        parts = gather(*(self._discover(each) for each in self._connections))
        devices = [device for part in parts if not isinstance(part, Failure) for device in part]
        return min((device.capabilities.interval.total_seconds() for device in devices), default=10.0)

    def close(self) -> None:
        """Close every connection, also when closing one of them fails."""
        errors: list[Exception] = []
        for connection in self._connections:
            try:
                connection.close()
            except Exception as error:  # noqa: BLE001  (the others must still be closed)
                errors.append(error)
        if errors:
            raise errors[0]

    def __repr__(self) -> str:
        names = ", ".join(connection.provider for connection in self._connections)
        return f"<{type(self).__name__} {names}>"

    def _discover(self, connection: Connection[Any], *, refresh: bool = False) -> list[Device] | Failure:
        try:
            return connection.devices(refresh=refresh)
        except OpenPowerError as error:
            return Failure(provider=connection.provider, error=error)

    def _ask(self, device: Device, max_age: Span | None) -> list[Answer]:
        if device.info.role is Role.RETAILER:
            retailer = cast("Retailer", device)
            return [
                self._price(retailer, channel)
                for channel, feature in _PRICED.items()
                if device.capabilities[feature] and self._serves(device.info, channel)
            ]
        return [self._read(device, max_age)] if device.capabilities[Feature.READ] else []

    def _serves(self, info: DeviceInfo, channel: Channel) -> bool:
        """Whether a retailer is the one that was chosen for a channel, by its id as it may be written; else one in use."""
        wanted = self._chosen[channel]
        if wanted is None:
            return info.active and info.fuel is Fuel.ELECTRICITY
        return wanted in (info.id, info.serial, mask(info.id), mask(info.serial))

    def _read(self, device: Any, max_age: Span | None) -> Answer:
        try:
            return Answer(device=device.info, reading=device.read(max_age=max_age))
        except OpenPowerError as error:
            return _failed(device, error)

    def _price(self, retailer: Retailer, channel: Channel) -> Answer:
        try:
            return Answer(device=retailer.info, price=retailer.current_price(channel))
        except OpenPowerError as error:
            return _failed(retailer, error)


_PRICED = {Channel.IMPORT: Feature.CURRENT_PRICE, Channel.EXPORT: Feature.EXPORT_PRICES}


def _failed(device: Device, error: OpenPowerError) -> Answer:
    failure = Failure(provider=device.info.provider, device=device.info, error=error)
    return Answer(device=device.info, failure=failure)
