"""Picks a device by kind and id, or lists what there is; and the audit of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from openpower_core.checks import text
from openpower_core.devices.roles import Role
from openpower_core.errors import AmbiguousDevice, DeviceNotFound
from openpower_core.prices._words import Fuel
from openpower_core.secrets import mask, mask_text
from openpower_core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.connection.context import Context
    from openpower_core.devices.info import DeviceInfo


class _HasInfo(Protocol):
    @property
    def info(self) -> DeviceInfo: ...


D = TypeVar("D", bound=_HasInfo)


def of_role(devices: Sequence[D], role: Role) -> list[D]:
    """The devices of one kind."""
    return [device for device in devices if device.info.role is role]


def id_of(wanted: Any, role: Role) -> str | None:
    """The id that was given, perhaps as a device or its info; None for the only device."""
    if wanted is None:
        return None
    info = getattr(wanted, "info", wanted)
    if not isinstance(info, str) and isinstance(id_ := getattr(info, "id", None), str):
        return id_
    return text(wanted, role.value)


def pick(devices: Sequence[D], role: Role, wanted: str | None, *, provider: str | None) -> D:
    """The device of that kind with that id, or the only one in use.

    An id may be whole, the serial number alone, or masked (``"AL…0001"``, with or without the role), as long as only
    one device matches.
    """
    candidates = of_role(devices, role)
    fitting = _in_use(candidates) if wanted is None else _matching(candidates, wanted)
    if len(fitting) == 1:
        return fitting[0]
    kind = role.words
    asked: dict[str, Any] = {"provider": provider, "operation": role.value}
    if not fitting:
        # As it was typed, or a mistake in it could not be seen; a serial number is shortened all the same.
        named = "" if wanted is None else f" with the id {mask_text(clean(wanted, longest=80))!r}"
        unused = wanted is None and bool(candidates)
        raise DeviceNotFound(
            f"there is no {kind}{' in use' * unused}{named}; {_listing(candidates or devices)}.",
            device_id=wanted,
            hint=f"One that is closed, or not yet open, has to be named: {role.value}('…')." if unused else None,
            **asked,
        )
    example = mask(fitting[0].info.id)
    raise AmbiguousDevice(
        f"{len(fitting)} devices match; {_listing(fitting)}.",
        device_id=wanted,
        hint=f"Choose one by its id, such as {role.value}({example!r}).",
        **asked,
    )


def _in_use(candidates: Sequence[D]) -> list[D]:
    """The candidates in use, of electricity if there is one; a closed one has to be named."""
    active = [device for device in candidates if device.info.active]
    return [device for device in active if device.info.fuel is Fuel.ELECTRICITY] or active


def _matching(candidates: Sequence[D], wanted: str) -> list[D]:
    # From the strictest reading to the loosest: a whole id never loses to a masked one that happens to match.
    for names in (_whole, _serial, _masked):
        if fitting := [device for device in candidates if wanted in names(device.info)]:
            return fitting
    return []


def _whole(info: DeviceInfo) -> set[str]:
    return {info.id}


def _serial(info: DeviceInfo) -> set[str]:
    return {info.serial}


def _masked(info: DeviceInfo) -> set[str]:
    return {mask(info.id), mask(info.serial)}


def _listing(devices: Sequence[_HasInfo]) -> str:
    if not devices:
        return "no devices were found"
    return f"there {'is' if len(devices) == 1 else 'are'} " + ", ".join(mask(device.info.id) for device in devices)


def audit_lines(context: Context) -> list[dict[str, Any]]:
    """The audit of a connection's writes, oldest first."""
    # Here, since programs that only read need neither SQLite nor the write pipeline.
    from openpower_core.write.sqlite import store_for

    lines = store_for(context).audit()
    return [line for line in lines if line.get("provider") == context.provider]
