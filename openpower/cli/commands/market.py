"""``openpower prices`` and ``openpower usage``: what electricity costs, and what was used."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, validators

from openpower.cli.chart import bar_chart
from openpower.cli.figures import money
from openpower.cli.output import print_json
from openpower.cli.progress import stretches
from openpower.cli.screen import console
from openpower.cli.tables import show_table
from openpower.cli.target import PLAIN, Common, connect_to
from openpower.cli.when import day_start, zone_of
from openpower_core.convert import unstructure
from openpower_core.prices import Channel, PriceKind

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from openpower_core.prices import Price, PriceSeries, Usage

__all__ = ["prices", "usage"]


def prices(
    name: str | None = None,
    /,
    *,
    chart: bool = False,
    channel: Channel = Channel.IMPORT,
    resolution: Annotated[int | None, Parameter(validator=validators.Number(gt=0))] = None,
    common: Common = PLAIN,
) -> None:
    """Show the prices to come.

    Args:
        name: a profile or a provider (default: the only profile).
        chart: draw them, a bar for each half hour or longer interval.
        channel: what you buy, sell, or use under control (default: import).
        resolution: minutes of an interval, such as 30 (default: the retailer's own).
    """
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        step = timedelta(minutes=resolution) if resolution else None
        series = retailer.prices(channel=channel, resolution=step)
        zone = zone_of(retailer.info.tz)
    if common.json:
        print_json({"channel": channel.value, "prices": [unstructure(price) for price in series]})
    elif chart:
        console().print(bar_chart(_chart_rows(series, zone), width=console().width))
    else:
        show_table(("from", "to", "price", "kind"), [_price_row(price, zone) for price in series])


def _chart_rows(series: PriceSeries, zone: ZoneInfo | None) -> list[tuple[str, float, str]]:
    half_hour = timedelta(minutes=30)
    fine = len(series) > 1 and any(price.end - price.start < half_hour for price in series)
    return [
        (_clock(price.start, zone), float(price.per_kwh), money(price.per_kwh, price.currency))
        for price in (series.resample(half_hour) if fine else series)
    ]


def _clock(moment: datetime, zone: ZoneInfo | None) -> str:
    return f"{moment.astimezone(zone or UTC):%a %H:%M}"


def _price_row(price: Price, zone: ZoneInfo | None) -> tuple[str, ...]:
    kind = price.kind.value
    if price.kind is PriceKind.CURRENT and price.estimate:
        kind += ", estimate"
    if price.spike:
        kind += ", spike"
    figure = f"{money(price.per_kwh, price.currency)}/kWh"
    return (_clock(price.start, zone), _clock(price.end, zone), figure, kind)


def usage(
    name: str | None = None,
    /,
    *,
    start: Annotated[str, Parameter(name="--from")] = "yesterday",
    end: Annotated[str, Parameter(name="--to")] = "today",
    common: Common = PLAIN,
) -> None:
    """Show what was used, and what it cost, day by day.

    Args:
        name: a profile or a provider (default: the only profile).
        start: the first day, such as 2026-08-01 (default: yesterday).
        end: the day to stop before (default: today).
    """
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        zone = zone_of(retailer.info.tz)
        now = datetime.now(UTC)
        first, last = day_start(start, zone, now=now), day_start(end, zone, now=now)
        found: list[Usage] = []
        for begin, finish in stretches("usage", first, last, step=timedelta(days=7)):
            found += retailer.usage(begin, finish)
    if common.json:
        print_json({"usage": [unstructure(each) for each in found]})
        return
    show_table(("day", "channel", "energy", "cost"), _usage_rows(found, zone))


def _usage_rows(found: list[Usage], zone: ZoneInfo | None) -> list[tuple[str, ...]]:
    sums: dict[tuple[Any, Channel], list[Usage]] = defaultdict(list)
    for each in found:
        sums[each.start.astimezone(zone or UTC).date(), each.channel].append(each)
    return [
        (
            day.isoformat(),
            channel.value,
            f"{sum(each.kwh for each in group):.2f} kWh",
            money(_cost(group), group[0].currency),
        )
        for (day, channel), group in sorted(sums.items())
    ]


def _cost(group: list[Usage]) -> Decimal | None:
    costs = [each.cost for each in group if each.cost is not None]
    return sum(costs, Decimal(0)) if len(costs) == len(group) else None
