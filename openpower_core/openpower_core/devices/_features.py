"""Which features a call on a device needs, told from its arguments: checked before any request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.capabilities import Feature, Support
from openpower_core.checks import aware_or_none, check_percentage
from openpower_core.control import UNSET, CurrentScope
from openpower_core.errors import InvalidValue, Unsupported
from openpower_core.prices import Channel
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpower_core.capabilities import Capabilities
    from openpower_core.control import BatteryCommand, Schedule
    from openpower_core.devices.info import DeviceInfo

__all__ = ["NEEDS", "check_supported", "in_utc", "unsupported"]


def unsupported(info: DeviceInfo, capabilities: Capabilities, feature: Feature) -> Unsupported:
    """The error for a feature that the device has not, with what its provider says about it."""
    capability = capabilities[feature]
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


def check_supported(info: DeviceInfo, capabilities: Capabilities, feature: Feature) -> None:
    """Raise :class:`Unsupported` when the device's own capabilities say that the feature is not there."""
    if capabilities[feature].support is Support.UNSUPPORTED:
        raise unsupported(info, capabilities, feature)


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
    # Windows that a vendor holds are read into the same class, and may hold anything.
    for window in schedule.windows:
        if window.target_soc_pct is not None:
            check_percentage("target_soc_pct", window.target_soc_pct)
    return (Feature.SET_SCHEDULE,)


def _set_current_limit(_amps: float = 0, *, scope: str = CurrentScope.CHARGER, **_: Any) -> Sequence[Feature]:
    if scope not in tuple(CurrentScope):
        raise InvalidValue(f"scope is {scope!r}; it is one of {', '.join(CurrentScope)}.")
    site = scope == CurrentScope.SITE
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
"""For each method of the devices, the features that a call with these arguments needs."""

_SPANS: Final = {"history", "usage", "prices", "grid_mix"}


def in_utc(method: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Bring the ``start`` and ``end`` of a call to UTC, so that no author has to; naive ones raise."""
    if method not in _SPANS:
        return arguments, keywords
    moments = [aware_or_none(value) for value in arguments[:2]]
    named = {name: aware_or_none(keywords[name]) for name in ("start", "end") if name in keywords}
    ends = dict(zip(("start", "end"), moments, strict=False)) | named
    start, end = ends.get("start"), ends.get("end")
    if start is not None and end is not None and end < start:
        raise InvalidValue(f"end ({end.isoformat()}) is before start ({start.isoformat()}).")
    return (*moments, *arguments[2:]), keywords | named
