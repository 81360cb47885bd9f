"""``openpower history``: past readings, saved as CSV, JSON lines or Parquet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from openpower.cli.output import print_json, print_lines
from openpower.cli.progress import stretches
from openpower.cli.table_files import check_target, rows_of, save_rows
from openpower.cli.target import PLAIN, Common, connect_to
from openpower.cli.when import day_start, zone_of
from openpower_core.capabilities import Feature
from openpower_core.errors import InvalidValue

__all__ = ["history"]


def history(
    name: str | None = None,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    start: Annotated[str, Parameter(name="--from")] = "yesterday",
    end: Annotated[str, Parameter(name="--to")] = "today",
    common: Common = PLAIN,
) -> None:
    """Save the devices' past readings to a file: .csv, .jsonl or .parquet.

    Args:
        name: a profile or a provider (default: the only profile).
        output: the file; nothing of it exists before all of it does.
        start: the first day, such as 2026-08-01 (default: yesterday).
        end: the day to stop before (default: today).
    """
    check_target(output)
    _, connection = connect_to(name, common)
    with connection:
        devices: list[Any] = [device for device in connection.devices() if device.capabilities[Feature.HISTORY]]
        if not devices:
            raise InvalidValue("no device of this home has a history.")
        zone = zone_of(next((each.info.tz for each in devices if each.info.tz), None))
        now = datetime.now(UTC)
        first, last = day_start(start, zone, now=now), day_start(end, zone, now=now)
        rows: list[dict[str, Any]] = []
        for begin, finish in stretches("history", first, last, step=timedelta(days=1)):
            for device in devices:
                rows += rows_of(device.info, device.history(begin, finish))
    rows.sort(key=lambda row: (row["time"], row["device"]))
    save_rows(rows, output)
    if common.json:
        print_json({"file": str(output), "readings": len(rows)})
    else:
        print_lines([f"{len(rows)} readings in {output}"])
