"""The specification of this provider."""

from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    return ProviderSpec(
        name="nordlys",
        title="Nordlys Kraft",
        roles=(Role.RETAILER,),
        credentials=(Credential("token", where="https://nordlys.example/token"),),
        connect="openpower_nordlys._sync:connect",
        connect_async="openpower_nordlys._async:connect",
    )
