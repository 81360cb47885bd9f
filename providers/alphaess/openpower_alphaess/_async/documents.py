"""The documents that the write pipeline brings to AlphaESS: a system's schedule, a charger's switch, the site's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import bodies
from openpower_alphaess.pacing import CHARGER_BUDGET, CHARGER_LIMITS, SCHEDULE_BUDGET, SERIALS, SITE_BUDGET, SITE_LIMITS
from openpower_alphaess.schedule.charger import MAX_A, MIN_A, Switch, plan_switch, shows_switch, to_switch
from openpower_alphaess.schedule.desired import Current, Desired, Order
from openpower_alphaess.schedule.legacy import LegacyPlan, legacy_plan
from openpower_alphaess.schedule.periodic import PeriodicPlan, periodic_plan
from openpower_core.provider import AsyncDocument, AsyncSetting
from openpower_core.writes import NativeCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess._async.client import AsyncAlphaESS
    from openpower_alphaess.schedule.planning import Planner
    from openpower_core.capabilities import WriteLimits
    from openpower_core.write.drafts import Draft

__all__ = ["AsyncChargerDocuments", "AsyncChargerSwitch", "AsyncLegacyDocument", "AsyncPeriodicDocument"]


def _call(endpoint: str, body: dict[str, Any]) -> NativeCall:
    """One write as receipts and audit show it; whose it is they know, and serial numbers are not for files."""
    shown = {name: value for name, value in body.items() if name not in SERIALS}
    return NativeCall(method=endpoint, arguments=shown)


def _dump_order(order: Order | None) -> Any:
    return None if order is None else order.to_json()


class AsyncLegacyDocument(AsyncDocument[Current[LegacyPlan], Desired]):
    """Both halves of the legacy pair."""

    name = "legacy_schedule"
    budget = SCHEDULE_BUDGET
    not_applied_hint = (
        "In regions that moved to periodic schedules (UK, AU/NZ, NL; 2025-26) AlphaESS accepts the legacy "
        "settings and ignores them; there only the app can change them until the account may use the periodic calls."
    )

    def __init__(self, native: AsyncAlphaESS, planner: Planner[LegacyPlan], limits: WriteLimits) -> None:
        self._native = native
        self._planner = planner
        self.limits = limits

    async def read(self) -> Current[LegacyPlan]:
        """Ask for both halves."""
        charge = await self._native.get_charging_settings()
        discharge = await self._native.get_discharging_settings()
        return Current(plan=legacy_plan(charge, discharge))

    def plan(self, current: Current[LegacyPlan], desired: Desired) -> Draft[Current[LegacyPlan]]:
        """Merge a wish; see :class:`Planner`."""
        return self._planner.draft(current, desired)

    def calls(self, document: Current[LegacyPlan], current: Current[LegacyPlan]) -> Sequence[NativeCall]:
        """The halves that differ."""
        return [_call(*each) for each in self._bodies(document, current)]

    async def send(self, document: Current[LegacyPlan], current: Current[LegacyPlan]) -> None:
        """Write the halves that differ."""
        for endpoint, body in self._bodies(document, current):
            await self._native.session.post(endpoint, body)

    def shows(self, current: Current[LegacyPlan], wanted: Current[LegacyPlan]) -> bool | None:
        """All of the pair can be read."""
        return current.plan == wanted.plan

    def dump(self, document: Current[LegacyPlan]) -> Any:
        """Plain data."""
        form = self._planner.form
        return {
            "plan": form.dump(document.plan),
            "under": None if document.under is None else form.dump(document.under),
            "order": _dump_order(document.order),
        }

    def load(self, data: Any) -> Current[LegacyPlan]:
        """What :meth:`dump` gave."""
        form = self._planner.form
        return Current(
            plan=form.load(data["plan"]),
            under=None if data["under"] is None else form.load(data["under"]),
            order=None if data["order"] is None else Order.of_json(data["order"]),
        )

    def _bodies(self, document: Current[LegacyPlan], current: Current[LegacyPlan]) -> list[tuple[str, dict[str, Any]]]:
        serial = self._native.serial_number or ""
        return bodies.plan_bodies(serial, document.plan, current.plan)


class AsyncPeriodicDocument(AsyncDocument[Current[PeriodicPlan], Desired]):
    """The periodic schedule, with the flags that nobody can read kept as what was intended."""

    name = "periodic_schedule"
    budget = SCHEDULE_BUDGET
    not_applied_hint = "The phone app or another client may have written in between; read the schedule."

    def __init__(self, native: AsyncAlphaESS, planner: Planner[PeriodicPlan], limits: WriteLimits) -> None:
        self._native = native
        self._planner = planner
        self.limits = limits

    async def read(self) -> Current[PeriodicPlan]:
        """Ask for the lists; the flags in the answer mean nothing."""
        return Current(plan=periodic_plan(await self._native.get_periodic_schedule()))

    def plan(self, current: Current[PeriodicPlan], desired: Desired) -> Draft[Current[PeriodicPlan]]:
        """Merge a wish; see :class:`Planner`."""
        return self._planner.draft(current, desired)

    def calls(self, document: Current[PeriodicPlan], current: Current[PeriodicPlan]) -> Sequence[NativeCall]:
        """The one write, which replaces the schedule."""
        del current
        return [_call("setTimeChargeBySn", self._body(document))]

    async def send(self, document: Current[PeriodicPlan], current: Current[PeriodicPlan]) -> None:
        """Write it."""
        del current
        await self._native.session.post("setTimeChargeBySn", self._body(document))

    def shows(self, current: Current[PeriodicPlan], wanted: Current[PeriodicPlan]) -> bool | None:
        """Compare the lists; a write that changed only the flags cannot be seen."""
        form = self._planner.form
        same = form.visible(current.plan) == form.visible(wanted.plan)
        return None if same and wanted.unseen else same

    def dump(self, document: Current[PeriodicPlan]) -> Any:
        """Plain data."""
        form = self._planner.form
        return {
            "plan": form.dump(document.plan),
            "under": None if document.under is None else form.dump(document.under),
            "order": _dump_order(document.order),
            "unseen": document.unseen,
        }

    def load(self, data: Any) -> Current[PeriodicPlan]:
        """What :meth:`dump` gave."""
        form = self._planner.form
        return Current(
            plan=form.load(data["plan"]),
            under=None if data["under"] is None else form.load(data["under"]),
            order=None if data["order"] is None else Order.of_json(data["order"]),
            unseen=data["unseen"],
        )

    def _body(self, document: Current[PeriodicPlan]) -> dict[str, Any]:
        serial = self._native.serial_number or ""
        return bodies.schedule_body(serial, document.plan, full_w=self._planner.form.pair.full_w)


class AsyncChargerSwitch(AsyncSetting[Switch]):
    """One charger's switch."""

    def shows(self, current: Switch, wanted: Switch) -> bool | None:
        """See :func:`shows_switch`."""
        return shows_switch(current, wanted)


class AsyncChargerDocuments:
    """What can be written of one charger."""

    def __init__(self, native: AsyncAlphaESS, charger: str) -> None:
        serial = native.serial_number or ""

        async def read_switch() -> Switch:
            return to_switch(await native.get_ev_charger_status(charger))

        def switch_body(switch: Switch) -> dict[str, Any]:
            return bodies.charger_body(serial, charger, charging=switch is Switch.RUNNING)

        def current_body(amps: float) -> dict[str, Any]:
            return bodies.current_body(serial, amps)

        self.switch = AsyncChargerSwitch(
            "charger",
            read=read_switch,
            write=lambda switch: native.session.post("remoteControlEvCharger", switch_body(switch)),
            plan=lambda current, start: plan_switch(current, start=start),
            kind=Switch,
            calls=lambda switch, _: [_call("remoteControlEvCharger", switch_body(switch))],
            limits=CHARGER_LIMITS,
            budget=CHARGER_BUDGET,
            not_applied_hint="Since EMS firmware V0.00.73C chargers are reported to ignore this call.",
        )
        self.site = AsyncSetting[float](
            "site_current",
            read=native.get_ev_charger_current_draw_settings,
            write=lambda amps: native.session.post("setEvChargerCurrentsBySn", current_body(amps)),
            field="amps",
            low=MIN_A,
            high=MAX_A,
            unit="A",
            rounding="down",
            reason="AlphaESS takes whole amperes.",
            calls=lambda amps, _: [_call("setEvChargerCurrentsBySn", current_body(amps))],
            limits=SITE_LIMITS,
            budget=SITE_BUDGET,
        )
