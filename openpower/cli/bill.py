"""``openpower bill``: what days cost, line by line, and what of it is not known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from cyclopts import Parameter

from openpower import Bill, BillLine, Gap, InvalidValue, Site
from openpower.cli.arguments import connect_all, day_start, default_home, local, note_zone
from openpower.cli.home import INCOMPLETE
from openpower.cli.options import Json, Names, Pairs
from openpower.cli.output import print_error, print_json, print_text, show_table
from openpower_core.convert import to_dict


def bill(
    *names: Names,
    month: str | None = None,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    end: Annotated[str | None, Parameter(name="--to")] = None,
    import_retailer: str | None = None,
    export_retailer: str | None = None,
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = (),
    json: Json = False,
) -> int:
    """Show what a month cost, line by line.

    Where the retailer has no usage, such as a tariff, name the home with the meter as well.

    Args:
        names: profiles or providers, such as tariff alphaess (default: the only profile).
        month: the month, such as 2026-10 (default: the last whole one).
        start: or the first day, such as 2026-10-01.
        end: and the day after the last one.
        import_retailer: who sells, by id, if there are several retailers.
        export_retailer: who buys, if that is somebody else.
        option: an option of the providers, or of one NAME, such as -O alphaess.timeout=60 (may be repeated).
    """
    if month is not None and (start or end):
        raise InvalidValue("--month was given together with --from or --to.")
    connections = connect_all(names or (default_home(),), option)
    with Site(*connections, import_retailer=import_retailer, export_retailer=export_retailer) as home:
        tz = home.retailer().info.tz
        found = home.bill(*_range(month, start, end, tz, datetime.now(UTC)))
    if json:
        print_json({"bill": to_dict(found)})
    else:
        _show(found)
    return 0 if found.complete else INCOMPLETE


def _range(
    month: str | None, start: str | None, end: str | None, tz: str | None, now: datetime
) -> tuple[datetime, datetime]:
    """The range that is meant, on the home's clock."""
    if start or end:
        if not (start and end):
            raise InvalidValue("give both --from and --to.")
        first, last = day_start(start, tz, now=now), day_start(end, tz, now=now)
        if last <= first:
            raise InvalidValue("the range is empty: --to must be later than --from.")
        return first, last
    if month is None:
        month = f"{(local(now, tz).replace(day=1) - timedelta(days=1)):%Y-%m}"
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", month):
        raise InvalidValue(f"{month!r} is not a month.", hint="Write 2026-10.")
    year, number = map(int, month.split("-"))
    after = f"{year + number // 12}-{number % 12 + 1:02}"
    return day_start(f"{month}-01", tz, now=now), day_start(f"{after}-01", tz, now=now)


def _show(found: Bill) -> None:
    """The lines, the sums, how they were computed, and on standard error what is missing."""
    rows = [_row(line, found.currency) for line in found.lines]
    if found.tax is not None and found.net is not None:
        rows += [("net", "", "", f"{found.net} {found.currency}"), ("tax", "", "", f"{found.tax} {found.currency}")]
    show_table(("", "quantity", "price", "amount"), [*rows, ("total", "", "", f"{found.total} {found.currency}")])
    estimated = [f"{found.estimated_share:.1%} of the energy is estimated."] if found.estimated_share else []
    print_text(["", *found.rules, *estimated])
    shown = found.gaps[:_SHOWN]
    offsets = {local(at, found.tz).utcoffset() for gap in shown for at in (gap.start, gap.end) if at}
    clock = "%Y-%m-%d %H:%M" + " %z" * (len(offsets) > 1 or found.tz is None)
    for gap in shown:
        print_error(f"note: {_gap_text(gap, found.tz, clock)}")
    if len(found.gaps) > _SHOWN:
        print_error(f"note: and {len(found.gaps) - _SHOWN} more gaps, which --json lists.")
    if found.gaps:
        print_error(f"note: {found.missing_share:.1%} of the time is missing from this bill.")
    note_zone(found.tz)


_SHOWN: Final = 8


def _row(line: BillLine, currency: str) -> tuple[str, ...]:
    price = "" if line.per_unit is None else f"{_short(line.per_unit)} {currency}/{line.unit}"
    return (line.name, f"{_short(line.quantity)} {line.unit}", price, f"{line.amount:.2f} {currency}")


def _short(number: Decimal) -> str:
    """With at most six decimals, and none that is zero at the end."""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")


def _gap_text(gap: Gap, tz: str | None, clock: str) -> str:
    ends = " to ".join(f"{local(end, tz):{clock}}" for end in (gap.start, gap.end) if end)
    channel = f" ({gap.channel.value.replace('_', ' ')})" if gap.channel else ""
    return f"{ends}{channel}: {gap.reason}"
