"""What can be changed about an EV charger, as rows of settings: whether it charges, with what power, the household's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.errors import PartialData, PermissionDenied, RequestError
from openpower_core.provider import AsyncSetting, NativeCall
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
    from openpower_goodwe.semsplus._async.client import AsyncSemsPlus
    from openpower_goodwe.semsplus.mapping.chargers import PowerRange
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

__all__ = ["AsyncChargerBox", "AsyncChargerSettings"]

_REVERTED = (
    "Chargers acknowledge and go back: PV modes when a power is sent, and some firmware at any time. Try the app."
)


class AsyncChargerBox:
    """What the device and its documents share: the client, the serial, and the model that writes name."""

    def __init__(self, native: AsyncSemsPlus, sn: str, model: str | None, phases: int | None) -> None:
        self.native = native
        self.sn = sn
        self._row_model = model
        self._told: str | None = None
        self._phases = phases

    async def model(self) -> str:
        """The product model, asked once; calls without it are refused (R0219)."""
        if self._told is None:
            try:
                self._told = (await self.native.get_ev_controls(self.sn)).product_model
            except (PartialData, PermissionDenied, RequestError):
                self._told = None
            self._told = self._told or self._row_model or ""
        return self._told

    async def detail(self) -> EvCharger:
        """Settings and state, anew."""
        return await self.native.get_ev_charger(self.sn, await self.model() or None)

    async def last(self) -> LastCharge | None:
        """The running or last charge; None where it never charged."""
        try:
            return await self.native.get_last_charge(self.sn)
        except PartialData:
            return None

    async def span(self) -> PowerRange | None:
        """What its power can be set to."""
        model = await self.model()
        return power_range(model, self._phases) or power_range(self._row_model, self._phases)


class AsyncChargerSettings:
    """What can be set of one charger: whether it charges, with what power, and the household's limit."""

    def __init__(self, box: AsyncChargerBox) -> None:
        self._box = box
        self._span: PowerRange | None = None
        self._generation = 1
        row: dict[str, Any] = {"limits": WRITE_LIMITS, "budget": CHARGER_BUDGET}
        self.switch: AsyncSetting[Switch] = AsyncSetting(
            "charging",
            read=self._read_switch,
            write=self._order,
            plan=lambda current, start: plan_switch(current, start=start),
            kind=Switch,
            calls=lambda switch, _: [NativeCall(method="start_charge" if switch.charging else "stop_charge")],
            not_applied_hint="The charger acknowledged it and does something else; is the car ready?",
            **row,
        )
        self.power: AsyncSetting[ChargePower] = AsyncSetting(
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
        self.site: AsyncSetting[float] = AsyncSetting(
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

    async def _read_switch(self) -> Switch:
        return to_switch(await self._box.detail(), await self._box.last())

    async def _order(self, switch: Switch) -> None:
        order = "startCharge" if switch.charging else "stopCharge"
        box = self._box
        await box.native.send_order(box.sn, order, await box.model() or None)

    async def _read_power(self) -> ChargePower:
        detail = await self._box.detail()
        self._generation = 1 if detail.set_kw is not None or detail.max_kw is None else 2
        self._span = await self._box.span()
        return to_power(detail)

    async def _set_power(self, power: ChargePower) -> None:
        """Write mode and power; a restored PV mode has none."""
        box = self._box
        await box.native.send_charge_mode(
            box.sn, power.mode or 0, await box.model(), power_kw=power.kw, generation=self._generation
        )

    async def _read_site(self) -> float:
        amps = (await self._box.detail()).site_limit_a
        if amps is None:
            raise PartialData("the charger reports no incoming limit.", provider="goodwe-sems")
        return amps

    async def _set_site(self, amps: float) -> None:
        box = self._box
        await box.native.send_ev_config(box.sn, await box.model(), {"currentLimit": int(amps)})
