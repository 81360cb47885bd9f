"""Messages speak the command line's words: no argument of the library stands in what a command prints."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from attrs import fields

import openpower
from openpower_core.registry.spec import COMMON_OPTIONS

KINDS = (
    openpower.Battery,
    openpower.EVCharger,
    openpower.Inverter,
    openpower.Meter,
    openpower.Retailer,
    openpower.Site,
)
VALUES: tuple[type[Any], ...] = (
    openpower.BatteryCommand,
    openpower.BatterySettings,
    openpower.Window,
    openpower.Schedule,
)


def arguments() -> set[str]:
    """The names of all that devices take, and of the options that ``-O`` gives."""
    methods = [each for kind in KINDS for _, each in inspect.getmembers(kind, inspect.isfunction)]
    names = {name for method in methods for name in inspect.signature(method).parameters}
    names |= {field.name for kind in VALUES for field in fields(kind)}
    return (names | {*COMMON_OPTIONS}) - {"self"}


ARGUMENTS = arguments()
WRONG = [
    *(f"charge demo --dry-run {each}" for each in ("--to 180", "--to -1", "--to 0.8", "--to nan", "--power -5")),
    *(
        f"charge demo --dry-run {each}"
        for each in ("--power 99999999", "--power x", "--until foo", "--until 2020-01-01")
    ),
    *(f"charge demo --dry-run {each}" for each in ("--battery nobody", "-O default_duration=-5", "-O max_power_w=x")),
    "export demo --to 100 --power 0 --dry-run",
    "hold demo --until 1999-01-01",
    "charge demo",
    "release demo --battery nobody --yes",
    "reserve demo 120",
    "reserve demo -5",
    "reserve demo x",
    "reserve demo 0.2",
    "max-soc demo 0.5",
    "max-soc demo 300",
    "limits demo --charge -4",
    "limits demo --discharge x",
    "limits demo --charge 1e99",
    "export-limit demo -5",
    "export-limit demo x",
    *(f"ev limit demo --amps {each}" for each in ("3", "-3", "0", "x", "1000", "10 --scope foo", "10 --scope site")),
    "ev start demo --charger nobody",
    "ev stop demo --charger nobody",
    "schedule set demo -w xxx",
    "schedule set demo -w 'charge 01:00-02:00 to 180'",
    "schedule set demo -w 'charge 01:00-02:00 at 0'",
    "schedule set demo -w 'charge 01:00-01:00'",
    "schedule set demo -w 'charge 25:00-26:00'",
    "schedule set demo -w 'charge 01:00-03:00' -w 'hold 02:00-04:00'",
    "schedule set demo -w 'charge 01:00-03:00 on xyz'",
    "schedule set demo --otherwise foo -w 'hold 01:00-02:00'",
    *(f"prices demo {each}" for each in ("--channel foo", "--channel controlled_load", "--resolution 100000")),
    *(f"prices demo {each}" for each in ("--resolution 0", "--from foo", "--from 2026-02-01 --to 2026-01-01")),
    "prices demo --cheapest 99h --from 2026-01-01 --to 2026-01-02",
    "prices demo --cheapest foo",
    "usage demo --from foo",
    "usage demo --from 2099-01-01 --to 2099-01-02",
    "bill demo --month foo",
    "bill demo --month 2026-01 --import-retailer nobody",
    "history demo --from 2099-01-01",
    "watch demo --every 0.2",
    "demo --start foo",
    "demo --tz Foo/Bar",
    *(
        f"status demo -O {each}"
        for each in ("timeout=-1", "timeout=abc", "foo=1", "seed=-1", "latitude=999", "speed=0")
    ),
    *(
        f"status demo -O {each}"
        for each in ("tz=Foo", "allow_http=x", "default_duration=x", "max_power_w=-1", "house=1")
    ),
    *(f"status demo -O {each}" for each in ("transport=x", "clock=x", "profile=x", "like=nobody", "state_dir=")),
    "status alphaess",
    "status alphaess -O app_id=x",
    "status alphaess -O base_url=http://example.org",
    "status alphaess -O base_url=nonsense",
    "status amber -O state=xyz",
    "status octopus",
    "status octopus -O product=AGILE-24-10-01",
    "status dayahead",
    "status dayahead -O area=XX",
    "status dayahead -O area=DE-LU -O source=nobody",
    "status tariff",
    "status tariff -O file=/nowhere/x.toml",
    "status goodwe-local",
    "status goodwe-local -O host=http://x",
    "status goodwe-sems -O region=x",
]


@pytest.mark.parametrize("line", WRONG)
def test_no_argument_of_the_library_stands_in_a_message(cli: Any, line: str, own_folders: Path) -> None:
    """Names with an underscore, ``name=…``, calls and Python's words; what ``-O`` takes is written as it is typed."""
    shown = cli(*shlex.split(line))
    text = "\n".join(row for row in (shown.out + shown.err).splitlines() if not row.startswith("sends "))
    text = re.sub(r"-O [\w.]+(=\S*)?", "", text)  # as it is typed
    text = re.sub(r"\w+ = true in the profile's TOML", "", text)
    text = text.partition("every provider takes")[0].partition("; it takes")[0]  # the list of what -O takes

    assert shown.code in {0, 1, 2, 3, 4, 9}
    assert {each for each in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text) if each in ARGUMENTS} == set()
    assert [each for each in re.findall(r"\b(\w+)=", text) if each in ARGUMENTS] == []
    assert not re.search(r"timedelta|datetime|\bTrue\b|\bFalse\b|\bconnect\(|\w\(\)", text)


@pytest.mark.parametrize("typed", ["no-charge", "no_charge", "NO-CHARGE", "no charge"])
def test_words_of_the_library_are_taken_as_it_writes_them(cli: Any, typed: str) -> None:
    """With a hyphen as on this screen, with an underscore as in Python and JSON."""
    window = f"{typed.replace(' ', '-')} 01:00-02:00"
    shown = cli("schedule", "set", "demo", "--window", window, "--otherwise", typed.replace(" ", "-"), "--dry-run")

    assert shown.code == 0, shown.err
    assert "no-charge 01:00-02:00" in shown.out


@pytest.mark.parametrize("typed", ["controlled-load", "controlled_load"])
def test_channels_are_taken_as_the_library_writes_them(cli: Any, typed: str) -> None:
    """Both are understood, and refused for the same reason: the demo has no such meter."""
    assert "no channel 'controlled_load'" in cli("prices", "demo", "--channel", typed).err


def test_brackets_are_shown_as_they_are(cli: Any) -> None:
    """``[NAME]`` in a help is no markup."""
    for words, usage in {
        ("charge",): "openpower charge [NAME] [OPTIONS]",
        ("reserve",): "openpower reserve [NAME] [VALUE] [OPTIONS]",
        ("release",): "openpower release [NAME]... [OPTIONS]",
        ("schedule", "set"): "openpower schedule set [NAME] [OPTIONS]",
    }.items():
        assert f"Usage: {usage}\n" in cli(*words, "--help").out


def test_options_of_several_homes(cli: Any, own_folders: Path) -> None:
    """``KEY=VALUE`` for those that take it, ``NAME.KEY=VALUE`` for one; what nobody takes is an error."""
    file = own_folders / "t.toml"
    cli("login", "tariff", "-O", f"file={file}", "--yes")
    one = cli("site", "demo", "tariff", "-O", "demo.seed=4", "--json").data
    same = cli("site", "demo", "tariff", "-O", "seed=4", "--json").data

    assert [each["id"] for each in one["devices"]] == [each["id"] for each in same["devices"]]
    assert cli("site", "demo", "tariff", "-O", "demo.seed=x").code == 2
    assert "-O foo=1: none of demo, tariff takes it." in cli("site", "demo", "tariff", "-O", "foo=1").err
    assert "none of demo, tariff" in cli("site", "demo", "tariff", "-O", "other.tz=UTC").err
