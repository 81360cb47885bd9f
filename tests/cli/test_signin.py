"""``login`` tries what it is given, remembers it safely, and ``logout`` forgets it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from stub_home import StubHome

from openpower_core.provider import Option, ProviderSpec
from openpower_core.registry import register, unregister

SECRET = "an-emulated-secret"


@pytest.fixture
def alphaess(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An emulated AlphaESS whose credentials are in the environment."""
    from openpower_alphaess.emulator import serve

    with serve() as served:
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_ID", served.options["app_id"])
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", served.options["app_secret"])
        yield served


def login(cli: Any, served: Any) -> Any:
    return cli("login", "alphaess", "-O", f"base_url={served.url}", "-O", "tz=Europe/Berlin")


def test_login_remembers_a_home_privately(cli: Any, alphaess: Any, own_folders: Path) -> None:
    """The file is its owner's alone, and the next command needs no name."""
    shown = login(cli, alphaess)
    file = own_folders / "config.toml"

    assert shown.code == 0
    assert "Found 4 devices" in shown.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET not in shown.out + shown.err
    assert cli("status").code == 0


def test_refused_credentials_are_not_stored(
    cli: Any, alphaess: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong secret ends with code 4 and leaves no profile behind."""
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", "0f0f0f0f0f0f0f0f")

    shown = login(cli, alphaess)

    assert shown.code == 4
    assert not (own_folders / "config.toml").exists()
    assert "0f0f0f0f0f0f0f0f" not in shown.out + shown.err
    assert "try again with: openpower login alphaess" in shown.err


def test_a_file_that_others_can_read_is_refused(cli: Any, alphaess: Any, own_folders: Path) -> None:
    """A secret that others could have read is not used silently."""
    login(cli, alphaess)
    (own_folders / "config.toml").chmod(0o644)

    shown = cli("status")

    assert shown.code == 2
    assert "chmod 600" in shown.err


def test_logout_forgets(cli: Any, alphaess: Any, own_folders: Path) -> None:
    """After logout neither the profile nor the secret is in the file."""
    login(cli, alphaess)

    assert cli("logout").code == 0
    assert SECRET not in (own_folders / "config.toml").read_text(encoding="utf-8")
    assert cli("profiles").out.startswith("No profile yet")


class FakeKeyring:
    """A keyring that works, or one that takes secrets and loses them."""

    def __init__(self, *, forgetful: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self._forgetful = forgetful

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.kept[service, user] = "" if self._forgetful else secret

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    """A keyring in place of the machine's."""
    made = FakeKeyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made


def test_the_keyring_keeps_the_secret_where_one_works(
    cli: Any, alphaess: Any, own_folders: Path, ring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds no secret; the next command finds it in the keyring, and logout takes it out."""
    shown = login(cli, alphaess)
    monkeypatch.delenv("OPENPOWER_ALPHAESS_APP_SECRET")

    assert "The secret is in the keyring." in shown.out
    assert SECRET not in (own_folders / "config.toml").read_text(encoding="utf-8")
    assert ring.kept == {("openpower", "alphaess/app_secret"): SECRET}
    assert cli("status").code == 0
    assert cli("logout").code == 0
    assert not ring.kept


def test_a_keyring_that_loses_secrets_is_not_trusted(
    cli: Any, alphaess: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not give back goes into the file, and that is said."""
    lossy = FakeKeyring(forgetful=True)
    monkeypatch.setitem(sys.modules, "keyring", lossy)

    shown = login(cli, alphaess)

    assert "No keyring works here" in shown.out
    assert SECRET in (own_folders / "config.toml").read_text(encoding="utf-8")
    assert not lossy.kept


def test_a_profile_is_replaced_only_when_agreed(cli: Any, alphaess: Any, own_folders: Path) -> None:
    """Without a terminal to ask on, --yes is needed; another name is added beside it."""
    login(cli, alphaess)
    before = (own_folders / "config.toml").read_text(encoding="utf-8")

    again = login(cli, alphaess)

    assert again.code == 2
    assert "--yes" in again.err
    assert (own_folders / "config.toml").read_text(encoding="utf-8") == before
    assert cli("login", "alphaess", "-O", f"base_url={alphaess.url}", "--yes").code == 0
    other = cli("login", "alphaess", "-O", f"base_url={alphaess.url}", "--profile", "shed")
    assert other.code == 0
    names = [each["name"] for each in cli("profiles", "--json").data["profiles"]]
    assert names == ["alphaess", "shed"]


def test_the_environment_names_the_profile(cli: Any, alphaess: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several profiles one has to be named, by argument, --profile or OPENPOWER_PROFILE."""
    login(cli, alphaess)
    cli("login", "alphaess", "-O", f"base_url={alphaess.url}", "--profile", "shed")

    assert "there are several profiles: alphaess, shed" in cli("status").err
    assert cli("status", "--profile", "shed").out.startswith("shed,")
    monkeypatch.setenv("OPENPOWER_PROFILE", "shed")
    assert cli("status").out.startswith("shed,")
    assert cli("status", "alphaess").out.startswith("alphaess,")


def test_the_zone_that_no_vendor_reports_is_taken_from_the_machine_and_said(
    cli: Any, alphaess: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal the machine's zone is stored, and the output says how to change it."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    shown = cli("login", "alphaess", "-O", f"base_url={alphaess.url}")

    assert "using this machine's, Asia/Tokyo" in shown.out
    assert 'tz = "Asia/Tokyo"' in (own_folders / "config.toml").read_text(encoding="utf-8")


def test_an_unwritten_file_leaves_the_old_one(
    cli: Any, alphaess: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails half way, the configuration is as it was, and no draft stays."""
    login(cli, alphaess)
    before = (own_folders / "config.toml").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("openpower.cli.profiles.os.fsync", fail)
    shown = cli("logout")

    assert shown.code == 1
    assert "No space left" in shown.err
    assert (own_folders / "config.toml").read_bytes() == before
    assert not list(own_folders.glob(".config.toml-*"))


def test_an_unknown_profile_is_named_with_those_there_are(cli: Any, alphaess: Any) -> None:
    """A misspelt profile is a usage error."""
    login(cli, alphaess)

    assert "there are: alphaess" in cli("logout", "shed").err
    assert "there are: alphaess" in cli("status", "--profile", "shed").err


def test_a_profile_without_provider_is_named_with_its_file(cli: Any, own_folders: Path) -> None:
    """Someone who writes the file by hand and forgets the provider learns what to add, and where."""
    file = own_folders / "config.toml"
    file.write_text('[profiles.home]\ntz = "Europe/Berlin"\n')
    file.chmod(0o600)

    shown = cli("status", "home")

    assert shown.code == 2
    assert shown.err == f"openpower: the profile 'home' names no provider. Add provider = \"…\" to it in {file}.\n"


def test_a_profile_with_a_misspelt_provider_names_the_word(cli: Any, own_folders: Path) -> None:
    """And one whose provider is no text is a usage error as well."""
    file = own_folders / "config.toml"
    file.write_text('[profiles.home]\nprovder = "demo"\n[profiles.flat]\nprovider = 5\n')
    file.chmod(0o600)

    assert f"Write provider instead of 'provder' in {file}." in cli("status", "home").err
    assert cli("status", "flat").code == 2
    assert "names no provider" in cli("status", "flat").err


def test_an_option_that_wants_asking_is_asked(cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    """A provider may name options that login asks for, such as the address of a box."""
    asked = Option("host", "the address of the box", ask=True)
    home = StubHome()
    given: dict[str, Any] = {}

    def connect(context: Any, **options: Any) -> StubHome:
        given.update(options)
        return home

    register(ProviderSpec(name="stub", connect=connect, options=(asked,)))
    monkeypatch.setattr("openpower.cli.login.can_ask", lambda: True)
    answers = iter(["192.0.2.7", "Europe/Oslo"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(answers))
    try:
        shown = cli("login", "stub")
    finally:
        unregister("stub")

    assert shown.code == 0
    assert given == {"host": "192.0.2.7"}
    assert 'host = "192.0.2.7"' in (own_folders / "config.toml").read_text(encoding="utf-8")


def test_login_begins_a_tariff_with_an_example(cli: Any, own_folders: Path, tmp_path: Path) -> None:
    """The file is written where there is none, its whole path is stored, and a file that is there stays as it is."""
    file = tmp_path / "tariff.toml"

    shown = cli("login", "tariff", "-O", f"file={file}", "--yes")
    text = file.read_text()

    assert shown.code == 0
    assert f"Wrote an example to {file}" in shown.out.replace("\n", " ")
    assert str(file) in (own_folders / "config.toml").read_text()
    assert cli("prices", "tariff").code == 0
    file.write_text(text.replace("0.3996", "0.25"))
    assert cli("login", "tariff", "-O", f"file={file}", "--yes").code == 0
    assert "0.25" in file.read_text()


def test_login_refuses_a_tariff_that_says_too_little(cli: Any, own_folders: Path, tmp_path: Path) -> None:
    """The message names the file and the key; nothing is stored."""
    file = tmp_path / "tariff.toml"
    file.write_text('name = "x"\ncurrency = "EUR"\ntz = "Europe/Berlin"\n[import]\nprise = 1\n')

    shown = cli("login", "tariff", "-O", f"file={file}")

    assert shown.code == 2
    assert "has no key 'prise'" in shown.err.replace("\n", " ")
    assert not (own_folders / "config.toml").exists()


def test_a_profile_may_hold_the_tariff(cli: Any, own_folders: Path) -> None:
    """As a table of its own."""
    file = own_folders / "config.toml"
    file.write_text(
        '[profiles.flat]\nprovider = "tariff"\n[profiles.flat.document]\nname = "Flat"\ncurrency = "EUR"\n'
        'tz = "Europe/Berlin"\n[profiles.flat.document.import]\nprice = 0.3996\n'
    )
    file.chmod(0o600)

    shown = cli("prices", "flat")

    assert shown.code == 0
    assert "0.3996" in shown.out or "0.40" in shown.out


def test_an_interrupted_store_leaves_the_old_secret(
    cli: Any, alphaess: Any, own_folders: Path, ring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyring is written before the file; it goes back with it."""
    ring.kept["openpower", "alphaess/app_secret"] = "the old one"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("openpower.cli.profiles.os.fsync", stop)

    assert login(cli, alphaess).code == 130
    assert ring.kept == {("openpower", "alphaess/app_secret"): "the old one"}
    assert not list(own_folders.glob("*config*"))
