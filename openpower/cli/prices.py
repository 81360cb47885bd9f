"""``openpower prices`` and ``usage``: what electricity costs, when it is cheapest, what was used and what that cost."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter, validators

from openpower import (
    Channel,
    DataError,
    Failure,
    Gap,
    InvalidValue,
    Price,
    PriceKind,
    PriceSeries,
    RateLimited,
    TemporaryError,
    Usage,
    Usages,
)
from openpower.cli.arguments import connect_to, day_start, local, next_time, note_zone, zone_of
from openpower.cli.chart import HIGH, LOW, MIDDLE, Panel, Span, beyond_scale, time_chart
from openpower.cli.home import INCOMPLETE, failures_data
from openpower.cli.options import PLAIN, Common, Name
from openpower.cli.output import (
    WIDE,
    columns,
    console,
    is_terminal,
    money,
    print_error,
    print_json,
    print_lines,
    print_text,
    show_table,
    wrapped,
)
from openpower.cli.series import DAYS, Days, in_parts, incomplete
from openpower.cli.tables import check_output, save_series
from openpower_core.convert import to_dict

_WHOLE: Final = timedelta(days=36_500)
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cheapest:
    """The cheapest time of a length."""

    length: Annotated[str | None, Parameter(name="--cheapest")] = None
    """only the cheapest time of this length, such as 3h or 45m; for export the best paid."""
    after: str | None = None
    """the cheapest time begins at this time or later, such as 22:00 (default: now)."""
    before: str | None = None
    """the cheapest time ends by this time, such as 07:00."""
    pieces: bool = False
    """the cheapest time may have gaps."""

    @property
    def duration(self) -> timedelta | None:
        """``3h``, ``90m`` or ``1h30m``; None if none is asked for.

        Raises:
            InvalidValue: it is no length of time, or what limits it is given without it.
        """
        if self.length is None:
            if self.after or self.before or self.pieces:
                hint = "Such as --cheapest 3h --before 07:00"
                raise InvalidValue("--after, --before and --pieces belong to --cheapest.", hint=hint)
            return None
        hours, mark, minutes = self.length.strip().lower().rpartition("h")
        try:
            found = timedelta(hours=float(hours or 0) if mark else 0, minutes=float(minutes.removesuffix("m") or 0))
        except (ValueError, OverflowError):
            found = timedelta(0)
        if found <= timedelta(0) or (not mark and not minutes.endswith("m")):
            raise InvalidValue(f"{self.length!r} is not a length of time.", hint="Write 3h, 45m or 1h30m.")
        return found

    def of(self, series: PriceSeries, length: timedelta, channel: Channel) -> PriceSeries | None:
        """The cheapest time among prices, on the home's clock."""
        tz, now = str(series.tz) if series.tz else None, series.start or datetime.now(UTC)
        first, last = (None if text is None else next_time(text, tz, now=now) for text in (self.after, self.before))
        highest = channel is Channel.EXPORT
        return series.cheapest(
            length, contiguous=not self.pieces, after=first, before=last, channel=channel, highest=highest
        )


CHEAPEST: Final = Cheapest()


def prices(
    name: Name = None,
    /,
    *,
    chart: bool = False,
    channel: Channel = Channel.IMPORT,
    resolution: Annotated[int | None, Parameter(validator=validators.Number(gt=0, lte=1440))] = None,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    end: Annotated[str | None, Parameter(name="--to")] = None,
    cheapest: Cheapest = CHEAPEST,
    output: Output = None,
    common: Common = PLAIN,
) -> int:
    """Show prices, and when they are lowest.

    Args:
        chart: draw them over time.
        channel: what you import, export, or use as a controlled load (default: import).
        resolution: minutes per interval, such as 30 (default: the retailer's own).
        start: the first day, such as 2026-08-01 (default: now).
        end: the day after the last one (default: the end of what is known).
        output: save them to a file, ending in .csv, .jsonl or .parquet.
    """
    if output is not None:
        check_output(output)
    length = cheapest.duration
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        tz, now = retailer.info.tz, datetime.now(UTC)
        begin, until = (None if text is None else day_start(text, tz, now=now) for text in (start, end))
        if begin is not None and until is not None and until <= begin:
            raise InvalidValue("the range is empty: --to must be later than --from.")
        step = timedelta(minutes=resolution) if resolution else None
        try:
            series = retailer.prices(begin, until, channel=channel, resolution=step)
        except RateLimited as error:
            if not isinstance(error.found, PriceSeries) or not error.found:
                raise
            series = error.found  # why the rest is missing stands in its gaps
    if length is not None:
        return _show_cheapest(cheapest.of(series, length, channel), series, channel, tz, json=common.json)
    if output is not None:
        save_series(series, output)
    if common.json:
        print_json(_prices_data(series, channel, tz))
    elif output is not None:
        print_lines([f"{len(series)} prices in {output}"])
    elif series:
        _show(series, tz, chart=chart)
    return _notes(series, series.gaps, tz, what=f"{channel.value.replace('_', ' ')} prices", quiet=common.json)


def _show(series: PriceSeries, tz: str | None, *, chart: bool) -> None:
    if chart:
        _show_chart(series, tz)
    else:
        _price_table(series, tz)


def _show_cheapest(
    found: PriceSeries | None, series: PriceSeries, channel: Channel, tz: str | None, *, json: bool
) -> int:
    """Print the cheapest time, or that there is none."""
    if json:
        print_json(_prices_data(found or (), channel, tz) | {"cheapest": to_dict(_window(found))})
    elif found:
        window = _window(found)
        words = "Best paid" if channel is Channel.EXPORT else "Cheapest"
        figure = money(window["per_kwh"], window["currency"])
        print_text([f"{words}: {_at(window['start'], tz)} to {_at(window['end'], tz)}, {figure}/kWh on average"])
        if len(found) > 1:
            _price_table(found, tz)
    if not json:
        note_zone(tz)
    if found:
        return 0
    until = "" if series.known_until is None else f"; prices are known until {_at(series.known_until, tz)}"
    print_error(f"note: no such time is known{until}.")
    return INCOMPLETE


def _window(found: PriceSeries | None) -> dict[str, Any]:
    """The whole of a cheapest time: its ends, and its mean price by the best that is known."""
    if not found or found.start is None or found.end is None:
        return {}
    lengths = [(price.duration or timedelta(0)).total_seconds() for price in found]
    sums = [price.best_per_kwh * Decimal(str(length)) for price, length in zip(found, lengths, strict=True)]
    mean = sum(sums, Decimal(0)) / Decimal(str(sum(lengths)))
    return {"start": found.start, "end": found.end, "per_kwh": mean, "currency": found.currency or ""}


def _prices_data(series: Sequence[Price], channel: Channel, tz: str | None) -> dict[str, Any]:
    about: dict[str, Any] = {"channel": channel.value, "tz": tz}
    if isinstance(series, PriceSeries):
        about |= {name: to_dict(getattr(series, name)) for name in ("known_until", "next_published_at", "gaps")}
    return about | {"prices": [to_dict(price) for price in series]}


def _price_table(series: PriceSeries, tz: str | None) -> None:
    """Print prices; with the retailer's prediction where one differs, and with offsets where the clock changes."""
    predicted = any(price.best_per_kwh != price.per_kwh for price in series)
    narrow = is_terminal() and columns(sys.stdout) < WIDE
    # Where there is little room, a row ends where the next begins, as long as there is no gap.
    ends = not narrow or any(before.end != after.start for before, after in pairwise(series))
    head = ["from", *(["to"] if ends else []), "price", *(["expected"] if predicted else []), "kind"]
    clock = _clock_of(series, tz)
    rows: list[tuple[str, ...]] = []
    for price in series:
        end = ("open" if price.end is None else f"{local(price.end, tz):{clock}}",) if ends else ()
        expected = (money(price.best_per_kwh, price.currency),) if predicted else ()
        figure = money(price.per_kwh, price.currency) + ("" if narrow else "/kWh")
        rows.append((f"{local(price.start, tz):{clock}}", *end, figure, *expected, _kind(price)))
    show_table(head, rows)


def _kind(price: Price) -> str:
    words = [price.kind.value]
    if price.kind is PriceKind.CURRENT and price.estimate:
        words.append("estimate")
    if price.expected_per_kwh is None and price.high is not None:
        words.append(f"up to {money(price.high, price.currency)}")
    words += [word for word in (price.period, "spike" if price.spike else None) if word]
    return ", ".join(words)


def _clock_of(series: PriceSeries, tz: str | None) -> str:
    """How times are printed: with their date, and with their offset where the clock changes meanwhile."""
    # Each of them: after a whole year the offset is what it was, and the clock may change within the last interval.
    offsets = {local(at, tz).utcoffset() for price in series for at in (price.start, price.end) if at is not None}
    days = [local(at, tz).date() for at in (series.start or series[0].start, series[0].start, series[-1].start)]
    near = max(days) - min(days) <= timedelta(days=1)
    date = "%a %H:%M" if near else "%a %d %b %H:%M" if min(days).year == max(days).year else "%d %b %Y %H:%M"
    return f"{date} %z" if len(offsets) > 1 or zone_of(tz) is None else date


def _at(instant: datetime, tz: str | None) -> str:
    there = local(instant, tz)
    return f"{there:%a} {there.day} {there:%b %H:%M}" + ("" if zone_of(tz) else " UTC")


def _notes(found: Iterable[Any], gaps: Sequence[Gap], tz: str | None, *, what: str, quiet: bool) -> int:
    """Say what is missing and why; gives the exit code."""
    nothing = not any(True for _ in found)
    if not quiet:
        if nothing:
            print_error(f"note: there are no {what} in this range.")
        for gap in gaps:
            span = " to ".join(_at(each, tz) for each in (gap.start, gap.end) if each is not None)
            print_error(f"note: {span or 'a record'}: {gap.reason}")
        note_zone(tz)
    return INCOMPLETE if nothing or gaps else 0


def _show_chart(series: PriceSeries, tz: str | None) -> None:
    """Draw prices over time, and say below what the bars cannot."""
    start, now = series[0].start, datetime.now(UTC)
    spans = [_span(price, series.end or max(now, price.start) + timedelta(days=1)) for price in series]
    title = f"{series[0].channel.value.replace('_', ' ').capitalize()} price, {series[0].currency}/kWh"
    panel = Panel(title=title, spans=spans, rows=10, style=_price_style, outliers=True)
    screen = console()
    zone = zone_of(tz) or UTC
    for line in time_chart([panel], start=start, end=spans[-1].end, now=now, tz=zone, width=screen.width):
        screen.print(line, no_wrap=True, overflow="crop")
    for words in _legend(series, panel, tz):
        screen.print(wrapped(words, screen.width, rest="  "), markup=False)


def _span(price: Price, last: datetime) -> Span:
    high = None if price.high is None or price.firm else float(price.high)
    end = last if price.end is None else price.end
    return Span(price.start, end, float(price.best_per_kwh), high=high, marked=bool(price.spike))


def _legend(series: PriceSeries, panel: Panel, tz: str | None) -> Iterator[str]:
    for words, chosen in (("lowest", min), ("highest", max)):
        price = chosen(series, key=lambda price: price.best_per_kwh)
        yield f"{words} {money(price.best_per_kwh, price.currency)} at {_at(price.start, tz)}"
    beyond = beyond_scale(panel)
    if beyond:
        worst = max(beyond, key=lambda span: abs(span.value))
        mark, others = "▲" if worst.value > 0 else "▼", f", and {len(beyond) - 1} more" if len(beyond) > 1 else ""
        yield f"{mark} exceeds the scale: {worst.value:.2f} {series[0].currency} at {_at(worst.start, tz)}{others}"
    if any(span.marked for span in panel.spans):
        yield "! spike"
    if any(span.high is not None for span in panel.spans):
        yield "▒ how high the forecast may turn out"


def _price_style(share: float) -> str:
    return LOW if share < 1 / 3 else MIDDLE if share < 2 / 3 else HIGH


def usage(name: Name = None, /, *, days: Days = DAYS, output: Output = None, common: Common = PLAIN) -> int:
    """Show how much electricity was used, and what it cost.

    Args:
        output: save the metered intervals to a file, ending in .csv, .jsonl or .parquet.
    """
    if output is not None:
        check_output(output)
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        tz = retailer.info.tz
        found, failures = _used(retailer, days, tz)
        failures += connection.failures
    groups = _by_day(found, tz)
    if output is not None:
        save_series(found, output)
    if common.json:
        data = {"usage": [to_dict(entry) for entry in found], "days": [_day_data(*each, tz) for each in groups.items()]}
        print_json(data | {"gaps": to_dict(found.gaps), "failures": failures_data(failures)})
    elif output is not None:
        print_lines([f"{len(found)} intervals in {output}"])
    elif found:
        show_table(("day", "channel", "energy", "cost", "covered"), _usage_rows(groups, tz))
    missing = _notes(found, found.gaps, tz, what="figures of usage", quiet=common.json)
    return incomplete(failures, quiet=common.json) or missing


def _used(retailer: Any, days: Days, tz: str | None) -> tuple[Usages, list[Failure]]:
    """What was used, with its gaps, and the pieces that could not be had."""
    gaps: list[Gap] = []

    def ask(retailer: Any, start: datetime, end: datetime) -> list[Usage]:
        try:
            part = retailer.usage(start, end)
        except RateLimited as error:
            if not error.found:
                raise
            print_error(f"note: {error}")
            part = error.found
        gaps.extend(part.gaps if isinstance(part, Usages) else ())
        return list(part)

    try:  # the whole range at once: the retailer cuts it, and counts its calls before the first
        found, failures = in_parts([retailer], days.pieces("usage", tz, step=_WHOLE, usual="week-ago"), ask)
    except RateLimited:
        raise
    except (TemporaryError, DataError):  # of one that does not cut it, weeks may come
        found, failures = in_parts([retailer], days.pieces("usage", tz, step=timedelta(days=7), usual="week-ago"), ask)
    return Usages(found, gaps=gaps), failures


_Group = tuple[Any, Channel, str | None]


def _by_day(found: Iterable[Usage], tz: str | None) -> dict[_Group, list[Usage]]:
    """The intervals of each local day, channel and register."""
    groups: dict[_Group, list[Usage]] = defaultdict(list)
    for entry in found:
        groups[local(entry.start, tz).date(), entry.channel, entry.register].append(entry)
    return dict(
        sorted(groups.items(), key=lambda item: (item[0][0], list(Channel).index(item[0][1]), item[0][2] or ""))
    )


def _coverage(group: Sequence[Usage], tz: str | None) -> float:
    """Which part of the local day the intervals cover, from 0 to 1; a day has 23 to 25 hours."""
    day = local(group[0].start, tz)
    begin = day.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    length = (begin + timedelta(days=1)).astimezone(UTC) - begin.astimezone(UTC)
    return sum((entry.end - entry.start for entry in group), timedelta(0)) / length


def _day_data(key: _Group, group: Sequence[Usage], tz: str | None) -> dict[str, Any]:
    day, channel, register = key
    cost, covered = to_dict(_cost(group)), round(_coverage(group, tz), 4)
    figures = {"kwh": sum(entry.kwh for entry in group), "cost": cost, "currency": group[0].currency}
    return {"day": day.isoformat(), "channel": channel.value, "register": register, **figures, "coverage": covered}


def _usage_rows(groups: dict[_Group, list[Usage]], tz: str | None) -> list[tuple[str, ...]]:
    totals: dict[tuple[Channel, str | None], list[Usage]] = defaultdict(list)
    rows: list[tuple[str, ...]] = []
    for (day, channel, register), group in groups.items():
        totals[channel, register].extend(group)
        rows.append((day.isoformat(), *_usage_row(channel, register, group), f"{_coverage(group, tz):.0%}"))
    if len(rows) > len(totals):
        rows += [("total", *_usage_row(*key, group), "") for key, group in totals.items()]
    return rows


def _usage_row(channel: Channel, register: str | None, group: Sequence[Usage]) -> tuple[str, str, str]:
    lane = f"{channel.value} {register}" if register else channel.value
    return lane, f"{sum(entry.kwh for entry in group):.2f} kWh", money(_cost(group), group[0].currency)


def _cost(group: Sequence[Usage]) -> Decimal | None:
    """The sum; unknown if any part of it is."""
    costs = [entry.cost for entry in group if entry.cost is not None]
    return sum(costs, Decimal(0)) if len(costs) == len(group) else None
