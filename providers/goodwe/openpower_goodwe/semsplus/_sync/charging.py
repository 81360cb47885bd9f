# Generated from charging.py by openpower_testing; do not edit.
"""What can be changed about an EV charger, as rows of settings: whether it charges, with what power, the household's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.errors import PartialData, PermissionDenied, RequestError
from openpower_core.provider import NativeCall, Setting
from openpower_goodwe.semsplus.control.charger import (
    ChargePower,
    Switch,
    needed_range,
    plan_power,
    plan_switch,
    to_power,
    to_switch,
)
from openpower_goodwe.semsplus.control.targets import CHARGER_BUDGET
from openpower_goodwe.semsplus.limits import WRITE_LIMITS
from openpower_goodwe.semsplus.mapping.chargers import power_range

if TYPE_CHECKING:
    from openpower_goodwe.semsplus._sync.client import SemsPlus
    from openpower_goodwe.semsplus.mapping.chargers import PowerRange
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

__all__ = ["ChargerBox", "ChargerSettings"]

_REVERTED = (
    "Chargers acknowledge and go back: PV modes when a power is sent, and some firmware at any time. Try the app."
)


class ChargerBox:
    """What the device and its documents share: the client, the serial, and the model that writes name."""

    def __init__(self, native: SemsPlus, sn: str, model: str | None, phases: int | None) -> None:
        self.native = native
        self.sn = sn
        self._row_model = model
        self._told: str | None = None
        self._phases = phases

    def model(self) -> str:
        """The product model, asked once; calls without it are refused (R0219)."""
        if self._told is None:
            try:
                self._told = self.native.get_ev_controls(self.sn).product_model
            except (PartialData, PermissionDenied, RequestError):
                self._told = None
            self._told = self._told or self._row_model or ""
        return self._told

    def detail(self) -> EvCharger:
        """Settings and state, anew."""
        return self.native.get_ev_charger(self.sn, self.model() or None)

    def last(self) -> LastCharge | None:
        """The running or last charge; None where it never charged."""
        try:
            return self.native.get_last_charge(self.sn)
        except PartialData:
            return None

    def span(self) -> PowerRange | None:
        """What its power can be set to."""
        model = self.model()
        return power_range(model, self._phases) or power_range(self._row_model, self._phases)


class ChargerSettings:
    """What can be set of one charger: whether it charges, with what power, and the household's limit."""

    def __init__(self, box: ChargerBox) -> None:
        self._box = box
        self._span: PowerRange | None = None
        self._generation = 1
        row: dict[str, Any] = {"limits": WRITE_LIMITS, "budget": CHARGER_BUDGET}
        self.switch: Setting[Switch] = Setting(
            "charging",
            read=self._read_switch,
            write=self._order,
            plan=lambda current, start: plan_switch(current, start=start),
            kind=Switch,
            calls=lambda switch, _: [NativeCall(method="start_charge" if switch.charging else "stop_charge")],
            not_applied_hint="The charger acknowledged it and does something else; is the car ready?",
            **row,
        )
        self.power: Setting[ChargePower] = Setting(
            "charge_power",
            read=self._read_power,
            write=self._set_power,
            plan=lambda current, amps: plan_power(current, amps, needed_range(self._span)),
            kind=ChargePower,
            calls=lambda power, _: [
                NativeCall(method="set_charge_mode", arguments={"mode": power.mode, "power_kw": power.kw})
            ],
            not_applied_hint=_REVERTED,
            **row,
        )
        self.site: Setting[float] = Setting(
            "site_current",
            read=self._read_site,
            write=self._set_site,
            field="amps",
            unit="A",
            rounding="down",
            reason="whole amperes are taken",
            method="set_ev_config",
            argument="currentLimit",
            not_applied_hint="The cloud says success to any setting; this charger may not have it.",
            **row,
        )

    def _read_switch(self) -> Switch:
        return to_switch(self._box.detail(), self._box.last())

    def _order(self, switch: Switch) -> None:
        order = "startCharge" if switch.charging else "stopCharge"
        box = self._box
        box.native.send_order(box.sn, order, box.model() or None)

    def _read_power(self) -> ChargePower:
        detail = self._box.detail()
        self._generation = 1 if detail.set_kw is not None or detail.max_kw is None else 2
        self._span = self._box.span()
        return to_power(detail)

    def _set_power(self, power: ChargePower) -> None:
        """Write mode and power; a restored PV mode has none."""
        box = self._box
        box.native.send_charge_mode(
            box.sn, power.mode or 0, box.model(), power_kw=power.kw, generation=self._generation
        )

    def _read_site(self) -> float:
        amps = self._box.detail().site_limit_a
        if amps is None:
            raise PartialData("the charger reports no incoming limit.", provider="goodwe-sems")
        return amps

    def _set_site(self, amps: float) -> None:
        box = self._box
        box.native.send_ev_config(box.sn, box.model(), {"currentLimit": int(amps)})
