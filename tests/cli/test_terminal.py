"""Sessions in a real pseudo-terminal, from nothing to a charging battery; with ``--save-sessions`` they go to the docs."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from terminal import Terminal

from openpower.cli.output import wrapped

SLOW = 5
"""How much slower the machine of the tests may be."""
DOCS = Path(__file__).resolve().parents[2] / "docs"


def keep(session: Any, name: str, title: str, preface: str, request: pytest.FixtureRequest) -> None:
    """Write the session to the docs when asked; else check that the docs show these very commands."""
    file = DOCS / "tutorials" / f"{name}.md"
    if request.config.getoption("--save-sessions"):
        session.save(file, title, preface)
    shown = file.read_text(encoding="utf-8")
    typed = [entry.partition("\n")[0] for entry in session.transcript]
    commands = [line for line in shown.splitlines() if line.startswith(("$ ", "# ", "```"))]
    assert [_plain(line) for line in commands[2:-1]] == [_plain(line) for line in typed]
    assert not re.search(r"/tmp/|/home/|/root|127\.0\.0\.1:(?!8000)|__main__", shown)


def _plain(line: str) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8000", line)


def test_a_battery_charges_on_the_demo(request: pytest.FixtureRequest) -> None:
    """From looking at the home to a command that is planned, agreed to, sent, confirmed, and audited."""
    session = Terminal()

    assert "House" in session.run("demo")
    session.run("devices", "demo")
    plan = session.run(*("charge", "demo", "--to", "100", "--until", "06:00", "--wait"), answers=(("[y/N]", "y"),))
    assert "sends" in plan
    assert "confirmed by reading back" in plan
    assert session.code == 0
    shown = session.run("status", "demo")
    assert "charging, " in shown or "100 %" in shown
    assert "command" in session.run("audit")
    assert session.run("release", "demo", "--yes")
    assert session.code == 0
    preface = "The demo needs no account, no hardware and no network. The tests typed this into a terminal."
    keep(session, "session-demo", "A session with the simulated home", preface, request)


def test_saying_no_sends_nothing() -> None:
    """Anything but yes is no."""
    session = Terminal()

    shown = session.run("hold", "demo", "--until", "16:00", answers=(("[y/N]", "n"),))

    assert "Nothing was sent." in shown
    assert session.code == 1


PREFACE = """\
Both vendors are emulated here, by the emulators that `openpower emulate alphaess` and `openpower emulate amber` serve;
with real accounts leave out `-O base_url=…`. The emulated inverter obeys after a second; a real one takes a minute or two,
and its figures come every ten seconds. The tests typed this into a terminal."""


@pytest.fixture
def inverter() -> Any:
    """An emulated system with a big battery on a small roof, so that there is room; it obeys within a second."""
    from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks

    second = timedelta(seconds=1)
    nameplate = Nameplate(tz="Australia/Brisbane", latitude=-27.5, pv_kw=2.0, capacity_kwh=20.2)
    quirks = Quirks(readback_delay=second, effect_delay=second)
    system = EmulatedSystem(nameplate, start=datetime.now(UTC), quirks=quirks)
    return system, Emulator([system])


def test_alphaess_and_amber_are_one_home_after_login(request: pytest.FixtureRequest, inverter: Any) -> None:
    """Two emulated vendors: sign in to each with typed credentials, join them, and see the battery charge."""
    from openpower_alphaess.emulator import serve as serve_alphaess
    from openpower_amber.emulator import serve as serve_amber

    system, emulator = inverter
    with serve_alphaess(emulator) as served, serve_amber() as retailer:
        session = Terminal()
        shown = session.run(
            *("login", "alphaess", "-O", f"base_url={served.url}"),
            answers=(
                ("AppID: ", served.options["app_id"]),
                ("AppSecret: ", served.options["app_secret"]),
                ("Time zone", "Australia/Brisbane"),
            ),
        )
        assert session.code == 0, shown
        assert served.options["app_secret"] not in shown
        shown = session.run(
            *("login", "amber", "-O", f"base_url={retailer.url}"), answers=(("API token: ", retailer.options["token"]),)
        )
        assert session.code == 0, shown
        assert retailer.options["token"] not in shown
        both = session.run("site", "alphaess", "amber")
        assert "Battery" in both
        assert "Buying" in both
        shown = session.run(*("charge", "alphaess", "--to", "95", "--unattended"), answers=(("[y/N]", "y"),))
        assert session.code == 0, shown
        _wait_until(lambda: system.snapshot(datetime.now(UTC)).battery_w < -1000)
        session.remark("a quarter of a minute later")
        assert "charging, " in session.run("site", "alphaess", "amber")
        assert "accepted" in session.run("audit")
    title = "A session with AlphaESS and Amber (emulated)"
    keep(session, "session-alphaess-amber", title, PREFACE, request)


def _wait_until(true: Callable[[], bool]) -> None:
    """Wait for the inverter's next report, bounded."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "the emulated battery does not charge"
        time.sleep(0.2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_ends_watch_ends_it_quietly(number: signal.Signals) -> None:
    """Ctrl-C is how it ends: 130, no word, and the cursor is back."""
    session = Terminal()
    child = session.start("watch", "demo")
    child.expect_exact("House")
    child.kill(number)

    shown = session.finish(child, "watch", "demo")
    drawn = child.logfile_read.text

    assert session.code == 130
    assert "Traceback" not in shown
    assert "interrupted" not in shown
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")


def clocks_in(text: str) -> list[timedelta]:
    """The times in the headlines of ``watch``, since midnight."""
    found = re.findall(r"(\d\d):(\d\d):(\d\d) \([A-Z]", text)
    return [
        timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds)) for hours, minutes, seconds in found
    ]


def test_watch_shows_seconds_and_suggests_a_faster_clock() -> None:
    """The simulated home is read every second; its clock is this machine's, and the last update is shown."""
    session = Terminal(columns=60, TZ="Europe/Berlin")
    shown = session.run("watch", "demo", "--count", "3")
    clocks = clocks_in(shown)
    here = datetime.now(ZoneInfo("Europe/Berlin"))
    since = timedelta(hours=here.hour, minutes=here.minute, seconds=here.second) - clocks[-1]

    assert session.code == 0
    assert "(Europe/Berlin)" in shown
    assert len(set(clocks)) == 3
    assert since % timedelta(days=1) < timedelta(minutes=1)
    assert re.search(r"Last update \d\d:\d\d:\d\d \(\d+ s ago\), every 1 s", shown)
    assert "openpower watch demo -O speed=60" in shown
    assert max(map(len, shown.splitlines())) <= 60


def test_a_faster_clock_runs_faster() -> None:
    """With a speed of 60 a minute passes each second, and nothing faster is suggested."""
    shown = Terminal().run("watch", "demo", "-O", "speed=60", "--count", "3")
    clocks = clocks_in(shown)

    assert timedelta(minutes=1.5) <= (clocks[-1] - clocks[0]) % timedelta(days=1) <= timedelta(minutes=2 * SLOW)
    assert "speed" not in shown


def test_a_dumb_terminal_gets_a_line_for_each_look() -> None:
    """It cannot redraw, so nothing is; no control codes either."""
    session = Terminal(TERM="dumb")
    child = session.start("watch", "demo", "--count", "2")
    lines = session.finish(child, "watch", "demo").strip().splitlines()

    assert len(lines) == 2
    assert all(re.match(r"\d\d:\d\d:\d\d  solar .*; house .*; grid ", line) for line in lines)
    assert "\x1b" not in child.logfile_read.text


def test_a_lost_connection_is_shown_and_so_is_its_return(inverter: Any) -> None:
    """The last figures stay, with their age; what is wrong stands above them until the home is back."""
    from openpower_alphaess.emulator import serve

    _, emulator = inverter
    with serve(emulator) as served:
        keys = {f"OPENPOWER_ALPHAESS_{name.upper()}": served.options[name] for name in ("app_id", "app_secret")}
        session = Terminal(**keys)
        child = session.start("watch", "alphaess", "--every", "1", "-O", f"base_url={served.url}")
        child.expect_exact("Last update")
        port = int(served.url.rpartition(":")[2].partition("/")[0])
    child.expect(r"! No connection since \d\d:\d\d:\d\d \(\d+ s ago\), trying again: alphaess: ")
    child.expect_exact("House")
    with serve(emulator, port=port):
        child.expect(r"Last update [^\n]*Back after \d+ s\.")
        child.sendintr()
        session.finish(child, "watch", "alphaess")

    assert session.code == 130


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    """A narrow terminal gets short lines, a wide one bars."""
    session = Terminal(columns=columns)

    shown = session.run("demo")

    assert max(len(line) for line in shown.splitlines()) <= columns


@pytest.mark.parametrize(
    "command",
    ["status", "devices", "prices", "prices --chart", "usage", "bill", "history", "schedule show", "reserve", "limits"],
)
def test_every_listing_of_the_simulated_home_fits(command: str) -> None:
    """Each has something to show, broken between words, in 60 columns."""
    verb, *options = command.split()
    words = (verb, *options, "demo") if verb == "schedule" else (verb, "demo", *options)
    shown = Terminal(columns=60).run(*words)

    assert len(shown.split()) > 1
    assert max(map(len, shown.splitlines())) <= 60


def test_prices_take_a_line_each_on_a_narrow_terminal() -> None:
    """Blocks of five lines for every five minutes would hide the shape of the day."""
    lines = Terminal(columns=60).run("prices", "demo", "--cheapest", "1h").splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("from"))

    assert lines[head].split() == ["from", "price", "expected", "kind"]
    assert all(re.match(r"\w{3} \d\d:\d\d  -?\d", line) for line in lines[head + 1 :] if line[:1].strip())


def test_an_error_is_broken_between_words() -> None:
    """A message that is longer than the terminal is wide stays readable."""
    session = Terminal(columns=40)

    shown = session.run("status", "nobody")

    assert max(len(line) for line in shown.splitlines()) <= 40
    assert "goodwe-sems" in {word.strip(".,") for word in shown.split()}  # not broken at its hyphen


def test_an_address_is_not_broken() -> None:
    """It could not be copied, or opened by a click."""
    address = "https://github.com/tris10au/openpower/blob/main/docs/reference/providers.md#day-ahead-market"

    assert address in wrapped(f"Documentation: {address}", 60, first="  ", rest="    ").split()
    assert max(map(len, wrapped("x" * 100, 60).splitlines())) == 60


def test_no_color_is_kept_to() -> None:
    """NO_COLOR leaves the text and takes the colours."""
    session = Terminal(NO_COLOR="1")
    child = session.start("demo")
    shown = session.finish(child, "demo")

    assert "\x1b[3" not in child.logfile_read.text  # no colour codes
    assert "House" in shown


def test_long_work_shows_how_far_it_is() -> None:
    """Weeks of usage are fetched behind a progress bar, which leaves the table clean."""
    from openpower_amber.emulator import serve

    with serve() as retailer:
        session = Terminal(OPENPOWER_AMBER_TOKEN=retailer.options["token"], TERM="xterm")
        arguments = ("usage", "amber", "-O", f"base_url={retailer.url}")
        today = datetime.now(UTC).date()
        days = ("--from", f"{today - timedelta(days=24)}", "--to", f"{today - timedelta(days=3)}")
        child = session.start(*arguments, *days)
        shown = session.finish(child, *arguments, *days)

    assert session.code == 0, shown
    assert "%" in child.logfile_read.text  # the bar
    assert len(re.findall(r"^\d{4}-\d\d-\d\d  \w+ ", shown, re.MULTILINE)) >= 21


def test_watch_redraws_in_place() -> None:
    """The second look takes the first one's place: the cursor goes up, and the screen is not cleared."""
    session = Terminal(columns=40)
    child = session.start("watch", "demo", "--every", "1", "--count", "2")
    session.finish(child, "watch", "demo")
    drawn = child.logfile_read.text

    assert session.code == 0
    assert "\x1b[1A" in drawn  # up, over what stands there
    assert "\x1b[2J" not in drawn  # no clearing, which would flicker
    assert drawn.count("House") >= 2


def test_devices_and_audit_fit_a_narrow_terminal() -> None:
    """Where a table has no room, each row is a block; no word is cut in two."""
    session = Terminal(columns=40)

    shown = session.run("devices", "demo")

    assert max(len(line) for line in shown.splitlines()) <= 40
    assert "    export_limit" in shown or "export_limit," in shown
    assert "  model: Simulated battery" in shown


@pytest.mark.parametrize("command", [("status", "demo"), ("prices", "demo"), ("doctor", "demo"), ("demo",)])
def test_the_screen_is_never_blank(command: tuple[str, ...]) -> None:
    """Something shows well before the modules are loaded; it is gone when the answer is there."""
    session = Terminal(columns=60)
    begun = time.monotonic()
    child = session.start(*command)
    child.expect_exact("openpower: starting …")
    waited = time.monotonic() - begun
    shown = session.finish(child, *command)

    assert waited < 0.2 * SLOW
    assert "…" not in shown.partition("\n")[0]
    assert "starting" not in shown


def test_what_is_under_way_names_the_home_and_counts() -> None:
    """A vendor that does not answer: the line says who is asked and for how long; ctrl-C leaves one line."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        session = Terminal(OPENPOWER_AMBER_TOKEN="psk_0123456789abcdef0123456789abcdef")
        child = session.start("status", "amber", "-O", f"base_url={address}", "-O", "allow_http=true")
        child.expect_exact("openpower: asking amber …")
        child.expect_exact("asking amber … 2 s")
        child.sendintr()
        shown = session.finish(child, "status", "amber")

    assert session.code == 130
    assert shown.strip() == "openpower: interrupted"


def test_nothing_is_under_way_where_it_cannot_be_erased(cli: Any) -> None:
    """A dumb terminal shows only the answer; nor does a pipe, whose text is the answer's from the first character on."""
    dumb = Terminal(TERM="dumb").run("status", "demo")

    assert dumb.split()[0] == "demo"
    assert cli("status", "demo").err == ""


def test_the_hint_of_a_long_error_is_indented() -> None:
    """What went wrong, broken between words; then what to do, on lines of its own."""
    session = Terminal(columns=60)
    lines = session.run("status", "demo", "-O", "tz").strip().splitlines()

    assert lines[0].startswith("openpower: -O takes KEY=VALUE")
    assert all(line.startswith("  ") for line in lines[1:])
    assert "  Write, for example, -O tz=Europe/Berlin." in lines
