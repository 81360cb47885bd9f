"""Prices and usage as tables: polars or pandas frames, and Arrow, which is what a Parquet file holds."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from openpower_core.errors import ConfigurationError, InvalidValue
from openpower_core.prices import PriceSeries, Usage, Usages

_DECIMALS: Final = (38, 18)
"""Digits, and those behind the point, of a column of money, so that the files of many months have the same types."""
_NUMBERS: Final = ("kwh", "renewables_pct")
_FLAGS: Final = ("tax_included", "estimate", "spike", "demand_window")
_TEXTS: Final = ("channel", "currency", "kind", "period", "quality", "register")


def to_frame(series: PriceSeries | list[Usage], library: str | None = None) -> Any:
    """A frame of polars, or of pandas where polars is not installed, with a column for each figure.

    Args:
        series: what ``prices()`` or ``usage()`` of a retailer returns.
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


def to_arrow(series: PriceSeries | list[Usage]) -> Any:
    """An Arrow table with typed columns, for ``pyarrow.parquet.write_table``: instants in UTC, exact decimals, words as dictionaries.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    try:
        arrow: Any = import_module("pyarrow")
    except ModuleNotFoundError:
        hint = 'Install it with: pip install "openpower[parquet]>=0.2"'
        raise ConfigurationError("Parquet needs an extra that is not installed.", hint=hint) from None
    return arrow.table({name: _array(arrow, name, values) for name, values in _columns(series).items()})


def _columns(series: PriceSeries | list[Usage]) -> dict[str, list[Any]]:
    return (Usages(series) if isinstance(series, list) else series).columns()


def _array(arrow: Any, name: str, values: list[Any]) -> Any:
    if name in ("start", "end"):
        return arrow.array(values, arrow.timestamp("us", tz="UTC"))
    if name in _TEXTS:
        return arrow.array(values, arrow.string()).dictionary_encode()
    if name in _NUMBERS or name in _FLAGS:
        return arrow.array(values, arrow.float64() if name in _NUMBERS else arrow.bool_())
    try:
        return arrow.array(values, arrow.decimal128(*_DECIMALS))
    except arrow.ArrowInvalid:  # more digits, such as a mean has: as many as it takes, never fewer
        return arrow.array(values)
