"""The current state of a device in the hub, and whether it is recent enough to be shown as current."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import define, field

from openpower_core.clock import Clock
from openpower_core.devices import AsyncDevice
from openpower_core.devices.info import DeviceInfo
from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_core.readings import Quality, Reading
from openpower_core.writes import ActiveCommand, Receipt
from openpower_hub.figures import values_of
from openpower_hub.names import device_key

GONE_AFTER: Final = timedelta(minutes=15)
"""From this age on a figure is not shown as the present one."""


class Freshness(StrEnum):
    """Whether a device's values are recent enough to be shown as current."""

    LIVE = "live"
    """Not older than two of its intervals."""
    LATE = "late"
    """Older, and not older than a quarter of an hour."""
    GONE = "gone"
    """Older still, or never read."""


@define(kw_only=True, eq=False)
class DeviceState:
    """The current state of a device."""

    home: str
    """The name of its home."""
    profile: str
    """The profile that it was found through."""
    device: AsyncDevice
    """The device itself; integrations use :class:`~openpower_hub.control.Control` to change anything."""
    clock: Clock
    interval: timedelta
    """How often it is read."""
    reading: Reading | None = None
    """The last reading; see :attr:`freshness` before it is shown."""
    read_at: datetime | None = None
    """When that arrived, on the hub's clock (UTC)."""
    prices: PriceSeries = field(factory=PriceSeries)
    """Of a retailer: the prices of today and those that are known ahead."""
    error: OpenPowerError | None = None
    """Why it cannot be read now; None while it can."""
    failing_since: datetime | None = None
    active: ActiveCommand | None = None
    """Of a battery: the command that openpower sent and has not released, whichever process did."""
    receipts: deque[tuple[Receipt, str]] = field(factory=lambda: deque(maxlen=50))
    """The last writes, newest last, each with who asked for it."""
    _read_monotonic: float = 0.0
    _age_then: float = 0.0

    @property
    def info(self) -> DeviceInfo:
        """Its identity."""
        return self.device.info

    @property
    def key(self) -> str:
        """Its name wherever it is published, without the serial number."""
        return device_key(self.info)

    @property
    def role(self) -> Role:
        """The kind of device."""
        return self.info.role

    def take(self, reading: Reading) -> None:
        """Remember a reading that has just arrived; one of a response that is known already is not newer for that."""
        stamp = reading.stamp
        since = timedelta(seconds=self.clock.monotonic() - self._read_monotonic)
        same = self.reading is not None and self.reading.stamp.received_at == stamp.received_at
        self.reading = reading
        if same and since < self.device.capabilities.interval:
            return
        self.read_at, self._read_monotonic = self.clock.now(), self.clock.monotonic()
        # By the hub's own clocks, which a vendor's cannot spoil, save for an answer that is said to be old.
        old = stamp.quality is Quality.CACHED
        taken = stamp.measured_at or stamp.received_at
        self._age_then = max(0.0, (self.read_at - taken).total_seconds()) if old else 0.0

    @property
    def age_s(self) -> float | None:
        """How old its figures are (s); None if it was never read."""
        if self.reading is None:
            return None
        return self._age_then + self.clock.monotonic() - self._read_monotonic

    @property
    def freshness(self) -> Freshness:
        """Whether its figures may be shown as those of now; of a retailer, whether the running price is known."""
        if self.role is Role.RETAILER:
            return Freshness.LIVE if self.price(Channel.IMPORT) or self.price(Channel.EXPORT) else Freshness.GONE
        age = self.age_s
        if age is None:
            return Freshness.GONE
        # Asking more often than the vendor has something new makes nothing older sooner.
        if age <= 2 * max(self.interval, self.device.capabilities.interval).total_seconds():
            return Freshness.LIVE
        return Freshness.LATE if age <= GONE_AFTER.total_seconds() else Freshness.GONE

    @property
    def live(self) -> Reading | None:
        """Its reading, as long as it may be shown as the present one."""
        return self.reading if self.freshness is Freshness.LIVE else None

    @property
    def values(self) -> dict[str, float | str | None]:
        """Its figures by name; None where unknown, and all of them once they are no longer live."""
        return values_of(self.role, self.live)

    def price(self, channel: Channel) -> Price | None:
        """The running price of a channel; None where it is not known."""
        if channel not in self.prices.channels:
            return None
        return next((each for each in self.prices.on(channel) if each.covers(self.clock.now())), None)
