"""The specification of the provider ``goodwe-sems``: SEMS+."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """SEMS+: what the GoodWe app and portal use; any normal account, and unofficial."""
    app = "the account of the SEMS+ app (https://semsplus.goodwe.com)"
    return ProviderSpec(
        name="goodwe-sems",
        title="GoodWe SEMS+ (unofficial)",
        roles=(Role.INVERTER, Role.BATTERY, Role.METER, Role.EV_CHARGER),
        credentials=(
            Credential("account", title="E-mail", secret=False, where=app),
            Credential("password", title="Password", where=app),
        ),
        options=(
            Option("region", 'where to log in; "cn" for accounts in China', default="global"),
            Option(
                "station_id",
                "the station to connect to, where the account has several",
                kind="text",
                choices=lambda native: {each.station_id: each.name or "" for each in native.list_stations()},
            ),
            Option(
                "phases",
                "on how many phases (1 or 3) the car charges, where the charger's model leaves it open",
                kind="count",
            ),
        ),
        connect="openpower_goodwe.semsplus._sync.backend:connect",
        connect_async="openpower_goodwe.semsplus._async.backend:connect",
        behaviour="openpower_goodwe.semsplus.mapping.capabilities:behaviour",
        emulator="openpower_goodwe.semsplus.emulator:serve",
        docs_url="https://semsplus.goodwe.com",
    )
