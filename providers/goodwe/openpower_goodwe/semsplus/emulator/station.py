"""One emulated station: its house, its inverter's settings, and its charger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.readings import ChargerStatus
from openpower_goodwe.semsplus.control.functions import MAX_SOC, MIN_SOC
from openpower_goodwe.semsplus.emulator.quirks import Plate, Quirks
from openpower_goodwe.semsplus.emulator.registers import Registers
from openpower_simulation import Controls, House, Plant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from openpower_simulation import Snapshot

__all__ = ["EmulatedStation"]

_MINUTE: Final = timedelta(minutes=1)
_VOLTAGE: Final = 230.0


class EmulatedStation:
    """A station with a simulated house behind it.

    Args:
        plate: what stands in it.
        start: when its story begins.
        seed: same seed, same weather and habits.
        quirks: how it behaves; may be changed while it runs.
        plant: the house, instead of one that fits the plate.
    """

    def __init__(
        self,
        plate: Plate | None = None,
        *,
        start: datetime,
        seed: int = 1,
        quirks: Quirks | None = None,
        plant: Plant | None = None,
    ) -> None:
        self.plate = plate or Plate()
        self.quirks = quirks or Quirks()
        watts = int(self.plate.inverter_kw * 1000)
        self.registers = Registers(watts)
        plant = plant or Plant(
            seed=seed,
            tz=self.plate.tz,
            latitude=self.plate.latitude,
            pv_kw=self.plate.pv_kw,
            inverter_w=watts,
            battery_kwh=self.plate.battery_kwh,
            battery_w=watts,
            ev=self.plate.charger is not None,
        )
        controls = Controls(
            controller=self.registers.follower(),
            reserve_soc_pct=float(self.registers.values[MIN_SOC]),
            charger_limit_a=7000 / _VOLTAGE,
            site_limit_a=plant.site_limit_a,
        )
        self.house = House(plant, start=start, controls=controls)
        self.ev: dict[str, Any] = {
            "chargeMode": 0,
            "chargeMaxPower": 7.0,
            "currentLimit": 0,
            "dynamicLoad": 0,
            "phaseSwitch": 170,
            "chargedNow": 170,
        }
        self.written: list[dict[str, Any]] = []
        """Every write that reached a device, oldest first."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return self.house.plant.zone

    def snapshot(self, now: datetime) -> Snapshot:
        """How the house stood at the last whole minute: the cloud hears of it once a minute."""
        self.settle(now)
        return self.house.at(now - (now - datetime.min.replace(tzinfo=UTC)) % _MINUTE)

    def settle(self, now: datetime) -> None:
        """Let flip back what does so by now."""
        for moment in self.registers.flips(now):
            self._apply(moment)

    def write(self, values: Mapping[str, Any], now: datetime) -> None:
        """Change settings of the inverter."""
        self.settle(now)
        self.written.append(dict(values))
        self.registers.write(values, now, self.quirks.reverts_after)
        self._apply(now)

    def order_charger(self, order: str, now: datetime) -> None:
        """Start or stop the charger."""
        self.written.append({"order": order})
        if not self.quirks.ignores_ev_writes:
            self.house.change(now, ev_stopped=order == "stopCharge")

    def set_charge_mode(self, body: Mapping[str, Any], now: datetime) -> None:
        """Set the charger's mode: Fast needs a power, and the PV modes revert to Fast with one."""
        power = body.get("chargePowerSetted", body.get("chargeMaxPower"))
        self.written.append({"mode": body.get("mode"), "power": power})
        if self.quirks.ignores_ev_writes:
            return
        if int(body.get("mode", 0)) == 0:
            if power is not None:
                self.ev |= {"chargeMode": 0, "chargeMaxPower": float(power)}
                self.house.change(now, charger_limit_a=float(power) * 1000 / _VOLTAGE)
        elif power is None:
            self.ev["chargeMode"] = int(body["mode"])

    def configure_charger(self, body: Mapping[str, Any]) -> None:
        """Set the charger's other settings; anything is acknowledged."""
        known = {name: body[name] for name in self.ev.keys() & body.keys()}
        self.written.append(known)
        if not self.quirks.ignores_ev_writes:
            self.ev |= known

    def ev_detail(self, now: datetime) -> dict[str, Any]:
        """What the charger's page tells."""
        seen = self.snapshot(now)
        charging = seen.charger_status is ChargerStatus.CHARGING
        plugged = seen.charger_status is not ChargerStatus.AVAILABLE
        return {
            **self.ev,
            "status": "charging" if charging else "available",
            "workState": _WORK.get(seen.charger_status, "available_gun_no_insered"),
            "vehConnStu": int(plugged),
            "startStatus": False,
            "scheduleMode": 0,
            "unit": 0,
            "mileage": 5,
        }

    def _apply(self, now: datetime) -> None:
        values = self.registers.values
        self.house.change(
            now,
            controller=self.registers.follower(),
            export_limit_w=self.registers.export_limit_w,
            reserve_soc_pct=float(values[MIN_SOC]),
            max_soc_pct=float(values[MAX_SOC]),
        )


_WORK: Final = {
    ChargerStatus.AVAILABLE: "available_gun_no_insered",
    ChargerStatus.SUSPENDED_EV: "suspended_ev",
    ChargerStatus.SUSPENDED_EVSE: "suspended_evse",
    ChargerStatus.CHARGING: "available_gun_insered",
}
