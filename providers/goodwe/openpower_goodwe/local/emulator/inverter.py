"""What the emulated inverters of all families share, and an inverter that replays captured datagrams."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from openpower_core.provider import SYSTEM_CLOCK, Clock
from openpower_goodwe.local.emulator.frames import Framing, Function, ModbusRefusal, ModbusRequest, Registers, reply
from openpower_simulation import House, Plant, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping


class EmulatedInverter(ABC):
    """An inverter over a simulated house: every read shows its state, every setting that is written takes effect.

    Args:
        house: the house; None makes one from ``plant``.
        plant: what stands in it.
        clock: replaces the system's clock.
        serial: the serial number, from which the library tells the family.
        sleeps: whether it is off at night, as inverters without a battery are.
    """

    title = "GoodWe inverter"
    family: ClassVar[str]
    unit: ClassVar[int]
    model: str
    default_serial: ClassVar[str]

    def __init__(
        self,
        house: House | None = None,
        *,
        plant: Plant | None = None,
        clock: Clock = SYSTEM_CLOCK,
        serial: str | None = None,
        sleeps: bool = False,
    ) -> None:
        self.clock = clock
        self.house = house or House(plant or self.usual_plant(), start=clock.now())
        self.serial = serial or self.default_serial
        self.sleeps = sleeps
        self.registers = Registers()
        self.ignored: set[int] = set()
        """Registers that acknowledge a write and stay as they were."""
        self.shows_after = timedelta(0)
        """How long after a write its registers have the new values."""
        self.clock_is_ahead = timedelta(0)
        """How wrong its own clock is."""
        self._coming: list[tuple[datetime, int, bytes]] = []
        self._lock = threading.RLock()
        self._identify()
        self._obey()

    @staticmethod
    @abstractmethod
    def usual_plant() -> Plant:
        """The house of an inverter for which none is given."""

    @abstractmethod
    def _identify(self) -> None:
        """Put in what never changes, and the settings as they are delivered."""

    @abstractmethod
    def _show(self, now: Snapshot) -> None:
        """Put the house's present state into the registers."""

    @abstractmethod
    def _obey(self) -> None:
        """Have the house follow the current settings."""

    def frame(self, request: ModbusRequest) -> bytes | None:
        """The payload of the answer to an AA55 frame; None for silence.

        Every family answers the older protocol's probe, by which the library tells them apart (its ``discover``).
        """
        return identification(self, "1010A") if request.function == 0x0102 else None

    def setting_changed(self, first: int) -> None:
        """Do what a write means beyond its register; most mean nothing more."""
        del first

    @property
    def rated_w(self) -> int:
        """The inverter's rated power (W)."""
        return self.house.plant.inverter_w

    def awake(self) -> bool:
        """Whether it runs: by day, or at any time if it never sleeps."""
        return not self.sleeps or self.house.at(self.clock.now()).pv_available_w > 0

    def answer(self, request: ModbusRequest) -> bytes | None:
        """The whole answer to a request."""
        # Registers are refreshed before every answer, so that a read shows the house now and not as of the last
        # request.
        with self._lock:
            self._take_over()
            self._show(self.house.at(self.clock.now()))
            if request.framing is Framing.AA55:
                payload = self.frame(request)
                return None if payload is None else reply(request, payload)
            # Asked under another family's address an inverter stays silent: that is how the library tells them apart.
            if request.unit != self.unit:
                return None
            return reply(request, self._modbus(request))

    def write(self, first: int, data: bytes) -> None:
        """Write registers, and have the house follow."""
        if first in self.ignored or self.shows_after:
            self.registers.read(first, len(data) // 2)
            if first not in self.ignored:
                self._coming.append((self.clock.now() + self.shows_after, first, data))
            return
        self._write(first, data)

    def _take_over(self) -> None:
        """Put in what was written a while ago."""
        due = [each for each in self._coming if each[0] <= self.clock.now()]
        self._coming = [each for each in self._coming if each not in due]
        for _, first, data in due:
            self._write(first, data)

    def _write(self, first: int, data: bytes) -> None:
        self.registers.write(first, data)
        self.setting_changed(first)
        self._obey()

    def local_time(self, at: datetime) -> datetime:
        """An instant on the inverter's own clock."""
        return (at + self.clock_is_ahead).astimezone(self.house.plant.zone)

    def set_clock(self, data: bytes) -> None:
        """Set its own clock, to what was written as six bytes; what is no time is ignored."""
        with contextlib.suppress(ValueError):
            wall = datetime(2000 + data[0], *data[1:6])  # noqa: DTZ001 - the zone follows
            self.clock_is_ahead = wall.replace(tzinfo=self.house.plant.zone) - self.clock.now()

    def _modbus(self, request: ModbusRequest) -> bytes:
        if request.function == Function.READ:
            return self.registers.read(request.first, request.count)
        if request.function not in (Function.WRITE, Function.WRITE_MANY):
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_FUNCTION)
        if len(request.payload) != 2 * request.count:
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_VALUE)
        self.write(request.first, request.payload)
        return b""


def clock_bytes(local: datetime) -> bytes:
    """A wall-clock time as the inverters write it: six bytes from year to second."""
    return bytes([local.year - 2000, local.month, local.day, local.hour, local.minute, local.second])


def identification(inverter: EmulatedInverter, firmware: str) -> bytes:
    """The answer to the probing frame 0102: firmware, model and serial number."""
    blob = bytearray(f"{firmware}{inverter.model:<10}".encode("ascii").ljust(77))
    blob[31:47] = inverter.serial.encode("ascii")
    blob[51:63] = b"410-02034-23"
    return bytes(blob)


# At which register every kind of response begins: the families' addresses in library 0.4.10.
_BLOCKS: Final = {
    "ET": {
        "device_info": 35000,
        "running_data": 35100,
        "battery2_info_extended": 35262,
        "mppt_data": 35301,
        "meter_data": 36000,
        "battery_info": 37000,
        "battery2_info": 39000,
        "eco_mode_v1": 47515,
        "eco_mode_v2": 47547,
    },
    "DT": {"device_info": 30001, "running_data": 30100},
    "ES": {},
}
_AA55: Final = {"discovery": 0x0102, "device_info": 0x0102, "running_data": 0x0106}
_UNITS: Final = {"ET": 0xF7, "ES": 0xF7, "DT": 0x7F}


class CapturedInverter:
    """Answers each request that was captured, and refuses all others.

    Args:
        family: ET, ES or DT.
        answers: captured answers as hexadecimal text by kind: ``device_info``, ``running_data``, ``meter_data`` …
        tcp: whether they were captured from Modbus TCP.
    """

    def __init__(self, family: str, answers: Mapping[str, str], *, tcp: bool = False) -> None:
        self.family = family
        self.unit = _UNITS[family]
        self._tcp = tcp
        self.modbus: dict[tuple[int, int], bytes] = {}
        """Answers by the first register and the number of registers."""
        self.aa55: dict[int, bytes] = {}
        """Answers by control and function code."""
        for kind, text in answers.items():
            self._take(kind, bytes.fromhex(text))

    def awake(self) -> bool:
        """Captured inverters never sleep."""
        return True

    def answer(self, request: ModbusRequest) -> bytes | None:
        """The whole captured datagram; None for silence."""
        if request.framing is Framing.AA55:
            return self.aa55.get(request.function)
        if request.unit != self.unit:
            return None
        try:
            raw = self.modbus[request.first, request.count]
        except KeyError:
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS) from None
        return request.raw[:2] + raw[2:] if request.framing is Framing.TCP else raw

    def _take(self, kind: str, raw: bytes) -> None:
        if raw.startswith(bytes.fromhex("aa557fc0")):
            self.aa55[_AA55[kind]] = raw
            return
        self.unit = raw[6 if self._tcp else 2]  # one of the library's mocks answers under another family's
        size = raw[8] if self._tcp else raw[4]
        self.modbus[_BLOCKS[self.family][kind], size // 2] = raw
