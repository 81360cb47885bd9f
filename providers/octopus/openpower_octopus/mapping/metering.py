"""Consumption as usage: UTC, kWh also of gas in m³, half hours without a reading as gaps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from openpower_core import provider as core
from openpower_octopus import models
from openpower_octopus.mapping.contracts import Contract
from openpower_octopus.mapping.pricing import CURRENCY

_VOLUME: Final = Decimal("1.02264")
"""The volume correction of Great Britain's gas (Gas (Calculation of Thermal Energy) Regulations)."""
_MJ: Final = Decimal("3.6")


def kwh_of(m3: float, calorific_value: float = 39.5) -> float:
    """Gas in kWh from m³: times 1.02264, times the calorific value (MJ/m³), through 3.6.

    >>> round(kwh_of(2, 39.3), 4)
    22.3276
    """
    volume = core.EXACT.multiply(Decimal(str(m3)), _VOLUME)
    return float(core.EXACT.divide(core.EXACT.multiply(volume, Decimal(str(calorific_value))), _MJ))


def counts_m3(unit: str) -> bool:
    """Whether a meter counts m³; it is kWh otherwise.

    Raises:
        InvalidValue: the unit is neither.
    """
    word = unit.strip().lower().replace("³", "3")
    if word not in ("m3", "kwh"):
        raise core.InvalidValue(f"gas_unit is {unit!r}; it must be kwh or m3.", provider="octopus")
    return word == "m3"


def to_usages(
    records: Iterable[models.Consumption],
    contract: Contract,
    start: datetime,
    end: datetime,
    *,
    calorific_value: float | None = None,
) -> list[core.Usage]:
    """What a meter counted in the intervals that begin in ``[start, end)``; Octopus may send one more.

    Args:
        records: of one meter, with local offsets.
        contract: whose meter it is.
        start: the beginning of the range.
        end: its end.
        calorific_value: of gas in m³; the kWh made of it are estimates, and the m³ stay in ``raw``.

    Its cost is None: Octopus does not send it. What a bill makes of it is for ``Site.bill``.
    """
    found = [
        core.Usage(
            start=record.interval_start,
            end=record.interval_end,
            channel=contract.channel,
            register=contract.register,
            kwh=record.consumption if calorific_value is None else kwh_of(record.consumption, calorific_value),
            currency=CURRENCY,
            quality=core.UsageQuality.UNKNOWN if calorific_value is None else core.UsageQuality.ESTIMATED,
            raw=record,
        )
        for record in records
        if record.interval_start is not None
        and record.interval_end is not None
        and record.consumption is not None
        and record.consumption >= 0
        and record.interval_start < record.interval_end
    ]
    return [usage for usage in found if start <= usage.start < end]


def joined(meters: Iterable[Iterable[core.Usage]]) -> list[core.Usage]:
    """The intervals of a meter point's meters, the newest meter first: each interval once, in time order."""
    found: dict[datetime, core.Usage] = {}
    for usages in meters:
        for usage in usages:
            found.setdefault(usage.start, usage)
    return [found[start] for start in sorted(found)]


def usage_gaps(
    known: Iterable[core.Usage | core.Gap], contract: Contract, start: datetime, end: datetime, now: datetime
) -> list[core.Gap]:
    """The half hours of a range without a reading: never zero. A day comes on the next, often after two, and may be partly filled."""
    spans = core.uncovered(((each.start, each.end) for each in known), start, min(end, now))
    late = "no reading: a day comes on the next one, often later, or never"
    found = [core.Gap(start=a, end=b, channel=contract.channel, reason=late) for a, b in spans]
    if end > now:
        found.append(core.Gap(start=max(start, now), end=end, channel=contract.channel, reason="not metered yet"))
    return found
