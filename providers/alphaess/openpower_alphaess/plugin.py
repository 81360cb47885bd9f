"""What openpower knows of this provider before it is used."""

from __future__ import annotations

from openpower_core.provider import Credential, Option, ProviderSpec, Role, hookimpl


@hookimpl
def openpower_provider() -> ProviderSpec:
    """AlphaESS: inverters, batteries, meters and EV chargers, by the Open API."""
    portal = "https://open.alphaess.com"
    return ProviderSpec(
        name="alphaess",
        title="AlphaESS",
        roles=(Role.INVERTER, Role.BATTERY, Role.METER, Role.EV_CHARGER),
        credentials=(
            Credential("app_id", title="AppID", secret=False, where=portal),
            Credential("app_secret", title="AppSecret", where=portal),
        ),
        options=(
            Option(
                "serial_number",
                "the system to connect to, where the AppID has several",
                kind="text",
                choices=lambda native: {each.sys_sn: each.minv or "" for each in native.list_systems() if each.sys_sn},
                aliases=("device_serial_number",),
            ),
            Option(
                "writes_per_day",
                "how often the battery's schedule may be written in 24 hours; the portal says once",
                default=48,
            ),
        ),
        connect="openpower_alphaess._sync.backend:connect",
        connect_async="openpower_alphaess._async.backend:connect",
        behaviour="openpower_alphaess.mapping.devices:behaviour",
        emulator="openpower_alphaess.emulator:serve",
        docs_url=portal,
    )
