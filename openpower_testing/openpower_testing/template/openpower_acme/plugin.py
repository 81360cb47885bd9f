"""The specification of this provider. It is imported for listings too, so it imports nothing heavy."""

from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """Acme: an inverter, a battery and a meter in one box."""
    return ProviderSpec(
        name="acme",
        title="Acme",
        roles=(Role.INVERTER, Role.BATTERY, Role.METER),
        credentials=(Credential("token", title="API token", where="https://acme.example/token"),),
        connect="openpower_acme._sync.devices:connect",
        connect_async="openpower_acme._async.devices:connect",
        emulator="openpower_acme.emulator:serve",
        docs_url="https://acme.example/docs",
    )
