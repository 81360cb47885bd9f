"""An EV charger: its readings, and the settings that can be written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openpower_core import provider as core
from openpower_goodwe.semsplus._async.remote import past_guards
from openpower_goodwe.semsplus.control import CHARGER_BUDGET, WRITE_LIMITS, settings
from openpower_goodwe.semsplus.mapping.capabilities import charger_capabilities
from openpower_goodwe.semsplus.mapping.chargers import PowerRange, is_charging, power_range, to_charger_reading

if TYPE_CHECKING:
    from openpower_goodwe.semsplus._async.client import AsyncSemsPlus
    from openpower_goodwe.semsplus._async.devices import AsyncPlant
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

_ASK_AGAIN_S = 300.0
_REVERTED = (
    "Chargers acknowledge and go back: PV modes when a power is sent, and some firmware at any time. Try the app."
)


class AsyncChargerBox:
    """What the device and its documents share: the client, the serial, and the model that writes name."""

    def __init__(
        self, native: AsyncSemsPlus, sn: str, model: str | None, *, phases: int | None, clock: core.Clock
    ) -> None:
        self.native = native
        self.sn = sn
        self._row_model = model
        self._model: str | None = None
        self._ask_from = 0.0
        """From when on the model may be asked for again, on the monotonic clock."""
        self._phases = phases
        self._clock = clock

    async def model(self) -> str:
        """The product model, without which calls are refused (R0219); while it is not known, it is asked every five minutes."""
        if self._model is None and self._clock.monotonic() >= self._ask_from:
            self._ask_from = self._clock.monotonic() + _ASK_AGAIN_S
            try:
                self._model = (await self.native.get_ev_controls(self.sn)).product_model
            except core.ACCOUNT_ERRORS:
                raise
            except core.OpenPowerError:
                pass  # the list of devices names the model as well, as a rule
        return self._model or self._row_model or ""

    async def detail(self) -> EvCharger:
        """Settings and state, read again."""
        try:
            return await self.native.get_ev_charger(self.sn, await self.model() or None)
        except core.OpenPowerError:
            # Perhaps the model was wrong, once; kept, it would fail every later call as well.
            self._model, self._ask_from = None, 0.0
            raise

    async def last(self) -> LastCharge | None:
        """The running or last charge; None where it never charged."""
        try:
            return await self.native.get_last_charge(self.sn)
        except core.PartialData:
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
        self.switch: core.AsyncSetting[settings.Switch] = core.AsyncSetting(
            "charging",
            read=self._read_switch,
            write=self._order,
            plan=lambda current, start: settings.plan_switch(current, start=start),
            kind=settings.Switch,
            call=lambda switch, _: core.NativeCall(method="start_charge" if switch.charging else "stop_charge"),
            not_applied_hint="The charger acknowledged it and does something else; is the car ready?",
            **row,
        )
        self.power: core.AsyncSetting[settings.ChargePower] = core.AsyncSetting(
            "charge_power",
            read=self._read_power,
            write=self._set_power,
            plan=lambda current, amps: settings.plan_power(current, amps, settings.needed_range(self._span)),
            kind=settings.ChargePower,
            call=lambda power, _: core.NativeCall(
                method="set_charge_mode", arguments={"mode": power.mode, "power_kw": power.kw}
            ),
            not_applied_hint=_REVERTED,
            **row,
        )
        self.site: core.AsyncSetting[float] = core.AsyncSetting(
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

    async def _read_switch(self) -> settings.Switch:
        return settings.to_switch(await self._box.detail(), await self._box.last())

    async def _order(self, switch: settings.Switch) -> None:
        box, native = self._box, past_guards(self._box.native)
        order = native.start_charge if switch.charging else native.stop_charge
        await order(box.sn, await box.model() or None)

    async def _read_power(self) -> settings.ChargePower:
        detail = await self._box.detail()
        self._generation = 1 if detail.set_kw is not None or detail.max_kw is None else 2
        self._span = await self._box.span()
        return settings.to_power(detail)

    async def _set_power(self, power: settings.ChargePower) -> None:
        """Write mode and power; a restored PV mode has none."""
        box = self._box
        await past_guards(box.native).set_charge_mode(
            box.sn, power.mode or 0, await box.model(), power_kw=power.kw, generation=self._generation
        )

    async def _read_site(self) -> float:
        amps = (await self._box.detail()).site_limit_a
        if amps is None:
            raise core.PartialData("the charger reports no incoming limit.", provider="goodwe-sems")
        return amps

    async def _set_site(self, amps: float) -> None:
        box = self._box
        await past_guards(box.native).set_ev_config(box.sn, await box.model(), {"currentLimit": int(amps)})


_FRESH = timedelta(seconds=20)


class AsyncSemsCharger(core.AsyncBaseEVCharger):
    """One EV charger of a station."""

    def __init__(
        self,
        station: AsyncPlant,
        info: core.DeviceInfo,
        context: core.Context,
        writer: core.AsyncWriter,
        *,
        phases: int | None,
    ) -> None:
        self._station = station
        self._box = AsyncChargerBox(station.native, info.serial, info.model, phases=phases, clock=context.clock)
        written = AsyncChargerSettings(self._box)
        super().__init__(
            info,
            capabilities=charger_capabilities(),
            native=station.native,
            context=context,
            writer=writer,
            charging=written.switch,
            current=written.power,
            site_current=written.site,
        )
        self._state = core.AsyncSharedFetch(self._ask, max_age=_FRESH, clock=context.clock)
        self._charged = False
        """Whether a charge was ever reported: a charger that never charged has none to report."""

    async def read(self, *, max_age: core.Span | None = None) -> core.EVChargerReading:
        """Read it: settings and state, and the running charge."""
        fetched = await self._state.get(max_age)
        detail, last, issues = fetched.value
        return to_charger_reading(detail, last, fetched.stamp(source="getLastCharge"), issues=issues)

    async def limits(self) -> core.CurrentLimits:
        """The range of its model in amperes, and what is set."""
        span = settings.needed_range(await self._box.span())
        current = settings.to_power(await self._box.detail())
        return core.CurrentLimits(
            min_a=span.least_a,
            max_a=span.amps(span.max_kw),
            step_a=0.1,
            scope=core.CurrentScope.CHARGER,
            present_a=None if current.kw is None else span.amps(current.kw),
        )

    def sent(self) -> None:
        """What was fetched of the charger is out of date."""
        self._state.clear()

    async def _ask(self) -> tuple[EvCharger | None, LastCharge | None, tuple[core.Issue, ...]]:
        """Both answers, either of which may be missing; what only one of them holds is named."""
        name, issues = core.mask(self._box.sn), list[core.Issue]()
        detail = last = failure = None
        try:
            detail = await self._box.detail()
        except core.OpenPowerError as error:
            failure = error
            issues += self._station.lost(f"settings of charger {name}", error, "status")
        else:
            self._station.parts.recovered(f"settings of charger {name}")
        try:
            last = await self._box.last()
        except core.OpenPowerError as error:
            issues += self._station.lost(f"charge of charger {name}", error, "power_w", "session_kwh")
        else:
            self._station.parts.recovered(f"charge of charger {name}")
            if last is None and (self._charged or is_charging(detail, last)):
                reason = "getLastCharge: null, though it charges or has charged"
                issues += [core.Issue(field, reason) for field in ("power_w", "session_kwh")]
            self._charged |= last is not None
        if failure and last is None:
            raise failure
        return detail, last, tuple(issues)
