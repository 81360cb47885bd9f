"""What the emulated inverters of all families share: a house behind them, registers in front, and a clock."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from openpower_core.clock import SYSTEM_CLOCK
from openpower_goodwe.local.emulator.frames import Function, ModbusRefusal, Way, reply
from openpower_goodwe.local.emulator.registers import Registers
from openpower_simulation import House, Plant

if TYPE_CHECKING:
    from datetime import datetime

    from openpower_core.clock import Clock
    from openpower_goodwe.local.emulator.frames import Ask
    from openpower_simulation import Snapshot

__all__ = ["EmulatedInverter", "clock_bytes", "who"]


class EmulatedInverter(ABC):
    """An inverter over a simulated house: every read shows it as it stands, every setting that is written is obeyed.

    Args:
        house: the house; None makes one from ``plant``.
        plant: what stands in it.
        clock: what it lives by.
        serial: the serial number, from which the library tells the family.
        sleeps: whether it is off at night, as inverters without a battery are.
    """

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
        """Registers that take a write, say that it went well, and stay as they were."""
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
        """Have the house follow the settings as they stand."""

    def frame(self, ask: Ask) -> bytes | None:
        """The payload of the answer to an AA55 frame; None for silence."""
        del ask
        return None

    def setting_changed(self, first: int) -> None:
        """Do what a write means beyond its register; most mean nothing more."""
        del first

    @property
    def rated_w(self) -> int:
        """The inverter's rated power (W)."""
        return self.house.plant.inverter_w

    def awake(self) -> bool:
        """Whether there is light enough for it, or it does not need any."""
        return not self.sleeps or self.house.at(self.clock.now()).pv_available_w > 0

    def answer(self, ask: Ask) -> bytes | None:
        """The whole answer to a request."""
        with self._lock:
            self._show(self.house.at(self.clock.now()))
            if ask.way is Way.AA55:
                payload = self.frame(ask)
                return None if payload is None else reply(ask, payload)
            if ask.unit != self.unit:
                return None
            return reply(ask, self._modbus(ask))

    def write(self, first: int, data: bytes) -> None:
        """Write registers, and have the house follow."""
        if first in self.ignored:
            self.registers.read(first, len(data) // 2)
            return
        self.registers.write(first, data)
        self.setting_changed(first)
        self._obey()

    def local_time(self, moment: datetime) -> datetime:
        """A moment on the inverter's own clock."""
        return moment.astimezone(self.house.plant.zone)

    def _modbus(self, ask: Ask) -> bytes:
        if ask.function == Function.READ:
            return self.registers.read(ask.first, ask.count)
        if ask.function not in (Function.WRITE, Function.WRITE_MANY):
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_FUNCTION)
        if len(ask.payload) != 2 * ask.count:
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_VALUE)
        self.write(ask.first, ask.payload)
        return b""


def clock_bytes(local: datetime) -> bytes:
    """A wall-clock time as the inverters write it: six bytes from year to second."""
    return bytes([local.year - 2000, local.month, local.day, local.hour, local.minute, local.second])


def who(inverter: EmulatedInverter, firmware: str) -> bytes:
    """The answer to the probing frame 0102: firmware, model and serial number."""
    blob = bytearray(f"{firmware}{inverter.model:<10}".encode("ascii").ljust(77))
    blob[31:47] = inverter.serial.encode("ascii")
    blob[51:63] = b"410-02034-23"
    return bytes(blob)
