"""The house's snapshots, averages, prices and metered energy in the words of the vocabulary, and what its devices are; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import attrs

from openpower_core import provider as core
from openpower_demo.client import World
from openpower_simulation import Average, Market, MarketInterval, Metered, Snapshot, SpikeStatus

_STRINGS = (0.55, 0.45)
"""How the two strings of panels share the sun."""


def _live(state: Snapshot) -> core.Stamp:
    return core.Stamp(received_at=state.time, measured_at=state.time, source="status")


def _averaged(line: Average) -> core.Stamp:
    return core.Stamp(
        received_at=line.end,
        measured_at=line.start,
        quality=core.Quality.AVERAGE,
        source="history",
        interval=(line.start, line.end),
    )


def _counter(state: Snapshot, name: str) -> core.EnergyCounter:
    """One direction's counter; ``name`` is that of a field of ``Energies``."""
    return core.EnergyCounter(
        total_kwh=getattr(state.total, name), today_kwh=getattr(state.today, name), today=state.day
    )


def _strings(pv_w: float) -> tuple[float, float]:
    first = round(pv_w * _STRINGS[0])
    return first, pv_w - first


def to_inverter_reading(state: Snapshot) -> core.InverterReading:
    """The PV side, and the house's load without the car."""
    return core.InverterReading(
        stamp=_live(state),
        raw=state,
        pv_w=state.pv_w,
        pv_strings_w=_strings(state.pv_w),
        ac_w=state.pv_w,
        load_w=state.load_w,
        load_includes_ev=False,
        frequency_hz=50.0,
        temperature_c=round(25 + state.pv_w / 250, 1),
        status=core.InverterStatus.RUNNING if state.pv_available_w else core.InverterStatus.STANDBY,
        pv_energy=_counter(state, "pv_kwh"),
        load_energy=_counter(state, "load_kwh"),
    )


def to_battery_reading(state: Snapshot) -> core.BatteryReading:
    """The battery at the AC bus."""
    return core.BatteryReading(
        stamp=_live(state),
        raw=state,
        power_w=state.battery_w,
        soc_pct=round(state.soc_pct, 2),
        soh_pct=98.0,
        temperature_c=round(24 + abs(state.battery_w) / 1000, 1),
        charge_energy=_counter(state, "charged_kwh"),
        discharge_energy=_counter(state, "discharged_kwh"),
    )


def to_meter_reading(state: Snapshot) -> core.MeterReading:
    """The grid connection, which has one phase."""
    return core.MeterReading(
        stamp=_live(state),
        raw=state,
        power_w=state.grid_w,
        phases_w=(float(state.grid_w),),
        import_energy=_counter(state, "imported_kwh"),
        export_energy=_counter(state, "exported_kwh"),
    )


def to_charger_reading(state: Snapshot) -> core.EVChargerReading:
    """The car at its charging point."""
    return core.EVChargerReading(
        stamp=_live(state),
        raw=state,
        status=state.charger_status,
        power_w=state.ev_w,
        current_a=round(state.ev_current_a, 2),
        session_kwh=round(state.session_kwh, 6),
        energy=_counter(state, "ev_kwh"),
    )


def inverter_average(line: Average) -> core.InverterReading:
    """Five minutes of PV and load."""
    return core.InverterReading(
        stamp=_averaged(line), raw=line, pv_w=line.pv_w, ac_w=line.pv_w, load_w=line.load_w, load_includes_ev=False
    )


def battery_average(line: Average) -> core.BatteryReading:
    """Five minutes of the battery."""
    return core.BatteryReading(stamp=_averaged(line), raw=line, power_w=line.battery_w, soc_pct=round(line.soc_pct, 2))


def meter_average(line: Average) -> core.MeterReading:
    """Five minutes of the grid connection."""
    return core.MeterReading(stamp=_averaged(line), raw=line, power_w=line.grid_w)


def charger_average(line: Average) -> core.EVChargerReading:
    """Five minutes of the car."""
    return core.EVChargerReading(stamp=_averaged(line), raw=line, power_w=line.ev_w)


CHANNELS: Final = (core.Channel.IMPORT, core.Channel.EXPORT)
"""The registers of the home's meter; it has no controlled load."""

_SUPPLY_CHARGE: Final = "1.10"
"""Per day, tax included."""
_SPIKES: Final = {SpikeStatus.NONE: False, SpikeStatus.POTENTIAL: None, SpikeStatus.SPIKE: True}

_COAL_G_PER_KWH: Final = 820
"""What the part that is not renewable emits."""


def to_price(interval: MarketInterval, channel: core.Channel, *, market: Market, currency: str) -> core.Price:
    """One interval's price on one channel."""
    band = [
        None if spot is None else market.price(interval, channel, spot)
        for spot in (interval.expected, interval.low, interval.high)
    ]
    return core.Price(
        start=interval.start,
        end=interval.end,
        channel=channel,
        per_kwh=market.price(interval, channel),
        currency=currency,
        tax_included=True if market.tariff.tax_included(channel) else None,
        tax_rate=market.tariff.tax if market.tariff.tax_included(channel) else None,
        kind=interval.kind,
        estimate=interval.estimate,
        expected_per_kwh=band[0],
        low=band[1],
        high=band[2],
        spot_per_kwh=interval.spot,
        renewables_pct=interval.renewables_pct,
        spike=_SPIKES[interval.spike],
        demand_window=market.tariff.demand_window(interval.local),
        period=market.tariff.period(interval.local).value,
        raw=interval,
    )


def to_tariff(market: Market, *, currency: str) -> core.Tariff:
    """What the contract charges beside its prices; the supply charge is made up."""
    return core.Tariff(
        name="wholesale price with network tariff",
        currency=currency,
        tax_included=True,
        tax_rate=market.tariff.tax,
        standing_charges=(core.StandingCharge(amount=_SUPPLY_CHARGE, name="supply charge"),),
    )


def to_usage(item: Metered, *, currency: str) -> core.Usage:
    """One interval's energy on one channel; cost + you pay, also for export."""
    return core.Usage(
        start=item.interval.start,
        end=item.interval.end,
        channel=item.channel,
        kwh=item.kwh,
        cost=item.cost,
        currency=currency,
        quality=core.UsageQuality.BILLABLE,
        raw=item,
    )


def to_grid_mix(interval: MarketInterval) -> core.GridMix:
    """One interval's share of renewables, and what the rest emits."""
    fossil = max(0.0, 100 - interval.renewables_pct) / 100
    return core.GridMix(
        start=interval.start,
        end=interval.end,
        renewables_pct=interval.renewables_pct,
        carbon_g_per_kwh=round(_COAL_G_PER_KWH * fossil, 1),
        kind=interval.kind,
        raw=interval,
    )


def channels(channel: core.Channel | str | None) -> tuple[core.Channel, ...]:
    """The channels that are meant: all of the meter's, or the one named."""
    if channel is None:
        return CHANNELS
    if channel not in CHANNELS:
        raise core.Unsupported(
            f"the simulated home's meter has no channel {str(channel)!r}.",
            feature="prices",
            alternatives=[str(one) for one in CHANNELS],
            provider="demo",
        )
    return (core.Channel(channel),)


_SIMULATED: Final = core.Capability(support=core.Support.FULL, note="Simulated: no hardware is behind it.")
_LATE: Final = core.Capability(
    support=core.Support.FULL, note="Simulated; a day's usage appears at 06:00 the next morning."
)

_AUTO: Final = core.Capability(
    support=core.Support.FULL, note="Simulated; the battery serves house and car, and never the grid."
)

SCHEDULE: Final = core.ScheduleLimits(recurrence=core.Recurrence.WEEKLY)
"""Any windows, by the minute, every day of the week, with power and target."""

WRITES: Final = core.WriteLimits(settle_timeout=timedelta(seconds=5), poll=timedelta(seconds=1), ends=core.End.DEVICE)
"""The house obeys at once and as often as asked."""


def _all(features: Iterable[core.Feature]) -> dict[core.Feature, core.Capability]:
    return dict.fromkeys(features, _SIMULATED)


METER: Final = core.Capabilities(features=_all([core.Feature.READ, core.Feature.HISTORY]))

INVERTER: Final = core.Capabilities(
    features=_all([core.Feature.READ, core.Feature.HISTORY, core.Feature.EXPORT_LIMIT, core.Feature.SET_EXPORT_LIMIT]),
    writes=WRITES,
)

BATTERY: Final = core.Capabilities(
    features={core.Feature.AUTO: _AUTO}
    | _all(
        [
            core.Feature.READ,
            core.Feature.HISTORY,
            core.Feature.CHARGE,
            core.Feature.HOLD,
            core.Feature.NO_CHARGE,
            core.Feature.IDLE,
            core.Feature.EXPORT,
            core.Feature.COMMAND_POWER,
            core.Feature.COMMAND_TARGET_SOC,
            core.Feature.RELEASE,
            core.Feature.SCHEDULE,
            core.Feature.SET_SCHEDULE,
            core.Feature.SETTINGS,
            core.Feature.RESERVE_SOC,
            core.Feature.MAX_SOC,
            core.Feature.GRID_CHARGE_ALLOWED,
            core.Feature.POWER_LIMITS,
        ]
    ),
    schedule=SCHEDULE,
    writes=WRITES,
)


def battery_capabilities(like: core.Behaviour | None) -> core.Capabilities:
    """All that there is; or what the vendor's batteries can do that it imitates, which it reads like its own."""
    if like is None:
        return BATTERY
    own = {core.Feature.READ: _SIMULATED, core.Feature.HISTORY: _SIMULATED}
    imitated = {name: attrs.evolve(each, verified=False) for name, each in like.battery.features.items()}
    return attrs.evolve(like.battery, features={**imitated, **own})


CHARGER: Final = core.Capabilities(
    features=_all(
        [
            core.Feature.READ,
            core.Feature.HISTORY,
            core.Feature.START,
            core.Feature.STOP,
            core.Feature.LIMITS,
            core.Feature.CHARGER_CURRENT,
            core.Feature.SITE_CURRENT,
        ]
    ),
    writes=WRITES,
)

RETAILER: Final = core.Capabilities(
    features={
        **_all(
            [
                core.Feature.CURRENT_PRICE,
                core.Feature.PRICES,
                core.Feature.FORECAST,
                core.Feature.EXPORT_PRICES,
                core.Feature.TARIFF,
                core.Feature.GRID_MIX,
            ]
        ),
        core.Feature.USAGE: _LATE,
    }
)


def _who(world: World, role: core.Role, model: str) -> dict[str, Any]:
    return {
        "id": f"{world.serial}/{role}",
        "provider": "demo",
        "serial": world.serial,
        "role": role,
        "model": model,
        "vendor": "openpower",
        "tz": world.plant.tz,
    }


def device_info(world: World, role: core.Role) -> core.DeviceInfo:
    """The meter, the charger or the retailer."""
    models = {
        core.Role.METER: "Simulated meter",
        core.Role.EV_CHARGER: "Simulated charger",
        core.Role.RETAILER: "Simulated retailer",
    }
    return core.DeviceInfo(**_who(world, role, models[role]))


def inverter_info(world: World) -> core.InverterInfo:
    """The inverter with its rating."""
    rated = world.plant.inverter_w
    return core.InverterInfo(**_who(world, core.Role.INVERTER, "Simulated inverter"), rated_w=rated)


def battery_info(world: World) -> core.BatteryInfo:
    """The battery with its sizes."""
    plant = world.plant
    return core.BatteryInfo(
        **_who(world, core.Role.BATTERY, "Simulated battery"),
        capacity_kwh=plant.battery_kwh,
        usable_kwh=round(plant.usable_kwh, 3),
        max_charge_w=plant.battery_w,
        max_discharge_w=plant.battery_w,
    )
