"""The hooks that plugins implement: plain functions that do not block, the same for both flavours.

Hooks get a :class:`~openpower_core.devices.info.DeviceInfo`, never a device, so that they cannot write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.readings import Reading
    from openpower_core.registry.spec import ProviderSpec
    from openpower_core.writes import Plan, Receipt

__all__ = [
    "PROJECT",
    "hookimpl",
    "openpower_after_write",
    "openpower_before_write",
    "openpower_provider",
    "openpower_reading",
    "openpower_resolve_credential",
]

PROJECT = "openpower"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function as an implementation of a hook; write it above ``openpower_provider`` and the others."""


@hookspec
def openpower_provider() -> ProviderSpec:  # type: ignore[empty-body]
    """Return the specification of the provider that the entry point names."""


@hookspec
def openpower_before_write(device: DeviceInfo, plan: Plan) -> None:
    """Inspect a write before it is sent, and refuse it by raising :class:`~openpower_core.errors.Veto`.

    The plan includes the state before it. A guard that raises anything else blocks the write as well.
    """


@hookspec
def openpower_after_write(device: DeviceInfo, receipt: Receipt) -> None:
    """Receive the receipt of a write that was sent."""


@hookspec
def openpower_reading(device: DeviceInfo, reading: Reading) -> None:
    """Receive every reading that an application asks for."""


@hookspec(firstresult=True)
def openpower_resolve_credential(provider: str, field: str) -> str | None:
    """Return a credential that was not found elsewhere, or None; the first result counts."""
