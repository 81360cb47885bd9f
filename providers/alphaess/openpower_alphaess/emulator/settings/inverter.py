"""The emulated inverter: it follows the settings on its own clock, and so steers the simulated house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_core.provider import BatteryMode
from openpower_simulation import BatteryDirective

if TYPE_CHECKING:
    from openpower_alphaess.emulator.quirks import Quirks
    from openpower_alphaess.emulator.settings.orders import Order
    from openpower_alphaess.emulator.settings.store import Settings
    from openpower_simulation import Situation

__all__ = ["Inverter"]

_STEPS_PER_HOUR = 60


class Inverter:
    """The controller of the house; see :class:`openpower_simulation.Controller`."""

    def __init__(self, settings: Settings, quirks: Quirks, *, capacity_kwh: float) -> None:
        self._settings = settings
        self._quirks = quirks
        self._wh_per_pct = capacity_kwh * 10

    def directive(self, situation: Situation, /) -> BatteryDirective:
        """What the battery is to do for the next minute."""
        order = self._settings.order(situation.time, situation.local)
        if order.mode is BatteryMode.CHARGE:
            return BatteryDirective(
                mode=BatteryMode.CHARGE,
                power_w=order.power_w,
                target_soc_pct=order.target_soc_pct,
                at_target=BatteryMode.HOLD if self._quirks.hold_charges_pv else BatteryMode.IDLE,
            )
        if order.mode is BatteryMode.AUTO:
            return self._self_consume(order, situation)
        return BatteryDirective(mode=order.mode)

    def _self_consume(self, order: Order, situation: Situation) -> BatteryDirective:
        """Self-consumption that ends at the cut-off, to the watt-hour, and not a minute later."""
        lacking = situation.load_w + situation.ev_w > situation.pv_w
        if not lacking:
            return BatteryDirective()
        above = situation.soc_pct - order.reserve_soc_pct
        most = above * self._wh_per_pct * _STEPS_PER_HOUR * 0.9
        if most < 1:
            return BatteryDirective(mode=BatteryMode.HOLD)
        return BatteryDirective(power_w=most if order.power_w is None else min(most, order.power_w))
