"""The native client's reading calls, in both flavours."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

import alphaess_answers as answers
import httpx
import pytest

from openpower_alphaess import AlphaESS, AsyncAlphaESS, EvChargerStatus
from openpower_alphaess.client.protocol import signature
from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_core.records import Record


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


DAY = {"queryDate": "2026-08-04"}
READS: list[tuple[str, tuple[Any, ...], str, dict[str, str], Any]] = [
    ("get_realtime_power_usage", (), "getLastPowerData", {}, {"pgrid": 1}),
    ("get_realtime_energy_usage", (), "getLastPowerData", {}, {"pgrid": 1}),
    ("get_system_summary", (), "getSumDataForCustomer", {}, {"eload": 1}),
    ("get_historical_power_usage", (date(2026, 8, 4),), "getOneDayPowerBySn", DAY, []),
    ("get_historical_power_usage", ("2026-08-04",), "getOneDayPowerBySn", DAY, []),
    ("get_historical_energy_usage", ("2026-08-04",), "getOneDateEnergyBySn", DAY, {"epv": 1}),
    ("get_charging_settings", (), "getChargeConfigInfo", {}, {"gridCharge": 0}),
    ("get_discharging_settings", (), "getDisChargeConfigInfo", {}, {"ctrDis": 0}),
    ("get_periodic_schedule", (), "getTimeChargeBySn", {}, {"chargeTimeList": []}),
    ("get_ev_charger_list", (), "getEvChargerConfigList", {}, []),
    ("get_ev_charger_current_draw_settings", (), "getEvChargerCurrentsBySn", {}, {"currentsetting": 32}),
    ("get_ev_charger_status", ("EV1",), "getEvChargerStatusBySn", {"evchargerSn": "EV1"}, {"evchargerStatus": 3}),
    ("get_meter_offset", (), "getMeterOffsetConfigInfo", {}, {"pmOffset": 1}),
]


@pytest.mark.parametrize(("method", "arguments", "endpoint", "query", "answer"), READS)
async def test_each_read_asks_its_endpoint(
    flavour: Any,
    service: Any,
    method: str,
    arguments: tuple[Any, ...],
    endpoint: str,
    query: dict[str, str],
    answer: Any,
) -> None:
    """Verb, path and query are the documented ones; the body stays empty, and each field of the answer is a known one."""
    service.answers[endpoint] = answer
    api = flavour.client()

    found = await ok(getattr(api, method)(*arguments))

    if isinstance(answer, dict) and isinstance(found, Record):
        assert {name: value for name, value in found.to_vendor().items() if name in answer} == answer
        assert not found.extras
    (request,) = service.requests
    assert (request.method, request.url.path) == ("GET", f"/api/{endpoint}")
    assert request.url.host == "openapi.alphaess.com"
    assert service.params() == {"sysSn": api.serial_number, **query}
    assert request.content == b""


@pytest.mark.parametrize(("method", "arguments"), [each[:2] for each in READS])
async def test_each_read_takes_a_serial_number(
    flavour: Any, service: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    """serial_number= counts for the call, whatever the client's own is."""
    for _, _, endpoint, _, answer in READS:
        service.answers[endpoint] = answer

    await ok(getattr(flavour.client(None), method)(*arguments, serial_number="OTHER"))

    assert service.params()["sysSn"] == "OTHER"


async def test_without_any_serial_number(flavour: Any, service: Any) -> None:
    """Nothing is sent, and the error says where serial numbers come from."""
    with pytest.raises(errors.InvalidValue, match=r"list_systems\(\)"):
        await ok(flavour.client(None).get_realtime_power_usage())

    assert not service.requests


async def test_the_prototypes_example(flavour: Any, service: Any) -> None:
    """for_device(...) and the vendor's own keys work as they did."""
    service.answers["getLastPowerData"] = {"pgrid": 11.0}
    api = flavour.client(None)

    powers = [
        (await ok(api.for_device(device["sysSn"]).get_realtime_power_usage()))["pgrid"]
        for device in await ok(api.list_systems())
    ]

    assert powers == [11.0]


async def test_for_device_shares_the_connection(flavour: Any, service: Any) -> None:
    """Closing the one closes the other; the original keeps its own serial number."""
    service.answers["getLastPowerData"] = {"pgrid": 11.0}
    api = flavour.client("ONE")
    other = api.for_device("TWO")
    close = api.close if flavour.name == "sync" else api.aclose

    await ok(close())

    assert (api.serial_number, other.serial_number) == ("ONE", "TWO")
    with pytest.raises(errors.RequestError):
        await ok(other.get_realtime_power_usage())


async def test_requests_are_signed(flavour: Any, service: Any) -> None:
    """The three headers go with every request, and the digest is over the very same seconds."""
    await ok(flavour.client().list_systems())

    headers = service.requests[0].headers
    assert headers["appId"] == "app"
    assert headers["timeStamp"] == str(int(flavour.clock.now().timestamp()))
    assert headers["sign"] == signature("app", "secret", headers["timeStamp"])


@pytest.mark.parametrize("data", [{"essList": [{"sysSn": "A"}]}, {"sysSn": "A"}, [{"sysSn": "A", "x": 1}]])
async def test_shapes_of_the_system_list(flavour: Any, service: Any, data: Any) -> None:
    """A bare object and {"essList": …} are read as the list that they mean."""
    service.answers["getEssList"] = data

    (system,) = await ok(flavour.client().list_systems())

    assert system["sysSn"] == "A"


async def test_charger_status_in_a_list(flavour: Any, service: Any) -> None:
    """The portal promises a list of what is one object."""
    service.answers["getEvChargerStatusBySn"] = [{"evchargerStatus": 3}]

    state = await ok(flavour.client().get_ev_charger_status("EV1"))

    assert state.evcharger_status is EvChargerStatus.CHARGING


@pytest.mark.parametrize(
    "data", [None, {}, {"ppv": None, "soc": None, "ppvDetail": {"ppv1": None}, "pevDetail": None}, {"new": 1}]
)
async def test_success_without_values(flavour: Any, service: Any, data: Any) -> None:
    """Code 200 with nulls all over, nested ones included, is PartialData."""
    service.answers["getLastPowerData"] = data

    with pytest.raises(errors.PartialData):
        await ok(flavour.client().get_realtime_power_usage())


async def test_rows_without_values(flavour: Any, service: Any) -> None:
    """A serial number and a time alone are no values; an empty list is an answer."""
    service.answers["getOneDayPowerBySn"] = [{"sysSn": "A", "uploadTime": "2026-08-04 00:00:04"}]
    with pytest.raises(errors.PartialData):
        await ok(flavour.client().get_historical_power_usage("2026-08-04"))

    service.answers["getOneDayPowerBySn"] = []
    assert await ok(flavour.client().get_historical_power_usage("2026-08-04")) == []


async def test_a_wrong_type_is_named_by_its_path(flavour: Any, service: Any) -> None:
    """The error about a wrong value names its place."""
    service.answers["getChargeConfigInfo"] = {"batHighCap": "full", "gridCharge": 1}

    with pytest.raises(errors.BadResponse, match=r"\$\.data\.batHighCap"):
        await ok(flavour.client().get_charging_settings())


async def test_one_unreadable_figure_costs_itself_only(flavour: Any, service: Any) -> None:
    """Readings take what can be read, and the record still has what was sent."""
    service.answers["getLastPowerData"] = {
        "soc": "full",
        "pgrid": 1,
        "ppvDetail": {"ppv1": "--", "ppv2": 7},
        "novel": 1,
    }

    found = await ok(flavour.client().get_realtime_power_usage())

    assert (found.soc, found.pgrid, found.ppv_detail.ppv1, found.ppv_detail.ppv2) == (None, 1, None, 7)
    assert found.unreadable() == {"soc": "full"}
    assert found.ppv_detail.unreadable() == {"ppv1": "--"}
    assert found.extras == {"novel": 1, "soc": "full"}
    assert len(set(found.keys())) == len(found.keys())


@pytest.mark.parametrize("day", [datetime(2026, 8, 4, tzinfo=UTC), "4.8.2026", 20260804, None])
async def test_no_calendar_day(flavour: Any, service: Any, day: Any) -> None:
    """An instant is not a day without a zone; nothing is sent."""
    with pytest.raises(errors.InvalidValue, match="calendar day"):
        await ok(flavour.client().get_historical_energy_usage(day))

    assert not service.requests


@pytest.mark.parametrize(("code", "expected"), [(6007, errors.AuthenticationFailed), (6005, errors.NotBound)])
async def test_a_refusal_is_raised_once(flavour: Any, service: Any, code: int, expected: type[Exception]) -> None:
    """What trying again cannot help is not tried again."""
    service.answers["getLastPowerData"] = code

    with pytest.raises(expected):
        await ok(flavour.client().get_realtime_power_usage())

    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"<html>Access denied</html>", b"Forbidden", b"", b'{"message":"Forbidden"}'])
async def test_a_firewall_is_no_wrong_secret(flavour: Any, service: Any, status: int, body: bytes) -> None:
    """AlphaESS refuses credentials by code, with HTTP 200; any 401 or 403 is of something in between."""
    service.answers["getLastPowerData"] = httpx.Response(status, content=body)

    with pytest.raises(errors.BadResponse, match="does not come from the vendor's API"):
        await ok(flavour.client().get_realtime_power_usage())


async def test_a_retry_after_of_a_month_blocks_for_a_minute(flavour: Any, service: Any) -> None:
    """It raises at once with the whole figure; afterwards calls are made at the slow pace."""
    service.answers["getLastPowerData"] = httpx.Response(429, headers={"Retry-After": "2592000"})
    api = flavour.client()
    with pytest.raises(errors.RateLimited) as raised:
        await ok(api.get_realtime_power_usage())
    service.answers["getLastPowerData"] = {"pgrid": 1}
    flavour.clock.advance(61)

    assert raised.value.retry_after == timedelta(days=30)
    assert (await ok(api.get_realtime_power_usage()))["pgrid"] == 1


async def test_too_many_requests_are_spaced_out(flavour: Any, service: Any) -> None:
    """After 6053 the call waits ten seconds, and so do the next ones."""
    answers: list[Any] = [6053, {"pgrid": 1}, {"pgrid": 2}, {"pgrid": 3}]
    service.answers["getLastPowerData"] = lambda _: answers.pop(0)
    api = flavour.client()
    before = flavour.clock.now()

    assert (await ok(api.get_realtime_power_usage()))["pgrid"] == 1
    assert flavour.clock.now() - before == timedelta(seconds=10)

    await ok(api.get_realtime_power_usage())
    await ok(api.get_realtime_power_usage())
    assert flavour.clock.now() - before == timedelta(seconds=30)


def dated(code: int, now: datetime, msg: str = "…") -> httpx.Response:
    headers = {"Date": format_datetime(now, usegmt=True)}
    data: Any = [] if code == 200 else None
    return httpx.Response(200, json={"code": code, "msg": msg, "data": data}, headers=headers)


async def test_a_clock_that_is_off_is_corrected_once(flavour: Any, service: Any) -> None:
    """6009 for a skewed clock: the offset is learnt from Date, and the call goes out again."""
    true_now = flavour.clock.now() + timedelta(minutes=10)

    def answer(request: httpx.Request) -> httpx.Response:
        signed = int(request.headers["timeStamp"])
        return dated(200 if abs(signed - true_now.timestamp()) < 300 else 6009, true_now)

    service.answers["getEssList"] = answer

    await ok(flavour.client().list_systems())

    assert len(service.requests) == 2


async def test_an_allow_list_is_distinguished_from_a_clock(flavour: Any, service: Any) -> None:
    """6009 after the clock was corrected, or with a right clock, is the allow-list."""
    for offset in (timedelta(0), timedelta(minutes=10)):
        true_now = flavour.clock.now() + offset
        service.answers["getEssList"] = lambda _, now=true_now: dated(6009, now)

        with pytest.raises(errors.PermissionDenied, match="allow-list"):
            await ok(flavour.client().list_systems())


async def test_a_day_to_come(flavour: Any, service: Any) -> None:
    """6026 for a future day is not tried again."""
    service.answers["getOneDateEnergyBySn"] = 6026

    with pytest.raises(errors.InvalidValue):
        await ok(flavour.client().get_historical_energy_usage("2026-08-06"))

    assert len(service.requests) == 1


async def test_405_without_a_code(flavour: Any, service: Any) -> None:
    """Spring's own error body has no code."""
    service.answers["getEssList"] = httpx.Response(405, json=answers.WRONG_VERB)

    with pytest.raises(errors.BadResponse):
        await ok(flavour.client().list_systems())


@pytest.mark.parametrize(
    "body", ["<html>502</html>", "", "[]", "null", '{"code": 200, "data": [', '{"data": []}', '{"code": "x"}']
)
async def test_no_envelope(flavour: Any, service: Any, body: str) -> None:
    """HTML, nothing, other JSON: each raises an error and none becomes None."""
    service.answers["getEssList"] = httpx.Response(200, text=body)

    with pytest.raises(errors.BadResponse):
        await ok(flavour.client().list_systems())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (answers.NO_PERMISSION, errors.PermissionDenied),
        (answers.EMPTY_LIST, errors.InvalidValue),
        (answers.ALREADY_BOUND, errors.RequestError),
        (answers.BUSY, errors.ServiceUnavailable),
        (answers.TOO_MANY, errors.RateLimited),
        (answers.SKEW, errors.ClockSkew),
        (answers.OTHER_HOST, errors.ConfigurationError),
        (answers.MALFORMED, errors.InvalidValue),
        (answers.PARAMETER, errors.InvalidValue),
    ],
)
async def test_real_refusals(flavour: Any, service: Any, body: Any, expected: type[Exception]) -> None:
    """Each refusal that was seen raises its own error."""
    service.answers["getEssList"] = lambda _: httpx.Response(200, json=body)

    with pytest.raises(expected):
        await ok(flavour.client().list_systems())


async def test_no_secret_is_shown(flavour: Any, service: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Neither repr nor errors nor logs hold the secret, and serial numbers are shortened."""
    caplog.set_level("DEBUG")
    service.answers["getLastPowerData"] = 6005
    secret = "c2d2ef6c047c49678e2c332fb2d74c3c"
    kind: Any = AlphaESS if flavour.name == "sync" else AsyncAlphaESS
    api = kind("app", secret, "AL70110230300001", transport=httpx.MockTransport(service), clock=flavour.clock)

    with pytest.raises(errors.NotBound) as caught:
        await ok(api.get_realtime_power_usage())

    shown = f"{api!r} {vars(caught.value)} {caught.value!r} {caught.value} {caplog.text}"
    assert secret not in shown
    assert service.requests[0].headers["sign"] not in shown
    assert "AL70110230300001" not in f"{api!r} {caught.value} {caplog.text}"
    assert caught.value.device_id == "AL70110230300001"


def test_constructors() -> None:
    """Positional, by name, and under the prototype's name for the serial number."""
    clock = ManualClock(datetime(2026, 8, 4, tzinfo=UTC))

    assert AlphaESS("app", "secret", "SN").serial_number == "SN"
    assert AlphaESS(app_id="app", app_secret="secret", device_serial_number="SN").serial_number == "SN"
    assert AsyncAlphaESS("app", "secret", clock=clock).serial_number is None
    with pytest.raises(errors.InvalidValue):
        AlphaESS("app", "secret", "ONE", device_serial_number="TWO")
    with pytest.raises(errors.MissingCredential, match="app_secret"):
        AlphaESS("app", "")


def test_both_flavours_are_alike() -> None:
    """Same names, same parameters."""
    renamed = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}

    def signatures(kind: type) -> dict[str, list[str]]:
        return {
            renamed.get(name, name): list(inspect.signature(member).parameters)
            for name, member in inspect.getmembers(kind, inspect.isfunction)
        }

    assert signatures(AlphaESS) == signatures(AsyncAlphaESS)


async def test_real_answers_to_writes(flavour: Any, service: Any) -> None:
    """Success with null for data is success."""
    off = (time(0), time(0))
    service.answers["updateChargeConfigInfo"] = lambda _: httpx.Response(200, json=answers.WRITTEN)

    assert await ok(flavour.client().set_charging_settings(0.9, False, off, off)) is None


async def test_the_only_public_charger(flavour: Any, service: Any) -> None:
    """The shapes of homeassistant-alphaESS's parser test."""
    service.answers["getEvChargerConfigList"] = [answers.CHARGER]
    service.answers["getEvChargerStatusBySn"] = {"evchargerStatus": 3}
    service.answers["getEvChargerCurrentsBySn"] = {"currentsetting": 16}
    api = flavour.client()

    (charger,) = await ok(api.get_ev_charger_list())
    state = await ok(api.get_ev_charger_status(charger["evchargerSn"]))

    assert (charger["evchargerSn"], charger.evcharger_model) == ("EV123", "SMILE-EVCT11")
    assert state.evcharger_status is EvChargerStatus.CHARGING
    assert state["evchargerStatus"] == 3
    assert await ok(api.get_ev_charger_current_draw_settings()) == 16.0


async def test_an_offline_system(flavour: Any, service: Any) -> None:
    """No serial number, Offline, and still its sizes; an unusual status is a word like any other."""
    service.answers["getEssList"] = [answers.OFFLINE]
    (offline,) = await ok(flavour.client().list_systems())
    service.answers["getEssList"] = [{"sysSn": "X", "emsStatus": "Dozing"}]
    (novel,) = await ok(flavour.client().list_systems())

    assert (offline.ems_status, offline.sys_sn, offline.poinv) == ("Offline", "", 20.0)
    assert novel.ems_status == "Dozing"
    assert not novel.ems_status.known
