"""What a device can do, and how well that is known, per device instance and at run time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from openpower_core.control import BatteryMode

__all__ = ["Capabilities", "Capability", "End", "Feature", "Recurrence", "ScheduleLimits", "Support", "WriteLimits"]


class Feature(StrEnum):
    """What a device may support. The list may grow; treat an unknown feature as unsupported.

    Most are methods of a device: READ is ``read()``, and so HISTORY, EXPORT_LIMIT, SET_EXPORT_LIMIT, AUTO, CHARGE, HOLD, NO_CHARGE, IDLE,
    EXPORT, RELEASE, SCHEDULE, SET_SCHEDULE, SETTINGS, START, STOP, LIMITS, CURRENT_PRICE, PRICES, TARIFF, USAGE and GRID_MIX. The
    others are arguments and parts: COMMAND_POWER and COMMAND_TARGET_SOC are ``power_w`` and ``target_soc_pct`` of a command,
    RESERVE_SOC, MAX_SOC, GRID_CHARGE_ALLOWED and POWER_LIMITS are what ``apply_settings()`` changes, CHARGER_CURRENT and SITE_CURRENT
    are scopes of ``set_current_limit()``, FORECAST and EXPORT_PRICES are what ``prices()`` has beside the past and import.
    """

    READ = "read"
    HISTORY = "history"

    EXPORT_LIMIT = "export_limit"
    SET_EXPORT_LIMIT = "set_export_limit"

    AUTO = "auto"
    CHARGE = "charge"
    HOLD = "hold"
    NO_CHARGE = "no_charge"
    IDLE = "idle"
    EXPORT = "export"
    COMMAND_POWER = "command_power"
    COMMAND_TARGET_SOC = "command_target_soc"
    RELEASE = "release"
    SCHEDULE = "schedule"
    SET_SCHEDULE = "set_schedule"
    SETTINGS = "settings"
    RESERVE_SOC = "reserve_soc"
    MAX_SOC = "max_soc"
    GRID_CHARGE_ALLOWED = "grid_charge_allowed"
    POWER_LIMITS = "power_limits"

    START = "start"
    STOP = "stop"
    LIMITS = "limits"
    CHARGER_CURRENT = "charger_current"
    SITE_CURRENT = "site_current"

    CURRENT_PRICE = "current_price"
    PRICES = "prices"
    FORECAST = "forecast"
    EXPORT_PRICES = "export_prices"
    TARIFF = "tariff"
    USAGE = "usage"
    GRID_MIX = "grid_mix"

    @classmethod
    def of(cls, mode: BatteryMode) -> Feature:
        """The feature that belongs to a battery mode."""
        return cls(mode.value)


class Support(StrEnum):
    """To what extent a feature is supported."""

    UNSUPPORTED = "unsupported"
    """Not supported; calling it raises before any request."""
    CONDITIONAL = "conditional"
    """Supported under the conditions in the note, or not probed yet."""
    EMULATED = "emulated"
    """Achieved by other means; the note says what differs."""
    FULL = "full"
    """As the vocabulary describes it."""
    UNKNOWN = "unknown"
    """Nobody has looked; a call may fail."""


@frozen(kw_only=True)
class Capability:
    """One feature of one device."""

    support: Support
    """To what extent."""
    note: str = ""
    """What a user needs to know: conditions, differences, reasons."""
    alternatives: tuple[str, ...] = ()
    """What to use instead if it is unsupported."""
    verified: bool = False
    """Whether it was seen on a real device or service (a capture, a hardware test)."""

    def __bool__(self) -> bool:
        """Whether calling it can succeed."""
        return self.support is not Support.UNSUPPORTED


class Recurrence(StrEnum):
    """How often a vendor's windows repeat until they are removed."""

    NONE = "none"
    """They do not."""
    DAILY = "daily"
    """Every day."""
    WEEKLY = "weekly"
    """Every week."""


@frozen(kw_only=True)
class ScheduleLimits:
    """What a vendor's schedules can express."""

    step: timedelta = timedelta(minutes=1)
    """Windows begin and end on multiples of it, from midnight."""
    max_windows: int | None = None
    """How many windows a schedule may have in total."""
    max_windows_per_day: int | None = None
    """How many of them may be on one day; None for no limit."""
    weekdays: bool = True
    """Whether windows can differ by day of the week."""
    power: bool = True
    """Whether a window can have a power."""
    target_soc: bool = True
    """Whether a window can have a state of charge to stop at."""
    modes: frozenset[BatteryMode] = frozenset(BatteryMode)
    """The modes that a window can have."""
    recurrence: Recurrence = Recurrence.WEEKLY
    """How often windows repeat."""


class End(StrEnum):
    """Who ends a battery command."""

    DEVICE = "device"
    """The hardware keeps the end, or reverts by itself."""
    RECURS = "recurs"
    """It stops at its end and comes back, the next day or week, until it is released."""
    OPEN = "open"
    """It lasts until it is released."""


@frozen(kw_only=True)
class WriteLimits:
    """How often a device may be written to, when a read-back can be trusted, and who ends a command."""

    min_interval: timedelta = timedelta(0)
    """The minimum time between two writes."""
    patience: timedelta = timedelta(seconds=30)
    """How long a write waits for the minimum interval to pass before it gives up as HELD."""
    per_day: int | None = None
    """The maximum number of writes in any 24 hours, releases not counted; None for no limit. Where the vendor documents
    one, stay below it by the writes that a release needs."""
    settle: timedelta = timedelta(0)
    """How long after a write the first read-back is meaningful."""
    settle_timeout: timedelta = timedelta(seconds=60)
    """The vendor's longest known delay: a read-back that still shows the old state then means that it was not applied."""
    poll: timedelta = timedelta(seconds=5)
    """How long to wait between the first two read-backs; the distance grows from there."""
    ends: End = End.OPEN
    """Who ends a battery command."""
    recurring: frozenset[BatteryMode] = frozenset()
    """The modes whose commands RECUR where those of the others do not."""

    def ends_of(self, mode: BatteryMode) -> End:
        """Who ends a command of one mode."""
        return End.RECURS if mode in self.recurring else self.ends


_UNSUPPORTED = Capability(support=Support.UNSUPPORTED)


@frozen(kw_only=True)
class Capabilities(Mapping[Feature, Capability]):
    """A device's features; what is not listed is UNSUPPORTED.

    >>> capabilities = Capabilities(features={Feature.READ: Capability(support=Support.FULL)})
    >>> bool(capabilities[Feature.READ]), bool(capabilities[Feature.EXPORT])
    (True, False)
    """

    features: Mapping[Feature, Capability] = field(factory=dict[Feature, Capability])
    """What is known of each feature."""
    schedule: ScheduleLimits | None = None
    """What its schedules can express; None where it has none."""
    writes: WriteLimits | None = None
    """How often it may be written to, and who ends a command; None where it cannot be controlled."""
    interval: timedelta = timedelta(seconds=10)
    """How often reading it brings something new; the default of ``watch()``."""

    def __getitem__(self, feature: Feature) -> Capability:
        return self.features.get(feature, _UNSUPPORTED)

    def __contains__(self, feature: object) -> bool:
        return feature in self.features

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)


@frozen(kw_only=True)
class Behaviour:
    """How a vendor's battery takes commands and schedules, as plain data: the simulated home can imitate it (``like=``)."""

    battery: Capabilities
    """What the usual model can do, once probed; its limits say who ends a command, and how far windows may differ."""
    delay: timedelta = timedelta(0)
    """How long reading back still shows what was there before a write."""
    starts_later: bool = True
    """Whether a command may begin later."""
    lifts_limits: bool = True
    """Whether None lifts a power limit."""
