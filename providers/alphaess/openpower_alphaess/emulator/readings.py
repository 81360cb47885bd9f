"""What endpoints read: the systems of the account, one of them right now, a day's series and energies, and totals."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.envelope import Code, Refusal, text
from openpower_alphaess.emulator.settings import minute_of_day

if TYPE_CHECKING:
    from openpower_alphaess.emulator.gate import Call, Params
    from openpower_alphaess.emulator.system import EmulatedSystem
    from openpower_simulation import Average, Energies

_NESTED: Final = {
    "ppvDetail": ("ppv1", "ppv2", "ppv3", "ppv4", "pmeterDc"),
    "pevDetail": ("ev1Power", "ev2Power", "ev3Power", "ev4Power"),
    "pgridDetail": ("pmeterL1", "pmeterL2", "pmeterL3"),
}
_KEYS: Final = (
    "ppv",
    "ppvDetail",
    "soc",
    "pev",
    "pevDetail",
    "prealL1",
    "prealL2",
    "prealL3",
    "pgrid",
    "pgridDetail",
    "pload",
    "pbat",
)


def systems(call: Call) -> list[dict[str, Any]]:
    return [_entry(system) for system in call.account.systems if system.bound]


def _entry(system: EmulatedSystem) -> dict[str, Any]:
    plate, quirks = system.nameplate, system.quirks
    return {
        "sysSn": plate.serial,
        "popv": float(plate.pv_kw),
        "minv": plate.inverter_model,
        "poinv": float(plate.inverter_kw),
        "cobat": float(plate.capacity_kwh),
        "mbat": plate.battery_model,
        # Documented as what remains; in every capture it is the usable capacity.
        "surplusCobat": plate.usable_kwh,
        "usCapacity": float(plate.usable_pct),
        "emsStatus": "Offline" if quirks.offline == "listed" else quirks.ems_status,
    }


def last_power(call: Call) -> dict[str, Any]:
    system = call.system
    quirks = system.quirks
    if quirks.telemetry == "null_nested":
        return {**dict.fromkeys(_KEYS), **{key: dict.fromkeys(_NESTED[key]) for key in _NESTED}}
    if quirks.telemetry == "null" or quirks.offline in {"listed", "nulls"}:
        return dict.fromkeys(_KEYS)
    return _readings(system, call)


def _readings(system: EmulatedSystem, call: Call) -> dict[str, Any]:
    now = system.snapshot(call.now)
    metered = system.quirks.pv != "strings"
    ppv = 0 if system.quirks.pv == "meter_uncounted" else now.pv_w
    # The house knows its own car only; the other chargers draw from the grid beside it.
    pgrid = now.grid_w + sum(charger.power_w for charger in system.chargers)
    # PV behind a foreign inverter does not pass this one: only strings and battery do.
    inverter_w = now.battery_w + (0 if metered else now.pv_w)
    return {
        "ppv": float(ppv),
        "ppvDetail": {
            **_split(0 if metered else now.pv_w, system.nameplate.strings, "ppv{}", 4),
            "pmeterDc": float(now.pv_w if metered else 0),
        },
        "soc": round(now.soc_pct, 1),
        **_chargers(system, now.ev_w),
        **_split(inverter_w, system.nameplate.phases, "prealL{}", 3),
        "pgrid": float(pgrid),
        "pgridDetail": _split(pgrid, system.nameplate.phases, "pmeterL{}", 3),
        # Not measured: it closes the balance by construction, and turns negative where PV is not counted.
        "pload": float(ppv + pgrid + now.battery_w),
        "pbat": float(now.battery_w),
    }


def _split(watts: float, parts: int, key: str, places: int) -> dict[str, float]:
    """Share power evenly among strings or phases, in whole watts, the rest on the first."""
    # The rest on the first, so that the parts add up to the whole.
    share = int(watts / parts)
    shares = [watts - share * (parts - 1), *[share] * (parts - 1), *[0] * (places - parts)]
    return {key.format(place): float(share) for place, share in enumerate(shares, start=1)}


def _chargers(system: EmulatedSystem, house_ev_w: int) -> dict[str, Any]:
    powers: list[float | None] = [
        float(house_ev_w if charger.follows_house else charger.power_w) for charger in system.chargers
    ]
    fitted = [power for power in powers if power is not None]
    powers += [None] * (4 - len(powers))
    return {
        # An int where there is no charger, and a decimal where there is one.
        "pev": sum(fitted) if fitted else 0,
        "pevDetail": {f"ev{place}Power": power for place, power in enumerate(powers, start=1)},
    }


_LAST_SECOND: Final = timedelta(minutes=4, seconds=59)


def check_day(params: Params) -> None:
    text(params, "sysSn")
    text(params, "queryDate")


def _day(call: Call) -> date:
    """The day asked for; 6026 for one that does not exist or is to come, and perhaps around local midnight."""
    quirks = call.system.quirks
    local = call.now.astimezone(call.system.zone)
    try:
        day = datetime.strptime(text(call.params, "queryDate"), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise Refusal(Code.BUSY) from None
    if day > local.date() or (_near_midnight(call) and quirks.midnight == "busy"):
        raise Refusal(Code.BUSY)
    return day


def _near_midnight(call: Call) -> bool:
    lasts = call.system.quirks.midnight_lasts
    local = call.now.astimezone(call.system.zone)
    since = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return lasts is not None and (since <= lasts or timedelta(days=1) - since <= lasts)


def series(call: Call) -> list[dict[str, Any]]:
    system, quirks = call.system, call.system.quirks
    rows: list[dict[str, Any]] = []
    for place, average in enumerate(system.rows(_day(call), call.now), start=1):
        stamp = _stamp(system, average.start, place)
        if any(_within(stamp.time(), gap) for gap in quirks.series_gaps):
            continue
        row = _row(system, average, stamp)
        rows.append(row)
        if quirks.series_duplicate_every and place % quirks.series_duplicate_every == 0:
            rows.append(dict(row))
    # Newest first in every live capture of 2024 to 2026.
    return rows[::-1]


def _stamp(system: EmulatedSystem, start: datetime, place: int) -> datetime:
    """When a row says it was uploaded, on the system's wall clock."""
    every = system.quirks.series_drift_every
    drift = timedelta(seconds=place // every if every else 0)
    offset = min(system.quirks.series_offset + drift, _LAST_SECOND)
    return (start + offset).astimezone(system.zone)


def _within(local: time, gap: tuple[str, str]) -> bool:
    begin, end = map(minute_of_day, gap)
    return begin <= local.hour * 60 + local.minute < (end or 1440)


def _row(system: EmulatedSystem, average: Average, stamp: datetime) -> dict[str, Any]:
    has_charger = bool(system.chargers)
    return {
        "sysSn": system.serial,
        "uploadTime": f"{stamp:%Y-%m-%d %H:%M:%S}",
        "ppv": 0.0 if system.quirks.pv == "meter_uncounted" else _watts(average.pv_w),
        # Metered, unlike pload; the car is behind the same meter.
        "load": _watts(average.load_w + average.ev_w),
        "cbat": round(average.soc_pct, 1),
        "feedIn": _watts(max(-average.grid_w, 0)),
        "gridCharge": _watts(max(average.grid_w, 0)),
        "pchargingPile": _watts(average.ev_w) if has_charger else 0,
    }


def _watts(power: float) -> float:
    return float(round(power))


def day_energy(call: Call) -> dict[str, Any]:
    system, day = call.system, _day(call)
    end = min(system.midnight(day + timedelta(days=1)), call.now)
    energies = system.energies(system.midnight(day), end, call.now)
    figures: dict[str, Any] = {
        "eCharge": _kwh(energies.charged_kwh),
        "epv": _kwh(energies.pv_kwh),
        "eOutput": _kwh(energies.exported_kwh),
        "eInput": _kwh(energies.imported_kwh),
        "eGridCharge": _kwh(energies.grid_charged_kwh),
        "eDischarge": _kwh(energies.discharged_kwh),
        "eChargingPile": _kwh(energies.ev_kwh),
    }
    face = system.quirks.midnight if _near_midnight(call) else system.quirks.day_energy
    if face == "null":
        return dict.fromkeys(("sysSn", "theDate", *figures))
    if face == "zero":
        figures = dict.fromkeys(figures, 0.0)
    return {"sysSn": system.serial, "theDate": day.isoformat(), **figures}


def _kwh(energy: float) -> float:
    return round(energy, 2)


def summary(call: Call) -> dict[str, Any]:
    system = call.system
    # "Today" is the day in UTC, wherever the system is.
    midnight = datetime.combine(call.now.astimezone(UTC).date(), time(), UTC)
    today = system.energies(midnight, call.now, call.now)
    figures = {
        "epvtoday": _kwh(today.pv_kwh),
        "epvtotal": None,
        "eload": 0.0,
        "eoutput": _kwh(today.exported_kwh),
        "einput": _kwh(today.imported_kwh),
        "echarge": _kwh(today.charged_kwh),
        "edischarge": _kwh(today.discharged_kwh),
    }
    # A residual of the figures beside it, to the cent.
    figures["eload"] = _kwh(
        sum(figures[key] or 0 for key in ("einput", "epvtoday", "edischarge"))
        - sum(figures[key] or 0 for key in ("eoutput", "echarge"))
    )
    return {**figures, **_tariff_figures(call, today)}


def _tariff_figures(call: Call, today: Energies) -> dict[str, Any]:
    """What is null on accounts without a tariff."""
    tariff, total = call.system.nameplate.tariff, call.system.snapshot(call.now).total
    if tariff is None:
        return dict.fromkeys(
            ("todayIncome", "totalIncome", "eselfConsumption", "eselfSufficiency", "treeNum", "carbonNum", "moneyType")
        )
    carbon = 0.86 * total.pv_kwh
    used = total.load_kwh + total.ev_kwh
    return {
        "epvtotal": _kwh(total.pv_kwh),
        "todayIncome": round(tariff.income(today.pv_kwh, today.exported_kwh), 2),
        "totalIncome": round(tariff.income(total.pv_kwh, total.exported_kwh), 2),
        # Documented as percentages; really fractions, and not today's.
        "eselfConsumption": round(1 - total.exported_kwh / max(total.pv_kwh, 0.01), 5),
        "eselfSufficiency": round(1 - total.imported_kwh / max(used, 0.01), 5),
        "treeNum": round(carbon / 5.023, 2),
        "carbonNum": round(carbon, 2),
        "moneyType": tariff.currency,
    }
