"""One bad piece of a station, a reading or a series costs that piece, which is named, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.readings import ChargerStatus, Quality
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


@pytest.mark.parametrize("odd", [None, "x", [], {}, {"id": 5, "sn": 7, "type": 9}], ids=repr)
@pytest.mark.parametrize("path", ["stations/page", "device/station/page", "relatedDevices"])
async def test_one_odd_entry_of_a_list(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, path: str, odd: Any
) -> None:
    """It is left out and named, unless all of it may be missing; the devices beside it are there, and it comes back."""
    broken = True

    def edit(asked_for: str, asked: str, data: Any) -> Any:
        if broken and asked_for.endswith(path):
            rows = data["dataList"] if isinstance(data, dict) else data
            rows.insert(0, odd)
        return data

    change(monkeypatch, flavour, edit)
    assert ids(await ok(home.devices())) == FIRST
    expected = [] if odd == {} and path == "relatedDevices" else [True]
    assert ["1 of " in str(each.error) for each in home.failures] == expected
    broken = False
    assert ids(await ok(home.devices(refresh=True))) == FIRST
    assert home.failures == ()


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

    flavour.clock.advance(timedelta(minutes=6))
    flavour.emulator.requests.clear()
    assert ids(await ok(home.devices())) == ids(await ok(home.devices(refresh=True))) == ["SM0000000000001/meter"]
    assert home.failures == ()
    asked = len(flavour.calls)
    flavour.clock.advance(timedelta(minutes=6))
    await ok(home.devices())
    assert len(flavour.calls) == asked


async def test_a_type_that_is_not_known_beside_others(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once, and is no failure: nothing that can be read is missing. With a dark flow it is one for good."""
    others, dark = True, False

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("device/station/page"):
            rows = data["dataList"] if isinstance(data, dict) else data
            return [*(rows if others else ()), {"sn": "CB0000000000001", "deviceType": "COMBOX"}]
        return {"id": "s", "status": "1"} if dark and path.endswith("stations/flow") else data

    change(monkeypatch, flavour, edit)
    for _ in range(2):
        assert ids(await ok(home.devices(refresh=True))) == FIRST
        assert home.failures == ()
    assert sum("COMBOX" in each.getMessage() for each in caplog.records) == 1
    others, dark = False, True
    for _ in range(2):
        with pytest.raises(errors.BadResponse, match="COMBOX"):
            await ok(home.devices(refresh=True))


async def test_a_battery_that_no_list_has(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flow shows that there is one: it is named, and comes back. A station without a state of charge misses none."""
    gone, level = True, True

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("relatedDevices") and gone:
            return None
        return data if level or not path.endswith("stations/flow") else data | {"soc": None, "pBat": None}

    change(monkeypatch, flavour, edit)
    assert ids(await ok(home.devices())) == [each for each in FIRST if "battery" not in each]
    assert ["its battery" in each.part for each in home.failures] == [True]
    gone = False
    flavour.clock.advance(timedelta(minutes=6))
    assert ids(await ok(home.devices())) == FIRST
    assert home.failures == ()
    gone, level = True, False
    flavour.clock.advance(timedelta(minutes=6))
    await ok(home.devices(refresh=True))
    assert home.failures == ()


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


@pytest.mark.parametrize(
    ("call", "code", "figure", "role", "field"),
    [
        ("telemetry", "soh", "655.35", "battery", "soh_pct"),
        ("telemetry", "Temperature", "6553.5", "inverter", "temperature_c"),
        ("telecounting", "proPvStatsTotal", "429496729.5", "inverter", "pv_energy.total_kwh"),
        ("telecounting", "proPvStatsToday", "-3", "inverter", "pv_energy.today_kwh"),
        ("flow", "pSystem", -5.0, "inverter", "pv_w"),
        ("flow", "soc", 536, "battery", "soc_pct"),
    ],
)
async def test_a_figure_that_cannot_be(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, call: str, code: str, figure: Any, role: str, field: str
) -> None:
    """It is unknown, and named; what else the device reports stays."""

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("stations/flow"):
            return data | {code: figure} if call == "flow" else data
        for group in data if path.endswith(call) else ():
            for factor in group["factors"]:
                factor["data"] = figure if factor["code"] == code else factor["data"]
        return data

    device = await ok(getattr(home, role)())
    good = await ok(device.read())
    change(monkeypatch, flavour, edit)
    flavour.clock.advance(timedelta(minutes=6 if call == "telecounting" else 1))
    reading = await ok(device.read())
    name, _, part = field.partition(".")
    value = getattr(reading, name)
    assert field in named(reading)
    if call == "flow":  # what the device itself reports stands in
        assert value == pytest.approx(getattr(good, name), rel=0.2)
    else:
        assert (getattr(value, part) if part else value) is None
    assert reading.status == good.status if role == "inverter" else reading.charge_energy is not None


async def test_powers_that_do_not_balance(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are marked."""

    def edit(path: str, asked: str, data: Any) -> Any:
        return data | {"pConsum": 9.0, "pEvChar": 0.0} if path.endswith("stations/flow") else data

    change(monkeypatch, flavour, edit)
    for device, field in ((await ok(home.inverter()), "load_w"), (await ok(home.meter()), "power_w")):
        reading = await ok(device.read())
        assert any(each.field == field and "balance" in each.reason for each in reading.issues)


@pytest.mark.parametrize(
    ("code", "role", "field"),
    [
        ("soc", "battery", "soc_pct"),
        ("pBat", "battery", "power_w"),
        ("pGrid", "meter", "power_w"),
        ("pSystem", "inverter", "pv_w"),
        ("pConsum", "inverter", "load_w"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
async def test_one_unreadable_figure_of_the_flow(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, code: str, role: str, field: str, *, told: bool
) -> None:
    """It is named at its device; what the device itself reports stands in, where it does."""
    device = await ok(getattr(home, role)())
    before = getattr(await ok(device.read()), field)

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("telemetry") and not told:
            raise Refusal("100025")
        return data | {code: "50%"} if path.endswith("stations/flow") else data

    change(monkeypatch, flavour, edit)
    for each in await ok(home.devices()):
        if each.info.role != "ev_charger":
            reading = await ok(each.read(max_age=FRESH))
            named_here = [issue for issue in reading.issues if "50%" in issue.reason]
            assert [issue.field for issue in named_here] == ([field] if each.info.role == role else [])
            assert not any("balance" in issue.reason for issue in reading.issues)
            if each.info.role == role:
                assert getattr(reading, field) == (before if told and code != "pConsum" else None)


@pytest.mark.parametrize("gone", ["pBat", "pGrid", "pConsum", "pSystem"])
async def test_a_missing_power_is_no_zero_of_the_balance(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """What is unknown cannot show that the others are wrong."""

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("stations/flow"):
            data = {"id": "s", "status": "1", "soc": 50, "pSystem": 1.0, "pBat": 2.0, "pGrid": -1.0, "pConsum": 4.0}
            del data[gone]
        return data

    change(monkeypatch, flavour, edit)
    for device in await ok(home.devices()):
        reading = await ok(device.read())
        assert not any("balance" in issue.reason for issue in reading.issues)


@pytest.mark.parametrize("how", ["P0215", "null", "503"])
async def test_without_the_flow(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Devices tell their own figures; what only the flow has is named, and without either its error is raised."""
    devices = {each.info.role.value: each for each in await ok(home.devices())}
    good = {name: await ok(each.read()) for name, each in devices.items()}
    silent = False

    def edit(path: str, asked: str, data: Any) -> Any:
        if path.endswith("stations/flow"):
            if how == "P0215":
                raise Refusal("P0215")
            return None
        if silent and path.endswith("telemetry"):
            raise Refusal("100025")
        return data

    if how == "503":
        flavour.emulator.refuse("stations/flow", "x", times=99, status=503)
    else:
        change(monkeypatch, flavour, edit)
    seen = {name: await ok(each.read(max_age=FRESH)) for name, each in devices.items()}
    battery, meter, inverter = seen["battery"], seen["meter"], seen["inverter"]

    assert (battery.power_w, battery.soc_pct) == (good["battery"].power_w, good["battery"].soc_pct)
    assert (meter.power_w, inverter.pv_w) == (good["meter"].power_w, good["inverter"].pv_w)
    assert battery.discharge_energy == good["battery"].discharge_energy
    assert inverter.load_w is None
    assert named(inverter) == {"pv_w", "load_w"}
    assert {each.stamp.source for each in (battery, meter, inverter)} == {"telemetry"}
    if how != "503":
        silent = True
        with pytest.raises(errors.OpenPowerError, match="flow"):
            await ok(devices["battery"].read(max_age=FRESH))


async def test_figures_of_its_own_are_as_old_as_they_are(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh flow beside a device's older figures does not make them live."""
    battery, meter = await ok(home.battery()), await ok(home.meter())
    first = await ok(battery.read())
    flavour.clock.advance(timedelta(minutes=4))
    assert (await ok(meter.read(max_age=FRESH))).stamp.quality is Quality.LIVE
    reading = await ok(battery.read(max_age=timedelta(minutes=5)))

    assert reading.stamp.quality is Quality.CACHED
    assert reading.stamp.received_at == first.stamp.received_at


@pytest.mark.parametrize(
    ("piece", "lost"),
    [
        ("getLastCharge", {"power_w", "session_kwh"}),
        ("ev-charger/detail", {"status"}),
        ("control-item-content-list", set[str]()),
    ],
)
@pytest.mark.parametrize("refused", [True, False], ids=["refused", "null"])
async def test_a_part_of_a_charger(
    flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch, piece: str, lost: set[str], *, refused: bool
) -> None:
    """It costs the figures that it has, and comes back."""
    log = {"chargePileSN": "EV", "currentChargeQuantity": 3.2, "workStu": 6, "pevChar": 7.0}
    broken = False

    def edit(path: str, asked: str, data: Any) -> Any:
        if broken and piece in path:
            if refused:
                raise Refusal("P0215")
            return None
        if path.endswith("getLastCharge"):
            return {"chargeLog": log, "curveList": []}
        return data | {"status": "charging", "vehConnStu": 1} if path.endswith("detail") else data

    change(monkeypatch, flavour, edit)
    charger = await ok(home.ev_charger())
    good = await ok(charger.read())
    assert (good.status, good.power_w, good.session_kwh, good.issues) == (ChargerStatus.CHARGING, 7000.0, 3.2, ())
    broken = True
    other = flavour.connect()
    for each in (charger, await ok(other.ev_charger())):
        reading = await ok(each.read(max_age=FRESH))
        assert named(reading) == lost
        assert reading.status is ChargerStatus.CHARGING
        for field in ("power_w", "session_kwh"):
            assert getattr(reading, field) == (None if field in lost else getattr(good, field))
    await ok(other.close() if flavour.name == "sync" else other.aclose())
    broken = False
    flavour.clock.advance(timedelta(minutes=6))
    back = await ok(charger.read())
    assert (back.issues, back.power_w) == ((), 7000.0)


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
    assert flavour.calls.count("statisticsAndPreV2") == 5
    lost = "2026-06-1"
    flavour.clock.advance(timedelta(hours=1))
    with pytest.raises(errors.OpenPowerError):
        await ok(devices[0].history(start, end))


async def test_the_model_of_a_charger_is_asked_again(flavour: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that failed is unknown, and not "no": every five minutes, and after the settings could not be read."""
    broken = refused = True

    def edit(path: str, asked: str, data: Any) -> Any:
        if (broken and "control-item" in path) or (refused and path.endswith("detail")):
            raise Refusal("P0215")
        return data

    change(monkeypatch, flavour, edit)
    charger = await ok(home.ev_charger())
    refused = False
    asked = []
    for minutes in (0, 1, 5, 6):
        flavour.clock.advance(timedelta(minutes=minutes))
        await ok(charger.read())
        asked.append(flavour.calls.count(charger.info.serial))
    assert asked == [1, 1, 2, 3]
    broken = False
    flavour.clock.advance(timedelta(minutes=6))
    for _ in range(2):
        await ok(charger.read())
        flavour.clock.advance(timedelta(minutes=6))
    assert flavour.calls.count(charger.info.serial) == 4
    refused = True
    with pytest.raises(errors.OpenPowerError):
        await ok(charger.read())
    refused = False
    await ok(charger.read())
    assert flavour.calls.count(charger.info.serial) == 5
