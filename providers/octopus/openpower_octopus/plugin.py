"""Octopus Energy in openpower's list of providers."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl

_WHERE = "https://octopus.energy/dashboard/new/accounts/personal-details/api-access"

_REGIONS = {
    "A": "Eastern England",
    "B": "East Midlands",
    "C": "London",
    "D": "Merseyside and Northern Wales",
    "E": "West Midlands",
    "F": "North Eastern England",
    "G": "North Western England",
    "H": "Southern England",
    "J": "South Eastern England",
    "K": "Southern Wales",
    "L": "South Western England",
    "M": "Yorkshire",
    "N": "Southern Scotland",
    "P": "Northern Scotland",
}
"""The groups of grid supply points (Elexon), by the letter that tariff codes end in."""


@hookimpl
def openpower_provider() -> ProviderSpec:
    """Octopus Energy: prices, tariffs and usage of homes in Great Britain."""
    return ProviderSpec(
        name="octopus",
        title="Octopus Energy",
        roles=(Role.RETAILER,),
        credentials=(
            Credential("api_key", title="API key", where=_WHERE, required=False),
            Credential(
                "account",
                title="Account number (A-…)",
                secret=False,
                where=_WHERE,
                required=False,
                choices=lambda native: dict.fromkeys(native.list_accounts(), ""),
            ),
        ),
        options=(
            Option(
                "product",
                "a product code such as AGILE-24-10-01: its public prices, without an account",
                kind="text",
                ask="api_key",
            ),
            Option("export_product", "the product that pays for export, beside product", kind="text"),
            Option("region", "the letter of the supply region, A to P, for product", kind="text", choices=_REGIONS),
            Option("postcode", "instead of region", kind="text"),
            Option("payment_method", "direct_debit or non_direct_debit", default="direct_debit"),
            Option("vat", "whether prices include VAT", default=True),
            Option(
                "night", "when an Economy 7 meter counts the night: '00:30-07:30 UTC', '00:00-07:00' by the wall clock"
            ),
            Option("gas_unit", "kwh or m3: what the gas meter counts, where Octopus does not say"),
            Option("calorific_value", "MJ per m³ of gas, as the bill prints it", default=39.5),
        ),
        connect="openpower_octopus._sync.devices:connect",
        connect_async="openpower_octopus._async.devices:connect",
        emulator="openpower_octopus.emulator:serve",
        docs_url="https://docs.octopus.energy/rest/guides/",
    )
