"""Answers of AlphaESS go over real HTTP through the client, in both flavours, and lose nothing on the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import alphaess_answers as answers
import pytest

from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_testing.faults import FaultServer

DAY = "2026-08-04"
NOW = datetime(2026, 8, 4, 18, 12, tzinfo=UTC)

CALLS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("list_systems", (), [answers.SYSTEM, answers.SYSTEM | {"sysSn": "AL0000000000002"}]),
    ("list_systems", (), [answers.PLUG_IN]),
    ("list_systems", (), [answers.OFFLINE]),
    ("get_realtime_power_usage", (), answers.EVENING),
    ("get_realtime_power_usage", (), answers.EXPORTING),
    ("get_system_summary", (), answers.SUMMARY),
    ("get_historical_power_usage", (DAY,), [answers.ROW]),
    ("get_historical_energy_usage", (DAY,), answers.DAY_ENERGY),
    ("get_historical_energy_usage", (DAY,), answers.NO_ENERGY),
    ("get_charging_settings", (), answers.CHARGE),
    ("get_charging_settings", (), answers.CHARGE_STALE),
    ("get_charging_settings", (), answers.CHARGE_DEFAULT | {"batHighCap": 100.0}),
    ("get_discharging_settings", (), answers.DISCHARGE),
    ("get_discharging_settings", (), answers.DISCHARGE_DEFAULT),
    ("get_periodic_schedule", (), answers.WEEKLY),
    ("get_periodic_schedule", (), answers.DOCUMENTED_READ),
    ("get_ev_charger_list", (), []),
]

# The code, and what section 1.5 of the vendor's reference says that it means.
REFUSALS: list[tuple[Any, type[errors.OpenPowerError]]] = [
    (answers.PARAMETER, errors.InvalidValue),
    (answers.WRONG_VERB, errors.BadResponse),
    (answers.NO_PERMISSION, errors.PermissionDenied),
    (answers.EMPTY_LIST, errors.InvalidValue),
    (answers.ALREADY_BOUND, errors.RequestError),
    (answers.BUSY, errors.ServiceUnavailable),
    (answers.TOO_MANY, errors.RateLimited),
    (answers.SKEW, errors.AuthError),
    (answers.OTHER_HOST, errors.ConfigurationError),
    (answers.MALFORMED, errors.InvalidValue),
]


@pytest.mark.parametrize(("method", "arguments", "data"), CALLS)
async def test_an_answer_keeps_every_value(
    flavour: Any, server: FaultServer, method: str, arguments: Any, data: Any
) -> None:
    """Each value is available under the vendor's own key, nested ones too, and no field is unknown."""
    got = await _call(flavour, server, answers.envelope(data), method, *arguments)

    found = got if isinstance(got, list) else [got]
    sent = data if isinstance(data, list) else [data]
    assert [record.to_vendor(drop_none=True) for record in found] == [_without_nulls(raw) for raw in sent]
    assert all(record[key] is None for record, raw in zip(found, sent, strict=True) for key in raw if raw[key] is None)
    assert not any(record.extras for record in found)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("answer", "expected"), REFUSALS)
async def test_a_refusal_raises_its_error(
    flavour: Any, server: FaultServer, answer: Any, expected: type[errors.OpenPowerError]
) -> None:
    """By its code, which stays on the error."""
    with pytest.raises(expected) as caught:
        await _call(flavour, server, answer, "list_systems")

    if "code" in answer:
        assert caught.value.vendor_code == str(answer["code"])


@pytest.mark.parametrize("sent", [32.0, 16])
async def test_the_households_current_limit(flavour: Any, server: FaultServer, sent: float) -> None:
    """What get_ev_charger_current_draw_settings gives is the answer's number, as a float."""
    answer = answers.envelope({"currentsetting": sent})

    amps = await _call(flavour, server, answer, "get_ev_charger_current_draw_settings")

    assert isinstance(amps, float)
    assert amps == sent


async def test_the_charger_of_the_parser_test(flavour: Any, server: FaultServer) -> None:
    """EV123 is a SMILE-EVCT11, and 3 means that it charges."""
    status = answers.envelope({"evchargerStatus": 3})

    (charger,) = await _call(flavour, server, answers.envelope([answers.CHARGER]), "get_ev_charger_list")
    state = await _call(flavour, server, status, "get_ev_charger_status", "EV123")

    assert (charger["evchargerSn"], charger["evchargerModel"]) == ("EV123", "SMILE-EVCT11")
    assert state["evchargerStatus"] == 3
    assert state["evchargerStatus"].name == "CHARGING"


async def test_a_success_without_data_is_none(flavour: Any, server: FaultServer) -> None:
    """Setters return None."""
    got = await _call(flavour, server, answers.WRITTEN, "set_ev_charger_current_draw_settings", 32)

    assert got is None


async def test_the_evening_through_connect(flavour: Any, server: FaultServer) -> None:
    """The battery gives 1264 W, the grid 11 W, the house takes 1275 W, and nothing is left over."""
    for data in ([answers.SYSTEM], [], answers.EVENING):
        _queue(server, answers.envelope(data))
    home = flavour.connect("alphaess", app_id="app", app_secret="secret", base_url=f"{server.url}/api")

    battery = (await flavour.ok(home.batteries()))[0]
    meter = (await flavour.ok(home.meters()))[0]
    inverter = (await flavour.ok(home.inverters()))[0]
    power = await flavour.ok(battery.read())
    grid = await flavour.ok(meter.read())
    house = await flavour.ok(inverter.read())
    await flavour.close(home)

    assert (power.power_w, power.discharging_w, power.charging_w, power.soc_pct) == (1264, 1264, 0, 56)
    assert (grid.power_w, grid.importing_w, grid.exporting_w) == (11, 11, 0)
    assert (house.load_w, house.pv_w) == (1275, 0)
    assert house.pv_w + power.power_w + grid.power_w == house.load_w


async def _call(flavour: Any, server: FaultServer, answer: Any, method: str, *arguments: Any) -> Any:
    _queue(server, answer, times=9)
    api = flavour.alphaess(
        "app", "secret", answers.SERIAL, base_url=f"{server.url}/api", clock=ManualClock(NOW), timeout=5
    )
    try:
        return await flavour.ok(getattr(api, method)(*arguments))
    finally:
        await flavour.close(api)
        server.clear()


def _queue(server: FaultServer, answer: Any, times: int = 1) -> None:
    status = answer.get("status", 200)
    server.fail("status", status=status, times=times, body=json.dumps(answer).encode())
