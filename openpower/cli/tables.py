"""Tables in files: CSV, JSON lines and Parquet with typed columns, complete or not there."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from openpower import ConfigurationError, DeviceInfo, InvalidValue, PriceSeries, Reading, Usages, to_arrow
from openpower.cli.arguments import check_writable
from openpower.cli.files import replace
from openpower.cli.output import with_extra
from openpower.frames import history_table
from openpower_core.convert import to_dict
from openpower_core.text import cell, to_json

Row = dict[str, Any]


def check_output(file: Path) -> None:
    """Check, before anything is fetched, that a table can be saved there.

    Raises:
        InvalidValue: the ending is none of .csv, .jsonl and .parquet, or there is no such folder.
        ConfigurationError: the folder cannot be written, or Parquet needs its extra.
    """
    if file.suffix.lower() not in _ENDINGS:
        raise InvalidValue(f"the file {file.name!r} must end in one of {', '.join(_ENDINGS)}.")
    if not file.parent.is_dir():
        raise InvalidValue(f"there is no folder {file.parent}.")
    check_writable(file.parent, hint="Give a file in another folder: -o FILE")
    if file.suffix.lower() == ".parquet":
        _pyarrow()


def save(rows: list[Row], file: Path) -> None:
    """Write a table in the format of the file's ending, atomically: it is complete or not there."""
    replace(file, lambda draft: _FORMATS[file.suffix.lower()](rows, draft), mode=_PUBLIC)


def save_series(series: PriceSeries | Usages, file: Path) -> None:
    """The same for prices or usage; Parquet is written straight from their columns."""
    if file.suffix.lower() == ".parquet":
        replace(file, lambda draft: _pyarrow().parquet.write_table(to_arrow(series), draft), mode=_PUBLIC)
        return
    columns = series.columns()
    save([dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)], file)


def save_history(
    found: Sequence[tuple[DeviceInfo, Reading]], row: Callable[[DeviceInfo, Reading], Row], file: Path
) -> None:
    """The same for readings; the columns of Parquet are those of all roles, whatever was found."""
    if file.suffix.lower() == ".parquet":
        _pyarrow()
        table = history_table([reading for _, reading in found], [info.id for info, _ in found])
        table = table.sort_by([("time", "ascending"), ("device", "ascending")])
        replace(file, lambda draft: _pyarrow().parquet.write_table(table, draft), mode=_PUBLIC)
        return
    save(sorted((row(*each) for each in found), key=lambda row: (row["time"], row["device"])), file)


_PUBLIC = 0o644


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write_csv(rows: list[Row], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        columns = _columns(rows)
        writer.writerow(map(cell, columns))
        writer.writerows([cell(_written(row.get(name))) for name in columns] for row in rows)


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _write_json_lines(rows: list[Row], file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{to_json(to_dict(row))}\n" for row in rows)


def _pyarrow() -> Any:
    try:
        pyarrow = import_module("pyarrow")
        import_module("pyarrow.parquet")
    except ImportError:
        raise ConfigurationError(
            "Parquet needs an extra that is not installed.", hint=f"Install it with: {with_extra('parquet')}"
        ) from None
    return pyarrow


_FORMATS: dict[str, Callable[[list[Row], Path], None]] = {".csv": _write_csv, ".jsonl": _write_json_lines}
_ENDINGS = (*_FORMATS, ".parquet")


def flat(record: Mapping[str, Any]) -> Row:
    """A record as a row: a column for each figure, also of those that it holds inside others."""
    row: Row = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            row |= {f"{name}_{part}": figure for part, figure in cast("Mapping[str, Any]", value).items()}
        elif isinstance(value, list | tuple):
            row |= {f"{name}_{place}": figure for place, figure in enumerate(cast("Iterable[Any]", value), 1)}
        else:
            row[name] = value
    return row
