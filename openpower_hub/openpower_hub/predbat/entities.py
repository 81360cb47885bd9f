"""The entities that Predbat reads and writes, in one table: their discovery, their state, and the lines of apps.yaml.

Predbat counts exported power as positive: :func:`figures` is the one place where the grid's sign is turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.devices.info import BatteryInfo, InverterInfo
from openpower_core.devices.roles import Role
from openpower_core.prices import Channel
from openpower_hub.mqtt.discovery import Component, device_payload, entity, template
from openpower_hub.mqtt.payloads import in_zone
from openpower_hub.mqtt.topics import Topics
from openpower_hub.names import slug
from openpower_hub.predbat.intent import Demanded

if TYPE_CHECKING:
    from openpower_hub.config import HubConfig
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

_POWER: Final = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"}
_ENERGY: Final = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
TIMES: Final = tuple(time(minute // 60, minute % 60).isoformat() for minute in range(0, 24 * 60, 5))
"""What a window may begin and end at: steps of five minutes."""


@frozen(kw_only=True)
class Shown:
    """A figure that Predbat reads."""

    name: str
    """Its key in the state, and the end of its entity id."""
    title: str
    arguments: tuple[str, ...]
    """What it is called in apps.yaml."""
    options: Mapping[str, Any]
    """What Home Assistant is told of it."""


SHOWN: Final = (
    Shown(name="battery_power", title="Battery power", arguments=("battery_power",), options=_POWER),
    Shown(name="grid_power", title="Grid power (export positive)", arguments=("grid_power",), options=_POWER),
    Shown(name="pv_power", title="Solar power", arguments=("pv_power",), options=_POWER),
    Shown(name="load_power", title="House power", arguments=("load_power",), options=_POWER),
    Shown(
        name="soc",
        title="State of charge",
        arguments=("soc_percent",),
        options={"device_class": "battery", "state_class": "measurement", "unit_of_measurement": "%"},
    ),
    Shown(
        name="capacity",
        title="Battery capacity",
        arguments=("soc_max",),
        options={"device_class": "energy_storage", "state_class": "measurement", "unit_of_measurement": "kWh"},
    ),
    Shown(name="battery_power_max", title="Battery power limit", arguments=("battery_rate_max",), options=_POWER),
    Shown(name="inverter_limit", title="Inverter power limit", arguments=("inverter_limit",), options=_POWER),
    Shown(name="load_today", title="House energy today", arguments=("load_today",), options=_ENERGY),
    Shown(name="import_today", title="Imported energy today", arguments=("import_today",), options=_ENERGY),
    Shown(name="export_today", title="Exported energy today", arguments=("export_today",), options=_ENERGY),
    Shown(name="pv_today", title="Solar energy today", arguments=("pv_today",), options=_ENERGY),
    Shown(
        name="battery_temperature",
        title="Battery temperature",
        arguments=("battery_temperature",),
        options={"device_class": "temperature", "state_class": "measurement", "unit_of_measurement": "°C"},
    ),
    Shown(
        name="measured_at", title="Last reading", arguments=("inverter_time",), options={"device_class": "timestamp"}
    ),
)
PRICES: Final = {Channel.IMPORT: "metric_octopus_import", Channel.EXPORT: "metric_octopus_export"}


@frozen(kw_only=True)
class Settable:
    """A control that Predbat writes."""

    name: str
    """The last part of its topic, its key in the state, and the end of its entity id."""
    title: str
    argument: str
    """What it is called in apps.yaml."""
    platform: str
    most: str = ""
    """Of a number: ``"%"``, or ``"W"`` for what the battery can."""


SETTABLE: Final = (
    Settable(name="reserve", title="Reserve", argument="reserve", platform="number", most="%"),
    Settable(name="charge_rate", title="Charging rate", argument="charge_rate", platform="number", most="W"),
    Settable(name="discharge_rate", title="Discharging rate", argument="discharge_rate", platform="number", most="W"),
    Settable(name="charge_target", title="Charging target", argument="charge_limit", platform="number", most="%"),
    Settable(name="charge_start", title="Charging starts", argument="charge_start_time", platform="select"),
    Settable(name="charge_end", title="Charging ends", argument="charge_end_time", platform="select"),
    Settable(name="charge_enable", title="Charging window", argument="scheduled_charge_enable", platform="switch"),
    Settable(name="export_target", title="Export target", argument="discharge_target_soc", platform="number", most="%"),
    Settable(name="export_start", title="Export starts", argument="discharge_start_time", platform="select"),
    Settable(name="export_end", title="Export ends", argument="discharge_end_time", platform="select"),
    Settable(name="export_enable", title="Export window", argument="scheduled_discharge_enable", platform="switch"),
)


@frozen
class Names:
    """The topics and ids for one home."""

    topics: Topics
    home: str

    @property
    def root(self) -> str:
        """What its topics begin with; Predbat's ``mqtt_topic``."""
        return f"{self.topics.prefix}/{slug(self.home)}/predbat"

    @property
    def status(self) -> str:
        """Whether this integration runs (last will)."""
        return f"{self.root}/status"

    @property
    def live(self) -> str:
        """Whether the battery's figures are those of now."""
        return f"{self.root}/live"

    @property
    def state(self) -> str:
        """All figures and controls."""
        return f"{self.root}/state"

    @property
    def discovery(self) -> str:
        """Where Home Assistant is told of it."""
        return self.topics.discovery(f"predbat_{slug(self.home)}")

    def prices(self, channel: Channel) -> str:
        """The prices of today and tomorrow."""
        return f"{self.root}/prices/{channel.value}"

    def command(self, name: str) -> str:
        """Where a control is written."""
        return f"{self.root}/set/{name}"

    def entity_id(self, platform: str, name: str) -> str:
        """The entity id that Home Assistant is asked to give."""
        return f"{platform}.{slug(f'{self.home}_predbat_{name}')}"


def payload(names: Names, home: Home, *, control: bool, most_w: float) -> dict[str, Any]:
    """What Home Assistant is told: one device for Predbat, beside the boxes."""
    components: dict[str, Component] = {}

    def add(platform: str, name: str, title: str, **more: Any) -> None:
        given: dict[str, Any] = {
            "state_topic": names.state,
            "value_template": template(name),
            "availability": [{"topic": names.status}, {"topic": names.live}],
            **more,
        }
        components[name] = entity(
            names.topics, f"predbat_{slug(names.home)}", platform, name, title, home=names.home, role="predbat", **given
        )

    for each in SHOWN:
        add("sensor", each.name, each.title, **each.options)
    for channel, series in _retailers(home).items():
        add(
            "sensor",
            f"{channel.value}_price",
            f"{channel.value.capitalize()} price",
            state_class="measurement",
            unit_of_measurement=f"{series.prices.currency}/kWh",
            json_attributes_topic=names.prices(channel),
            availability=[{"topic": names.status}],
        )
    if control:
        for settable in SETTABLE:
            add(settable.platform, settable.name, settable.title, **_options(names, settable, most_w))
        own: dict[str, Any] = {"availability": [{"topic": names.status}]}
        add("binary_sensor", "problem", "Problem", device_class="problem", **own)
        add("sensor", "problem_text", "Problem in words", **own)
        add("sensor", "mode", "What it does", **own)
    return device_payload(
        f"{home.title} Predbat", f"predbat_{slug(names.home)}", components, mf="openpower", mdl="Predbat"
    )


def _options(names: Names, settable: Settable, most_w: float) -> dict[str, Any]:
    given: dict[str, Any] = {"command_topic": names.command(settable.name)}
    if settable.platform == "number":
        most, step = (100, 1) if settable.most == "%" else (most_w, 10)
        given |= {"min": 0, "max": most, "step": step, "mode": "box", "unit_of_measurement": settable.most}
    elif settable.platform == "select":
        given |= {"options": list(TIMES)}
    return given


def _retailers(home: Home) -> dict[Channel, DeviceState]:
    """Who has the price of each channel."""
    return {
        channel: state
        for channel in PRICES
        for state in reversed(home.of_role(Role.RETAILER))
        if channel in state.prices.channels
    }


def retailer(home: Home, channel: Channel) -> DeviceState | None:
    """Who has the price of a channel; None if nobody has."""
    return _retailers(home).get(channel)


def figures(home: Home, battery: DeviceState | None) -> dict[str, Any]:
    """What Predbat reads; None where it is unknown."""
    flows = home.balance
    load = None if flows.load_w is None else flows.load_w + (flows.ev_w or 0.0)
    info = battery.info if battery is not None and isinstance(battery.info, BatteryInfo) else None
    inverters = [state.info for state in home.of_role(Role.INVERTER)]
    rated = [each.rated_w for each in inverters if isinstance(each, InverterInfo)]
    values = {} if battery is None else battery.values
    found: dict[str, Any] = {
        "battery_power": flows.battery_w,
        "grid_power": None if flows.grid_w is None else -flows.grid_w,  # Predbat: + is export
        "pv_power": flows.pv_w,
        "load_power": load,
        "soc": values.get("soc_pct"),
        "capacity": None if info is None else info.usable_kwh or info.capacity_kwh,
        "battery_power_max": most_power(info),
        "inverter_limit": sum(each or 0 for each in rated) if rated and None not in rated else None,
        "battery_temperature": values.get("temperature_c"),
        "load_today": _today(home, Role.INVERTER, "load_energy_today_kwh"),
        "pv_today": _today(home, Role.INVERTER, "pv_energy_today_kwh"),
        "import_today": _today(home, Role.METER, "import_energy_today_kwh"),
        "export_today": _today(home, Role.METER, "export_energy_today_kwh"),
        "measured_at": None if battery is None or battery.read_at is None else in_zone(battery.read_at, home.tz),
    }
    for channel in PRICES:
        seller = retailer(home, channel)
        price = None if seller is None else seller.price(channel)
        found[f"{channel.value}_price"] = None if price is None else round(float(price.per_kwh), 4)
    return found


def most_power(info: BatteryInfo | None) -> float | None:
    """What the battery can both charge and discharge with (W)."""
    limits = () if info is None else (info.max_charge_w, info.max_discharge_w)
    known = [each for each in limits if each is not None]
    return min(known) if known else None


def _today(home: Home, role: Role, name: str) -> float | None:
    """The day's energy of all devices of a kind; unknown if one of them is, since it may never fall but at midnight."""
    found = [state.values[name] for state in home.of_role(role)]
    numbers = [value for value in found if isinstance(value, float | int)]
    return round(sum(numbers), 2) if numbers and len(numbers) == len(found) else None


def controls(demanded: Demanded, now: datetime, *, most_w: float, reserve_pct: float | None) -> dict[str, Any]:
    """What the controls show: what Predbat has set, as it has set it; until then the battery's own reserve."""
    return {
        "reserve": reserve_pct if demanded.reserve_pct is None else demanded.reserve_pct,
        "charge_rate": _rate(demanded.charge_rate_w, demanded.no_charge_until, now, most_w),
        "discharge_rate": _rate(demanded.discharge_rate_w, demanded.no_discharge_until, now, most_w),
        "charge_target": demanded.charge.target_pct,
        "charge_start": demanded.charge.start.isoformat(),
        "charge_end": demanded.charge.end.isoformat(),
        "charge_enable": "ON" if demanded.charge.enabled else "OFF",
        "export_target": demanded.export.target_pct,
        "export_start": demanded.export.start.isoformat(),
        "export_end": demanded.export.end.isoformat(),
        "export_enable": "ON" if demanded.export.enabled else "OFF",
    }


_SHOWN_LEFT: Final = timedelta(minutes=10)


def _rate(rate_w: float | None, blocked_until: datetime | None, now: datetime, most_w: float) -> float:
    """A rate of 0 W is shown until ten minutes before it ends, so that Predbat writes it again if it still means it."""
    if blocked_until is not None and blocked_until - now > _SHOWN_LEFT:
        return 0
    return most_w if rate_w is None else rate_w


_INVERTER: Final = {
    "name": "openpower",
    "has_rest_api": False,
    "has_mqtt_api": False,
    "has_service_api": False,
    "output_charge_control": "power",
    "charge_control_immediate": False,
    "has_charge_enable_time": True,
    "has_discharge_enable_time": True,
    "has_target_soc": True,
    "target_soc_used_for_discharge": False,
    "has_reserve_soc": True,
    "has_timed_pause": False,
    "charge_time_format": "HH:MM:SS",
    "charge_time_entity_is_option": True,
    "soc_units": "%",
    "num_load_entities": 1,
    "has_ge_inverter_mode": False,
    "has_ge_eco_toggle": False,
    "has_fox_inverter_mode": False,
    "has_idle_time": False,
    "time_button_press": False,
    "clock_time_format": "%Y-%m-%dT%H:%M:%S%z",
    "write_and_poll_sleep": 5,
    "has_time_window": False,
    "support_charge_freeze": True,
    "support_discharge_freeze": True,
    "can_span_midnight": True,
    "charge_discharge_with_rate": False,
}
"""What openpower's entities can do, in the words of Predbat's documentation for inverters that it does not know."""


def apps_yaml(config: HubConfig, home: Home | None = None) -> str:
    """The lines of Predbat's apps.yaml that are about the inverter, for the home that ``[predbat]`` names.

    Args:
        config: the hub's configuration.
        home: the home, if it is connected: figures that it does not have are left out, and its zone is known.
    """
    part, broker = config.predbat, config.mqtt
    name = (part.home if part is not None else None) or next(iter(config.homes), "home")
    prefixes = ("openpower", "homeassistant") if broker is None else (broker.prefix, broker.discovery_prefix)
    names = Names(Topics(*prefixes), name)
    known = None if home is None else figures(home, _battery(home))
    lines = [
        "pred_bat:",
        "  module: predbat",
        "  class: PredBat",
        "  prefix: predbat",
        f"  timezone: {(home.tz if home is not None else None) or 'Europe/London  # your own'}",
        "  num_inverters: 1",
        "  inverter_type: OPENPOWER",
        "  inverter:",
        *(f"    {key}: {_yaml(value)}" for key, value in _INVERTER.items()),
    ]
    for each in SHOWN:
        if known is None or known[each.name] is not None:
            for argument in each.arguments:
                lines += [f"  {argument}:", f"    - {names.entity_id('sensor', each.name)}"]
    for settable in SETTABLE:
        lines += [f"  {settable.argument}:", f"    - {names.entity_id(settable.platform, settable.name)}"]
    for channel, argument in PRICES.items():
        if known is None or known[f"{channel.value}_price"] is not None:
            lines.append(f"  {argument}: {names.entity_id('sensor', f'{channel.value}_price')}")
    return "\n".join(lines) + "\n"


def _battery(home: Home) -> DeviceState | None:
    return next((state for state in home.of_role(Role.BATTERY) if state.info.active), None)


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
