"""The session with one inverter: finds its family, runs one call at a time on the library's object, and translates errors.

The inverters have one small processor for the local network and the cloud: two programs that ask at the same time get
each other's responses, and one that asks without a pause keeps the inverter from reporting to SEMS (HA core#101817).
So there is one lock for each inverter, whichever connection, thread or event loop of the process a call comes from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from attrs import evolve

from openpower_core import provider as core
from openpower_goodwe.local.client import adapter
from openpower_goodwe.local.client.adapter import Inverter, Link, RawWork, Silent, Work
from openpower_goodwe.local.client.blocks import Blocks
from openpower_goodwe.local.client.transport import Exchange, TcpExchange, UdpExchange
from openpower_goodwe.local.models import Facts, Family, RuntimeData
from openpower_goodwe.refusals import REFUSALS

T = TypeVar("T")

_PROVIDER: Final = "goodwe-local"
_SILENCE: Final = (
    "It may be asleep (inverters without a battery are off at night), have another address, or speak Modbus TCP "
    'only (Kit-20 and V2.0 dongles: port=502, to be enabled in SolarGo). By the cloud: "goodwe-sems".'
)
_BUSY: Final = ("ACKNOWLEDGE", "SLAVE DEVICE BUSY")


class InverterLock(core.ALock):
    """Lets one call through at a time, and knows when the inverter was asked last."""

    def __init__(self) -> None:
        super().__init__()
        self._polled: tuple[core.Clock, float] | None = None
        self._holder: Exchange | None = None

    def hold(self, exchange: Exchange) -> None:
        """Close the connection that another exchange keeps open: many dongles allow one. Call it while holding the lock."""
        holder, self._holder = self._holder, exchange
        if holder is not None and holder is not exchange:
            close(holder)

    def pause(self, clock: core.Clock, least: float) -> float:
        """Seconds until the inverter may be polled again; the caller takes that slot."""
        with _FINDING:
            now, last = clock.monotonic(), self._polled
            # Times of two clocks cannot be compared: another clock (a test's) starts anew.
            due = now if last is None or last[0] is not clock else max(now, last[1] + least)
            self._polled = (clock, due)
            return due - now


_LOCKS: WeakValueDictionary[tuple[str, int], InverterLock] = WeakValueDictionary()
_FINDING = core.Lock(brief=True)


def lock_of(host: str, port: int) -> InverterLock:
    """The lock of one inverter, shared by all connections of the process that lead to it."""
    with _FINDING:
        lock = _LOCKS.get((host, port))
        if lock is None:
            lock = _LOCKS[host, port] = InverterLock()
        return lock


def close(exchange: Exchange) -> None:
    """Close what an exchange keeps open; most keep nothing."""
    getattr(exchange, "close", bool)()


class Session:
    """Calls on one inverter, never more than one at a time in this process.

    Args:
        host: its address.
        port: 8899, or 502 for Modbus TCP.
        protocol: ``"udp"`` or ``"tcp"``; None derives it from the port, as the library does.
        family: None detects it.
        unit: the address that it listens to; None for the family's usual one.
        exchange: replaces the network.
        timeout: how long a call may take in all (s), not counting the wait for other calls.
        answer_within: how long each try waits for its response (s).
        tries: how often a read is sent before it counts as unanswered.
        clock: tells when missing parts are asked for again.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        protocol: str | None = None,
        family: Family | None = None,
        unit: int | None = None,
        exchange: Exchange | None = None,
        timeout: float = 30.0,
        answer_within: float = 1.0,
        tries: int = 3,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        self.host, self.port = host, port
        self.tcp = protocol == "tcp" if protocol else port != adapter.UDP_PORT
        self.family = family
        self.inverter: Inverter | None = None
        self.lock = lock_of(host, port)
        self.blocks = Blocks(clock)
        self._unit = unit
        self._exchange = exchange or (TcpExchange if self.tcp else UdpExchange)(host, port)
        self._timeout = timeout
        self._answer_within = answer_within
        self._tries = tries
        self._link: Link | None = None

    async def call(self, operation: str, work: Work[T], *, write: bool = False) -> T:
        """Run one piece of work on the library's object.

        Args:
            operation: what it is, for messages.
            work: what to do; it may make several requests.
            write: whether it may change something. Without it a request that writes is not sent.
        """
        return await self._run(operation, lambda inverter, _: work(inverter), write=write)

    async def raw(self, operation: str, work: RawWork[T], *, write: bool = False) -> T:
        """Run one piece of work on the registers themselves, not interpreted by the library."""
        return await self._run(operation, lambda _, link: work(link), write=write)

    async def facts(self) -> Facts:
        """What the inverter is."""
        return await self._run("read_device_info", self._learn, write=False)

    async def runtime(self) -> RuntimeData:
        """All sensors, as far as they came."""

        def read(inverter: Inverter) -> Awaitable[RuntimeData]:
            assert self.family is not None  # noqa: S101  (found with the inverter)
            return self.blocks.read(inverter, self.family)

        return await self.call("read_runtime_data", read)

    def ask_again(self) -> None:
        """Identify it anew at the next call, and ask for what it seemed not to have: its firmware may be another."""
        self.inverter = None
        self.blocks.retry()

    def close(self) -> None:
        """Close the connection to the inverter."""
        close(self._exchange)

    async def _learn(self, inverter: Inverter, link: Link) -> Facts:
        family = self.family
        assert family is not None  # noqa: S101  (found with the inverter)
        known = await adapter.slots_known(family, inverter, link)
        return evolve(adapter.facts(family, inverter), slots_known=known)

    async def _run(self, operation: str, work: Callable[[Inverter, Link], Awaitable[T]], *, write: bool) -> T:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        try:
            return await self._run_locked(operation, work, write=write)
        finally:
            # The library takes a cancellation for a response that did not come, and goes on (0.4.10).
            if task and task.cancelling() > before:
                raise asyncio.CancelledError

    async def _run_locked(self, operation: str, work: Callable[[Inverter, Link], Awaitable[T]], *, write: bool) -> T:
        async with self.lock:
            self.lock.hold(self._exchange)
            try:
                async with asyncio.timeout(self._timeout):
                    inverter = self.inverter or await self._find()
                    link = self._link
                    assert link is not None  # noqa: S101  (set with the inverter)
                    link.begin(may_write=write)
                    return await work(inverter, link)
            except Exception as error:
                ours = self._translated(error, operation, write=write)
                if ours is error:
                    raise
                raise ours from error

    def _translated(self, error: Exception, operation: str, *, write: bool) -> Exception:
        link = self._link
        return to_openpower_error(
            error,
            operation,
            f"{self.host}:{self.port}",
            wrote=0 if link is None else link.wrote,
            refused=link is not None and link.refused_write,
            answered=not write and link is not None and link.answered > 0,
            family=self.family,
        )

    async def _find(self) -> Inverter:
        """Make the library's object, and let it learn what the inverter is."""
        if self.family is None and not self.tcp:
            self.family = await adapter.probe(self._link_to(Family.ES))
        if self.family is not None:
            self.inverter = await self._opened(self.family)
            return self.inverter
        failures: list[Exception] = []
        # In the library's order; an inverter that is addressed as another family stays silent.
        for family in (Family.ET, Family.DT) if self.tcp else (Family.ET, Family.DT, Family.ES):
            try:
                self.inverter = await self._opened(family)
            except core.NetworkError:
                raise
            except Exception as error:  # noqa: BLE001  (the next family may fit)
                failures.append(error)
            else:
                self.family = family
                return self.inverter
        raise self._unknown(failures)

    def _unknown(self, failures: list[Exception]) -> Exception:
        silent = next((failure for failure in failures if isinstance(failure, Silent)), None)
        if silent is not None and all(isinstance(failure, core.OpenPowerError) for failure in failures):
            return silent
        return core.Unsupported(
            "something answers at this address, and it is none of the families ET, ES and DT.",
            feature="connect",
            hint="Pass family= if you know it.",
        )

    async def _opened(self, family: Family) -> Inverter:
        link = self._link_to(family)
        inverter = adapter.make(family, link, self.host, self.port)
        await inverter.read_device_info()
        return inverter

    def _link_to(self, family: Family) -> Link:
        self._link = Link(
            self._exchange,
            family.unit if self._unit is None else self._unit,
            tcp=self.tcp,
            tries=self._tries,
            within=self._answer_within,
        )
        return self._link


def to_openpower_error(  # noqa: PLR0911  (one line for each kind)
    error: Exception, operation: str, where: str, *, wrote: int, refused: bool, answered: bool, family: Family | None
) -> Exception:
    """The error of openpower's tree for what a call raised; an error in the program itself comes back as it is.

    Args:
        error: what was raised.
        operation: the call that failed.
        where: the inverter's address, for messages.
        wrote: how many requests that write had left by then.
        refused: whether the last of them was refused.
        answered: whether the call only reads, and the inverter had answered by then.
        family: the inverter's family, once it is known.
    """
    context: dict[str, Any] = {"provider": _PROVIDER, "operation": operation}
    if isinstance(error, Silent):
        return core.DeviceOffline(f"{where} does not answer: {error.message}", hint=_SILENCE, **context)
    if isinstance(error, core.OpenPowerError):
        error.provider = error.provider or _PROVIDER
        error.operation = error.operation or operation
        return error
    library = adapter.load("goodwe.exceptions")
    if isinstance(error, library.RequestRejectedException):
        message = str(getattr(error, "message", ""))
        return _refused_write(message, wrote, context) if refused else _refused(message, context)
    if isinstance(error, PermissionError):
        return core.InvalidValue(f"{error}.", hint="Nothing was sent.", **context)
    if isinstance(error, ValueError | OverflowError):
        return _unreadable(error, context, sent=wrote > 0 or answered)
    if isinstance(error, library.RequestFailedException):
        return core.Timeout("the inverter answered only some of what it was asked.", **context)
    if type(error) is library.InverterError and not wrote:
        kind = f"the {family} family" if family else "this inverter"
        return core.Unsupported(f"{kind} cannot do that: {error}", feature=operation, **context)
    if isinstance(error, library.InverterError):
        return core.BadResponse(f"the library gave up: {str(error) or type(error).__name__}.", **context)
    return core.Timeout(f"{where} took too long.", **context) if isinstance(error, TimeoutError) else error


def _unreadable(error: Exception, context: dict[str, Any], *, sent: bool) -> core.OpenPowerError:
    if str(error).startswith("Unknown s"):  # "Unknown sensor", "Unknown setting"
        return core.Unsupported(f"{error}.", feature=context["operation"], hint="settings() lists them.", **context)
    if sent:
        return core.BadResponse(f"the library cannot read the response: {error}.", **context)
    return core.InvalidValue(f"the library refuses the value: {str(error) or 'no reason'}.", **context)


def _refused_write(message: str, wrote: int, context: dict[str, Any]) -> core.OpenPowerError:
    context = {**context, "vendor_message": message}
    if message not in REFUSALS:
        return core.ServiceUnavailable(
            f"the inverter answered the write with {message}, which leaves open whether it was carried out.", **context
        )
    if wrote > 1:
        return core.BadResponse(
            f"the inverter took a part of the settings and refused the rest: {message}.",
            hint="Read what it holds now.",
            **context,
        )
    return core.WriteRejected(f"the inverter refused the write: {message}.", **context)


def _refused(message: str, context: dict[str, Any]) -> core.OpenPowerError:
    context = {**context, "vendor_message": message or None}
    if message in _BUSY:
        return core.ServiceUnavailable(f"the inverter is busy: {message}.", **context)
    if message in adapter.MISSING:
        return core.Unsupported(
            f"the inverter has no such registers: {message}.", feature=context["operation"], **context
        )
    return core.ServiceUnavailable(f"the inverter could not answer: {message or 'no reason'}.", **context)
