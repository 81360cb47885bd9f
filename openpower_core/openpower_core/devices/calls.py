"""What happens to a call on a device before the provider sees it: enums for words, checks of features, times in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict, TypeVar, cast

from openpower_core.capabilities import Capabilities, Feature, Support
from openpower_core.checks import aware_or_none, check_percentage, one_of
from openpower_core.control import UNSET, BatteryCommand, BatteryMode, CurrentScope, Schedule, Unset
from openpower_core.errors import InvalidValue, Unsupported
from openpower_core.prices import Channel
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpower_core.devices.info import DeviceInfo
    from openpower_core.writes import Confirm


class Described(Protocol):
    """The part of a device that the checks need."""

    @property
    def info(self) -> DeviceInfo: ...
    @property
    def capabilities(self) -> Capabilities: ...


class WriteOptions(TypedDict, total=False):
    """Keywords of every method that writes."""

    dry_run: bool
    """Plan only; the receipt shows what would be sent."""
    confirm: Confirm
    """``"accepted"`` (default) returns once the vendor accepted it, ``"readback"`` once reading back shows it."""


class HoldOptions(WriteOptions, total=False):
    """Keywords of a battery command that sets no power: hold, idle, no_charge, auto."""

    start: datetime | None
    """When it begins; None for now."""
    until: datetime | None
    """When it ends; None: when it is released."""
    unattended: bool
    """Accept that nothing releases it where the device does not end it by itself."""


class CommandOptions(HoldOptions, total=False):
    """Keywords of a battery command that may set a power and a target: charge, export."""

    target_soc_pct: float | None
    """Where to stop (0-100 %): charging stops above it, exporting below it."""
    power_w: float | None
    """How fast, unsigned (W); None leaves it to the device."""


class SettingsOptions(WriteOptions, total=False):
    """Keywords of ``apply_settings``: the settings to change; the others stay as they are."""

    reserve_soc_pct: float | Unset
    max_soc_pct: float | Unset
    grid_charge_allowed: bool | Unset


def unsupported(device: Described, feature: Feature) -> Unsupported:
    """The error for a feature that the device does not have, with the provider's note."""
    info, capability = device.info, device.capabilities[feature]
    what = feature.value.replace("_", " ")
    note = f" ({capability.note})" if capability.note else ""
    alternatives = ", ".join(capability.alternatives)
    return Unsupported(
        f"{mask(info.id)} has no {what!r}{note}; nothing was sent.",
        feature=feature,
        alternatives=capability.alternatives,
        provider=info.provider,
        device_id=info.id,
        operation=feature.value,
        hint=f"Instead: {alternatives}." if alternatives else None,
    )


def check_supported(device: Described, feature: Feature) -> None:
    """Raise :class:`Unsupported` if the device does not support the feature."""
    if device.capabilities[feature].support is Support.UNSUPPORTED:
        raise unsupported(device, feature)


def to_command(command: BatteryCommand | str, options: CommandOptions) -> tuple[BatteryCommand, Sending]:
    """The command and the remaining keywords; the command may be given as a mode or its name.

    Raises:
        InvalidValue: there is no such mode, or a whole command comes with keywords that repeat its fields.
    """
    given: dict[str, Any] = dict(options)
    fields = {name: given.pop(name) for name in _FIELDS if name in given}
    sending = cast("Sending", given)
    # Nothing is merged into a whole command: whoever gives both would have to know which one wins.
    if not isinstance(command, BatteryCommand):
        return BatteryCommand(mode=one_of(BatteryMode, command, "command"), **fields), sending
    if fields:
        raise InvalidValue(
            f"a BatteryCommand was given together with {', '.join(fields)}.",
            hint="Set them in the BatteryCommand, or give the mode alone: command('charge', target_soc_pct=80).",
        )
    return command, sending


def to_settings(options: SettingsOptions) -> tuple[dict[str, Any], WriteOptions]:
    """The settings that are named, and the other keywords."""
    given: dict[str, Any] = dict(options)
    named = {name: given.pop(name) for name in SettingsOptions.__annotations__.keys() & given.keys() - _SENDING}
    return {name: value for name, value in named.items() if value is not UNSET}, cast("WriteOptions", given)


OptionsT = TypeVar("OptionsT", bound=HoldOptions)


def in_full(options: OptionsT) -> OptionsT:
    """The options, with the defaults of those that say how to send, as the short forms pass them on."""
    return cast("OptionsT", {"dry_run": False, "confirm": "accepted", "unattended": False, **options})


_SENDING: Final = WriteOptions.__annotations__.keys()
_FIELDS: Final = ("start", "until", "target_soc_pct", "power_w")
"""The options that are part of a command."""


class Sending(WriteOptions, total=False):
    """The options that say how a command is sent."""

    unattended: bool


def _command(command: BatteryCommand, **_: Any) -> Sequence[Feature]:
    return (Feature.of(command.mode),)


def _apply_settings(
    *, reserve_soc_pct: Any = UNSET, max_soc_pct: Any = UNSET, grid_charge_allowed: Any = UNSET, **_: Any
) -> Sequence[Feature]:
    asked = {
        Feature.RESERVE_SOC: reserve_soc_pct,
        Feature.MAX_SOC: max_soc_pct,
        Feature.GRID_CHARGE_ALLOWED: grid_charge_allowed,
    }
    for name, value in (("reserve_soc_pct", reserve_soc_pct), ("max_soc_pct", max_soc_pct)):
        if value is not UNSET:
            check_percentage(name, value)
    return [feature for feature, value in asked.items() if value is not UNSET]


def _set_schedule(schedule: Schedule, **_: Any) -> Sequence[Feature]:
    # Windows read from a vendor have the same class and may contain anything.
    for window in schedule.windows:
        if window.target_soc_pct is not None:
            check_percentage("target_soc_pct", window.target_soc_pct)
    return (Feature.SET_SCHEDULE,)


def _set_current_limit(_amps: float = 0, *, scope: str = CurrentScope.CHARGER, **_: Any) -> Sequence[Feature]:
    site = one_of(CurrentScope, scope, "scope") is CurrentScope.SITE
    return (Feature.SITE_CURRENT if site else Feature.CHARGER_CURRENT,)


def _current_price(channel: str = Channel.IMPORT) -> Sequence[Feature]:
    return _priced(Feature.CURRENT_PRICE, channel)


def _prices(*_: Any, channel: str | None = None, **__: Any) -> Sequence[Feature]:
    return _priced(Feature.PRICES, channel)


def _priced(feature: Feature, channel: str | None) -> Sequence[Feature]:
    return (feature, Feature.EXPORT_PRICES) if channel == Channel.EXPORT else (feature,)


def _read(*, max_age: timedelta | None = None) -> Sequence[Feature]:
    if max_age is not None and not _is_age(max_age):
        raise InvalidValue(
            f"max_age is {max_age!r}; it must be a timedelta of at least 0.",
            hint="Give timedelta(seconds=10), timedelta(0) for a fresh answer, or nothing.",
        )
    return (Feature.READ,)


def _is_age(value: object) -> bool:
    return isinstance(value, timedelta) and value >= timedelta(0)


def _always(feature: Feature) -> Callable[..., Sequence[Feature]]:
    return lambda *_, **__: (feature,)


_OF_THEIR_OWN_NAME: Final = (
    Feature.HISTORY,
    Feature.EXPORT_LIMIT,
    Feature.SET_EXPORT_LIMIT,
    Feature.SCHEDULE,
    Feature.SETTINGS,
    Feature.RELEASE,
    Feature.START,
    Feature.STOP,
    Feature.LIMITS,
    Feature.USAGE,
    Feature.GRID_MIX,
)

NEEDS: Final[dict[str, Callable[..., Sequence[Feature]]]] = {
    **{feature.value: _always(feature) for feature in _OF_THEIR_OWN_NAME},
    "read": _read,
    "command": _command,
    "apply_settings": _apply_settings,
    "set_schedule": _set_schedule,
    "set_current_limit": _set_current_limit,
    "current_price": _current_price,
    "prices": _prices,
}
"""For each method of the devices, the features that a call with its arguments needs."""

_SPANS: Final = {"history", "usage", "prices", "grid_mix"}


def in_enums(
    method: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Turn words into enums (channels), and a mode into its command."""
    if method == "command":
        if not arguments and "command" not in keywords:
            return arguments, keywords  # the call itself reports what is missing
        given, *others = arguments or (keywords.pop("command"),)
        command, sending = to_command(given, cast("CommandOptions", keywords))
        return (command, *others), cast("dict[str, Any]", sending)
    if method == "current_price" and arguments:
        return (one_of(Channel, arguments[0], "channel"),), keywords
    if keywords.get("channel") is not None:
        return arguments, keywords | {"channel": one_of(Channel, keywords["channel"], "channel")}
    return arguments, keywords


def in_utc(method: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Convert the ``start`` and ``end`` of a call to UTC, so that no provider has to; naive ones raise."""
    if method not in _SPANS:
        return arguments, keywords
    positional = [aware_or_none(value) for value in arguments[:2]]
    named = {name: aware_or_none(keywords[name]) for name in ("start", "end") if name in keywords}
    ends = dict(zip(("start", "end"), positional, strict=False)) | named
    start, end = ends.get("start"), ends.get("end")
    if start is not None and end is not None and end < start:
        raise InvalidValue(f"end ({end.isoformat()}) is before start ({start.isoformat()}).")
    return (*positional, *arguments[2:]), keywords | named
