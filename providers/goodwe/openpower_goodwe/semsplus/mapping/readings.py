"""Readings of a station's devices, from its flow and from the devices' own figures.

The one place where GoodWe's grid sign (+ exporting) is inverted.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, field, frozen

from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openpower_goodwe.semsplus.models import Factor, FactorGroup, Flow

Issues: TypeAlias = "tuple[core.Issue, ...]"
_TOLERANCE_KW: Final = 0.02
"""What rounding may leave of a balance that closes; all real samples close to 0.01 kW."""
_SHARE: Final = 0.02
_DOUBT_KW, _DOUBT_SHARE = 0.15, 0.1
"""What losses, and measurements at different instants, may leave of a balance that is true."""


@frozen(kw_only=True)
class Flows:
    """The powers of a station (W), positive into the house; None where unknown."""

    pv_w: float | None = None
    battery_w: float | None = None
    """+ discharging."""
    grid_w: float | None = None
    """+ importing."""
    load_w: float | None = None
    ev_w: float | None = None
    ac_w: float | None = None
    soc_pct: float | None = None
    load_includes_ev: bool | None = None
    unbalanced: str = ""
    """Why the powers cannot be true together; empty where they can."""
    refused: dict[str, str] = field(factory=dict[str, str])
    """Why a figure is missing, by the vendor's code."""

    @property
    def is_dark(self) -> bool:
        """Whether nothing is known of any power: the station does not report."""
        return all(each is None for each in (self.pv_w, self.battery_w, self.grid_w, self.load_w))


def watts(kilowatts: float | None) -> float | None:
    """Kilowatts in watts, to the milliwatt that the vendor's digits allow."""
    return None if kilowatts is None else round(kilowatts * 1000, 3) + 0.0


def grid_watts(kilowatts: float | None) -> float | None:
    """GoodWe's grid power (kW, + exporting) as openpower's (W, + importing)."""
    return None if kilowatts is None else watts(-kilowatts)


def to_flows(flow: Flow) -> Flows:
    """The flow of this minute.

    Signs are trusted where the balance closes with them. One document calls them magnitudes: where they do
    not close, but do close with the directions of ``flows``, ``flows`` decides.
    """
    battery, grid = _signed(flow)
    odd = [core.Issue(code, f"{code} is {core.shown(sent)}") for code, sent in flow.unreadable().items()]
    return Flows(
        pv_w=core.believed_forward(watts(flow.pv_kw), "pSystem", odd),
        battery_w=watts(battery),
        grid_w=grid_watts(grid),
        load_w=core.believed_forward(watts(flow.load_kw), "pConsum", odd),
        ev_w=core.believed_forward(watts(flow.ev_kw), "pEvChar", odd),
        ac_w=watts(flow.ac_kw),
        # An offline string inverter was seen to report 536 %.
        soc_pct=core.believed_percentage(flow.soc, "soc", odd),
        load_includes_ev=_includes_ev(flow, battery, grid),
        unbalanced=_unbalanced(flow, battery, grid),
        refused={each.field: each.reason for each in odd},
    )


def _is_whole(flow: Flow, battery: float | None) -> bool:
    """Whether no power is unknown that the balance needs: a station without a state of charge has no battery to miss."""
    return (battery is not None or flow.soc is None) and not flow.unreadable()


def _unbalanced(flow: Flow, battery: float | None, grid: float | None) -> str:
    if flow.pv_kw is None or grid is None or flow.load_kw is None or not _is_whole(flow, battery):
        return ""
    left = _rest(flow, battery, grid)
    left = min(left, left - (flow.ev_kw or 0.0), key=abs)
    biggest = max(abs(each or 0.0) for each in (flow.pv_kw, battery, grid, flow.load_kw))
    if abs(left) <= _DOUBT_KW + _DOUBT_SHARE * biggest:
        return ""
    return f"the station's powers do not balance: {left * 1000:+.0f} W are left over"


def _signed(flow: Flow) -> tuple[float | None, float | None]:
    battery, grid = flow.battery_kw, flow.grid_kw
    if not flow.flows or _closes(flow, battery, grid):
        return battery, grid
    directed_battery = _by_direction(battery, "pBat", flow.flows, out=1.0)
    # The grid is a source while importing, which the vendor counts negative.
    directed_grid = _by_direction(grid, "pGrid", flow.flows, out=-1.0)
    if _closes(flow, directed_battery, directed_grid):
        return directed_battery, directed_grid
    return battery, grid


def _by_direction(power: float | None, node: str, flows: Mapping[str, Any], *, out: float) -> float | None:
    if power is None:
        return None
    if flows.get(node):
        return out * abs(power)
    if any(isinstance(sinks, list) and node in sinks for sinks in flows.values()):
        return -out * abs(power)
    return power


def _closes(flow: Flow, battery: float | None, grid: float | None) -> bool:
    """Whether the balance closes; keys that are left out at zero count as zero here, and only here."""
    if flow.load_kw is None:
        return True
    # Load with and without the charger's power: models differ in whether pConsum contains it.
    left = _rest(flow, battery, grid)
    biggest = max(abs(each or 0.0) for each in (flow.pv_kw, battery, grid, flow.load_kw))
    return min(abs(left), abs(left - (flow.ev_kw or 0.0))) <= _TOLERANCE_KW + _SHARE * biggest


def _rest(flow: Flow, battery: float | None, grid: float | None) -> float:
    others = (flow.third_kw or 0.0) + (flow.diesel_kw or 0.0)
    # GoodWe counts the grid + exporting, so it is taken off: what is exported is a use like any other.
    sources = (flow.pv_kw or 0.0) + (battery or 0.0) - (grid or 0.0) + others
    return sources - (flow.load_kw or 0.0)


def _includes_ev(flow: Flow, battery: float | None, grid: float | None) -> bool | None:
    """Found from the balance: it closes with the charger's power beside the load, or without."""
    if flow.load_kw is None or not flow.ev_kw or not _is_whole(flow, battery):
        return None
    left = _rest(flow, battery, grid)
    if abs(left) <= _TOLERANCE_KW:
        return True
    return False if abs(left - flow.ev_kw) <= _TOLERANCE_KW else None


_STRING: Final = re.compile(r"MPPT-(\d+):Ppv")
_PHASES: Final = ("PHASE-A:pAc", "PHASE-B:pAc", "PHASE-C:pAc")


def figures(groups: Iterable[FactorGroup]) -> dict[str, float]:
    """The numbers by code."""
    return block(groups).figures


@frozen(kw_only=True)
class Block:
    """A device's own figures by the vendor's code, and why others are missing."""

    figures: dict[str, float] = field(factory=dict[str, float])
    unreadable: dict[str, str] = field(factory=dict[str, str])
    missing: str = ""
    """Why all are missing."""
    received_at: datetime | None = None
    cached: bool = False
    """Whether they are older than the provider asks them to be, because the caller allowed that."""

    def issues(self, codes: Mapping[str, str]) -> tuple[core.Issue, ...]:
        """What a reading lacks for it.

        Args:
            codes: the vendor's codes that each field comes from, separated by spaces.
        """
        if self.missing:
            return tuple(core.Issue(name, self.missing) for name in codes)
        return tuple(
            core.Issue(name, f"{code} is {self.unreadable[code]}")
            for name, wanted in codes.items()
            for code in wanted.split()
            if code in self.unreadable
        )


def block(groups: Iterable[FactorGroup]) -> Block:
    """The numbers by code, and what is none though it says something."""
    found: dict[str, float] = {}
    unreadable: dict[str, str] = {}
    for group in groups:
        for factor in group.factors or ():
            number = factor.number()
            if number is not None:
                found.setdefault(factor.code, number)
            elif factor.data not in (None, ""):
                unreadable.setdefault(factor.code, core.shown(factor.data))
    return Block(figures=found, unreadable=unreadable)


INVERTER_FLOW: Final = {"pSystem": "pv_w", "pConsum": "load_w"}
BATTERY_FLOW: Final = {"pBat": "power_w", "soc": "soc_pct"}
METER_FLOW: Final = {"pGrid": "power_w"}
INVERTER_CODES: Final = {
    "ac_w": "pAc",
    "frequency_hz": "Fac",
    "temperature_c": "Temperature",
    "pv_strings_w": "MPPT-1:Ppv MPPT-2:Ppv MPPT-3:Ppv MPPT-4:Ppv",
}
BATTERY_CODES: Final = {"soh_pct": "soh", "temperature_c": "batSysTemp tempMaxCell"}
METER_CODES: Final = {"phases_w": "PHASE-A:pAc PHASE-B:pAc PHASE-C:pAc"}
INVERTER_COUNTERS: Final = {"pv_energy": "proPvStatsTotal proPvStatsToday"}
BATTERY_COUNTERS: Final = {
    "charge_energy": "proCharStatsTotal proCharStatsToday",
    "discharge_energy": "proDischarStatsTotal proDischarStatsToday",
}
METER_COUNTERS: Final = {
    "import_energy": "proPurchaseStatsTotal proPurchaseStatsToday",
    "export_energy": "proGridStatsTotal proGridStatsToday",
}


def missing(
    seen: StationState,
    power: str,
    flow: Mapping[str, str],
    *blocks: tuple[Block, Mapping[str, str]],
    zeros: bool = False,
) -> tuple[core.Issue, ...]:
    """What a reading lacks, and what of it is in doubt.

    Args:
        seen: the station.
        power: the reading's field that its balance is about.
        flow: the fields that come from the flow, by the vendor's codes; where it lacks them, others may stand in.
        blocks: the device's own figures, and the fields that come from each.
        zeros: whether totals of 0 are to be named: meters of some models always report them.
    """
    found = list(seen.issues)
    refused = dict.fromkeys(flow, seen.lost) if seen.lost else seen.flows.refused
    found += [core.Issue(name, refused[code]) for code, name in flow.items() if code in refused]
    if seen.flows.unbalanced:
        found.append(core.Issue(power, seen.flows.unbalanced))
    for figures, codes in blocks:
        found += figures.issues(codes)
        found += [
            core.Issue(f"{name}.{code[-5:].lower()}_kwh", f"{code} is {figures.figures[code]:g}")
            for name, wanted in codes.items()
            for code in wanted.split()
            if name.endswith("_energy") and figures.figures.get(code, 0) < 0
        ]
        if zeros and any(figures.figures.values()):
            found += [
                core.Issue(f"{name}.total_kwh", "a total of 0 is no counter's")
                for name, wanted in codes.items()
                if figures.figures.get(wanted.split()[0]) == 0
            ]
    return tuple(found)


def figures_of(factors: Iterable[Factor]) -> dict[str, float]:
    """The numbers by code, out of factors without groups."""
    numbers = {each.code: each.number() for each in factors}
    return {code: number for code, number in numbers.items() if number is not None}


def texts(factors: Iterable[Factor]) -> dict[str, str]:
    """The texts by code, as ``information`` gives them."""
    return {each.code: str(each.data) for each in factors if each.data not in (None, "")}


def strings_kw(seen: Mapping[str, float]) -> list[float | None]:
    """The power of each tracker (kW), the first one first; empty when not reported."""
    found = {int(match[1]): value for code, value in seen.items() if (match := _STRING.fullmatch(code))}
    return [found.get(number) for number in range(1, max(found, default=0) + 1)]


def phases_kw(seen: Mapping[str, float]) -> list[float | None]:
    """The power of each phase by the vendor's sign (kW), L1 first; empty when not reported."""
    found = [seen.get(code) for code in _PHASES]
    return [] if all(each is None for each in found) else found


def counter(seen: Mapping[str, float], name: str, day: date | None) -> core.EnergyCounter | None:
    """An energy counter such as ``proPvStats``; None when nothing of it is reported.

    A total of 0 is what devices that are about to fall asleep report, so it counts as unknown; so does
    the day's figure beside it.
    """
    total, today = seen.get(f"{name}Total"), seen.get(f"{name}Today")
    if not total:
        total, today = None, today or None
    if total is None and today is None:
        return None
    return core.EnergyCounter(
        total_kwh=core.counter_or_none(total),
        today_kwh=core.counter_or_none(today),
        today=None if today is None else day,
    )


_STATIONS: Final = {
    0: core.InverterStatus.OFFLINE,
    1: core.InverterStatus.RUNNING,
    2: core.InverterStatus.FAULT,
    3: core.InverterStatus.STANDBY,
}


@frozen(kw_only=True)
class StationState:
    """A station's state at one time."""

    flows: Flows
    status: int | None = None
    received_at: datetime
    measured_at: datetime | None = None
    day: date | None = None
    """The station's calendar day."""
    raw: Any = None
    quality: core.Quality = core.Quality.LIVE
    issues: tuple[core.Issue, ...] = ()
    lost: str = ""
    """Why there is no flow, so that all is the device's own; empty where there is one."""

    def stamp(self) -> core.Stamp:
        """Where the reading comes from, and when."""
        source = "telemetry" if self.lost else "flow"
        return core.Stamp(
            received_at=self.received_at, measured_at=self.measured_at, quality=self.quality, source=source
        )

    def beside(self, telemetry: Block) -> StationState:
        """The same, as old as the device's own figures where those are older than they should be."""
        at = telemetry.received_at
        if at is None or not telemetry.cached:
            return self
        at = min(at, self.received_at)
        measured = None if self.measured_at is None else min(self.measured_at, at)
        return evolve(self, received_at=at, measured_at=measured, quality=core.Quality.CACHED)


def to_inverter_status(station: int | None) -> core.InverterStatus:
    """The station's status as that of its inverter."""
    return core.InverterStatus.UNKNOWN if station is None else _STATIONS.get(station, core.InverterStatus.UNKNOWN)


def to_inverter_reading(
    seen: StationState,
    telemetry: Mapping[str, float],
    counters: Mapping[str, float],
    *,
    alone: bool,
    first: bool,
    issues: Issues = (),
) -> core.InverterReading:
    """One inverter.

    Args:
        seen: the station.
        telemetry: the inverter's own figures; empty where it did not report or may not be seen.
        counters: its energy counters.
        alone: whether the station has no other; else its PV is its own trackers' sum.
        first: whether it stands for the house, whose load only the station knows.
        issues: what is missing, and why.
    """
    strings = strings_kw(telemetry)
    pv = seen.flows.pv_w if alone else None
    ac = watts(telemetry.get("pAc"))
    return core.InverterReading(
        stamp=seen.stamp(),
        issues=issues,
        raw=seen.raw,
        pv_w=_own_pv(telemetry, strings) if pv is None else pv,
        pv_strings_w=tuple(watts(each) for each in strings),
        ac_w=seen.flows.ac_w if ac is None and alone else ac,
        load_w=seen.flows.load_w if first else None,
        load_includes_ev=seen.flows.load_includes_ev if first else None,
        frequency_hz=telemetry.get("Fac"),
        temperature_c=telemetry.get("Temperature"),
        status=to_inverter_status(seen.status),
        pv_energy=counter(counters, "proPvStats", seen.day),
    )


def _own_pv(telemetry: Mapping[str, float], strings: list[float | None]) -> float | None:
    if not strings:
        return watts(telemetry.get("pDc"))
    known = [each for each in strings if each is not None]
    return watts(sum(known)) if len(known) == len(strings) else None


def to_meter_reading(
    seen: StationState, telemetry: Mapping[str, float], counters: Mapping[str, float], *, issues: Issues = ()
) -> core.MeterReading:
    """The grid connection; a meter's own figures have the flow's sign."""
    power = seen.flows.grid_w
    return core.MeterReading(
        stamp=seen.stamp(),
        issues=issues,
        raw=seen.raw,
        power_w=grid_watts(telemetry.get("totalPac")) if power is None else power,
        phases_w=tuple(grid_watts(each) for each in phases_kw(telemetry)),
        import_energy=counter(counters, "proPurchaseStats", seen.day),
        export_energy=counter(counters, "proGridStats", seen.day),
    )


def to_battery_reading(
    seen: StationState,
    telemetry: Mapping[str, float],
    counters: Mapping[str, float],
    *,
    alone: bool,
    issues: Issues = (),
) -> core.BatteryReading:
    """One battery.

    Args:
        seen: the station.
        telemetry: the battery's own figures.
        counters: those of its inverter.
        alone: whether the station has no other; else only its own figures count.
        issues: what is missing, and why.
    """
    power, soc = (seen.flows.battery_w, seen.flows.soc_pct) if alone else (None, None)
    odd = list(issues)
    if soc is None:
        soc = core.believed_percentage(telemetry.get("soc"), "soc_pct", odd)
    soh = core.believed_percentage(telemetry.get("soh"), "soh_pct", odd)
    return core.BatteryReading(
        stamp=seen.stamp(),
        issues=tuple(odd),
        raw=seen.raw,
        power_w=watts(telemetry.get("pBat")) if power is None else power,
        soc_pct=soc,
        soh_pct=soh,
        temperature_c=telemetry.get("batSysTemp", telemetry.get("tempMaxCell")),
        charge_energy=counter(counters, "proCharStats", seen.day),
        discharge_energy=counter(counters, "proDischarStats", seen.day),
    )
