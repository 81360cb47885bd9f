"""One bad piece spoils nothing else, and nothing impossible or stale passes as live; in both flavours."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from openpower_alphaess import models
from openpower_alphaess.control.legacy import LegacyPair, legacy_plan
from openpower_alphaess.control.pair import DesiredSettings
from openpower_alphaess.mapping import series
from openpower_core import errors
from openpower_core.convert import structure
from openpower_core.readings import ChargerStatus, Quality
from tests.alphaess.conftest import SERIAL, SYSTEM, ok
from tests.alphaess.test_devices import CHARGER, ENERGY, LIVE, NOTHING, rows

BERLIN = ZoneInfo("Europe/Berlin")
OTHER = "AL70110230300002"


def fields(reading: Any) -> list[str]:
    return [issue.field for issue in reading.issues]


# Discovery in parts.


async def test_the_chargers_of_one_system_cannot_be_listed(flavour: Any, service: Any) -> None:
    """Everything else is found, the part is named with its system, and it comes back by itself."""
    service.answers["getEssList"] = [SYSTEM, SYSTEM | {"sysSn": OTHER}]
    service.answers["getEvChargerConfigList"] = lambda r: 6042 if r.url.params["sysSn"] == OTHER else [CHARGER]
    home = flavour.connect()

    found = [each.info.id for each in await ok(home.devices())]

    assert len(found) == 7
    (failure,) = home.failures
    assert failure.part == "EV chargers of system AL…0002"
    assert isinstance(failure.error, errors.DeviceOffline)
    assert "AL…0002" in str(failure.error)
    service.answers["getEvChargerConfigList"] = lambda r: [CHARGER | {"evchargerSn": "EV" + r.url.params["sysSn"][-4:]}]
    flavour.clock.advance(301)
    assert len(await ok(home.devices())) == 8
    assert home.failures == ()


async def test_one_of_two_systems_is_gone(flavour: Any, service: Any, caplog: Any) -> None:
    """It is a failed part until it is listed again; either is logged once."""
    both = [SYSTEM, SYSTEM | {"sysSn": OTHER}]
    service.answers["getEssList"] = both
    home = flavour.connect()
    await ok(home.devices())
    service.answers["getEssList"] = both[:1]

    with caplog.at_level(logging.INFO, "openpower"):
        for _ in range(2):
            assert len(await ok(home.devices(refresh=True))) == 3
        assert [each.part for each in home.failures] == ["system AL…0002"]
        service.answers["getEssList"] = both
        assert len(await ok(home.devices(refresh=True))) == 6

    assert home.failures == ()
    assert [r.levelname for r in caplog.records if "system AL…0002" in r.getMessage()] == ["WARNING", "INFO"]


async def test_nothing_is_bound(flavour: Any, service: Any) -> None:
    """An error that says what to bind, and where; not an empty list."""
    service.answers["getEssList"] = []

    with pytest.raises(errors.NotBound, match="no system is bound") as caught:
        await ok(flavour.connect().devices())

    assert "open.alphaess.com" in (caught.value.hint or "")
    assert "serial number" in (caught.value.hint or "")


async def test_listed_twice(flavour: Any, service: Any) -> None:
    """The same serial number twice is one system, and a charger listed twice one charger."""
    service.answers |= {"getEssList": [SYSTEM, SYSTEM], "getEvChargerConfigList": [CHARGER, CHARGER]}
    home = flavour.connect()

    assert len(await ok(home.devices())) == 4
    assert (await ok(home.battery())).info.serial == SERIAL
    assert (await ok(home.inverter())).info.pv_rated_w == 9000
    assert service.calls["getEvChargerConfigList"] == 1


async def test_a_system_without_a_serial_number(flavour: Any, service: Any) -> None:
    """Beside another one it is a failed part; alone it is the error."""
    service.answers["getEssList"] = [SYSTEM, SYSTEM | {"sysSn": ""}]
    home = flavour.connect()

    assert len(await ok(home.devices())) == 3
    assert "serial_number=" in str(home.failures[0].error.hint)

    service.answers["getEssList"] = [SYSTEM | {"sysSn": None}]
    with pytest.raises(errors.BadResponse, match="without a serial number"):
        await ok(flavour.connect().devices())


@pytest.mark.parametrize("odd", [None, "x", [], {}, {"sysSn": 9, "evchargerSn": 4}], ids=repr)
@pytest.mark.parametrize("name", ["getEssList", "getEvChargerConfigList"])
async def test_one_odd_entry_of_a_list(flavour: Any, service: Any, name: str, odd: Any) -> None:
    """It is named; the devices beside it are there, and the second charger's power stays its own."""
    answers = {"getEssList": [SYSTEM], "getEvChargerConfigList": [CHARGER], "getLastPowerData": LIVE}
    service.answers |= answers | {"getEvChargerStatusBySn": {"evchargerStatus": 3}}
    service.answers[name] = [odd, *answers[name]]
    home = flavour.connect()

    assert [each.info.role for each in await ok(home.devices())] == ["inverter", "battery", "meter", "ev_charger"]
    assert len(home.failures) == 1
    service.answers[name] = answers[name]
    await ok(home.devices(refresh=True))
    assert home.failures == ()


# One figure.


@pytest.mark.parametrize("bad", ["50%", "--", {}, True])
@pytest.mark.parametrize(
    ("key", "role", "field"),
    [
        ("soc", "battery", "soc_pct"),
        ("pbat", "battery", "power_w"),
        ("pgrid", "meter", "power_w"),
        ("ppv", "inverter", "pv_w"),
        ("pload", "inverter", "load_w"),
        ("prealL1", "inverter", "ac_w"),
        ("pev", "charger", "power_w"),
    ],
)
async def test_one_unreadable_figure(flavour: Any, service: Any, key: str, role: str, field: str, bad: Any) -> None:
    """It is named with what was sent; all other figures read the same (one power follows from the others)."""
    service.answers |= {"getLastPowerData": LIVE, "getEvChargerConfigList": [CHARGER], "getOneDayPowerBySn": []}
    service.answers |= {"getEvChargerStatusBySn": {"evchargerStatus": 3}, "getOneDateEnergyBySn": ENERGY}
    home = flavour.connect(tz="Europe/Berlin")
    devices = dict(zip(("inverter", "battery", "meter", "charger"), await ok(home.devices()), strict=True))
    good = {name: await ok(each.read()) for name, each in devices.items()}
    service.answers["getLastPowerData"] = LIVE | {key: bad}

    found = {name: await ok(each.read(max_age=0)) for name, each in devices.items()}

    if bad is True:  # the service writes 1 for true
        assert not any(issue.reason.endswith("cannot be read") for each in found.values() for issue in each.issues)
        return
    assert field in fields(found[role])
    assert any(f"{key} cannot be read: {bad!r}" in issue.reason for issue in found[role].issues)
    for name, reading in found.items():
        for each in ("pv_w", "load_w", "power_w", "soc_pct", "status", "ac_w", "charge_energy", "import_energy"):
            now, before = getattr(reading, each, None), getattr(good[name], each, None)
            assert now == before or (name == role and each in (field, "status") and now in (None, "unknown"))


@pytest.mark.parametrize("data", [[3], 3, {"evchargerStatus": [3]}, {"evchargerStatus": "3"}, [{"evchargerStatus": 3}]])
async def test_the_status_of_a_charger_in_every_shape(flavour: Any, service: Any, data: Any) -> None:
    """The portal says ``List<data>``; a list or a bare number is read as well."""
    if data == 3:  # the stand-in takes a number for a return code
        data = httpx.Response(200, json={"code": 200, "data": 3})
    service.answers |= {"getLastPowerData": LIVE, "getEvChargerConfigList": [CHARGER], "getEvChargerStatusBySn": data}

    reading = await ok((await ok(flavour.connect().ev_charger())).read())

    assert reading.status is ChargerStatus.CHARGING
    assert not reading.issues


async def test_parts_of_a_reading_that_fail_are_named(flavour: Any, service: Any, caplog: Any) -> None:
    """Energy of the day and the charger's status: issues, logged once when lost and once when back."""
    service.answers |= {"getLastPowerData": LIVE, "getEvChargerConfigList": [CHARGER]}
    service.answers |= {"getOneDateEnergyBySn": 6026, "getEvChargerStatusBySn": 6042}
    home = flavour.connect(tz="Europe/Berlin")
    meter, charger = await ok(home.meter()), await ok(home.ev_charger())

    with caplog.at_level(logging.INFO, "openpower"):
        for _ in range(2):
            reading, car = await ok(meter.read()), await ok(charger.read())
            flavour.clock.advance(301)
            assert (reading.power_w, reading.import_energy) == (-500, None)
            assert fields(reading) == ["import_energy", "export_energy"]
            assert fields(car) == ["energy", "status"]
        service.answers |= {"getOneDateEnergyBySn": ENERGY, "getEvChargerStatusBySn": {"evchargerStatus": 3}}
        assert fields(await ok(meter.read())) == fields(await ok(charger.read())) == []

    for part in ("energy of system", "status of charger"):
        assert [r.levelname for r in caplog.records if part in r.getMessage()] == ["WARNING", "INFO"]


async def test_powers_that_do_not_balance_are_marked(flavour: Any, service: Any) -> None:
    """Not refused, since it is not known which one is wrong."""
    service.answers["getLastPowerData"] = LIVE | {"pload": 4000.0}

    meter = await ok((await ok(flavour.connect().meter())).read())

    assert (meter.power_w, fields(meter)) == (-500, ["power_w"])
    assert "1000 W" in meter.issues[0].reason


async def test_impossible_figures_are_refused(flavour: Any, service: Any) -> None:
    """SMILE5 of 5 kW with 9 kW of PV: 65,536 W of PV and 429,496,729 W from the grid cannot be."""
    service.answers["getLastPowerData"] = LIVE | {"ppv": 65536.0, "pgrid": 429496729.0, "soc": 560.0}
    service.answers["getOneDayPowerBySn"] = []
    inverter, battery, _ = [await ok(each.read()) for each in (await ok(flavour.connect().devices()))[:2]] + [None]

    assert (inverter.pv_w, battery.soc_pct) == (None, None)
    assert {"pv_w"} <= set(fields(inverter))
    assert {"soc_pct"} <= set(fields(battery))
    with pytest.raises(errors.ImplausibleValue):
        await ok((await ok(flavour.connect().meter())).read())


# Nothing stale.


async def test_a_fallback_that_is_stale(flavour: Any, service: Any) -> None:
    """31 minutes old is no reading, 29 is one; NOW is 20:12 in Berlin."""
    service.answers |= {"getLastPowerData": NOTHING, "getOneDateEnergyBySn": ENERGY}
    service.answers["getOneDayPowerBySn"] = rows("19:41:00")
    battery = await ok(flavour.connect(tz="Europe/Berlin").battery())

    with pytest.raises(errors.StaleData):
        await ok(battery.read())

    service.answers["getOneDayPowerBySn"] = rows("19:43:00")
    battery = await ok(flavour.connect(tz="Europe/Berlin").battery())
    assert (await ok(battery.read())).soc_pct == 56.8


async def test_a_fallback_whose_zone_is_unknown(flavour: Any, service: Any) -> None:
    """Its least age counts, and what may be young enough says that tz= is missing. It is 18:12 in UTC, 06:12 in UTC-12."""
    service.answers["getLastPowerData"] = NOTHING
    days = {"2026-08-04": rows("05:41:00")}
    service.answers["getOneDayPowerBySn"] = lambda r: days.get(r.url.params["queryDate"], [])

    with pytest.raises(errors.StaleData, match="at least 31 min old"):
        await ok((await ok(flavour.connect().battery())).read())

    days["2026-08-04"] = rows("05:43:00")
    reading = await ok((await ok(flavour.connect().battery())).read())
    assert (reading.soc_pct, reading.stamp.measured_at) == (56.8, None)
    assert "stamp.measured_at" in fields(reading)
    assert "tz=" in reading.issues[0].reason


async def test_the_state_of_charge_of_an_unknown_zone(flavour: Any, service: Any) -> None:
    """The same bound holds where only the state of charge is taken from the series."""
    service.answers["getLastPowerData"] = LIVE | {"soc": None}
    days = {"2026-08-04": rows("05:41:00")}
    service.answers["getOneDayPowerBySn"] = lambda r: days.get(r.url.params["queryDate"], [])

    reading = await ok((await ok(flavour.connect().battery())).read())
    assert (reading.soc_pct, reading.power_w, fields(reading)) == (None, -1500, ["soc_pct"])

    days["2026-08-04"] = rows("05:43:00")
    reading = await ok((await ok(flavour.connect().battery())).read())
    assert (reading.soc_pct, fields(reading)) == (56.8, ["soc_pct"])
    assert "tz=" in reading.issues[0].reason


async def test_a_cached_answer_says_so(flavour: Any, service: Any) -> None:
    """What is older than the provider's own ten seconds is not live."""
    service.answers["getLastPowerData"] = LIVE
    meter = await ok(flavour.connect().meter())
    await ok(meter.read())
    flavour.clock.advance(60)

    reading = await ok(meter.read(max_age=120))

    assert reading.stamp.quality is Quality.CACHED
    assert service.calls["getLastPowerData"] == 1
    assert meter.capabilities.interval == timedelta(seconds=10)


@pytest.mark.parametrize("text", ["2026-08-04T18:09:04Z", "2026-08-04 20:09:04+02:00", "2026-08-05T04:09:04+10:00"])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin", "Australia/Sydney"])
async def test_times_with_an_offset(flavour: Any, service: Any, text: str, tz: str | None) -> None:
    """They are the instant that they say, whatever zone the home has, and need none."""
    row = rows("00:00:00")[0] | {"uploadTime": text}
    service.answers |= {"getLastPowerData": NOTHING, "getOneDayPowerBySn": [row], "getOneDateEnergyBySn": ENERGY}

    reading = await ok((await ok(flavour.connect(tz=tz).battery())).read())

    assert reading.stamp.measured_at == datetime(2026, 8, 4, 18, 9, 4, tzinfo=UTC)


# History in parts.


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN)


@pytest.mark.parametrize("days", [9, 30, 400])
async def test_one_call_a_day_serves_all_devices(flavour: Any, service: Any, caplog: Any, days: int) -> None:
    """Inverter, battery and meter one after the other; a long range says how far it is."""
    service.answers["getOneDayPowerBySn"] = lambda r: rows("12:00:04", day=r.url.params["queryDate"])
    home = flavour.connect(tz="Europe/Berlin")
    end = date(2026, 8, 4)
    found = []

    with caplog.at_level(logging.INFO, "openpower"):
        for device in await ok(home.devices()):
            found.append(await ok(device.history(at(end - timedelta(days=days)), at(end))))
            flavour.clock.advance(600)  # a year takes minutes

    assert [len(each) for each in found] == [days] * 3
    assert service.calls["getOneDayPowerBySn"] == days
    assert len([r for r in caplog.records if "days of the series" in r.getMessage()]) == 3 * ((days - 1) // 30)


@pytest.mark.parametrize("bad", [6026, [NOTHING], 6001, {"rows": 7}, 6042])
async def test_a_bad_day_is_a_gap(flavour: Any, service: Any, caplog: Any, bad: Any) -> None:
    """The other days come, and the gap is logged once; alone it raises; it comes back."""
    answers = {"2026-08-02": bad}
    service.answers["getOneDayPowerBySn"] = lambda r: answers.get(
        r.url.params["queryDate"], rows("12:00:04", day=r.url.params["queryDate"])
    )
    home = flavour.connect(tz="Europe/Berlin")
    span = at(date(2026, 8, 1)), at(date(2026, 8, 4))
    meter, battery = await ok(home.meter()), await ok(home.battery())

    with caplog.at_level(logging.WARNING, "openpower"):
        assert [each.stamp.measured_at.day for each in await ok(meter.history(*span))] == [1, 3]
        assert len(await ok(battery.history(*span))) == 2
    with pytest.raises(errors.OpenPowerError):
        await ok(meter.history(at(date(2026, 8, 2)), at(date(2026, 8, 3))))
    answers.clear()
    assert len(await ok(meter.history(*span))) == 3

    gaps = [r.getMessage() for r in caplog.records if "gaps" in r.getMessage()]
    assert len(gaps) == 1
    assert "2026-08-02" in gaps[0]


async def test_a_refused_credential_is_no_gap(flavour: Any, service: Any) -> None:
    """It would be refused for every other day as well."""
    service.answers["getOneDayPowerBySn"] = 6007
    meter = await ok(flavour.connect(tz="Europe/Berlin").meter())

    with pytest.raises(errors.AuthenticationFailed):
        await ok(meter.history(at(date(2026, 7, 1)), at(date(2026, 8, 4))))

    assert service.calls["getOneDayPowerBySn"] == 1


async def test_pv_of_zero_that_cannot_be_proven(flavour: Any, service: Any) -> None:
    """0 W all day, null, or the day's energy cannot be had: no power is made up for the battery."""
    service.answers |= {"getOneDayPowerBySn": rows("12:00:04", ppv=0.0), "getOneDateEnergyBySn": 6026}
    span = datetime(2026, 8, 4, tzinfo=UTC), datetime(2026, 8, 4, 18, tzinfo=UTC)
    (battery,) = await ok((await ok(flavour.connect(tz="Europe/Berlin").battery())).history(*span))
    assert (battery.power_w, battery.soc_pct, fields(battery)) == (None, 56.8, ["power_w"])

    service.answers |= {"getOneDayPowerBySn": rows("12:00:04", ppv=None), "getOneDateEnergyBySn": ENERGY}
    (battery,) = await ok((await ok(flavour.connect(tz="Europe/Berlin").battery())).history(*span))
    assert (battery.power_w, battery.soc_pct) == (None, 56.8)
    assert battery.stamp.interval is None


def test_one_bad_row_of_a_series() -> None:
    """A figure of it is refused, and named; the rows beside it are as they were."""
    good = [structure(models.PowerSample, row) for row in rows("12:00:04", "12:05:04", "12:10:04")]
    bad = [good[0], good[1].evolve(cbat=560.0, load=-900.0), good[2]]
    received = datetime(2026, 8, 4, 18, tzinfo=UTC)

    found = series.batteries(series.Day(bad, BERLIN, received), slice(None))

    expected = series.batteries(series.Day(good, BERLIN, received), slice(None))
    assert [found[0], found[2]] == [expected[0], expected[2]]
    assert (found[1].power_w, found[1].soc_pct, fields(found[1])) == (None, None, ["power_w", "soc_pct"])


async def test_one_record_of_a_list_that_is_none(flavour: Any, service: Any) -> None:
    """It is left out, and the others count."""
    service.answers["getEssList"] = [None, SYSTEM, "AL"]

    assert [each.sys_sn for each in await ok(flavour.client().list_systems())] == [SERIAL]


# Settings.


async def test_numbers_and_flags_in_other_shapes(flavour: Any, service: Any) -> None:
    """``"executeCycleType":"1"`` and ``"gridCharge":true``."""
    service.answers["getTimeChargeBySn"] = {"executeCycleType": "1", "chargeTimeList": [], "dischargeTimeList": []}
    service.answers["getChargeConfigInfo"] = {"gridCharge": True, "batHighCap": "95"}
    client = flavour.client()

    assert (await ok(client.get_periodic_schedule())).execute_cycle_type is models.CycleType.WEEKLY
    found = await ok(client.get_charging_settings())
    assert (found.grid_charge, type(found.grid_charge), found.bat_high_cap) == (1, int, 95)


def test_a_reserve_above_the_maximum_is_refused() -> None:
    """Against what the system holds, and in one call; together both may move."""
    plan = legacy_plan(models.ChargeSettings(bat_high_cap=60), models.DischargeSettings(bat_use_cap=10))
    pair = LegacyPair()

    for desired in ({"reserve_soc_pct": 70}, {"reserve_soc_pct": 50, "max_soc_pct": 40}):
        with pytest.raises(errors.InvalidValue, match="cannot be above"):
            pair.change(plan, DesiredSettings(**desired))
    changed, adjustments = pair.change(plan, DesiredSettings(reserve_soc_pct=70, max_soc_pct=90))
    assert (changed.discharge.limit, changed.charge.limit, adjustments) == (70, 90, [])
    assert pair.change(plan, DesiredSettings(reserve_soc_pct=4))[0].discharge.limit == 4
