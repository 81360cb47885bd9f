"""The documents that the write pipeline brings to AlphaESS: a system's schedule, a charger's switch, the site's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import bodies
from openpower_alphaess.pacing import CHARGER_BUDGET, CHARGER_LIMITS, SCHEDULE_BUDGET, SERIALS, SITE_BUDGET, SITE_LIMITS
from openpower_alphaess.schedule.charger import Switch, plan_current, plan_switch, shows_switch, to_switch
from openpower_alphaess.schedule.desired import Current, Desired, Order
from openpower_alphaess.schedule.legacy import LegacyPlan, legacy_plan
from openpower_alphaess.schedule.periodic import PeriodicPlan, periodic_plan
from openpower_core.provider import AsyncDocument, NativeCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess._async.client import AsyncAlphaESS
    from openpower_alphaess.schedule.planning import Planner
    from openpower_core.provider import Draft, WriteLimits

__all__ = [
    "AsyncChargerDocument",
    "AsyncChargerDocuments",
    "AsyncLegacyDocument",
    "AsyncPeriodicDocument",
    "AsyncSiteDocument",
]


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


class AsyncChargerDocument(AsyncDocument[Switch, bool]):
    """One charger's switch."""

    name = "charger"
    budget = CHARGER_BUDGET
    limits = CHARGER_LIMITS
    not_applied_hint = "Since EMS firmware V0.00.73C chargers are reported to ignore this call."

    def __init__(self, native: AsyncAlphaESS, charger: str) -> None:
        self._native = native
        self._charger = charger

    async def read(self) -> Switch:
        """Ask what it does."""
        return to_switch(await self._native.get_ev_charger_status(self._charger))

    def plan(self, current: Switch, desired: bool) -> Draft[Switch]:
        """Start or stop, where the state allows it."""
        return plan_switch(current, start=desired)

    def calls(self, document: Switch, current: Switch) -> Sequence[NativeCall]:
        """The one order."""
        del current
        return [_call("remoteControlEvCharger", self._body(document))]

    async def send(self, document: Switch, current: Switch) -> None:
        """Order it."""
        del current
        await self._native.session.post("remoteControlEvCharger", self._body(document))

    def shows(self, current: Switch, wanted: Switch) -> bool | None:
        """See :func:`shows_switch`."""
        return shows_switch(current, wanted)

    def dump(self, document: Switch) -> Any:
        """Plain data."""
        return document.value

    def load(self, data: Any) -> Switch:
        """What :meth:`dump` gave."""
        return Switch(data)

    def _body(self, document: Switch) -> dict[str, Any]:
        serial = self._native.serial_number or ""
        return bodies.charger_body(serial, self._charger, charging=document is Switch.RUNNING)


class AsyncSiteDocument(AsyncDocument[float, float]):
    """The household's current limit."""

    name = "site_current"
    budget = SITE_BUDGET
    limits = SITE_LIMITS

    def __init__(self, native: AsyncAlphaESS) -> None:
        self._native = native

    async def read(self) -> float:
        """Ask for it (A)."""
        return await self._native.get_ev_charger_current_draw_settings()

    def plan(self, current: float, desired: float) -> Draft[float]:
        """Whole amperes within the range."""
        del current
        return plan_current(desired)

    def calls(self, document: float, current: float) -> Sequence[NativeCall]:
        """The one write."""
        del current
        return [_call("setEvChargerCurrentsBySn", self._body(document))]

    async def send(self, document: float, current: float) -> None:
        """Write it."""
        del current
        await self._native.session.post("setEvChargerCurrentsBySn", self._body(document))

    def dump(self, document: float) -> Any:
        """Plain data."""
        return document

    def load(self, data: Any) -> float:
        """What :meth:`dump` gave."""
        return float(data)

    def _body(self, document: float) -> dict[str, Any]:
        return bodies.current_body(self._native.serial_number or "", document)


class AsyncChargerDocuments:
    """What can be written of one charger."""

    def __init__(self, native: AsyncAlphaESS, charger: str) -> None:
        self.switch = AsyncChargerDocument(native, charger)
        self.site = AsyncSiteDocument(native)
