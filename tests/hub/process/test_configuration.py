"""The configuration: what the wizard writes, what --check says of it, tokens, and that every key is explained."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
from terminal import Terminal

from openpower.cli.app import run
from openpower.cli.wizard import file_text
from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError
from openpower_hub import config as settings, config_file
from openpower_hub.described import SECTIONS, about, keys

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "docs" / "how-to" / "run.md", ROOT / "README.md"]


def cli(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process: its code, output and errors."""
    code = run(list(arguments))
    return code, *capsys.readouterr()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_explained(section: str) -> None:
    """A sentence for each table and each key that the file may have, and none besides."""
    fields = {each.name for each in attrs.fields(SECTIONS[section])} - {"name"}
    assert about(section)
    assert set(keys(section)) == fields
    assert [name for name, words in keys(section).items() if not words.endswith(".")] == []


def test_every_table_is_explained() -> None:
    """Nothing that the file may have is left out of the reference."""
    tables = {section.partition(".")[0] for section in SECTIONS}
    assert tables == {each.name for each in attrs.fields(settings.HubConfig)}


def test_a_file_that_is_all_comments_is_the_default() -> None:
    """What the comments show as the default is the default: uncommented, it changes nothing."""
    text = file_text({})
    assert config_file.parse_config(tomllib.loads(text), "it") == config_file.parse_config({}, "it")
    shown: dict[str, Any] = {}
    section = ""
    for line in text.splitlines():
        if header := re.fullmatch(r"#\[(\w+)\]", line):
            section = header[1]
        elif line.startswith("#["):
            section = ""
        elif section and (key := re.fullmatch(r"#(\w+) = (\S.*)", line)):
            shown.setdefault(section, {}).update(tomllib.loads(f"{key[1]} = {key[2]}"))
    assert {"http", "mqtt", "history", "notifications"} <= set(shown)
    config = config_file.parse_config(shown, "it")
    for name in shown:
        assert getattr(config, name) == config_file.TABLES[name]()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_of_the_pages_are_read(page: Path) -> None:
    """Whoever copies one gets a configuration."""
    blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for block in blocks:
        config_file.parse_config(tomllib.loads(block), page.name)


ANSWERS = (
    ("Name of the home", "house"),
    ("Its profiles", "nobody flat"),
    ("Its profiles", "mine"),
    ("Read mine every", "often"),
    ("Read mine every", "30 s"),
    ("another home, with flat?", "y"),
    ("Name of the home", "two words"),
    ("Name of the home", "flat"),
    ("Its profiles", ""),
    ("Read flat every", ""),
    ("Port of the page", "99999"),
    ("Port of the page", "8500"),
    ("other machines", "y"),
    ("may the page control", "battery"),
    ("Name of the token", "phone"),
    ("MQTT broker", "y"),
    ("name or address", "broker.local"),
    ("With TLS", "y"),
    ("Its port", ""),
    ("User name", "me"),
    ("Password", "hunter2"),
    ("may MQTT control", "battery ev_charger"),
    ("Predbat", "y"),
    ("Which home", "house"),
    ("command the battery", "y"),
    ("How long", "10 d"),
    ("notifications", "y"),
    ("URL", "ntfy://secret-topic"),
    ("URL", ""),
    ("costs more than", "0.5"),
)


@pytest.fixture
def profiles(folder: Path) -> Path:
    """Two profiles."""
    file = folder / "config.toml"
    file.write_text('[profiles.mine]\nprovider = "demo"\n[profiles.flat]\nprovider = "demo"\nseed = 2\n')
    file.chmod(0o600)
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_the_wizard_asks_and_writes(profiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is asked again; the file is read as it was meant; secrets are in private files of their own, and unseen."""
    terminal = Terminal()
    screen = terminal.run("run", "--init", answers=ANSWERS)
    assert terminal.code == 0, screen
    assert "hunter2" not in screen
    assert "secret-topic" not in screen

    file = profiles / "openpower.toml"
    config = config_file.read_config(file)
    assert {name: home.profiles for name, home in config.homes.items()} == {"house": ("mine",), "flat": ("flat",)}
    assert config.homes["house"].intervals["mine"].total_seconds() == 30
    assert (config.http.host, config.http.port, config.http.control) == ("0.0.0.0", 8500, {Role.BATTERY})
    token = re.search(r"only now: (\S+)", screen)
    assert token is not None
    assert config.http.tokens["phone"].sha256 == hashlib.sha256(token[1].encode()).hexdigest()
    assert config.http.tokens["phone"].rights == ("read", "control")
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port, config.mqtt.tls) == ("broker.local", 8883, True)
    assert config.mqtt.control == {Role.BATTERY, Role.EV_CHARGER}
    assert config.mqtt.password is not None
    assert config.mqtt.password.reveal() == "hunter2"
    assert config.predbat is not None
    assert (config.predbat.home, config.predbat.control) == ("house", True)
    assert config.history.raw.days == 10
    assert config.notifications is not None
    assert config.notifications.spike_above == 0.5
    assert "hunter2" not in file.read_text()
    assert token[1] not in file.read_text()
    secret = profiles / "openpower-mqtt-password"
    assert secret.stat().st_mode & 0o777 == 0o600

    code, out, err = cli(capsys, "run", "--check", "--config", str(file))
    assert (code, err) == (0, "")
    assert "broker.local:8883" in out
    assert "phone may read and control" in out

    before = file.read_text()
    terminal.run("run", "--init", answers=(("Replace it?", "n"),))
    assert terminal.code == 1
    assert file.read_text() == before


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_an_answer_that_is_interrupted_writes_nothing(profiles: Path) -> None:
    """Ctrl-C at the password: no file, no secret."""
    terminal = Terminal()
    child = terminal.start("run", "--init")
    child.expect_exact("Name of the home")
    child.sendintr()
    terminal.finish(child, "run", "--init")
    assert terminal.code == 130
    assert [each.name for each in profiles.iterdir()] == ["config.toml"]


def test_without_a_terminal_the_wizard_refuses(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file and what to do instead; nothing is written."""
    monkeypatch.setattr("sys.stdin", None)
    code, _, err = cli(capsys, "run", "--init")
    assert code == 2
    assert "there is no terminal to ask on" in err
    assert str(folder / "openpower.toml") in err
    assert list(folder.iterdir()) == []


def test_a_token_is_printed_once_with_the_lines_for_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines hold its hash and its rights, and are read as they are."""
    code, out, _ = cli(capsys, "run", "--new-token", "my phone", "--rights", "read,control")
    token = re.search(r"op_[\w-]{43}", out)
    assert code == 0
    assert token is not None
    lines = out[out.index("[http") :]
    assert token[0] not in lines
    found = config_file.parse_config(tomllib.loads(lines), "it").http.tokens["my phone"]
    assert found.rights == ("read", "control")
    assert found.sha256 == hashlib.sha256(token[0].encode()).hexdigest()
    assert token[0] not in cli(capsys, "run", "--new-token", "my phone")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--new-token", "x", "--rights", "everything"), "--rights is 'everything'; it must be read, or read,control."),
        (("--profile", "demo", "--config", "x.toml"), "--profile and --config were both given."),
        (("--check", "--config", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("--print", "nothing"), "--print is 'nothing'; it must be one of predbat, emhass."),
    ],
)
def test_what_is_typed_wrong_is_one_line(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code 2, and what to type instead."""
    code, _, err = cli(capsys, "run", *arguments)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
def test_check_names_what_would_not_run(
    profiles: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown profile, a missing credential, a password that cannot be read: all of them, and code 2."""
    file = profiles / "hub.toml"
    file.write_text(
        '[homes.house]\nprofiles = ["mine", "nobody", "alphaess"]\nintervals = { other = "1 min" }\n'
        '[mqtt]\nusername = "me"\npassword_file = "/nowhere"\n[http]\nhost = "0.0.0.0"\n[notifications]\n'
    )
    monkeypatch.setenv("OPENPOWER_NOTIFICATIONS", "json://localhost/x nosuch://secret")
    code, out, err = cli(capsys, "run", "--check", "--config", str(file))
    assert code == 2
    assert "house" in out
    for words in ("'nobody'", "alphaess", "'other'", "/nowhere", "there are no tokens", "address 2 is none"):
        assert words in err
    assert "secret" not in err
    assert "Nothing is wrong" not in out


@pytest.mark.parametrize("name", ["predbat", "emhass"])
def test_export_never_takes_a_program_for_a_home(name: str, profiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``openpower export predbat`` would discharge the battery of a profile of that name; it points to run --print."""
    with (profiles / "config.toml").open("a") as file:
        file.write(f'[profiles.{name}]\nprovider = "demo"\n')
    code, out, err = cli(capsys, "export", name, "--yes")
    assert code == 2
    assert out == ""
    assert f"openpower run --print {name}" in err


def test_the_configuration_of_another_program_is_printed(profiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """EMHASS's is JSON alone on standard output, what it lacks on standard error."""
    code, out, err = cli(capsys, "run", "--print", "emhass", "--profile", "mine")
    assert code == 0, err
    assert json.loads(out)["battery_nominal_energy_capacity"] == 13300
    assert "maximum_power_from_grid" in err


def test_a_number_that_is_none_is_refused() -> None:
    """TOML has nan and inf, which are no price."""
    for value in (float("nan"), float("inf"), True, "1"):
        with pytest.raises(ConfigurationError, match="spike_above is"):
            config_file.parse_config({"notifications": {"spike_above": value}}, "it")
