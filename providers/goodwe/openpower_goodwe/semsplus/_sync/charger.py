# Generated from charger.py by openpower_testing; do not edit.
"""An EV charger: its readings, and the settings that can be written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openpower_core.provider import (
    BaseEVCharger,
    Confirm,
    CurrentLimits,
    CurrentScope,
    Document,
    NativeCall,
    PartialData,
    PermissionDenied,
    Receipt,
    RequestError,
    SharedFetch,
)
from openpower_goodwe.semsplus.control import CHARGER_BUDGET, WRITE_LIMITS
from openpower_goodwe.semsplus.control.settings import (
    ChargePower,
    Switch,
    needed_range,
    plan_power,
    plan_site,
    plan_switch,
    to_power,
    to_switch,
)
from openpower_goodwe.semsplus.mapping.capabilities import charger_capabilities
from openpower_goodwe.semsplus.mapping.chargers import PowerRange, power_range, to_charger_reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.provider import Context, DeviceInfo, Draft, EVChargerReading, Writer
    from openpower_goodwe.semsplus._sync.client import SemsPlus
    from openpower_goodwe.semsplus._sync.devices import Plant
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

__all__ = ["ChargerBox", "PowerDocument", "SemsCharger", "SiteDocument", "SwitchDocument"]

_REVERTED = (
    "Chargers acknowledge and go back: PV modes when a power is sent, and some firmware at any time. Try the app."
)


class ChargerBox:
    """What the device and its documents share: the client, the serial, and the model that writes name."""

    def __init__(self, native: SemsPlus, sn: str, model: str | None, phases: int | None) -> None:
        self.native = native
        self.sn = sn
        self._row_model = model
        self._model: str | None = None
        self._phases = phases

    def model(self) -> str:
        """The product model, asked once; calls without it are refused (R0219)."""
        if self._model is None:
            try:
                self._model = self.native.get_ev_controls(self.sn).product_model
            except (PartialData, PermissionDenied, RequestError):
                self._model = None
            self._model = self._model or self._row_model or ""
        return self._model

    def detail(self) -> EvCharger:
        """Settings and state, read again."""
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


class SwitchDocument(Document[Switch, bool]):
    """Whether it charges."""

    name = "charging"
    limits = WRITE_LIMITS
    budget = CHARGER_BUDGET
    not_applied_hint = "The charger acknowledged it and does something else; is the car ready?"

    def __init__(self, box: ChargerBox) -> None:
        self._box = box

    def read(self) -> Switch:
        """Read the settings and the charge log."""
        return to_switch(self._box.detail(), self._box.last())

    def plan(self, current: Switch, desired: bool) -> Draft[Switch]:
        """Start or stop."""
        return plan_switch(current, start=desired)

    def calls(self, document: Switch, current: Switch) -> Sequence[NativeCall]:
        """One command."""
        del current
        return [NativeCall(method="start_charge" if document.charging else "stop_charge")]

    def send(self, document: Switch, current: Switch) -> None:
        """Send it."""
        del current
        order = "startCharge" if document.charging else "stopCharge"
        box = self._box
        box.native.send_order(box.sn, order, box.model() or None)

    def dump(self, document: Switch) -> Any:
        """Plain data."""
        return document.charging

    def load(self, data: Any) -> Switch:
        """What :meth:`dump` gave."""
        return Switch(charging=bool(data))


class PowerDocument(Document[ChargePower, float]):
    """With what power it charges; amperes are asked for."""

    name = "charge_power"
    limits = WRITE_LIMITS
    budget = CHARGER_BUDGET
    not_applied_hint = _REVERTED

    def __init__(self, box: ChargerBox) -> None:
        self._box = box
        self._span: PowerRange | None = None
        self._generation = 1

    def read(self) -> ChargePower:
        """Read mode and power."""
        detail = self._box.detail()
        self._generation = 1 if detail.set_kw is not None or detail.max_kw is None else 2
        self._span = self._box.span()
        return to_power(detail)

    def plan(self, current: ChargePower, desired: float) -> Draft[ChargePower]:
        """Amperes as the kilowatts below them."""
        return plan_power(current, desired, needed_range(self._span))

    def calls(self, document: ChargePower, current: ChargePower) -> Sequence[NativeCall]:
        """The one write."""
        del current
        arguments = {"mode": document.mode, "power_kw": document.kw}
        return [NativeCall(method="set_charge_mode", arguments=arguments)]

    def send(self, document: ChargePower, current: ChargePower) -> None:
        """Write mode and power; a restored PV mode has none."""
        del current
        box = self._box
        box.native.send_charge_mode(
            box.sn, document.mode or 0, box.model(), power_kw=document.kw, generation=self._generation
        )

    def dump(self, document: ChargePower) -> Any:
        """Plain data."""
        return [document.mode, document.kw]

    def load(self, data: Any) -> ChargePower:
        """What :meth:`dump` gave."""
        return ChargePower(mode=data[0], kw=data[1])


class SiteDocument(Document[float, float]):
    """The household's incoming limit (A)."""

    name = "site_current"
    limits = WRITE_LIMITS
    budget = CHARGER_BUDGET
    not_applied_hint = "The cloud says success to any setting; this charger may not have it."

    def __init__(self, box: ChargerBox) -> None:
        self._box = box

    def read(self) -> float:
        """Read it."""
        amps = self._box.detail().site_limit_a
        if amps is None:
            raise PartialData("the charger reports no incoming limit.", provider="goodwe-sems")
        return amps

    def plan(self, current: float, desired: float) -> Draft[float]:
        """Whole amperes."""
        del current
        return plan_site(desired)

    def calls(self, document: float, current: float) -> Sequence[NativeCall]:
        """The one write."""
        del current
        return [NativeCall(method="set_ev_config", arguments={"currentLimit": document})]

    def send(self, document: float, current: float) -> None:
        """Write it."""
        del current
        box = self._box
        config = {"currentLimit": int(document)}
        box.native.send_ev_config(box.sn, box.model(), config)

    def dump(self, document: float) -> Any:
        """Plain data."""
        return document

    def load(self, data: Any) -> float:
        """What :meth:`dump` gave."""
        return float(data)


_FRESH = timedelta(seconds=20)


class SemsCharger(BaseEVCharger):
    """One EV charger of a station."""

    def __init__(
        self, station: Plant, info: DeviceInfo, context: Context, writer: Writer, *, phases: int | None
    ) -> None:
        self._box = ChargerBox(station.native, info.serial, info.model, phases)
        self._switch = SwitchDocument(self._box)
        self._power = PowerDocument(self._box)
        self._site = SiteDocument(self._box)
        super().__init__(
            info,
            capabilities=charger_capabilities(),
            native=station.native,
            context=context,
            writer=writer,
            documents=(self._switch, self._power, self._site),
        )
        self._state = SharedFetch(self._ask, max_age=_FRESH, clock=context.clock)

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it: settings and state, and the running charge."""
        fetched = self._state.get(max_age)
        return to_charger_reading(*fetched.value, fetched.received_at)

    def limits(self) -> CurrentLimits:
        """The range of its model in amperes, and what is set."""
        span = needed_range(self._box.span())
        current = to_power(self._box.detail())
        return CurrentLimits(
            min_a=span.amps(span.min_kw),
            max_a=span.amps(span.max_kw),
            step_a=0.1,
            scope=CurrentScope.CHARGER,
            present_a=None if current.kw is None else span.amps(current.kw),
        )

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Begin charging the car; takes 60 to 90 s."""
        return self._order(charging=True, dry_run=dry_run, confirm=confirm)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car; takes 60 to 90 s."""
        return self._order(charging=False, dry_run=dry_run, confirm=confirm)

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the charger, as kilowatts; or the household (``scope="site"``)."""
        document = self._site if scope == CurrentScope.SITE else self._power
        receipt = self._write(document, amps, operation="set_current_limit", dry_run=dry_run, confirm=confirm)
        if receipt.state.sent:
            self._state.clear()
        return receipt

    def _ask(self) -> tuple[EvCharger, LastCharge | None]:
        return self._box.detail(), self._box.last()

    def _order(self, *, charging: bool, dry_run: bool, confirm: Confirm) -> Receipt:
        receipt = self._write(
            self._switch, charging, operation="start" if charging else "stop", dry_run=dry_run, confirm=confirm
        )
        if receipt.state.sent:
            self._state.clear()
        return receipt
