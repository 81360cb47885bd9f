"""What Home Assistant is told: one device for each box, with its entities (device-based discovery). Pure functions.

Two rules of Home Assistant's shape this file. Unknown keys of an entity are dropped without a word, so that typos are not
seen there: the tests compare with the reference's tables. And an entity that is only left out stays; it has to be published
once without anything but its platform (:func:`removals`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode
from openpower_core.devices.roles import Role
from openpower_core.secrets import mask
from openpower_core.writes import WriteState
from openpower_hub.control import RELEASE, Operation, operations_of
from openpower_hub.figures import DIGITS, Figure, Kind, figures_of
from openpower_hub.mqtt.topics import OFFLINE, ONLINE, Topics
from openpower_hub.names import box_key, slug

if TYPE_CHECKING:
    from openpower_hub.homes import Home
    from openpower_hub.settings import Setting
    from openpower_hub.state import DeviceState

Component: TypeAlias = dict[str, Any]

RELEASED: Final = "released"
"""The command of a battery that openpower commands nothing."""
REFUSED: Final = "refused"
"""The event of an order of which nothing was sent."""
EVENTS: Final = (*(state.value for state in WriteState), REFUSED)
COMMAND, POWER, TARGET, MINUTES, CHARGING = (
    "command",
    "command_power_w",
    "command_target_soc_pct",
    "command_min",
    "charging",
)
"""What is commanded, and what comes with the next command."""
NO_LIMIT: Final = "none"
"""The payload that removes a limit, or what would come with the next command."""
LONGEST_MIN: Final = 7 * 24 * 60

CLASSES: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.POWER: {"device_class": "power", "state_class": "measurement"},
    Kind.LEVEL: {"device_class": "battery", "state_class": "measurement"},
    Kind.HEALTH: {"state_class": "measurement"},
    Kind.ENERGY_TOTAL: {"device_class": "energy", "state_class": "total_increasing"},
    Kind.ENERGY_TODAY: {"device_class": "energy", "state_class": "total_increasing"},
    Kind.ENERGY_SESSION: {"device_class": "energy", "state_class": "total_increasing"},
    Kind.TEMPERATURE: {"device_class": "temperature", "state_class": "measurement"},
    Kind.FREQUENCY: {"device_class": "frequency", "state_class": "measurement"},
    Kind.CURRENT: {"device_class": "current", "state_class": "measurement"},
    Kind.STATUS: {"device_class": "enum"},
}
"""What Home Assistant calls each kind of figure."""
_OWN_NAMES: Final = ("Solar", "House", "Grid", "String")
_WORDS: Final = {
    Role.INVERTER: "Inverter",
    Role.BATTERY: "Battery",
    Role.METER: "Grid",
    Role.EV_CHARGER: "EV charger",
    Role.RETAILER: "Retailer",
}


def entity(
    topics: Topics, key: str, platform: str, name: str, title: str, *, home: str, role: str, **more: Any
) -> Component:
    """An entity: what every one has, and what its platform takes besides.

    Args:
        topics: those of the hub.
        key: the device that it belongs to.
        platform: Home Assistant's word for its kind: ``"sensor"``, ``"select"`` …
        name: its name within the device, which never changes.
        title: what people see.
        home: the home's name, the beginning of its entity id.
        role: the second word of its entity id.
        more: the platform's own keys; None leaves one out.
    """
    object_id = slug(f"{home}_{role}_{name.removeprefix('set_')}")
    return {
        "p": platform,
        "name": title,
        "unique_id": f"openpower_{key}_{name}",
        # Home Assistant 2025.10 and later takes the one, those before it the other.
        "default_entity_id": f"{platform}.{object_id}",
        "object_id": object_id,
        "availability": [{"topic": topics.process}, {"topic": topics.status(key)}],
        "availability_mode": "all",
        "qos": 1,
        **{option: value for option, value in more.items() if value is not None},
    }


def template(name: str) -> str:
    """What takes a figure out of a device's state."""
    return f"{{{{ value_json.{name} }}}}"


def device_payload(name: str, box: str, components: Mapping[str, Component], **device: str | None) -> dict[str, Any]:
    """What is published for a device: who it is, who announces it, and its entities."""
    return {
        "dev": {"ids": [f"openpower_{box}"], "name": name, **{key: value for key, value in device.items() if value}},
        "o": {"name": "openpower", "sw": version("openpower-hub"), "url": "https://github.com/tris10au/openpower"},
        "cmps": dict(components),
    }


def box_payload(
    topics: Topics, home: Home, states: Sequence[DeviceState], *, controlled: Mapping[str, Mapping[str, Setting] | None]
) -> dict[str, Any]:
    """What is published for a box.

    Args:
        topics: those of the hub.
        home: its home.
        states: its devices.
        controlled: the settings of those that may be controlled, by key; None while they are not known.
    """
    components: dict[str, Component] = {}
    for state in states:
        found = _of_device(topics, home, state)
        if state.key in controlled:
            found |= _controls(topics, home, state, controlled[state.key])
        components |= {f"{state.role.value}_{name}": each for name, each in found.items()}
    first = min(states, key=lambda state: tuple(Role).index(state.role)).info
    model = first.model or first.provider
    return device_payload(
        f"{home.title} {model}",
        box_key(first),
        components,
        mf=first.vendor or first.provider,
        mdl=model,
        sn=mask(first.serial),
    )


def components_in(payload: bytes) -> dict[str, Component]:
    """The entities that a payload from the broker has, as far as it is one of ours."""
    try:
        found: Any = json.loads(payload)["cmps"]
        return {str(name): dict(each) for name, each in found.items() if set(each) > {"p"}}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def removals(
    before: Mapping[str, Component],
    after: Mapping[str, Component],
    states: Iterable[DeviceState],
    controlled: Mapping[str, Any],
) -> dict[str, Component]:
    """The entities of an earlier announcement that are surely gone, as Home Assistant is told to remove them.

    What is only not known yet stays, since removing it would lose what the user has set for it: a device that does not
    answer, a price that has not come, a setting that was not read.
    """
    found: dict[str, Component] = {}
    for state in states:
        prefix = f"{state.role.value}_"
        known = state.reading is not None or bool(state.prices)
        able = controlled.get(state.key, {})
        for name, each in before.items():
            gone = name.startswith(prefix) and name not in after
            of_control = name.startswith(f"{prefix}set_")
            sure = (state.key not in controlled or able is not None) if of_control else known
            if gone and sure:
                found[name] = {"p": each["p"]}
    return found


def expire_after(state: DeviceState) -> int:
    """After how many seconds without a message a figure becomes unavailable: three intervals, and a minute at least."""
    return max(60, math.ceil(3 * state.interval.total_seconds() / 10) * 10)


def _of_device(topics: Topics, home: Home, state: DeviceState) -> dict[str, Component]:
    """What a device shows, whether it may be controlled or not."""
    make = _maker(topics, home, state)
    found: dict[str, Component] = {}
    if state.role is Role.RETAILER:
        found |= _prices(topics, state, make)
    else:
        found |= {figure.name: _sensor(figure, state, make) for figure in figures_of(state.role) if _has(state, figure)}
        found["read_at"] = make(
            "sensor",
            "read_at",
            _title(state.role, "last reading"),
            device_class="timestamp",
            entity_category="diagnostic",
        )
    found["connected"] = make(
        "binary_sensor",
        "connected",
        _title(state.role, "connected"),
        state_topic=topics.status(state.key),
        value_template=None,
        payload_on=ONLINE,
        payload_off=OFFLINE,
        device_class="connectivity",
        entity_category="diagnostic",
        availability=[{"topic": topics.process}],
    )
    if state.role is Role.BATTERY and state.device.capabilities[Feature.RELEASE]:
        found["active"] = make(
            "sensor",
            COMMAND,
            "Battery command now",
            device_class="enum",
            options=[RELEASED, *BatteryMode],
            name_="active",
        )
        found["active_until"] = make(
            "sensor", "command_until", "Battery command ends", device_class="timestamp", name_="active_until"
        )
    if operations_of(state):
        found["receipt"] = make(
            "event",
            "receipt",
            _title(state.role, "receipt"),
            state_topic=topics.receipt(state.key),
            value_template=None,
            event_types=list(EVENTS),
        )
    return found


def _maker(topics: Topics, home: Home, state: DeviceState) -> Any:
    def make(platform: str, figure: str, title: str, *, name_: str | None = None, **more: Any) -> Component:
        given = {"state_topic": topics.state(state.key), "value_template": template(figure), **more}
        return entity(
            topics, state.key, platform, name_ or figure, title, home=home.name, role=state.role.value, **given
        )

    return make


def _title(role: Role, title: str) -> str:
    """What people see, beside the device's name: the box is several devices, so each says which."""
    lower = title if title[:2].isupper() else title[0].lower() + title[1:]
    return f"{_WORDS[role]} {lower}"


def _has(state: DeviceState, figure: Figure) -> bool:
    """Whether a detail is worth an entity: strings and phases that a device has shown to have."""
    return (
        not figure.detail
        or len(figure.path) == 1
        or (state.reading is not None and figure.of(state.reading) is not None)
    )


def _sensor(figure: Figure, state: DeviceState, make: Any) -> Component:
    own = figure.title.startswith(_OWN_NAMES)
    component: Component = make(
        "sensor",
        figure.name,
        figure.title if own else _title(state.role, figure.title),
        unit_of_measurement=figure.unit or None,
        suggested_display_precision=DIGITS.get(figure.kind),
        options=list(figure.words) or None,
        expire_after=expire_after(state),
        entity_category="diagnostic" if figure.detail else None,
        enabled_by_default=False if figure.detail else None,
        **CLASSES[figure.kind],
    )
    return component


def _prices(topics: Topics, state: DeviceState, make: Any) -> dict[str, Component]:
    """A sensor for each channel, once its currency is known."""
    return {
        f"{channel.value}_price": make(
            "sensor",
            f"{channel.value}_price",
            f"{channel.value.replace('_', ' ').capitalize()} price",
            unit_of_measurement=f"{state.prices.currency}/kWh",
            state_class="measurement",
            suggested_display_precision=4,
            json_attributes_topic=topics.prices(state.key, channel.value),
        )
        for channel in state.prices.channels
        if state.prices.currency
    }


def _controls(
    topics: Topics, home: Home, state: DeviceState, settings: Mapping[str, Setting] | None
) -> dict[str, Component]:
    """The entities that command a device."""
    make = _maker(topics, home, state)
    found: dict[str, Component] = {}

    def control(platform: str, name: str, title: str, *, to: str | None = None, **more: Any) -> None:
        given = {"command_topic": topics.command(state.key, to or name), "name_": f"set_{name}", **more}
        found[f"set_{name}"] = make(platform, name, title, **given)

    operations = operations_of(state)
    modes = [name for name, each in operations.items() if each.mode]
    if modes:
        _battery_commands(state, modes, control)
    if RELEASE in operations:
        control(
            "button",
            RELEASE,
            "Battery release",
            state_topic=None,
            value_template=None,
            availability=[{"topic": topics.process}],  # also while nothing can be read
        )
    for name, setting in (settings or {}).items():
        _number(control, name, operations[name], setting, state.role)
    if "start" in operations and "stop" in operations:
        value = f"{{{{ None if value_json.{CHARGING} is none else 'ON' if value_json.{CHARGING} else 'OFF' }}}}"
        control("switch", CHARGING, "EV charger charging", value_template=value)
    return found


def _battery_commands(state: DeviceState, modes: Iterable[str], control: Any) -> None:
    """The command, and what goes with the next one."""
    control("select", COMMAND, "Battery command", options=[RELEASED, *modes])
    extra: dict[str, Any] = {"mode": "box", "entity_category": "config", "payload_reset": "None"}
    capabilities = state.device.capabilities
    if capabilities[Feature.COMMAND_POWER]:
        most = max(getattr(state.info, "max_charge_w", None) or 0, getattr(state.info, "max_discharge_w", None) or 0)
        control(
            "number",
            POWER,
            "Power of the next command",
            min=0,
            max=most or 30_000,
            step=1,
            unit_of_measurement="W",
            device_class="power",
            **extra,
        )
    if capabilities[Feature.COMMAND_TARGET_SOC]:
        control(
            "number", TARGET, "Target of the next command", min=0, max=100, step=1, unit_of_measurement="%", **extra
        )
    control(
        "number",
        MINUTES,
        "Duration of the next command",
        min=0,
        max=LONGEST_MIN,
        step=1,
        unit_of_measurement="min",
        device_class="duration",
        **extra,
    )


_NUMBER_CLASSES: Final = {"W": "power", "A": "current"}


def _number(control: Any, name: str, operation: Operation, setting: Setting, role: Role) -> None:
    control(
        "number",
        name,
        _title(role, operation.title),
        min=setting.low,
        max=setting.high,
        step=setting.step,
        mode="box",
        unit_of_measurement=operation.unit,
        device_class=_NUMBER_CLASSES.get(operation.unit),
        payload_reset="None",
    )
    if operation.unit == "W":
        control(
            "button",
            f"remove_{name}",
            _title(role, f"{operation.title}: remove"),
            to=name,
            payload_press=NO_LIMIT,
            state_topic=None,
            value_template=None,
        )
