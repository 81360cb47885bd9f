"""Emulated hybrid inverters: the ET family by Modbus, the ES family by AA55 frames and Modbus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_goodwe.local.control.slots import SLOTS, EcoSlot, SlotKind, decode
from openpower_goodwe.local.emulator.directives import EmsMode, HybridController, WorkMode
from openpower_goodwe.local.emulator.inverter import EmulatedInverter, clock_bytes, identification
from openpower_simulation import Plant, Snapshot

if TYPE_CHECKING:
    from openpower_goodwe.local.emulator.frames import ModbusRequest, Registers

_NEVER_SET = {
    SlotKind.V1: "3000300000640000",
    SlotKind.PERCENT: "300030000000006400640000",
    SlotKind.PER_MILLE: "30003000060003e800640000",
}


class EcoRegisters:
    """Four eco slots that lie one behind the other."""

    def __init__(self, registers: Registers, first: int, kind: SlotKind) -> None:
        self._registers = registers
        self._kind = kind
        self._at = [first + index * kind.size // 2 for index in range(SLOTS)]

    def clear(self) -> None:
        """Put the slots in as they are delivered: never set."""
        for address in self._at:
            self._registers.put_bytes(address, bytes.fromhex(_NEVER_SET[self._kind]))

    def raw(self) -> list[bytes]:
        """The slots' bytes."""
        return [self._registers.read(address, self._kind.size // 2) for address in self._at]

    def slots(self) -> tuple[EcoSlot, ...]:
        """The slots that are filled in."""
        read = [decode(raw) for raw in self.raw()]
        return tuple(slot for slot in read if slot is not None)


def charge_modes(power_w: int) -> int:
    """The code of what a battery does: 1 standby, 2 discharge, 3 charge."""
    return 1 if power_w == 0 else 2 if power_w > 0 else 3


_ACK: Final = b"\x06"
_RESERVE: Final = 0x560
_CLEAR_BATTERY_PARAMETERS: Final = 0x700
_ECO_V1: Final = 0x701
_RUNNING_BYTES: Final = 141
_SETTINGS_BYTES: Final = 86


class EmulatedES(EmulatedInverter):
    """A hybrid inverter of the older platform.

    Args:
        firmware: the firmware's five letters: two digits each for the DSPs, and the ARM version in base 36.
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
        return EcoRegisters(self.registers, 47547 if v2 else _ECO_V1, SlotKind.PERCENT if v2 else SlotKind.V1)

    def frame(self, request: ModbusRequest) -> bytes | None:
        """Answer an AA55 frame."""
        reads = {0x0102: self._identification, 0x0106: self._blob, 0x0109: self._settings}
        if request.function in reads:
            return reads[request.function]()
        if request.function == 0x011A:
            return self.registers.read(int.from_bytes(request.payload[:2], "big"), request.payload[2])
        if request.function == 0x0239:
            self.write(int.from_bytes(request.payload[:2], "big"), request.payload[3:])
        elif request.function == 0x0335:
            self.export_limit = int.from_bytes(request.payload, "big")
        elif request.function == 0x0359:
            self.work_mode = request.payload[0]
        elif request.function >> 8 != 0x03:
            return None
        self._obey()
        return _ACK

    def _identification(self) -> bytes:
        return identification(self, self.firmware)

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

        # Places are those of the library's ES sensors (goodwe 0.4.10, es.py). Each string: vpv, ipv (tenths), mode.
        for at, power in ((0, now.pv_w // 2), (5, now.pv_w - now.pv_w // 2)):
            volts, amperes = product(power)
            put(at, volts)
            put(at + 2, amperes)
            put(at + 4, 2 if power else 0, 1)
        # The battery: voltage, temperature, current, the limits of both directions, state of charge and health, what it
        # does. ES has no signed power: the library takes the sign from battery_mode (30).
        volts, amperes = product(abs(now.battery_w), 50)
        put(10, volts or 500)
        put(16, 235)
        put(18, amperes)
        put(20, 50)
        put(22, 50)
        put(26, now.soc_pct, 1)
        put(29, 99, 1)
        put(30, charge_modes(now.battery_w), 1)
        # Meter linked, vgrid, pgrid without its sign (which comes with grid_in_out, 80), fgrid, grid mode.
        put(33, 1, 1)
        put(34, 2300)
        put(38, abs(now.grid_w))
        put(40, 5000)
        put(42, 1, 1)
        # House load, work mode, temperature.
        put(47, now.load_w + now.ev_w)
        put(52, 2, 1)
        put(53, 345)
        # Counters in tenths of a kWh: PV in all and today, load today and in all.
        put(59, now.total.pv_kwh * 10, 4)
        put(67, now.today.pv_kwh * 10)
        put(69, (now.today.load_kwh + now.today.ev_kwh) * 10)
        put(71, (now.total.load_kwh + now.total.ev_kwh) * 10, 4)
        # total_power is what leaves the inverter at its AC side.
        put(75, now.pv_w + now.battery_w & 0xFFFF)
        put(80, 2 if now.grid_w > 0 else 1 if now.grid_w < 0 else 0, 1)
        return bytes(blob)

    def _settings(self) -> bytes:
        blob = bytearray(_SETTINGS_BYTES)
        # Places of the library's ES settings: grid_export, battery_discharge_depth, grid_export_limit, work_mode.
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
        controller = HybridController(
            rated_w=self.rated_w,
            work_mode=self.work_mode,
            fast_charge_soc_pct=registers[47546] if fast else None,
            slots=self.eco.slots(),
        )
        self.house.change(
            self.clock.now(),
            controller=controller,
            reserve_soc_pct=min(100, registers[_RESERVE]),
            export_limit_w=self.export_limit if self.export_enabled else None,
        )


def product(power_w: int, volts: int = 330) -> tuple[int, int]:
    """Tenths of volts and amperes whose product is the power, as near as their steps let it."""
    if not power_w:
        return 0, 0
    amperes = max(1, round(power_w / volts * 10))
    return round(power_w * 100 / amperes), amperes


_RUNNING: Final = (35100, 125)
_METER: Final = (36000, 45)
_BATTERY: Final = (37000, 24)
# Settings as they are delivered; addresses from library 0.4.10.
_SETTINGS: Final = {
    45352: 2880,  # the highest voltage of the battery, then its greatest current, in tenths; discharge the same
    45353: 250,
    45354: 2100,
    45355: 250,
    45356: 10,  # the least state of charge, although the library calls it depth of discharge
    45358: 20,
    47000: WorkMode.GENERAL,
    47010: 0,
    47509: 0,
    47510: 0,
    47511: EmsMode.AUTO,
    47512: 0,
}
_SETTINGS_19: Final = {47545: 0, 47546: 100, 47603: 100, 47595: 0, 47596: 0, 47597: 0, 47599: 0}
# What other clients of the library ask for besides: that hybrids have these registers is its own word, their values as
# delivered are invented. From 47900 on is what the battery's own electronics report.
_OTHER_SETTINGS: Final = {
    45127: 247,  # comm_address
    45132: 0,  # modbus_baud_rate, of 32 bits
    45133: 9600,
    45246: 0,
    45251: 0,
    45264: 0,
    45288: 0,
    45350: 40,  # battery_capacity (Ah) and battery_modules
    45351: 5,
    45357: 2100,
    45482: 100,  # power_factor, in hundredths
    47120: 0,
    47500: 0,
    47514: 257,
    47760: 100,
    **dict.fromkeys(range(47900, 47918), 0),
    47901: 5,
    47902: 2880,
    47903: 250,
    47904: 2100,
    47905: 250,
}
_OWN_CLOCK: Final = 45200
_SECOND_POWER: Final = (35262, 6)
_SECOND: Final = (39000, 22)
_RUNNING_TRACKERS: Final = 4
_TRACKERS: Final = (35301, 61)
_COMMANDS: Final = (45248, 45252, 0xB9AD)
_OFFLINE: Final = (0xB997, 2)


class EmulatedET(EmulatedInverter):
    """A hybrid inverter.

    Args:
        firmware: the ARM firmware: from 19 on, eco slots have 12 bytes and fast charging exists.
        batteries: at which of the two connections a battery hangs; the second one needs 25 kW (library 0.4.10).
        trackers: how many strings of modules it has, with equal powers; from the fifth on they are in block 35301.
        options: those of :class:`EmulatedInverter`.
    """

    family = "ET"
    unit = 0xF7
    model = "GW6000-EH"
    default_serial = "96000EHU000W0001"

    def __init__(
        self, *arguments: Any, firmware: int = 19, batteries: tuple[int, ...] = (1,), trackers: int = 2, **options: Any
    ) -> None:
        self.firmware = firmware
        self.batteries = batteries
        self.trackers = trackers
        super().__init__(*arguments, **options)

    @staticmethod
    def usual_plant() -> Plant:
        """A house with a battery."""
        return Plant(ev=False)

    @property
    def eco(self) -> EcoRegisters:
        """The eco slots."""
        v2 = self.firmware >= 19
        kind = self.slot_kind if v2 else SlotKind.V1
        return EcoRegisters(self.registers, 47547 if v2 else 47515, kind)

    @property
    def slot_kind(self) -> SlotKind:
        """The unit of the slots' power; the 745 platform counts in per mille."""
        return SlotKind.PER_MILLE if "ETT" in self.serial else SlotKind.PERCENT

    def setting_changed(self, first: int) -> None:
        """Its own clock can be set."""
        if first == _OWN_CLOCK:
            self.set_clock(self.registers.read(_OWN_CLOCK, 3))

    def _identify(self) -> None:
        registers = self.registers
        registers.fill(35000, 33)
        registers.put(35001, "H", self.rated_w)
        registers.put_text(35003, self.serial, 16)
        registers.put_text(35011, self.model, 10)
        registers.put(35019, "H", self.firmware)
        registers.put_text(35021, "04029-08-S11", 12)
        registers.put_text(35027, f"02041-{self.firmware:02d}-S00", 12)
        for first, count in (_RUNNING, _METER, _BATTERY, _OFFLINE):
            registers.fill(first, count)
        if 2 in self.batteries:
            registers.fill(*_SECOND_POWER)
            registers.fill(*_SECOND)
        if self.trackers > _RUNNING_TRACKERS:
            registers.fill(*_TRACKERS)
        for address in _COMMANDS:
            registers.put(address, "H", 0)
        settings = _SETTINGS | _OTHER_SETTINGS | (_SETTINGS_19 if self.firmware >= 19 else {})
        for address, value in settings.items():
            registers.put(address, "H", value)
        for address in (45353, 45355):
            registers.put(address, "H", max(registers[address], self.house.plant.battery_w // 25 + 1))
        self.eco.clear()

    def _show(self, now: Snapshot) -> None:
        self._end_fast_charging(now)
        self._show_running(now)
        self._show_energy(now)
        self._show_meter(now)
        self._show_battery(now)

    def _show_running(self, now: Snapshot) -> None:
        put = self.registers.put
        for address in (35100, _OWN_CLOCK):
            self.registers.put_bytes(address, clock_bytes(self.local_time(now.time)))
        # vpv, ipv, ppv of each string, always at 330.0 V: only the powers are of interest.
        share = now.pv_w // self.trackers
        powers = [now.pv_w - share * (self.trackers - 1), *[share] * (self.trackers - 1)]
        for index, power in enumerate(powers[:_RUNNING_TRACKERS]):
            address = 35103 + 4 * index
            put(address, "H", 3300 if power else 0)
            put(address + 1, "H", power / 33)
            put(address + 2, "I", power)
        if self.trackers > _RUNNING_TRACKERS:
            put(35301, "I", now.pv_w)
            for index, power in enumerate(powers):
                put(35337 + index, "H", power)
        # Modes of both strings, then one phase: vgrid1 and fgrid1.
        put(35120, "H", 0x0202 if now.pv_w else 0)
        put(35121, "H", 2300)
        put(35123, "H", 5000)
        put(35136, "H", 1)
        # total_inverter_power, then active_power: GoodWe counts the grid + exporting.
        put(35138, "h", now.pv_w + now.battery_w)
        put(35140, "h", -now.grid_w)
        # load_ptotal, and the temperatures of air and module.
        put(35172, "h", now.load_w + now.ev_w)
        put(35174, "h", 350)
        put(35176, "h", 412)
        # Batteries at 250.0 V, + discharging: voltage, current, power, mode; and work_mode 1 (normal).
        for connection, address in ((1, 35180), (2, 35262)):
            share = now.battery_w // len(self.batteries) if connection in self.batteries else 0
            if connection in self.batteries or connection == 1:
                put(address, "H", 2500)
                put(address + 1, "h", share / 25)
                put(address + 2, "i", share)
                put(address + 4, "H", charge_modes(share) if connection in self.batteries else 0)
        put(35187, "H", 1)

    def _show_energy(self, now: Snapshot) -> None:
        put, total, today = self.registers.put, now.total, now.today
        # e_total, e_day, e_load, e_bat_charge and e_bat_discharge, all in tenths of a kWh.
        put(35191, "I", total.pv_kwh * 10)
        put(35193, "I", today.pv_kwh * 10)
        put(35203, "I", (total.load_kwh + total.ev_kwh) * 10)
        put(35205, "H", (today.load_kwh + today.ev_kwh) * 10)
        put(35206, "I", total.charged_kwh * 10)
        put(35208, "H", today.charged_kwh * 10)
        put(35209, "I", total.discharged_kwh * 10)
        put(35211, "H", today.discharged_kwh * 10)

    def _show_meter(self, now: Snapshot) -> None:
        put = self.registers.put
        # Meter linked; its powers come twice, in 16 and (from 36019 on) in 32 bits; its counters are floats in Wh.
        put(36004, "H", 1)
        put(36005, "h", -now.grid_w)
        put(36008, "h", -now.grid_w)
        put(36014, "H", 5000)
        put(36015, "f", now.total.exported_kwh * 1000)
        put(36017, "f", now.total.imported_kwh * 1000)
        put(36019, "i", -now.grid_w)
        put(36025, "i", -now.grid_w)

    def _show_battery(self, now: Snapshot) -> None:
        put = self.registers.put
        # battery_temperature, charge and discharge limit (A), soc and soh.
        put(37003, "h", 235)
        put(37004, "H", 25)
        put(37005, "H", 25)
        put(37007, "H", now.soc_pct)
        put(37008, "H", 99)
        # The same once more, as the battery reports it: voltage, current, state of charge and health, temperature.
        for address, value in (
            (47906, 2500),
            (47907, now.battery_w / 25),
            (47908, now.soc_pct),
            (47909, 99),
            (47910, 235),
        ):
            put(address, "h", value)
        if 2 in self.batteries:
            # The same of battery 2: temperature, limits, soc and soh.
            for address, value in ((39001, 235), (39002, 25), (39003, 25), (39005, now.soc_pct), (39006, 99)):
                put(address, "H", value)

    def _end_fast_charging(self, now: Snapshot) -> None:
        on = 47545 in self.registers and self.registers[47545]
        if on and round(now.soc_pct) >= self.registers[47546]:
            self.registers.put(47545, "H", 0)
            self._obey()

    def _obey(self) -> None:
        registers = self.registers
        fast = 47545 in registers and bool(registers[47545])
        limit = registers[47510] if registers[47509] else None
        controller = HybridController(
            rated_w=self.rated_w,
            work_mode=registers[47000],
            ems_mode=registers[47511],
            ems_w=registers[47512],
            fast_charge_soc_pct=registers[47546] if fast else None,
            fast_charge_pct=registers[47603] if fast else 100,
            slots=self.eco.slots(),
        )
        self.house.change(
            self.clock.now(),
            controller=controller,
            reserve_soc_pct=min(100, registers[45356]),
            export_limit_w=limit,
            # Tenths of an ampere at the 250.0 V that its batteries show.
            max_charge_w=registers[45353] * 25,
            max_discharge_w=registers[45355] * 25,
        )
