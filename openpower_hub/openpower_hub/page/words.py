"""What the page says in words: figures with their units, ages, clock times, prices, and the sentence about what happens now."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from openpower_hub.page.flows import IDLE_W, Flow

NONE: Final = "–"
"""What stands for a figure that is unknown."""
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_MINOR: Final[Mapping[str, str]] = {
    "AUD": "c", "CAD": "c", "NZD": "c", "USD": "c", "EUR": "ct", "GBP": "p", "DKK": "øre", "NOK": "øre", "SEK": "öre", "CHF": "Rp",
}  # fmt: skip
"""The hundredth of a currency, as bills write it; currencies without an entry are written whole."""
_NAMES: Final[Mapping[str, str]] = {"solar": "Solar", "battery": "The battery", "grid": "The grid"}
_SOURCES: Final = tuple(_NAMES)


def power(watts: float | None) -> str:
    """A power as people read it: ``"830 W"``, ``"4.2 kW"``; noise around zero is ``"0 W"``, never ``"-0"``.

    >>> power(4180), power(-830), power(-12), power(None)
    ('4.2 kW', '830 W', '0 W', '–')
    """
    if watts is None:
        return NONE
    size = abs(watts)
    if size < IDLE_W:
        return "0 W"
    if size < 999.5:
        return f"{size:.0f} W"
    return f"{size / 1000:.1f} kW" if size < 99_950 else f"{size / 1000:.0f} kW"


def percent(value: float | None) -> str:
    """A percentage without decimals, which no battery measures."""
    return NONE if value is None else f"{value:.0f} %"


def energy(kwh: float | None) -> str:
    """An energy in kWh, with a decimal below 100."""
    if kwh is None:
        return NONE
    return f"{kwh:.1f} kWh" if abs(kwh) < 99.95 else f"{kwh:,.0f} kWh".replace(",", "\N{THIN SPACE}")


def age(seconds: float) -> str:
    """How old a figure is: ``"4 minutes old"``."""
    return f"{duration(seconds)} old"


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit.

    >>> duration(1), duration(240), duration(7300)
    ('1 second', '4 minutes', '2 hours')
    """
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = max(0, int(seconds))
    return f"{count} second{'' if count == 1 else 's'}"


def clock(time: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """A time on the home's clock; with ``now``, also the day if it is another one.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> clock(noon, UTC), clock(noon, UTC, noon - timedelta(days=1)), clock(noon, UTC, noon - timedelta(days=3))
    ('12:00', 'tomorrow 12:00', 'Thu 12:00')
    """
    local = time.astimezone(zone)
    if now is None:
        return f"{local:%H:%M}"
    days = (local.date() - now.astimezone(zone).date()).days
    if abs(days) > 6:
        return f"{local.day} {local:%b %H:%M}"
    return {0: "", 1: "tomorrow ", -1: "yesterday "}.get(days, f"{local:%a} ") + f"{local:%H:%M}"


def price(per_kwh: Decimal, currency: str) -> str:
    """A price per kWh: in cents below one unit, where the currency has them.

    >>> price(Decimal("0.2745"), "EUR"), price(Decimal("1.5"), "AUD"), price(Decimal("-0.031"), "GBP")
    ('27.5 ct', '1.50 AUD', '−3.1 p')
    """
    if (unit := _MINOR.get(currency)) and abs(per_kwh) < 1:
        amount = (per_kwh * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return _signed(f"{amount} {unit}")
    return money(per_kwh, currency)


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency."""
    return _signed(f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP)} {currency}")


def _signed(text: str) -> str:
    """With a real minus; a negative zero is zero."""
    if text.startswith("-") and not any(digit in text for digit in "123456789"):
        return text[1:]
    return text.replace("-", "−")


def listed(words: Sequence[str]) -> str:
    """``"a, b and c"``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentence(
    flows: Sequence[Flow],
    powers: Mapping[str, float | None],
    *,
    import_price: str = "",
    export_price: str = "",
    several: Collection[str] = (),
) -> str:
    """What happens at a home now, in one to three short sentences.

    Args:
        flows: what flows from where to where.
        powers: the power that each place gives (W), None where unknown.
        import_price: the running price of buying, in words; empty where it is unknown.
        export_price: the same of selling.
        several: the places that stand for more than one device.
    """
    unknown = [place for place, watts in powers.items() if watts is None]
    if not powers:
        return "Waiting for the first data."
    if len(unknown) == len(powers):
        return "There is no data from this home now."
    said = [_does(source, [flow for flow in flows if flow.source == source], several) for source in _SOURCES]
    parts = [each for each in said if each]
    if not parts and not unknown:
        parts.append("Hardly any power flows.")
    grid = powers.get("grid") or 0.0
    if abs(grid) >= IDLE_W:
        deal = f"Buying {power(grid)}{_at(import_price)}" if grid > 0 else f"Selling {power(grid)}{_at(export_price)}"
        parts.append(f"{deal}.")
    if unknown:
        parts.append(f"There is no data from {listed([_the(place, several) for place in unknown])}.")
    return re.sub(r"(?<=\d) (?=[A-Za-zöø])", NO_BREAK, " ".join(parts))  # a figure stays with its unit


def _does(source: str, flows: Sequence[Flow], several: Collection[str]) -> str:
    """What one source does; the grid is said once, in what is bought and sold."""
    uses = [flow.use for flow in flows if flow.watts >= IDLE_W]
    several_sources = source in several and source == "battery"
    feeds = [_the(use, several) for use in uses if use == "house" or (use, source) == ("grid", "battery")]
    charges = [_the(use, several) for use in uses if use in ("battery", "car")]
    verbs = [
        f"{verb if several_sources else f'{verb}s'} {listed(objects)}"
        for verb, objects in (("feed", feeds), ("charge", charges))
        if objects
    ]
    return f"{'The batteries' if several_sources else _NAMES[source]} {listed(verbs)}." if verbs else ""


def _the(place: str, several: Collection[str]) -> str:
    plural = {"battery": "batteries", "car": "cars"}
    if place == "solar":
        return "solar"
    return f"the {plural[place] if place in several and place in plural else place}"


def _at(price: str) -> str:
    return f" at {price}" if price else ""
