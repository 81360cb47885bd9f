"""Whatever is typed, the answer is words and an exit code of the list: no traceback, no defect."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from openpower import InvalidValue
from openpower.cli.app import COMMANDS as COMMAND_TABLE
from openpower.cli.arguments import error_text

CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8}
COMMANDS = (
    *("demo", "site", "status", "watch", "prices", "usage", "bill", "history", "devices"),
    *("charge", "hold", "export", "auto", "release", "audit", "ev", "schedule"),
    *("reserve", "max-soc", "limits", "export-limit", "release --due", "release --discard", "supervise"),
    *("ev start", "ev stop", "ev limit", "schedule show", "schedule set", "schedule clear"),
    *("login", "logout", "profiles", "completion", "doctor", "emulate", "providers"),
)
ODD = (
    "",
    "-",
    "--",
    "–",
    "\x00",
    "nobody",
    "demo extra words",
    "demo --nonsense",
    "demo --profile nobody",
    "demo -O",
    "demo -O novalue",
    "demo -O unknown=1",
    "demo -O tz=Mars/Olympus",
    "demo -O timeout=soon",
    "demo -O base_url=ftp://x",
    "demo -O seed=one",
    "demo --json --json",
    "demo --to NaN --yes",
    "demo --to -5 --yes",
    "demo --power 0 --yes",
    "demo --until yesterday --yes",
    "demo --until 25:99 --yes",
    "demo --battery nobody --yes",
    "demo --from 2026-02-30",
    "demo --from today --to yesterday",
    "demo --from 9999-12-31 --to 9999-12-31",
    "demo -o ''",
    "demo -o .csv",
    "demo --amps -1 --yes",
    "demo --amps NaN --yes",
    "demo --charge much --yes",
    "demo --discharge -1 --yes",
    "demo --window nonsense",
    "demo --resolution 0",
    "demo --every 0",
    "demo --minutes -1",
    "demo --port 99999",
    "demo --start whenever",
    "--start 2026-13-45",
    "--tz Nowhere/Land",
    "--tz ../../etc/passwd",
    "--last 0",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_odd_argument_brings_a_traceback(cli: Any, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command with every odd argument ends with a code of the list and, unless it is well, with words."""
    monkeypatch.setattr("openpower.cli.overdue.time.sleep", _no_endless_watch)
    monkeypatch.setattr("openpower.cli.tools._wait", lambda _minutes: None)
    for odd in ODD:
        words = [*command.split(), *(part.strip("'") for part in odd.split(" "))]
        if command == "doctor" and "--minutes" not in words:
            words += ["--minutes", "0"]
        shown = cli(*words)

        assert shown.code in {*CODES, 130}, words
        assert "Traceback" not in shown.out + shown.err, words
        assert "unexpected" not in shown.out + shown.err, (words, shown.err)
        assert shown.code == 0 or shown.out or shown.err, words


def _no_endless_watch(_seconds: float) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_every_help_is_narrow_and_shows_what_to_type(cli: Any, command: str) -> None:
    """Each command's help fits into 80 columns, names no internals, and shows an example."""
    shown = cli(*command.split(), "--help")

    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "openpower" in shown.out
    assert "[default: " not in shown.out
    if " " not in command:
        assert "openpower " in "".join(shown.out.splitlines()[-3:])


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("status demo demo", "status does not take the argument 'demo'. See: openpower status --help"),
        (
            "schedule demo",
            "schedule needs one of its commands: show, set, clear. Type, for example: openpower schedule show demo",
        ),
        (
            "schedule shwo demo",
            "there is no command 'shwo'. Did you mean show? To see all commands, type: openpower schedule",
        ),
        ("stauts", "there is no command 'stauts'. Did you mean status?"),
        (
            "alphaess",
            "'alphaess' is a profile or a provider, not a command. Type, for example: openpower status alphaess",
        ),
        ("charge --too 80", "charge has no option --too. Did you mean --to? See: openpower charge --help"),
        ("charge --to", "--to needs a value."),
        ("charge --to much", "--to is 'much'; it must be a number."),
        ("ev limit demo", "ev limit needs --amps."),
        ("prices --channel foo", "--channel is 'foo'; it must be one of import, controlled-load, export."),
        ("watch --every 0", "--every is '0'; it must be at least 1."),
        ("emulate amber --port 99999", "--port is '99999'; it must be at most 65535."),
        ("charge --to 5 --to 6", "--to was given more than once."),
        ("charge demo --to 0.8", "Give --to as a number such as 80, not as a fraction"),
        ("charge demo --power 0", "--power is 0.0; it must be a number above 0."),
        ("ev limit demo --amps -1", "--amps is -1.0; it must be a number above 0. openpower ev stop stops the car."),
        ("demo --start whenever", "--start is 'whenever'"),
        ("status demo -O start=whenever", "-O start is 'whenever'"),
        ("status demo -O timeout=-1", "-O timeout is -1.0; it must be a number of seconds above 0."),
        ("charge demo --until yesterday", "'yesterday' is not a time. Write a time such as 06:00"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_that_were_typed(cli: Any, typed: str, message: str) -> None:
    """Options and commands, not the library's arguments; one line that ends with what to type next."""
    shown = cli(*typed.split())
    error = cli(*typed.split(), "--json").data["error"]

    assert shown.code == 2
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert error["type"] == "InvalidValue"
    assert message in error["message"]


@pytest.mark.parametrize(
    ("provider", "said", "shown"),
    [
        ("alphaess", "Name it by its id, such as battery('AL…0001').", "Name it by its id, such as --battery AL…0001."),
        ("amber", "Make one and give it as token=.", "Make one and give it as OPENPOWER_AMBER_TOKEN."),
        ("amber", "the token is wrong.", "the token is wrong."),
        ("alphaess", "Leave serial_number= out.", "Leave -O serial_number=… out."),
        ("demo", "it takes pv_kw and state_dir.", "it takes pv_kw and state_dir."),
        (None, "Give until=, or unattended=True, or timeout=30.", "Give --until, or --unattended, or -O timeout=30."),
        (None, "Call get_ratelimits(), then -O tz=Europe/Berlin.", "Call get_ratelimits(), then -O tz=Europe/Berlin."),
    ],
)
def test_the_librarys_arguments_become_options(provider: str | None, said: str, shown: str) -> None:
    """Also those of a provider, and credentials become variables; all else stays as it is."""
    prefix = f"{provider}: " if provider else ""

    assert error_text(InvalidValue(said, provider=provider)) == prefix + shown


def test_an_unknown_id_is_answered_with_those_there_are(cli: Any) -> None:
    """Only the devices of that kind, masked as everywhere."""
    shown = cli("charge", "demo", "--battery", "nobody", "--dry-run")

    assert shown.code == 2
    assert shown.err == "openpower: demo: there is no battery with the id 'nobody'; there is DE…0001/battery.\n"


def test_what_a_command_needs_is_named(cli: Any) -> None:
    """By the name that its help gives it."""
    assert cli("login").err == "openpower: login needs a PROVIDER. See: openpower login --help\n"


def test_menu_and_help_say_the_same(cli: Any) -> None:
    """What a command does reads alike in the menu and at the top of its own help."""
    for commands in COMMAND_TABLE.values():
        for name, (_, about, _) in commands.items():
            assert about in " ".join(cli(name, "--help").out.split())


def test_alone_it_shows_its_help(cli: Any) -> None:
    """Who types nothing else is shown what there is."""
    shown = cli()

    assert shown.code == 0
    assert shown.out == cli("--help").out
    assert all(command.split()[0] in shown.out for command in itertools.islice(COMMANDS, 16))


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_the_menu_keeps_to_the_width(cli: Any, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu wraps between words, and is the same with and without --help."""
    monkeypatch.setenv("COLUMNS", str(columns))

    shown = cli("-h")

    assert max(map(len, shown.out.splitlines())) <= columns
    assert shown.out == cli().out


def test_cleartext_needs_consent_in_every_place(cli: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option and by profile; without it the error names both, and nothing is sent."""
    monkeypatch.setenv("OPENPOWER_AMBER_TOKEN", "psk_x")
    typed = ["devices", "amber", "-O", "base_url=http://192.0.2.1:9/v1", "-O", "timeout=1"]
    refused = cli(*typed)
    profile = '[profiles.there]\nprovider = "amber"\ntoken = "x"\nbase_url = "http://192.0.2.1:9/v1"\ntimeout = 1\n'
    file = own_folders / "config.toml"
    file.touch(mode=0o600)
    file.write_text(f"\ufeff{profile}", encoding="utf-8")  # as some editors begin a file
    refused_too = cli("devices", "there")
    file.write_text(f"{profile}allow_http = true\n", encoding="utf-8")

    for outcome in (refused, refused_too):
        assert outcome.code == 2
        assert "-O allow_http=true" in outcome.err
        assert "TOML" in outcome.err
    for outcome in (cli(*typed, "-O", "allow_http=true"), cli("devices", "there")):
        assert outcome.code != 2  # allowed: it is the network, blocked in tests, that fails
        assert "list_sites" in outcome.err
    assert "-O allow_http is 'perhaps'" in cli(*typed, "-O", "allow_http=perhaps").err
