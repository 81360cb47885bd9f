"""Single settings: the export limit, the limits of the state of charge, and a charger's switch and power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from openpower_core.provider import (
    Adjustment,
    BatterySettings,
    Draft,
    InvalidValue,
    PartialData,
    Scale,
    adjusted,
    percentage_or_none,
    steps_below,
)
from openpower_goodwe.semsplus.control.functions import (
    EXPORT_PERCENT,
    EXPORT_SWITCHES,
    EXPORT_WATTS,
    MAX_SOC,
    MIN_SOC,
    Functions,
)
from openpower_goodwe.semsplus.mapping.chargers import PowerRange, is_charging, is_plugged
from openpower_goodwe.semsplus.models import finite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_goodwe.semsplus.models import EvCharger, LastCharge


@frozen(kw_only=True)
class ExportLimit:
    """What the inverter may export; the figure is irrelevant while the switch is off."""

    watts: float | None = None


@frozen(kw_only=True)
class ExportRegisters:
    """The registers in which one model stores the limit."""

    switch: str
    figure: str
    rated_w: float | None = None
    span: tuple[float, float] | None = None

    @property
    def in_percent(self) -> bool:
        """Whether the figure is a share of the rated power."""
        return self.figure == EXPORT_PERCENT

    @property
    def addresses(self) -> tuple[str, str]:
        """What to read and write."""
        return self.switch, self.figure

    def current(self, values: Mapping[str, Any]) -> ExportLimit:
        """What the cached values say."""
        on, figure = number(values, self.switch), number(values, self.figure)
        if on is None or (on and figure is None):
            raise PartialData(
                "the cloud has not received the export limit from the inverter yet.",
                provider="goodwe-sems",
                operation="export_limit",
            )
        return ExportLimit(watts=self._watts(figure or 0.0)) if on else ExportLimit()

    def values(self, limit: ExportLimit) -> dict[str, int]:
        """What to write."""
        if limit.watts is None:
            return {self.switch: 0}
        # The switch with the figure: either alone would let the other's old value decide.
        return {self.switch: 1, self.figure: self._figure(limit.watts)}

    def plan(self, limit_w: float | None) -> Draft[ExportLimit]:
        """Snap the desired limit to what the model takes."""
        if limit_w is None:
            return Draft(document=ExportLimit())
        if limit_w < 0:
            raise InvalidValue(f"the export limit is {limit_w} W; it cannot be negative.")
        # Down: a limit is never above what was asked for.
        figure = steps_below(limit_w, self._step)
        if self.span is not None:
            if figure < self.span[0]:
                raise InvalidValue(
                    f"the inverter takes no export limit below {self._watts(self.span[0])} W; {limit_w:g} W were asked for.",
                    provider="goodwe-sems",
                )
            figure = int(min(figure, self.span[1]))
        got = self._watts(figure)
        reason = (
            "the inverter takes whole percentages of its rated power"
            if self.in_percent
            else "the inverter takes whole watts within its range"
        )
        return Draft(document=ExportLimit(watts=got), adjustments=adjusted("limit_w", limit_w, got, reason))

    def _figure(self, watts: float) -> int:
        return round(watts / self._step)

    def _watts(self, figure: float) -> float:
        return round(figure * self._step, 9)

    @property
    def _step(self) -> float:
        """How many watts one of the figure is."""
        if not self.in_percent:
            return 1
        if not self.rated_w:
            raise InvalidValue(
                "this model takes a percentage of its rated power, which SEMS+ does not report.", provider="goodwe-sems"
            )
        return self.rated_w / 100


def number(values: Mapping[str, Any], address: str) -> float | None:
    """A cached value as a number."""
    return finite(values.get(address))


def export_registers(functions: Functions, rated_w: float | None) -> ExportRegisters | None:
    """The registers of a model's export limit; None where it has none."""
    switch = functions.find(*EXPORT_SWITCHES)
    if switch is None:
        return None
    hybrid = str(switch.address) == EXPORT_SWITCHES[0]
    wanted = EXPORT_WATTS[:1] if hybrid else (EXPORT_WATTS[1], EXPORT_PERCENT)
    figure = functions.find(*wanted)
    if figure is None:
        return None
    address = str(figure.address)
    return ExportRegisters(switch=str(switch.address), figure=address, rated_w=rated_w, span=functions.span(address))


_ADDRESSES = {"reserve_soc_pct": MIN_SOC, "max_soc_pct": MAX_SOC}


@frozen(kw_only=True)
class Limits:
    """The inverter's limits (%); None where its model has no such function."""

    reserve_soc_pct: int | None = None
    max_soc_pct: int | None = None


def current_limits(values: Mapping[str, Any]) -> Limits:
    """What the cached values say."""
    found = {name: number(values, address) for name, address in _ADDRESSES.items()}
    return Limits(**{name: None if each is None else round(each) for name, each in found.items()})


def to_settings(current: Limits) -> BatterySettings:
    """The same as openpower's settings."""
    return BatterySettings(
        reserve_soc_pct=percentage_or_none(current.reserve_soc_pct), max_soc_pct=percentage_or_none(current.max_soc_pct)
    )


def limits_values(document: Limits, current: Limits) -> dict[str, int]:
    """What to write: the addresses that differ."""
    wanted = {name: getattr(document, name) for name in _ADDRESSES}
    return {
        _ADDRESSES[name]: value
        for name, value in wanted.items()
        if value is not None and value != getattr(current, name)
    }


def plan_limits(current: Limits, desired: Mapping[str, float], functions: Functions) -> Draft[Limits]:
    """Merge what is desired, in whole percentages within the model's range."""
    document, adjustments = current, list[Adjustment]()
    for name, asked in desired.items():
        low, high = functions.span(_ADDRESSES[name]) or (0.0, 100.0)
        reason = f"the inverter takes whole percentages from {low:g} to {high:g}"
        # The reserve keeps at least what the inverter must keep; a maximum is never raised.
        rounding: Literal["nearest", "down"] = "down" if name == "max_soc_pct" else "nearest"
        scale = Scale(field=name, low=low, high=high, unit="%", rounding=rounding, outside="snap", reason=reason)
        got, changes = scale.snap(asked)
        document = evolve(document, **{name: round(got)})
        adjustments += changes
    return Draft(document=document, adjustments=adjustments)


_FAST = 0


@frozen(kw_only=True)
class Switch:
    """Whether it charges."""

    charging: bool
    plugged: bool | None = field(default=None, eq=False)


@frozen(kw_only=True)
class ChargePower:
    """What it charges with; the PV modes have no power."""

    mode: int | None
    kw: float | None = None


def to_switch(detail: EvCharger, last: LastCharge | None) -> Switch:
    """The current state, from the vendor's fields."""
    return Switch(charging=is_charging(detail, last), plugged=is_plugged(detail))


def plan_switch(current: Switch, *, start: bool) -> Draft[Switch]:
    """Start or stop."""
    if start and current.plugged is False and not current.charging:
        raise InvalidValue("no car is plugged in, so nothing can be charged; nothing was sent.", provider="goodwe-sems")
    return Draft(document=Switch(charging=start, plugged=current.plugged))


def to_power(detail: EvCharger) -> ChargePower:
    """The current state, from the vendor's fields."""
    mode = None if detail.charge_mode is None else int(detail.charge_mode)
    return ChargePower(mode=mode, kw=detail.limit_kw if mode == _FAST else None)


def plan_power(current: ChargePower, amps: float, span: PowerRange) -> Draft[ChargePower]:
    """The power below a current, in the steps and the range of the model."""
    if amps <= 0:
        raise InvalidValue(f"the current is {amps} A; it must be above 0.", hint="Use stop().")
    least = span.least_a
    if amps < least:
        raise InvalidValue(
            f"this charger takes no limit below {least:g} A; {amps:g} A were asked for.",
            provider="goodwe-sems",
            hint="Use stop(), or a limit that it takes.",
        )
    kilowatts = span.kilowatts(amps)
    got = span.amps(kilowatts)
    reason = (
        f"the charger takes {span.min_kw:g} to {span.max_kw:g} kW in steps of 0.1, on {span.phases} phase(s) of 230 V"
    )
    # Half of the step in which amperes are given: less is not worth telling.
    adjustments = adjusted("amps", amps, got, reason, within=0.0501)
    if current.mode not in (None, _FAST):
        reason = "only the mode Fast has a power; the charger leaves its PV mode"
        adjustments += adjusted("mode", current.mode, _FAST, reason)
    return Draft(document=ChargePower(mode=_FAST, kw=kilowatts), adjustments=adjustments)


def needed_range(span: PowerRange | None) -> PowerRange:
    """The range of a charger, or an error that says what to use instead."""
    if span is None:
        raise PartialData(
            "the power range of this charger's model is unknown, so amperes cannot be converted to its kilowatts.",
            provider="goodwe-sems",
            hint="Use native.set_charge_mode(..., power_kw=...).",
        )
    return span
