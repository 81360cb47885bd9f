"""An emulated grid-tied inverter of the DT family: no battery, one phase or three, perhaps a meter."""

from __future__ import annotations

from typing import Any, Final

from openpower_goodwe.local.emulator.hybrids import product
from openpower_goodwe.local.emulator.inverter import EmulatedInverter, clock_bytes
from openpower_simulation import Plant, Snapshot

_START, _STOP, _RESTART = 40330, 40331, 40332
_ENABLED: Final = 40327
_LIMIT_W: Final = 40328
_LIMIT_PCT: Final = 40336
_OWN_CLOCK: Final = 40313
_OTHER_SETTINGS: Final = (40326, 40352, 40362, 40347, 40345)
"""What other clients of the library ask for besides: the shadow scan of three strings and its time, a limit by relay."""


class EmulatedDT(EmulatedInverter):
    """A grid-tied inverter.

    Args:
        phases: 1 has its export limit in W, 3 as a percentage of its rated power.
        meter: whether a meter hangs on it; without one, questions about it are refused.
        options: those of :class:`EmulatedInverter`.
    """

    family = "DT"
    unit = 0x7F
    model = "GW6000-DT"
    default_serial = "06000DTU000W0001"

    def __init__(self, *arguments: Any, phases: int = 3, meter: bool = True, **options: Any) -> None:
        self.phases = phases
        self.meter = meter
        self.stopped = False
        if phases == 1:
            self.model = "GW6000D-NS"
            options.setdefault("serial", "56000DSN000W0001")
        super().__init__(*arguments, **options)

    @staticmethod
    def usual_plant() -> Plant:
        """A house without a battery."""
        return Plant(ev=False, battery_kwh=0)

    def _identify(self) -> None:
        registers = self.registers
        registers.fill(30001, 40)
        registers.put_text(30004, self.serial, 16)
        registers.put_text(30012, self.model, 10)
        for address, version in ((30034, 15), (30035, 15), (30036, 16)):
            registers.put(address, "H", version)
        registers.fill(30100, 73)
        if self.meter:
            registers.fill(30195, 16)
        for address in (_ENABLED, _START, _STOP, _RESTART, *_OTHER_SETTINGS):
            registers.put(address, "H", 0)
        if self.phases == 1:
            registers.put(_LIMIT_W, "I", self.rated_w)
        else:
            registers.put(_LIMIT_PCT, "H", 100)

    def setting_changed(self, first: int) -> None:
        """Start and stop are orders: writing anything to them does it."""
        if first in (_START, _RESTART):
            self.stopped = False
        elif first == _STOP:
            self.stopped = True
        elif first == _OWN_CLOCK:
            self.set_clock(self.registers.read(_OWN_CLOCK, 3))

    def _show(self, now: Snapshot) -> None:
        put = self.registers.put
        pv = 0 if self.stopped else now.pv_w
        for address in (30100, _OWN_CLOCK):
            self.registers.put_bytes(address, clock_bytes(self.local_time(now.time)))
        for address, power in ((30103, pv // 2), (30105, pv - pv // 2)):
            volts, amperes = product(power)
            put(address, "H", volts)
            put(address + 1, "H", amperes)
        # vgrid and fgrid of each phase, six registers apart.
        for address in range(30118, 30119 if self.phases == 1 else 30121):
            put(address, "H", 2300)
            put(address + 6, "H", 5000)
        # total_inverter_power, work_mode (1 normal), temperature, e_day and e_total.
        put(30127, "I", pv)
        put(30129, "H", 1 if pv else 0)
        put(30141, "h", 365)
        put(30144, "H", now.today.pv_kwh * 10)
        put(30145, "I", now.total.pv_kwh * 10)
        if self.meter:
            # meter_active_power + exporting, its counters in Wh, and 1 for a linked meter.
            put(30195, "i", pv - now.load_w - now.ev_w)
            put(30197, "I", now.total.exported_kwh * 1000)
            put(30199, "I", now.total.imported_kwh * 1000)
            put(30209, "H", 1)

    def _obey(self) -> None:
        registers = self.registers
        limit: float | None = None
        if registers[_ENABLED]:
            if self.phases == 1:
                limit = int.from_bytes(registers.read(_LIMIT_W, 2), "big")
            else:
                limit = self.rated_w * registers[_LIMIT_PCT] / 100
        self.house.change(self.clock.now(), export_limit_w=limit)
