"""A home of which a part cannot be had: the rest is shown, what is missing is named, and the exit code is 9."""

from __future__ import annotations

import json
from typing import Any

import pytest

import openpower
from openpower import AuthenticationFailed, BadResponse, ServiceUnavailable
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
