"""The kit as pytest sees it: what costs nothing, what fails, and what it reports."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from acme_power.emulator import serve
from acme_power.plugin import make_spec

from openpower_testing import Conformance
from openpower_testing.checks import CHECKS
from openpower_testing.conformance import run_check
from openpower_testing.harness import Harness, Relay

ROOT = Path(__file__).resolve().parent.parent.parent.parent
ENROLMENT = """
import pytest
from acme_power.emulator import serve
from acme_power.plugin import make_spec
from openpower_testing import Conformance

{mark}
class TestAcme(Conformance):
    provider = make_spec()
    not_applicable = {{"connecting.finds_devices": "because this test wants to see a reason"}}

    def home(self, clock):
        return serve(clock)
"""


def pytest_on(folder: Path, mark: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in its own process over an enrolment, with only the kit's plugin."""
    (folder / "test_acme.py").write_text(ENROLMENT.format(mark=mark))
    path = os.pathsep.join([str(ROOT / "tests" / "support"), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "openpower_testing.plugin", *options, str(folder)],
        env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_other_users_of_pytest_pay_nothing() -> None:
    """The plugin that pytest loads everywhere imports itself, what makes its package lazy, and no dependency."""
    code = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import openpower_testing.plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    ours = {name for name in ran.stdout.split() if name.startswith("openpower")}

    assert ours == {"openpower_core", "openpower_core.lazy", "openpower_testing", "openpower_testing.plugin"}
    assert not {"httpx", "attrs", "attr", "cattrs", "asyncio"} & set(ran.stdout.split())


def test_a_skip_without_a_reason_fails(tmp_path: Path) -> None:
    """Skipped checks need a reason."""
    ran = pytest_on(tmp_path, "@pytest.mark.skip", "-k", "finds_devices or found")

    assert ran.returncode == 1
    assert "is skipped without a reason" in ran.stdout


def test_a_report_names_what_was_proved_and_what_not(tmp_path: Path) -> None:
    """One object per provider: features with the checks that saw them work, and reasons for what does not apply."""
    file = tmp_path / "report.json"
    ran = pytest_on(tmp_path, "", "-k", "connecting or stamped_in_utc", f"--openpower-report={file}")
    (report,) = json.loads(file.read_text())

    assert ran.returncode == 0, ran.stdout
    assert report["provider"] == "acme"
    assert report["features"]["battery"]["read"] == {
        "support": "full",
        "note": "",
        "verified": False,
        "proved_by": ["readings.stamped_in_utc"],
    }
    assert report["not_applicable"]["connecting.finds_devices"] == ("because this test wants to see a reason")
    assert "connecting.closes_twice" in report["passed"]


def test_what_was_recorded_is_played_to_both_flavours(tmp_path: Path) -> None:
    """With one cassette for each check that only reads, in which no token is."""
    which = ["-k", "finds_devices or stamped_in_utc or current_is_current", "-rs"]
    cassettes = tmp_path / "cassettes"
    recorded = pytest_on(tmp_path, "", *which, f"--openpower-cassettes={cassettes}", "--openpower-record")
    played = pytest_on(tmp_path, "", *which, f"--openpower-cassettes={cassettes}")
    (cassette,) = cassettes.glob("acme/readings.stamped_in_utc.yaml")

    assert "4 passed" in recorded.stdout, recorded.stdout
    assert "4 passed" in played.stdout, played.stdout
    assert "acme-token" not in cassette.read_text()
    assert "https://vendor.example/v1/now" in cassette.read_text()

    cassette.write_text(cassette.read_text().replace("/v1/now", "/v1/then"))
    unknown = pytest_on(tmp_path, "", "-k", "stamped_in_utc and async", f"--openpower-cassettes={cassettes}")

    assert "A request is not in the cassette: record it again with --openpower-record." in unknown.stdout


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"test_conforms": lambda self: None}, "belongs to the kit"),
        ({"not_applicable": {"writes.dry_run_sends_nothing": " "}}, "gives no reason"),
        ({"not_applicable": {"writes.never": "why"}}, "which is not a check"),
        ({"unproven": {"signs.balance_closes": ""}}, "unproven gives no reason"),
    ],
)
def test_checks_cannot_be_dodged(members: dict[str, Any], wrong: str) -> None:
    """Overriding them, and leaving them out without a reason, fails when the class is made."""
    with pytest.raises(TypeError, match=wrong):
        type("TestDodger", (Conformance,), {"provider": "demo", **members})


def test_every_check_says_what_has_to_be_true() -> None:
    """In a sentence, which failures repeat."""
    assert len(CHECKS) >= 70
    for check in CHECKS.values():
        assert check.truth.endswith("."), check.name


def test_a_relay_passes_requests_on_and_loses_answers_on_request() -> None:
    """What it says of itself is what it does."""
    import urllib.error
    import urllib.request

    from openpower_testing import FaultServer

    with (
        FaultServer(b'{"code": 200, "power": 7}') as vendor,
        Relay(f"{vendor.url}/api", is_write=lambda each: each.method == "POST") as relay,
    ):
        relay.rewrite = lambda answer: {**answer, "power": None}
        with urllib.request.urlopen(f"{relay.address}/now") as answer:
            assert json.load(answer) == {"code": 200, "power": None}
        relay.lose = 1
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"{relay.address}/set", data=b"{}")
        urllib.request.urlopen(f"{relay.address}/set", data=b"{}").close()

        assert len(relay.writes) == len([e for e in vendor.requests if e.method == "POST"]) == 2


def test_a_check_is_known_by_its_old_name() -> None:
    """Where authors name checks; with a warning that gives the new name."""
    warning = "'connecting.nobody_there' is now called 'connecting.connection_refused'"
    with pytest.warns(DeprecationWarning, match=warning) as caught:

        class TestAcme(Conformance):
            provider = "acme"
            not_applicable = {"connecting.nobody_there": "it is a sensor on a bus"}  # noqa: RUF012

    assert TestAcme.not_applicable == {"connecting.connection_refused": "it is a sensor on a bus"}
    assert [each.filename for each in caught] == [__file__]


async def _sees_nothing(harness: Harness) -> None:
    harness.unproven("no figure of the meter was seen.")


async def _sees_all(harness: Harness) -> None:
    assert await harness.devices()


@pytest.mark.parametrize(
    ("body", "reasons", "outcome", "message"),
    [
        (
            _sees_nothing,
            {},
            "failed",
            'Unproven: no figure of the meter was seen. .*unproven = {"readings.stamped_in_utc"',
        ),
        (_sees_nothing, {"readings.stamped_in_utc": "a meter of gas"}, "unproven", "a meter of gas [(]no figure"),
        (_sees_all, {}, "passed", "^$"),
        (_sees_all, {"readings.stamped_in_utc": "a meter of gas"}, "failed", "Everything was exercised"),
    ],
)
def test_what_saw_nothing_needs_a_reason(body: Any, reasons: dict[str, str], outcome: str, message: str) -> None:
    """A check that exercised nothing fails unless the provider says why, and a reason that is out of date fails too."""
    check = replace(CHECKS["readings.stamped_in_utc"], body=body)
    members = {"provider": make_spec(), "home": lambda self, clock: serve(clock), "unproven": reasons}
    kind = type("Acme", (Conformance,), members)
    result = asyncio.run(run_check(check, kind()))

    assert result.outcome == outcome
    assert re.search(message, result.message)
