"""``openpower reserve``, ``max-soc``, ``limits`` and ``export-limit``: settings that last; shown without a value, set with one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from attrs import frozen
from cyclopts import Parameter

from openpower import Feature, InvalidValue, Unsupported
from openpower.cli.arguments import connect_to
from openpower.cli.changes import Change, carry_out
from openpower.cli.options import (
    BATTERY_SETTING,
    INVERTER_SETTING,
    BatterySettingOptions,
    InverterSettingOptions,
    Name,
    SettingOptions,
)
from openpower.cli.output import print_json, print_labelled

_NONE: Final = "none"
"""What removes a limit."""
Percentage = Annotated[str | None, Parameter(help="a percentage; without one, the setting is shown.")]
Watts = Annotated[str | None, Parameter(help="watts, or none for no limit; without it, the limit is shown.")]


@frozen(kw_only=True)
class _Figure:
    """One figure of a device: its name in the library, and what it is called on the screen."""

    field: str
    label: str
    text: Callable[[float | None], str]


def _level_text(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.10g} %"  # a setting is shown to its last digit


def _limit_text(watts: float | None) -> str:
    return _NONE if watts is None else f"{watts:.10g} W"


_RESERVE: Final = _Figure(field="reserve_soc_pct", label="reserve", text=_level_text)
_MAX_SOC: Final = _Figure(field="max_soc_pct", label="max-soc", text=_level_text)
_EXPORT: Final = _Figure(field="export_limit_w", label="export-limit", text=_limit_text)


def reserve(name: Name = None, value: Percentage = None, /, *, options: BatterySettingOptions = BATTERY_SETTING) -> int:
    """Show or set the charge that the battery keeps for a power cut."""
    return _level(name, value, _RESERVE, options)


def max_soc(name: Name = None, value: Percentage = None, /, *, options: BatterySettingOptions = BATTERY_SETTING) -> int:
    """Show or set the charge above which the battery does not charge from the grid."""
    return _level(name, value, _MAX_SOC, options)


def export_limit(
    name: Name = None, value: Watts = None, /, *, options: InverterSettingOptions = INVERTER_SETTING
) -> int:
    """Show or set the most power that the inverter exports."""
    name, value = _placed(name, value)
    if value is None:
        return _show(name, options, lambda inverter: [(_EXPORT, inverter.export_limit())])
    limit = None if value == _NONE else _number(value, _EXPORT.label)

    def change(inverter: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return inverter.set_export_limit(limit, dry_run=dry_run)

        words = "remove the export limit" if limit is None else f"limit the export to {_limit_text(limit)}"
        return Change(send=send, request=words)

    return carry_out(name, options, change)


def _never_text(verb: str, watts: float | None) -> str:
    """A limit of 0 is one: it lasts like every setting until it is changed, and no command charges past it."""
    return f"0 W (the battery does not {verb} at all)" if watts == 0 else _limit_text(watts)


_CHARGE: Final = _Figure(field="max_charge_w", label="charge", text=partial(_never_text, "charge"))
_DISCHARGE: Final = _Figure(field="max_discharge_w", label="discharge", text=partial(_never_text, "discharge"))
Limit = Annotated[str | None, Parameter(help="watts, or none for no limit.")]


def limits(
    name: Name = None,
    /,
    *,
    charge: Limit = None,
    discharge: Limit = None,
    options: BatterySettingOptions = BATTERY_SETTING,
) -> int:
    """Show or set the most power that the battery charges and discharges with."""
    typed = [(figure, value) for figure, value in ((_CHARGE, charge), (_DISCHARGE, discharge)) if value is not None]
    if not typed:
        return _show(name, options, _limits_of)
    wanted = {figure: None if value == _NONE else _number(value, f"--{figure.label}") for figure, value in typed}

    def change(battery: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return battery.apply_settings(**{f.field: watts for f, watts in wanted.items()}, dry_run=dry_run)

        words = ", ".join(f"{figure.label} {figure.text(watts)}" for figure, watts in wanted.items())
        return Change(send=send, request=f"set the power limits: {words}")

    return carry_out(name, options, change)


def _limits_of(battery: Any) -> list[tuple[_Figure, float | None]]:
    limits = battery.settings().power_limits
    if limits is None:
        raise Unsupported("this battery has no power limits, or does not show them.", feature=Feature.POWER_LIMITS)
    return [(_CHARGE, limits.max_charge_w), (_DISCHARGE, limits.max_discharge_w)]


def _level(name: str | None, value: str | None, figure: _Figure, options: SettingOptions) -> int:
    name, value = _placed(name, value)
    if value is None:
        return _show(name, options, lambda battery: [(figure, getattr(battery.settings(), figure.field))])
    level = _number(value.removesuffix("%").rstrip(), figure.label)

    def change(battery: Any, _home: str) -> Change:
        def send(*, dry_run: bool) -> Any:
            return battery.apply_settings(**{figure.field: level}, dry_run=dry_run)

        return Change(send=send, request=f"set the {figure.label} to {figure.text(level)}")

    return carry_out(name, options, change)


def _show(name: str | None, options: SettingOptions, read: Callable[[Any], list[tuple[_Figure, float | None]]]) -> int:
    """Print the figures of the device."""
    _, connection = connect_to(name, options)
    with connection:
        device = options.device(connection)
        found = read(device)
    if options.json:
        print_json({"device_id": device.info.id, **{figure.field: value for figure, value in found}})
    else:
        print_labelled([("device", device.info.id), *((figure.label, figure.text(value)) for figure, value in found)])
    return 0


def _placed(name: str | None, value: str | None) -> tuple[str | None, str | None]:
    """NAME and the value, where only one of the two was typed: a number, or none, is a value."""
    if value is None and name is not None and (name == _NONE or name.removesuffix("%").replace(".", "", 1).isdecimal()):
        return None, name
    return name, value


def _number(text: str, label: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidValue(f"{label} is {text!r}; it must be a number.") from None
