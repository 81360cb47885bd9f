"""Amber in openpower's list of providers."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """Amber Electric: prices, usage and renewables of Australian homes."""
    return ProviderSpec(
        name="amber",
        title="Amber Electric",
        roles=(Role.RETAILER,),
        credentials=(Credential("token", title="API token", where="https://app.amber.com.au/developers"),),
        options=(
            Option(
                "site",
                "the id of the site to connect to, where the account has several",
                kind="text",
                choices=lambda native: {
                    each.id: f"{each.nmi or ''} {each.network or ''} {each.status or ''}"
                    for each in native.list_sites()
                    if each.id
                },
            ),
            Option("state", "nsw, qld, sa or vic, where the network does not imply it"),
            Option("wait", "how long to wait for the account's rate limit: True, False or a timedelta"),
        ),
        connect="openpower_amber._sync.devices:connect",
        connect_async="openpower_amber._async.devices:connect",
        emulator="openpower_amber.emulator:serve",
        docs_url="https://app.amber.com.au/developers/documentation/",
    )
