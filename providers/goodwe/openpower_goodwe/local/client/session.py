"""The session with one inverter: finds its family, makes the library's object, and runs one call at a time on it.

The inverters have one small processor for the local network and the cloud: two programs that ask at the same time get
each other's responses, and one that asks without a pause keeps the inverter from reporting to SEMS (HA core#101817).
So there is one lock for each inverter, whichever connection, thread or event loop of the process a call comes from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from attrs import evolve

from openpower_core.provider import SYSTEM_CLOCK, ALock, Clock, Lock, NetworkError, OpenPowerError, Unsupported
from openpower_goodwe.local.client import adapter
from openpower_goodwe.local.client.adapter import Inverter, Link, RawWork, Silent, Work
from openpower_goodwe.local.client.blocks import Blocks
from openpower_goodwe.local.client.transport import Exchange, TcpExchange, UdpExchange
from openpower_goodwe.local.models import Facts, Family, RuntimeData

T = TypeVar("T")


class InverterLock(ALock):
    """Lets one call through at a time, and knows when the inverter was asked last."""

    def __init__(self) -> None:
        super().__init__()
        self._polled: tuple[Clock, float] | None = None
        self._holder: Exchange | None = None

    def hold(self, exchange: Exchange) -> None:
        """Close the connection that another exchange keeps open: many dongles allow one. Call it while holding the lock."""
        holder, self._holder = self._holder, exchange
        if holder is not None and holder is not exchange:
            close(holder)

    def pause(self, clock: Clock, least: float) -> float:
        """Seconds until the inverter may be polled again; the caller takes that slot."""
        with _FINDING:
            now, last = clock.monotonic(), self._polled
            # Times of two clocks cannot be compared: another clock (a test's) starts anew.
            due = now if last is None or last[0] is not clock else max(now, last[1] + least)
            self._polled = (clock, due)
            return due - now


_LOCKS: WeakValueDictionary[tuple[str, int], InverterLock] = WeakValueDictionary()
_FINDING = Lock(brief=True)


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
        clock: Clock = SYSTEM_CLOCK,
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
        return adapter.to_openpower_error(
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
            except NetworkError:
                raise
            except Exception as error:  # noqa: BLE001  (the next family may fit)
                failures.append(error)
            else:
                self.family = family
                return self.inverter
        raise self._unknown(failures)

    def _unknown(self, failures: list[Exception]) -> Exception:
        silent = next((failure for failure in failures if isinstance(failure, Silent)), None)
        if silent is not None and all(isinstance(failure, OpenPowerError) for failure in failures):
            return silent
        return Unsupported(
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
