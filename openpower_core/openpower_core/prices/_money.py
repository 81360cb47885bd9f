"""Exact money: decimals from what people naturally give, ISO 4217 currencies, arithmetic that no program's context changes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

from openpower_core._error import nearest, refused

EXACT: Final = Context(prec=50)
"""A program may have set the precision of its own decimal context; money does not depend on it."""

# ISO 4217, list one (2024), without precious metals, funds and units of account.
_CURRENCIES: Final = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BTN",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CUP",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ERN",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GHS",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "IQD",
        "IRR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KPW",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "LYD",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MRU",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SDG",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "SSP",
        "STN",
        "SVC",
        "SYP",
        "SZL",
        "THB",
        "TJS",
        "TMT",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VED",
        "VES",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XCG",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
        "ZWG",
    ]
)


def decimal(value: Any) -> Decimal:
    """A finite amount, as the number was written: 0.1 is a tenth.

    Raises:
        InvalidValue: it is no number, or not a finite one.
    """
    if value.__class__ is Decimal:
        found: Decimal = value
    elif isinstance(value, int | float | str) and not isinstance(value, bool):
        found = _decimal(str(value))
    else:
        found = Decimal("NaN")
    if not found.is_finite():
        raise refused(value, "an amount of money", "a finite number, such as Decimal('0.285')")
    return found


def decimal_or_none(value: Any) -> Decimal | None:
    """Like :func:`decimal`, and None stays None."""
    return None if value is None else decimal(value)


_KEPT: Final = Context(prec=34)


def kept(value: Any) -> Decimal:
    """The figure of a bill, with 34 digits: thirds have no end, and what they leave in the fiftieth digit is no money."""
    return _KEPT.plus(decimal(value))


def kept_or_none(value: Any) -> Decimal | None:
    """Like :func:`kept`, and None stays None."""
    return None if value is None else kept(value)


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("NaN")


def components(value: Mapping[str, Any] | None) -> dict[str, Decimal] | None:
    """What a price is made of, each part an amount."""
    return None if value is None else {str(name): decimal(amount) for name, amount in value.items()}


def currency(value: Any) -> str:
    """An ISO 4217 code.

    Raises:
        InvalidValue: there is no such currency.
    """
    if isinstance(value, str) and value in _CURRENCIES:
        return value
    hint = nearest(value.upper(), _CURRENCIES) if isinstance(value, str) else None
    raise refused(value, "currency", "an ISO 4217 code such as 'AUD'", hint=hint)
