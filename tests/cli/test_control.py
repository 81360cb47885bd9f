"""Commands that change something show a plan, send it only when agreed, and end with the receipt."""

from __future__ import annotations

from typing import Any

import pytest

from openpower_core.control import BatteryMode, Weekday
from openpower_core.errors import InvalidValue


def test_a_dry_run_shows_the_plan_and_sends_nothing(cli: Any) -> None:
    """The receipt of a dry run is PLANNED, and the audit stays empty."""
    shown = cli("charge", "demo", "--to", "80", "--until", "06:00", "--dry-run", "--json")

    assert shown.data["receipt"]["state"] == "planned"
    assert cli("audit", "--json").data["audit"] == []


def test_without_a_terminal_it_asks_for_yes(cli: Any) -> None:
    """A pipe cannot confirm: nothing is sent, and the error names --yes."""
    shown = cli("hold", "demo", "--until", "16:00")

    assert shown.code == 2
    assert "--yes" in shown.err
    assert cli("audit", "--json").data["audit"] == []


def test_a_command_is_sent_and_audited(cli: Any) -> None:
    """With --yes it is sent; the audit says what, when and by whom, without a whole serial."""
    shown = cli("charge", "demo", "--to", "80", "--until", "06:00", "--yes", "--json")
    audit = cli("audit", "--json").data["audit"]

    assert shown.data["receipt"]["state"] in {"accepted", "confirmed"}
    assert audit[-1]["operation"] == "command"
    assert audit[-1]["by"]
    assert "DEMO0000000001" not in str(audit)


def test_waiting_confirms_it(cli: Any) -> None:
    """With --wait the receipt ends confirmed by reading back."""
    shown = cli("hold", "demo", "--until", "23:59", "--yes", "--wait", "--json")

    assert shown.data["receipt"]["state"] == "confirmed"


def test_a_level_beyond_a_hundred_is_refused_before_anything(cli: Any) -> None:
    """Percentages range from 0 to 100."""
    shown = cli("charge", "demo", "--to", "180", "--yes")

    assert shown.code == 2
    assert "0 to 100" in shown.err
    assert "--to is 180" in shown.err
    assert "target_soc_pct" not in shown.err


def test_releasing_what_nobody_commanded_does_nothing_and_says_so(cli: Any) -> None:
    """There is nothing to put back, which is no error."""
    shown = cli("release", "demo", "--yes")

    assert shown.code == 0
    assert "Nothing is commanded, so there is nothing to release." in shown.out
    assert shown.out.splitlines()[-1] == "Nothing to do."
    assert cli("audit", "--json").data["audit"] == []


def test_schedules_are_read_back_in_the_words_they_were_given_in(cli: Any) -> None:
    """What ``set`` plans is what ``show`` would print."""
    shown = cli("schedule", "set", "demo", "-w", "charge 1:00-5:00 to 90 on mon-fri", "--dry-run", "--json")
    (call,) = shown.data["receipt"]["calls"]
    assert "charge" in str(call["arguments"])


def test_ev_commands_reach_the_charger(cli: Any) -> None:
    """A limit below what the charger can do is planned as one native call."""
    shown = cli("ev", "limit", "demo", "--amps", "10", "--dry-run", "--json")

    assert shown.data["receipt"]["state"] == "planned"


def test_windows_are_parsed_strictly() -> None:
    """Each part of a window's text lands in its field; nonsense is named."""
    from openpower.cli.schedule import parse_window, window_text

    window = parse_window("hold 22:30-6:00 on sat,sun")

    assert window.mode is BatteryMode.HOLD
    assert window.days == {Weekday.SATURDAY, Weekday.SUNDAY}
    assert parse_window(window_text(window)) == window
    with pytest.raises(InvalidValue, match="not a window"):
        parse_window("charge sometimes")
    with pytest.raises(InvalidValue, match=r"'caturday'.*the days are mon, tue"):
        parse_window("charge 01:00-02:00 on caturday")


def test_setting_no_window_is_not_clearing(cli: Any) -> None:
    """Removing all windows is a separate command."""
    shown = cli("schedule", "set", "demo", "--yes")

    assert shown.code == 2
    assert "schedule clear" in shown.err


def test_a_plan_says_when_it_ends_and_what_comes_back(cli: Any) -> None:
    """On the home's clock, in people's words."""
    cli("schedule", "set", "demo", "-w", "hold 16:00-18:00", "--yes")

    plan = cli("charge", "demo", "--to", "80", "--power", "2500", "--until", "06:00", "--dry-run")
    lines = dict(line.split(maxsplit=1) for line in plan.out.splitlines())

    assert lines["plan"].startswith("charge the battery to 80 % at 2.50 kW until ")
    assert lines["plan"].endswith("06:00")
    assert lines["ends"].endswith("06:00, by itself")
    assert lines["then"] == "the schedule is restored: hold 16:00-18:00; otherwise auto"
    assert lines["sends"].startswith("set_program(")
    assert "adjusted" not in lines


def test_an_adjustment_is_shown(cli: Any) -> None:
    """What the device cannot do exactly is said before it is sent."""
    plan = cli("ev", "limit", "demo", "--amps", "10.6", "--dry-run")

    assert "adjusted  --amps: asked 10.6, gets 1" in plan.out


def test_an_empty_audit_says_so(cli: Any) -> None:
    """No table without rows."""
    assert cli("audit").out == "Nothing has been written yet.\n"
