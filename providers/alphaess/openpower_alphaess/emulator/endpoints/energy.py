"""A day's series, a day's energies, and the summary of today and of all days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.endpoints.call import Endpoint
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.parameters import text
from openpower_alphaess.emulator.settings.orders import minute_of_day

if TYPE_CHECKING:
    from openpower_alphaess.emulator.endpoints.call import Call, Params
    from openpower_alphaess.emulator.system import EmulatedSystem
    from openpower_simulation import Average, Energies

__all__ = ["ENERGY"]

_LAST_SECOND: Final = timedelta(minutes=4, seconds=59)


def _check_day(params: Params) -> None:
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


def _series(call: Call) -> list[dict[str, Any]]:
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


def _day_energy(call: Call) -> dict[str, Any]:
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


def _summary(call: Call) -> dict[str, Any]:
    system = call.system
    # "Today" is the day in UTC, wherever the system stands.
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
        # Documented as per cent; really fractions, and not today's.
        "eselfConsumption": round(1 - total.exported_kwh / max(total.pv_kwh, 0.01), 5),
        "eselfSufficiency": round(1 - total.imported_kwh / max(used, 0.01), 5),
        "treeNum": round(carbon / 5.023, 2),
        "carbonNum": round(carbon, 2),
        "moneyType": tariff.currency,
    }


ENERGY: Final = (
    Endpoint(name="getOneDayPowerBySn", verb="GET", check=_check_day, answer=_series, telemetry=True),
    Endpoint(name="getOneDateEnergyBySn", verb="GET", check=_check_day, answer=_day_energy, telemetry=True),
    Endpoint(name="getSumDataForCustomer", verb="GET", answer=_summary, telemetry=True),
)
