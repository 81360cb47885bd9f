"""The Open API over its emulator: the nine interfaces, the token, the hosts, and readings; all unproven."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.capabilities import Feature, Support
from openpower_core.connection.context import Fetched
from openpower_core.convert import structure
from openpower_core.http import RateLimiter
from openpower_core.readings import InverterStatus, Quality
from openpower_core.secrets import Secret
from openpower_goodwe.cloud import hashed
from openpower_goodwe.openapi import models
from openpower_goodwe.openapi.client import HOURLY, base_of
from openpower_goodwe.openapi.mapping import (
    InverterState,
    to_instant,
    to_inverter_reading,
    to_meter_history,
    zone_named,
)

NOON = datetime(2026, 6, 15, 10, tzinfo=UTC)  # in Berlin
DAY = date(2026, 6, 15)


async def ok(value: Any) -> Any:
    """The result of a call of either flavour."""
    return await value if inspect.isawaitable(value) else value


async def done(flavour: Any, *opened: Any) -> None:
    """Close them."""
    for each in opened:
        await ok(each.close() if flavour.name == "sync" else each.aclose())


async def test_all_nine_interfaces(flavour: Any) -> None:
    """Each by its own name, with one token for all."""
    api = flavour.client()
    [plant] = await ok(api.list_plants())
    await ok(api.get_plant_detail(plant.plant_id))
    power = await ok(api.get_plant_power(plant.plant_id, DAY))
    day = await ok(api.get_plant_generation(plant.plant_id, "2026-06-14"))
    [inverter] = await ok(api.get_inverter_list(plant.plant_id))
    payload = await ok(api.get_inverter_by_sn(inverter.sn))
    rows = await ok(api.get_inverter_power(inverter.sn, DAY))
    energies = await ok(api.get_inverter_generation(inverter.sn, DAY))

    assert flavour.emulator.requests == [
        "GetToken",
        "GetUserPlantList",
        "GetPlantDetail",
        "GetPlantPower",
        "GetPlantGeneration",
        "GetInverterList",
        "GetInverterBySN",
        "GetInverterPower",
        "GetInverterGeneration",
    ]
    assert len(power.pv_power) == len(rows) == 144
    assert day["buy"][0].y > 0
    assert payload["daily_generation"] == energies.points[0].y
    await done(flavour, api)


async def test_the_token_is_renewed_once(flavour: Any) -> None:
    """On 100002, after two hours."""
    api = flavour.client()
    await ok(api.list_plants())
    flavour.clock.advance(timedelta(hours=3))
    await ok(api.list_plants())

    assert flavour.emulator.tokens == 2
    flavour.emulator.refuse("GetUserPlantList", 100002, times=9)
    with pytest.raises(errors.AuthenticationFailed, match="just given"):
        await ok(api.list_plants())
    assert flavour.emulator.tokens == 3
    await done(flavour, api)


async def test_a_normal_account_hears_of_the_other_providers(flavour: Any) -> None:
    """Only organisations have the Open API."""
    api = flavour.client(password="another")

    with pytest.raises(errors.AuthenticationFailed) as refused:
        await ok(api.list_plants())
    assert '"goodwe-sems"' in str(refused.value)
    assert '"goodwe-local"' in str(refused.value)
    assert "another" not in str(refused.value)
    await done(flavour, api)


async def test_unknown_codes_and_empty_answers(flavour: Any) -> None:
    """A code is an error that carries it; success without data is one as well."""
    api = flavour.client()
    await ok(api.list_plants())
    flavour.emulator.refuse("GetPlantDetail", 100026)

    with pytest.raises(errors.BadResponse) as refused:
        await ok(api.get_plant_detail("x"))
    assert refused.value.vendor_code == "100026"
    flavour.emulator.faults.add("status", status=200, body=b'{"code":0,"msg":"","data":null}')
    with pytest.raises(errors.PartialData):
        await ok(api.get_plant_detail("x"))
    await done(flavour, api)


async def test_readings(flavour: Any) -> None:
    """An inverter's power and counters; a meter's energies, without a power."""
    home = flavour.connect()
    inverter, meter = await ok(home.inverter()), await ok(home.meter())
    reading, grid = await ok(inverter.read()), await ok(meter.read())
    seen = flavour.emulator.house.at(NOON)

    assert reading.pv_energy.today_kwh == pytest.approx(seen.today.pv_kwh, abs=0.01)
    assert reading.stamp.measured_at == NOON - timedelta(minutes=5)
    assert reading.pv_w > 0
    assert grid.power_w is None
    assert grid.import_energy.today_kwh == pytest.approx(seen.today.imported_kwh, abs=0.01)
    await done(flavour, home)


async def test_series(flavour: Any) -> None:
    """Five minutes a row, across midnight, in time order; the meter a row a day."""
    home = flavour.connect()
    start = NOON - timedelta(hours=20)
    rows = await ok((await ok(home.inverter())).history(start, NOON))
    days = await ok((await ok(home.meter())).history(NOON - timedelta(days=3), NOON))
    times = [each.stamp.measured_at for each in rows]

    assert times == [start + timedelta(minutes=5 * each) for each in range(240)]
    assert [each.import_energy.today.day for each in days] == [13, 14, 15]
    await done(flavour, home)


async def test_everything_is_marked_unproven(flavour: Any) -> None:
    """Without a zone there is no history, and there is no control at all; both refuse before a request."""
    home = flavour.connect(tz=None)
    inverter = await ok(home.inverter())
    asked = len(flavour.emulator.requests)

    assert not any(each.verified for each in inverter.capabilities.values())
    assert "Unproven" in inverter.capabilities[Feature.READ].note
    assert inverter.capabilities[Feature.HISTORY].support is Support.UNSUPPORTED
    with pytest.raises(errors.Unsupported) as refused:
        await ok(inverter.set_export_limit(0))
    assert refused.value.alternatives == ("goodwe-sems", "goodwe-local")
    with pytest.raises(errors.Unsupported):
        await ok(inverter.history(NOON, NOON + timedelta(hours=1)))
    assert len(flavour.emulator.requests) == asked
    await done(flavour, home)


def test_hosts_and_the_hashed_password() -> None:
    """Two regions are evidenced, both by https."""
    assert base_of("global", None) == "https://openapi.semsportal.com/api/OpenApi"
    assert base_of("eu", None) == "https://eu.openapi.semsportal.com/api/OpenApi"
    assert base_of("eu", "http://localhost:1/x/") == "http://localhost:1/x"
    assert hashed(Secret("password")).reveal() == "5f4dcc3b5aa765d61d8327deb882cf99"
    with pytest.raises(errors.InvalidValue, match="global, eu"):
        base_of("us", None)


def test_the_hourly_limit() -> None:
    """The 3601st call waits for the first one's hour to be over."""
    limiter = RateLimiter(HOURLY)
    waits = [limiter.reserve(0.0) for _ in range(3601)]

    assert set(waits[:3600]) == {0.0}
    assert waits[-1] == 3600


def test_shapes_out_of_clients_code() -> None:
    """Every field that public clients read has its place in a record; the variants of one answer are both read."""
    names = ("pv_generation", "self_use", "buy", "sell", "consumption", "income", "self_useratio", "output")
    rows = {name: [{"x": "2026-06-15", "y": 1}] for name in names}
    generation = structure(models.PlantGeneration, {"date": "2026-06-15", "currency": "EUR", **rows})
    inverter = structure(models.Inverter, {"daily_generation": "1.5", "total_generation": 2, "status": 1})
    first = structure(models.InverterDay, {"pv": [{"x": "2026-06-15", "y": "1"}]})
    second = structure(models.InverterDay, {"records": [{"time": "2026-06-15", "pv": 1}]})

    assert not generation.extras
    assert not inverter.extras
    assert (inverter.daily_kwh, inverter.total_kwh) == (1.5, 2.0)
    assert first.points[0].y == second.points[0].y == 1.0
    assert first.points[0].x == second.points[0].x


@pytest.mark.parametrize("text", ["12:00", "12:00:00", "2026-06-15 12:00", "06/15/2026 12:00:00"])
def test_times_of_points(text: str) -> None:
    """In any spelling, since no real one is known."""
    from zoneinfo import ZoneInfo

    assert to_instant(text, DAY, ZoneInfo("Europe/Berlin")) == NOON
    assert to_instant("noon", DAY, ZoneInfo("Europe/Berlin")) is None


def test_days_without_energies_are_left_out() -> None:
    """Unknown is not zero."""
    payload = models.PlantGeneration(buy=[models.Point(x="2026-06-14", y=3.0)])
    fetched = Fetched(value=payload, received_at=NOON)
    rows = [row for day in (date(2026, 6, 14), DAY) for row in to_meter_history(fetched, day, UTC)]

    assert [each.import_energy.today_kwh for each in rows] == [3.0]
    assert rows[0].export_energy is None


@pytest.mark.parametrize("code", [100025, 100026, 999])
async def test_a_login_refused_for_another_reason_than_the_password(flavour: Any, code: int) -> None:
    """Only 100005 is known to mean a wrong account or password."""
    api = flavour.client()
    flavour.emulator.refuse("GetToken", code)
    with pytest.raises(errors.BadResponse, match="not known to mean a wrong password") as refused:
        await ok(api.list_plants())

    assert refused.value.vendor_code == str(code)
    await ok(api.list_plants())
    await done(flavour, api)


@pytest.mark.parametrize(
    "token", [17, ["x"], "a\ud800", "a\r\nb", "a b", "x" * 5000], ids=lambda given: ascii(given)[:10]
)
async def test_a_poisoned_token_is_not_kept(flavour: Any, token: Any) -> None:
    """What cannot be a token is a BadResponse; the next call logs in anew."""
    api = flavour.client()
    body = json.dumps({"code": 0, "data": {"token": token}}).encode()
    flavour.emulator.faults.add("status", status=200, body=body)
    with pytest.raises(errors.BadResponse):
        await ok(api.list_plants())

    await ok(api.list_plants())
    await done(flavour, api)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"<html>Access denied</html>", b"Forbidden", b"", b'{"message":"Forbidden"}'])
async def test_a_firewall_is_no_wrong_password(flavour: Any, status: int, body: bytes) -> None:
    """The Open API refuses credentials by code; any 401 or 403 is of something in between."""
    api = flavour.client()
    flavour.emulator.faults.add("status", status=status, body=body)
    with pytest.raises(errors.BadResponse, match="does not come from the vendor's API"):
        await ok(api.list_plants())
    await done(flavour, api)


async def test_a_day_that_is_refused_is_a_gap(flavour: Any) -> None:
    """The other days come all the same; the refusal is raised if nothing comes."""
    home = flavour.connect()
    inverter = await ok(home.inverter())
    end = flavour.clock.now()
    start = end - timedelta(days=2)
    whole = await ok(inverter.history(start, end))
    flavour.clock.advance(timedelta(hours=1))  # what was fetched is no longer fresh
    flavour.emulator.refuse("GetInverterPower", 4711)
    part = await ok(inverter.history(start, end))

    assert 0 < len(part) < len(whole)
    flavour.clock.advance(timedelta(hours=1))
    flavour.emulator.refuse("GetInverterPower", 4711, times=9)
    with pytest.raises(errors.OpenPowerError):
        await ok(inverter.history(start, end))
    await done(flavour, home)


@pytest.mark.parametrize(
    ("name", "lost"),
    [("GetInverterBySN", {"pv_energy", "status"}), ("GetInverterPower", {"ac_w"}), ("GetPlantPower", {"pv_w"})],
)
@pytest.mark.parametrize("code", [4711, 0])
async def test_a_refused_call_costs_its_own_figures(flavour: Any, name: str, lost: set[str], code: int) -> None:
    """They are named; the others read the same; and it is back at the next reading. 0 says success, without data."""
    home = flavour.connect()
    inverter = await ok(home.inverter())
    whole = await ok(inverter.read())
    flavour.emulator.refuse(name, code)
    part = await ok(inverter.read(max_age=0))
    back = await ok(inverter.read(max_age=0))
    for each in ("GetInverterBySN", "GetInverterPower", "GetPlantPower"):
        flavour.emulator.refuse(each, code)
    with pytest.raises(errors.OpenPowerError, match="GetInverterBySN"):
        await ok(inverter.read(max_age=0))
    await done(flavour, home)

    assert {issue.field for issue in part.issues} == lost
    assert all(name in issue.reason for issue in part.issues)
    figures = {"ac_w", "pv_w", "pv_energy", "status"}
    assert all(getattr(part, each) in (None, InverterStatus.UNKNOWN) for each in lost)
    assert all(getattr(part, each) == getattr(whole, each) for each in figures - lost)
    assert part.stamp.measured_at == whole.stamp.measured_at
    assert not whole.issues
    assert back.figures == whole.figures


@pytest.mark.parametrize("data", [None, {"list": []}, []])
async def test_an_account_without_plants_says_what_to_do(flavour: Any, data: Any) -> None:
    """Whether the list is empty or missing."""
    home = flavour.connect()
    await ok(home.native.get_token())
    body = json.dumps({"code": 0, "data": data}).encode()
    flavour.emulator.faults.add("status", status=200, body=body)
    with pytest.raises(errors.DeviceNotFound, match="no plant") as empty:
        await ok(home.devices())
    await done(flavour, home)

    assert "Add the plant" in str(empty.value.hint)


@pytest.mark.parametrize("data", [None, [], [{"name": "Inverter"}]])
async def test_a_plant_without_inverters_is_named(flavour: Any, data: Any) -> None:
    """Nothing is gone in silence."""
    home = flavour.connect(plant_id=flavour.emulator.plant_id)
    await ok(home.native.get_token())
    body = json.dumps({"code": 0, "data": data}).encode()
    flavour.emulator.faults.add("status", status=200, body=body)
    with pytest.raises(errors.OpenPowerError):
        await ok(home.devices())
    failures = home.failures
    back = await ok(home.devices(refresh=True))
    await done(flavour, home)

    assert ["plant" in each.part for each in failures] == [True]
    assert len(back) == 2


async def test_one_refused_plant_of_two(flavour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is there, the part is named without its whole id, and it comes back."""
    emulator, refused = flavour.emulator, True
    answer, other = emulator._data, "00000000-0000-4000-8000-000000000002"

    def data(name: str, params: dict[str, Any], now: datetime) -> Any:
        if name == "GetUserPlantList" and int(params["page_index"]) == 1:
            return {"list": [{"plant_id": each} for each in (other, emulator.plant_id)]}
        if name == "GetInverterList" and other in params.values():
            return None if refused else [{"sn": "GW0000000000002", "capacity": 6.0}]
        return answer(name, params, now)

    monkeypatch.setattr(emulator, "_data", data)
    home = flavour.connect()
    first = [each.info.serial for each in await ok(home.devices())]
    (failure,) = home.failures
    refused = False
    flavour.clock.advance(timedelta(minutes=6))
    later = [each.info.serial for each in await ok(home.devices())]
    await done(flavour, home)

    assert first == ["GW0000000000001"] * 2
    assert failure.part.startswith("plant ")
    assert other not in f"{failure.part} {failure.error}"
    assert sorted(later) == ["GW0000000000001"] * 2 + ["GW0000000000002"] * 2
    assert home.failures == ()


@pytest.mark.parametrize("odd", [None, "x", [], {}, {"plant_id": 5, "sn": 7}], ids=repr)
@pytest.mark.parametrize("name", ["GetUserPlantList", "GetInverterList"])
async def test_one_odd_entry_of_a_list(flavour: Any, monkeypatch: pytest.MonkeyPatch, name: str, odd: Any) -> None:
    """It is left out and named; the devices beside it are there."""
    answer = flavour.emulator._data

    def data(asked: str, params: dict[str, Any], now: datetime) -> Any:
        found = answer(asked, params, now)
        rows = found["list"] if asked == "GetUserPlantList" else found
        if asked == name and rows:
            rows.insert(0, odd)
        return found

    monkeypatch.setattr(flavour.emulator, "_data", data)
    home = flavour.connect()
    found = [each.info.role for each in await ok(home.devices())]
    failures = home.failures
    await done(flavour, home)

    assert found == ["inverter", "meter"]
    assert ["1 of 2" in str(each.error) for each in failures] == [True]


def _state(ac: list[str], pv: list[str]) -> Any:
    """Powers of 1,000 W and PV powers of 2,000 W at some times of the day."""
    points = [models.InverterPoint(at=at, pac_w=1000.0) for at in ac]
    power = models.PlantPower(pv_power=[models.Point(x=at, y=2000.0) for at in pv])
    answers = (Fetched(value=value, received_at=NOON) for value in (points, power))
    counters = models.Inverter(daily_kwh=1.0, total_kwh=2.0, status=1)
    return InverterState(day=DAY, counters=counters, power=next(answers), pv=next(answers))


@pytest.mark.parametrize(
    ("ac", "pv", "at", "lost"),
    [
        (["11:50", "11:55"], ["11:50", "11:55"], "11:55", set()),
        (["11:50", "11:55"], ["11:50"], "11:50", set()),  # one series is a point behind: the instant that both have
        (["11:50"], ["11:50", "11:55"], "11:50", set()),
        (["09:00", "11:55"], ["09:00"], "11:55", {"pv_w"}),
        (["09:00"], ["09:00", "11:55"], "11:55", {"ac_w"}),
        (["11:55"], [], "11:55", {"pv_w"}),
        ([], ["11:55"], "11:55", {"ac_w"}),
        ([], [], None, {"pv_w", "ac_w"}),
        (["11:55"], ["noon"], "11:55", {"pv_w"}),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_the_figures_of_a_reading_are_of_one_instant(
    ac: list[str], pv: list[str], at: str | None, lost: set[str], zone: str | None
) -> None:
    """Under one stamp there is no power of another time."""
    known = zone_named(zone)
    reading = to_inverter_reading(Fetched(value=_state(ac, pv), received_at=NOON), known)

    assert {issue.field for issue in reading.issues} - {"stamp.measured_at"} == lost
    assert (reading.ac_w, reading.pv_w) == tuple(
        None if name in lost else power for name, power in (("ac_w", 1000), ("pv_w", 2000))
    )
    measured = to_instant(at, DAY, known) if at else None
    assert reading.stamp.measured_at == measured


@pytest.mark.parametrize(
    ("hours", "stale"),
    [(0, False), (12, False), (13, True), (40, True)],  # at noon of Berlin it is 22:00 in UTC-12, of the day before
)
def test_without_a_zone_the_age_has_a_bound(hours: int, stale: bool) -> None:
    """Younger figures say tz=; what no zone of the world makes young enough is refused."""
    fetched = Fetched(value=_state(["10:00"], ["10:00"]), received_at=NOON + timedelta(hours=hours))
    if stale:
        with pytest.raises(errors.StaleData, match="in every time zone"):
            to_inverter_reading(fetched, None)
        return
    reading = to_inverter_reading(fetched, None)

    assert reading.stamp.measured_at is None
    assert ["tz=" in issue.reason for issue in reading.issues] == [True]


async def test_one_call_serves_all_who_ask_for_a_day(flavour: Any) -> None:
    """Both readings and both series, and the same series again; a day's energy stands for that day."""
    home = flavour.connect()
    inverter, meter = await ok(home.inverter()), await ok(home.meter())
    await ok(inverter.read())
    await ok(meter.read())
    for _ in range(2):
        for device in (inverter, meter):
            rows = await ok(device.history(NOON - timedelta(days=2), NOON))
    flavour.clock.advance(timedelta(minutes=10))
    cached = await ok(inverter.read(max_age=timedelta(hours=1)))
    await done(flavour, home)

    for name in ("GetInverterPower", "GetPlantPower", "GetPlantGeneration"):
        assert flavour.emulator.requests.count(name) == 3
    midnight = datetime(2026, 6, 13, 22, tzinfo=UTC)
    assert rows[0].stamp.interval == (midnight, midnight + timedelta(days=1))
    assert (cached.stamp.received_at, cached.stamp.quality) == (NOON, Quality.CACHED)
