# Generated from _async.py by openpower_testing; do not edit.
"""What devices have in common, and the battery, synchronous. A kind of device is a protocol, and a base for providers.

Application code is written against the protocols; any class of the right structure fits. Their bodies are the defaults,
which raise ``Unsupported`` before any request. A base adds the checks around each call, and what a device is made of: most
need no class of their own, but the function that reads them and the settings that can be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, Protocol, Required, TypedDict, TypeVar, Unpack, runtime_checkable

from openpower_core._error import Named
from openpower_core.capabilities import Capabilities, Feature
from openpower_core.checks import Number, Span
from openpower_core.control import UNSET, BatteryCommand, BatteryMode, BatterySettings, Schedule, Unset
from openpower_core.devices import calls
from openpower_core.devices._sync_watch import OnFailure, watch
from openpower_core.devices.info import BatteryInfo, DeviceInfo
from openpower_core.errors import ConnectionClosed
from openpower_core.plausibility import Plausibility
from openpower_core.readings import BatteryReading, Reading
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpower_core.connection._sync import BaseBackend
    from openpower_core.connection.context import Context
    from openpower_core.write import Document, Setting, Writer
    from openpower_core.writes import ActiveCommand, Confirm, Receipt

Info_co = TypeVar("Info_co", bound=DeviceInfo, covariant=True)
R = TypeVar("R")


@runtime_checkable
class Device(Protocol):
    """What every device has."""

    @property
    def info(self) -> DeviceInfo:
        """Its identity."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after discovery."""
        ...

    @property
    def native(self) -> Any:
        """The vendor's own API for this device."""
        ...

    def read(self, *, max_age: Span | None = None) -> Reading:
        """Read it; see :meth:`Inverter.read` for ``max_age``.

        Raises:
            Unsupported: a retailer has no reading, but prices.
        """
        raise calls.unsupported(self, Feature.READ)

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[Any]:
        """Its readings as they change, until the connection is closed or the iteration is left.

        Args:
            interval: how often it is read (a timedelta, or seconds); None for the vendor's own. Devices of one box share a
                fetch, so that watching all of them asks once.
            on_failure: called with the error when reading begins to fail, and with None when it works again. Either is logged
                once, and the iteration goes on: what can pass is waited for, at growing distance.
            unchanged: also yield a reading whose figures are those of the one before, which shows that the device still answers.

        Raises:
            OpenPowerError: what cannot pass by itself, such as a refused credential.
        """
        return watch(self, interval, on_failure, unchanged)


def writer_of(device: Device, feature: Feature) -> Writer:
    """The write pipeline of a device.

    Raises:
        Unsupported: it has none.
    """
    writer: Writer | None = getattr(device, "writer", None)  # a class from elsewhere may have none
    if writer is None:
        raise calls.unsupported(device, feature)
    return writer


_READINGS = ("read", "history")


def _guarded(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Check a call before it is made, and pass its reading to the sinks afterwards."""
    call = calls.Call(name, method)

    @wraps(method)
    def guarded(self: BaseDevice[Any], *arguments: Any, **keywords: Any) -> Any:
        arguments, keywords = call.checked(self, arguments, keywords)
        try:
            self.check_open()
            result = method(self, *arguments, **keywords)
        except Exception as error:
            traceback = error.__traceback__
            if isinstance(error, TypeError) and traceback is not None and traceback.tb_next is None:
                raise  # the call itself does not fit the method's parameters
            raise calls.to_error(error, self, name)  # noqa: B904 - it has its cause
        # Only the outermost override is checked and reported, so that super().read() is not twice.
        if name in _READINGS and getattr(type(self), name) is guarded:
            return self.judged(result) if name == "read" else self.judged_series(result)
        return self.running(result) if name == "current_price" else result

    return guarded


class DeviceOptions(TypedDict, Generic[R], total=False):
    """What the bases of all devices take besides their role's own; see :class:`BaseDevice`."""

    capabilities: Required[Capabilities]
    backend: BaseBackend[Any] | None
    native: Any
    context: Context | None
    writer: Writer | None
    documents: Iterable[Document[Any, Any]] | Callable[[], Iterable[Document[Any, Any]]]
    read: Callable[[Span | None], R] | None
    history: Callable[[datetime, datetime], list[R]] | None


class BaseDevice(Named, Generic[Info_co]):
    """The base of a provider's devices, besides their role: their identity, their capabilities, and the checks before each call.

    A device is made of functions; or override the methods of its role that exist. The others raise ``Unsupported``::

        BaseMeter(info, capabilities=CAN_READ, backend=self, read=status.reading(to_meter))


        class AcmeMeter(BaseMeter):
            def read(self, *, max_age=None): ...

    Before either runs, words become enums, the arguments are checked against the device's own
    capabilities, and times are brought to UTC. After it, what cannot be true is taken out of its readings
    (:class:`~openpower_core.plausibility.Plausibility`), and those of ``read`` go to the sinks (``openpower_reading``).

    Args:
        info: what it is.
        capabilities: what it can do.
        backend: the connection's, which gives ``native``, ``context`` and, once something is written, ``writer``.
        native: the vendor's own API for this device.
        context: the connection's.
        writer: the connection's write pipeline.
        documents: what can be written of it; or a function that makes them once they are needed.
        read: reads it, given ``max_age``.
        history: the vendor's series from a start to an end, in time order.
    """

    _settable: Mapping[str, Document[Any, Any] | None] = {}
    """What the methods of its role write, by their names."""

    def __init__(
        self,
        info: Info_co,
        *,
        capabilities: Capabilities,
        backend: BaseBackend[Any] | None = None,
        native: Any = None,
        context: Context | None = None,
        writer: Writer | None = None,
        documents: Iterable[Document[Any, Any]] | Callable[[], Iterable[Document[Any, Any]]] = (),
        read: Callable[[Span | None], Any] | None = None,
        history: Callable[[datetime, datetime], list[Any]] | None = None,
    ) -> None:
        self._info = info
        self._capabilities = capabilities
        self._native = backend.native if native is None and backend is not None else native
        self._context = backend.context if context is None and backend is not None else context
        self._backend = backend
        self._documents = documents if callable(documents) else tuple(documents)
        self._functions: dict[str, Callable[..., Any] | None] = {"read": read, "history": history}
        self._plausibility: Plausibility | None = None
        self._writer: Writer | None = None
        if writer is not None:
            self.adopt(writer)
        elif backend is not None and self._documents:
            backend.join(info.id, self.adopt)

    def adopt(self, writer: Writer) -> None:
        """Make its documents known to the writer, so that what an earlier process left of them can be released."""
        self._writer = writer
        documents = self._documents() if callable(self._documents) else self._documents
        read = getattr(self, "read", None) if isinstance(self._info, BatteryInfo) else None
        writer.adopt(self._info, *documents, read=read)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name in vars(cls).keys() & calls.NEEDS.keys():
            setattr(cls, name, _guarded(name, vars(cls)[name]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._info.provider} {mask(self._info.id)}>"

    @property
    def info(self) -> Info_co:
        """Its identity."""
        return self._info

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after discovery."""
        return self._capabilities

    @property
    def native(self) -> Any:
        """The vendor's own API for this device."""
        return self._native

    def check_supported(self, feature: Feature) -> None:
        """Raise :class:`~openpower_core.errors.Unsupported` if the device does not support the feature."""
        calls.check_supported(self, feature)

    def check_open(self) -> None:
        """Raise :class:`~openpower_core.errors.ConnectionClosed` if the connection was closed."""
        if self._context is not None and self._context.closed.is_set():
            raise ConnectionClosed("the connection is closed; nothing was sent.", provider=self._info.provider)

    @property
    def writer(self) -> Writer | None:
        """The write pipeline of the connection; None for a read-only device."""
        if self._writer is None and self._backend is not None and self._documents:
            _ = self._backend.writer  # made by its first use, it adopts all devices of the backend
        return self._writer

    def sent(self) -> None:
        """Called after a write that may have left: what was fetched before it is out of date."""
        if self._backend is not None:
            self._backend.forget()

    def judged(self, reading: Any) -> Any:
        """What was read, without what cannot be true; the sinks get it as well."""
        if isinstance(reading, Reading):
            reading = self._checks.check(reading)
        self.publish(reading)
        return reading

    def running(self, price: Any) -> Any:
        """A current price, if it runs by the vendor's clock."""
        return calls.running(price, self, self._context)

    def judged_series(self, readings: list[Any]) -> list[Any]:
        """A series without what cannot be true."""
        return self._checks.check_series(readings)

    @property
    def _checks(self) -> Plausibility:
        if self._plausibility is None:
            self._plausibility = Plausibility(self._info, self._context)
        return self._plausibility

    def publish(self, reading: Any) -> None:
        """Pass a reading to the sinks (``openpower_reading``)."""
        if self._context is not None:
            self._context.hooks.reading(self._info, reading)

    def _document(self, name: str, feature: Feature) -> Document[Any, Any]:
        """A document that the device may have been made without."""
        if (document := self._settable.get(name)) is None:
            raise calls.unsupported(self, feature)
        return document

    def _shown(self, name: str, feature: Feature) -> Any:
        """What a document holds now, in the words of the vocabulary."""
        document = self._document(name, feature)
        return document.shown(document.read())

    def _command(
        self,
        document: Document[Any, Any],
        command: BatteryCommand | BatteryMode | str,
        **options: Unpack[calls.CommandOptions],
    ) -> Receipt:
        """Carry out a battery command through a document; its release restores what was there before."""
        desired, sending = calls.to_command(command, options)
        calls.check_nameplate(self._info, desired)
        return self._write(document, desired, operation="command", restorable=True, **sending)

    def _apply(self, document: Document[Any, Any], **options: Unpack[calls.SettingsOptions]) -> Receipt:
        """Change settings through a document, whose plan gets those that are named: ``{"reserve_soc_pct": 20}``."""
        desired, sending = calls.to_settings(options)
        return self._write(document, desired, operation="apply_settings", **sending)

    def _write(
        self,
        document: Document[Any, Any],
        desired: Any,
        *,
        operation: str,
        restorable: bool = False,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
        unattended: bool = False,
    ) -> Receipt:
        """Write the desired state through the write pipeline; see :meth:`Writer.write`."""
        if (writer := self.writer) is None:
            raise TypeError(f"{type(self).__name__} was made without writer= or backend=")
        try:
            return writer.write(
                self._info,
                document,
                desired,
                operation=operation,
                dry_run=dry_run,
                confirm=confirm,
                restorable=restorable,
                unattended=unattended,
            )
        finally:
            if not dry_run:
                self.sent()


class Readable(BaseDevice[Info_co], Generic[Info_co, R]):
    """What the physical devices have in common: they are read, by the functions that they are made of."""

    def read(self, *, max_age: Span | None = None) -> R:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        if (read := self._functions["read"]) is None:
            raise calls.unsupported(self, Feature.READ)
        reading: R = read(max_age)
        return reading

    def history(self, start: datetime, end: datetime) -> list[R]:
        """The vendor's series in ``[start, end)``, in time order."""
        if (history := self._functions["history"]) is None:
            raise calls.unsupported(self, Feature.HISTORY)
        readings: list[R] = history(start, end)
        return readings


def with_documents(options: Any, *documents: Document[Any, Any] | None) -> Any:
    """The options with those documents that a role was given, unless they name all documents."""
    given = [document for document in documents if document is not None]
    return {"documents": given, **options} if given else options


@runtime_checkable
class Battery(Device, Protocol):
    """A battery."""

    @property
    def info(self) -> BatteryInfo: ...

    def watch(
        self, interval: Span | None = None, *, on_failure: OnFailure | None = None, unchanged: bool = False
    ) -> Iterator[BatteryReading]:
        """Its readings as they change; see :meth:`Device.watch`."""
        return watch(self, interval, on_failure, unchanged)

    def read(self, *, max_age: Span | None = None) -> BatteryReading:
        """Read it; see :meth:`Inverter.read` for ``max_age``."""
        raise calls.unsupported(self, Feature.READ)

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The vendor's series in ``[start, end)``, in time order."""
        raise calls.unsupported(self, Feature.HISTORY)

    def settings(self) -> BatterySettings:
        """Its settings, which last until they are changed."""
        raise calls.unsupported(self, Feature.SETTINGS)

    def apply_settings(
        self,
        *,
        reserve_soc_pct: Number | Unset = UNSET,
        max_soc_pct: Number | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        max_charge_w: Number | Unset | None = UNSET,
        max_discharge_w: Number | Unset | None = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the given settings; the others stay as they are.

        ``max_charge_w`` and ``max_discharge_w`` (:class:`PowerLimits`) hold in every mode; None lifts one.
        """
        raise calls.unsupported(self, Feature.RESERVE_SOC)

    def schedule(self) -> Schedule:
        """The current schedule."""
        raise calls.unsupported(self, Feature.SCHEDULE)

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the schedule."""
        raise calls.unsupported(self, Feature.SET_SCHEDULE)

    def command(self, command: BatteryCommand | BatteryMode | str, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Carry out one command.

        Args:
            command: a whole command; or a mode or its name (``"charge"``), with the rest as keywords.
            options: ``start``, ``until``, ``target_soc_pct`` and ``power_w`` of a command that is given by its mode;
                ``dry_run``: plan only, the receipt shows what would be sent; ``confirm``: ``"accepted"`` returns once
                the vendor accepted it, ``"readback"`` once reading back shows it; ``unattended``: accept that nothing
                releases it where the device does not end it by itself.
        """
        mode = calls.to_command(command, options)[0].mode
        raise calls.unsupported(self, Feature.of(mode))

    def release(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Put back what was there before openpower's commands, wherever what they set is still in place.

        What somebody else has changed since stays as it is. Where nothing was commanded it does nothing, and the
        receipt's note says so.
        """
        calls.check_supported(self, Feature.RELEASE)
        return writer_of(self, Feature.RELEASE).release(self.info, dry_run=dry_run, confirm=confirm)

    def active_command(self) -> ActiveCommand | None:
        """The command that :meth:`release` would end, as far as openpower remembers; None if there is none.

        It reads the connection's memory or its state folder and never asks the vendor.
        """
        writer: Writer | None = getattr(self, "writer", None)
        return None if writer is None else writer.active_command(self.info)

    def discard_restore_point(self) -> int:
        """Forget what there was before openpower's commands: what the battery holds now stays.

        Returns how many restore points there were. After that :meth:`release` has nothing to put back.
        """
        calls.check_supported(self, Feature.RELEASE)
        return writer_of(self, Feature.RELEASE).discard(self.info)

    def charge(self, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Charge, from the grid if necessary; short for :meth:`command`."""
        return self.command(BatteryMode.CHARGE, **calls.in_full(options))

    def hold(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Keep the charge, and take PV; short for :meth:`command`."""
        return self.command(BatteryMode.HOLD, **calls.in_full(options))

    def idle(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Neither charge nor discharge; short for :meth:`command`."""
        return self.command(BatteryMode.IDLE, **calls.in_full(options))

    def no_charge(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Supply the house and do not charge; short for :meth:`command`."""
        return self.command(BatteryMode.NO_CHARGE, **calls.in_full(options))

    def export(self, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Discharge into the grid; short for :meth:`command`."""
        return self.command(BatteryMode.EXPORT, **calls.in_full(options))

    def auto(self, **options: Unpack[calls.HoldOptions]) -> Receipt:
        """Self-consumption, the vendor's default; short for :meth:`command`."""
        return self.command(BatteryMode.AUTO, **calls.in_full(options))

    def confirm(self, receipt: Receipt, *, timeout: Span | None = None) -> Receipt:
        """Wait until reading back shows the write or the settle time is over; with a state folder also after a restart.

        Returns the receipt as CONFIRMED, PARTIAL, UNVERIFIABLE or NOT_APPLIED.
        """
        return writer_of(self, Feature.RELEASE).confirm(self.info, receipt, timeout=timeout)


class BaseBattery(Readable[BatteryInfo, BatteryReading], Battery):
    """A battery.

    Args:
        info: what it is.
        settings: the document of its settings, whose plan gets those that are named; or a row for each, by its name in
            :class:`BatterySettings` (``max_charge_w`` and ``max_discharge_w`` for its power limits).
        program: the document of its commands and its schedule, whose plan gets a :class:`BatteryCommand` or a :class:`Schedule`.
        options: see :class:`BaseDevice`.
    """

    def __init__(
        self,
        info: BatteryInfo,
        *,
        settings: Document[Any, Any] | Mapping[str, Setting[Any]] | None = None,
        program: Document[Any, Any] | None = None,
        **options: Unpack[DeviceOptions[BatteryReading]],
    ) -> None:
        self._settable = {"settings": _as_document(settings), "program": program}
        super().__init__(info, **with_documents(options, self._settable["settings"], program))

    def settings(self) -> BatterySettings:
        """Its settings, which last until they are changed."""
        settings: BatterySettings = self._shown("settings", Feature.SETTINGS)
        return settings

    def apply_settings(self, **options: Unpack[calls.SettingsOptions]) -> Receipt:
        """Change the given settings; the others stay as they are."""
        return self._apply(self._document("settings", Feature.RESERVE_SOC), **options)

    def schedule(self) -> Schedule:
        """The current schedule."""
        schedule: Schedule = self._shown("program", Feature.SCHEDULE)
        return schedule

    def set_schedule(self, schedule: Schedule, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Replace the schedule."""
        document = self._document("program", Feature.SET_SCHEDULE)
        return self._write(document, schedule, operation="set_schedule", **options)

    def command(self, command: BatteryCommand | BatteryMode | str, **options: Unpack[calls.CommandOptions]) -> Receipt:
        """Carry out one command; see :meth:`Battery.command`."""
        return self._command(self._document("program", Feature.RELEASE), command, **options)

    def release(self, **options: Unpack[calls.WriteOptions]) -> Receipt:
        """Put back what was there before openpower's commands; see :meth:`Battery.release`."""
        try:
            return super().release(**options)
        finally:
            self.sent()


def _as_document(settings: Document[Any, Any] | Mapping[str, Setting[Any]] | None) -> Document[Any, Any] | None:
    if not isinstance(settings, Mapping):
        return settings
    from openpower_core.write import Settings  # here, as most programs only read

    return Settings("settings", settings)
