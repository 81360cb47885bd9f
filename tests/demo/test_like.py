"""The simulated home that imitates a vendor: what passes there is what the vendor takes, and who ends a command is the same."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

import openpower
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve as serve_alphaess
from openpower_core.capabilities import Behaviour, Capabilities, Capability, End, Feature, Support, WriteLimits
from openpower_core.control import EVERY_DAY, BatteryMode, Schedule, Window
from openpower_core.errors import InvalidValue, Unsupported
from openpower_core.registry import emulator_of, load, register, unregister
from openpower_core.registry.spec import ProviderSpec
from openpower_core.writes import WriteState
from tests.demo.conftest import NIGHT, Flavour

ENDS = {"alphaess": End.RECURS, "goodwe-sems": End.OPEN, "goodwe-local": End.OPEN}
OTHERS = (Feature.READ, Feature.HISTORY)
"""What the simulated home does in its own way."""


def like(flavour: Flavour, vendor: str) -> Any:
    """A home in Sydney that imitates a vendor; its memory ends with its connection."""
    return flavour.home(like=vendor, state_dir=None)


def emulated(vendor: str) -> Any:
    """The vendor's emulator; AlphaESS's with the settings of today, in which each period has a power."""
    if vendor == "alphaess":
        system = EmulatedSystem(Nameplate(), start=datetime.now(UTC), quirks=Quirks(generation="periodic"))
        return serve_alphaess(Emulator([system]))
    serve = emulator_of(load(vendor))
    assert serve is not None
    return serve()


@pytest.mark.parametrize("vendor", ENDS)
async def test_it_supports_what_the_vendor_supports(flavour: Flavour, vendor: str) -> None:
    """Feature by feature, against the battery that the vendor's emulator has; its limits too."""
    with emulated(vendor) as emulator, openpower.connect(vendor, **emulator.options) as connection:
        real = connection.battery()
        real.schedule()  # what needs a probe is known after that
        wanted = connection.battery().capabilities
    home = like(flavour, vendor)
    got = (await home.device("battery")).capabilities

    for feature in [each for each in Feature if each not in OTHERS]:
        assert bool(got[feature]) is bool(wanted[feature]), feature
        assert not got[feature].verified
    assert got.writes == wanted.writes
    assert got.schedule == wanted.schedule
    await home.close()


@pytest.mark.parametrize("vendor", ENDS)
async def test_what_the_vendor_lacks_is_refused(flavour: Flavour, vendor: str) -> None:
    """Modes, settings and windows; the house goes on as it was."""
    home = like(flavour, vendor)
    capabilities = (await home.device("battery")).capabilities
    before = home.house.controls
    for mode in BatteryMode:
        if not capabilities[Feature.of(mode)]:
            with pytest.raises(Unsupported):
                await home.call("battery", "command", mode, unattended=True)
        if mode not in capabilities.schedule.modes | {BatteryMode.AUTO}:
            window = Window(start=time(1), end=time(5), mode=mode)
            with pytest.raises(Unsupported):
                await home.call("battery", "set_schedule", Schedule(windows=[window]))
    limits = bool(capabilities[Feature.POWER_LIMITS])
    with pytest.raises(InvalidValue if limits else Unsupported):
        await home.call("battery", "apply_settings", max_charge_w=None if limits else 1000)

    assert home.house.controls == before
    assert limits is (vendor == "goodwe-local")
    if limits:
        await home.call("battery", "apply_settings", max_charge_w=1000)
        assert home.house.controls.max_charge_w == 1000
        return
    assert (await home.call("battery", "settings")).power_limits is None
    await home.close()


@pytest.mark.parametrize("vendor", [None, *ENDS])
async def test_who_ends_a_command(flavour: Flavour, vendor: str | None) -> None:
    """Where the vendor's hardware keeps no end, a command that nobody attends is refused; the plain home keeps it."""
    home = flavour.home(state_dir=None, **({} if vendor is None else {"like": vendor}))
    until = NIGHT + timedelta(hours=2)
    ends = End.DEVICE if vendor is None else ENDS[vendor]
    assert (await home.device("battery")).capabilities.writes.ends is ends

    if ends is End.DEVICE:
        receipt = await home.call("battery", "charge", target_soc_pct=80, until=until)
        assert (receipt.release_due, receipt.recurs_at) == (None, None)
    else:
        with pytest.raises(
            InvalidValue, match=r"battery does not end the command by itself.* at .* \(Australia/Sydney\)"
        ):
            await home.call("battery", "charge", target_soc_pct=80, until=until)
        with pytest.raises(InvalidValue, match="does not end the command by itself"):
            await home.call("battery", "charge")
        assert home.house.controls.controller.command is None
        receipt = await home.call("battery", "charge", target_soc_pct=80, until=until, unattended=True)
        assert receipt.release_due == until
    assert receipt.state is WriteState.ACCEPTED
    await home.close()


@pytest.mark.parametrize(
    ("vendor", "asked", "ends"),
    [
        *((vendor, BatteryMode.CHARGE, ends) for vendor, ends in ENDS.items()),
        ("goodwe-sems", BatteryMode.EXPORT, End.RECURS),
        ("goodwe-local", BatteryMode.EXPORT, End.OPEN),
    ],
)
async def test_what_is_not_released_goes_on_or_comes_back(
    flavour: Flavour, vendor: str, asked: BatteryMode, ends: End
) -> None:
    """After its end, and a week later at the same time; once it is released, neither."""
    home = like(flavour, vendor)
    assert (await home.device("battery")).capabilities.writes.ends_of(asked) is ends
    receipt = await home.call("battery", "command", asked, until=NIGHT + timedelta(hours=1), unattended=True)

    def mode(hours: float) -> BatteryMode:
        mode: BatteryMode = home.house.at(NIGHT + timedelta(hours=hours)).battery_mode
        return mode

    recurs = ends is End.RECURS
    assert mode(0.5) is asked
    assert (mode(2) is BatteryMode.AUTO) is recurs
    assert mode(7 * 24 + 0.5) is asked
    assert receipt.recurs_at == (NIGHT + timedelta(days=7) if recurs else None)
    home.later(days=7, hours=0.5)
    await home.call("battery", "release", confirm="readback")
    assert mode(7 * 24 + 0.75) is BatteryMode.AUTO
    assert mode(14 * 24 + 0.5) is BatteryMode.AUTO
    await home.close()


async def test_windows_and_commands_snap_to_the_vendor_grid(flavour: Flavour) -> None:
    """AlphaESS has quarters of an hour: windows shrink to them, and a command's end moves back."""
    home = like(flavour, "alphaess")
    home.later(minutes=7)
    window = Window(start=time(1, 5), end=time(4, 50), mode=BatteryMode.CHARGE, days=EVERY_DAY)
    scheduled = await home.call("battery", "set_schedule", Schedule(windows=[window]), confirm="readback")
    (kept,) = (await home.call("battery", "schedule")).windows
    until = home.clock.now() + timedelta(hours=2)
    commanded = await home.call("battery", "charge", until=until, unattended=True, dry_run=True)

    assert (kept.start, kept.end) == (time(1, 15), time(4, 45))
    assert [each.field for each in scheduled.adjustments] == ["windows[0].start", "windows[0].end"]
    assert [(each.field, until - each.got) for each in commanded.adjustments] == [("until", until - _quarter(until))]
    narrow = Window(start=time(1, 5), end=time(1, 10), mode=BatteryMode.CHARGE)
    with pytest.raises(InvalidValue, match="steps"):
        await home.call("battery", "set_schedule", Schedule(windows=[narrow]))
    await home.close()


def _quarter(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


async def test_more_windows_than_the_vendor_has_are_refused(flavour: Flavour) -> None:
    """Five of GoodWe's four eco slots."""
    home = like(flavour, "goodwe-local")
    windows = [Window(start=time(hour), end=time(hour, 30), mode=BatteryMode.CHARGE) for hour in range(5)]
    with pytest.raises(InvalidValue, match="at most 4"):
        await home.call("battery", "set_schedule", Schedule(windows=windows))
    assert (await home.call("battery", "set_schedule", Schedule(windows=windows[:4]))).state is WriteState.ACCEPTED
    await home.close()


async def test_a_command_that_would_act_before_its_start_is_refused(flavour: Flavour) -> None:
    """Windows without a date come back, and GoodWe's commands begin at once."""
    for vendor, days in (("alphaess", 8), ("goodwe-local", 1)):
        home = like(flavour, vendor)
        start = NIGHT + timedelta(days=days)
        times = {"start": start, "until": start + timedelta(hours=1)}
        with pytest.raises(InvalidValue, match="begin"):
            await home.call("battery", "charge", **times, unattended=True, dry_run=True)
        await home.close()


async def test_reading_back_lags(flavour: Flavour) -> None:
    """AlphaESS shows a write after 35 s; the battery obeys before that."""
    home = like(flavour, "alphaess")
    first = await home.call("battery", "settings")
    receipt = await home.call("battery", "apply_settings", reserve_soc_pct=30)
    shown = []
    for _ in range(2):
        shown.append((await home.call("battery", "settings")).reserve_soc_pct)
        home.later(seconds=35)

    assert receipt.state is WriteState.ACCEPTED
    assert shown == [first.reserve_soc_pct, 30]
    await home.close()


async def test_any_provider_may_say_how_it_behaves(flavour: Flavour) -> None:
    """It is found through the registry; one that does not say is refused by name."""
    full = Capability(support=Support.FULL)
    battery = Capabilities(features={Feature.HOLD: full}, writes=WriteLimits(ends=End.OPEN))
    register(ProviderSpec(name="acme-like", connect=dict, behaviour=lambda: Behaviour(battery=battery)))
    try:
        home = like(flavour, "acme-like")
        capabilities = (await home.device("battery")).capabilities
    finally:
        unregister("acme-like")

    assert set(capabilities) == {Feature.HOLD, Feature.READ, Feature.HISTORY}
    await home.close()
    with pytest.raises(InvalidValue, match="'amber' does not say"):
        like(flavour, "amber")
