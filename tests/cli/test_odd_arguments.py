"""Whatever is typed, the answer is words and an exit code of the list: no traceback, no defect."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

CODES = {0, 1, 2, 3, 4, 5, 6, 7}
COMMANDS = (
    *("demo", "site", "status", "watch", "prices", "usage", "history", "devices"),
    *("charge", "hold", "export", "auto", "release", "audit", "ev", "schedule"),
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
    monkeypatch.setattr("openpower.cli.reading.time.sleep", _no_endless_watch)
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


def test_alone_it_shows_its_help(cli: Any) -> None:
    """Who types nothing else is shown what there is."""
    shown = cli()

    assert shown.code == 0
    assert shown.out == cli("--help").out
    assert all(command.split()[0] in shown.out for command in itertools.islice(COMMANDS, 16))


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_the_menu_keeps_to_the_width(cli: Any, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu is folded between words, and is the same whether help is asked for or not."""
    monkeypatch.setenv("COLUMNS", str(columns))

    shown = cli("-h")

    assert max(map(len, shown.out.splitlines())) <= columns
    assert shown.out == cli().out
