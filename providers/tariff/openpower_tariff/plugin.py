"""What the provider of documented tariffs says about itself."""

from __future__ import annotations

from openpower_core.provider import Option, ProviderSpec, Role, hookimpl

SPEC = ProviderSpec(
    name="tariff",
    title="Tariff document",
    roles=(Role.RETAILER,),
    options=(
        Option("file", "The tariff's TOML file.", kind="path", ask=True, example="openpower_tariff.models:EXAMPLE"),
        Option("document", "The same as a mapping, or as a table of the profile."),
    ),
    connect="openpower_tariff._sync.devices:connect",
    connect_async="openpower_tariff._async.devices:connect",
    docs_url="https://github.com/tris10au/openpower/blob/main/docs/reference/providers.md",
)


@hookimpl
def openpower_provider() -> ProviderSpec:
    """The provider's specification."""
    return SPEC
