"""Settings that last: shown without a value, set with one, by the rules of every other change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openpower_goodwe.local.emulator import EmulatedET, serve

SETTINGS = (
    ("reserve", "30", "reserve_soc_pct", 30, "30 %"),
    ("max-soc", "92.5%", "max_soc_pct", 92.5, "92.5 %"),
    ("export-limit", "2999", "export_limit_w", 2999, "2999 W"),
)


@pytest.mark.parametrize(("command", "typed", "field", "value", "text"), SETTINGS)
def test_what_is_set_is_what_is_shown(cli: Any, command: str, typed: str, field: str, value: float, text: str) -> None:
    """To its last digit, for people and for programs; the second time there is nothing to do."""
    set_ = cli(command, "demo", typed, "--yes", "--confirm", "--json")

    assert set_.data["receipt"]["state"] == "confirmed"
    assert cli(command, "demo", "--json").data[field] == value
    assert cli(command, "demo").out.splitlines()[1].split(maxsplit=1) == [command, text]
    assert cli(command, "demo", typed, "--yes", "--json").data["receipt"]["state"] == "unchanged"


@pytest.mark.parametrize(("command", "typed", "field", "value", "text"), SETTINGS)
def test_a_dry_run_of_a_setting_sends_nothing(
    cli: Any, command: str, typed: str, field: str, value: float, text: str
) -> None:
    """It shows the plan, and the device keeps what it has."""
    before = cli(command, "demo", "--json").data[field]

    plan = cli(command, "demo", typed, "--dry-run")

    assert plan.code == 0
    assert text in plan.out
    assert "Planned; nothing was sent." in plan.out
    assert cli(command, "demo", "--json").data[field] == before != value
    assert cli("audit", "--json").data["audit"] == []


def test_none_removes_the_export_limit(cli: Any) -> None:
    """And that is what is shown then."""
    cli("export-limit", "demo", "3000", "--yes", "--confirm")

    assert cli("export-limit", "demo", "none", "--yes", "--confirm").code == 0
    assert cli("export-limit", "demo", "--json").data["export_limit_w"] is None
    assert "none" in cli("export-limit", "demo").out


def test_power_limits_are_set_one_by_one(cli: Any) -> None:
    """What is not named stays; none lifts a limit."""
    assert cli("limits", "demo", "--charge", "2500", "--discharge", "3000", "--yes", "--confirm").code == 0
    assert cli("limits", "demo", "--charge", "none", "--yes", "--confirm").code == 0

    shown = cli("limits", "demo", "--json").data

    assert (shown["max_charge_w"], shown["max_discharge_w"]) == (None, 3000)
    lines = [line.split(maxsplit=1) for line in cli("limits", "demo").out.splitlines()]
    assert lines[1:] == [["charge", "none"], ["discharge", "3000 W"]]


def test_with_one_profile_the_value_stands_alone(cli: Any, own_folders: Path) -> None:
    """``openpower reserve 20`` names no home."""
    file = own_folders / "config.toml"
    file.write_text('[profiles.home]\nprovider = "demo"\n')
    file.chmod(0o600)

    assert cli("reserve", "20", "--yes").code == 0
    assert "20 %" in cli("reserve", "home").out
    assert cli("export-limit", "none", "--yes").code == 0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("reserve", "demo", "130"), "reserve is 130.0; percentages range from 0 to 100"),
        (("reserve", "demo", "0.3"), "not as a fraction"),
        (("reserve", "demo", "much"), "reserve is 'much'; it must be a number"),
        (("max-soc", "demo", "nan"), "max-soc is nan"),
        (("export-limit", "demo", "-5"), "export-limit is -5"),
        (("export-limit", "demo", "1e999"), "export-limit is inf"),
        (("limits", "demo", "--charge", "-5"), "--charge is -5"),
        (("limits", "demo", "--discharge", "much"), "--discharge is 'much'; it must be a number"),
        (("reserve", "demo", "20"), "Add --yes"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_is_sent(cli: Any, typed: tuple[str, ...], message: str) -> None:
    """In the words that were typed."""
    shown = cli(*typed, *(["--yes"] if message != "Add --yes" else []))

    assert shown.code == 2
    assert message in shown.err
    assert "soc_pct" not in shown.err
    assert cli("audit", "--json").data["audit"] == []


def test_power_limits_of_a_real_protocol(cli: Any) -> None:
    """An emulated GoodWe ET takes currents: what it became is below, and none is refused with what to do instead."""
    with serve(EmulatedET()) as served:
        where = [part for name, value in served.options.items() for part in ("-O", f"{name}={value}")]
        changed = cli("limits", "goodwe-local", "--charge", "2000", "--yes", "--confirm", *where)
        shown = cli("limits", "goodwe-local", "--json", *where).data
        lifted = cli("limits", "goodwe-local", "--charge", "none", "--yes", *where)

    assert changed.code == 0
    assert (shown["max_charge_w"], shown["max_discharge_w"]) == (69 * 28.8, 7200)
    assert lifted.code != 0
    assert "data sheet" in lifted.err
