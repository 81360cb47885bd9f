"""``getLastPowerData`` and ``getOneDateEnergyBySn`` to readings.

The vendor's signs are openpower's: ``pgrid`` + imports, ``pbat`` + discharges. ``pload`` is not a measurement:
in all 56,969 answers that sandeepthukral/alphaess-collector checked, and in the capture of 2026-08-04,
it is exactly ``ppv + pgrid + pbat``. So any one of the four follows from the other three, the load
counts the EV charger, and a negative load means that a source was not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

import attrs

from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from openpower_alphaess.models import DayEnergy, EvChargerState, PowerData, PvDetail

_UNSEEN_W: Final = -100.0
"""A load below this is no rounding: something feeds the house that ``ppv`` does not count."""
_ROUNDING_W, _ROUNDING = 100.0, 0.05
"""By how much the sum of the powers may differ from the load: so many watts, or that share of the largest."""
_FIELDS: Final = {
    "ppv": "pv_w",
    "pbat": "battery_w",
    "pgrid": "grid_w",
    "pload": "load_w",
    "soc": "soc_pct",
    "pev": "ev_w",
    "prealL1": "ac_w",
    "prealL2": "ac_w",
    "prealL3": "ac_w",
    "ppvDetail": "pv_strings_w",
    "pgridDetail": "phases_w",
    "pevDetail": "ev_w",
}


def cannot_be_read(field: str, source: str, name: str, sent: object) -> core.Issue:
    """The issue of a figure that is no number."""
    return core.Issue(field, f"{source}.{name} cannot be read: {sent!a:.40}")


def _issues(found: Sequence[core.Issue], names: Mapping[str, str]) -> tuple[core.Issue, ...]:
    """Those that concern a reading, by its own names."""
    names = {"stamp.measured_at": "stamp.measured_at", **names}
    return tuple([core.Issue(names[issue.field], issue.reason) for issue in found if issue.field in names])


class Flows(NamedTuple):
    """The powers of a system at one instant, in openpower's signs (W), whichever call they came from."""

    pv_w: float | None = None
    battery_w: float | None = None
    grid_w: float | None = None
    load_w: float | None = None
    load_includes_ev: bool | None = None
    ev_w: float | None = None
    soc_pct: float | None = None
    ac_w: float | None = None
    pv_strings_w: tuple[float | None, ...] = ()
    phases_w: tuple[float | None, ...] = ()
    ev_by_charger_w: tuple[float | None, ...] = ()
    derived: frozenset[str] = frozenset()
    """Names of the fields that openpower computed."""
    issues: tuple[core.Issue, ...] = ()
    """What was refused, by the names here."""
    raw: object = None

    def refusing(self, field: str, reason: str) -> Self:
        """With one more issue."""
        return self._replace(issues=(*self.issues, core.Issue(field, reason)))


def flows(data: PowerData) -> Flows:
    """Read one answer of ``getLastPowerData``; figures that it lacks are computed where the rest allows."""
    pv, battery, grid, load, derived = _closed(data)
    refused = [*_unreadable(data), *_unbalanced(data)]
    pv, extra = _with_ac_side(data, pv)
    if extra:
        derived |= {"pv_w", "load_w"}
        load = None if load is None else load + extra
    # The balance closes by construction, so a negative load means that PV is running unseen: its 0 is not believed.
    if load is not None and load < _UNSEEN_W and not pv:
        refused.append(
            core.Issue("pv_w", f"the load is {load:g} W, so something feeds the house that ppv does not count")
        )
        pv = None
    return Flows(
        pv_w=core.believed_forward(pv, "pv_w", refused),
        battery_w=battery,
        grid_w=grid,
        load_w=core.believed_forward(load, "load_w", refused),
        # The sum of all sources covers everything behind the meter, the car too.
        load_includes_ev=True if load is not None else None,
        ev_w=core.believed_forward(data.pev, "ev_w", refused),
        soc_pct=core.believed_percentage(data.soc, "soc_pct", refused),
        # Single-phase systems send zeros for L2 and L3: without L1 they are no sum.
        ac_w=None if data.preal_l1 is None else core.sum_of_known(data.preal_l1, data.preal_l2, data.preal_l3),
        pv_strings_w=_strings(data.ppv_detail, refused),
        phases_w=_phases(data),
        ev_by_charger_w=_chargers(data, refused),
        derived=derived,
        issues=tuple(refused),
        raw=data,
    )


def _unreadable(data: PowerData) -> list[core.Issue]:
    records = {"": data, "ppvDetail": data.ppv_detail, "pgridDetail": data.pgrid_detail, "pevDetail": data.pev_detail}
    return [
        cannot_be_read(_FIELDS[parent or name], "getLastPowerData", name, sent)
        for parent, part in records.items()
        if part is not None and part.extras
        for name, sent in part.unreadable().items()
    ]


def _unbalanced(data: PowerData) -> list[core.Issue]:
    """That the powers do not add up, on all of them, since it is not known which is wrong."""
    pv, grid, battery, load = data.ppv, data.pgrid, data.pbat, data.pload
    if pv is None or grid is None or battery is None or load is None:
        return []
    total = pv + grid + battery
    if abs(total - load) <= max(_ROUNDING_W, _ROUNDING * max(abs(pv), abs(grid), abs(battery), abs(load))):
        return []
    reason = f"the powers do not balance: ppv + pgrid + pbat = {total:g} W, and pload = {load:g} W"
    return [core.Issue(field, reason) for field in ("battery_w", "grid_w", "load_w")]


def _closed(data: PowerData) -> tuple[float | None, float | None, float | None, float | None, frozenset[str]]:
    """The four powers of the balance, one missing figure made up from the other three."""
    # One figure may be missing: of two, any split would be made up.
    pv, battery, grid, load = data.ppv, data.pbat, data.pgrid, data.pload
    if pv is not None and battery is not None and grid is not None and load is None:
        return pv, battery, grid, pv + battery + grid, frozenset({"load_w"})
    if pv is not None and grid is not None and load is not None and battery is None:
        return pv, load - pv - grid, grid, load, frozenset({"battery_w"})
    if pv is not None and battery is not None and load is not None and grid is None:
        return pv, battery, load - pv - battery, load, frozenset({"grid_w"})
    if battery is not None and grid is not None and load is not None and pv is None:
        return load - battery - grid, battery, grid, load, frozenset({"pv_w"})
    return pv, battery, grid, load, frozenset()


def _with_ac_side(data: PowerData, pv: float | None) -> tuple[float | None, float]:
    """Add PV behind a foreign inverter where the answer itself shows that ``ppv`` leaves it out.

    ``ppv`` is documented as the total, and public fixtures of AC-coupled homes have it equal to
    ``pmeterDc`` with all strings at 0; other homes see 0 while their PV runs. So the sum decides: if
    ``ppv`` is nearer to the strings alone than to the strings plus ``pmeterDc``, the meter is added.
    """
    detail = data.ppv_detail
    ac_side = core.believed_forward(detail.pmeter_dc, "", []) if detail else None
    if detail is None or not ac_side or pv is None or data.ppv is None:
        return pv, 0.0
    strings = sum(watts for watts in _strings(detail, []) if watts is not None)
    if abs(pv - strings) < abs(pv - strings - ac_side):
        return pv + ac_side, ac_side
    return pv, 0.0


def _strings(detail: PvDetail | None, refused: list[core.Issue]) -> tuple[float | None, ...]:
    if detail is None:
        return ()
    powers = (detail.ppv1, detail.ppv2, detail.ppv3, detail.ppv4)
    return _known([core.believed_forward(watts, "pv_strings_w", refused) for watts in powers])


def _phases(data: PowerData) -> tuple[float | None, ...]:
    detail = data.pgrid_detail
    return _known([detail.pmeter_l1, detail.pmeter_l2, detail.pmeter_l3]) if detail else ()


def _chargers(data: PowerData, refused: list[core.Issue]) -> tuple[float | None, ...]:
    detail = data.pev_detail
    if detail is None:
        return ()
    powers = (detail.ev1_power, detail.ev2_power, detail.ev3_power, detail.ev4_power)
    return tuple(core.believed_forward(watts, "ev_w", refused) for watts in powers)


def _known(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(values) if any(value is not None for value in values) else ()


class Today(NamedTuple):
    """Counters of one calendar day of the system."""

    pv: core.EnergyCounter | None = None
    charge: core.EnergyCounter | None = None
    discharge: core.EnergyCounter | None = None
    imported: core.EnergyCounter | None = None
    exported: core.EnergyCounter | None = None
    ev: core.EnergyCounter | None = None
    issues: tuple[core.Issue, ...] = ()
    """What was refused, by the names here."""


NO_ENERGY: Final = Today()
_ENERGIES: Final = {
    "epv": "pv",
    "eCharge": "charge",
    "eDischarge": "discharge",
    "eInput": "imported",
    "eOutput": "exported",
    "eChargingPile": "ev",
}
_ENERGY: Final = "getOneDateEnergyBySn"


def no_energy(reason: object) -> Today:
    """That none of the counters could be had."""
    return Today(issues=tuple(core.Issue(name, f"{_ENERGY}: {reason}") for name in _ENERGIES.values()))


def today(energy: DayEnergy, day: date) -> Today:
    """The counters of ``day``.

    Nothing comes of an answer for another day, nor of one in which every figure is 0: it is seen around
    the system's midnight, in the middle of the day, and for weeks on end on the VT1000 (2025-05).
    """
    if energy.the_date not in (None, day.isoformat()):
        return no_energy(f"the answer is of {energy.the_date!a:.20}, not of {day}")
    refused = [
        cannot_be_read(_ENERGIES[k], _ENERGY, k, sent) for k, sent in energy.unreadable().items() if k in _ENERGIES
    ]
    figures = {name: energy[key] for key, name in _ENERGIES.items()}
    if not any(figures.values()):
        return no_energy("every figure is 0 or null")
    counters: dict[str, core.EnergyCounter] = {}
    for name, kwh in figures.items():
        # −1482 has been seen for an EV charger (2026). What is too much is core's to judge.
        if kwh is not None and kwh < 0:
            refused.append(core.Issue(name, f"{_ENERGY}: {kwh:g} kWh is below zero"))
        elif kwh is not None:
            counters[name] = core.EnergyCounter(today_kwh=kwh, today=day)
    return Today(**counters, issues=tuple(refused))


def _stamp(stamp: core.Stamp, seen: Flows, *fields: str) -> core.Stamp:
    # Only what is in this reading counts: a computed load does not make the battery's power a computed one.
    derived = stamp.quality is core.Quality.LIVE and not seen.derived.isdisjoint(fields)
    return attrs.evolve(stamp, quality=core.Quality.DERIVED) if derived else stamp


def to_battery_reading(seen: Flows, stamp: core.Stamp, energy: Today = NO_ENERGY) -> core.BatteryReading:
    """The battery's part of a reading."""
    return core.BatteryReading(
        stamp=_stamp(stamp, seen, "battery_w", "soc_pct"),
        issues=_issues(seen.issues, {"battery_w": "power_w", "soc_pct": "soc_pct"})
        + _issues(energy.issues, {"charge": "charge_energy", "discharge": "discharge_energy"}),
        raw=seen.raw,
        power_w=seen.battery_w,
        soc_pct=seen.soc_pct,
        charge_energy=energy.charge,
        discharge_energy=energy.discharge,
    )


def to_meter_reading(seen: Flows, stamp: core.Stamp, energy: Today = NO_ENERGY) -> core.MeterReading:
    """The grid connection's part of a reading."""
    return core.MeterReading(
        stamp=_stamp(stamp, seen, "grid_w"),
        issues=_issues(seen.issues, {"grid_w": "power_w", "phases_w": "phases_w"})
        + _issues(energy.issues, {"imported": "import_energy", "exported": "export_energy"}),
        raw=seen.raw,
        power_w=seen.grid_w,
        phases_w=seen.phases_w,
        import_energy=energy.imported,
        export_energy=energy.exported,
    )


def to_inverter_reading(seen: Flows, stamp: core.Stamp, energy: Today = NO_ENERGY) -> core.InverterReading:
    """The inverter's and the house's part of a reading."""
    return core.InverterReading(
        stamp=_stamp(stamp, seen, "pv_w", "load_w"),
        issues=_issues(seen.issues, {name: name for name in ("pv_w", "pv_strings_w", "ac_w", "load_w")})
        + _issues(energy.issues, {"pv": "pv_energy"}),
        raw=seen.raw,
        pv_w=seen.pv_w,
        pv_strings_w=seen.pv_strings_w,
        ac_w=seen.ac_w,
        load_w=seen.load_w,
        load_includes_ev=seen.load_includes_ev,
        status=_inverter_status(seen),
        pv_energy=energy.pv,
    )


def _inverter_status(seen: Flows) -> core.InverterStatus:
    if seen.ac_w is None:
        return core.InverterStatus.UNKNOWN
    return core.InverterStatus.RUNNING if seen.ac_w else core.InverterStatus.STANDBY


def to_ev_charger_reading(
    seen: Flows,
    stamp: core.Stamp,
    state: EvChargerState | None,
    energy: Today = NO_ENERGY,
    *,
    position: int = 0,
    alone: bool = True,
    status: str = "",
) -> core.EVChargerReading:
    """One charger's part of a reading.

    Args:
        seen: the powers.
        stamp: when it was read, and from where.
        state: the charger's own answer; None leaves its status unknown.
        energy: the system's day; its EV energy belongs to this charger only where it is alone.
        position: which of the system's chargers it is, counting from 0 in the order of the list.
        alone: whether the system has no other; then the system's EV power is this charger's.
        status: why its status could not be had.
    """
    by_charger = seen.ev_by_charger_w
    own = by_charger[position] if position < len(by_charger) else None
    lost = (core.Issue("status", f"getEvChargerStatusBySn: {status}"),) if status else ()
    return core.EVChargerReading(
        stamp=stamp,
        issues=_issues(seen.issues, {"ev_w": "power_w"})
        + _issues(energy.issues, {"ev": "energy"} if alone else {})
        + lost,
        raw=(seen.raw, state),
        status=to_charger_status(state),
        power_w=seen.ev_w if own is None and alone else own,
        energy=energy.ev if alone else None,
    )


_STATUS: Final = {
    1: core.ChargerStatus.AVAILABLE,
    2: core.ChargerStatus.PREPARING,
    3: core.ChargerStatus.CHARGING,
    4: core.ChargerStatus.SUSPENDED_EVSE,
    5: core.ChargerStatus.SUSPENDED_EV,
    6: core.ChargerStatus.FINISHING,
    9: core.ChargerStatus.FAULTED,
}
"""By the number of :class:`~openpower_alphaess.models.EvChargerStatus`."""


def to_charger_status(state: EvChargerState | None) -> core.ChargerStatus:
    """The vendor's number in OCPP's words; 7 and 8 are undocumented, so they stay UNKNOWN."""
    status = None if state is None else state.evcharger_status
    return core.ChargerStatus.UNKNOWN if status is None else _STATUS.get(status, core.ChargerStatus.UNKNOWN)
