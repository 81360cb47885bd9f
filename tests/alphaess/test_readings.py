"""Readings of emulated systems beside the truth of the house behind them, quirk by quirk, in both flavours."""

from __future__ import annotations

import inspect
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core import errors
from openpower_core.balance import balance
from openpower_core.readings import Quality

NOON = datetime(2026, 1, 13, 11, 0, tzinfo=UTC)


async def ok(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def look(emulated: Any, **options: Any) -> tuple[list[Any], Any]:
    """All readings of the system, and the house's own figures at the same time."""
    home = emulated.connect(**options)
    readings = [await ok(each.read()) for each in await ok(home.devices())]
    return readings, emulated.system.snapshot(emulated.clock.now())


@pytest.mark.parametrize("pv", ["strings", "meter", "meter_uncounted"])
@pytest.mark.parametrize("hour", [0, 9, 12, 15, 18, 21])
async def test_the_balance_closes(legacy: Any, pv: Any, hour: int) -> None:
    """Whichever way the PV is metered, readings are the house's and their sum is nought."""
    legacy.system.quirks.pv = pv
    legacy.clock.advance(NOON + timedelta(hours=hour) - legacy.clock.now())

    readings, house = await look(legacy)

    inverter, battery, meter = readings
    assert inverter.pv_w == pytest.approx(house.pv_w, abs=2)
    assert battery.power_w == pytest.approx(house.battery_w, abs=2)
    assert meter.power_w == pytest.approx(house.grid_w, abs=2)
    assert inverter.load_w == pytest.approx(house.load_w + house.ev_w, abs=5)
    assert battery.soc_pct == pytest.approx(house.soc_pct, abs=0.1)
    assert balance(readings).residual_w == pytest.approx(0, abs=1)


@pytest.mark.parametrize("quirk", [{"telemetry": "null"}, {"offline": "nulls"}, {"offline": "listed"}])
async def test_nulls_fall_back_to_the_series(legacy: Any, quirk: dict[str, Any]) -> None:
    """Five minutes old at most, and said to be derived."""
    for name, value in quirk.items():
        setattr(legacy.system.quirks, name, value)
    legacy.clock.advance(NOON - legacy.clock.now())

    (inverter, battery, _), house = await look(legacy)

    assert battery.stamp.quality is Quality.DERIVED
    age = legacy.clock.now() - battery.stamp.measured_at
    assert timedelta(0) <= age <= timedelta(minutes=10)
    assert battery.soc_pct == pytest.approx(house.soc_pct, abs=3)
    assert inverter.load_w is not None


async def test_offline_by_refusal(legacy: Any) -> None:
    """The third face."""
    legacy.system.quirks.offline = "refused"
    battery = await ok(legacy.connect().battery())

    with pytest.raises(errors.DeviceOffline):
        await ok(battery.read())


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
async def test_the_days_of_the_clock_change(begin: Any, day: str) -> None:
    """Every five minutes of a day of 23 or of 25 hours, at its own time, with the house's own averages."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=2 if "-10-" in day else 1)
    end = start + timedelta(hours=25 if "-10-" in day else 23)
    emulated = begin(start)
    emulated.clock.advance(timedelta(hours=28))
    meter = await ok(emulated.connect().meter())

    found = await ok(meter.history(start, end))

    times = [each.stamp.measured_at for each in found]
    assert len(found) == (end - start) // timedelta(minutes=5)
    assert times == sorted(set(times))
    gaps = {later - earlier for earlier, later in itertools.pairwise(times)}
    assert max(gaps) <= timedelta(minutes=5, seconds=2)
    truth = emulated.system.house.history(start, end, now=emulated.clock.now())
    for reading, average in zip(found, truth, strict=True):
        assert reading.power_w == pytest.approx(average.grid_w, abs=1.5)


async def test_series_with_doubles_and_gaps(legacy: Any) -> None:
    """Each row once, and what is not there stays away."""
    legacy.system.quirks.series_duplicate_every = 7
    legacy.system.quirks.series_gaps = (("03:00", "04:00"),)
    legacy.clock.advance(timedelta(days=2))
    start = datetime(2026, 1, 12, 23, tzinfo=UTC)
    battery = await ok(legacy.connect().battery())

    found = await ok(battery.history(start, start + timedelta(days=1)))

    assert len(found) == 288 - 12


async def test_ac_coupled_series(legacy: Any) -> None:
    """The series says 0 W of PV all day: unknown, and so is the battery's power."""
    legacy.system.quirks.pv = "meter_uncounted"
    legacy.clock.advance(timedelta(days=2))
    start = datetime(2026, 1, 12, 23, tzinfo=UTC)
    inverter = await ok(legacy.connect().inverter())

    found = await ok(inverter.history(start, start + timedelta(days=1)))

    assert {each.pv_w for each in found} == {None}
    assert all(each.load_w is not None for each in found)


async def test_counters_of_the_day(legacy: Any) -> None:
    """They grow through the local day and carry its date."""
    legacy.clock.advance(NOON - legacy.clock.now())

    (_, _, meter), _ = await look(legacy)

    assert meter.import_energy.today_kwh > 0
    assert str(meter.import_energy.today) == "2026-01-13"


@pytest.mark.parametrize("face", ["busy", "null", "zero"])
async def test_around_midnight(legacy: Any, face: Any) -> None:
    """The powers are there though the day's energies are not."""
    legacy.system.quirks.midnight = face
    legacy.system.quirks.midnight_lasts = timedelta(minutes=10)
    legacy.clock.advance(datetime(2026, 1, 12, 23, 3, tzinfo=UTC) - legacy.clock.now())

    (_, battery, meter), _ = await look(legacy)

    assert battery.power_w is not None
    assert meter.import_energy is None
