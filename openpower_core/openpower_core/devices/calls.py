"""What happens to a call on a device before the provider sees it: enums for words, checks of features, times in UTC."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict, TypeVar, cast

from openpower_core import checks
from openpower_core._error import InvalidValue, refused
from openpower_core.capabilities import Capabilities, Feature, Support
from openpower_core.control import UNSET, BatteryCommand, BatteryMode, CurrentScope, Schedule, Then, Unset
from openpower_core.errors import BadResponse, OpenPowerError, PartialData, Unsupported, to_openpower_error
from openpower_core.prices._words import Channel
from openpower_core.secrets import mask, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from openpower_core.checks import Number
    from openpower_core.connection.context import Context
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.prices import Price, Tariff
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
    """Keywords of a battery command that sets no power (hold, idle, no_charge, auto), besides those of every write."""

    start: datetime | None
    """When it begins; None for now."""
    until: datetime | None
    """When it ends. None: once its target is reached, or after ``default_duration``; ``UNTIL_RELEASED``: never."""
    unattended: bool
    """Accept that nothing releases it where the device does not end it by itself."""


class CommandOptions(HoldOptions, total=False):
    """Keywords of a battery command that may set a power and a target (charge, export), besides those of the others."""

    target_soc_pct: Number | None
    """Where to stop (0-100 %): charging stops above it, exporting below it."""
    then: Then
    """What a target that is reached before ``until`` leads to: ``"hold"`` or ``"release"``."""
    power_w: Number | None
    """How fast, unsigned (W); None leaves it to the device."""


class SettingsOptions(WriteOptions, total=False):
    """Keywords of ``apply_settings``: the settings to change; the others stay as they are."""

    reserve_soc_pct: Number | Unset
    """Kept for a power cut (0-100 %)."""
    max_soc_pct: Number | Unset
    """Above it the grid does not charge (0-100 %)."""
    grid_charge_allowed: bool | Unset
    """Whether the grid may charge the battery at all."""
    max_charge_w: Number | Unset | None
    """W; None lifts the limit."""
    max_discharge_w: Number | Unset | None
    """W; None lifts the limit."""


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
    found = device.capabilities.features.get(feature)
    if found is None or found.support is Support.UNSUPPORTED:
        raise unsupported(device, feature)


def to_error(error: Exception, device: Described, operation: str) -> OpenPowerError:
    """The error of a call whose arguments were checked: what our rules refuse in a read after that is the vendor's.

    What a provider refuses in its own code, or with its name in the error, is about an argument or a credential after all.
    """
    context: dict[str, Any] = {"provider": device.info.provider, "operation": operation, "device_id": device.info.id}
    refusal = isinstance(error, InvalidValue) and error.provider is None and operation in _READS
    if not refusal or not _from_a_rule(error.__traceback__):
        return to_openpower_error(error, **context)
    made = BadResponse(
        f"the vendor's data cannot be right: {mask_text(str(error.args[0]))}",
        hint="Try again later; if it stays, the vendor's data is damaged.",
        **context,
    )
    made.__cause__ = error
    return made


def _from_a_rule(traceback: TracebackType | None) -> bool:
    """Whether an error was raised in core, or while an object of an attrs class was made."""
    module = ""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith("<attrs generated"):
            return True
        module = traceback.tb_frame.f_globals.get("__name__", "")
        traceback = traceback.tb_next
    return module.startswith("openpower_core.")


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
        return BatteryCommand(mode=checks.one_of(BatteryMode, command, "command"), **fields), sending
    if fields:
        raise InvalidValue(
            f"a BatteryCommand was given together with {', '.join(fields)}.",
            hint="Set them in the BatteryCommand, or give the mode alone: command('charge', target_soc_pct=80).",
        )
    return command, sending


def running(price: Price, device: Described, context: Context | None) -> Price:
    """A current price, if its interval runs by the vendor's clock, whatever its label says.

    Raises:
        PartialData: it is over, or has not begun.
    """
    from openpower_core.prices._lanes import by_clock  # which a program without prices does not load

    if context is None:
        return price
    now = context.clock.now()
    # An interval may have ended while its price was on its way.
    if price.covers(now) or price.covers(now - _ON_ITS_WAY):
        return by_clock(price, now if price.covers(now) else price.start)
    raise PartialData(
        f"the {price.channel} price of {price.start.isoformat()} does not apply at {now.isoformat()}.",
        provider=device.info.provider,
        device_id=device.info.id,
        operation="current_price",
        hint="Ask again in a minute; prices() has what is known.",
    )


def check_nameplate(info: DeviceInfo, command: BatteryCommand) -> None:
    """Refuse a power that the battery cannot have, as far as its nameplate is known."""
    most = getattr(info, "max_discharge_w" if command.mode is BatteryMode.EXPORT else "max_charge_w", None)
    if command.power_w is not None and most and command.power_w > most:
        raise refused(
            command.power_w,
            "power_w",
            f"at most {most:g} W, which the battery can do",
            hint="Left out, it is as fast as it can.",
        )


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
_FIELDS: Final = ("start", "until", "target_soc_pct", "power_w", "then")
"""The options that are part of a command."""


class Sending(WriteOptions, total=False):
    """The options that say how a command is sent."""

    unattended: bool


def holds(tariff: Tariff, start: datetime, end: datetime) -> bool:
    """Whether a tariff holds at some time of ``[start, end)``."""
    return (tariff.start is None or tariff.start < end) and (tariff.end is None or start < tariff.end)


# What a call needs, given all its arguments by their names.


def _command(given: Mapping[str, Any]) -> Sequence[Feature]:
    return [_OF_MODES[given["command"].mode]] if "command" in given else []


def _apply_settings(given: Mapping[str, Any]) -> Sequence[Feature]:
    return [feature for name, feature in _SETTINGS.items() if given.get(name, UNSET) is not UNSET]


def of_scope(scope: CurrentScope | str | None) -> Feature:
    """What limiting the current takes: of the charger, or of the site that it shares."""
    return Feature.SITE_CURRENT if scope == CurrentScope.SITE else Feature.CHARGER_CURRENT


def _set_current_limit(given: Mapping[str, Any]) -> Sequence[Feature]:
    return [of_scope(given.get("scope"))]


def _priced(feature: Feature) -> Callable[[Mapping[str, Any]], Sequence[Feature]]:
    both = [feature, Feature.EXPORT_PRICES]
    return lambda given: both if given.get("channel") is Channel.EXPORT else both[:1]


def _always(*features: Feature) -> Callable[[Mapping[str, Any]], Sequence[Feature]]:
    return lambda _: features


_ON_ITS_WAY: Final = timedelta(seconds=5)
_SETTINGS: Final = {
    "reserve_soc_pct": Feature.RESERVE_SOC,
    "max_soc_pct": Feature.MAX_SOC,
    "grid_charge_allowed": Feature.GRID_CHARGE_ALLOWED,
    "max_charge_w": Feature.POWER_LIMITS,
    "max_discharge_w": Feature.POWER_LIMITS,
}
_OF_MODES: Final = {mode: Feature.of(mode) for mode in BatteryMode}
_OF_THEIR_OWN_NAME: Final = (
    Feature.READ,
    Feature.HISTORY,
    Feature.EXPORT_LIMIT,
    Feature.SET_EXPORT_LIMIT,
    Feature.SCHEDULE,
    Feature.SET_SCHEDULE,
    Feature.SETTINGS,
    Feature.RELEASE,
    Feature.START,
    Feature.STOP,
    Feature.LIMITS,
    Feature.TARIFF,
    Feature.USAGE,
    Feature.GRID_MIX,
)

NEEDS: Final[dict[str, Callable[[Mapping[str, Any]], Sequence[Feature]]]] = {
    **{feature.value: _always(feature) for feature in _OF_THEIR_OWN_NAME},
    "command": _command,
    "apply_settings": _apply_settings,
    "set_current_limit": _set_current_limit,
    "current_price": _priced(Feature.CURRENT_PRICE),
    "prices": _priced(Feature.PRICES),
    "tariffs": _always(Feature.TARIFF),
}
"""For each method of the devices, the features that a call with its arguments needs."""

_READS: Final = (
    NEEDS.keys()
    - {"set_export_limit", "apply_settings", "set_schedule", "command", "release"}
    - {"start", "stop", "set_current_limit"}
)


# What arguments may be, by the names of parameters.


def _channel(value: Any, name: str) -> Channel:
    return checks.one_of(Channel, value, name)


def _scope(value: Any, name: str) -> CurrentScope:
    return checks.one_of(CurrentScope, value, name)


def _limit(value: Any, name: str) -> float:
    return checks.number(value, name, low=0)


def _amps(value: Any, name: str) -> float:
    return checks.number(value, name, above=0, hint="stop() stops the car.")


def _confirm(value: Any, name: str) -> str:
    return checks.choice(value, name, ("accepted", "readback"))


def _unless_unset(check: checks.Converter) -> checks.Converter:
    return lambda value, name: value if value is UNSET else check(value, name)


def _level(value: Any, name: str) -> float:
    return checks.check_percentage(name, value)


def _schedule(value: Any, name: str) -> Schedule:
    schedule = checks.instance_of(Schedule)(value, name)
    # Windows read from a vendor have the same class and may contain anything.
    for window in schedule.windows:
        if window.target_soc_pct is not None:
            checks.check_percentage("target_soc_pct", window.target_soc_pct)
    return schedule


ARGUMENTS: Final[dict[str, checks.Converter]] = {
    "start": checks.instant,
    "end": checks.instant,
    "max_age": checks.span,
    "channel": _channel,
    "resolution": checks.grid_step,
    "schedule": _schedule,
    "limit_w": checks.or_none(_limit),
    "amps": _amps,
    "scope": _scope,
    "reserve_soc_pct": _unless_unset(_level),
    "max_soc_pct": _unless_unset(_level),
    "grid_charge_allowed": _unless_unset(checks.flag),
    "max_charge_w": _unless_unset(checks.or_none(_limit)),
    "max_discharge_w": _unless_unset(checks.or_none(_limit)),
    "dry_run": checks.flag,
    "unattended": checks.flag,
    "confirm": _confirm,
}
"""How each argument of the devices' methods is checked, by its name; None passes where it is the default."""


_OPTIONS: Final[dict[str, Any]] = {
    "Unpack[WriteOptions]": WriteOptions,
    "Unpack[HoldOptions]": HoldOptions,
    "Unpack[CommandOptions]": Sending,
    "Unpack[SettingsOptions]": SettingsOptions,
}
"""What may be behind ``**options``; the fields of a command have become a command before."""


class Call:
    """Checks calls of one method of a device before the provider sees them."""

    def __init__(self, name: str, method: Any) -> None:
        self._arguments = checks.Arguments(method, ARGUMENTS, options=_OPTIONS)
        self._needs = NEEDS[name]
        self._is_command = name == "command"
        self._always = () if name == "set_current_limit" else self._needs({})
        """The features that any call needs, so that what is not there is no matter of arguments."""
        known = self._arguments.known
        self._newer = _SETTINGS.keys() - known if name == "apply_settings" and known is not None else frozenset[str]()
        """The settings that a provider written for an earlier core does not know."""

    def checked(
        self, device: Described, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the provider is to see them: words become enums, a mode becomes a command, times are in UTC.

        Raises:
            Unsupported: the device does not have what the call needs.
        """
        for feature in self._always:
            check_supported(device, feature)
        arguments, keywords, needs = self._converted(arguments, keywords)
        for feature in needs:
            check_supported(device, feature)
        return arguments, keywords

    def _converted(
        self, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Sequence[Feature]]:
        """The arguments, and the features that a call with them needs."""
        # Without a command, the call itself reports what is missing.
        if self._is_command and (arguments or "command" in keywords):
            given, *others = arguments or (keywords.pop("command"),)
            command, sending = to_command(given, cast("CommandOptions", keywords))
            arguments, keywords = (command, *others), cast("dict[str, Any]", sending)
        if newer := self._newer & keywords.keys():
            keywords = {name: value for name, value in keywords.items() if name not in newer or value is not UNSET}
            if asked := newer & keywords.keys():  # which is nothing that the device can do
                return arguments, keywords, [_SETTINGS[name] for name in asked]
        arguments, keywords = self._arguments(arguments, keywords)
        named = self._arguments.named(arguments, keywords)
        start, end = named.get("start"), named.get("end")
        if start is not None and end is not None and end < start:
            raise InvalidValue(f"end ({end.isoformat()}) is before start ({start.isoformat()}).")
        return arguments, keywords, self._needs(named)
