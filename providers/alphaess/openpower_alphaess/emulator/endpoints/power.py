"""The systems of the account, and what one of them does right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.endpoints.call import Endpoint

if TYPE_CHECKING:
    from openpower_alphaess.emulator.endpoints.call import Call
    from openpower_alphaess.emulator.system import EmulatedSystem

__all__ = ["POWER"]

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


def _systems(call: Call) -> list[dict[str, Any]]:
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


def _last_power(call: Call) -> dict[str, Any]:
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
    share = int(watts / parts)
    shares = [watts - share * (parts - 1), *[share] * (parts - 1), *[0] * (places - parts)]
    return {key.format(place): float(each) for place, each in enumerate(shares, start=1)}


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


POWER: Final = (
    Endpoint(name="getEssList", verb="GET", check=lambda _params: None, answer=_systems, about_a_system=False),
    Endpoint(name="getLastPowerData", verb="GET", answer=_last_power, telemetry=True),
)
