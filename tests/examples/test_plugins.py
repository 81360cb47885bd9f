"""The example plugins, found by their entry points in a process of their own, do what they are for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "examples" / "plugins"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder for ``sys.path`` that holds the plugins and their metadata, as an installation would."""
    project = tomllib.loads((PLUGINS / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = tmp_path / "site" / "openpower_example_plugins-0.2.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.2.0\n", encoding="utf-8"
    )
    points = project["entry-points"]["openpower.plugins"]
    lines = "\n".join(f"{name} = {module}" for name, module in points.items())
    (info / "entry_points.txt").write_text(f"[openpower.plugins]\n{lines}\n", encoding="utf-8")
    for module in PLUGINS.glob("example_*.py"):
        (info.parent / module.name).write_text(module.read_text(encoding="utf-8"), encoding="utf-8")
    return info.parent


def run(installed: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program that has the plugins installed."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(installed), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


CHARGE = """
import openpower
with openpower.connect("demo") as home:
    try:
        print(home.battery().charge(target_soc_pct={target}, until=None).state)
    except openpower.Veto as veto:
        print("veto:", veto, veto.receipt.state)
"""


def test_the_guard_forbids_what_is_above_its_level(installed: Path) -> None:
    """95 % is refused with the guard's own words, and 85 % passes."""
    refused = run(installed, CHARGE.format(target=95), EXAMPLE_MAX_SOC_PCT="90")
    allowed = run(installed, CHARGE.format(target=85), EXAMPLE_MAX_SOC_PCT="90")

    assert refused.stdout.startswith("veto:"), refused.stderr
    assert "above the 90 %" in refused.stdout
    assert allowed.stdout.strip() in {"accepted", "confirmed"}, allowed.stdout + allowed.stderr


def test_a_charge_without_a_target_counts_as_a_full_one(installed: Path) -> None:
    """Without a level the battery would go to 100 %."""
    refused = run(installed, CHARGE.format(target=None))

    assert "charging to 100 %" in refused.stdout, refused.stderr


def test_the_sink_writes_readings_and_writes(installed: Path, tmp_path: Path) -> None:
    """Each reading and each write is a line; serial numbers are masked."""
    file = tmp_path / "lines.jsonl"
    code = """
import openpower
with openpower.connect("demo") as home:
    home.battery().read()
    home.battery().hold()
"""
    done = run(installed, code, EXAMPLE_JSON_LINES=str(file))
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    assert done.returncode == 0, done.stderr
    assert lines[0]["reading"]["soc_pct"] is not None
    assert lines[-1]["operation"] == "command"
    assert "DEMO0000000001" not in file.read_text(encoding="utf-8")


def test_the_credential_source_answers_for_what_is_missing(installed: Path, tmp_path: Path) -> None:
    """connect finds both AlphaESS credentials in files, and shows neither."""
    folder = tmp_path / "secrets" / "alphaess"
    folder.mkdir(parents=True)
    (folder / "app_id").write_text("alpha0123456789abcdef\n", encoding="utf-8")
    (folder / "app_secret").write_text("c0ffee\n", encoding="utf-8")
    code = "import openpower; print(openpower.connect('alphaess'), 'connected')"

    done = run(installed, code, EXAMPLE_SECRETS=str(tmp_path / "secrets"))

    assert done.stdout.strip().endswith("connected"), done.stderr
    assert "c0ffee" not in done.stdout + done.stderr


@pytest.mark.parametrize("module", sorted(PLUGINS.glob("example_*.py")), ids=lambda p: p.stem)
def test_each_is_under_forty_lines(module: Path) -> None:
    """A plugin is small."""
    assert len(module.read_text(encoding="utf-8").splitlines()) < 40
