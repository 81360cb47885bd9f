"""``new-provider`` writes a distribution that works, and that passes its own tests as generated."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import Any

import pytest

import openpower_testing


@pytest.fixture
def generated(cli: Any, tmp_path: Path) -> Path:
    """A provider with two words in its name, written into a temporary folder."""
    folder = tmp_path / "openpower-sun-king"
    shown = cli("new-provider", "sun-king", "--into", str(folder))
    assert shown.code == 0, shown.err
    return folder


def environment(folder: Path) -> dict[str, str]:
    """What an editable installation would make visible: the package, and its entry point."""
    info = folder / "openpower_sun_king-0.1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: openpower-sun-king\nVersion: 0.1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(
        "[openpower.providers]\nsun-king = openpower_sun_king.plugin\n", encoding="utf-8"
    )
    return {**os.environ, "PYTHONPATH": str(folder)}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the generated distribution."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


def test_it_passes_its_own_tests(generated: Path, request: pytest.FixtureRequest) -> None:
    """The whole conformance kit and its own tests, as generated, without a change; in the campaign that in full as well."""
    whole = ["--openpower-campaign"] if request.config.getoption("openpower_campaign") else []
    done = run(generated, "-m", "pytest", "-q", "-p", "no:cacheprovider", *whole)

    assert done.returncode == 0, done.stdout[-4000:]


def test_it_connects_by_name(generated: Path) -> None:
    """Its emulator and its devices are reached through the front door."""
    code = """
import openpower
from openpower_sun_king.emulator import serve
with serve() as served, openpower.connect("sun-king", **served.options) as home:
    print([str(device.info.role) for device in home.devices()], home.battery().read().soc_pct is not None)
"""
    done = run(generated, "-c", code)

    assert done.stdout.strip() == "['inverter', 'battery', 'meter'] True", done.stderr


def test_its_types_hold(generated: Path) -> None:
    """mypy, strict, finds nothing to say."""
    done = run(generated, "-m", "mypy", "--strict", "openpower_sun_king")

    assert done.returncode == 0, done.stdout


def test_it_has_the_rooms_of_every_provider(generated: Path) -> None:
    """Every provider has the same modules; those that do I/O exist in both flavours."""
    package = generated / "openpower_sun_king"

    assert {"plugin.py", "models.py", "mapping.py", "emulator.py"} < {file.name for file in package.iterdir()}
    for flavour in ("_async", "_sync"):
        assert {"client.py", "control.py", "devices.py"} < {file.name for file in (package / flavour).iterdir()}


def code_lines(file: Path) -> int:
    """How many lines of a file hold code: blank lines, comments and docstrings are not counted."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    prose = {line for node in texts for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    with file.open("rb") as source:
        tokens = [each for each in tokenize.tokenize(source.readline) if each.type in _CODE]
    return len({line for each in tokens for line in range(each.start[0], each.end[0] + 1)} - prose)


_CODE = {tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING}


def test_an_author_writes_little_beside_models_and_mapping() -> None:
    """At most 50 lines of code: the specification, the client, the settings and the devices; twins are generated."""
    package = Path(openpower_testing.__file__).parent / "template" / "openpower_acme"
    written = [package / "plugin.py", *(package / "_async").glob("*.py")]

    assert {file.stem for file in written} == {"plugin", "__init__", "client", "control", "devices"}
    assert sum(map(code_lines, written)) <= 50


def test_its_blocking_twin_is_fresh(generated: Path) -> None:
    """The generated module is what the generator would write."""
    done = run(generated, "-m", "openpower_testing.unasync", "--check", "openpower_sun_king")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["Acme", "9lives", "import", "a_b", "../x"])
def test_a_name_that_cannot_be_is_refused(cli: Any, name: str, tmp_path: Path) -> None:
    """Nothing is written for a name that no package could have."""
    shown = cli("new-provider", name, "--into", str(tmp_path / "never"))

    assert shown.code == 2
    assert not (tmp_path / "never").exists()


def test_an_existing_folder_is_left_alone(cli: Any, generated: Path) -> None:
    """Existing files are not overwritten."""
    shown = cli("new-provider", "sun-king", "--into", str(generated))

    assert shown.code == 2
    assert "already exists" in shown.err


def test_without_the_tools_for_authors_it_names_them(cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The template belongs to openpower-testing, and the hint is the line that installs it."""
    monkeypatch.setitem(sys.modules, "openpower_testing", None)
    monkeypatch.delitem(sys.modules, "openpower_testing.scaffold", raising=False)

    shown = cli("new-provider", "sun-king", "--into", str(tmp_path / "never"))

    assert shown.code == 2
    assert 'pip install "openpower[testing]>=0.2"' in shown.err
    assert not (tmp_path / "never").exists()
