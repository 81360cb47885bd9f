"""``/metrics`` for Prometheus: current values in base units, prices, and the health of the hub.

Values that are not live are absent, so that ``absent()`` and Prometheus's staleness handling work as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, StateSetMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openpower_core.devices.roles import Role
from openpower_core.prices import Channel
from openpower_hub.figures import FIGURES, Figure, Kind
from openpower_hub.homes import states_of
from openpower_hub.http.auth import require

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from starlette.requests import Request

    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

BASE: Final[Mapping[Kind, tuple[str, float]]] = {
    Kind.POWER: ("watts", 1.0),
    Kind.LEVEL: ("ratio", 0.01),
    Kind.HEALTH: ("ratio", 0.01),
    Kind.ENERGY_TOTAL: ("joules", 3.6e6),
    Kind.ENERGY_TODAY: ("joules", 3.6e6),
    Kind.ENERGY_SESSION: ("joules", 3.6e6),
    Kind.TEMPERATURE: ("celsius", 1.0),
    Kind.FREQUENCY: ("hertz", 1.0),
    Kind.CURRENT: ("amperes", 1.0),
}
"""The base unit of each kind of figure, and what a figure is multiplied by for it."""
_UNITS: Final = ("_w", "_pct", "_kwh", "_c", "_hz", "_a")
_LABELS: Final = ("home", "device", "role")


def metric_name(figure: Figure) -> str:
    """What a figure is called: ``openpower_battery_charge_energy_joules_total``, ``openpower_battery_soc_ratio``."""
    bare = next((figure.name.removesuffix(unit) for unit in _UNITS if figure.name.endswith(unit)), figure.name)
    if figure.kind is Kind.ENERGY_TOTAL:  # a counter's name gets its _total behind the unit
        bare = bare.removesuffix("_total")
    unit = "" if figure.kind is Kind.STATUS else f"_{BASE[figure.kind][0]}"
    return f"openpower_{figure.role.value}_{bare}{unit}"


class HubCollector(Collector):
    """Collects all metrics from the current state at each scrape."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """All metrics; a metric without samples is left out."""
        states = [state for _, state in states_of(self._hub.homes)]
        families = [_figure(figure, states) for figure in FIGURES]
        families += [*_prices(states), *_devices(states), *_homes(self._hub.homes.values())]
        problems = GaugeMetricFamily(
            "openpower_integration_failing", "Whether an integration has a problem.", labels=["integration"]
        )
        for name in self._hub.integrations:
            problems.add_metric([name], float(name in self._hub.problems))
        return (family for family in (*families, problems) if family.samples)


def _labels(state: DeviceState) -> list[str]:
    return [state.home, state.key, state.role.value]


def _figure(figure: Figure, states: Iterable[DeviceState]) -> Metric:
    name, title = metric_name(figure), f"{figure.title} of the {figure.role.words}."
    if figure.kind is Kind.POWER:
        title += " Positive into the house."
    family: Any
    if figure.kind is Kind.STATUS:
        family = StateSetMetricFamily(name, title, labels=_LABELS)
    elif figure.kind is Kind.ENERGY_TOTAL:
        family = CounterMetricFamily(name, title, labels=_LABELS)
    else:
        family = GaugeMetricFamily(name, title, labels=_LABELS)
    for state in states:
        value = state.values.get(figure.name) if state.role is figure.role else None
        if isinstance(value, str):
            if value == "unknown":
                continue
            family.add_metric(_labels(state), {word: word == value for word in figure.words})
        elif value is not None:
            family.add_metric(_labels(state), round(value * BASE[figure.kind][1], 6))
    return family  # type: ignore[no-any-return]


def _prices(states: Iterable[DeviceState]) -> Iterator[Metric]:
    price = GaugeMetricFamily(
        "openpower_price_per_kwh",
        "The running price in the major unit of its currency per kWh; import: you pay, export: you are paid.",
        labels=[*_LABELS, "channel", "currency"],
    )
    for state in states:
        for channel in Channel if state.role is Role.RETAILER else ():
            if (running := state.price(channel)) is not None:
                price.add_metric([*_labels(state), channel.value, running.currency], float(running.per_kwh))
    yield price


def _devices(states: Iterable[DeviceState]) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "openpower_device_info", "What a device is; always 1.", labels=[*_LABELS, "provider", "model"]
    )
    live = GaugeMetricFamily("openpower_device_live", "Whether its figures are those of now.", labels=_LABELS)
    failing = GaugeMetricFamily("openpower_device_failing", "Whether it cannot be read.", labels=_LABELS)
    read = GaugeMetricFamily(
        "openpower_device_last_reading_timestamp_seconds", "When it was last read.", labels=_LABELS
    )
    commanded = GaugeMetricFamily(
        "openpower_battery_commanded", "Whether openpower has sent a command that is not released.", labels=_LABELS
    )
    overdue = GaugeMetricFamily(
        "openpower_battery_release_overdue", "Whether a command should have been released.", labels=_LABELS
    )
    for state in states:
        labels, about = _labels(state), state.info
        info.add_metric([*labels, about.provider, about.model or ""], 1.0)
        live.add_metric(labels, float(state.freshness.value == "live"))
        failing.add_metric(labels, float(state.error is not None))
        if state.read_at is not None:
            read.add_metric(labels, state.read_at.timestamp())
        if state.role is Role.BATTERY:
            commanded.add_metric(labels, float(state.active is not None))
            overdue.add_metric(labels, float(state.active is not None and state.active.overdue))
    yield from (info, live, failing, read, commanded, overdue)


def _homes(homes: Iterable[Home]) -> Iterator[Metric]:
    lost = GaugeMetricFamily(
        "openpower_profile_failures", "How many parts of a profile cannot be found.", labels=["home", "profile"]
    )
    for home in homes:
        for profile in home.config.profiles:
            lost.add_metric([home.name, profile], float(len(home.failures.get(profile, ()))))
    yield lost


def routes(hub: Hub) -> list[BaseRoute]:
    """What the HTTP server serves of it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector(hub))

    async def metrics(request: Request) -> Response:
        require(request, "read")
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": media_type})

    return [Route("/metrics", metrics)]
