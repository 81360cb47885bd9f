"""The conformance kit, over inverters of each family on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from itertools import count
from typing import Any

from openpower_core.clock import ManualClock
from openpower_core.errors import BadResponse, DeviceOffline, TemporaryError
from openpower_goodwe.local.emulator import EmulatedDT, EmulatedES, EmulatedET, ServedInverter, serve
from openpower_testing import Conformance, Transport
from openpower_testing.enrolment import TransportFault

NUMBERS = count(1000)


class _Served:
    """An emulated inverter with the options that tests need: short waits for answers."""

    def __init__(self, served: ServedInverter) -> None:
        inverter: Any = served.inverter
        self.inverter = served
        self.house = inverter.house
        self.clock = inverter.clock
        self.url = served.url
        self.options = served.options | {"answer_within": 0.1, "family": inverter.family}

    @property
    def requests(self) -> int:
        return self.inverter.log.count

    @property
    def writes(self) -> int:
        return len(self.inverter.log.writes)


def _fault(kind: str, **options: Any) -> Any:
    @contextmanager
    def inject(served: _Served) -> Iterator[None]:
        served.inverter.faults.add(kind, times=1000, **options)
        try:
            yield
        finally:
            served.inverter.faults.clear()

    return inject


@contextmanager
def _asleep(served: _Served) -> Iterator[None]:
    served.inverter.asleep = True
    try:
        yield
    finally:
        served.inverter.asleep = False


class _Local(Conformance):
    provider = "goodwe-local"
    transport = Transport.OWN
    openpower_conformance = False
    transport_faults = (
        TransportFault(name="lost", inject=_fault("lost"), raises=(DeviceOffline,)),
        TransportFault(name="answers lost", inject=_fault("answer_lost"), raises=(DeviceOffline,)),
        TransportFault(name="damaged", inject=_fault("corrupt"), raises=(BadResponse,)),
        TransportFault(name="late", inject=_fault("late", delay_s=0.15), raises=(TemporaryError,)),
        TransportFault(name="busy", inject=_fault("refused", code=6), raises=(TemporaryError,)),
        TransportFault(name="asleep", inject=_asleep, raises=(DeviceOffline,)),
    )
    kind: Any = EmulatedET

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        """Serve an inverter on the kit's clock."""
        return self._serve(clock)

    @cached_property
    def serial(self) -> str:
        """Another one for each check, because remembered writes are keyed by it."""
        return f"{self.kind.default_serial[:12]}{next(NUMBERS):04d}"

    @contextmanager
    def _serve(self, clock: ManualClock) -> Iterator[_Served]:
        with serve(self.kind(clock=clock, serial=self.serial)) as served:
            yield _Served(served)


class TestET(_Local):
    """A hybrid by UDP."""

    openpower_conformance = True
    variant = "ET"


class TestES(_Local):
    """A hybrid of the older platform."""

    openpower_conformance = True
    variant = "ES"
    kind = EmulatedES


class TestDT(_Local):
    """A grid-tied inverter."""

    openpower_conformance = True
    variant = "DT"
    kind = EmulatedDT
