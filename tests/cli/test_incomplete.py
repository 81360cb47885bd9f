"""A home of which a part cannot be had: the rest is shown, what is missing is named, and the exit code is 9."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

import openpower
from openpower import AuthenticationFailed, BadResponse, RateLimited, ServiceUnavailable
from openpower_core.registry.loading import _registered
from openpower_core.registry.spec import Found, ProviderSpec
from openpower_demo.plugin import openpower_provider

LOST = ServiceUnavailable("the service is down.", provider="halfhome", operation="station")


@pytest.fixture
def backend() -> Any:
    """The simulated home, of which a test breaks parts."""
    from openpower_core.connection.connecting import _factory

    return _factory(openpower_provider(), "connect")


@pytest.fixture
def home(backend: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A provider whose second station fails, or whose account is empty."""
    state: dict[str, Any] = {"lost": True, "empty": False}

    def connect(context: Any, **options: Any) -> Any:
        made = backend(context, **options)
        whole = made.discover

        def discover() -> Any:
            if state["empty"]:
                return []
            if state["lost"]:
                with made.parts.attempt("station 12…89"):
                    raise LOST
            return whole()

        made.discover = discover
        return made

    spec = ProviderSpec(
        name="halfhome",
        title="Half a home",
        roles=openpower_provider().roles,
        connect=connect,
        docs_url="https://half.example/docs",
    )
    monkeypatch.setitem(_registered, "halfhome", spec)
    return state


@pytest.mark.parametrize("command", ["status", "devices"])
def test_what_is_missing_is_named_beside_the_rest(cli: Any, home: dict[str, Any], command: str) -> None:
    shown = cli(command, "halfhome")

    assert shown.code == 9
    assert "battery" in shown.out.lower()
    assert "The station 12…89 could not be found: " in shown.out + shown.err
    assert "the service is down" in shown.out + shown.err

    data = cli(command, "halfhome", "--json")
    assert data.code == 9
    assert [(each["part"], each["type"]) for each in data.data["failures"]] == [("station 12…89", "ServiceUnavailable")]


@pytest.mark.parametrize("command", ["status", "devices"])
def test_a_whole_home_is_complete(cli: Any, home: dict[str, Any], command: str) -> None:
    home["lost"] = False

    assert cli(command, "halfhome").code == 0
    assert cli(command, "halfhome", "--json").data["failures"] == []


@pytest.mark.parametrize("command", ["status", "devices"])
def test_an_empty_account_says_what_to_do(cli: Any, home: dict[str, Any], command: str) -> None:
    home["empty"] = True
    shown = cli(command, "halfhome")

    assert shown.code == 9
    assert "No device was found: nothing is bound to this account" in shown.out + shown.err
    assert "https://half.example/docs" in shown.out + shown.err
    assert "id\tmodel" not in shown.out


def test_doctor_says_what_is_missing(cli: Any, home: dict[str, Any]) -> None:
    findings = {each["what"]: each for each in cli("doctor", "halfhome", "--json").data["findings"]}

    assert findings["missing"]["well"] is False
    assert "station 12…89" in findings["missing"]["words"]


FOUND = Found(provider="halfhome", title="Half a home H1", options={"host": "192.168.1.20"}, serial="H1", model="H1")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    """What answers a search of the local network; every other provider finds nothing."""
    answers = [FOUND]
    spec = ProviderSpec(
        name="halfhome",
        title="Half a home",
        roles=openpower_provider().roles,
        connect=lambda context, **_: None,
        discover=lambda timeout, clock: list(answers),
    )
    monkeypatch.setitem(_registered, "halfhome", spec)
    monkeypatch.setattr(openpower, "providers", lambda: [_Info()])
    return answers


class _Info:
    name, denied = "halfhome", ""


def test_discover_keeps_what_it_finds_once(cli: Any, network: list[Found]) -> None:
    first, again = cli("discover", "--yes"), cli("discover", "--yes")

    assert first.code == again.code == 0
    assert first.out.splitlines()[-1].split("\t") == ["Half a home H1", "host=192.168.1.20", "halfhome"]
    assert cli("profiles", "--json").data["profiles"] == [{"name": "halfhome", "provider": "halfhome"}]


def test_discover_asks_before_it_keeps_anything(cli: Any, network: list[Found]) -> None:
    shown = cli("discover", "--json")

    assert [each["serial"] for each in shown.data["found"]] == ["H1"]
    assert shown.data["kept"] == []
    assert cli("profiles", "--json").data["profiles"] == []


def test_discover_says_what_to_check_where_nothing_answers(cli: Any, network: list[Found]) -> None:
    network.clear()
    shown = cli("discover")

    assert shown.code == 1
    assert "same network" in shown.out


@pytest.mark.parametrize(("lost", "code"), [("meter", 9), ("", 0), ("all", 3)])
def test_a_history_without_one_device_keeps_the_others(
    cli: Any, home: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any, lost: str, code: int
) -> None:
    import openpower_demo._sync.devices as demo

    home["lost"] = False

    def refuse(*_: Any) -> Any:
        raise LOST

    for name in ("DemoMeter", "DemoBattery", "DemoInverter", "DemoEVCharger"):
        if lost == "all" or lost == name.removeprefix("Demo").lower():
            monkeypatch.setattr(getattr(demo, name), "history", refuse)
    file = tmp_path / "history.csv"
    shown = cli("history", "halfhome", "-o", str(file), "--from", "2026-08-01", "--to", "2026-08-02")

    assert shown.code == code
    assert file.exists() == (code != 3)
    assert ("The meter on 2026-08-01 could not be read: halfhome: the service is down." in shown.err) == (code == 9)
    if code == 9:
        assert "/battery" in file.read_text()
        assert "/meter" not in file.read_text()
        shown = cli("history", "halfhome", "-o", str(file), "--from", "2026-08-01", "--to", "2026-08-02", "--json")
        assert shown.code == 9
        (failure,) = shown.data["failures"]
        assert (failure["device"].rpartition("/")[2], failure["part"]) == ("meter", "on 2026-08-01")
        assert failure["type"] == "ServiceUnavailable"


@pytest.mark.parametrize("bad", [1, 3])
def test_a_usage_without_one_week_keeps_the_others(
    cli: Any, home: dict[str, Any], monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    """What is missing is named, and the exit code is 9; if nothing came, the error is raised."""
    import openpower_demo._sync.devices as demo

    home["lost"] = False
    whole = demo.DemoRetailer.usage

    def usage(self: Any, start: Any, end: Any, **options: Any) -> Any:
        if bad == 3 or start <= datetime(2026, 7, 16, tzinfo=UTC) < end:
            raise BadResponse("no usage.")
        return whole(self, start, end, **options)

    monkeypatch.setattr(demo.DemoRetailer, "usage", usage)
    span = ("--from", "2026-07-01", "--to", "2026-07-22")
    shown = cli("usage", "halfhome", *span, "--json")

    if bad == 3:
        assert shown.code == 1
    else:
        assert shown.code == 9
        assert {each["start"][:10] for each in shown.data["usage"]} >= {"2026-07-02", "2026-07-13"}
        assert [each["part"] for each in shown.data["failures"]] == ["from 2026-07-15 to 2026-07-21"]
        shown = cli("usage", "halfhome", *span)
        assert shown.code == 9
        assert "The retailer from 2026-07-15 to 2026-07-21 could not be read: " in shown.err


def test_prices_that_came_before_the_limit_are_shown(
    cli: Any, home: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With why the rest is missing, and exit code 9; without any, the limit is the error."""
    import openpower_demo._sync.devices as demo
    from openpower import Gap, Price, PriceSeries

    home["lost"] = False
    start = datetime(2026, 7, 1, tzinfo=UTC)
    error = RateLimited("the calls are used up.")
    gap = Gap(start=start.replace(hour=1), end=start.replace(hour=2), reason=error.message)
    price = Price(start=start, end=gap.start, per_kwh="0.25", currency="AUD")

    def prices(self: Any, *_: Any, **options: Any) -> Any:
        raise error

    monkeypatch.setattr(demo.DemoRetailer, "prices", prices)
    assert cli("prices", "halfhome").code not in (0, 9)
    error.found = PriceSeries([price], gaps=[gap])
    shown = cli("prices", "halfhome")

    assert shown.code == 9
    assert "0.25" in shown.out
    assert "the calls are used up." in shown.err


def test_discover_asks_all_providers_at_once_and_survives_each(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that raises anything, or never ends, is named; the others' finds are there, after the time of one search."""
    together = threading.Barrier(3, timeout=20)

    def search(timeout: float, clock: Any) -> Any:
        together.wait()
        return [FOUND]

    def crash(timeout: float, clock: Any) -> Any:
        together.wait()
        raise ZeroDivisionError

    def hang(timeout: float, clock: Any) -> Any:
        together.wait()
        threading.Event().wait()

    for name, call in (("halfhome", search), ("crashes", crash), ("hangs", hang)):
        spec = ProviderSpec(
            name=name, title=name, roles=openpower_provider().roles, connect=lambda context, **_: None, discover=call
        )
        monkeypatch.setitem(_registered, name, spec)
    infos = [SimpleNamespace(name=name, denied="") for name in ("crashes", "hangs", "halfhome")]
    monkeypatch.setattr(openpower, "providers", lambda: infos)
    monkeypatch.setattr("openpower.cli.discover._GRACE_S", 0.2)

    shown = cli("discover", "--timeout", "0.3", "--json")

    assert shown.code == 0
    assert [each["serial"] for each in shown.data["found"]] == ["H1"]
    assert [each["provider"] for each in shown.data["failures"]] == ["crashes", "hangs"]
    assert "did not end within 0.5 s" in shown.data["failures"][1]["message"]


@pytest.mark.parametrize("where", ["devices", "figures", "rate limit"])
def test_doctor_says_what_it_had_no_time_to_check(
    cli: Any, home: dict[str, Any], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A vendor that does not answer holds it up for a limited time; what was found before is shown."""
    import openpower_demo._sync.devices as demo
    from openpower.cli import doctor

    home["lost"] = False
    never, whole = threading.Event(), openpower.Connection.devices
    monkeypatch.setattr(doctor, "_WITHIN_S", 1.0)
    if where == "devices":
        monkeypatch.setattr(openpower.Connection, "devices", lambda self, **_: never.wait(60) and whole(self))
    elif where == "figures":
        monkeypatch.setattr(demo.DemoMeter, "read", lambda self, **_: never.wait(60))
    else:
        monkeypatch.setattr(doctor, "_limits", lambda native: never.wait(60))
    began = time.monotonic()
    shown = cli("doctor", "halfhome", "--json")
    never.set()

    findings = {each["what"]: each for each in shown.data["findings"]}
    order = ["devices", "figures", "clock skew", "signs", "rate limit"]
    assert time.monotonic() - began < 10
    assert shown.code == 1
    assert findings["not checked"]["words"].startswith(
        f"{', '.join(order[order.index(where) :])}: halfhome did not answer"
    )
    assert ("signs" in findings) == (where == "rate limit")


def test_a_folder_as_the_configuration_file_is_named_as_such(
    cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Any
) -> None:
    monkeypatch.setenv("OPENPOWER_CONFIG", str(own_folders))
    for words in (("status", "demo"), ("login", "demo"), ("profiles",)):
        shown = cli(*words)

        assert shown.code == 2
        assert "is a folder" in shown.err
        assert str(own_folders / "config.toml") in shown.err
        assert "chmod" not in shown.err


def test_a_limit_of_zero_says_what_it_means(cli: Any) -> None:
    """0 W is not "no limit": the battery does not charge until the setting is changed."""
    shown = cli("limits", "demo", "--charge", "0", "--dry-run")

    assert shown.code == 0
    assert "0 W (the battery does not charge at all)" in shown.out


@pytest.mark.parametrize(
    ("error", "survives"), [(BadResponse("no figures."), True), (LOST, True), (AuthenticationFailed("no."), False)]
)
def test_watch_survives_what_can_pass(
    cli: Any, home: dict[str, Any], monkeypatch: pytest.MonkeyPatch, error: Any, survives: bool
) -> None:
    """Told once however often it fails, with the readings afterwards; what cannot pass by itself ends it."""
    import openpower_demo._sync.devices as demo

    home["lost"] = False
    monkeypatch.setattr("time.sleep", lambda _: None)
    left = iter(range(100))

    def failing(whole: Any) -> Any:
        def read(*arguments: Any, **keywords: Any) -> Any:
            if next(left) < 18:
                raise error
            return whole(*arguments, **keywords)

        return read

    for name in ("DemoMeter", "DemoBattery", "DemoInverter", "DemoEVCharger", "DemoRetailer"):
        method = "current_price" if name == "DemoRetailer" else "read"
        monkeypatch.setattr(getattr(demo, name), method, failing(getattr(getattr(demo, name), method)))
    shown = cli("watch", "halfhome", "--count", "2", "--every", "1", "--json")

    if survives:
        lines = [json.loads(line) for line in shown.out.splitlines()]
        assert [line.get("error", {}).get("type") for line in lines] == [type(error).__name__, None]
        assert shown.code == 0
        assert lines[1]["devices"]
    else:
        assert shown.code == 4
        assert json.loads(shown.out)["error"]["type"] == "AuthenticationFailed"
