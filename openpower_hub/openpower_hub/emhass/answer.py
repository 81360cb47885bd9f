"""EMHASS's answer: read, and believed only where it plans what was asked. Pure functions."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from attrs import frozen

from openpower_core.errors import BadResponse, StaleData
from openpower_hub.emhass.request import Request

_BALANCE_W: Final = 5.0
"""By how much powers may miss each other; runs of 0.18.7 closed to 0.001 W."""
_PRICE: Final = 1e-6
_LONGEST: Final = timedelta(hours=1)
_ERROR: Final = 300
"""How many characters of EMHASS's own words are passed on."""


@frozen(kw_only=True)
class Step:
    """One record of a plan; + discharging, + import, as everywhere in openpower."""

    start: datetime
    """UTC."""
    end: datetime
    """UTC; not part of it."""
    pv_w: float
    """The forecast of solar, before curtailment."""
    curtailed_w: float
    """What of it is not to be used."""
    load_w: float
    """The house and the loads that EMHASS switches."""
    battery_w: float
    """+ discharging, − charging."""
    grid_w: float
    """+ import, − export."""
    soc_pct: float
    """The charge at its end."""


@frozen(kw_only=True)
class Plan:
    """A plan that was checked."""

    steps: tuple[Step, ...]
    made_at: datetime
    """UTC."""
    soc_pct: float
    """The charge that it began with."""
    id: str
    """A hash of it, by which logs name it."""
    notes: tuple[str, ...] = ()
    """What it does not know, and what EMHASS warned of."""

    @property
    def end(self) -> datetime:
        """When its last step ends (UTC)."""
        return self.steps[-1].end

    def soc_at(self, now: datetime) -> float | None:
        """The charge that it expects; None outside of it."""
        before = self.soc_pct
        for step in self.steps:
            if step.start <= now < step.end:
                share = (now - step.start) / (step.end - step.start)
                return before + (step.soc_pct - before) * share
            before = step.soc_pct
        return None

    def too_old(self, now: datetime, interval: timedelta) -> bool:
        """Whether it may be followed no longer: it is two intervals old, or an hour, or over."""
        return now - self.made_at > min(2 * interval, _LONGEST) or now >= self.end


def plan_of(answer: Any, request: Request, now: datetime) -> Plan:
    """The plan of an answer of ``/api/v1/dry-run/naive-mpc-optim``.

    Raises:
        BadResponse: EMHASS found none, or it is not for what was asked.
        StaleData: it was not made now.
    """
    table = table_of(answer)
    _check_run(table, request, now)
    records = [table_of(record) for record in _list(table.get("plan"), "plan")]
    steps = tuple(_steps(records, request))
    if len(steps) != len(request.buying):
        raise _bad(f"it has {len(steps)} steps where {len(request.buying)} were asked for")
    if not steps[0].start <= now < steps[0].end:
        raise _bad(f"its first step begins at {steps[0].start:%H:%M} UTC, and does not hold now")
    _check_prices(records, request)
    warnings = [_cut(each) for each in _list(table.get("warnings", []), "warnings") if isinstance(each, str)]
    if ignored := next((each for each in warnings if any(name in each for name in _SENT)), None):
        raise _bad(f"EMHASS did not take what was sent: {ignored}")
    digest = hashlib.blake2s(json.dumps(records, sort_keys=True).encode(), digest_size=4).hexdigest()
    notes = (*request.notes, *(f"EMHASS: {each}" for each in warnings[:3]))
    return Plan(steps=steps, made_at=now, soc_pct=request.soc_pct, id=digest, notes=notes)


_SENT: Final = ("load_cost_forecast", "prod_price_forecast", "pv_power_forecast", "load_power_forecast")


def _check_run(table: Mapping[str, Any], request: Request, now: datetime) -> None:
    status = table.get("status")
    if status != "ok" or table.get("infeasible"):
        raise _bad(f"EMHASS found no plan ({status}): {error_of(table)}")
    version = str(table.get("schema_version", ""))
    if not version.startswith("1."):
        raise _bad(f"its schema is {_cut(version) or 'unknown'}, and openpower knows 1.x")
    made = _time(table.get("timestamp"), "timestamp")
    if abs(now - made) > min(2 * request.step, _LONGEST):
        raise StaleData(f"EMHASS's plan is of {made:%Y-%m-%d %H:%M} UTC; it is not used.", hint="Compare the clocks.")


def error_of(table: Mapping[str, Any]) -> str:
    """What EMHASS says went wrong, in its own words."""
    errors = _list(table.get("errors") or [], "errors")
    words = errors[-1] if errors else table.get("error_message")
    return _cut(str(words)) if words else "it gives no reason"


def _steps(records: Sequence[Mapping[str, Any]], request: Request) -> Iterator[Step]:
    for number, record in enumerate(records):
        start = _time(record.get("timestamp"), "timestamp")
        if start != request.first + number * request.step:
            raise _bad(f"step {number} begins at {start.isoformat()}")
        if (status := record.get("optim_status")) != "Optimal":
            raise _bad(f"step {number} is {_cut(str(status))}, and not Optimal")
        if "SOC_opt" not in record:
            raise _bad("it is for several batteries, or for none; openpower carries out plans for one")
        step = Step(
            start=start,
            end=start + request.step,
            pv_w=_number(record, "P_PV"),
            curtailed_w=_number(record, "P_PV_curtailment", 0.0),
            load_w=_number(record, "P_Load") + sum(_number(record, name) for name in record if _deferrable(name)),
            battery_w=_number(record, "P_batt"),
            grid_w=_number(record, "P_grid"),
            soc_pct=100 * _number(record, "SOC_opt"),
        )
        missed = step.pv_w - step.curtailed_w + step.battery_w + step.grid_w - step.load_w
        if abs(missed) > _BALANCE_W:
            raise _bad(f"the powers of step {number} miss each other by {missed:.0f} W")
        if not -0.5 <= step.soc_pct <= 100.5:
            raise _bad(f"the charge after step {number} is {step.soc_pct:.1f} %")
        yield step


def _deferrable(name: str) -> bool:
    return name.startswith("P_deferrable") and name.removeprefix("P_deferrable").isdecimal()


def _check_prices(records: Sequence[Mapping[str, Any]], request: Request) -> None:
    """EMHASS replaces prices that it cannot use by its configured tariff, without an error."""
    pairs = (("unit_load_cost", request.buying), ("unit_prod_price", request.selling))
    for name, sent in pairs:
        for number, (record, price) in enumerate(zip(records, sent, strict=True)):
            if abs((used := _number(record, name)) - price) > _PRICE + abs(price) * _PRICE:
                raise _bad(f"EMHASS used other prices than were sent ({name} of step {number}: {used:g} for {price:g})")


def table_of(value: Any) -> Mapping[str, Any]:
    """A JSON object; anything else is refused."""
    if not isinstance(value, dict):
        raise _bad("it is no JSON object")
    return cast("dict[str, Any]", value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _bad(f"it has no list {name}")
    return value  # pyright: ignore[reportUnknownVariableType]


def _number(record: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = record.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(f"{name} of a step is {_cut(repr(value))}")
    return float(value)


def _time(value: Any, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _bad(f"its {name} is {_cut(repr(value))}") from None


def _cut(text: str) -> str:
    return text if len(text) <= _ERROR else f"{text[:_ERROR]}…"


def _bad(why: str) -> BadResponse:
    return BadResponse(f"EMHASS's answer is not used: {why}.")
