"""Devices behind a connection: discovery, shared fetches, fallbacks and series, in both flavours."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.capabilities import Feature, Support
from openpower_core.readings import ChargerStatus, Quality

SERIAL = "AL70110230300001"
LIVE = {
    "ppv": 3000.0,
    "soc": 40.0,
    "pev": 700,
    "pevDetail": {"ev1Power": 700, "ev2Power": None},
    "pgrid": -500.0,
    "pload": 1000.0,
    "pbat": -1500.0,
    "prealL1": 900.0,
}
NOTHING = dict.fromkeys(LIVE)
ENERGY = {"theDate": "2026-08-04", "epv": 10.6, "eCharge": 12.2, "eInput": 14.41, "eChargingPile": 3}
ROW = {"ppv": 100.0, "load": 1218.0, "cbat": 56.8, "feedIn": 0.0, "gridCharge": 2.0, "pchargingPile": 0}
CHARGER = {"evchargerSn": "EV0000000001", "evchargerModel": "SMILE-EVCT11"}


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def rows(*times: str, day: str = "2026-08-04", **changes: Any) -> list[dict[str, Any]]:
    return [ROW | changes | {"uploadTime": f"{day} {time}"} for time in times]


async def test_discovery(flavour: Any, service: Any) -> None:
    """One box is an inverter, a battery, a meter and its chargers; two calls find them."""
    service.answers["getEvChargerConfigList"] = [CHARGER]
    home = flavour.connect(tz="Europe/Berlin")

    devices = await ok(home.devices())

    assert [each.info.id for each in devices] == [
        f"{SERIAL}/inverter",
        f"{SERIAL}/battery",
        f"{SERIAL}/meter",
        "EV0000000001/ev_charger",
    ]
    assert {each.info.tz for each in devices} == {"Europe/Berlin"}
    assert service.calls == {"getEssList": 1, "getEvChargerConfigList": 1}
    assert (await ok(home.battery())).info.usable_kwh == pytest.approx(9.09)
    assert (await ok(home.inverter())).info.rated_w == 5000


async def test_discovery_of_several_systems(flavour: Any, service: Any) -> None:
    """Each system has its devices; a blank serial number cannot be asked and is left out."""
    service.answers["getEssList"] = [{"sysSn": "A" * 15}, {"sysSn": "B" * 15, "emsStatus": "Offline"}, {"sysSn": ""}]
    service.answers["getEvChargerConfigList"] = lambda request: (
        6042 if request.url.params["sysSn"].startswith("B") else [CHARGER, CHARGER | {"evchargerSn": "EV2"}]
    )
    home = flavour.connect()

    assert len(await ok(home.batteries())) == 2
    assert [each.info.serial for each in await ok(home.ev_chargers())] == ["EV0000000001", "EV2"]
    with pytest.raises(errors.AmbiguousDevice):
        await ok(home.meter())


async def test_one_named_system(flavour: Any, service: Any) -> None:
    """serial_number= leaves the other systems alone, and a wrong one raises an error."""
    service.answers["getEssList"] = [{"sysSn": SERIAL}, {"sysSn": "AL70110230300002"}]

    home = flavour.connect(serial_number="AL70110230300002")
    assert (await ok(home.meter())).info.serial == "AL70110230300002"

    with pytest.raises(errors.DeviceNotFound, match="AL…0001"):
        await ok(flavour.connect(serial_number="AL70110230300009").devices())


async def test_the_only_system_is_blank(flavour: Any, service: Any) -> None:
    """r25: a system without a serial number in the list works under the one that the user knows."""
    service.answers |= {"getEssList": [{"sysSn": "", "emsStatus": "Offline"}], "getLastPowerData": LIVE}

    meter = await ok(flavour.connect(device_serial_number=SERIAL).meter())

    assert (await ok(meter.read())).power_w == -500
    assert service.params()["sysSn"] == SERIAL


async def test_one_call_for_all_devices(flavour: Any, service: Any) -> None:
    """Inverter, battery, meter and charger read from one answer."""
    service.answers |= {"getLastPowerData": LIVE, "getEvChargerConfigList": [CHARGER]}
    service.answers["getEvChargerStatusBySn"] = {"evchargerStatus": 3}
    home = flavour.connect()

    readings = [await ok(each.read()) for each in await ok(home.devices())]

    inverter, battery, meter, charger = readings
    assert (inverter.pv_w, inverter.load_w) == (3000, 1000)
    assert (battery.charging_w, battery.soc_pct) == (1500, 40)
    assert meter.exporting_w == 500
    assert (charger.power_w, charger.status) == (700, ChargerStatus.CHARGING)
    assert service.calls["getLastPowerData"] == 1
    assert battery.stamp.source == "getLastPowerData"
    assert battery.stamp.received_at == flavour.clock.now()
    assert battery.stamp.measured_at is None
    assert battery.charge_energy is None


async def test_one_call_at_the_same_time(flavour: Any, service: Any) -> None:
    """Devices that are read concurrently share the answer under way."""
    service.answers["getLastPowerData"] = LIVE
    devices = await ok(flavour.connect().devices())

    if flavour.name == "sync":
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: each.read(), devices * 5))
    else:
        await asyncio.gather(*(each.read() for each in devices * 5))

    assert service.calls["getLastPowerData"] == 1


async def test_max_age(flavour: Any, service: Any) -> None:
    """The shared response is cached for ten seconds; zero asks again."""
    service.answers["getLastPowerData"] = LIVE
    meter = await ok(flavour.connect().meter())

    await ok(meter.read())
    flavour.clock.advance(9)
    await ok(meter.read())
    assert service.calls["getLastPowerData"] == 1
    await ok(meter.read(max_age=timedelta(0)))
    assert service.calls["getLastPowerData"] == 2
    flavour.clock.advance(11)
    await ok(meter.read())
    assert service.calls["getLastPowerData"] == 3


async def test_counters_of_the_local_day(flavour: Any, service: Any) -> None:
    """With the zone known, counters are of the system's own day."""
    service.answers |= {"getLastPowerData": LIVE, "getOneDateEnergyBySn": ENERGY | {"theDate": "2026-08-05"}}
    home = flavour.connect(tz="Australia/Sydney")

    battery = await ok((await ok(home.battery())).read())
    meter = await ok((await ok(home.meter())).read())

    assert service.params()["queryDate"] == "2026-08-05"
    assert (battery.charge_energy.today_kwh, battery.charge_energy.today) == (12.2, date(2026, 8, 5))
    assert meter.import_energy.today_kwh == 14.41
    assert meter.export_energy is None
    assert service.calls["getOneDateEnergyBySn"] == 1


@pytest.mark.parametrize("answer", [6026, dict.fromkeys(ENERGY), 6017])
async def test_a_reading_without_its_counters(flavour: Any, service: Any, answer: Any) -> None:
    """Around midnight the energies are unavailable; the powers are returned without waiting for a second try."""
    service.answers |= {"getLastPowerData": LIVE, "getOneDateEnergyBySn": answer}

    meter = await ok((await ok(flavour.connect(tz="Europe/Berlin").meter())).read())

    assert (meter.power_w, meter.import_energy) == (-500, None)
    assert service.calls["getOneDateEnergyBySn"] == 1


async def test_all_null_falls_back_to_the_series(flavour: Any, service: Any) -> None:
    """Code 200 with nulls: the newest row is used instead, as DERIVED, with its own time."""
    service.answers |= {
        "getLastPowerData": NOTHING,
        "getOneDateEnergyBySn": ENERGY,
        "getOneDayPowerBySn": rows("20:09:04", "20:04:04"),
    }
    home = flavour.connect(tz="Europe/Berlin")

    battery = await ok((await ok(home.battery())).read())
    meter = await ok((await ok(home.meter())).read())

    assert (battery.power_w, battery.soc_pct) == (1116, 56.8)
    assert meter.power_w == 2
    assert battery.stamp.quality is meter.stamp.quality is Quality.DERIVED
    assert battery.stamp.source == "getOneDayPowerBySn"
    assert battery.stamp.measured_at == datetime(2026, 8, 4, 18, 9, 4, tzinfo=UTC)
    assert service.calls["getLastPowerData"] == 1
    assert service.calls["getOneDayPowerBySn"] == 1


async def test_fallback_without_a_zone(flavour: Any, service: Any) -> None:
    """Without a zone there are no times: every day that may be running there is tried, latest first."""

    def answer(request: Any) -> Any:
        day = request.url.params["queryDate"]
        return 6026 if day == "2026-08-05" else rows("20:09:04", day=day)

    service.answers |= {"getLastPowerData": NOTHING, "getOneDayPowerBySn": answer}

    battery = await ok((await ok(flavour.connect().battery())).read())

    assert battery.soc_pct == 56.8
    assert battery.stamp.quality is Quality.DERIVED
    assert battery.stamp.measured_at is None


async def test_nothing_at_all(flavour: Any, service: Any) -> None:
    """Neither the live answer nor the series has a value: PartialData, not zeros."""
    service.answers |= {"getLastPowerData": NOTHING, "getOneDayPowerBySn": []}
    battery = await ok(flavour.connect(tz="Europe/Berlin").battery())

    with pytest.raises(errors.PartialData):
        await ok(battery.read())


async def test_offline_by_code(flavour: Any, service: Any) -> None:
    """6042 is the third face of an offline system."""
    service.answers["getLastPowerData"] = 6042
    battery = await ok(flavour.connect(tz="Europe/Berlin").battery())

    with pytest.raises(errors.DeviceOffline):
        await ok(battery.read())


@pytest.mark.parametrize("soc", [None, 0.0])
async def test_state_of_charge_from_the_series(flavour: Any, service: Any, soc: float | None) -> None:
    """A null or zero state of charge is taken from the newest row, and marked."""
    service.answers |= {
        "getLastPowerData": LIVE | {"soc": soc},
        "getOneDayPowerBySn": rows("20:09:04"),
        "getOneDateEnergyBySn": ENERGY,
    }
    battery = await ok((await ok(flavour.connect(tz="Europe/Berlin").battery())).read())

    assert (battery.soc_pct, battery.power_w) == (56.8, -1500)
    assert battery.stamp.quality is Quality.DERIVED


@pytest.mark.parametrize(("series", "expected"), [(rows("20:09:04", cbat=0.0), 0), ([], 0), (rows("09:00:04"), 0)])
async def test_a_battery_that_is_empty(flavour: Any, service: Any, series: Any, expected: float) -> None:
    """Zero stays zero where the series agrees, is absent, or is hours old."""
    service.answers |= {
        "getLastPowerData": LIVE | {"soc": 0},
        "getOneDayPowerBySn": series,
        "getOneDateEnergyBySn": ENERGY,
    }

    battery = await ok((await ok(flavour.connect(tz="Europe/Berlin").battery())).read())

    assert battery.soc_pct == expected
    assert battery.stamp.quality is Quality.LIVE


async def test_history(flavour: Any, service: Any) -> None:
    """Rows of the days that the span touches, in time order, half-open, each once."""
    days = {
        "2026-08-03": rows("23:55:04", "23:50:04", day="2026-08-03"),
        "2026-08-04": rows("00:05:04", "00:00:04", "00:00:04", "23:59:59"),
    }
    service.answers["getOneDayPowerBySn"] = lambda request: days[request.url.params["queryDate"]]
    service.answers["getOneDateEnergyBySn"] = ENERGY
    home = flavour.connect(tz="Europe/Berlin")
    start = datetime(2026, 8, 3, 21, 55, 4, tzinfo=UTC)
    end = datetime(2026, 8, 3, 22, 5, 4, tzinfo=UTC)

    meter = await ok((await ok(home.meter())).history(start, end))
    battery = await ok((await ok(home.battery())).history(start, end))
    inverter = await ok((await ok(home.inverter())).history(start, end))

    assert [each.stamp.measured_at.minute for each in meter] == [55, 0]
    assert {each.power_w for each in meter} == {2}
    assert {each.power_w for each in battery} == {1116}
    assert {each.load_w for each in inverter} == {1218}
    assert battery[0].stamp.quality is Quality.DERIVED
    assert meter[0].stamp.quality is Quality.AVERAGE
    assert service.calls["getOneDayPowerBySn"] == 2


async def test_history_needs_the_zone(flavour: Any, service: Any) -> None:
    """Without tz= there are no times; the error names the option and nothing is requested."""
    battery = await ok(flavour.connect().battery())
    asked = len(service.requests)

    with pytest.raises(errors.InvalidValue, match="tz="):
        await ok(battery.history(datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 8, 4, tzinfo=UTC)))

    assert len(service.requests) == asked
    assert battery.capabilities[Feature.HISTORY].support is Support.CONDITIONAL


async def test_history_does_not_ask_for_the_future(flavour: Any, service: Any) -> None:
    """A span that reaches into next week ends with today."""
    service.answers |= {"getOneDayPowerBySn": rows("20:09:04"), "getOneDateEnergyBySn": ENERGY}
    meter = await ok(flavour.connect(tz="Europe/Berlin").meter())

    found = await ok(meter.history(datetime(2026, 8, 4, tzinfo=UTC), datetime(2026, 8, 11, tzinfo=UTC)))

    assert len(found) == 1
    assert service.calls["getOneDayPowerBySn"] == 1


async def test_a_null_day_is_asked_again_and_then_a_gap(flavour: Any, service: Any) -> None:
    """Days asked for in quick succession return null; a pause helps, or the day remains a gap."""
    answers: list[Any] = [[NOTHING], rows("12:00:04", day="2026-08-02"), [NOTHING], [NOTHING]]
    service.answers["getOneDayPowerBySn"] = lambda _: answers.pop(0)
    meter = await ok(flavour.connect(tz="Europe/Berlin").meter())

    found = await ok(meter.history(datetime(2026, 8, 2, tzinfo=UTC), datetime(2026, 8, 3, 20, tzinfo=UTC)))

    assert len(found) == 1
    assert service.calls["getOneDayPowerBySn"] == 4


async def test_history_of_an_ac_coupled_system(flavour: Any, service: Any) -> None:
    """PV that the series leaves out is None, never 0, and so is the battery's power."""
    service.answers |= {"getOneDayPowerBySn": rows("12:00:04", ppv=0.0), "getOneDateEnergyBySn": ENERGY}
    home = flavour.connect(tz="Europe/Berlin")
    span = datetime(2026, 8, 4, tzinfo=UTC), datetime(2026, 8, 4, 18, tzinfo=UTC)

    (inverter,) = await ok((await ok(home.inverter())).history(*span))
    (battery,) = await ok((await ok(home.battery())).history(*span))

    assert (inverter.pv_w, inverter.load_w) == (None, 1218)
    assert (battery.power_w, battery.soc_pct) == (None, 56.8)


@pytest.mark.parametrize("answer", [6016, 6042, {"evchargerStatus": 8}, {"evchargerStatus": None}])
async def test_a_charger_without_a_status(flavour: Any, service: Any, answer: Any) -> None:
    """The power is reported even if the state is unknown."""
    service.answers |= {"getLastPowerData": LIVE, "getEvChargerConfigList": [CHARGER], "getEvChargerStatusBySn": answer}

    reading = await ok((await ok(flavour.connect().ev_charger())).read())

    assert (reading.power_w, reading.status) == (700, ChargerStatus.UNKNOWN)


async def test_history_of_one_charger_among_several(flavour: Any, service: Any) -> None:
    """The series knows only their sum; asking raises before any request and names the way."""
    service.answers["getEvChargerConfigList"] = [CHARGER, CHARGER | {"evchargerSn": "EV2"}]
    charger = await ok(flavour.connect(tz="Europe/Berlin").ev_charger("EV2"))
    asked = len(service.requests)

    with pytest.raises(errors.Unsupported) as caught:
        await ok(charger.history(datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 8, 4, tzinfo=UTC)))

    assert caught.value.alternatives
    assert len(service.requests) == asked


async def test_what_the_api_lacks_sends_nothing(flavour: Any, service: Any) -> None:
    """The API has no export limit."""
    inverter = await ok(flavour.connect().inverter())
    asked = len(service.requests)

    with pytest.raises(errors.Unsupported, match="Modbus"):
        await ok(inverter.export_limit())

    assert len(service.requests) == asked
