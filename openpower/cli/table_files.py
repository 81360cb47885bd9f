"""Readings as rows of a table, and tables as files that are whole or not there."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from openpower_core.convert import unstructure
from openpower_core.errors import ConfigurationError, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openpower_core.devices.info import DeviceInfo
    from openpower_core.readings import Reading

__all__ = ["check_target", "rows_of", "save_rows"]


def rows_of(device: DeviceInfo, readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """One row for each reading: time (UTC), device, role, quality, and a column for each figure."""
    return [_row(device, reading) for reading in readings]


def _row(device: DeviceInfo, reading: Reading) -> dict[str, Any]:
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


def check_target(file: Path) -> None:
    """Find out, before anything is fetched, that a table can be saved there.

    Raises:
        InvalidValue: the ending is none of .csv, .jsonl and .parquet, or there is no such folder.
        ConfigurationError: Parquet needs its extra.
    """
    if file.suffix.lower() not in _FORMATS:
        raise InvalidValue(f"{file.name!r} ends in none of {', '.join(_FORMATS)}, so its format is not known.")
    if not file.parent.is_dir():
        raise InvalidValue(f"there is no folder {file.parent}.")
    if file.suffix.lower() == ".parquet":
        _pyarrow()


def save_rows(rows: list[dict[str, Any]], file: Path) -> None:
    """Write a table in the format that the file's ending names, in one step; see :func:`check_target`."""
    write = _FORMATS[file.suffix.lower()]
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    os.close(handle)
    try:
        write(rows, Path(draft))
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(rows: list[dict[str, Any]], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=_columns(rows))
        writer.writeheader()
        writer.writerows(rows)


def _write_json_lines(rows: list[dict[str, Any]], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _pyarrow() -> Any:
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        raise ConfigurationError(
            "Parquet needs an extra that is not installed.", hint='Install it: pip install "openpower[parquet]"'
        ) from None
    return import_module("pyarrow")


def _write_parquet(rows: list[dict[str, Any]], file: Path) -> None:
    pyarrow = _pyarrow()
    columns = {name: [row.get(name) for row in rows] for name in _columns(rows)}
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


_FORMATS: dict[str, Callable[[list[dict[str, Any]], Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}
