"""``login`` tries what it is given, remembers it safely, and ``logout`` forgets it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

SECRET = "an-emulated-secret"


@pytest.fixture
def alphaess(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An emulated AlphaESS whose credentials stand in the environment."""
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


def test_refused_credentials_are_not_remembered(
    cli: Any, alphaess: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong secret ends with code 4 and leaves no profile behind."""
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", "0f0f0f0f0f0f0f0f")

    shown = login(cli, alphaess)

    assert shown.code == 4
    assert not (own_folders / "config.toml").exists()
    assert "0f0f0f0f0f0f0f0f" not in shown.out + shown.err


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
