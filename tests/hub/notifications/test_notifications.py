"""Notifications: each thing once, its end too, never too many, and no secret or whole serial number."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest
from planned_home import NOW, House, house_with, priced

from openpower import Channel, Failure, Role
from openpower_core.clock import ScaledClock
from openpower_core.control import BatteryCommand
from openpower_core.errors import AuthenticationFailed, ConfigurationError, ServiceUnavailable
from openpower_core.writes import ActiveCommand, Receipt, WriteState
from openpower_hub.changes import Change, What
from openpower_hub.control import Order
from openpower_hub.execution import Executor
from openpower_hub.journal import Journal
from openpower_hub.notifications import MOST_PER_HOUR, Notifications
from openpower_hub.plans import PlannedAction

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def home_with(clock: Any = None, **keys: Any) -> AsyncGenerator[House]:
    async with house_with({"notifications": keys}, Notifications, clock=clock) as home:
        home.price(*priced(*[0.3] * 5))
        yield home


def told(home: House) -> list[str]:
    """What would be sent next."""
    found: Any = home.planner._queue
    return [found.get_nowait()[1] for _ in range(found.qsize())]


def after(home: House, minutes: float) -> list[str]:
    """Look each minute for so long, and return what was told."""
    texts: list[str] = []
    for _ in range(int(minutes)):
        home.planner.look()
        texts += told(home)
        home.clock.sleep(60)
    return texts


def receipt(home: House, **more: Any) -> Receipt:
    command = BatteryCommand(mode="charge", until=NOW + 60 * MINUTE)
    about = {"id": "w1", "state": WriteState.NOT_APPLIED, "operation": "command", "at": NOW, "command": command}
    return Receipt(**{**about, "device_id": home.of(Role.BATTERY).info.id, **more})


def change(home: House, error: str = "", **more: Any) -> Change:
    battery = home.of(Role.BATTERY)
    return Change(
        what=What.RECEIPT, home="house", device=battery, receipt=receipt(home, **more), by="rules.night", error=error
    )


async def test_a_command_that_failed_is_told_once() -> None:
    """However often its receipt comes; one that was confirmed is not told."""
    async with home_with() as home:
        for _ in range(3):
            home.planner.take(change(home, error="the vendor says no."))
        home.planner.take(change(home, id="w2", state=WriteState.CONFIRMED))
        home.planner.take(change(home, id="w3", note="It still shows auto."))

        assert told(home) == [
            "The battery was told to charge until 19:00 UTC by rules.night, and that failed: the vendor says no.",
            "The battery was told to charge until 19:00 UTC by rules.night, and that failed: It still shows auto.",
        ]


async def test_an_order_that_failed_before_there_was_a_receipt() -> None:
    """Such as one of a rule, for which the vendor could not be reached; it is told once though it is tried again."""
    async with home_with() as home:
        battery = home.of(Role.BATTERY)
        executor = Executor(home.hub, Journal("rules", NOW), {})
        order = Order(operation="charge")
        end = NOW + 60 * MINUTE
        action = PlannedAction(
            by="rules.night", home="house", key=battery.key, start=NOW, end=end, order=order, why="It is cheap."
        )
        with home.hub.bus.subscribe(What.RECEIPT) as changes:
            for _ in range(3):
                executor._fail(battery, action, ServiceUnavailable("the vendor is down.", provider="demo"))
            home.planner.take(await changes.next())

            assert told(home) == ["An order of rules.night for the battery failed: demo: the vendor is down."]
            assert changes._waiting == {}


async def test_serial_numbers_are_not_told() -> None:
    """Neither that of the device nor another that looks like one."""
    async with home_with() as home:
        serial = home.of(Role.BATTERY).info.serial
        home.planner.take(change(home, error=f"{serial} and AL70110230300001 are offline."))

        (text,) = told(home)
        assert serial not in text
        assert "AL70110230300001" not in text


async def test_an_overdue_release() -> None:
    """After two minutes, once, and that it was released in the end."""
    async with home_with() as home:
        battery = home.of(Role.BATTERY)
        battery.active = ActiveCommand(
            id="1", device_id=battery.info.id, operation="command", since=NOW, release_due=NOW, overdue=True
        )
        assert after(home, 2) == []
        (text,) = after(home, 10)
        assert text.startswith("A command of the battery should have ended at 18:00 UTC and is not released yet.")

        battery.active = None
        assert after(home, 5) == ["The overdue command of the battery is released."]


async def test_a_release_that_is_late_by_a_minute() -> None:
    """Is not worth a message."""
    async with home_with() as home:
        battery = home.of(Role.BATTERY)
        battery.active = ActiveCommand(
            id="1", device_id=battery.info.id, operation="command", since=NOW, release_due=NOW, overdue=True
        )
        texts = after(home, 1)
        battery.active = None

        assert texts + after(home, 5) == []


def lose(home: House, error: Any = None) -> None:
    for state in home.home.devices.values():
        state.error = error


async def test_a_vendor_that_is_lost_and_back() -> None:
    """One message for its five devices, after five minutes; and one when it is back."""
    async with home_with() as home:
        lose(home, ServiceUnavailable("the vendor is down.", provider="demo"))
        assert after(home, 5) == []
        assert after(home, 60) == ["demo cannot be read: demo: the vendor is down."]
        lose(home)
        assert after(home, 5) == ["demo answers again."]


async def test_a_vendor_that_comes_and_goes() -> None:
    """Is told once, not each time within half an hour."""
    async with home_with() as home:
        texts = []
        for _ in range(3):
            lose(home, ServiceUnavailable("the vendor is down.", provider="demo"))
            texts += after(home, 7)
            lose(home)
            texts += after(home, 1)

        assert texts == ["demo cannot be read: demo: the vendor is down.", "demo answers again."]


async def test_one_device_that_fails_is_no_lost_vendor() -> None:
    """The others answer."""
    async with home_with() as home:
        home.of(Role.METER).error = ServiceUnavailable("the meter is down.", provider="demo")

        assert after(home, 20) == []


async def test_a_profile_that_cannot_sign_in() -> None:
    """It is lost as well, though it has no devices."""
    async with home_with() as home:
        home.home.devices.clear()
        error = AuthenticationFailed("the password is wrong.", provider="demo")
        home.home.failures["demo"] = (Failure(provider="demo", error=error),)

        assert after(home, 10) == ["demo cannot be read: demo: the password is wrong."]


async def test_a_price_spike() -> None:
    """Once when it begins, and once when it is over."""
    async with home_with(spike_above=1.0) as home:
        home.price(*priced(1.5, 1.2, 0.3))
        texts = after(home, 119)
        texts += after(home, 20)

        assert texts == [
            "Price spike: electricity costs 1.5000 EUR/kWh now.",
            "The price spike is over (electricity costs).",
        ]


async def test_spikes_by_the_retailers_word() -> None:
    """Without a price of one's own."""
    async with home_with() as home:
        spike = [attrs.evolve(each, spike=True, per_kwh=Decimal(9)) for each in priced(1, channel=Channel.EXPORT)]
        home.price(*priced(5.0), *spike)

        assert after(home, 1) == ["Price spike: feed-in pays 9.0000 EUR/kWh now."]


async def test_only_what_is_asked_for() -> None:
    """events = ["overdue"] tells nothing else."""
    async with home_with(events=["overdue"], spike_above=0.1) as home:
        home.planner.take(change(home, error="no."))
        lose(home, ServiceUnavailable("down.", provider="demo"))

        assert after(home, 20) == []


async def test_never_more_than_some_in_an_hour() -> None:
    """What was left out is counted."""
    async with home_with() as home:
        texts = []
        for number in range(50):
            home.planner.take(change(home, id=str(number), error=f"no. {number}"))
            texts += told(home)
        assert len(texts) == MOST_PER_HOUR
        home.clock.sleep(3700)
        home.planner.take(change(home, id="last", error="no."))

        assert told(home)[0].endswith("(30 more messages were left out.)")


async def test_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to do."""
    monkeypatch.delenv("OPENPOWER_NOTIFICATIONS", raising=False)
    async with home_with() as home:
        with pytest.raises(ConfigurationError, match="no addresses") as error:
            await home.planner.run()

        assert "OPENPOWER_NOTIFICATIONS" in str(error.value.hint)


class Received(HTTPServer):
    """A service that takes messages, and answers as the test says."""

    status = 200
    messages: list[dict[str, Any]]


@pytest.fixture
def service() -> Generator[Received]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.messages.append(json.loads(body))
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            del format, args

    server = Received(("127.0.0.1", 0), Handler)
    server.messages = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def running(home: House, until: Any) -> None:
    """Run until something is so, for at most twenty seconds: apprise takes a while to load."""
    task = asyncio.ensure_future(home.planner.run())
    try:
        for _ in range(400):
            if until() or task.done():
                return
            home.hub.bus.publish(Change(what=What.COMMAND, home="house"))
            await asyncio.sleep(0.05)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_it_arrives(service: Received, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By apprise itself, from a file with a comment; the title names the home."""
    monkeypatch.delenv("OPENPOWER_NOTIFICATIONS", raising=False)
    file = tmp_path / "urls"
    file.write_text(f"# to the kitchen\njson://127.0.0.1:{service.server_port}/\n", encoding="utf-8")
    async with home_with(urls_file=str(file), spike_above=0.1, clock=ScaledClock(NOW, 1)) as home:
        await running(home, lambda: service.messages)

        assert [(each["title"], each["message"]) for each in service.messages] == [
            ("openpower: House", "Price spike: electricity costs 0.3000 EUR/kWh now.")
        ]


async def test_an_address_that_is_dead(
    service: Received, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning without the password; the other addresses get everything."""
    urls = f"json://me:hunter2@127.0.0.1:1/ json://127.0.0.1:{service.server_port}/"
    monkeypatch.setenv("OPENPOWER_NOTIFICATIONS", urls)
    async with home_with(clock=ScaledClock(NOW, 1)) as home:
        with caplog.at_level(logging.DEBUG):
            for number in range(3):
                home.planner.take(change(home, id=str(number), error=f"no. {number}"))
            await running(home, lambda: len(service.messages) == 3)

        assert len(service.messages) == 3
        warnings = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
        assert warnings == ["notifications: address 1 (json) cannot be reached; messages to it are lost."]
        assert "hunter2" not in caplog.text


async def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is named by its number, since it may hold a password."""
    monkeypatch.setenv("OPENPOWER_NOTIFICATIONS", "nothing://secret-word")
    async with home_with(clock=ScaledClock(NOW, 1)) as home:
        home.planner.take(change(home, error="no."))
        await running(home, lambda: "notifications" in home.hub.problems)

        assert home.hub.problems["notifications"].startswith("[notifications]: address 1 is none that apprise knows.")
        assert "secret-word" not in caplog.text


def test_apprise_is_loaded_for_the_first_message_only() -> None:
    """It takes memory that a hub without messages does not need."""
    code = "import sys, openpower_hub.notifications; print('apprise' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"
