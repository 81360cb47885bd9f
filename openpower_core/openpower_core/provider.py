"""Everything that the author of a provider needs, in one place; nothing else of the core has to be known.

A provider is a module that the entry-point group ``openpower.providers`` names::

    # openpower_acme/plugin.py
    from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl

    @hookimpl
    def openpower_provider() -> ProviderSpec:
        return ProviderSpec(
            name="acme",
            title="Acme Power",
            roles=(Role.METER,),
            credentials=(Credential("token", where="https://acme.example/settings"),),
            connect="openpower_acme._sync:connect",
            connect_async="openpower_acme._async:connect",
        )

A factory, ``connect(context, *, token)``, does no I/O and returns a :class:`Backend`. Only what a plugin
module needs is loaded at once; the HTTP client, records and devices load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_core.registry.hookspecs import hookimpl
from openpower_core.registry.spec import PROVIDER_API, Credential, Option, ProviderSpec

if TYPE_CHECKING:
    from openpower_core.capabilities import (
        Capabilities,
        Capability,
        Feature,
        Recurrence,
        ScheduleLimits,
        Support,
        WriteLimits,
    )
    from openpower_core.clock import Clock
    from openpower_core.connection._async_backend import AsyncBackend
    from openpower_core.connection._async_fetch import AsyncSharedFetch
    from openpower_core.connection._sync_backend import Backend
    from openpower_core.connection._sync_fetch import SharedFetch
    from openpower_core.connection.context import Context
    from openpower_core.connection.fetched import Fetched
    from openpower_core.convert import decode_series, structure, unstructure
    from openpower_core.devices._async import (
        AsyncBaseBattery,
        AsyncBaseEVCharger,
        AsyncBaseInverter,
        AsyncBaseMeter,
        AsyncBaseRetailer,
    )
    from openpower_core.devices._sync import BaseBattery, BaseEVCharger, BaseInverter, BaseMeter, BaseRetailer
    from openpower_core.http import (
        Answer,
        AsyncHttpClient,
        AsyncTransport,
        Check,
        HttpClient,
        Rate,
        RateLimiter,
        Request,
        Signer,
        Transport,
        check_status,
        retry_after,
        status_error,
    )
    from openpower_core.records import Record, VendorEnum, VendorIntEnum, key, record
    from openpower_core.secrets import Secret, mask
    from openpower_core.write import AsyncDocument, AsyncWriter, Document, Draft, MemoryStore, Writer
    from openpower_core.writes import Adjustment, Confirm, NativeCall, Receipt, WriteState

__all__ = [
    "PROVIDER_API",
    "Adjustment",
    "Answer",
    "AsyncBackend",
    "AsyncBaseBattery",
    "AsyncBaseEVCharger",
    "AsyncBaseInverter",
    "AsyncBaseMeter",
    "AsyncBaseRetailer",
    "AsyncDocument",
    "AsyncHttpClient",
    "AsyncSharedFetch",
    "AsyncTransport",
    "AsyncWriter",
    "Backend",
    "BaseBattery",
    "BaseEVCharger",
    "BaseInverter",
    "BaseMeter",
    "BaseRetailer",
    "BatteryInfo",
    "Capabilities",
    "Capability",
    "Check",
    "Clock",
    "Confirm",
    "Context",
    "Credential",
    "DeviceInfo",
    "Document",
    "Draft",
    "Feature",
    "Fetched",
    "HttpClient",
    "InverterInfo",
    "MemoryStore",
    "NativeCall",
    "Option",
    "ProviderSpec",
    "Rate",
    "RateLimiter",
    "Receipt",
    "Record",
    "Recurrence",
    "Request",
    "Role",
    "ScheduleLimits",
    "Secret",
    "SharedFetch",
    "Signer",
    "Support",
    "Transport",
    "VendorEnum",
    "VendorIntEnum",
    "WriteLimits",
    "WriteState",
    "Writer",
    "check_status",
    "decode_series",
    "hookimpl",
    "key",
    "mask",
    "record",
    "retry_after",
    "status_error",
    "structure",
    "unstructure",
]

_LATER = {
    "openpower_core.capabilities": (
        "Capabilities",
        "Capability",
        "Feature",
        "Recurrence",
        "ScheduleLimits",
        "Support",
        "WriteLimits",
    ),
    "openpower_core.clock": ("Clock",),
    "openpower_core.connection._async_backend": ("AsyncBackend",),
    "openpower_core.connection._async_fetch": ("AsyncSharedFetch",),
    "openpower_core.connection._sync_backend": ("Backend",),
    "openpower_core.connection._sync_fetch": ("SharedFetch",),
    "openpower_core.connection.context": ("Context",),
    "openpower_core.connection.fetched": ("Fetched",),
    "openpower_core.convert": ("decode_series", "structure", "unstructure"),
    "openpower_core.devices._async": (
        "AsyncBaseBattery",
        "AsyncBaseEVCharger",
        "AsyncBaseInverter",
        "AsyncBaseMeter",
        "AsyncBaseRetailer",
    ),
    "openpower_core.devices._sync": ("BaseBattery", "BaseEVCharger", "BaseInverter", "BaseMeter", "BaseRetailer"),
    "openpower_core.http": (
        "Answer",
        "AsyncHttpClient",
        "AsyncTransport",
        "Check",
        "HttpClient",
        "Rate",
        "RateLimiter",
        "Request",
        "Signer",
        "Transport",
        "check_status",
        "retry_after",
        "status_error",
    ),
    "openpower_core.records": ("Record", "VendorEnum", "VendorIntEnum", "key", "record"),
    "openpower_core.secrets": ("Secret", "mask"),
    "openpower_core.write": ("AsyncDocument", "AsyncWriter", "Document", "Draft", "MemoryStore", "Writer"),
    "openpower_core.writes": ("Adjustment", "Confirm", "NativeCall", "Receipt", "WriteState"),
}
_HOMES = {name: module for module, names in _LATER.items() for name in names}


if not TYPE_CHECKING:
    # Hidden from type checkers, so that a misspelt name is an error to them.

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
