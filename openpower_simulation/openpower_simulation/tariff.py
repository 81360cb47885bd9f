"""What the simulated retailer makes of the spot price: network charges by the clock, and tax on what is bought."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_core.prices import Channel

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Tariff", "TariffPeriod"]


class TariffPeriod(StrEnum):
    """The parts of the day that the network prices apart, by the clock on the wall."""

    OFF_PEAK = "off_peak"
    SOLAR_SPONGE = "solar_sponge"
    PEAK = "peak"


_LOSS: Final = Decimal("1.07145")
"""What is lost between the market and the house is bought, and paid, as well."""
_CONTROLLED_LOAD: Final = Decimal("0.0720")
_NETWORK: Final = {
    TariffPeriod.OFF_PEAK: (Decimal("0.1617"), Decimal("0.0000")),
    TariffPeriod.SOLAR_SPONGE: (Decimal("0.0825"), Decimal("-0.0186")),
    TariffPeriod.PEAK: (Decimal("0.1999"), Decimal("0.0347")),
}
"""Per kWh bought (tax included), and per kWh sold (no tax)."""
_PLACES: Final = Decimal("0.0000001")


@frozen
class Tariff:
    """Retail prices from spot prices, both per kWh; the spot price includes tax, as markets quote it to homes."""

    tax: Decimal

    def period(self, local: datetime) -> TariffPeriod:
        """The period of a wall-clock moment."""
        if 10 <= local.hour < 15:
            return TariffPeriod.SOLAR_SPONGE
        return TariffPeriod.PEAK if 15 <= local.hour < 21 else TariffPeriod.OFF_PEAK

    def demand_window(self, local: datetime) -> bool:
        """Whether the month's highest demand is counted now: weekday evenings."""
        return local.isoweekday() <= 5 and 15 <= local.hour < 21

    def per_kwh(self, channel: Channel, spot: Decimal, local: datetime) -> Decimal:
        """The retail price; IMPORT and CONTROLLED_LOAD: + you pay, EXPORT: + you are paid."""
        bought, sold = _NETWORK[self.period(local)]
        match channel:
            case Channel.IMPORT:
                price = _LOSS * spot + bought
            case Channel.CONTROLLED_LOAD:
                price = _LOSS * spot + _CONTROLLED_LOAD
            case Channel.EXPORT:
                price = _LOSS / (1 + self.tax) * spot + sold
        return price.quantize(_PLACES)

    @staticmethod
    def tax_included(channel: Channel) -> bool:
        """Who buys pays tax; who sells from a home charges none."""
        return channel is not Channel.EXPORT
