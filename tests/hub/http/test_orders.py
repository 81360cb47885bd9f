"""Orders over HTTP: planned first, sent once however often a button is pressed, and honest about what was sent."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.control import UNTIL_RELEASED
from openpower_core.devices.roles import Role
from openpower_core.errors import (
    AuthenticationFailed,
    BadResponse,
    ClockSkew,
    ConfigurationError,
    NetworkError,
    OpenPowerError,
    RateLimited,
    ServiceUnavailable,
    Timeout,
    Unsupported,
    Veto,
    WriteBudgetExhausted,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.secrets import mask_text
from openpower_core.writes import Receipt, WriteState
from openpower_hub.control import MOST_PER_MINUTE, OPERATIONS, Order
from openpower_hub.engine import Hub
from openpower_hub.http.orders import order_of
from openpower_hub.http.problems import problem, sent

from .conftest import DRIVER, NOON, READER, SERIAL, Caller, key_of

Presses = Any


@pytest.fixture
def battery(hub: Hub) -> str:
    return key_of(hub, Role.BATTERY)


async def post(call: Caller, device: str, what: str, body: Any = None, key: str | None = None, **more: Any) -> Any:
    """The answer to an order of somebody who may control."""
    headers = {} if key is None else {"Idempotency-Key": key}
    given = {"json": body} if body is not None else {}
    return await call(more.pop("bearer", DRIVER)).post(f"/api/v1/devices/{device}/{what}", headers=headers, **given)


def writes(hub: Hub, device: str) -> list[Receipt]:
    """What was sent to a device, each write once."""
    found = {receipt.id: receipt for receipt, _ in hub.find(device)[1].receipts}
    return [receipt for receipt in found.values() if receipt.state.sent]


async def test_an_order_that_was_sent_is_never_called_unsent(
    call: Caller, hub: Hub, battery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state folder fails just after the order was sent: pressing again must not send it again."""
    device = hub.find(battery)[1].device

    async def unreadable(_self: Any) -> Any:
        raise ConfigurationError("the state folder cannot be read.")

    monkeypatch.setattr(type(device), "active_command", unreadable)
    for _ in range(2):
        answer = await post(call, battery, "command", {"operation": "hold"}, key="press")
        assert answer.json()["sent"] is True
    assert len(writes(hub, battery)) == 1


async def test_a_plan_sends_nothing(call: Caller, hub: Hub, battery: str) -> None:
    """It says what would be sent; who may only read may ask for it."""
    answer = await post(
        call, battery, "plan", {"operation": "charge", "target_soc_pct": 90, "power_w": 2500}, bearer=READER
    )
    plan = answer.json()

    assert answer.status_code == 200
    assert plan["state"] == "planned"
    assert plan["sent"] is False
    assert plan["command"]["mode"] == "charge"
    assert plan["command"]["target_soc_pct"] == 90
    assert [each["fate"] for each in plan["calls"]] == [None]
    assert writes(hub, battery) == []
    assert hub.find(battery)[1].active is None


async def test_a_command_is_sent_shown_and_released(call: Caller, hub: Hub, battery: str) -> None:
    """Its receipt comes at once, the device shows it, and a release ends it; a second one is a no-op that says so."""
    answer = await post(call, battery, "command", {"operation": "hold", "until": "2026-08-01T13:00:00+10:00"})
    shown = (await call(READER).get(f"/api/v1/devices/{battery}")).json()["command"]
    released = (await post(call, battery, "release")).json()
    again = (await post(call, battery, "release")).json()

    assert answer.status_code == 200
    assert answer.json()["state"] == "accepted"
    assert answer.json()["by"] == "http:driver"
    assert answer.headers["Cache-Control"] == "no-store"
    assert shown["command"]["mode"] == "hold"
    assert shown["until"] == "2026-08-01T03:00:00Z"
    assert shown["id"] == answer.json()["id"]
    assert released["sent"] is True
    assert again["state"] == "unchanged"
    assert (await call(READER).get(f"/api/v1/devices/{battery}")).json()["command"] is None


async def test_a_command_without_an_end_shows_the_one_that_it_got(call: Caller, hub: Hub, battery: str) -> None:
    """The home's ``command_duration`` (24 hours) ends it, though the order named no end."""
    receipt = (await post(call, battery, "command", {"operation": "hold"})).json()
    shown = (await call(READER).get(f"/api/v1/devices/{battery}")).json()["command"]

    assert shown["command"]["until"] is None
    ends = datetime.fromisoformat(shown["until"]) - datetime.fromisoformat(receipt["at"])
    assert abs(ends - timedelta(hours=24)) < timedelta(seconds=5)


async def test_pressing_twice_is_one_write(call: Caller, hub: Hub, battery: str) -> None:
    """Also at the same instant: all get the answer of the first."""
    order = {"operation": "hold"}
    together = await asyncio.gather(*(post(call, battery, "command", order, "press-1") for _ in range(5)))
    later = await post(call, battery, "command", order, "press-1")

    assert {each.status_code for each in [*together, later]} == {200}
    assert len({each.json()["id"] for each in [*together, later]}) == 1
    assert len(writes(hub, battery)) == 1


async def test_another_press_is_another_order(call: Caller, hub: Hub, battery: str) -> None:
    """Keys belong to one caller, one device and one order, for a day."""
    hold, charge = {"operation": "hold"}, {"operation": "charge", "target_soc_pct": 90}
    await post(call, battery, "command", hold, "press-1")
    reused = await post(call, battery, "command", charge, "press-1")
    other = await post(call, battery, "command", charge, "press-2")
    released = await post(call, battery, "release", None, "press-1")

    assert reused.status_code == 422
    assert "Idempotency-Key" in reused.json()["detail"]
    assert reused.json()["sent"] == "nothing"
    assert other.status_code == 200
    assert released.status_code == 422
    assert len(writes(hub, battery)) == 2


async def test_a_key_is_forgotten_after_a_day(call: Caller, hub: Hub, clock: ManualClock, battery: str) -> None:
    """Then it is a new order."""
    first = await post(call, battery, "command", {"operation": "hold"}, "press-1")
    clock.advance(timedelta(hours=25))
    second = await post(call, battery, "command", {"operation": "hold"}, "press-1")

    assert second.json()["id"] != first.json()["id"]


async def test_what_was_not_sent_may_be_pressed_again(
    call: Caller, hub: Hub, battery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that says "nothing was sent" does not stick to the key; one that may have been sent does."""
    device: Any = hub.find(battery)[1].device
    answers: list[OpenPowerError] = [
        NetworkError("no route.", nothing_sent=True),
        NetworkError("the answer was lost."),
        BadResponse("not asked again."),
    ]
    tried: list[Any] = []

    async def command(*what: Any, **more: Any) -> None:
        tried.append(what)
        raise answers[len(tried) - 1]

    monkeypatch.setattr(type(device), "command", command)
    found = [(await post(call, battery, "command", {"operation": "hold"}, "press-1")).json() for _ in range(4)]

    assert [each["sent"] for each in found] == ["nothing", "maybe", "maybe", "maybe"]
    assert found[1]["detail"] == found[3]["detail"] == "the answer was lost."
    assert len(tried) == 2


async def test_hanging_up_does_not_stop_an_order_half_way(
    call: Caller, hub: Hub, battery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again with the same key learns what became of it."""
    device: Any = hub.find(battery)[1].device
    real, entered, go_on = type(device).command, asyncio.Event(), asyncio.Event()

    async def command(self: Any, *what: Any, **more: Any) -> Any:
        entered.set()
        await go_on.wait()
        return await real(self, *what, **more)

    monkeypatch.setattr(type(device), "command", command)
    first = asyncio.create_task(post(call, battery, "command", {"operation": "hold"}, "press-1"))
    await entered.wait()
    first.cancel()
    go_on.set()
    answer = await post(call, battery, "command", {"operation": "hold"}, "press-1")

    assert answer.json()["state"] == "accepted"
    assert len(writes(hub, battery)) == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129])
async def test_a_key_is_short_and_printable(call: Caller, battery: str, key: str) -> None:
    """What a header can carry, and a thousand of them cost little."""
    answer = await call(DRIVER).post(
        f"/api/v1/devices/{battery}/command", json={"operation": "hold"}, headers=[(b"idempotency-key", key.encode())]
    )

    assert answer.status_code == 422


# Rights


async def test_who_may_only_read_orders_nothing(call: Caller, hub: Hub, battery: str) -> None:
    """401 without a token, 403 with one that has not the right; the answer says that nothing was sent."""
    for what in ("command", "release"):
        here = await call().post(f"/api/v1/devices/{battery}/{what}", json={"operation": "hold"})
        reader = await post(call, battery, what, {"operation": "hold"}, bearer=READER)

        assert (here.status_code, reader.status_code) == (401, 403)
        assert here.json()["sent"] == reader.json()["sent"] == "nothing"
        assert "control" in reader.json()["hint"]
    assert writes(hub, battery) == []


async def test_control_is_off_until_it_is_switched_on(call: Caller, hub: Hub, battery: str) -> None:
    """A token with the right is not enough: the configuration names the kinds of devices."""
    client = call(DRIVER, control=[])
    command = await client.post(f"/api/v1/devices/{battery}/command", json={"operation": "hold"})
    release = await client.post(f"/api/v1/devices/{battery}/release")
    plan = await client.post(f"/api/v1/devices/{battery}/plan", json={"operation": "hold"})

    assert command.status_code == release.status_code == 403
    assert 'control = ["battery"]' in command.json()["hint"]
    assert command.json()["sent"] == "nothing"
    assert plan.status_code == 200
    assert writes(hub, battery) == []


async def test_an_automation_that_loops_is_stopped(call: Caller, battery: str) -> None:
    """A device takes so many orders a minute; a release is always taken."""
    found = [
        await post(call, battery, "command", {"operation": "charge", "target_soc_pct": 50 + n})
        for n in range(MOST_PER_MINUTE + 1)
    ]

    assert [each.status_code for each in found] == [200] * MOST_PER_MINUTE + [429]
    assert found[-1].json()["sent"] == "nothing"
    assert int(found[-1].headers["Retry-After"]) > 0
    assert (await post(call, battery, "release")).status_code == 200


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        *({"operation": name} for name, each in OPERATIONS.items() if "value" not in each.takes),
        {"operation": "charge", "target_soc_pct": 80, "power_w": 3000, "until": "released"},
        {"operation": "charge", "target_soc_pct": None, "power_w": None, "until": None},
        {"operation": "hold", "until": "2026-08-01T06:00:00.5+02:00"},
        {"operation": "reserve_soc", "value": 20},
        {"operation": "max_charge_w", "value": None},
        {"operation": "export_limit", "value": 0},
        {"operation": "current", "value": 6.5},
    ],
)
def test_what_an_order_may_be(body: dict[str, Any]) -> None:
    """Each operation with what belongs to it."""
    order = order_of(body)

    assert order.operation == body["operation"]
    assert order.value == body.get("value")
    assert order.power_w == body.get("power_w")
    if body.get("until") == "released":
        assert order.until == UNTIL_RELEASED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ("hold", "not an object"),
        ({}, "operation"),
        ({"operation": None}, "operation"),
        ({"operation": ["hold"]}, "operation"),
        ({"operation": "Hold"}, "hold"),
        ({"operation": "hold", "power_w": 1000}, "takes no 'power_w'"),
        ({"operation": "hold", "target_soc_pct": None}, "takes no"),
        ({"operation": "hold", "untill": "2026-08-01T06:00:00Z"}, "until"),
        ({"operation": "hold", "until": "2026-08-01T06:00:00"}, "zone"),
        ({"operation": "hold", "until": "06:00"}, "until"),
        ({"operation": "hold", "until": 1785542400}, "until"),
        ({"operation": "hold", "until": True}, "until"),
        ({"operation": "release", "until": None}, "nothing else"),
        ({"operation": "charge", "target_soc_pct": "80"}, "number"),
        ({"operation": "charge", "target_soc_pct": True}, "number"),
        ({"operation": "charge", "target_soc_pct": 101}, "0 to 100"),
        ({"operation": "charge", "target_soc_pct": 0.8}, "such as 80"),
        ({"operation": "reserve_soc", "value": 0.2}, "such as 80"),
        ({"operation": "charge", "power_w": 0}, "above 0"),
        ({"operation": "charge", "power_w": -2000}, "above 0"),
        ({"operation": "charge", "power_w": float("nan")}, "number"),
        ({"operation": "charge", "power_w": float("inf")}, "number"),
        ({"operation": "reserve_soc"}, "lacks value"),
        ({"operation": "reserve_soc", "value": None}, "number"),
        ({"operation": "reserve_soc", "value": 20, "power_w": 1}, "takes no"),
        ({"operation": "export_limit", "value": -1}, "from 0"),
    ],
)
async def test_what_an_order_may_not_be(call: Caller, hub: Hub, battery: str, body: Any, words: str) -> None:
    """It is refused before anything is asked of the vendor, and nothing of it is passed over in silence."""
    with pytest.raises(OpenPowerError, match=words) as caught:
        order_of(body)
    if str(body) == str(body).replace("nan", "").replace("inf", ""):  # JSON has neither
        answer = await call(DRIVER).post(f"/api/v1/devices/{battery}/command", json=body)

        assert answer.status_code == 422
        assert answer.json()["detail"] == mask_text(caught.value.message)
        assert answer.json()["sent"] == "nothing"
    assert writes(hub, battery) == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"operation": "hold"}', "text/plain", 422),
        (b'{"operation": "hold"}', "application/x-www-form-urlencoded", 422),
        (b'{"operation": "hold"}', "application/json; charset=utf-8", 200),
        (b'\xef\xbb\xbf{"operation": "hold"}', "Application/JSON", 200),
        (b'{"operation": "hold"', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[" * 60_000, "application/json", 422),
        (b" " * 65_537, "application/json", 413),
        (b"", "application/json", 422),
    ],
)
async def test_a_body_is_json_and_short(call: Caller, battery: str, content: bytes, kind: str, status: int) -> None:
    """Anything else is refused, also what would take the parser's whole stack."""
    answer = await call(DRIVER).post(f"/api/v1/devices/{battery}/plan", content=content, headers={"Content-Type": kind})

    assert answer.status_code == status


async def test_a_body_without_a_length_is_bounded_too(call: Caller, battery: str) -> None:
    """What arrives in pieces is cut off where it becomes too long."""

    async def pieces() -> Any:
        for _ in range(100):
            yield b" " * 1_000

    answer = await call(DRIVER).post(
        f"/api/v1/devices/{battery}/plan", content=pieces(), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


async def test_an_order_for_another_kind_of_device_is_refused(call: Caller, hub: Hub) -> None:
    """A meter holds nothing."""
    answer = await post(call, key_of(hub, Role.METER), "plan", {"operation": "hold"})

    assert answer.status_code == 422
    assert "for a battery, not for a meter" in answer.json()["detail"]


# Errors


def receipt(state: WriteState) -> Receipt:
    return Receipt(id="1", state=state, device_id=f"{SERIAL}/battery", operation="command", at=NOON)


@pytest.mark.parametrize(
    ("error", "status", "what"),
    [
        (Unsupported("no.", feature="export"), 409, "nothing"),
        (Veto("a guard said no."), 403, "nothing"),
        (Veto("a guard said no.", receipt=receipt(WriteState.PLANNED)), 403, "nothing"),
        (WriteBudgetExhausted("spent.", retry_at=NOON), 429, "nothing"),
        (WriteRejected("the vendor refused.", receipt=receipt(WriteState.NOT_APPLIED)), 409, "sent"),
        (WriteNotConfirmed("a part.", receipt=receipt(WriteState.PARTIAL)), 502, "sent"),
        (NetworkError("gone."), 502, "maybe"),
        (NetworkError("gone.", nothing_sent=True), 502, "nothing"),
        (Timeout("late."), 504, "maybe"),
        (ServiceUnavailable("down."), 503, "maybe"),
        (RateLimited("slow.", retry_after=timedelta(seconds=1.2)), 429, "maybe"),
        (BadResponse("HTML."), 502, "maybe"),
        (AuthenticationFailed("the vendor does not know us."), 502, "maybe"),
        (ClockSkew("a clock in 1970; nothing was sent."), 503, "nothing"),
    ],
)
def test_an_error_says_whether_anything_was_sent(error: OpenPowerError, status: int, what: str) -> None:
    """The status of its class; a vendor's 401 is not the caller's; and "maybe" unless it is known."""
    answer = problem(error, order=True)

    assert answer.status_code == status
    assert sent(error) == what
    assert f'"sent": "{what}"' in bytes(answer.body).decode()
    if isinstance(error, RateLimited):
        assert answer.headers["Retry-After"] == "2"


async def test_a_failed_write_comes_with_its_receipt(
    call: Caller, hub: Hub, battery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent, call by call, and no serial number."""
    device: Any = hub.find(battery)[1].device
    failed = receipt(WriteState.PARTIAL)

    async def command(*_: Any, **__: Any) -> None:
        raise WriteNotConfirmed(f"{SERIAL} shows a part.", receipt=failed, hint="Release it.", vendor_message=SERIAL)

    monkeypatch.setattr(type(device), "command", command)
    answer = await post(call, battery, "command", {"operation": "hold"})
    found = answer.json()

    assert answer.status_code == 502
    assert found["error"] == "WriteNotConfirmed"
    assert found["detail"] == "DE…0001 shows a part."
    assert found["vendor_message"] == "DE…0001"
    assert found["hint"] == "Release it."
    assert found["sent"] == "sent"
    assert found["receipt"]["state"] == "partial"
    assert found["receipt"]["device"] == battery
    assert SERIAL not in answer.text


async def test_an_order_without_a_place_for_a_field_is_refused_for_all(hub: Hub, battery: str) -> None:
    """The engine passes nothing over either, whichever integration orders."""
    with pytest.raises(OpenPowerError, match="hold takes no power_w"):
        await hub.control.plan(hub.find(battery)[1], Order(operation="hold", power_w=1000))
