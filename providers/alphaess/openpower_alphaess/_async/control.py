"""What can be written of a system: its schedule in the pair that it obeys, a charger's switch, the household's current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess.client import requests
from openpower_alphaess.control.charger import MAX_A, MIN_A, Switch, plan_switch, shows_switch, to_switch
from openpower_alphaess.control.legacy import LegacyPair, legacy_plan
from openpower_alphaess.control.limits import (
    CHARGER_BUDGET,
    CHARGER_LIMITS,
    SCHEDULE_BUDGET,
    SERIALS,
    SITE_BUDGET,
    SITE_LIMITS,
)
from openpower_alphaess.control.pair import Desired, Plan
from openpower_alphaess.control.periodic import PeriodicPair
from openpower_alphaess.control.planning import Planner
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_alphaess._async.client import AsyncAlphaESS
    from openpower_alphaess._async.system import AsyncSystem
    from openpower_alphaess.client.requests import Write


def _planned(native: AsyncAlphaESS, write: Write) -> core.AsyncPlannedCall:
    """One write, as it is sent, and as receipts and audit show it: serial numbers are not for files."""
    endpoint, body = write
    arguments = {name: value for name, value in body.items() if name not in SERIALS}
    call = core.NativeCall(method=endpoint, arguments=arguments)
    return core.AsyncPlannedCall(call=call, send=lambda: native.api.post(endpoint, body))


class AsyncScheduleDocument(core.AsyncDocument[Plan, Desired]):
    """The schedule of one system, in one of the two pairs: each period is a field, each limit and each switch."""

    budget = SCHEDULE_BUDGET

    def __init__(self, native: AsyncAlphaESS, planner: Planner, limits: core.WriteLimits) -> None:
        self._native = native
        self._serial = native.serial_number or ""
        self.planner = planner
        self.pair = planner.pair
        self.limits = limits

    def plan(self, current: Plan, desired: Desired) -> core.Draft[Plan]:
        """Merge what is desired; see :class:`Planner`."""
        return self.planner.draft(current, desired)

    def writes(self, document: Plan, current: Plan) -> Sequence[core.AsyncPlannedCall]:
        """The calls of the halves that differ."""
        return [_planned(self._native, write) for write in self.pair.writes(self._serial, document, current)]

    def fields(self, document: Plan) -> dict[str, Any]:
        """See :meth:`Pair.fields`."""
        return self.pair.fields(document)

    def with_fields(self, document: Plan, fields: Mapping[str, Any]) -> Plan:
        """See :meth:`Pair.with_fields`."""
        return self.pair.with_fields(document, fields)

    def dump(self, document: Plan) -> Any:
        """Plain data: the fields."""
        return self.pair.fields(document)

    def load(self, data: Any) -> Plan:
        """What :meth:`dump` gave."""
        return self.pair.with_fields(self.pair.empty, data)


class AsyncLegacyDocument(AsyncScheduleDocument):
    """Both halves of the legacy pair."""

    name = "legacy_schedule"
    not_applied_hint = (
        "In regions that moved to periodic schedules (UK, AU/NZ, NL; 2025-26) AlphaESS accepts the legacy "
        "settings and ignores them; there only the app can change them until the account may use the periodic calls."
    )

    async def read(self) -> Plan:
        """Ask for both halves."""
        charge = await self._native.get_charging_settings()
        discharge = await self._native.get_discharging_settings()
        return legacy_plan(charge, discharge)


class AsyncPeriodicDocument(AsyncScheduleDocument):
    """The periodic schedule, whose flags cannot be read; they are remembered as what was intended."""

    name = "periodic_schedule"
    unreadable = frozenset({"charge_on", "discharge_on"})
    not_applied_hint = "The phone app or another client may have written in between; read the schedule."

    def __init__(
        self, native: AsyncAlphaESS, pair: PeriodicPair, limits: core.WriteLimits, tz: str | None, clock: core.Clock
    ) -> None:
        super().__init__(native, Planner(pair=pair, tz=tz, clock=clock), limits)
        self._read = pair.plan

    async def read(self) -> Plan:
        """Ask for the lists; the flags in the answer mean nothing."""
        return self._read(await self._native.get_periodic_schedule())


class AsyncControl:
    """The schedule of one system. The pair is chosen by asking for the periodic schedule: 6017 means legacy.

    The two are never mixed: where the periodic one may be read, the legacy one is fiction.
    """

    def __init__(self, system: AsyncSystem, limits: core.WriteLimits, rated_w: float | None) -> None:
        native, tz, clock = system.native, system.tz, system.clock
        self._native = native
        self._legacy = AsyncLegacyDocument(native, Planner(pair=LegacyPair(), tz=tz, clock=clock), limits)
        self._periodic = AsyncPeriodicDocument(native, PeriodicPair(rated_w), limits, tz, clock)
        self.documents = (self._legacy, self._periodic)
        self._chosen: AsyncScheduleDocument | None = None
        self._lock = core.ALock()

    async def chosen(self) -> AsyncScheduleDocument:
        """The document of the pair that the system obeys; asked once."""
        # Concurrent first uses ask once.
        async with self._lock:
            if self._chosen is None:
                self._chosen = await self._asked()
        return self._chosen

    async def schedule(self) -> core.Schedule:
        """The schedule that the vendor stores."""
        document = await self.chosen()
        return document.planner.schedule(await document.read())

    async def settings(self) -> core.BatterySettings:
        """The battery's settings that the vendor stores."""
        document = await self.chosen()
        return document.pair.settings(await document.read())

    async def _asked(self) -> AsyncScheduleDocument:
        try:
            await self._native.get_periodic_schedule()
        except core.PermissionDenied as error:
            # Anything but the documented refusal proves nothing about the pair, and must not choose one.
            if error.vendor_code != "6017":
                raise
            return self._legacy
        return self._periodic


class AsyncChargerSwitch(core.AsyncSetting[Switch]):
    """One charger's switch."""

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:  # noqa: ARG002
        """See :func:`shows_switch`."""
        return shows_switch(Switch(current), Switch(wanted))


class AsyncChargerSettings:
    """What can be set of one charger: its switch, and the household's current limit."""

    def __init__(self, native: AsyncAlphaESS, charger: str) -> None:
        self._native = native
        self._charger = charger
        self.switch = AsyncChargerSwitch(
            "charger",
            read=self._state,
            plan=lambda current, start: plan_switch(current, start=start),
            kind=Switch,
            writes=lambda switch, _: [_planned(native, self._order(switch))],
            limits=CHARGER_LIMITS,
            budget=CHARGER_BUDGET,
            not_applied_hint="Since EMS firmware V0.00.73C chargers are reported to ignore this call.",
        )
        self.site: core.AsyncSetting[float] = core.AsyncSetting(
            "site_current",
            read=native.get_ev_charger_current_draw_settings,
            field="amps",
            low=MIN_A,
            high=MAX_A,
            unit="A",
            rounding="down",
            reason="AlphaESS takes whole amperes.",
            writes=lambda amps, _: [_planned(native, self._limit(amps))],
            limits=SITE_LIMITS,
            budget=SITE_BUDGET,
        )

    async def _state(self) -> Switch:
        return to_switch(await self._native.get_ev_charger_status(self._charger))

    def _order(self, switch: Switch) -> Write:
        serial = self._native.serial_number or ""
        return requests.charger_write(serial, self._charger, charging=switch is Switch.RUNNING)

    def _limit(self, amps: float) -> Write:
        return requests.current_write(self._native.serial_number or "", amps)
