"""What the battery has to do for what Predbat has set: the reference's table of states, windows and rates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.errors import InvalidValue
from openpower_hub.predbat.commands import names, written
from openpower_hub.predbat.entities import TIMES, controls
from openpower_hub.predbat.intent import HELD, IMMEDIATE, Demanded, Window, intended

LONDON = "Europe/London"
NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)  # 02:00 on the clock there
MOST_W = 5000.0


def after(*writes: tuple[str, str], at: datetime = NOW) -> Demanded:
    """What is demanded after some messages."""
    demanded = Demanded()
    for name, text in writes:
        demanded = written(demanded, name, text, now=at, most_w=MOST_W)
    return demanded


NIGHT = (("charge_start", "01:00:00"), ("charge_end", "05:00:00"), ("charge_enable", "ON"))
EXPORT = (("export_start", "01:00:00"), ("export_end", "03:00:00"), ("export_enable", "ON"))
AT_FIVE = datetime(2026, 1, 15, 5, 0, tzinfo=UTC)
AT_THREE = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
HELD_UNTIL = NOW + HELD

CASES: list[tuple[str, tuple[tuple[str, str], ...], float, str | None, dict[str, Any]]] = [
    # Predbat's state, what it writes, state of charge, our operation, what else the order has
    ("Demand", (), 50, None, {}),
    ("Charging", (*NIGHT, ("charge_target", "80")), 50, "charge", {"target_soc_pct": 80, "until": AT_FIVE}),
    ("Charging slowly", (*NIGHT, ("charge_rate", "1500")), 50, "charge", {"power_w": 1500, "target_soc_pct": 100}),
    ("Charging with all it can", (*NIGHT, ("charge_rate", "5000")), 50, "charge", {"power_w": None}),
    ("Freeze charging", (*NIGHT, ("charge_target", "50")), 50, "hold", {"until": AT_FIVE}),
    ("Hold charging", (*NIGHT, ("charge_target", "50")), 50.6, "hold", {"until": AT_FIVE}),
    ("No charge", (*NIGHT, ("charge_target", "20")), 50, None, {}),
    ("Window switched off", (*NIGHT, ("charge_enable", "OFF")), 50, None, {}),
    ("Exporting", (*EXPORT, ("export_target", "30")), 50, "export", {"target_soc_pct": 30, "until": AT_THREE}),
    ("Exporting above the reserve", (*EXPORT, ("reserve", "40")), 50, "export", {"target_soc_pct": 40}),
    ("Hold exporting", (*EXPORT, ("export_target", "60")), 50, None, {}),
    ("Freeze exporting", (*EXPORT, ("export_target", "99"), ("charge_rate", "0")), 50, "no_charge", {}),
    ("Hold for car", (("discharge_rate", "0"),), 50, "hold", {"until": HELD_UNTIL}),
    ("Hold for car, in an export window", (*EXPORT, ("discharge_rate", "0")), 50, "hold", {}),
    ("No charge at all", (("charge_rate", "0"),), 50, "no_charge", {"until": HELD_UNTIL}),
    ("Neither", (("charge_rate", "0"), ("discharge_rate", "0")), 50, "idle", {"until": HELD_UNTIL}),
    ("Rates back", (("discharge_rate", "0"), ("discharge_rate", "5000")), 50, None, {}),
    ("Placeholder", (("charge_start", "00:00:00"), ("charge_end", "00:00:00"), ("charge_enable", "ON")), 50, None, {}),
    ("Charge now", (("target_soc", "90"), ("charge", "2000")), 50, "charge", {"power_w": 2000, "target_soc_pct": 90}),
    ("Export now", (("reserve", "20"), ("discharge", "3000")), 50, "export", {"power_w": 3000, "target_soc_pct": 20}),
    ("Do not discharge now", (("discharge", "0"),), 50, "hold", {"until": NOW + IMMEDIATE}),
    ("Auto", (("charge", "2000"), ("auto", "true")), 50, None, {}),
]


@pytest.mark.parametrize(("state", "writes", "soc", "operation", "more"), CASES)
def test_each_state_of_predbats_becomes_the_battery_mode_of_the_reference(
    state: str, writes: tuple[tuple[str, str], ...], soc: float, operation: str | None, more: dict[str, Any]
) -> None:
    """Section 6 of the reference; each order has an end."""
    found = intended(after(*writes), now=NOW, tz=LONDON, soc_pct=soc, running=None, own_reserve=True).order

    assert (found and found.operation) == operation, state
    for name, value in more.items():
        assert getattr(found, name) == value, (state, name)
    assert found is None or (found.until is not None and found.until > NOW)


@pytest.mark.parametrize(
    ("start", "end", "now", "ends"),
    [
        ("23:30:00", "05:30:00", datetime(2026, 1, 15, 23, 45, tzinfo=UTC), datetime(2026, 1, 16, 5, 30, tzinfo=UTC)),
        ("23:30:00", "05:30:00", datetime(2026, 1, 16, 5, 29, tzinfo=UTC), datetime(2026, 1, 16, 5, 30, tzinfo=UTC)),
        ("23:30:00", "05:30:00", datetime(2026, 1, 16, 5, 30, tzinfo=UTC), None),
        ("23:30:00", "05:30:00", datetime(2026, 1, 16, 12, 0, tzinfo=UTC), None),
        # In summer the clock there is an hour ahead of UTC.
        ("01:00:00", "05:00:00", datetime(2026, 7, 15, 0, 0, tzinfo=UTC), datetime(2026, 7, 15, 4, 0, tzinfo=UTC)),
        # On 29 March 2026 the hour from 01:00 does not exist there.
        ("00:30:00", "04:00:00", datetime(2026, 3, 29, 0, 45, tzinfo=UTC), datetime(2026, 3, 29, 3, 0, tzinfo=UTC)),
        # On 25 October 2026 it comes twice.
        ("00:30:00", "04:00:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 4, 0, tzinfo=UTC)),
    ],
)
def test_windows_follow_the_clock_on_the_wall(start: str, end: str, now: datetime, ends: datetime | None) -> None:
    """Over midnight, and over the changes of summer time."""
    assert Window(start=start, end=end, enabled=True).ends_at(now, LONDON) == ends


def test_a_charge_that_reached_its_target_holds_though_the_sun_goes_on() -> None:
    """Above the target because of solar, within the window that charged it: hold, as hold charging means."""
    demanded = after(*NIGHT, ("charge_target", "60"))
    found = intended(demanded, now=NOW, tz=LONDON, soc_pct=70, running="charge", own_reserve=True)

    assert found.order is not None
    assert found.order.operation == "hold"


def test_a_rate_of_zero_ends_by_itself_and_shows_that_before() -> None:
    """Predbat has ten minutes to write it again; if it is gone, the battery is free half an hour after its last word."""
    demanded = after(("discharge_rate", "0"))
    shown = {
        minutes: controls(demanded, NOW + timedelta(minutes=minutes), most_w=MOST_W, reserve_pct=20.0)["discharge_rate"]
        for minutes in (0, 19, 21)
    }
    assert shown == {0: 0, 19: 0, 21: MOST_W}

    def order(minutes: int) -> Any:
        now = NOW + timedelta(minutes=minutes)
        return intended(demanded, now=now, tz=LONDON, soc_pct=50, running=None, own_reserve=True).order

    assert order(29).operation == "hold"
    assert order(30) is None


def test_what_is_said_by_mqtt_ends_unless_something_more_is_said() -> None:
    """Any later message shows that Predbat is there, and renews it."""
    demanded = after(("charge", "2000"))
    later = NOW + timedelta(minutes=10)
    renewed = written(demanded, "charge_rate", "3000", now=later, most_w=MOST_W)

    assert demanded.mode_until == NOW + timedelta(minutes=15)
    assert renewed.mode_until == later + timedelta(minutes=15)
    over = intended(demanded, now=NOW + timedelta(minutes=15), tz=LONDON, soc_pct=50, running=None, own_reserve=True)
    assert over.order is None


def test_a_reserve_that_the_battery_cannot_keep_is_kept_by_holding() -> None:
    """A floor in software, where the vendor has none."""
    demanded = after(("reserve", "30"))

    def operation(soc: float, *, own: bool) -> str | None:
        order = intended(demanded, now=NOW, tz=LONDON, soc_pct=soc, running=None, own_reserve=own).order
        return None if order is None else order.operation

    assert operation(30, own=False) == "hold"
    assert operation(31, own=False) is None
    assert operation(30, own=True) is None


REFUSED = [
    ("charge_start", "01:02:00"),
    ("charge_start", "01:00"),
    ("charge_start", "25:00:00"),
    ("charge_enable", "on please"),
    ("charge_enable", "true"),
    ("charge_target", "101"),
    ("charge_target", "nan"),
    ("charge_target", "-1"),
    ("charge_rate", "fast"),
    ("charge_rate", "inf"),
    ("discharge", "-100"),
    ("charge", "0"),
    ("charge", "true"),
    ("auto", "false"),
]


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_was_not_announced_is_refused(name: str, text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidValue):
        after((name, text))


@pytest.mark.parametrize("name", names(immediate=True))
def test_every_control_can_be_written_and_is_shown_as_it_was(name: str) -> None:
    """Predbat reads each value back within seconds, and reports a failure if it is another."""
    text = {"rate": "2400", "target": "77", "reserve": "12", "enable": "ON"}.get(name.rpartition("_")[2], "04:35:00")
    if name in controls(Demanded(), NOW, most_w=MOST_W, reserve_pct=20.0):
        shown = controls(after((name, text)), NOW, most_w=MOST_W, reserve_pct=20.0)[name]
        assert str(shown).removesuffix(".0") == text
        assert text not in TIMES or text == "04:35:00"
