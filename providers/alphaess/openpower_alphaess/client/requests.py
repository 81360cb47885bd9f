"""What native calls send: arguments checked, and brought into the endpoint and body that the vendor takes.

Nothing is guessed, and nothing off the vendor's grid leaves. Bodies are exactly as documented: each write replaces
everything it names.
"""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from openpower_alphaess import models
from openpower_alphaess.client.grid import EVERY_DAY, STEP_MINUTES, Period, clock, minutes, on_grid
from openpower_core.provider import (
    InvalidValue,
    MissingCredential,
    Secret,
    choice,
    clock_time,
    credential,
    day,
    flag,
    number as number_of,
    refused,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_core.provider import Converter, Number

Day: TypeAlias = date | str
Times: TypeAlias = tuple[time | str, time | str]
Write: TypeAlias = tuple[str, dict[str, Any]]
"""Endpoint and body."""


ARGUMENTS: Final[Mapping[str, Converter]] = {
    "serial_number": text,
    "charger_serial_number": text,
    "check_code": text,
    "verification_code": lambda value, name: credential(
        value if isinstance(value, Secret) else text(value, name), name
    ),
    "date": day,
}
"""How arguments of native calls are checked, by their names; the setters check the others."""


def _invalid(what: str, hint: str | None = None) -> InvalidValue:
    return InvalidValue(what, provider="alphaess", hint=hint)


# Who is asked, and for which day.


def needed_text(value: Secret, name: str) -> Secret:
    """A credential that is there, and can be sent."""
    secret = credential(value, name, provider="alphaess")
    if not secret:
        raise MissingCredential(
            f"{name} is empty.", provider="alphaess", hint="Get app_id and app_secret at https://open.alphaess.com."
        )
    return secret


def named_serial(serial_number: str | None, device_serial_number: str | None) -> str | None:
    """The serial number under either of its two names."""
    if serial_number and device_serial_number and serial_number != device_serial_number:
        raise _invalid(
            "serial_number and device_serial_number are two names for the same thing, but differ.", "Give one of them."
        )
    return serial_number or device_serial_number or None


def needed_serial(given: str | None, usual: str | None) -> str:
    """The serial number of the system that a call is for."""
    serial = given or usual
    if not serial:
        raise _invalid(
            "the call needs the serial number of a system.",
            "Give serial_number=, or use for_device(); list_systems() shows the serial numbers.",
        )
    return serial


def day_text(given: Day) -> str:
    """A calendar day of the system as ``yyyy-MM-dd``.

    >>> day_text(date(2026, 8, 4)), day_text("2026-08-04")
    ('2026-08-04', '2026-08-04')
    """
    return day(given, "date").isoformat()


# The native setters: their arguments are the vendor's, so a level is a fraction and times are the system's own.


def charging(serial: str, *, level: Number, on: bool, first: Any, second: Any) -> Write:
    """``set_charging_settings``."""
    windows = (_span(first, "first_period"), _span(second, "second_period"))
    return charge_write(serial, on=_flag(on, "use_grid"), windows=windows, limit=_fraction(level, "stop_level"))


def discharging(serial: str, *, level: Number, on: bool, first: Any, second: Any) -> Write:
    """``set_discharging_settings``."""
    windows = (_span(first, "first_period"), _span(second, "second_period"))
    on = _flag(on, "enable_time_control")
    level = number_of(level, "stop_level")
    if level == 1 and isinstance(level, int):
        raise _invalid("stop_level is 1, which could mean 1 % or 100 %.", "Give 0.01 for 1 %, 1.0 for 100 %.")
    return discharge_write(serial, on=on, windows=windows, limit=_fraction(level, "stop_level"))


def schedule(
    serial: str,
    *,
    charge: Sequence[models.TimePeriod],
    discharge: Sequence[models.TimePeriod],
    charge_on: bool,
    discharge_on: bool,
    cycle: models.CycleType | int,
) -> Write:
    """``set_periodic_schedule``."""
    weekly = choice(cycle, "execute_cycle_type", (0, 1, *models.CycleType)) == models.CycleType.WEEKLY
    return schedule_write(
        serial,
        weekly=weekly,
        flags=(_flag(charge_on, "grid_charge_cycle"), _flag(discharge_on, "ctr_dis_cycle")),
        charge=_periods(charge, "charge_time_list", weekly=weekly),
        discharge=_periods(discharge, "discharge_time_list", weekly=weekly),
    )


def current(serial: str, *, amps: Number) -> Write:
    """``set_ev_charger_current_draw_settings``."""
    return current_write(serial, _measure(amps, "current_draw", 1, 1000, "A"))


def charger(serial: str, *, charger_serial: str, charging: bool) -> Write:
    """``control_ev_charger``."""
    return charger_write(serial, charger_serial, charging=_flag(charging, "charging"))


def meter_offset(serial: str, *, offset_kw: Number, on: bool, first: Any, second: Any) -> Write:
    """``set_meter_offset``."""
    one, two = _span(first, "first_period"), _span(second, "second_period")
    return "updateMeterOffsetConfigInfo", {
        "sysSn": serial,
        "pmOffset": number(round(_measure(offset_kw, "offset_kw", -500, 500, "kW"), 1)),
        "pmOffsetEn": int(_flag(on, "enabled")),
        "pmOffsetS1": one.begin,
        "pmOffsetE1": one.end,
        "pmOffsetS2": two.begin,
        "pmOffsetE2": two.end,
    }


def bind(serial: str, *, code: str | Secret) -> Write:
    """``bind_system``."""
    return "bindSn", {"sysSn": serial, "code": code}


def unbind(serial: str) -> Write:
    """``unbind_system``."""
    return "unBindSn", {"sysSn": serial}


# Endpoints and bodies.


def number(value: float) -> float:
    """A whole number without a decimal point, as in the vendor's examples.

    >>> number(95.0), number(0.29 * 100), number(7.25)
    (95, 29, 7.25)
    """
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def charge_write(serial: str, *, on: bool, windows: Sequence[Period], limit: float) -> Write:
    """Two charge windows and the percentage at which charging stops."""
    first, second = windows
    return "updateChargeConfigInfo", {
        "sysSn": serial,
        "batHighCap": number(limit),
        "gridCharge": int(on),
        "timeChaf1": first.begin,
        "timeChae1": first.end,
        "timeChaf2": second.begin,
        "timeChae2": second.end,
    }


def discharge_write(serial: str, *, on: bool, windows: Sequence[Period], limit: float) -> Write:
    """Two discharge windows and the percentage at which discharging stops."""
    first, second = windows
    return "updateDisChargeConfigInfo", {
        "sysSn": serial,
        "batUseCap": number(limit),
        "ctrDis": int(on),
        "timeDisf1": first.begin,
        "timeDise1": first.end,
        "timeDisf2": second.begin,
        "timeDise2": second.end,
    }


def schedule_write(
    serial: str, *, weekly: bool, flags: tuple[bool, bool], charge: Sequence[Period], discharge: Sequence[Period]
) -> Write:
    """The periodic schedule: both lists, neither of them empty, and both flags, always.

    Args:
        serial: the system.
        weekly: whether the periods name their days.
        flags: whether the charge and the discharge periods are in force.
        charge: when to charge.
        discharge: when the battery may serve the house.
    """
    return "setTimeChargeBySn", {
        "sysSn": serial,
        "executeCycleType": int(weekly),
        "gridChargeCycle": int(flags[0]),
        "ctrDisCycle": int(flags[1]),
        "chargeTimeList": [_element(period, weekly=weekly) for period in charge],
        "dischargeTimeList": [_element(period, weekly=weekly) for period in discharge],
    }


def _element(period: Period, *, weekly: bool) -> dict[str, Any]:
    days = period.days if weekly else period.weeks
    return {
        "beginTime": period.begin,
        "endTime": period.end,
        **({} if days is None else {"weeks": list(days)}),
        **({} if period.power is None else {"chargePower": number(period.power)}),
        **({} if period.limit is None else {"chargeLimit": number(period.limit)}),
    }


def current_write(serial: str, amps: float) -> Write:
    """The household's current limit; the key is all lower case."""
    return "setEvChargerCurrentsBySn", {"sysSn": serial, "currentsetting": number(amps)}


def charger_write(serial: str, charger: str, *, charging: bool) -> Write:
    """A charger's switch: 0 stops, 1 starts."""
    return "remoteControlEvCharger", {"sysSn": serial, "evchargerSn": charger, "controlMode": int(charging)}


# Checks of single arguments.


def _fraction(value: Any, name: str) -> float:
    """The percentage of a level given as a fraction."""
    level = number_of(value, name)
    if 0 <= level <= 1 and (percentage := round(level * 100, 6)) % 1 == 0:
        return percentage
    meant = f"For {level:g} % give {level / 100:g}." if 1 < level <= 100 else None
    raise refused(value, name, "a fraction from 0 to 1 in steps of 0.01", hint=meant)


def _flag(value: Any, name: str) -> bool:
    """True or False; 0 and 1 count as well, as the vendor writes them."""
    return flag(bool(value) if type(value) is int and value in (0, 1) else value, name)


def _measure(value: Any, name: str, least: float, most: float, unit: str) -> float:
    """A number within bounds."""
    return number_of(value, name, low=least, high=most, unit=unit)


def _span(value: Any, name: str) -> Period:
    """A period given as a pair of times; times on the grid only."""
    if not isinstance(value, tuple | list) or len(value) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise refused(value, name, "a pair of times (begin, end)")  # pyright: ignore[reportUnknownArgumentType]
    begin, end = value  # pyright: ignore[reportUnknownVariableType]
    return Period(begin=_clock(begin, name), end=_clock(end, name))


def _clock(given: Any, name: str) -> str:
    value = clock_time(given, name)
    if not on_grid(value.hour * 60 + value.minute):
        allowed = ", ".join(str(minute) for minute in range(0, 60, STEP_MINUTES))
        raise _invalid(
            f"{name} has {value}, and the inverter ignores times that are not on a {STEP_MINUTES}-minute step.",
            f"Give minutes from {allowed}.",
        )
    return clock(value.hour * 60 + value.minute)


def _periods(given: Sequence[models.TimePeriod], name: str, *, weekly: bool) -> tuple[Period, ...]:
    """Periods for the periodic schedule, complete enough to have an effect."""
    if not isinstance(given, list | tuple):
        raise refused(given, name, "a list of TimePeriod records")
    if not given:
        raise _invalid(
            f"{name} is empty, and AlphaESS takes no empty list.",
            "Give a period from 00:00 to 00:00 and switch its side off: TimePeriod(begin_time='00:00', …).",
        )
    for period in given:
        if not isinstance(period, models.TimePeriod):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refused(period, name, "a list of TimePeriod records")
    return tuple(_period(period, f"{name}[{index}]", weekly) for index, period in enumerate(given))


def _period(given: models.TimePeriod, name: str, weekly: bool) -> Period:
    begin, end = minutes(given.begin_time), minutes(given.end_time)
    if begin is None or end is None or not on_grid(begin, end):
        raise _invalid(
            f"{name} runs from {given.begin_time!r} to {given.end_time!r}; times are 'HH:mm' in {STEP_MINUTES}-minute "
            f"steps, from 00:00 to {clock(1440 - STEP_MINUTES)}."
        )
    days = tuple(sorted(set(given.weeks or ()))) if weekly else EVERY_DAY
    if not days or not set(days) <= set(EVERY_DAY):
        raise _invalid(f"{name} has weeks {given.weeks!r}; they are days from 1 (Monday) to 7.")
    if given.charge_power is None:
        raise _invalid(
            f"{name} has no charge_power; it would show in the app and do nothing.",
            "Give it in W; values above the inverter's rating are clipped.",
        )
    return Period(
        begin=clock(begin),
        end=clock(end),
        days=days,
        limit=_measure(given.charge_limit, f"{name}.charge_limit", 10, 100, "%"),
        power=_measure(given.charge_power, f"{name}.charge_power", 0, 1e6, "W"),
    )
