"""A snapshot of a site: readings, their balance, the cost, and what could not be read."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import field, frozen

from openpower_core.balance import Balance, balance
from openpower_core.devices.info import DeviceInfo, Failure
from openpower_core.prices import Channel, Price
from openpower_core.prices._money import EXACT
from openpower_core.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Answer", "Snapshot", "compose"]


@frozen(kw_only=True)
class Snapshot:
    """A home at one instant."""

    at: datetime
    """When it was complete (UTC)."""
    balance: Balance
    """What flows where (W), and ``balance.residual_w``, what does not add up."""
    cost_per_minute: Decimal | None = None
    """The cost of the flow through the meter per minute at the current price, in ``currency``: + you pay, − you are paid;
    None if the flow or its price is unknown."""
    currency: str | None = None
    """ISO 4217, of ``cost_per_minute``; None where the price is unknown."""
    readings: dict[str, Reading] = field(factory=dict[str, Reading])
    """By device id."""
    prices: dict[Channel, Price] = field(factory=dict[Channel, Price])
    """The prices of the current interval."""
    failures: tuple[Failure, ...] = ()
    """What could not be found or read."""

    @property
    def complete(self) -> bool:
        """Whether every part answered."""
        return not self.failures

    @property
    def empty(self) -> bool:
        """Whether something failed and nothing could be read."""
        return bool(self.failures) and not self.readings and not self.prices

    @property
    def figures(self) -> object:
        """What makes a snapshot another one: its figures, prices and failures, without the times at which answers came."""
        failures = [(failure.provider, failure.part, failure.device, type(failure.error)) for failure in self.failures]
        return {name: reading.figures for name, reading in self.readings.items()}, self.prices, failures


@frozen(kw_only=True)
class Answer:
    """The result of one device, or why there is none."""

    device: DeviceInfo
    reading: Reading | None = None
    price: Price | None = None
    failure: Failure | None = None


def compose(answers: Sequence[Answer], failures: Iterable[Failure], *, at: datetime) -> Snapshot:
    """Combine the results of all devices."""
    readings = {each.device.id: each.reading for each in answers if each.reading is not None}
    prices: dict[Channel, Price] = {}
    for each in answers:
        if each.price is not None:
            prices.setdefault(each.price.channel, each.price)
    flows = balance(readings.values())
    cost = _cost_per_minute(flows.grid_w, prices)
    return Snapshot(
        at=at,
        balance=flows,
        cost_per_minute=cost,
        currency=next((price.currency for price in prices.values()), None),
        readings=readings,
        prices=prices,
        failures=(*failures, *(each.failure for each in answers if each.failure is not None)),
    )


def _cost_per_minute(grid_w: float | None, prices: dict[Channel, Price]) -> Decimal | None:
    if grid_w is None:
        return None
    price = prices.get(Channel.IMPORT if grid_w >= 0 else Channel.EXPORT)
    if price is None:
        return None
    # A program's own decimal context must not round money.
    return EXACT.divide(EXACT.multiply(Decimal(str(grid_w)), price.per_kwh), Decimal(60_000))
