"""``openpower plan`` and ``openpower run --print emhass``: from a configuration file, with nothing sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Cli

RULES = """
[homes.house]
profiles = ["demo"]

[rules.night]
rule = "cheapest"
hours = 3
before = "07:00"
control = true

[rules.export]
rule = "export_spike"
above = 0.01
target_soc_pct = 20
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file."""
    path = tmp_path / "hub.toml"
    path.write_text(RULES, encoding="utf-8")
    return path


def test_the_plan_of_the_next_day(cli: Cli, file: Path) -> None:
    """A line for each window: when, who, what, how far, and why."""
    done = cli("plan", "--config", str(file))

    assert (done.code, done.err) == (0, "")
    first, head, *rows = done.out.splitlines()
    assert first == "House, the next 24 hours:"
    assert head.split("\t") == ["time", "by", "what", "state", "why"]
    assert any("\trules.night\tcharge\tplanned\tAmong the cheapest 3 h before 07:00: " in row for row in rows)
    assert any("\trules.export\texport down to 20 %\tplanned\tFeed-in pays " in row for row in rows)
    assert all("Only shown: control is off." in row for row in rows if "rules.export\texport" in row)


def test_nothing_is_sent(cli: Cli, file: Path) -> None:
    """The audit stays empty."""
    cli("plan", "--config", str(file))

    assert cli("audit", "--json").data["audit"] == []


def test_for_programs(cli: Cli, file: Path) -> None:
    """The same as JSON: instants in UTC, an order or null."""
    (home,) = cli("plan", "--config", str(file), "--json").data["homes"]
    charges = [each for each in home["actions"] if each["by"] == "rules.night"]

    assert home["home"] == "house"
    assert home["tz"] == "Australia/Sydney"
    assert charges[0]["order"] == {"operation": "charge", "target_soc_pct": None, "power_w": None, "value": None}
    assert charges[0]["start"].endswith("Z")
    assert "DEMO" not in json.dumps(home)


def test_without_a_file(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to write one."""
    monkeypatch.chdir(tmp_path)
    done = cli("plan")

    assert done.code == 2
    assert "there is no openpower.toml" in done.err
    assert "run --init" in done.err


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("[homes.house]\nprofiles = ['demo']\n", [], "has no [rules] and no [emhass]"),
        (RULES, ["--home", "flat"], "has no home 'flat'; it has house."),
        (RULES.replace("hours = 3", "hours = 30"), [], "hours is 30; it must be above 0 and at most 24."),
    ],
)
def test_files_of_which_nothing_can_be_planned(
    cli: Cli, file: Path, text: str, arguments: list[str], words: str
) -> None:
    """Each says what is wrong."""
    file.write_text(text, encoding="utf-8")
    done = cli("plan", "--config", str(file), *arguments)

    assert done.code == 2
    assert words in done.err


def test_emhass_that_is_not_there(cli: Cli, file: Path) -> None:
    """The plan says so, and the rules are shown."""
    file.write_text(f'{RULES}\n[emhass]\nurl = "http://127.0.0.1:1"\n', encoding="utf-8")
    done = cli("plan", "--config", str(file))

    assert done.code == 0
    assert "\temhass\t–\trefused\tEMHASS at http://127.0.0.1:1 cannot be reached" in done.out
    assert "rules.night" in done.out


def test_a_part_that_cannot_be_connected(cli: Cli, file: Path) -> None:
    """Its own exit code; what works is shown."""
    file.write_text(RULES.replace('["demo"]', '["demo", "amber"]'), encoding="utf-8")
    done = cli("plan", "--config", str(file))

    assert done.code == 9
    assert "amber" in done.err
    assert "rules.night" in done.out


def test_the_configuration_for_emhass(cli: Cli, file: Path) -> None:
    """JSON alone on the output, so that it can be redirected; what is unknown beside it."""
    done = cli("run", "--config", str(file), "--print", "emhass")
    settings = json.loads(done.out)

    assert done.code == 0
    assert settings["battery_nominal_energy_capacity"] == 13300
    assert settings["number_of_deferrable_loads"] == 0
    assert "maximum_power_from_grid is EMHASS's default" in done.err


def test_without_the_hub(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "openpower_hub.engine", None)
    done = cli("plan", "--config", str(file))

    assert done.code == 2
    assert "the hub is an extra that is not installed" in done.err
