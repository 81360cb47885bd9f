"""An emulated hybrid inverter of the ES family: AA55 frames, and Modbus for what its newer firmware added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_goodwe.local.emulator.hybrid import EcoRegisters, charge_modes
from openpower_goodwe.local.emulator.inverter import EmulatedInverter, who
from openpower_goodwe.local.emulator.orders import Orders, WorkMode
from openpower_goodwe.local.slots import SlotKind
from openpower_simulation import Plant

if TYPE_CHECKING:
    from openpower_goodwe.local.emulator.frames import Ask
    from openpower_simulation import Snapshot

__all__ = ["EmulatedES", "product"]

_ACK: Final = b"\x06"
_RESERVE: Final = 0x560
_CLEAR_BATTERY_PARAMETERS: Final = 0x700
_ECO_V1: Final = 0x701
_RUNNING_BYTES: Final = 141
_SETTINGS_BYTES: Final = 86


class EmulatedES(EmulatedInverter):
    """A hybrid inverter of the older platform.

    Args:
        firmware: the firmware's five letters: two digits each for the DSPs, and the ARM version to the base of 36.
            ``"2323J"`` has eco slots of 12 bytes and fast charging, ``"1010B"`` neither.
        options: those of :class:`EmulatedInverter`.
    """

    family = "ES"
    unit = 0xF7
    model = "GW5048-ES"
    default_serial = "95048ESU000W0001"

    def __init__(self, *arguments: Any, firmware: str = "2323J", **options: Any) -> None:
        self.firmware = firmware
        self.work_mode: int = WorkMode.GENERAL
        self.export_enabled = 1
        self.export_limit = 10_000
        super().__init__(*arguments, **options)

    @staticmethod
    def usual_plant() -> Plant:
        """A house with a battery."""
        return Plant(ev=False, inverter_w=5000, battery_w=4600)

    @property
    def arm(self) -> int:
        """The ARM firmware's version."""
        return int(self.firmware[4], 36)

    @property
    def eco(self) -> EcoRegisters:
        """The eco slots."""
        v2 = self.arm >= 14
        return EcoRegisters(self.registers, 47547 if v2 else _ECO_V1, SlotKind.PER_CENT if v2 else SlotKind.V1)

    def frame(self, ask: Ask) -> bytes | None:
        """Answer an AA55 frame."""
        reads = {0x0102: self._who, 0x0106: self._blob, 0x0109: self._settings}
        if ask.function in reads:
            return reads[ask.function]()
        if ask.function == 0x011A:
            return self.registers.read(int.from_bytes(ask.payload[:2], "big"), ask.payload[2])
        if ask.function == 0x0239:
            self.write(int.from_bytes(ask.payload[:2], "big"), ask.payload[3:])
        elif ask.function == 0x0335:
            self.export_limit = int.from_bytes(ask.payload, "big")
        elif ask.function == 0x0359:
            self.work_mode = ask.payload[0]
        elif ask.function >> 8 != 0x03:
            return None
        self._obey()
        return _ACK

    def _who(self) -> bytes:
        return who(self, self.firmware)

    def _identify(self) -> None:
        registers = self.registers
        registers.put(_RESERVE, "H", 10)
        registers.put(_CLEAR_BATTERY_PARAMETERS, "H", 0)
        if self.arm >= 19:
            registers.put_bytes(47545, bytes([0, 0, 0, 100]))
        self.eco.clear()

    def _blob(self) -> bytes:
        now = self.house.at(self.clock.now())
        blob = bytearray(_RUNNING_BYTES)

        def put(at: int, value: float, size: int = 2) -> None:
            top = (1 << 8 * size) - 1
            blob[at : at + size] = min(max(round(value), 0), top).to_bytes(size, "big")

        for at, power in ((0, now.pv_w // 2), (5, now.pv_w - now.pv_w // 2)):
            volts, amperes = product(power)
            put(at, volts)
            put(at + 2, amperes)
            put(at + 4, 2 if power else 0, 1)
        volts, amperes = product(abs(now.battery_w), 50)
        put(10, volts or 500)
        put(16, 235)
        put(18, amperes)
        put(20, 50)
        put(22, 50)
        put(26, now.soc_pct, 1)
        put(29, 99, 1)
        put(30, charge_modes(now.battery_w), 1)
        put(33, 1, 1)
        put(34, 2300)
        put(38, abs(now.grid_w))
        put(40, 5000)
        put(42, 1, 1)
        put(47, now.load_w + now.ev_w)
        put(52, 2, 1)
        put(53, 345)
        put(59, now.total.pv_kwh * 10, 4)
        put(67, now.today.pv_kwh * 10)
        put(69, (now.today.load_kwh + now.today.ev_kwh) * 10)
        put(71, (now.total.load_kwh + now.total.ev_kwh) * 10, 4)
        put(75, now.pv_w + now.battery_w & 0xFFFF)
        put(80, 2 if now.grid_w > 0 else 1 if now.grid_w < 0 else 0, 1)
        return bytes(blob)

    def _settings(self) -> bytes:
        blob = bytearray(_SETTINGS_BYTES)
        numbers = {18: self.export_enabled, 32: self.registers[_RESERVE], 52: self.export_limit, 66: self.work_mode}
        for at, value in numbers.items():
            blob[at : at + 2] = value.to_bytes(2, "big")
        return bytes(blob)

    def _show(self, now: Snapshot) -> None:
        fast = 47545 in self.registers and bool(self.registers[47545])
        if fast and round(now.soc_pct) >= self.registers[47546]:
            self.registers.put(47545, "H", 0)
            self._obey()

    def _obey(self) -> None:
        registers = self.registers
        fast = 47545 in registers and bool(registers[47545])
        orders = Orders(
            rated_w=self.rated_w,
            work_mode=self.work_mode,
            fast_charge_soc_pct=registers[47546] if fast else None,
            slots=self.eco.slots(),
        )
        self.house.change(
            self.clock.now(),
            controller=orders,
            reserve_soc_pct=min(100, registers[_RESERVE]),
            export_limit_w=self.export_limit if self.export_enabled else None,
        )


def product(power_w: int, volts: int = 330) -> tuple[int, int]:
    """Tenths of volts and amperes whose product is the power, as near as their steps let it."""
    if not power_w:
        return 0, 0
    amperes = max(1, round(power_w / volts * 10))
    return round(power_w * 100 / amperes), amperes
