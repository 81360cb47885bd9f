"""The hub records what its homes report, whatever happens to it, to its disk and to its clock."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from hub_history import BATTERY, START, figure, ms, sample, sqlite_in

from openpower_core.clock import SYSTEM_CLOCK, Clock, ManualClock, ScaledClock
from openpower_core.connection import connect_async
from openpower_core.devices.roles import Role
from openpower_core.errors import NetworkError, OpenPowerError
from openpower_core.prices import Channel
from openpower_hub import history as recorder
from openpower_hub.config import HomeConfig, HTTPConfig, HubConfig
from openpower_hub.control import Order
from openpower_hub.engine import Hub
from openpower_hub.history import History, Store, backfill
from openpower_hub.history.database import Database
from openpower_hub.state import DeviceState

NOON = datetime(2026, 6, 10, 2, tzinfo=UTC)
ONLY = HubConfig(homes={"house": HomeConfig(name="house", profiles=("demo",))}, http=HTTPConfig(enabled=False))


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A state folder of its own, and no waiting for what is only polite."""
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("OPENPOWER_HISTORY_URL", raising=False)
    monkeypatch.setattr(recorder, "COMMIT_S", 0.05)
    monkeypatch.setattr(backfill, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(backfill, "_PAUSE_S", 0.0)
    return tmp_path


@asynccontextmanager
async def running(config: HubConfig = ONLY, *, clock: Clock = SYSTEM_CLOCK, **demo: Any) -> AsyncIterator[Hub]:
    """A hub with the simulated home."""

    def connect(profile: str, **given: Any) -> Any:
        return connect_async(profile, clock=clock, **demo, **given)

    hub = Hub(config, clock=clock, connect=connect)
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        hub.stop()
        await asyncio.wait_for(task, 20)


async def until(ask: Any, *, seconds: float = 15.0) -> Any:
    """What a coroutine function gives once it is true."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):  # noqa: ASYNC110 - of several tasks and a thread
            await asyncio.sleep(0.02)
    return found


async def battery_of(hub: Hub) -> DeviceState:
    """The battery, once it was read."""

    async def ask() -> DeviceState | None:
        found = [each for home in hub.homes.values() for each in home.of_role(Role.BATTERY)]
        return found[0] if found and found[0].reading is not None and "history" in hub.integrations else None

    found: DeviceState = await until(ask)
    return found


def store_of(hub: Hub) -> Store:
    """The history, as the page finds it."""
    found = hub.integrations["history"]
    assert isinstance(found, History)
    return found.store


async def test_a_reading_is_in_the_history_at_once_and_after_a_restart() -> None:
    """The page shows what was read seconds ago, and what another process recorded."""
    async with running() as hub:
        battery = await battery_of(hub)
        now = hub.clock.now()

        async def ask() -> Any:
            return await store_of(hub).series(
                battery.key, "soc_pct", now - timedelta(minutes=1), now, step=timedelta(minutes=5)
            )

        cells = await until(ask)
        assert battery.values["soc_pct"] == cells[-1].last
    async with running() as hub:
        again = await battery_of(hub)
        found = await store_of(hub).readings(again.key, now - timedelta(minutes=2), now + timedelta(minutes=1))

    assert battery.reading is not None
    assert battery.reading.soc_pct == pytest.approx(found[0].soc_pct, abs=0.05)  # type: ignore[attr-defined]


async def test_prices_and_receipts_are_kept() -> None:
    """The running price and the forecast; and each state of a write, with who asked, without a serial number."""
    async with running(clock=ScaledClock(NOON, 60), start=NOON - timedelta(days=1)) as hub:
        battery = await battery_of(hub)
        store = store_of(hub)
        control = hub.control.controller("test", [Role.BATTERY])
        await control.send(battery, Order(operation="hold", until=hub.clock.now() + timedelta(hours=1)))

        async def confirmed() -> Any:
            found = await store.receipts(battery.key)
            return found if any(each.state == "confirmed" for each in found) else None

        receipts = await until(confirmed)
        retailer = hub.homes["house"].of_role(Role.RETAILER)[0]
        now = hub.clock.now()

        async def priced() -> Any:
            kept = await store.prices(retailer.key, Channel.IMPORT, now, now + timedelta(hours=12))
            known = retailer.prices.on("import").between(now, now + timedelta(hours=12)) if len(retailer.prices) else ()
            return kept if [each.per_kwh for each in kept] == [each.per_kwh for each in known] else None

        prices = await until(priced)

    assert {each.state for each in receipts} == {receipt.state.value for receipt, _ in battery.receipts}
    assert {(each.by, each.mode, each.operation, each.home) for each in receipts} == {
        ("test", "hold", "command", "house")
    }
    assert len({each.id for each in receipts}) == 1
    assert receipts[0].until is not None
    assert battery.info.serial not in str(receipts)
    assert prices[0].covers(now)
    assert {each.kind.value for each in prices} >= {"forecast"}


async def test_a_gap_is_filled_from_the_vendor() -> None:
    """A day without the hub: afterwards the cells of that day are those of the vendor's own series, and say where from."""
    clock = ScaledClock(NOON, 60)
    async with running(clock=clock, start=NOON - timedelta(days=3)) as hub:
        battery = await battery_of(hub)
        key = battery.key

        async def recorded() -> Any:
            return await store_of(hub).readings(key, NOON, clock.now())

        await until(recorded)
    before = await _last(key)
    later = ScaledClock(NOON + timedelta(days=1), 60)
    async with running(clock=later, start=NOON - timedelta(days=3)) as hub:
        battery = await battery_of(hub)
        start, end = NOON + timedelta(hours=1), NOON + timedelta(hours=23)

        async def filled() -> Any:
            found = await store_of(hub).series(key, "soc_pct", start, end, step=timedelta(hours=1))
            return found if len(found) == 22 and all(each.known_s == 3600 for each in found) else None

        cells = await until(filled)
        device: Any = battery.device
        series = await device.history(start, end)
        kept = await store_of(hub).readings(key, start, end)

    assert before < start
    assert {each.stamp.interval is not None for each in kept} == {True}  # a series', no instants
    for cell in cells:
        inside = [each.soc_pct for each in series if cell.start <= each.stamp.interval[0] < cell.end]
        assert cell.mean == pytest.approx(sum(inside) / len(inside), abs=0.1)
        assert cell.high == pytest.approx(max(inside), abs=0.06)


async def test_prices_of_a_gap_are_those_that_applied() -> None:
    """What was a forecast when the hub ended is asked for again: a day later all of that time is settled."""
    start, end = NOON + timedelta(hours=3), NOON + timedelta(hours=20)

    async def asked(hub: Hub, *kinds: str) -> Any:
        for retailer in hub.homes["house"].of_role(Role.RETAILER) if hub.homes else []:
            found = await store_of(hub).prices(retailer.key, "import", start, end)
            if found and {each.kind.value for each in found} <= {*kinds}:
                return found
        return None

    async with running(clock=ScaledClock(NOON, 60), start=NOON - timedelta(days=3)) as hub:
        await battery_of(hub)
        await until(lambda: asked(hub, "forecast", "current"))
    async with running(clock=ScaledClock(NOON + timedelta(days=2), 60), start=NOON - timedelta(days=3)) as hub:
        await battery_of(hub)
        prices = await until(lambda: asked(hub, "settled"))

    assert prices[0].start <= start
    assert prices[-1].end >= end
    assert all(first.end == second.start for first, second in pairwise(prices))


async def _last(key: str) -> datetime:
    from openpower_hub.config import HistoryConfig
    from openpower_hub.history.store import location

    store = Store(Database(location(HistoryConfig())))
    found = await store.readings(key, NOON - timedelta(days=30), NOON + timedelta(days=30))
    await store.aclose()
    return max(each.stamp.received_at for each in found)


async def test_a_vendor_is_not_asked_for_ever() -> None:
    """At most a week, a day at a time; a vendor that fails is asked three times, with minutes in between."""
    asked: list[tuple[datetime, datetime]] = []
    clock = ManualClock(NOON)

    class Broken:
        capabilities: Any = None

        async def history(self, start: datetime, end: datetime) -> Any:
            asked.append((start, end))
            raise NetworkError("no answer.", provider="demo")

    async with connect_async("demo", clock=clock) as connection:
        device: Any = (await connection.batteries())[0]
        broken = Broken()
        broken.capabilities = device.capabilities
        broken.info = device.info  # type: ignore[attr-defined]
        state = DeviceState(home="house", profile="demo", device=broken, clock=clock, interval=timedelta(seconds=10))  # type: ignore[arg-type]
        filling = backfill.Backfill(_Empty(), clock, timedelta(days=30), _nothing)  # type: ignore[arg-type]
        filling.saw(state, clock.now())
        task = asyncio.create_task(filling.run())

        async def gave_up() -> bool:
            return len(asked) == 3

        await until(gave_up)
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()

    assert asked == [(NOON - timedelta(days=1), NOON)] * 3
    assert clock.now() - NOON >= timedelta(minutes=10)


class _Empty:
    async def known_until(self, key: str, before: datetime) -> None:
        return None


async def _nothing(**_: Any) -> None:
    return None


async def test_the_hub_deletes_what_is_older_than_it_keeps(state: Path) -> None:
    """A month by default, day by day, while it runs; the cells of that time stay."""
    database = sqlite_in(state)
    old = [sample(second, 1200, power_w=1000) for second in range(0, 3 * 86_400, 600)]
    database.write([(BATTERY, old)])
    database.close()
    async with running(clock=ScaledClock(START + timedelta(days=31), 60)) as hub:
        await battery_of(hub)
        store = store_of(hub)

        async def kept() -> Any:
            found = await store.readings(BATTERY.key, START, START + timedelta(days=3))
            return found if len(found) < 2 * 144 + 10 else None

        found = await until(kept)
        days = await store.series(BATTERY.key, "power_w", START, START + timedelta(days=3), step=timedelta(days=1))

    assert min(each.stamp.received_at for each in found) >= START + timedelta(days=1)
    assert sum(each.known_s for each in days) == pytest.approx(3 * 86_400, abs=1200)
    assert {each.mean for each in days} == {1000}


async def test_nothing_is_recorded_before_the_clock_is_set() -> None:
    """In 1970 the hub reads on; its history stays empty."""
    clock = ScaledClock(datetime(1970, 1, 1, tzinfo=UTC), 10)
    async with running(clock=clock) as hub:
        battery = await battery_of(hub)
        await asyncio.sleep(0.5)
        found = await store_of(hub).readings(battery.key, datetime(1969, 1, 1, tzinfo=UTC), NOON)

        assert battery.live is not None
        assert found == []


async def test_a_newer_file_stops_the_history_and_nothing_else(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line; the homes go on, and whoever asks the history is told the same."""
    database = sqlite_in(state)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE openpower_schema SET version = 99")
    database.close()
    content = (state / "history.sqlite").read_bytes()
    with caplog.at_level(logging.INFO):
        async with running() as hub:
            battery = await battery_of(hub)

            async def said() -> Any:
                return hub.problems.get("history")

            words = await until(said)
            assert battery.live is not None
            with pytest.raises(OpenPowerError, match="newer openpower"):
                await store_of(hub).receipts()

    assert "made by a newer openpower" in words
    lines = [each.getMessage() for each in caplog.records if "newer openpower" in each.getMessage()]
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert (state / "history.sqlite").read_bytes() == content


async def test_a_full_disk_is_one_warning_and_passes(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Reads go on, of the homes and of the history; what could not be written is written later."""
    path = state / "history.sqlite"
    with caplog.at_level(logging.INFO):
        async with running(ONLY, clock=ScaledClock(NOON, 30)) as hub:
            battery = await battery_of(hub)
            store = store_of(hub)

            async def some() -> Any:
                return await store.readings(battery.key, NOON - timedelta(hours=1), hub.clock.now())

            before = await until(some)
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
            try:

                async def failing() -> Any:
                    return hub.problems.get("history")

                words = await until(failing)
                full_at = hub.clock.now()
                read: set[datetime] = set()

                async def read_on() -> Any:
                    if battery.read_at is not None and battery.read_at > full_at:
                        read.add(battery.read_at)
                    return len(read) >= 3

                await until(read_on)
                during = await some()
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

            async def recovered() -> Any:
                return "history" not in hub.problems

            await until(recovered)
            after = await some()

    assert "cannot be used" in words
    assert len(before) <= len(during) < len(after)
    kept = {each.stamp.received_at for each in after}
    assert {each - timedelta(microseconds=each.microsecond % 1000) for each in read} <= kept  # none of them was lost
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING and "history" in each.getMessage()]
    assert len(warnings) == 1


WRITER = """
    import sys
    sys.path[:0] = sys.argv[2:]
    from pathlib import Path
    from hub_history import BATTERY, ms, sample, sqlite_in
    database = sqlite_in(Path(sys.argv[1]))
    for second in range(0, 10**7, 10):
        database.write([(BATTERY, [sample(second, power_w=second, soc_pct=second % 1000)])])
        if second % 300 == 0:
            database.roll(ms(second))
        print(second, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 37, 400])
def test_a_kill_loses_nothing_that_was_written(state: Path, lines: int) -> None:
    """SIGKILL in the middle of writing: the file opens, has all that was written, and its cells are those of its readings."""
    support = str(Path(__file__).parents[2] / "support")
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(state), support]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    ) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout.read().splitlines() if line]
    last = max(said)
    database = sqlite_in(state)
    with database.transaction() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    kept = [row.power_w for row in database.readings(BATTERY.key, ms(0), ms(10**7))]
    now = ms(last + 3600)
    database.roll(now)
    cells = database.series(BATTERY.key, figure("power_w"), ms(0), now, 300_000, now)
    database.close()

    assert verdict == "ok"
    assert kept[: len(said)] == said
    assert len(kept) <= len(said) + 1
    for start, end, part in cells:
        inside = [value for value in kept if start <= ms(value) < end]
        assert not inside or part.last == inside[-1]


async def test_without_a_history_nothing_is_written(state: Path) -> None:
    """It can be switched off."""
    off = attrs.evolve(ONLY, history=attrs.evolve(ONLY.history, enabled=False))
    async with running(off) as hub:

        async def found() -> Any:
            return [state for home in hub.homes.values() for state in home.of_role(Role.BATTERY) if state.reading]

        await until(found)

    assert not (state / "history.sqlite").exists()
