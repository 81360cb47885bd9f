"""What the API answers with: the vocabulary, and around it the hub's own words for homes and devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from openpower_core.balance import Balance
from openpower_core.capabilities import Capability, ScheduleLimits, WriteLimits
from openpower_core.control import BatteryCommand
from openpower_core.devices.roles import Role
from openpower_core.prices import Gap, Price
from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, Issue, MeterReading
from openpower_core.secrets import mask, mask_text
from openpower_hub.config import Right
from openpower_hub.control import OPERATIONS, why_not
from openpower_hub.figures import figures_of
from openpower_hub.http.problems import name_of
from openpower_hub.plans import PlannedAction
from openpower_hub.state import Freshness

if TYPE_CHECKING:
    from openpower_core.errors import OpenPowerError
    from openpower_hub.control import Controller
    from openpower_hub.history.cells import Cell  # noqa: TC004 - the document's maker knows it, and imports the history
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

AnyReading: TypeAlias = InverterReading | BatteryReading | MeterReading | EVChargerReading


@frozen(kw_only=True)
class FailureView:
    """What could not be found or read, and why."""

    error: str
    """The class of the error, such as ``NetworkError``."""
    detail: str
    """What happened, in words."""
    hint: str | None
    """What to do next; null where nothing helps."""
    provider: str | None
    """The vendor's name; null where none was involved."""
    part: str = ""
    """What of the home it is; empty for the whole."""

    @classmethod
    def of(cls, error: OpenPowerError, part: str = "") -> FailureView:
        """The view of an error."""
        return cls(
            error=name_of(error),
            detail=mask_text(error.message),
            hint=None if error.hint is None else mask_text(error.hint),
            provider=error.provider,
            part=part,
        )


@frozen(kw_only=True)
class HubView:
    """The hub itself, and who asks."""

    version: str
    """Of the hub."""
    now: datetime
    """The hub's clock."""
    homes: tuple[str, ...]
    """Their names."""
    caller: str
    """Who asks: the name of the token, or ``this machine``."""
    rights: tuple[Right, ...]
    """What they may do."""
    control: tuple[Role, ...]
    """The kinds of devices that may be controlled over HTTP."""
    problems: Mapping[str, str]
    """What an integration failed with last, by its name."""


@frozen(kw_only=True)
class HomeView:
    """A home: its devices by key, what flows now, and what of it is missing."""

    name: str
    """Its name in the configuration."""
    title: str
    """What it is called where people see it."""
    tz: str | None
    """The zone of its clock; null where no device says."""
    simulated: bool
    """Whether nothing of it is real."""
    devices: tuple[str, ...]
    """The keys of its devices."""
    balance: Balance
    """The flows of now (W); null where a part is not live."""
    failures: tuple[FailureView, ...]
    """What could not be found or read."""

    @classmethod
    def of(cls, home: Home) -> HomeView:
        """The view of a home."""
        failures = [each for found in home.failures.values() for each in found]
        return cls(
            name=home.name,
            title=home.title,
            tz=home.tz,
            simulated=home.simulated,
            devices=tuple(home.devices),
            balance=home.balance,
            failures=tuple(FailureView.of(each.error, each.part) for each in failures),
        )


@frozen(kw_only=True)
class CommandView:
    """What openpower has commanded, and has not released."""

    id: str
    """The write's id; the same as in its receipt and in the audit."""
    operation: str
    """openpower's name for it."""
    command: BatteryCommand | None
    """The battery command as it was asked for; null if it was something else."""
    since: datetime
    """When it was sent."""
    until: datetime | None
    """When it ends at the latest, also where the order had no end; null if it has none."""
    release_due: datetime | None
    """When it has to be released; null if the device ends it by itself."""
    recurs_at: datetime | None
    """When it recurs unless it is released."""
    overdue: bool
    """Whether ``release_due`` has passed without a release."""


@frozen(kw_only=True)
class DeviceView:
    """A device, its figures of now, and whether they may be shown as those of now."""

    key: str
    """What names it in this API; it does not hold the serial number."""
    home: str
    """The name of its home."""
    role: Role
    """The kind of device."""
    provider: str
    """The vendor's name in openpower."""
    vendor: str | None
    """Who made it."""
    model: str | None
    """The vendor's name for the model."""
    serial: str
    """The ends of its serial number."""
    tz: str | None
    """The zone of its clock."""
    active: bool
    """Whether it is in use."""
    ratings: Mapping[str, float | None]
    """Sizes by name, such as ``capacity_kwh`` and ``rated_w``; null where unknown."""
    freshness: Freshness
    """Whether its figures may be shown as those of now."""
    read_at: datetime | None
    """When it was read last; null if never."""
    measured_at: datetime | None
    """When the vendor says that its figures were measured; null where it does not say."""
    quality: str | None
    """How the figures were obtained: a value of ``Quality``."""
    values: Mapping[str, float | str | None]
    """Its figures by name (see ``/figures``); null where unknown, and all of them once they are not live."""
    prices: Mapping[str, Price | None]
    """Of a retailer: the running price of each channel that it has; null where it is not known."""
    issues: tuple[Issue, ...]
    """Which figures are missing from the last reading, or were refused, and why."""
    error: FailureView | None
    """Why it cannot be read now; null while it can."""
    failing_since: datetime | None
    """Since when."""
    command: CommandView | None
    """What openpower has commanded; null if nothing."""

    @classmethod
    def of(cls, state: DeviceState) -> DeviceView:
        """The view of a device."""
        info, reading = state.info, state.reading
        sizes = ("capacity_kwh", "usable_kwh", "max_charge_w", "max_discharge_w", "rated_w", "pv_rated_w")
        channels = state.prices.channels if state.role is Role.RETAILER else ()
        return cls(
            key=state.key,
            home=state.home,
            role=state.role,
            provider=info.provider,
            vendor=info.vendor,
            model=info.model,
            serial=mask(info.serial),
            tz=info.tz,
            active=info.active,
            ratings={name: getattr(info, name) for name in sizes if hasattr(info, name)},
            freshness=state.freshness,
            read_at=state.read_at,
            measured_at=None if reading is None else reading.stamp.measured_at,
            quality=None if reading is None else reading.stamp.quality.value,
            values=state.values,
            prices={channel.value: state.price(channel) for channel in channels},
            issues=() if reading is None else reading.issues,
            error=None if state.error is None else FailureView.of(state.error),
            failing_since=state.failing_since,
            command=_command(state),
        )


def _command(state: DeviceState) -> CommandView | None:
    if (active := state.active) is None:
        return None
    names = ("id", "operation", "command", "since", "release_due", "recurs_at", "overdue")
    return CommandView(until=active.ends_at or active.release_due, **{name: getattr(active, name) for name in names})


@frozen(kw_only=True)
class ReadingView:
    """The last reading of a device, in the words of its kind."""

    device: str
    """The device's key."""
    freshness: Freshness
    """Whether it may be shown as the present one."""
    read_at: datetime | None
    """When it arrived."""
    reading: AnyReading | None
    """The reading; null once it is not live, and if there is none."""

    @classmethod
    def of(cls, state: DeviceState) -> ReadingView:
        """The view of what was read last."""
        live: Any = state.live
        return cls(device=state.key, freshness=state.freshness, read_at=state.read_at, reading=live)


@frozen(kw_only=True)
class FigureView:
    """A figure that devices of one kind report."""

    name: str
    """Its key in ``values`` and in the history."""
    role: Role
    """The kind of device."""
    title: str
    """For people."""
    unit: str
    """Empty for a status."""
    kind: str
    """What it measures."""
    words: tuple[str, ...]
    """The values of a status."""

    @classmethod
    def all(cls, role: Role) -> tuple[FigureView, ...]:
        """The figures of a kind of device."""
        return tuple(
            cls(name=each.name, role=role, title=each.title, unit=each.unit, kind=each.kind.value, words=each.words)
            for each in figures_of(role)
        )


@frozen(kw_only=True)
class OperationView:
    """Something that a device can be told, or cannot."""

    title: str
    """What it is called where people see it."""
    effect: str
    """What it does, in words."""
    unit: str
    """Of ``value``; empty where it takes none."""
    takes: tuple[str, ...]
    """The members of an order that belong to it."""
    supported: bool
    """Whether the device can do it."""
    why_not: str
    """Why it cannot; empty if it can."""
    allowed: bool
    """Whether the configuration lets such devices be controlled over HTTP."""


@frozen(kw_only=True)
class CapabilitiesView:
    """What a device can do."""

    device: str
    """The device's key."""
    interval_s: float
    """How often it is read (s)."""
    features: Mapping[str, Capability]
    """By name; what is not listed is not supported."""
    schedule: ScheduleLimits | None
    """What its schedules can express."""
    writes: WriteLimits | None
    """How often it may be written to, and who ends a command."""
    operations: Mapping[str, OperationView]
    """What can be ordered of such a device, by name."""

    @classmethod
    def of(cls, state: DeviceState, controller: Controller) -> CapabilitiesView:
        """The view of what a device can do."""
        can = state.device.capabilities
        operations = {
            name: OperationView(
                title=each.title,
                effect=each.effect,
                unit=each.unit,
                takes=each.takes,
                supported=bool(can[each.feature]),
                why_not=why_not(state, each),
                allowed=controller.allows(state),
            )
            for name, each in OPERATIONS.items()
            if each.role is state.role
        }
        features = {feature.value: capability for feature, capability in can.items()}
        return cls(
            device=state.key,
            interval_s=state.interval.total_seconds(),
            features=features,
            schedule=can.schedule,
            writes=can.writes,
            operations=operations,
        )


@frozen(kw_only=True)
class PricesView:
    """Prices of a retailer in time order; money is text, so that it keeps every digit."""

    device: str
    """The device's key."""
    currency: str | None
    """ISO 4217; null if there is no price."""
    known_until: datetime | None
    """Until when the prices of all channels are known."""
    next_published_at: datetime | None
    """When the retailer publishes the next ones, where that is known."""
    gaps: tuple[Gap, ...]
    """What could not be had, and why."""
    prices: tuple[Price, ...]
    """Each with its interval; a gap stays a gap."""


@frozen(kw_only=True)
class HistoryView:
    """A figure over time; what is not known has no cell."""

    device: str
    """The device's key."""
    figure: str
    """Its name."""
    unit: str
    """Of its values; energies are kWh."""
    step_s: float
    """How long a cell is (s)."""
    cells: tuple[Cell, ...]
    """In time order."""


@frozen(kw_only=True)
class Homes:
    """All homes."""

    homes: tuple[HomeView, ...]
    """In the configuration's order."""


@frozen(kw_only=True)
class Devices:
    """Devices."""

    devices: tuple[DeviceView, ...]
    """In the order in which they were found."""


@frozen(kw_only=True)
class Figures:
    """The table of figures."""

    figures: tuple[FigureView, ...]
    """By kind of device."""


@frozen(kw_only=True)
class Planned:
    """What planners plan for the next day."""

    planned: tuple[PlannedAction, ...]
    """In time order."""
