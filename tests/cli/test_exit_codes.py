"""Each exit code is reached by its cause, for people in words and for programs in JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stub_home import NAME, StubHome, spec

import openpower
from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, RateLimit, serve
from openpower_amber.emulator import serve as serve_amber
from openpower_core.clock import ManualClock, ScaledClock
from openpower_core.errors import NetworkError, StaleData, Veto
from openpower_core.provider import hookimpl
from openpower_core.registry import register, unregister
from openpower_core.registry.hooks import HOOKS

SPEED = 200


class Vendor:
    """An emulated AlphaESS whose time, like that of the commands, runs fast."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.clock = ScaledClock(datetime.now(UTC), SPEED)
        nameplate = Nameplate(tz="Australia/Sydney")
        self.system = EmulatedSystem(nameplate, start=self.clock.now())
        self.emulator = Emulator([self.system], clock=self.clock, **options)
        connect = openpower.connect

        def hurried(name: str, **given: Any) -> Any:
            return connect(name, **given, clock=self.clock)

        monkeypatch.setattr(openpower, "connect", hurried)
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_ID", self.emulator.app_id)
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", self.emulator.app_secret.reveal())


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A vendor, and what the command line needs to reach it."""
    made = Vendor(monkeypatch)
    with serve(made.emulator) as served:
        yield made.system, ("-O", f"base_url={served.url}", "-O", "tz=Australia/Sydney")


@pytest.fixture
def stub() -> Iterator[Any]:
    """Register a home with given flows and errors, as in ``stub(meter=-2000.0)``."""

    def make(errors: dict[str, Exception] | None = None, **flows: float) -> None:
        register(spec(StubHome(errors, **flows)))

    yield make
    unregister(NAME)


def test_0_when_all_is_well(cli: Any) -> None:
    """A look at the demo."""
    assert cli("status", "demo").code == 0


def test_1_when_nothing_else_describes_it(cli: Any, own_folders: Path) -> None:
    """A folder that cannot be written is the machine's own error, reported with its name."""
    (own_folders / "state").write_text("in the way")

    shown = cli("audit")

    assert shown.code in {1, 2}
    assert "state" in shown.err


def test_2_when_the_command_line_is_wrong(cli: Any) -> None:
    """It says which command's help to read."""
    shown = cli("schedule", "set", "demo", "--nonsense")

    assert shown.code == 2
    assert "openpower schedule set --help" in shown.err


@pytest.mark.parametrize("error", [StaleData("the figures are two hours old."), NetworkError("nobody answers.")])
def test_3_when_all_is_stale_or_unreachable(cli: Any, stub: Any, error: Exception) -> None:
    """No part could be read, and the first error says why."""
    stub({"discover": error})

    shown = cli("status", NAME)

    assert shown.code == 3
    assert str(error) in shown.err


def test_9_with_the_failure_beside_the_rest(cli: Any, stub: Any) -> None:
    """One device fails: the others are shown, the failure too, in words and as data."""
    stub({"meter": StaleData("the figures are two hours old.")})

    shown = cli("status", NAME)
    data = cli("status", NAME, "--json").data

    assert shown.code == 9
    assert "! The meter could not be read: the figures are two hours old." in shown.out
    assert "50 %" in shown.out
    assert [each["type"] for each in data["failures"]] == ["StaleData"]


def test_4_when_a_secret_is_refused(cli: Any, vendor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor says no to the secret, which is not shown."""
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", "canary0canary")

    shown = cli("status", "alphaess", *vendor[1])

    assert shown.code == 4
    assert "canary0canary" not in shown.out + shown.err


class Guard:
    """Refuses everything."""

    @hookimpl
    def openpower_before_write(self, device: Any, plan: Any) -> None:
        """No."""
        raise Veto("the car needs the battery tonight; nothing was sent.")


def test_5_when_a_guard_refuses(cli: Any) -> None:
    """A plugin's veto ends it, in the guard's words; nothing was sent, and the audit records it."""
    guard = Guard()
    HOOKS.add(guard)
    try:
        shown = cli("charge", "demo", "--to", "90", "--yes")
        data = cli("charge", "demo", "--to", "90", "--yes", "--json").data
    finally:
        HOOKS.remove(guard)

    assert shown.code == 5
    assert "the car needs the battery tonight" in shown.err
    assert data["error"]["exit_code"] == 5
    assert "accepted" not in cli("audit").out


def test_6_when_it_did_not_come_to_hold(cli: Any, vendor: Any) -> None:
    """The vendor answers 200 and shows something else, also after its settle time."""
    system, options = vendor
    system.quirks.overrides = {"getChargeConfigInfo": {"gridCharge": 0, "timeChaf1": "00:00"}}

    shown = cli("charge", "alphaess", *options, "--to", "95", "--unattended", "--yes", "--wait")

    assert shown.code == 6
    assert "did not come to hold" in shown.err or "still reports something else" in shown.err


def test_7_when_the_write_budget_is_spent(cli: Any, vendor: Any) -> None:
    """The second write of a day that allows one is refused, with the time at which it will be allowed."""
    options = (*vendor[1], "-O", "writes_per_day=1", "--unattended", "--yes", "--json")
    first = cli("charge", "alphaess", "--to", "90", *options)

    current = cli("charge", "alphaess", "--to", "70", *options)

    assert first.code == 0
    assert current.code == 7
    assert current.data["error"]["type"] == "WriteBudgetExhausted"
    assert current.data["error"]["retry_at"]


def test_7_when_the_vendor_asks_to_slow_down(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's rate limit is used up, and waiting would take longer than the call may."""
    limit = RateLimit(1, timedelta(hours=1))
    made = Vendor(monkeypatch, rate_limit=limit)
    with serve(made.emulator) as served:
        options = ("-O", f"base_url={served.url}", "-O", "timeout=20")
        cli("devices", "alphaess", *options)

        shown = cli("devices", "alphaess", *options)

    assert shown.code == 7, shown


def test_130_when_interrupted(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it waits for the next look is how ``watch`` ends: without a word, and with no traceback."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)

    shown = cli("watch", "demo")

    assert shown.code == 130
    assert shown.err == ""


def test_a_wrong_sign_is_named_with_the_flip_that_corrects_it(cli: Any, stub: Any) -> None:
    """A vendor that counts the grid the other way round is found out by the balance."""
    stub(meter=-2000.0)

    shown = cli("doctor", NAME, "--minutes", "0")

    assert shown.code == 1
    assert "FAIL  signs: the grid's sign is wrong" in shown.out
    assert "STUB000000000001" not in shown.out


def test_doctor_watches_no_flows_where_there_are_none(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of a retailer alone answers at once, with the reason."""
    with serve_amber() as served:
        for name, value in served.options.items():
            monkeypatch.setenv(f"OPENPOWER_AMBER_{name.upper()}", str(value))
        began = time.monotonic()
        shown = cli("doctor", "amber", "--minutes", "5", "-O", f"base_url={served.url}")

    assert shown.code == 0, shown
    assert "note  signs: skipped: no meter, inverter or battery" in shown.out
    assert time.monotonic() - began < 60


def test_doctor_reads_the_vendors_clock(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is off by minutes is reported, measured against the vendor's answers."""
    made = Vendor(monkeypatch)
    # Both clocks stand still, so however long an answer takes, they are twelve minutes apart.
    now = made.clock.now().replace(microsecond=0)  # vendors report whole seconds
    made.emulator.clock = ManualClock(now)
    made.clock = ManualClock(now - timedelta(minutes=12))  # the client's alone
    with serve(made.emulator) as served:
        shown = cli("doctor", "alphaess", "--minutes", "0", "-O", f"base_url={served.url}")

    assert shown.code == 1
    assert "FAIL  clock skew: the vendor's clock is 720 s ahead" in shown.out


def test_doctor_reports_a_provider_that_cannot_be_loaded_on_its_own_line(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken provider is one failing line; the others stay well."""
    from openpower.cli import doctor
    from openpower_core.errors import ProviderLoadError

    load = doctor.load

    def broken(name: str) -> Any:
        if name == "amber":
            raise ProviderLoadError("openpower-amber cannot be loaded.")
        return load(name)

    monkeypatch.setattr(doctor, "load", broken)

    shown = cli("doctor")

    assert shown.code == 1
    assert "FAIL  provider amber: openpower-amber cannot be loaded." in shown.out
    assert "ok    provider alphaess" in shown.out
