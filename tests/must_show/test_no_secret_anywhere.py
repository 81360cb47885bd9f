"""Design 10.5, for all providers: no secret and no whole serial in any log, message or state file."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import openpower
from openpower_alphaess import emulator as alphaess
from openpower_amber import emulator as amber
from openpower_core.clock import SYSTEM_CLOCK, Clock, ManualClock
from openpower_core.errors import OpenPowerError
from openpower_dayahead import emulator as dayahead
from openpower_goodwe.local import emulator as goodwe_local
from openpower_goodwe.openapi import emulator as goodwe
from openpower_goodwe.semsplus import emulator as goodwe_sems
from openpower_octopus import emulator as octopus

SECRET = "canary-5ec2e7-0f-the-house"
SERIAL = "CANARY9E2D000017"
NOON = datetime(2026, 8, 4, 10, 0, tzinfo=UTC)
FAULTS = ("html", "truncated", "empty", "reset")


@frozen(kw_only=True)
class Vendor:
    """One provider's emulator, with canaries for secrets and serials, and a wrong credential."""

    name: str
    serve: Callable[[Clock], AbstractContextManager[Any]]
    wrong: dict[str, str]
    serials: tuple[str, ...] = (SERIAL,)


VENDORS = [
    Vendor(
        name="alphaess",
        serve=lambda clock: alphaess.serve(
            alphaess.Emulator(
                [alphaess.Nameplate(serial=SERIAL, charger_models=("SMILE-EVCT11",))], app_secret=SECRET, clock=clock
            )
        ),
        wrong={"app_secret": f"{SECRET}-wrong"},
    ),
    Vendor(
        name="amber",
        serve=lambda clock: amber.serve(
            amber.Emulator([amber.Nameplate(id=SERIAL, nmi="31004299421")], token=SECRET, clock=clock)
        ),
        wrong={"token": f"{SECRET}-wrong"},
        serials=(SERIAL, "31004299421"),
    ),
    Vendor(
        name="dayahead",
        serve=lambda clock: dayahead.serve(dayahead.Emulator("entsoe", token=SECRET, clock=clock)),
        wrong={"token": f"{SECRET}-wrong"},
        serials=(),
    ),
    Vendor(
        name="octopus",
        serve=lambda clock: octopus.serve(octopus.Emulator(octopus.Home(mprn=SERIAL), key=SECRET, clock=clock)),
        wrong={"api_key": f"{SECRET}-wrong"},
    ),
    Vendor(
        name="goodwe-sems",
        serve=lambda clock: goodwe_sems.serve(
            goodwe_sems.Emulator(
                [goodwe_sems.Plate(inverter=SERIAL, battery=f"B{SERIAL}", meter=f"M{SERIAL}", charger=f"E{SERIAL}")],
                password=SECRET,
                clock=clock,
            )
        ),
        wrong={"password": f"{SECRET}-wrong"},
    ),
    Vendor(name="goodwe", serve=lambda clock: goodwe.serve(_open_api(clock)), wrong={"password": f"{SECRET}-wrong"}),
    Vendor(
        name="goodwe-local",
        serve=lambda clock: goodwe_local.serve(goodwe_local.EmulatedET(serial="9CANARYEHU0W0001", clock=clock)),
        wrong={},
        serials=("9CANARYEHU0W0001",),
    ),
]


def _open_api(clock: Clock) -> goodwe.Emulator:
    emulator = goodwe.Emulator(password=SECRET, clock=clock)
    emulator.inverter = SERIAL
    return emulator


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda each: each.name)
async def test_nothing_tells_a_secret_or_a_whole_serial(
    flavour: Any, vendor: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A whole session at DEBUG: readings, writes, refusals, outages, a wrong credential; then all is searched."""
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    clock = ManualClock(NOON)
    with ExitStack() as stack:
        served = stack.enter_context(vendor.serve(clock))
        options = {**served.options, "state_dir": tmp_path, "clock": clock}
        home = flavour.connect(vendor.name, **options)
        texts += await _use(flavour, home, clock.now() + timedelta(hours=3))
        texts += await _suffer(flavour, home, served)
        texts += [repr(home), repr(home.native)]
        texts += [repr(vars(home)), repr(getattr(home.native, "__dict__", ""))]
        await flavour.close(home)
        if vendor.wrong:
            refused = flavour.connect(vendor.name, **{**options, **vendor.wrong})
            texts += await _tried(flavour, refused.devices)
            await flavour.close(refused)

    logs = [f"{each.getMessage()} {each.args} {each.exc_text}" for each in caplog.records]
    kept = _kept(tmp_path)
    assert len(logs) > 5
    assert kept or vendor.name in ("amber", "dayahead", "goodwe", "octopus")  # these write nothing
    for canary in vendor.serials:
        assert canary not in _only_messages(texts)
        assert canary not in "\n".join(logs)
        assert canary.encode() not in kept
    assert SECRET not in "\n".join(texts + logs)
    assert SECRET.encode() not in kept


def _kept(folder: Path) -> bytes:
    """All that a state folder holds."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def _use(flavour: Any, home: Any, until: datetime) -> list[str]:
    """Read every device, and control what is possible; return all texts."""
    texts: list[str] = []
    for device in await flavour.ok(home.devices()):
        texts.append(repr(device.capabilities))
        for call in ("read", "settings", "schedule", "limits", "current_price", "export_limit"):
            if hasattr(device, call):
                texts += await _tried(flavour, getattr(device, call))
        if hasattr(device, "charge"):
            desired: dict[str, Any] = {"target_soc_pct": 90, "until": until, "unattended": True}
            texts += await _tried(flavour, lambda d=device, w=desired: d.charge(dry_run=True, **w))
            texts += await _tried(flavour, lambda d=device, w=desired: d.charge(**w))
            texts += await _tried(flavour, device.release)
        if hasattr(device, "set_current_limit"):
            for scope in ("charger", "site"):
                texts += await _tried(flavour, lambda d=device, s=scope: d.set_current_limit(16, scope=s))
    return texts


async def _suffer(flavour: Any, home: Any, served: Any) -> list[str]:
    """Every outage once for each device."""
    faults = getattr(getattr(served, "emulator", None), "faults", None)
    texts: list[str] = await _tried(flavour, lambda: home.battery(f"{SERIAL}0/battery"))
    if faults is None:
        return texts
    for kind in FAULTS:
        for device in await flavour.ok(home.devices()):
            faults.add(kind, times=9)
            texts += await _tried(
                flavour, device.prices if hasattr(device, "prices") else lambda d=device: d.read(max_age=timedelta(0))
            )
            faults.clear()
    assert any(each.startswith("error: ") for each in texts)
    return texts


async def _tried(flavour: Any, call: Callable[[], Any]) -> list[str]:
    """What a call's result or error shows: the error whole, the result with what it keeps to itself left out."""
    try:
        return [repr(await flavour.ok(call()))]
    except OpenPowerError as error:
        shown = [str(error), repr(error), *traceback.format_exception(error)]
        shown += [str(error.vendor_message), str(error.hint)]
        return [f"error: {each}" for each in shown]


def _only_messages(texts: list[str]) -> str:
    return "\n".join(each for each in texts if each.startswith("error: "))


def test_the_canaries_are_seen_where_they_may_be() -> None:
    """The search would find something: device ids and receipts hold serials whole."""
    with VENDORS[0].serve(SYSTEM_CLOCK) as served, openpower.connect("alphaess", **served.options) as home:
        receipt = home.battery().charge(dry_run=True)

        assert SERIAL in home.battery().info.id
        assert SERIAL in json.dumps(receipt.device_id)
