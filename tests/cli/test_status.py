"""``demo``, ``status``, ``devices`` and ``providers`` show what there is, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openpower_core.registry import load

EVENING = ("demo", "--start", "2026-01-15T18:30", "--seed", "3")


def test_the_demo_shows_every_part_of_a_home(cli: Any) -> None:
    """Solar, house, grid, battery, car and both prices are shown, each on a line."""
    shown = cli(*EVENING)

    assert shown.code == 0
    first_words = [line.split()[0] for line in shown.out.splitlines()[1:]]
    assert first_words[:5] == ["Solar", "House", "Grid", "Battery", "Car"]
    assert {"Buying", "Selling"} <= set(first_words)


def test_json_carries_the_same_home_with_its_schema(cli: Any) -> None:
    """Programs get a versioned object whose balance closes to the watt."""
    data = cli(*EVENING, "--json").data

    assert data["schema"] == 1
    assert data["balance"]["residual_w"] == pytest.approx(0, abs=1e-6)
    assert [device["role"] for device in data["devices"]] == ["inverter", "battery", "meter", "ev_charger"]


def test_the_same_seed_and_time_give_the_same_home(cli: Any) -> None:
    """A simulated home does not depend on when it is looked at."""
    assert cli(*EVENING).out == cli(*EVENING).out


@pytest.mark.parametrize("tz", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # 25 hours apart: never one date
def test_the_demo_shows_the_afternoon_of_the_homes_own_day(cli: Any, tz: str) -> None:
    """Without --start it is 13:00 today where the home is, and ``status`` shows the same home as it is now."""
    shown = cli("demo", "--tz", tz).out
    today = datetime.now(ZoneInfo(tz))

    assert f" {today.day} {today:%B %Y}, 13:00 ({tz})" in shown
    assert "at 13:00 today" in shown
    assert "openpower status demo" in shown


@pytest.mark.parametrize("tz", ["Pacific/Kiritimati", "Europe/Berlin"])
def test_the_simulated_home_is_where_this_machine_is(cli: Any, monkeypatch: pytest.MonkeyPatch, tz: str) -> None:
    """It is day there when it is day here; a zone that is given counts."""
    monkeypatch.setenv("TZ", tz)

    assert cli("status", "demo", "--json").data["tz"] == cli("demo", "--json").data["tz"] == tz
    assert cli("status", "demo", "-O", "tz=Asia/Tokyo", "--json").data["tz"] == "Asia/Tokyo"


def test_devices_lists_whole_ids_and_abilities(cli: Any) -> None:
    """A device's id can be copied from the list."""
    data = cli("devices", "demo", "--json").data

    battery = next(each for each in data["devices"] if each["role"] == "battery")
    assert battery["id"].endswith("/battery")
    assert battery["capabilities"]["charge"]["support"] == "full"


def test_providers_lists_the_installed_ones(cli: Any) -> None:
    """What is installed is listed from metadata, in a pipe as tab-separated text."""
    shown = cli("providers")

    assert shown.out.splitlines()[0] == "name\tdistribution\tversion"
    assert "demo\topenpower-demo" in shown.out


def test_what_is_denied_is_shown_as_such(cli: Any, own_folders: Path) -> None:
    """By ``providers`` and ``doctor``, with who says so; connecting says how to allow it."""
    load("amber")  # as other tests of the process may have done: the rule holds all the same
    (own_folders / "config.toml").write_text('[plugins]\ndeny = ["openpower-amber", "acme"]\n')
    (own_folders / "config.toml").chmod(0o600)
    rows = {row["name"]: row for row in cli("providers", "--json").data["providers"]}
    table, doctor, status = cli("providers"), cli("doctor"), cli("status", "amber")

    assert rows["demo"]["denied"] == ""
    assert rows["amber"]["denied"].endswith("config.toml denies it")
    assert table.out.splitlines()[0] == "name\tdistribution\tversion\tdenied"
    assert "note  provider amber: denied, from openpower-amber 0.2.0: [plugins] of " in doctor.out
    assert "not acme, openpower-amber; not installed: acme" in doctor.out.replace("\n", " ")
    assert "ok    provider demo" in doctor.out
    assert status.code == 2
    assert "remove 'openpower-amber' from deny" in " ".join(status.err.split())


def test_an_unknown_name_says_what_there_is(cli: Any) -> None:
    """A misspelt provider is a usage error that names the nearest one."""
    shown = cli("status", "alphaes")

    assert shown.code == 2
    assert "Did you mean 'alphaess'?" in shown.err


def test_without_any_home_it_says_how_to_begin(cli: Any) -> None:
    """No name and no profile: the next step is named."""
    shown = cli("status")

    assert shown.code == 2
    assert "openpower login" in shown.err
    assert "openpower demo" in shown.err


def test_missing_credentials_are_named_with_their_source(cli: Any) -> None:
    """Sign-in is needed: every missing field, its variable, where to get it, and the command that asks for it."""
    shown = cli("status", "alphaess")

    assert shown.code == 4
    assert "OPENPOWER_ALPHAESS_APP_SECRET" in shown.err
    assert "https://open.alphaess.com" in shown.err
    assert "openpower login alphaess" in shown.err


def test_an_error_can_be_read_by_programs(cli: Any) -> None:
    """With --json the error is an object on standard output, with its exit code."""
    shown = cli("status", "alphaess", "--json")

    assert shown.data["error"]["type"] == "MissingCredential"
    assert shown.data["error"]["exit_code"] == shown.code == 4


def test_a_secret_is_refused_as_an_argument(cli: Any) -> None:
    """Arguments are seen by every process, so a secret there is refused and not repeated."""
    shown = cli("status", "alphaess", "-O", "app_secret=hunter2canary")

    assert shown.code == 2
    assert "OPENPOWER_ALPHAESS_APP_SECRET" in shown.err
    assert "hunter2canary" not in shown.err + shown.out


def test_an_unreachable_vendor_has_its_own_exit_code(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server listens there: code 3, and the address to check."""
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_ID", "alpha0123456789abcdef")
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", "0123456789abcdef")

    shown = cli("status", "alphaess", "-O", "base_url=http://127.0.0.1:9/api")

    assert shown.code == 3
    assert "0123456789abcdef" not in shown.err


def test_a_wrong_option_is_a_usage_error(cli: Any) -> None:
    """What the command line does not know is said with where help is."""
    shown = cli("status", "demo", "--nonsense")

    assert shown.code == 2
    assert "--help" in shown.err
