"""The tab key: homes, providers and devices, from what is stored alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openpower.cli import completions


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_homes_providers_and_devices(cli: Any, own_folders: Path) -> None:
    """A home that is called like a command is a home; devices are those of the home that is typed."""
    cli("login", "demo", "--profile", "attic", "-O", "tz=UTC")
    cli("charge", "demo", "--dry-run")
    script = own_folders / "openpower.bash"
    script.write_text(cli("completion", "bash").out, encoding="utf-8")
    ask = 'ask() { COMP_WORDS=(openpower "$@"); COMP_CWORD=$#; COMPREPLY=(); _openpower; echo "${COMPREPLY[@]}"; }'
    lines = [
        f"source {script}",
        ask,
        "ask status at",
        "ask login al",
        "ask charge demo --battery ''",
        "ask schedule set demo --battery ''",
        "ask ev st",
        "ask charge demo --wa",
    ]
    path = f"export PATH={Path(sys.executable).parent}:$PATH LC_ALL=C.UTF-8"
    found = subprocess.run(["bash", "-c", "\n".join([path, *lines])], capture_output=True, text=True, check=True)

    battery = "DE…0001/battery"
    assert found.stdout.splitlines() == ["attic", "alphaess", battery, battery, "start stop", "--wait"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_ask_as_well(cli: Any, shell: str) -> None:
    """Their scripts call back for what is stored."""
    assert "__complete" in cli("completion", shell).out


def test_ids_are_kept_masked_and_only_where_they_are_unique(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No whole serial number stands in a state file; a damaged file costs nothing."""

    class Device:
        def __init__(self, id_: str) -> None:
            self.info, self.id = self, id_

    completions.remember(
        "home", [Device("AL1234567890001/battery"), Device("XX1230001/meter"), Device("XX9990001/meter")]
    )
    file = own_folders / "state" / "devices.json"
    text = file.read_text(encoding="utf-8")
    file.write_text("{", encoding="utf-8")
    completions.remember("home", [Device("AL1234567890001/battery")])

    assert "1234567890" not in text
    assert "meter" not in text
    assert "battery" in file.read_text(encoding="utf-8")
