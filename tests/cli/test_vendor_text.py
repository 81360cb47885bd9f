"""Whatever a vendor calls its devices and answers: no command lets it command the terminal, or a spreadsheet."""

from __future__ import annotations

import csv
import json
import logging
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from stub_home import NAME, StubHome, spec

from openpower.cli import home as home_view, output
from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.errors import BadResponse, NetworkError
from openpower_core.readings import InverterReading, Stamp
from openpower_core.registry import register, unregister

ANY = st.text(st.characters(), max_size=30)
HOSTILE = "\x1b]0;pwned\x07\x1b[2J=HYPERLINK(1)\u202e\n! all is well\t\x9b31m\ud800"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SIGNS = set("=+-@\t\r\n＝＋－＠")


def harmful(text: str) -> list[str]:
    """What a terminal might obey."""
    return [char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def possible(text: str) -> str:
    """What of it an id may be made of: one with other characters ends a discovery."""
    return "".join(char for char in text if char.isprintable() and char != "\ufffd")


class Named(StubHome):
    """A home whose vendor chose all its texts."""

    def __init__(self, text: str, errors: dict[str, Exception] | None = None) -> None:
        super().__init__(errors)
        self.text = text

    def discover(self) -> list[Any]:
        """The devices, renamed; the inverter has a history."""
        devices = super().discover()
        for device in devices:
            id_ = f"{possible(self.text)}{device.info.id}"
            device._info = attrs.evolve(device.info, model=self.text, vendor=self.text, id=id_, tz="UTC")
        inverter = devices[0]
        features = {each: Capability(support=Support.FULL, note=self.text) for each in (Feature.READ, Feature.HISTORY)}
        inverter._capabilities = Capabilities(features=features)
        inverter.history = lambda start, end: [
            InverterReading(stamp=Stamp(received_at=end - timedelta(hours=1)), pv_w=-5.0)
        ]
        return devices


@pytest.fixture
def quiet() -> Iterator[None]:
    """Forget the stub and the command line's own log handler."""
    yield
    unregister(NAME)
    logging.getLogger("openpower").handlers[:] = []


@pytest.fixture(params=["a pipe", "a terminal"])
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where it goes."""
    if request.param == "a terminal":
        monkeypatch.setenv("FORCE_COLOR", "1")
        for module in (output, home_view):
            monkeypatch.setattr(module, "is_terminal", lambda: True)
    return str(request.param)


COMMANDS = (["devices"], ["status"], ["status", "--json"], ["devices", "--json"], ["doctor", "--minutes", "0"])
each_text = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@each_text
@given(text=ANY)
@example(text=HOSTILE)
def test_names_and_models(cli: Any, screen: str, command: list[str], text: str) -> None:
    """Tables, the home's picture, JSON."""
    unregister(NAME)
    register(spec(Named(text)))
    shown = cli(command[0], NAME, *command[1:])

    # The tabs of a pipe's tables are ours; see test_tables_in_a_pipe.
    out = shown.out.replace("\t", " ") if screen == "a pipe" else shown.out

    assert shown.out
    assert not harmful(_COLOUR.sub("", out + shown.err))
    if "--json" in command:
        assert json.loads(shown.out)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("place", ["inverter", "discover"])
@each_text
@given(text=ANY)
@example(text=HOSTILE)
def test_messages(cli: Any, screen: str, command: list[str], place: str, text: str) -> None:
    """Of errors, whether they end the command or are noted beside its output."""
    unregister(NAME)
    error = NetworkError(f"it said {text}", vendor_message=text, vendor_code=text, hint=text)
    register(spec(Named("x", {place: error})))
    shown = cli(command[0], NAME, *command[1:])

    assert not harmful(_COLOUR.sub("", shown.out.replace("\t", " ") + shown.err))


@pytest.mark.usefixtures("quiet")
@each_text
@given(text=ANY)
@example(text=HOSTILE)
def test_tables_in_a_pipe(cli: Any, text: str) -> None:
    """Each row has its three cells, and none is a formula."""
    unregister(NAME)
    register(spec(Named(text)))
    rows = [line.split("\t") for line in cli("devices", NAME).out.splitlines()]

    assert [len(row) for row in rows] == [3] * 4
    assert not any(cell.strip()[:1] in SIGNS and not cell.strip()[1:2].isdecimal() for row in rows for cell in row)


@pytest.mark.usefixtures("quiet")
@each_text
@given(text=ANY)
@example(text=HOSTILE)
@example(text="=1+1")
@example(text="plain name")
def test_files(cli: Any, own_folders: Path, text: str) -> None:
    """CSV without formulas, where numbers stay numbers; JSON lines to the letter; Parquet at all."""
    unregister(NAME)
    register(spec(Named(text)))
    for ending in ("csv", "jsonl", "parquet"):
        assert cli("history", NAME, "-o", str(own_folders / f"out.{ending}")).code == 0
    with (own_folders / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    name, figure = rows[1][rows[0].index("device")], rows[1][rows[0].index("pv_w")]

    assert not any(cell.strip()[:1] in SIGNS and not cell.strip()[1:2].isdecimal() for row in rows for cell in row)
    assert not harmful("".join(cell for row in rows for cell in row))
    assert figure == "-5.0"
    line = (own_folders / "out.jsonl").read_text(encoding="utf-8").split("\n")[0]
    assert json.loads(line)["device"] == f"{possible(text)}STUB000000000001/inverter"
    if text == "plain name":
        assert name == f"{text}STUB000000000001/inverter"


@pytest.mark.usefixtures("quiet")
def test_tracebacks_on_request(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """``OPENPOWER_DEBUG`` shows foreign messages too."""
    monkeypatch.setenv("OPENPOWER_DEBUG", "1")
    register(spec(Named("x", {"discover": ValueError(HOSTILE)})))
    shown = cli("devices", NAME)

    assert "ValueError" in shown.err
    assert not harmful(shown.err)


def test_logs(caplog: pytest.LogCaptureFixture) -> None:
    """What reaches a log is an error's text."""
    logging.getLogger("openpower.any").warning("failed: %s", BadResponse(HOSTILE, vendor_message=HOSTILE))

    assert not harmful(caplog.records[-1].getMessage())
    assert "\n" not in caplog.records[-1].getMessage()
