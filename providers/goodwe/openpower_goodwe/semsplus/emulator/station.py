"""One emulated station: its house, its inverter's settings and functions, and its charger."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import define, frozen

from openpower_core.provider import BatteryMode, ChargerStatus
from openpower_goodwe.semsplus.control.functions import CHARGE_NOW, CHARGE_POWER, CHARGE_TARGET, MAX_SOC, MIN_SOC
from openpower_goodwe.semsplus.control.slots import Slot, slot_of
from openpower_simulation import BatteryDirective, Controls, House, Plant, Situation, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo


class Refusal(Exception):
    """The service answers with a code that is no success.

    Attributes:
        code: what it answers.
        status: the HTTP status, which is nearly always 200.
    """

    def __init__(self, code: str, *, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@frozen(kw_only=True)
class Plate:
    """A station's parts."""

    station_id: str = "00000000-0000-4000-8000-000000000001"
    inverter: str = "GW0000000000001"
    battery: str = "BA0000000000001"
    meter: str = "SM0000000000001"
    charger: str | None = "EV0000000000001"
    charger_model: str = "GW7K-HCA-20"
    name: str = "Emulated station"
    tz: str = "Europe/Amsterdam"
    latitude: float = 52.4
    model: str = "GW5048-ET"
    inverter_kw: float = 5.0
    pv_kw: float = 6.0
    battery_kwh: float = 10.0


@define(kw_only=True)
class Quirks:
    """How a station and its cloud behave; may be changed while they run."""

    permissions: tuple[str, ...] = ("INVERTER_REMOTE", "INVERTER_REMOTE_READ", "STATION_VIEW")
    work_mode: str = "3.0"
    """Generation of the work modes: slots exist from 2.0 on, four or eight of them."""
    export_functions: bool = True
    """Whether the function tree has the export limit."""
    limit_functions: bool = True
    """Whether it has the least and greatest state of charge."""
    write_delay_s: float = 0.0
    """How long an inverter takes to acknowledge."""
    ev_delay_s: float = 0.0
    """How long a charger takes; real ones 60 to 90 s."""
    reverts_after: timedelta | None = None
    """After what time every setting flips back by itself."""
    shows_after: timedelta | None = None
    """How long after its acknowledgement a setting works, and is shown."""
    ignores_ev_writes: bool = False
    """The charger acknowledges and does nothing."""
    offline: bool = False
    """The station does not report: no powers, status 0."""
    visitor: bool = False
    """Telemetry is refused with 100025."""
    flow_without_signs: bool = False
    """Powers as magnitudes, their direction in ``flows`` only."""


_SLOTS: Final = 8


class Registers:
    """What the inverter holds, by address or by name."""

    def __init__(self, rated_w: float) -> None:
        self.rated_w = rated_w
        self.values: dict[str, Any] = {
            "80017": 4,
            "47509": 0,
            "47510": int(rated_w),
            MIN_SOC: 10,
            MAX_SOC: 100,
            CHARGE_NOW: 0,
            CHARGE_TARGET: 100,
            CHARGE_POWER: 100,
            "TOUModeEnable": {"TOUModeEnable": 0},
            "INVCurrentWorkMode": {"INVCurrentWorkMode": 1},
        }
        for number in range(1, _SLOTS + 1):
            self.values[f"TOU{number}"] = {
                f"TOUStart{number}": "00:00",
                f"TOUEnd{number}": "00:00",
                f"TOUWeekEnable{number}": 85,
                f"TOUWeek{number}": [],
                f"ChargeDischargePW{number}": 0,
                f"ChargeCutOffSet{number}": 0,
                f"TOUMonth{number}": [],
            }
        self._pending: list[tuple[datetime, dict[str, Any]]] = []

    def write(self, values: Mapping[str, Any], now: datetime, back: timedelta | None) -> None:
        """Hold other values, for good or until they flip back."""
        if back is not None:
            before = {name: self.values.get(name) for name in values}
            self._pending.append((now + back, before))
        self._hold(values)

    def write_later(self, values: Mapping[str, Any], at: datetime) -> None:
        """Hold other values from then on."""
        self._pending.append((at, dict(values)))

    def _hold(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            known = self.values.get(name)
            self.values[name] = {**known, **value} if isinstance(known, dict) else value

    def flips(self, now: datetime) -> list[datetime]:
        """Carry out what is due by now, and say when that was."""
        due = sorted((each for each in self._pending if each[0] <= now), key=lambda pending: pending[0])
        for _, before in due:
            self._hold(before)
        self._pending = [each for each in self._pending if each[0] > now]
        return [at for at, _ in due]

    @property
    def export_limit_w(self) -> float | None:
        """What the limit means for the house."""
        return float(self.values["47510"]) if int(self.values["47509"]) else None

    def follower(self) -> Follower:
        """What the battery follows by these settings."""
        enabled = bool(self.values["TOUModeEnable"].get("TOUModeEnable"))
        slots = [slot_of(number, self.values[f"TOU{number}"]) for number in range(1, _SLOTS + 1)]
        charge: BatteryDirective | None = None
        if int(self.values[CHARGE_NOW]):
            share = int(self.values[CHARGE_POWER])
            charge = BatteryDirective(
                mode=BatteryMode.CHARGE,
                power_w=max(1.0, self.rated_w * share / 100),
                target_soc_pct=float(self.values[CHARGE_TARGET]),
                at_target=BatteryMode.AUTO,
            )
        working = tuple(each for each in slots if each.on) if enabled else ()
        return Follower(charge=charge, slots=working, rated_w=self.rated_w)


@frozen(kw_only=True)
class Follower:
    """The house's controller: the immediate charge, else the slot in force, else self-consumption."""

    charge: BatteryDirective | None
    slots: tuple[Slot, ...]
    rated_w: float

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """What the battery is to do now."""
        if self.charge is not None:
            return self.charge
        local = situation.local
        minute, day = local.hour * 60 + local.minute, local.isoweekday() % 7
        for slot in self.slots:
            if day in slot.days and slot.start <= minute < slot.end and slot.per_mille:
                exporting = slot.per_mille > 0
                return BatteryDirective(
                    mode=BatteryMode.EXPORT if exporting else BatteryMode.CHARGE,
                    power_w=abs(slot.per_mille) * self.rated_w / 1000,
                    target_soc_pct=float(slot.cutoff_pct),
                )
        return BatteryDirective()


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
        """Let work, and flip back, what does so by now."""
        for instant in self.registers.flips(now):
            self._apply(instant)

    def write(self, values: Mapping[str, Any], now: datetime) -> None:
        """Change settings of the inverter."""
        self.settle(now)
        self.written.append(dict(values))
        if self.quirks.shows_after is not None:
            self.registers.write_later(values, now + self.quirks.shows_after)
            return
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
        """The charger's settings and state, as its page shows them."""
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


def tree(station: EmulatedStation) -> dict[str, Any]:
    """An inverter's functions."""
    quirks, rated = station.quirks, int(station.registers.rated_w)
    functions = [_function(station, "80017", "status_setting", "[0,4]")]
    if quirks.export_functions:
        functions.append(_function(station, "47509", "export_limit_enable", "[0,1]"))
        functions.append(_function(station, "47510", "export_limit", f"[0,{rated}]", unit="W"))
    if quirks.limit_functions:
        functions.append(_function(station, MIN_SOC, "soc_protect", "[5,95]", unit="%"))
        functions.append(_function(station, MAX_SOC, "soc_upper_limit", "[10,100]", unit="%"))
    return {"children": [{"name": "GENERAL_FUNCTIONS", "children": [], "functions": functions}]}


def battery_menu(station: EmulatedStation) -> dict[str, Any]:
    """The functions of the battery's tab."""
    if not station.plate.battery_kwh:
        return {"functionMenus": {"children": []}}
    functions = [
        _function(station, CHARGE_NOW, "immediate_charge", "[0,1]"),
        _function(station, CHARGE_NOW, "stop_charging", "[0,1]"),
        _function(station, CHARGE_TARGET, "end_charge_soc", "[0,100]", unit="%"),
        _function(station, CHARGE_POWER, "bat_immediate_charge_power", "[0,100]", unit="%"),
    ]
    return {"functionMenus": {"children": [{"functions": functions}]}}


def _function(station: EmulatedStation, address: str, key: str, span: str, *, unit: str = "N/A") -> dict[str, Any]:
    digest = hashlib.sha256(f"{station.plate.model}{address}{key}".encode()).hexdigest()
    return {
        "address": address,
        "id": str(int(digest[:15], 16)),
        "translateKey": key,
        "rwType": "RW",
        "range": span,
        "gain": 1,
        "unit": unit,
        "type": "U16",
        "size": 1,
    }
