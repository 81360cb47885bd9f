"""Which pair of settings a system obeys, and the document that belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess._async.documents import AsyncLegacyDocument, AsyncPeriodicDocument
from openpower_alphaess.schedule.desired import DesiredSettings
from openpower_alphaess.schedule.forms import LegacyForm, PeriodicForm
from openpower_alphaess.schedule.pairs import periodic
from openpower_alphaess.schedule.planning import Planner
from openpower_core.provider import ALock, PermissionDenied, Unset

if TYPE_CHECKING:
    from openpower_alphaess._async.system import AsyncSystem
    from openpower_alphaess.schedule.legacy import LegacyPlan
    from openpower_alphaess.schedule.pairs import Pair
    from openpower_alphaess.schedule.periodic import PeriodicPlan
    from openpower_core.provider import BatterySettings, Schedule, WriteLimits

__all__ = ["AsyncControl"]


class AsyncControl:
    """The schedule of one system. The pair is chosen by asking for the periodic schedule: 6017 means legacy.

    The two are never mixed: where the periodic one may be read, the legacy one is fiction.
    """

    def __init__(self, system: AsyncSystem, limits: WriteLimits, rated_w: float | None) -> None:
        self._system = system
        self.limits = limits
        self._legacy: Planner[LegacyPlan] = Planner(form=LegacyForm(), tz=system.tz, clock=system.clock)
        self._periodic: Planner[PeriodicPlan] = Planner(
            form=PeriodicForm(periodic(rated_w)), tz=system.tz, clock=system.clock
        )
        self._legacy_document = AsyncLegacyDocument(system.native, self._legacy, limits)
        self._periodic_document = AsyncPeriodicDocument(system.native, self._periodic, limits)
        self.documents = (self._legacy_document, self._periodic_document)
        self.pair: Pair | None = None
        """None until it was asked."""
        self._lock = ALock()

    async def chosen(self) -> AsyncLegacyDocument | AsyncPeriodicDocument:
        """The document of the pair that the system obeys."""
        async with self._lock:
            if self.pair is None:
                self.pair = await self._asked()
        periodic_one = self.pair.name == self._periodic.form.pair.name
        return self._periodic_document if periodic_one else self._legacy_document

    async def schedule(self) -> Schedule:
        """The schedule that the vendor holds."""
        document: Any = await self.chosen()
        current = await document.read()
        return self._planner().schedule(current.plan)

    async def settings(self) -> BatterySettings:
        """The standing settings that the vendor holds."""
        document: Any = await self.chosen()
        current = await document.read()
        return self._planner().form.settings(current.plan)

    def desired_settings(
        self, *, reserve_soc_pct: float | Unset, max_soc_pct: float | Unset, grid_charge_allowed: bool | Unset
    ) -> DesiredSettings:
        """The settings that are to change."""
        return DesiredSettings(
            reserve_soc_pct=None if isinstance(reserve_soc_pct, Unset) else reserve_soc_pct,
            max_soc_pct=None if isinstance(max_soc_pct, Unset) else max_soc_pct,
            grid_charge_allowed=None if isinstance(grid_charge_allowed, Unset) else grid_charge_allowed,
        )

    def _planner(self) -> Planner[Any]:
        legacy = self.pair is self._legacy.form.pair
        return self._legacy if legacy else self._periodic

    async def _asked(self) -> Pair:
        try:
            await self._system.native.get_periodic_schedule()
        except PermissionDenied as error:
            if error.vendor_code != "6017":
                raise
            return self._legacy.form.pair
        return self._periodic.form.pair
