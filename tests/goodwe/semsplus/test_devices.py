"""The unified devices over the emulated service: discovery, readings, series."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from openpower_core import errors
from openpower_core.balance import Verdict, balance, check_signs
from openpower_core.capabilities import Feature, Support
from openpower_core.devices import InverterInfo, Role
from openpower_core.plausibility import Plausibility
from openpower_core.readings import ChargerStatus, InverterStatus
from openpower_goodwe.semsplus.emulator import EmulatedStation, Plate
from openpower_goodwe.semsplus.mapping.series import Day, inverters, meters

NOW = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)  # 19:00 in Amsterdam


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


async def test_discovery(flavour: Any, home: Any) -> None:
    """A station is an inverter, a battery, a meter and a charger."""
    devices = await ok(home.devices())
    battery = await ok(home.battery())
    inverter = await ok(home.inverter())

    assert [each.info.id for each in devices] == [
        "GW0000000000001/inverter",
        "BA0000000000001/battery",
        "SM0000000000001/meter",
        "EV0000000000001/ev_charger",
    ]
    assert {each.info.tz for each in devices} == {"Europe/Amsterdam"}
    assert (battery.info.capacity_kwh, inverter.info.rated_w, inverter.info.pv_rated_w) == (10.0, 5000, 6000)


async def test_a_home_balances(flavour: Any, home: Any) -> None:
    """At every hour of a day; and no sign is turned round."""
    devices = await ok(home.devices())
    samples = []
    for _ in range(24):
        flavour.clock.advance(timedelta(hours=1))
        readings = [await ok(each.read()) for each in devices]
        samples.append(balance(readings))

    assert all(abs(each.residual_w) < 0.1 for each in samples)
    assert check_signs(samples).verdict is Verdict.RIGHT
    assert any(each.ev_w for each in samples)
    assert any(each.grid_w < 0 for each in samples)


async def test_readings_share_one_flow(flavour: Any, home: Any) -> None:
    """One call serves all devices of a station, and is cached for some seconds."""
    for device in await ok(home.devices()):
        await ok(device.read())
        await ok(device.read())

    assert flavour.calls.count("flow") == 1


async def test_times_are_utc(flavour: Any, home: Any) -> None:
    """The service reports the station's wall clock."""
    reading = await ok((await ok(home.meter())).read())

    assert reading.stamp.measured_at == NOW
    assert reading.import_energy.today.isoformat() == "2026-06-15"


async def test_magnitudes_are_turned_by_the_flows(flavour: Any, home: Any) -> None:
    """Where the balance does not close with the signs as they are."""
    flavour.emulator.station.quirks.flow_without_signs = True
    devices = await ok(home.devices())
    for _ in range(12):
        flavour.clock.advance(timedelta(hours=1))
        readings = [await ok(each.read()) for each in devices]

        assert abs(balance(readings).residual_w) < 0.1


async def test_a_station_that_does_not_report(flavour: Any, home: Any) -> None:
    """The inverter sleeps, with nothing known; what only the flow knows is offline."""
    inverter, meter = await ok(home.inverter()), await ok(home.meter())
    flavour.emulator.station.quirks.offline = True
    reading = await ok(inverter.read(max_age=timedelta(0)))

    assert (reading.status, reading.pv_w, reading.pv_energy) == (InverterStatus.OFFLINE, None, None)
    with pytest.raises(errors.DeviceOffline):
        await ok(meter.read(max_age=timedelta(0)))


async def test_visitors_see_the_flow(flavour: Any, home: Any) -> None:
    """Telemetry is refused them (100025); that costs temperatures, not the reading."""
    flavour.emulator.station.quirks.visitor = True
    reading = await ok((await ok(home.inverter())).read())

    assert reading.pv_w is not None
    assert (reading.temperature_c, reading.pv_energy) == (None, None)


async def test_history(flavour: Any, home: Any) -> None:
    """The one-minute series in time order, within the span, and balancing."""
    start, end = NOW - timedelta(hours=20), NOW - timedelta(hours=15)
    rows = await ok((await ok(home.inverter())).history(start, end))
    grid = await ok((await ok(home.meter())).history(start, end))
    battery = await ok((await ok(home.battery())).history(start, end))
    times = [each.stamp.measured_at for each in rows]

    assert len(rows) == 300
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == (start, end - timedelta(minutes=1))
    for one, two, three in zip(rows, grid, battery, strict=True):
        assert one.pv_w + two.power_w + three.power_w == pytest.approx(one.load_w, abs=0.1)


def test_history_of_the_night_in_which_the_clock_is_put_back() -> None:
    """The hour that the wall clock repeats is there twice."""
    zone = ZoneInfo("Europe/Amsterdam")
    points = [{"tp": f"2026-10-25 02:{minute:02d}:00", "power": 1} for minute in range(60)] * 2
    day = Day({"dataList": [{"item": "pSystem", "powerData": points}]}, zone, NOW)
    start = NOW.replace(month=10, day=25, hour=0)
    rows = inverters(day, day.part(start, start + timedelta(hours=2)))

    assert len({each.stamp.measured_at for each in rows}) == 120


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Amsterdam", "2026-03-29", 23),
        ("Europe/Amsterdam", "2026-10-25", 25),
        ("Australia/Adelaide", "2026-06-15", 24),
        ("Australia/Adelaide", "2026-10-04", 23),
        ("Australia/Adelaide", "2026-04-05", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
def test_every_minute_of_a_day_is_there_once(zone: str, day: str, hours: float) -> None:
    """Whatever the clock does on that day, of all devices, by the minute that it was."""
    local = ZoneInfo(zone)
    start = datetime.fromisoformat(day).replace(tzinfo=local).astimezone(UTC)
    minutes = [start + timedelta(minutes=each) for each in range(round(hours * 60))]
    texts = [f"{each.astimezone(local):%Y-%m-%d %H:%M:%S}" for each in minutes]
    points = [{"tp": text, "power": watts / 1000} for watts, text in enumerate(texts)]
    found = Day({"dataList": [{"item": "pSystem", "statisticsList": points}]}, local, NOW)

    assert {text[:10] for text in texts} == {day}
    assert found.at == minutes
    assert [each.pv_w for each in inverters(found, slice(None))] == list(range(len(minutes)))


def test_pv_that_is_clearly_negative_in_a_series() -> None:
    """Noise below zero is 0 W; what core has to refuse is not made to look like it."""
    points = [{"tp": f"2026-06-15 12:0{place}:00", "power": kw} for place, kw in enumerate((1.5, -0.01, -5.0))]
    day = Day({"dataList": [{"item": "pSystem", "statisticsList": points}]}, ZoneInfo("Europe/Amsterdam"), NOW)
    check = Plausibility(InverterInfo(id="GW1/inverter", provider="x", serial="GW1", role=Role.INVERTER), None)
    found = check.check_series(inverters(day, slice(None)))

    assert [each.pv_w for each in found] == [1500.0, 0.0, None]
    assert [[issue.field for issue in each.issues] for each in found] == [[], [], ["pv_w"]]


@pytest.mark.parametrize("broken", ["null", "--", "nan", "no time", "twice", "another order", "another length"])
def test_one_point_of_a_series(broken: str) -> None:
    """It costs itself."""
    times = [f"2026-06-15 12:{minute:02d}:00" for minute in range(60)]
    items = [[{"tp": text, "power": 1.5} for text in times] for _ in range(2)]
    pv, grid = items
    expected: list[float | None] = [1500.0] * 60
    match broken:
        case "null" | "--" | "nan":
            grid[7]["power"] = {"null": None, "--": "--", "nan": float("nan")}[broken]
            expected[7] = None
        case "no time":
            grid[7]["tp"] = "noon"
            expected[7] = None
        case "twice":
            grid.insert(7, dict(grid[7]))
        case "another order":
            grid.reverse()
        case _:
            del grid[50:]
            expected[50:] = [None] * 10
    data = {"dataList": [{"item": "pSystem", "statisticsList": pv}, {"item": "pGrid", "statisticsList": grid}]}
    day = Day(data, ZoneInfo("Europe/Amsterdam"), NOW)

    assert [each.power_w for each in meters(day, slice(None))] == [None if each is None else -each for each in expected]
    assert [each.pv_w for each in inverters(day, slice(None))] == [1500.0] * 60
    assert day.at[0] == datetime(2026, 6, 15, 10, tzinfo=UTC)
    named = {place: each.issues[0].reason for place, each in enumerate(meters(day, slice(None))) if each.issues}
    assert named == ({7: f"pGrid is {grid[7]['power']!r}"} if broken in ("--", "nan") else {})
    assert not any(each.issues for each in inverters(day, slice(None)))


async def test_history_of_the_night_in_which_the_clock_is_put_forward(flavour: Any, home: Any) -> None:
    """A day of 23 hours, whose hour from two to three is nowhere; and what is still to come is not asked for."""
    flavour.clock.advance(datetime(2027, 3, 29, 20, tzinfo=UTC) - NOW)
    start, end = datetime(2027, 3, 27, 23, tzinfo=UTC), datetime(2027, 3, 28, 22, tzinfo=UTC)
    rows = await ok((await ok(home.meter())).history(start, end))

    assert [each.stamp.measured_at for each in rows] == [start + timedelta(minutes=each) for each in range(23 * 60)]
    asked = flavour.calls.count("statisticsAndPreV2")
    assert await ok((await ok(home.meter())).history(NOW + timedelta(days=900), NOW + timedelta(days=910))) == []
    assert flavour.calls.count("statisticsAndPreV2") == asked


async def test_several_stations(flavour: Any) -> None:
    """Each has its devices; station_id= names one, and the error about a foreign one lists them."""
    second = Plate(
        station_id="00000000-0000-4000-8000-000000000002",
        inverter="GW0000000000002",
        battery="BA0000000000002",
        meter="SM0000000000002",
        charger=None,
        tz="Australia/Sydney",
        latitude=-33.9,
    )
    flavour.emulator.stations.append(EmulatedStation(second, start=NOW))
    home = flavour.connect()
    one = flavour.connect(station_id=second.station_id)
    other = flavour.connect(station_id="nobody's")

    assert len(await ok(home.devices())) == 7
    assert [each.info.tz for each in await ok(one.devices())] == ["Australia/Sydney"] * 3
    with pytest.raises(errors.InvalidValue, match=r"00…0002"):
        await ok(other.devices())
    for each in (home, one, other):
        await ok(each.close() if flavour.name == "sync" else each.aclose())


async def test_capabilities_are_honest(flavour: Any, home: Any) -> None:
    """Verified is only what a capture shows; what is unproven says so."""
    for device in await ok(home.devices()):
        for feature, capability in device.capabilities.items():
            if capability.verified:
                assert feature in {Feature.READ, Feature.HISTORY}
            elif feature in {Feature.CHARGE, Feature.SET_EXPORT_LIMIT, Feature.START}:
                assert "Unproven" in capability.note


async def test_without_the_right_nothing_is_asked(flavour: Any) -> None:
    """INVERTER_REMOTE is known after discovery; chargers obey without it."""
    flavour.emulator.station.quirks.permissions = ("STATION_VIEW",)
    home = flavour.connect()
    battery, charger = await ok(home.battery()), await ok(home.ev_charger())
    asked = len(flavour.calls)

    with pytest.raises(errors.Unsupported, match="INVERTER_REMOTE"):
        await ok(battery.charge(target_soc_pct=80))
    with pytest.raises(errors.Unsupported):
        await ok((await ok(home.inverter())).set_export_limit(0))
    assert len(flavour.calls) == asked
    assert charger.capabilities[Feature.START].support is Support.CONDITIONAL
    await ok(home.close() if flavour.name == "sync" else home.aclose())


@pytest.mark.parametrize("mode", ["hold", "idle", "no_charge"])
async def test_what_there_is_no_way_for_is_refused_first(flavour: Any, home: Any, mode: str) -> None:
    """And the way that has it is named."""
    battery = await ok(home.battery())
    asked = len(flavour.calls)

    with pytest.raises(errors.Unsupported) as refused:
        await ok(getattr(battery, mode)(until=NOW + timedelta(hours=1)))
    assert refused.value.alternatives == ("goodwe-local",)
    assert len(flavour.calls) == asked


async def test_a_charger_that_was_once_named_wrongly_is_asked_for_its_model_again(flavour: Any, home: Any) -> None:
    """The model goes into every later call: kept, a damaged one would fail all of them as long as the connection lives."""
    charger, station = await ok(home.ev_charger()), flavour.emulator.station
    right, station.plate = station.plate, attrs.evolve(station.plate, charger_model="\x1b[2J\n")
    with pytest.raises(errors.BadResponse, match="product_model"):
        await ok(charger.read())

    station.plate = right
    assert (await ok(charger.read())).status is not ChargerStatus.UNKNOWN
