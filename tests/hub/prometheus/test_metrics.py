"""``/metrics``: base units, no serial numbers, and nothing where nothing is known."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.devices.info import Failure
from openpower_core.devices.roles import Role
from openpower_core.errors import NetworkError
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_core.readings import (
    BatteryReading,
    EnergyCounter,
    EVChargerReading,
    InverterReading,
    InverterStatus,
    MeterReading,
    Stamp,
)
from openpower_hub.figures import FIGURES
from openpower_hub.http.auth import Caller
from openpower_hub.prometheus import HubCollector, metric_name, routes
from openpower_hub.state import DeviceState

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs"


@asynccontextmanager
async def hub(clock: ManualClock) -> AsyncIterator[Any]:
    """The devices of the simulated home, never read, as a hub has them."""
    async with connect_async("demo", clock=clock) as connection:
        states: dict[str, DeviceState] = {}
        for device in await connection.devices():
            state = DeviceState(home="haus", profile="demo", device=device, clock=clock, interval=timedelta(seconds=10))
            states[state.key] = state
        home = SimpleNamespace(
            name="haus", devices=states, failures={}, config=SimpleNamespace(profiles=("demo", "amber"))
        )
        yield SimpleNamespace(
            homes={"haus": home}, integrations={"mqtt": 1, "history": 2}, problems={"mqtt": "no broker"}
        )


def of(found: Any, role: Role) -> DeviceState:
    """The device of a kind."""
    return next(state for state in found.homes["haus"].devices.values() if state.role is role)


def text_of(found: Any) -> str:
    """What Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(HubCollector(found))
    return generate_latest(registry).decode()


def values(found: Any, **labels: str) -> dict[str, float]:
    """Samples with these labels, by name."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text_of(found))
        for sample in family.samples
        if labels.items() <= sample.labels.items()
    }


def take_all(found: Any) -> None:
    """A reading of each device with every figure known, and prices."""
    stamp, counter = Stamp(received_at=NOW), EnergyCounter(total_kwh=1234.56, today_kwh=1.5)
    of(found, Role.BATTERY).take(
        BatteryReading(
            stamp=stamp, power_w=-2500, soc_pct=56.7, soh_pct=98, temperature_c=21.5,
            charge_energy=counter, discharge_energy=counter,
        )
    )  # fmt: skip
    of(found, Role.METER).take(
        MeterReading(
            stamp=stamp, power_w=-300, phases_w=(-100, -100, -100), import_energy=counter, export_energy=counter
        )
    )
    of(found, Role.INVERTER).take(
        InverterReading(
            stamp=stamp, pv_w=3000, pv_strings_w=(1, 2, 3, 4, 5, 6), ac_w=2900, load_w=200, frequency_hz=49.98,
            temperature_c=40, status=InverterStatus.RUNNING, pv_energy=counter, load_energy=counter,
        )
    )  # fmt: skip
    of(found, Role.EV_CHARGER).take(
        EVChargerReading(stamp=stamp, power_w=7000, current_a=10.2, session_kwh=2.5, energy=counter)
    )
    price = Price(start=NOW, end=NOW + timedelta(hours=1), per_kwh=Decimal("-0.0125"), currency="AUD")
    export = attrs.evolve(price, channel=Channel.EXPORT, per_kwh=Decimal("0.08"))
    of(found, Role.RETAILER).prices = PriceSeries([price, export])


async def test_figures_are_in_base_units() -> None:
    """Joules, ratios and watts; signs as everywhere in openpower."""
    async with hub(ManualClock(NOW)) as found:
        take_all(found)
        battery = values(found, role="battery", home="haus")
        meter = values(found, role="meter")
        inverter = values(found, role="inverter")
        car = values(found, role="ev_charger")

    assert battery["openpower_battery_power_watts"] == -2500
    assert battery["openpower_battery_soc_ratio"] == 0.567
    assert battery["openpower_battery_temperature_celsius"] == 21.5
    assert battery["openpower_battery_charge_energy_joules_total"] == 1234.56 * 3_600_000
    assert battery["openpower_battery_charge_energy_today_joules"] == 5_400_000
    assert meter["openpower_meter_phase_2_watts"] == -100
    assert inverter["openpower_inverter_frequency_hertz"] == 49.98
    assert car["openpower_ev_charger_session_joules"] == 9_000_000
    assert car["openpower_ev_charger_current_amperes"] == 10.2
    assert values(found, openpower_inverter_status="running")["openpower_inverter_status"] == 1
    assert values(found, openpower_inverter_status="fault")["openpower_inverter_status"] == 0


async def test_prices_have_their_channel_and_currency() -> None:
    """A negative price is one."""
    async with hub(ManualClock(NOW)) as found:
        take_all(found)

        assert values(found, channel="import", currency="AUD") == {"openpower_price_per_kwh": -0.0125}
        assert values(found, channel="export", currency="AUD") == {"openpower_price_per_kwh": 0.08}


async def test_what_is_not_live_is_absent() -> None:
    """Never read, unknown and old are the same: no sample, and never zero."""
    clock = ManualClock(NOW)
    figures = {metric_name(figure) for figure in FIGURES} | {f"{metric_name(figure)}_total" for figure in FIGURES}
    async with hub(clock) as found:
        assert not figures & set(values(found))
        of(found, Role.BATTERY).take(BatteryReading(stamp=Stamp(received_at=NOW), power_w=0))
        assert figures & set(values(found)) == {"openpower_battery_power_watts"}
        assert values(found, role="battery")["openpower_device_live"] == 1
        clock.advance(21)

        old = values(found, role="battery")
        assert not figures & set(old)
        assert old["openpower_device_live"] == 0
        assert old["openpower_device_last_reading_timestamp_seconds"] == NOW.timestamp()

        take_all(found)
        clock.advance(timedelta(hours=2))
        assert "openpower_price_per_kwh" not in values(found)


async def test_the_hub_tells_how_it_is() -> None:
    """What fails is seen without reading a log."""
    async with hub(ManualClock(NOW)) as found:
        error = NetworkError("no answer.", provider="amber")
        found.homes["haus"].failures["amber"] = (Failure(provider="amber", error=error),)
        of(found, Role.METER).error = error

        assert values(found, integration="mqtt") == {"openpower_integration_failing": 1}
        assert values(found, integration="history") == {"openpower_integration_failing": 0}
        assert values(found, profile="amber") == {"openpower_profile_failures": 1}
        assert values(found, role="meter")["openpower_device_failing"] == 1
        assert values(found, role="battery")["openpower_battery_commanded"] == 0


async def test_no_label_holds_a_serial_number() -> None:
    """Neither whole nor in part of an id."""
    async with hub(ManualClock(NOW)) as found:
        take_all(found)
        text = text_of(found)

        assert 'home="haus"' in text
        for state in found.homes["haus"].devices.values():
            assert state.info.serial not in text


async def test_names_follow_the_conventions() -> None:
    """A base unit at the end, ``_total`` of counters and of nothing else, and a help text."""
    async with hub(ManualClock(NOW)) as found:
        take_all(found)
        families = list(text_string_to_metric_families(text_of(found)))

    for family in families:
        assert re.fullmatch(r"openpower_[a-z0-9_]+", family.name)
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
    for figure in FIGURES:
        units = "watts|ratio|joules|celsius|hertz|amperes|status"
        assert re.search(rf"_({units})$", metric_name(figure)), figure.name
    assert len({metric_name(figure) for figure in FIGURES}) == len(FIGURES)


async def test_promtool_has_no_objection() -> None:
    """Prometheus' own check of metrics."""
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("openpower: no promtool here; nox -s consumers has it")
    async with hub(ManualClock(NOW)) as found:
        take_all(found)
        checked = subprocess.run(  # noqa: ASYNC221
            [promtool, "check", "metrics"],
            check=False,
            input=text_of(found),
            capture_output=True,
            text=True,
            timeout=30,
        )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


async def test_it_is_served_in_the_format_that_is_asked_for() -> None:
    """Text of the old and of the new kind."""
    async with hub(ManualClock(NOW)) as found:
        take_all(found)
        app = Starlette(routes=routes(found))

        async def gate(scope: Any, receive: Any, send: Any) -> None:
            scope["openpower.caller"] = Caller(name="prometheus", rights=frozenset({"read"}), how="bearer")
            await app(scope, receive, send)

        served = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=served, base_url="http://localhost") as client:
            plain = await client.get("/metrics")
            new = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert plain.headers["content-type"].startswith("text/plain")
    assert "openpower_battery_soc_ratio{" in plain.text
    assert new.headers["content-type"].startswith(CONTENT_TYPE_LATEST.partition(";")[0])
    assert new.text.endswith("# EOF\n")


def test_every_metric_is_documented() -> None:
    """The page of the reference names each figure's metric."""
    page = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
    for figure in FIGURES:
        name = re.sub(r"(string|phase)_\d", r"\1_N", metric_name(figure))
        name += "_total" if figure.kind.value == "energy_total" else ""
        assert f"`{name}`" in page, name
    for name in re.findall(r'"(openpower_[a-z_]+)"', (Path(routes.__code__.co_filename)).read_text(encoding="utf-8")):
        assert f"`{name}`" in page, name
