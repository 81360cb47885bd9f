"""One bad piece of a station, a reading or a series costs that piece, which is named, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.readings import Quality
from openpower_goodwe.semsplus.emulator import EmulatedStation, Plate
from openpower_goodwe.semsplus.emulator.station import Refusal

NOW = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)
SECOND = Plate(
    station_id="00000000-0000-4000-8000-000000000002",
    inverter="GW0000000000002",
    battery="BA0000000000002",
    meter="SM0000000000002",
    charger=None,
)
FIRST = ["GW0000000000001/inverter", "BA0000000000001/battery", "SM0000000000001/meter", "EV0000000000001/ev_charger"]
FRESH = timedelta(0)


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


def ids(devices: Any) -> list[str]:
    """Their ids."""
    return [each.info.id for each in devices]


def named(reading: Any) -> set[str]:
    """The fields that a reading's issues name."""
    return {each.field for each in reading.issues}


def change(monkeypatch: pytest.MonkeyPatch, flavour: Any, edit: Callable[[str, str, Any], Any]) -> None:
    """Let the emulator's answers pass a function of the path, what was asked, and the answer."""
    emulator = flavour.emulator
    answer = emulator._answer

    def edited(request: Any, body: Any, now: datetime) -> Any:
        return edit(request.url.path, f"{request.query_params}{body}", answer(request, body, now))

    monkeypatch.setattr(emulator, "_answer", edited)


@pytest.mark.parametrize("status", [404, 405, 503])
async def test_without_the_list_of_devices(flavour: Any, home: Any, status: int) -> None:
    """Another list names the same devices; models come when it is back."""
    flavour.emulator.refuse("device/station/page", "x", times=9, status=status)
    assert ids(await ok(home.devices())) == FIRST
    assert any("list of devices" in each.part for each in home.failures)
    assert (await ok((await ok(home.meter())).read())).power_w is not None

    flavour.emulator._refusals = type(flavour.emulator._refusals)()
    assert ids(await ok(home.devices(refresh=True))) == FIRST
    assert home.failures == ()


async def test_a_second_station_without_data(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not take the first away, and is named."""
    flavour.emulator.stations.append(EmulatedStation(SECOND, start=NOW))

    def edit(path: str, asked: str, data: Any) -> Any:
        return None if SECOND.station_id in asked else data

    change(monkeypatch, flavour, edit)
    assert ids(await ok(home.devices())) == FIRST
    assert home.failures
    assert not any(SECOND.station_id in str(each) for each in home.failures)


async def test_no_station(flavour: Any, home: Any) -> None:
    """The account's owner learns what to do."""
    flavour.emulator.stations.clear()
    with pytest.raises(errors.DeviceNotFound) as caught:
        await ok(home.devices())
    assert "SEMS+ app" in (caught.value.hint or "")


@pytest.mark.parametrize("kept", ["SMART_METER", "COMBOX"])
async def test_a_station_of_one_device(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    """A meter, or a logger of an unknown type: the flow has the grid's power all the same."""

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("device/station/page"):
            rows = data["dataList"] if isinstance(data, dict) else data
            meter = next(each for each in rows if each["deviceType"] == "SMART_METER")
            return [meter | {"deviceType": kept}]
        return data

    change(monkeypatch, flavour, edit)
    assert ids(await ok(home.devices())) == ["SM0000000000001/meter"]
    assert (await ok((await ok(home.meter())).read())).power_w is not None
    assert [kept in str(each.error) for each in home.failures] == ([True] if kept == "COMBOX" else [])


@pytest.mark.parametrize("call", ["telemetry", "telecounting"])
async def test_a_block_that_fails(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The flow tells the powers; what is missing is named, and comes back."""
    inverter, battery = await ok(home.inverter()), await ok(home.battery())
    good = [await ok(inverter.read()), await ok(battery.read())]
    broken = True

    def edit(path: str, asked: str, data: Any) -> Any:
        if broken and path.endswith(call):
            raise Refusal("P0215")
        return data

    change(monkeypatch, flavour, edit)
    flavour.clock.advance(timedelta(minutes=6))
    seen = [await ok(inverter.read()), await ok(battery.read())]
    assert seen[0].pv_w is not None
    assert seen[1].power_w is not None
    assert named(seen[0]) == (
        {"pv_energy"} if call == "telecounting" else {"ac_w", "frequency_hz", "temperature_c", "pv_strings_w"}
    )
    assert named(seen[1]) == (
        {"charge_energy", "discharge_energy"} if call == "telecounting" else {"soh_pct", "temperature_c"}
    )
    broken = False
    flavour.clock.advance(timedelta(minutes=6))
    back = [await ok(inverter.read()), await ok(battery.read())]
    assert [each.issues for each in back] == [(), ()] == [each.issues for each in good]


async def test_one_unreadable_figure(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs itself."""

    def edit(path: str, asked: str, data: Any) -> Any:
        for group in data if path.endswith("telemetry") else ():
            for factor in group["factors"]:
                if factor["code"] == "Temperature":
                    factor["data"] = "--"
        return data

    change(monkeypatch, flavour, edit)
    reading = await ok((await ok(home.inverter())).read())
    assert (reading.temperature_c, named(reading)) == (None, {"temperature_c"})
    assert reading.frequency_hz is not None


async def test_powers_that_do_not_balance(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are marked."""

    def edit(path: str, asked: str, data: Any) -> Any:
        return data | {"pConsum": 9.0, "pEvChar": 0.0} if path.endswith("stations/flow") else data

    change(monkeypatch, flavour, edit)
    for device, field in ((await ok(home.inverter()), "load_w"), (await ok(home.meter()), "power_w")):
        reading = await ok(device.read())
        assert any(each.field == field and "balance" in each.reason for each in reading.issues)


@pytest.mark.parametrize(("age", "expected"), [(2, Quality.LIVE), (20, Quality.CACHED), (31, None)])
@pytest.mark.parametrize("known_zone", [True, False])
async def test_old_figures(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, age: int, expected: Any, known_zone: bool
) -> None:
    """The clock decides, and not the label; without a zone, the least age that the time can have."""
    wall = NOW + (timedelta(hours=2) if known_zone else -timedelta(hours=12)) - timedelta(minutes=age)

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("stations/flow"):
            return data | {"refreshTime": f"{wall:%Y-%m-%d %H:%M:%S}"}
        return data

    change(monkeypatch, flavour, edit)
    meter = await ok(home.meter())
    if not known_zone:
        meter._station.zone = None
    if expected is None:
        with pytest.raises(errors.StaleData):
            await ok(meter.read())
        return
    reading = await ok(meter.read())
    assert reading.stamp.quality is (expected if known_zone else Quality.LIVE)
    assert any("tz=" in each.reason for each in reading.issues) is not known_zone


async def test_a_day_that_fails_is_a_gap(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call a day serves all devices; a day that is refused is left out; if all are, that is raised."""
    lost = "2026-06-12"

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("statisticsAndPreV2") and lost in asked:
            raise Refusal("P0215")
        return data

    change(monkeypatch, flavour, edit)
    start, end = NOW - timedelta(days=5, hours=19), NOW - timedelta(hours=19)
    devices = [await ok(home.inverter()), await ok(home.battery()), await ok(home.meter())]
    rows = [await ok(each.history(start, end)) for each in devices]

    assert [len(each) for each in rows] == [4 * 1440] * 3
    assert {f"{row.stamp.measured_at + timedelta(hours=2):%d}" for row in rows[0]} == {"10", "11", "13", "14"}
    assert all(
        row.stamp.interval == (row.stamp.measured_at, row.stamp.measured_at + timedelta(minutes=1)) for row in rows[2]
    )
    assert flavour.calls.count("statisticsAndPreV2") - 3 <= 5  # the day that fails is asked for by each
    lost = "2026-06-1"
    flavour.clock.advance(timedelta(hours=1))
    with pytest.raises(errors.OpenPowerError):
        await ok(devices[0].history(start, end))
