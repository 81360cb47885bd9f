"""Figures between the vendor's steps: what the device holds afterwards is what was asked, or an adjustment names it."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode, Schedule, Window
from openpower_core.errors import ControlError, OpenPowerError
from openpower_testing.checks._base import check
from openpower_testing.harness import Harness


@frozen
class Odd:
    """A value that lies on few vendors' grids."""

    role: str
    feature: Feature
    method: str
    argument: str
    value: Any
    shown: str
    """The method that reads it back."""
    figure: str = ""
    """The part of what that returns; empty for the whole."""

    async def read(self, harness: Harness, device: Any) -> Any:
        """The value that the device holds."""
        shown = await harness.call(device, self.shown)
        if isinstance(shown, Schedule):
            return next(((each.start, each.end) for each in shown.windows), None)
        for name in self.figure.split(".") if self.figure else ():
            shown = getattr(shown, name, None)
        return shown

    @property
    def asked(self) -> Any:
        """What it should hold."""
        return _TIMES if isinstance(self.value, Schedule) else self.value


_TIMES: Final = (time(1, 7), time(4, 3))
_WINDOW: Final = Window(start=_TIMES[0], end=_TIMES[1], mode=BatteryMode.CHARGE, target_soc_pct=80)
_ODD: Final = (
    Odd("battery", Feature.RESERVE_SOC, "apply_settings", "reserve_soc_pct", 23, "settings", "reserve_soc_pct"),
    Odd("battery", Feature.MAX_SOC, "apply_settings", "max_soc_pct", 87, "settings", "max_soc_pct"),
    Odd(
        "battery", Feature.POWER_LIMITS, "apply_settings", "max_charge_w", 2345, "settings", "power_limits.max_charge_w"
    ),
    Odd("battery", Feature.SET_SCHEDULE, "set_schedule", "schedule", Schedule(windows=(_WINDOW,)), "schedule"),
    Odd("inverter", Feature.SET_EXPORT_LIMIT, "set_export_limit", "limit_w", 2345, "export_limit"),
    Odd("ev_charger", Feature.CHARGER_CURRENT, "set_current_limit", "amps", 11.3, "limits", "present_a"),
)


@check("writes", per_flavour=False)
async def snapping_is_reported(harness: Harness) -> None:
    """If a device holds another value than was asked for, the receipt has an adjustment that gives it."""
    harness.need_clock()
    tried = 0
    for known in await harness.devices():
        for odd in _ODD:
            if odd.role == known.info.role and known.capabilities[odd.feature]:
                other = await harness.another()
                device = await other.device(known.info.id)
                tried += await _is_reported(other, device, odd)
    if not tried:
        harness.skip("no figure can be set and read back")


async def _is_reported(harness: Harness, device: Any, odd: Odd) -> bool:
    """Judge one value; False if it is refused, which says all, or cannot be read back."""
    whose = f"{odd.argument} of the {device.info.role}"
    try:
        receipt = await harness.call(device, odd.method, **{odd.argument: odd.value}, confirm="readback")
    except ControlError as error:
        harness.fail(
            f"{whose} was set to {odd.value}, and reading back does not show it: {error}",
            "Give the Setting the vendor's step, so that the value is adjusted before it is sent.",
        )
    except OpenPowerError:
        return False
    try:
        got = await odd.read(harness, device)
    except OpenPowerError:
        return False
    reported = {each.field: each.got for each in receipt.adjustments}
    # An adjustment may be of another field, as of a window's start.
    named = got == reported[odd.argument] if odd.argument in reported else bool(reported)
    if got is not None and got != odd.asked and not named:
        harness.fail(
            f"{whose} was set to {odd.asked}, the device holds {got}, and the receipt's adjustments are {reported}.",
            "Name it: Setting(step=…), or adjusted(field, asked, got, reason) in a plan.",
        )
    return got is not None
