"""Documents that people write are read strictly; every error names the place and the remedy."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from attrs import frozen

from openpower_core.control import BatteryCommand, CurrentLimits, Schedule, Weekday
from openpower_core.convert import to_dict
from openpower_core.convert.documents import read_document, read_json_document
from openpower_core.errors import InvalidValue

HOLD = {"start": "16:00", "end": "18:00", "mode": "hold"}


def test_what_unstructure_writes_is_read_back() -> None:
    """Times, days, enums and instants in the form of JSON become what they were."""
    schedule = Schedule(windows=[read_document(Schedule, {"windows": [HOLD]}).windows[0]], otherwise="idle", tz="UTC")
    command = BatteryCommand(mode="charge", power_w=2500.5, until=datetime(2026, 8, 4, 6, tzinfo=UTC))

    assert read_document(Schedule, to_dict(schedule)) == schedule
    assert read_document(BatteryCommand, to_dict(command)) == command


def test_values_may_be_written_as_people_write_them() -> None:
    """Days as words, times without a leading zero, midnight as 24:00."""
    data = {"windows": [{**HOLD, "start": "6:00", "end": "24:00", "days": "sat,sun"}]}

    (window,) = read_document(Schedule, data).windows

    assert (window.start, window.end) == (time(6), time(0))
    assert window.days == {Weekday.SATURDAY, Weekday.SUNDAY}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"windows_": []}, r"^winter\.json has no key 'windows_'.*Did you mean 'windows'"),
        ({"windows": [{**HOLD, "day": ["mon"]}]}, r"^winter\.json: windows\[0\] has no key 'day'.*Did you mean 'days'"),
        ({"windows": [{**HOLD, "target": 90}]}, r"no key 'target'.*Did you mean 'target_soc_pct'"),
        ({"windows": [HOLD, {"start": "01:00", "mode": "hold"}]}, r"windows\[1\] lacks the key 'end'"),
        ({"windows": {}}, r"windows is \{\}; it must be a list"),
        ({"windows": None}, "windows is None; it must be a list"),
        ({"windows": [[]]}, r"windows\[0\] is \[\]; it must be an object"),
        ([HOLD], "it must be an object with the keys 'windows'"),
        ({"windows": [{**HOLD, "mode": "charg"}]}, r"windows\[0\]: mode is 'charg'.*Did you mean 'charge'"),
        ({"windows": [{**HOLD, "power_w": "3000"}]}, "power_w is '3000'; it must be a number"),
        ({"windows": [{**HOLD, "power_w": True}]}, "power_w is True; it must be a number"),
        ({"windows": [{**HOLD, "start": 16}]}, "start is 16; it must be a time of day"),
        ({"windows": [{**HOLD, "start": "16:00Z"}]}, "start is '16:00Z'; it must be a time of day"),
        ({"windows": [{**HOLD, "days": []}]}, "days is empty"),
        ({"windows": [], "otherwise": None}, "otherwise is None"),
        ({"windows": [HOLD, HOLD]}, "overlap"),
    ],
)
def test_what_is_not_meant_is_refused_with_its_place(data: Any, message: str) -> None:
    """An unknown or missing key, another type, an unknown word: each names the document, the place and what is allowed."""
    with pytest.raises(InvalidValue, match=message):
        read_document(Schedule, data, name="winter.json")


def test_fields_without_rules_of_their_own_are_checked_by_their_type() -> None:
    """A class needs no converter for its documents to be strict."""

    @frozen(kw_only=True)
    class Poll:
        every: float
        names: tuple[str, ...] = ()
        limits: CurrentLimits | None = None

    with pytest.raises(InvalidValue, match="every is '5'; it must be a number"):
        read_document(Poll, {"every": "5"})
    with pytest.raises(InvalidValue, match=r"limits has no key 'max'.*'max_a'"):
        read_document(Poll, {"every": 5, "limits": {"max": 16}})
    assert read_document(Poll, {"every": 5, "limits": {"min_a": 6, "max_a": 16}}).limits == CurrentLimits(
        min_a=6, max_a=16
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "the schedule has the key 'c' twice"),
        ('{"a": NaN}', "NaN where a number is expected"),
        ("{}}", "not JSON: Extra data, at line 1, column 3"),
        ('{"a": ' + "9" * 5000 + "}", "a number is too long"),
        ("[" * 100_000, "nested too deeply"),
        ("", "not JSON"),
    ],
)
def test_json_is_read_strictly(text: str, message: str) -> None:
    """A key that is there twice says two things, of which json alone drops one."""
    with pytest.raises(InvalidValue, match=message):
        read_json_document(text, "the schedule")
