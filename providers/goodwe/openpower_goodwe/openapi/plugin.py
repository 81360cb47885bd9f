"""The specification of the provider ``goodwe``: GoodWe's Open API."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """The Open API: for organisations to which GoodWe gave it; others want ``goodwe-sems`` or ``goodwe-local``."""
    where = (
        "your GoodWe sales contact gives the Open API to an organisation's SEMS account; "
        'a normal account connects as "goodwe-sems"'
    )
    return ProviderSpec(
        name="goodwe",
        title="GoodWe Open API",
        roles=(Role.INVERTER, Role.METER),
        credentials=(
            Credential("account", title="E-mail", secret=False, where=where),
            Credential("password", title="Password", where=where),
        ),
        options=(
            Option("region", "the host: global or eu", default="global"),
            Option(
                "plant_id",
                "the plant to connect to, where the organisation has several",
                kind="text",
                choices=lambda native: {
                    each.plant_id: each.name or "" for each in native.list_plants() if each.plant_id
                },
            ),
        ),
        connect="openpower_goodwe.openapi._sync.devices:connect",
        connect_async="openpower_goodwe.openapi._async.devices:connect",
        emulator="openpower_goodwe.openapi.emulator:serve",
        docs_url="https://community.goodwe.com",
    )
