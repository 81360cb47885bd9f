"""The conformance kit, over inverters of each family on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from itertools import count
from typing import Any, ClassVar

from openpower_core.clock import ManualClock
from openpower_core.errors import BadResponse, DataError, DeviceOffline, OpenPowerError, TemporaryError, Unsupported
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


# What each spoilt exchange means; () where the right answer comes all the same.
FAULTS: dict[str, tuple[type[OpenPowerError], ...]] = {
    "lost": (DeviceOffline,),
    "answer_lost": (DeviceOffline,),
    "corrupt": (BadResponse,),
    "truncated": (BadResponse,),
    "empty": (BadResponse,),
    "garbage": (BadResponse,),
    "wrong_function": (BadResponse,),
    "wrong_count": (BadResponse,),
    "of_another": (BadResponse,),
    "unset": (DataError,),
    "oversize": (),
    "duplicate": (),
    "foreign": (),
    "foreign_refusal": (),
    "fragmented": (),
}
# Modbus Application Protocol V1.1b3, section 7: 1 and 2 say that there is no such thing, 3 that the question is wrong;
# the others concern the device's state or a gateway before it, and 9 is not assigned.
EXCEPTIONS: dict[int, tuple[type[OpenPowerError], ...]] = {
    1: (Unsupported,),
    2: (Unsupported,),
    **dict.fromkeys(range(3, 12), (TemporaryError, DataError)),
    6: (TemporaryError,),
}


def _faults(
    exceptions: dict[int, tuple[type[OpenPowerError], ...]] = EXCEPTIONS, **other: tuple[type[OpenPowerError], ...]
) -> tuple[TransportFault, ...]:
    """All of them; a family may take one differently."""
    return (
        *(TransportFault(name=kind, inject=_fault(kind), raises=raises) for kind, raises in (FAULTS | other).items()),
        *(
            TransportFault(name=f"exception {code}", inject=_fault("refused", code=code), raises=raises)
            for code, raises in exceptions.items()
        ),
        TransportFault(name="late", inject=_fault("late", delay_s=0.15), raises=(TemporaryError,)),
        TransportFault(name="asleep", inject=_asleep, raises=(DeviceOffline,)),
    )


class _Local(Conformance):
    provider = "goodwe-local"
    transport = Transport.OWN
    openpower_conformance = False
    transport_faults = _faults()
    kind: Any = EmulatedET
    protocol = "udp"

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        """Serve an inverter on the kit's clock."""
        return self._serve(clock)

    @cached_property
    def serial(self) -> str:
        """Another one for each check, because remembered writes are keyed by it."""
        return f"{self.kind.default_serial[:12]}{next(NUMBERS):04d}"

    @contextmanager
    def _serve(self, clock: ManualClock) -> Iterator[_Served]:
        with serve(self.kind(clock=clock, serial=self.serial), protocol=self.protocol) as served:
            yield _Served(served)


class TestModbusTCP(_Local):
    """The same hybrid by Modbus TCP; the matrix shows it once, as the one by UDP."""

    openpower_conformance = True
    variant = "ET"
    protocol = "tcp"
    # TCP sees to it that nothing is corrupted on the way, so Modbus has no checksum there; and no bytes are no message.
    transport_faults = tuple(fault for fault in _faults(empty=(DeviceOffline,)) if fault.name != "corrupt")


class TestET(_Local):
    """A hybrid by UDP."""

    openpower_conformance = True
    variant = "ET"


class TestES(_Local):
    """A hybrid of the older platform."""

    openpower_conformance = True
    variant = "ES"
    kind = EmulatedES
    # AA55 frames have to be as long as they say, and nothing in them is a refusal: silence takes its place, whatever the code.
    transport_faults = _faults({6: (DeviceOffline,)}, oversize=(BadResponse,))


class TestDT(_Local):
    """A grid-tied inverter."""

    openpower_conformance = True
    variant = "DT"
    kind = EmulatedDT
    unproven: ClassVar[dict[str, str]] = {"connecting.finds_devices": "a grid-tied inverter has no battery"}
