"""The specification of the provider ``goodwe-local``: GoodWe inverters on the local network."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """GoodWe inverters on the local network: no account, and no cloud between."""
    return ProviderSpec(
        name="goodwe-local",
        title="GoodWe (local network)",
        roles=(Role.INVERTER, Role.BATTERY, Role.METER),
        credentials=(
            Credential(
                "host",
                title="address of the inverter",
                secret=False,
                where='the device list of your router; the dongle is called "Solar-WiFi" or "GW"',
            ),
        ),
        options=(
            Option("port", "8899 for UDP, 502 for Modbus TCP", default=8899),
            Option("protocol", "udp or tcp, where the port leaves it open"),
            Option("family", "ET, ES or DT; detected if left out"),
            Option("unit", "the Modbus address, where it was changed", kind="count"),
            Option("min_poll", "minimum seconds between two readings", default=30.0),
            Option("answer_within", "seconds to wait for each response", default=1.0),
        ),
        connect="openpower_goodwe.local._sync.devices:connect",
        connect_async="openpower_goodwe.local._async.devices:connect",
        behaviour="openpower_goodwe.local.mapping:behaviour",
        emulator="openpower_goodwe.local.emulator:serve",
        discover="openpower_goodwe.local.client.transport:discover",
        local=True,
        docs_url="https://github.com/marcelblijleven/goodwe",
    )
