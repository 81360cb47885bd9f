"""What the simulated home says about itself."""

from __future__ import annotations

from openpower_core.provider import Option, ProviderSpec, Role, hookimpl

SPEC = ProviderSpec(
    name="demo",
    title="Simulated home",
    roles=(Role.INVERTER, Role.BATTERY, Role.METER, Role.EV_CHARGER, Role.RETAILER),
    options=(
        Option("seed", "Another number gives another home, weather and market.", default=1),
        Option("start", "When its story begins: a datetime, or text on the home's own clock."),
        Option("speed", "How many times as fast as real time it runs.", default=1.0),
        Option("latitude", "Degrees north; without it, one that fits the time zone.", kind="number"),
        Option("longitude", "Degrees east; without it, the time zone's meridian.", kind="number"),
        Option("pv_kw", "Peak power of the panels.", default=6.6),
        Option("inverter_w", "The most that the inverter gives.", default=6000, kind="number"),
        Option("load_kwh_per_day", "What the house uses on an average day.", default=14.0),
        Option("battery_kwh", "What the battery holds; 0 for none.", default=13.3),
        Option("battery_w", "The most that the battery takes or gives.", default=5000, kind="number"),
        Option("ev", "Whether a car comes home in the evening.", default=True),
        Option("site_limit_a", "The main fuse.", default=63.0),
        Option("house", "A house that exists already, such as another connection's native.house."),
        Option("like", "A vendor whose batteries it imitates: alphaess, goodwe-sems or goodwe-local.", kind="text"),
        Option("price_interval_min", "Minutes that a price is valid: 5 or 30.", default=5),
    ),
    connect="openpower_demo._sync.devices:connect",
    connect_async="openpower_demo._async.devices:connect",
    docs_url="https://github.com/tris10au/openpower",
)


@hookimpl
def openpower_provider() -> ProviderSpec:
    """The simulated home's specification."""
    return SPEC
