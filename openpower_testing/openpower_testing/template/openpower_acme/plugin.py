"""What openpower is told about this provider. Nothing heavy is imported here: listings read it too."""

from __future__ import annotations

from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl

__all__ = ["openpower_provider"]


@hookimpl
def openpower_provider() -> ProviderSpec:
    """Acme: an inverter, a battery and a meter in one box."""
    return ProviderSpec(
        name="acme",
        title="Acme",
        roles=(Role.INVERTER, Role.BATTERY, Role.METER),
        credentials=(Credential("token", title="API token", where="https://acme.example/token"),),
        connect="openpower_acme._sync:connect",
        connect_async="openpower_acme._async:connect",
        emulator="openpower_acme.emulator:serve",
        docs_url="https://acme.example/docs",
    )
