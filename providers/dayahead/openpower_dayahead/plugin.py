"""The day-ahead market in openpower's list of providers."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """Day-ahead prices of European bidding zones, with the user's own charges and tax."""
    return ProviderSpec(
        name="dayahead",
        title="Day-ahead market (Europe)",
        roles=(Role.RETAILER,),
        credentials=(
            Credential(
                "token",
                title="Security token of ENTSO-E, for source=entsoe only",
                where="https://transparency.entsoe.eu, My Account Settings",
                required=False,
            ),
        ),
        options=(
            Option(
                "area",
                "the bidding zone, such as DE-LU, AT, NO2 or IT-North",
                kind="text",
                ask=True,
                choices="openpower_dayahead.areas:CHOICES",
            ),
            Option("source", "energy-charts, awattar, entsoe or nordpool", default="energy-charts"),
            Option(
                "currency",
                "what Nord Pool converts prices to; of the others, what their prices and your charges are in",
            ),
            Option(
                "charges",
                "net charges per kWh on top: one number, or tables of name, per_kwh or pct, days, hours, months",
            ),
            Option("tax_rate", "the tax on market price and charges, such as 0.19"),
            Option("feed_in_charges", "the same for what is fed in: they are deducted; 0 for none"),
            Option("feed_in_tax_rate", "the tax that is paid on top of what is fed in, where there is any"),
            Option("standing_charges", "net charges that do not depend on the energy: tables of name, amount and per"),
        ),
        connect="openpower_dayahead._sync.devices:connect",
        connect_async="openpower_dayahead._async.devices:connect",
        emulator="openpower_dayahead.emulator:serve",
        docs_url="https://github.com/tris10au/openpower/blob/main/docs/reference/providers.md#day-ahead-market",
    )
