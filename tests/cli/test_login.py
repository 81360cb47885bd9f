"""``login`` in a terminal: one wrong field costs one answer, what there is is offered by number, and leaving stores nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

import openpower
from openpower_alphaess import emulator as alphaess
from openpower_core.provider import Found

SECRET = "an-emulated-secret"


@pytest.fixture
def served() -> Any:
    """An emulated account with two systems."""
    systems = [
        alphaess.EmulatedSystem(alphaess.Nameplate(serial=f"AL000000000000{number}"), start=datetime.now(UTC))
        for number in (1, 2)
    ]
    with alphaess.serve(alphaess.Emulator(systems)) as served:
        yield served


def arguments(served: Any) -> tuple[str, ...]:
    return ("login", "alphaess", "-O", f"base_url={served.url}", "-O", "tz=Europe/Berlin")


def test_a_wrong_credential_is_asked_for_again_and_the_other_is_kept(served: Any, own_folders: Path) -> None:
    """The secret is kept without being shown; the systems of the account are offered, and one is stored."""
    session = Terminal()
    shown = session.run(
        *arguments(served),
        answers=(
            ("AppID: ", "alpha-with-a-typo"),
            ("AppSecret: ", SECRET),
            ("AppID [alpha-with-a-typo]: ", served.options["app_id"]),
            ("AppSecret (Enter keeps it): ", ""),
            ("Which one? (Enter for all): ", "7"),
            ("Which one? (Enter for all): ", "2"),
        ),
    )

    assert session.code == 0
    assert "AppSecret does not belong to AppID" in " ".join(shown.split())
    assert "'7' is none of them" in shown
    assert SECRET not in shown
    assert 'serial_number = "AL0000000000002"' in (own_folders / "config.toml").read_text(encoding="utf-8")
    with openpower.connect("alphaess") as home:
        assert {device.info.serial for device in home.devices() if device.info.role != "ev_charger"} == {
            "AL0000000000002"
        }


def test_a_zone_that_there_is_not_is_asked_for_again(served: Any, own_folders: Path) -> None:
    """With what may have been meant; Enter for all of several systems stores none of them."""
    session = Terminal(OPENPOWER_ALPHAESS_APP_ID=served.options["app_id"], OPENPOWER_ALPHAESS_APP_SECRET=SECRET)
    shown = session.run(
        *arguments(served)[:4],
        answers=(("(Enter for all): ", ""), ("Time zone", "Europe/Brelin"), ("Time zone", "Europe/Berlin")),
    )

    assert session.code == 0
    assert "Did you mean 'Europe/Berlin'?" in shown
    text = (own_folders / "config.toml").read_text(encoding="utf-8")
    assert 'tz = "Europe/Berlin"' in text
    assert "serial_number" not in text


@pytest.mark.parametrize("question", ["AppID: ", "AppSecret: ", "Which one?", "Time zone"])
@pytest.mark.parametrize("leave", ["sendintr", "sendeof"])
def test_leaving_at_any_question_stores_nothing(served: Any, own_folders: Path, question: str, leave: str) -> None:
    """By ctrl-C or ctrl-D; what was there stays as it is."""
    session = Terminal()
    child = session.start(*arguments(served)[:4])
    for asked, answer in (
        ("AppID: ", served.options["app_id"]),
        ("AppSecret: ", SECRET),
        ("Which one?", "1"),
        ("zone", ""),
    ):
        child.expect_exact(asked)
        if question.strip(": ") in (asked.strip(": "), f"Time {asked}"):
            break
        child.sendline(answer)
    getattr(child, leave)()
    shown = session.finish(child, *arguments(served))

    assert session.code == (130 if leave == "sendintr" else 1)
    assert "Traceback" not in shown
    assert not list(own_folders.glob("*config*"))


def test_what_cannot_be_tried_may_be_stored_all_the_same(own_folders: Path) -> None:
    """The network is down: it is asked whether to store it, and no is an error."""
    for answer, code in (("n", 3), ("y", 0)):
        session = Terminal()
        session.run(
            *("login", "amber", "-O", "base_url=http://127.0.0.1:9", "-O", "timeout=2"),
            answers=(("API token: ", "psk_token"), ("Store it all the same? [y/N] ", answer)),
        )
        assert session.code == code
        assert (own_folders / "config.toml").exists() == (code == 0)


def test_a_document_that_cannot_be_used_is_asked_for_again(own_folders: Path, tmp_path: Path) -> None:
    """The name that was typed is kept, so that it can be put right in an editor meanwhile."""
    file = tmp_path / "tariff.toml"
    head = 'name = "x"\ncurrency = "EUR"\ntz = "Europe/Berlin"\n[import]\n'
    file.write_text(f"{head}prise = 1\n")
    session = Terminal()
    child = session.start("login", "tariff")
    child.expect_exact("TOML file: ")
    child.sendline(str(file))
    child.expect("has no key 'prise'")
    child.expect_exact(f"[{file}]: ")
    file.write_text(f"{head}price = 0.3\n")
    child.sendline("")
    shown = session.finish(child, "login", "tariff")

    assert session.code == 0
    assert "The price now: 0.3000 EUR/kWh" in shown


def test_zones_are_offered_by_number(own_folders: Path) -> None:
    """As many to a line as fit; another word is refused before anything is asked of the market."""
    session = Terminal(columns=60)
    shown = session.run(
        *("login", "dayahead", "-O", "base_url=http://127.0.0.1:9"),
        answers=(("Security token", ""), ("area: ", "99"), ("area: ", "de-lu"), ("[y/N]", "y")),
    )

    assert "  6  DE-LU" in shown
    assert "'99' is none of them. Type a number from 1 to 41." in " ".join(shown.split())
    assert 'area = "DE-LU"' in (own_folders / "config.toml").read_text(encoding="utf-8")


def test_a_local_inverter_is_found_and_chosen(cli: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its address is asked for."""
    from openpower_goodwe.local.emulator import serve

    with serve() as inverter:
        found = {name: str(value) for name, value in inverter.options.items()}
        search = [Found(provider="goodwe-local", title="GoodWe GW6000-EH", options=found)]
        monkeypatch.setattr("openpower.cli.login.discovery_of", lambda _spec: lambda _timeout, _clock: search)
        monkeypatch.setattr("openpower.cli.login.can_ask", lambda: True)
        asked: list[str] = []
        answers = iter(["1", "Europe/Berlin"])
        monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or next(answers))
        shown = cli("login", "goodwe-local")

    assert shown.code == 0, shown
    assert asked[0] == "Which one? (Enter for none of them): "
    assert f"port = {found['port']}" in (own_folders / "config.toml").read_text(encoding="utf-8").replace('"', "")


@pytest.mark.parametrize(
    ("provider", "named"),
    [
        ("alphaess", "OPENPOWER_ALPHAESS_APP_ID and OPENPOWER_ALPHAESS_APP_SECRET"),
        ("goodwe-local", "OPENPOWER_GOODWE_LOCAL_HOST"),
        ("dayahead", "-O area="),
        ("tariff", "-O file="),
    ],
)
def test_without_a_terminal_what_to_give_is_named(cli: Any, own_folders: Path, provider: str, named: str) -> None:
    """With the exit code of a wrong command line, and nothing is asked, searched or stored."""
    shown = cli("login", provider)

    assert named in shown.err
    assert shown.code == 2
    assert not (own_folders / "config.toml").exists()


def test_a_profile_does_not_take_another_providers_name(cli: Any, own_folders: Path) -> None:
    """``connect("amber")`` would mean AlphaESS."""
    shown = cli("login", "alphaess", "--profile", "amber")

    assert shown.code == 2
    assert "--profile is 'amber', which is an installed provider." in shown.err
