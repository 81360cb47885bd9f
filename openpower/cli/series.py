"""``openpower prices``, ``usage`` and ``history``: figures over time, on the screen, as JSON or in a file."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, cast

from cyclopts import Parameter, validators

from openpower import (
    Channel,
    ConfigurationError,
    DataError,
    DeviceInfo,
    Failure,
    Feature,
    InvalidValue,
    Price,
    PriceKind,
    PriceSeries,
    Reading,
    TemporaryError,
    Usage,
)
from openpower.cli.arguments import check_writable, connect_to, day_start, local
from openpower.cli.home import INCOMPLETE, failure_text, failures_data
from openpower.cli.options import PLAIN, Common, Name
from openpower.cli.output import console, money, print_error, print_json, print_lines, show_table
from openpower_core.convert import unstructure
from openpower_core.text import cell, clean, to_json

T = TypeVar("T")


def prices(
    name: Name = None,
    /,
    *,
    chart: bool = False,
    channel: Channel = Channel.IMPORT,
    resolution: Annotated[int | None, Parameter(validator=validators.Number(gt=0))] = None,
    common: Common = PLAIN,
) -> None:
    """Show upcoming prices.

    Args:
        chart: draw a bar for each interval of half an hour or more.
        channel: what you import, export, or use as a controlled load (default: import).
        resolution: minutes per interval, such as 30 (default: the retailer's own).
    """
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        step = timedelta(minutes=resolution) if resolution else None
        series = retailer.prices(channel=channel, resolution=step)
    tz = retailer.info.tz
    if common.json:
        print_json({"channel": channel.value, "prices": [unstructure(price) for price in series]})
    elif chart:
        console().print(_bar_chart(_chart_rows(series, tz), width=console().width))
    else:
        show_table(("from", "to", "price", "kind"), [_price_row(price, tz) for price in series])


def _chart_rows(series: PriceSeries, tz: str | None) -> list[tuple[str, float, str]]:
    half_hour = timedelta(minutes=30)
    fine = len(series) > 1 and any((price.duration or half_hour) < half_hour for price in series)
    return [
        (f"{local(price.start, tz):%a %H:%M}", float(price.per_kwh), money(price.per_kwh, price.currency))
        for price in (series.resample(half_hour) if fine else series)
    ]


_CHART_WIDTH: Final = (5, 40)


def _bar_chart(rows: list[tuple[str, float, str]], *, width: int) -> Any:
    """Draw ``(label, value, figure)`` rows on one scale: one bar each, negative ones to the left of the axis."""
    from rich.table import Table
    from rich.text import Text

    least, most = _CHART_WIDTH
    words = max((len(label) + len(figure) + 3 for label, _, figure in rows), default=0)
    room = max(least, min(most, width - words))
    values = [0.0, *(value for _, value, _ in rows)]
    low, span = min(values), (max(values) - min(values)) or 1.0
    # The axis is where zero is, so that negative bars have room on its left; without any it is the left edge.
    axis = round(-low / span * room)
    table = Table.grid(padding=(0, 1))
    for label, value, figure in rows:
        size = round(abs(value) / span * room)
        left = axis if value >= 0 else axis - size
        style = _price_style((value - low) / span) if value >= 0 else "green"
        table.add_row(Text(label, style="dim"), Text(figure), Text(" " * left + "█" * size, style=style))
    return table


def _price_style(share: float) -> str:
    if share < 1 / 3:
        return "green"
    return "yellow" if share < 2 / 3 else "red"


def _price_row(price: Price, tz: str | None) -> tuple[str, ...]:
    kind = price.kind.value
    if price.kind is PriceKind.CURRENT and price.estimate:
        kind += ", estimate"
    if price.spike:
        kind += ", spike"
    start = f"{local(price.start, tz):%a %H:%M}"
    end = "open" if price.end is None else f"{local(price.end, tz):%a %H:%M}"
    return (start, end, f"{money(price.per_kwh, price.currency)}/kWh", kind)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Days:
    """A range of days, on the home's clock."""

    start: Annotated[str, Parameter(name="--from")] = "yesterday"
    """the first day, such as 2026-08-01 (default: yesterday)."""
    end: Annotated[str, Parameter(name="--to")] = "today"
    """the day after the last one (default: today)."""

    def pieces(self, work: str, tz: str | None, *, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
        """Cut the range into pieces of ``step``, with a progress bar on a terminal's standard error.

        Raises:
            InvalidValue: the range is empty, or an end of it is not a day.
        """
        now = datetime.now(UTC)
        start, end = day_start(self.start, tz, now=now), day_start(self.end, tz, now=now)
        if end <= start:
            raise InvalidValue("the range is empty: --to must be later than --from.")
        pieces: list[tuple[datetime, datetime]] = []
        while start < end:
            pieces.append((start, min(start + step, end)))
            start += step
        if len(pieces) == 1 or not sys.stderr.isatty():
            yield from pieces
            return
        from rich.console import Console
        from rich.progress import track

        yield from track(pieces, description=work, console=Console(stderr=True), transient=True)


DAYS = Days()


def usage(name: Name = None, /, *, days: Days = DAYS, common: Common = PLAIN) -> int:
    """Show how much electricity was used, and what it cost."""
    _, connection = connect_to(name, common)
    with connection:
        retailer = connection.retailer()
        pieces = days.pieces("usage", retailer.info.tz, step=timedelta(days=7))
        found, failures = _in_parts([retailer], pieces, lambda retailer, start, end: retailer.usage(start, end))
        failures += connection.failures
    if common.json:
        print_json({"usage": [unstructure(entry) for entry in found], "failures": failures_data(failures)})
    else:
        show_table(("day", "channel", "energy", "cost"), _usage_rows(found, retailer.info.tz))
    return _incomplete(failures, quiet=common.json)


def _usage_rows(found: list[Usage], tz: str | None) -> list[tuple[str, ...]]:
    groups: dict[tuple[Any, Channel], list[Usage]] = defaultdict(list)
    for entry in found:
        groups[local(entry.start, tz).date(), entry.channel].append(entry)
    return [
        (
            day.isoformat(),
            channel.value,
            f"{sum(entry.kwh for entry in group):.2f} kWh",
            money(_cost(group), group[0].currency),
        )
        for (day, channel), group in sorted(groups.items())
    ]


def _cost(group: list[Usage]) -> Decimal | None:
    """The sum; unknown if any part of it is."""
    costs = [entry.cost for entry in group if entry.cost is not None]
    return sum(costs, Decimal(0)) if len(costs) == len(group) else None


def history(
    name: Name = None,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    days: Days = DAYS,
    common: Common = PLAIN,
) -> int:
    """Save past readings of the devices to a file.

    Args:
        output: the file, ending in .csv, .jsonl or .parquet; it is written only when complete.
    """
    _check_output(output)
    _, connection = connect_to(name, common)
    with connection:
        devices: list[Any] = [device for device in connection.devices() if device.capabilities[Feature.HISTORY]]
        if not devices:
            raise InvalidValue("no device of this home keeps a history.")
        tz = next((device.info.tz for device in devices if device.info.tz), None)
        rows, failures = _in_parts(devices, days.pieces("history", tz, step=timedelta(days=1)), _rows)
        failures += connection.failures
    rows.sort(key=lambda row: (row["time"], row["device"]))
    _save(rows, output)
    if common.json:
        print_json({"file": str(output), "readings": len(rows), "failures": failures_data(failures)})
    else:
        print_lines([f"{len(rows)} readings in {output}"])
    return _incomplete(failures, quiet=common.json)


def _in_parts(
    devices: Sequence[Any],
    pieces: Iterable[tuple[datetime, datetime]],
    ask: Callable[[Any, datetime, datetime], Iterable[T]],
) -> tuple[list[T], list[Failure]]:
    """What the devices give for all pieces of a range, and which pieces of which device could not be had.

    Raises:
        OpenPowerError: nothing came.
    """
    found: list[T] = []
    lost: list[Failure] = []
    asked = 0
    for start, end in pieces:
        for device in devices:
            asked += 1
            try:
                found += ask(device, start, end)
            except (TemporaryError, DataError) as error:
                part = _part(start, end, device.info.tz)
                lost.append(Failure(provider=device.info.provider, part=part, device=device.info, error=error))
    if lost and len(lost) == asked:
        raise lost[0].error
    return found, lost


def _part(start: datetime, end: datetime, tz: str | None) -> str:
    first, last = (local(at, tz).date() for at in (start, end - timedelta(microseconds=1)))
    return f"on {first}" if first == last else f"from {first} to {last}"


def _incomplete(failures: Iterable[Failure], *, quiet: bool) -> int:
    """Say what is missing, and that something is."""
    code = 0
    for failure in failures:
        code = INCOMPLETE
        if not quiet:
            print_error(f"note: {failure_text(failure)}")
    return code


def _rows(device: Any, start: datetime, end: datetime) -> list[dict[str, Any]]:
    return [_row(device.info, reading) for reading in device.history(start, end)]


def _row(device: DeviceInfo, reading: Reading) -> dict[str, Any]:
    """Time (UTC), device, role, quality, and a column for each figure."""
    stamp = reading.stamp
    row: dict[str, Any] = {
        "time": (stamp.measured_at or stamp.received_at).isoformat(),
        "device": device.id,
        "role": device.role.value,
        "quality": stamp.quality.value,
    }
    for name, value in unstructure(reading).items():
        if name == "stamp":
            continue
        if isinstance(value, dict):
            row |= {f"{name}_{part}": figure for part, figure in cast("dict[str, Any]", value).items()}
        elif isinstance(value, list):
            figures: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
            row |= {f"{name}_{place}": figure for place, figure in enumerate(figures, 1)}
        else:
            row[name] = value
    return row


def _check_output(file: Path) -> None:
    """Check, before anything is fetched, that a table can be saved there.

    Raises:
        InvalidValue: the ending is none of .csv, .jsonl and .parquet, or there is no such folder.
        ConfigurationError: the folder cannot be written, or Parquet needs its extra.
    """
    if file.suffix.lower() not in _FORMATS:
        raise InvalidValue(f"the file {file.name!r} must end in one of {', '.join(_FORMATS)}.")
    if not file.parent.is_dir():
        raise InvalidValue(f"there is no folder {file.parent}.")
    check_writable(file.parent, hint="Give a file in another folder: -o FILE")
    if file.suffix.lower() == ".parquet":
        _pyarrow()


def _save(rows: list[dict[str, Any]], file: Path) -> None:
    """Write a table in the format of the file's ending, atomically: it is complete or not there."""
    # The draft is in the same folder, since a file is replaced atomically only within one file system.
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    os.close(handle)
    try:
        _FORMATS[file.suffix.lower()](rows, Path(draft))
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(rows: list[dict[str, Any]], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        columns = _columns(rows)
        writer.writerow(map(cell, columns))
        writer.writerows([cell(row.get(name)) for name in columns] for row in rows)


def _write_json_lines(rows: list[dict[str, Any]], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{to_json(row)}\n" for row in rows)


def _write_parquet(rows: list[dict[str, Any]], file: Path) -> None:
    pyarrow = _pyarrow()
    # A lone surrogate has no place in a file of UTF-8.
    columns = {name: [_storable(row.get(name)) for row in rows] for name in _columns(rows)}
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


def _storable(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _pyarrow() -> Any:
    try:
        pyarrow = import_module("pyarrow")
        import_module("pyarrow.parquet")
    except ImportError:
        raise ConfigurationError(
            "Parquet needs an extra that is not installed.", hint='Install it with: pip install "openpower[parquet]"'
        ) from None
    return pyarrow


_FORMATS: dict[str, Callable[[list[dict[str, Any]], Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}
