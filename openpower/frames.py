"""Prices, usage and history as tables: polars or pandas frames, and Arrow, which is what a Parquet file holds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, InvalidOperation
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeVar, cast

from attrs import fields

from openpower_core.errors import ConfigurationError, InvalidValue
from openpower_core.prices import PriceSeries, Usage, Usages
from openpower_core.readings import (
    BatteryReading,
    EnergyCounter,
    EVChargerReading,
    InverterReading,
    MeterReading,
    Reading,
)
from openpower_core.text import clean

R = TypeVar("R", bound=Reading)

_DECIMALS: Final = (38, 28)
"""Digits, and those behind the point, of a column of money: what most readers of Parquet know, with all 28 digits of a mean."""
_NUMBERS: Final = ("kwh", "renewables_pct")
_FLAGS: Final = ("tax_included", "estimate", "spike", "demand_window")
_TEXTS: Final = ("channel", "currency", "kind", "period", "quality", "register")
_READINGS: Final = (InverterReading, BatteryReading, MeterReading, EVChargerReading)


def to_frame(series: PriceSeries | list[Usage] | list[R], library: str | None = None) -> Any:
    """A frame of polars, or of pandas where polars is not installed, with a column for each figure.

    Args:
        series: what ``prices()`` or ``usage()`` of a retailer returns, or ``history()`` of a device. Readings always have the
            same columns, those of all roles: ``time``, ``role``, ``quality`` and one per figure, with None where it is unknown.
        library: ``"polars"`` or ``"pandas"``.

    Raises:
        ConfigurationError: it is not installed.
    """
    if library not in (None, "polars", "pandas"):
        raise InvalidValue(f"library is {library!r}; it may be 'polars' or 'pandas'.")
    for name in [library] if library else ["polars", "pandas"]:
        try:
            return import_module(name).DataFrame(_columns(series))
        except ModuleNotFoundError:
            continue
    raise ConfigurationError(f"{library or 'polars'} is not installed.", hint=f"pip install {library or 'polars'}")


def to_arrow(series: PriceSeries | list[Usage] | list[R]) -> Any:
    """An Arrow table with typed columns, for ``pyarrow.parquet.write_table``: instants in UTC, exact decimals, words as dictionaries.

    The columns and their types are the same whatever is None in the data, and for an empty series; only what prices are made of
    has a column for each part that occurs (``components_energy``). Money is ``decimal128(38, 28)``: exact, but for means below 0.1,
    which have 28 digits and keep 28 decimals.

    Raises:
        InvalidValue: an amount of money does not fit its column; it is never changed to fit.
        ConfigurationError: pyarrow is not installed.
    """
    try:
        arrow: Any = import_module("pyarrow")
    except ModuleNotFoundError:
        hint = 'Install it with: pip install "openpower[parquet]>=0.2"'
        raise ConfigurationError("Parquet needs an extra that is not installed.", hint=hint) from None
    if _is_history(series):
        return history_table(cast("list[Any]", series))
    columns = _columns(cast("PriceSeries | list[Usage]", series))
    return arrow.table({name: _array(arrow, name, values) for name, values in columns.items()})


def history_table(readings: Sequence[Reading], devices: Sequence[str] | None = None) -> Any:
    """Readings as an Arrow table.

    Args:
        readings: of any devices.
        devices: the id of the device of each, for a column ``device``.
    """
    arrow: Any = import_module("pyarrow")
    types = {
        "time": arrow.timestamp("us", tz="UTC"),
        "float": arrow.float64(),
        "floats": arrow.list_(arrow.float64()),
        "bool": arrow.bool_(),
        "date": arrow.date32(),
        "text": arrow.string(),
    }
    columns = _history(readings)
    arrays = {name: arrow.array(columns[name], types[kind]) for name, kind in _figures().items()}
    first = {} if devices is None else {"device": arrow.array([clean(each) for each in devices], types["text"])}
    return arrow.table({"time": arrays.pop("time"), **first, **arrays})


def _is_history(series: object) -> bool:
    plain = isinstance(series, list) and not isinstance(series, Usages)
    return plain and all(isinstance(each, _READINGS) for each in cast("list[object]", series))


@cache
def _figures() -> dict[str, str]:
    """The columns of readings, and the kind of each, of all roles."""
    figures = {"time": "time", "role": "text", "quality": "text"}
    for field in (field for kind in _READINGS for field in fields(kind)):
        words = str(field.type)
        if field.name in ("stamp", "issues", "raw"):
            continue
        if "EnergyCounter" in words:  # text, or the type where somebody has resolved it
            counter = {"total_kwh": "float", "today_kwh": "float", "today": "date"}
            figures |= {f"{field.name}_{part}": kind for part, kind in counter.items()}
        else:
            kinds = {"float | None": "float", "bool | None": "bool", "tuple[float | None, ...]": "floats"}
            figures[field.name] = kinds.get(words, "text")
    return figures


def _history(readings: Sequence[Reading]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in _figures()}
    for reading in readings:
        row = _row(reading)
        for name, column in columns.items():
            column.append(row.get(name))
    return columns


def _row(reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {
        "time": reading.stamp.measured_at or reading.stamp.received_at,
        "role": _ROLES[type(reading).__name__],
        "quality": reading.stamp.quality.value,
    }
    for field in fields(type(reading)):
        value = getattr(reading, field.name)
        if isinstance(value, EnergyCounter):
            row |= {f"{field.name}_{part.name}": getattr(value, part.name) for part in fields(EnergyCounter)}
        elif isinstance(value, Enum):
            row[field.name] = value.value
        else:
            row[field.name] = value
    return row


_ROLES: Final = {
    "InverterReading": "inverter",
    "BatteryReading": "battery",
    "MeterReading": "meter",
    "EVChargerReading": "ev_charger",
}


def _columns(series: PriceSeries | list[Usage] | list[R]) -> dict[str, list[Any]]:
    if _is_history(series):
        return _history(cast("list[Any]", series))
    found = Usages(cast("list[Usage]", series)) if isinstance(series, list) else series
    return found.columns()


def _array(arrow: Any, name: str, values: list[Any]) -> Any:
    if name in ("start", "end"):
        return arrow.array(values, arrow.timestamp("us", tz="UTC"))
    if name in _TEXTS:
        return arrow.array(values, arrow.string()).dictionary_encode()
    if name in _NUMBERS or name in _FLAGS:
        return arrow.array(values, arrow.float64() if name in _NUMBERS else arrow.bool_())
    money = arrow.decimal128(*_DECIMALS)
    try:
        return arrow.array(values, money)
    except arrow.ArrowInvalid:
        return arrow.array([None if value is None else _fitted(name, value) for value in values], money)


def _fitted(name: str, value: Decimal) -> Decimal:
    """Money with at most as many decimals as its column has; only a mean, which was rounded to 28 digits before, is rounded to them."""
    digits, decimals = _DECIMALS
    try:
        fitted = value.quantize(Decimal(1).scaleb(-decimals), context=Context(prec=digits))
    except InvalidOperation:  # too large
        fitted = None
    if fitted is None or (fitted != value and len(value.as_tuple().digits) < decimals):
        raise InvalidValue(
            f"{name} is {value}; a column of money takes {digits - decimals} digits before the point and {decimals} behind it.",
            hint="to_frame() and to_dict() keep every digit.",
        )
    return fitted
