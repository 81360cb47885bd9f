"""Wheels, ours and a third party's, installed offline in a fresh environment: ``nox -s third_party`` brings them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

CONNECT = """
import openpower
with openpower.connect("nordlys", token="x", base_url="http://127.0.0.1:9") as home:
    print([info.name for info in openpower.providers()], home.provider)
"""


@pytest.fixture(scope="module")
def wheels(request: pytest.FixtureRequest) -> Path:
    """The folder with all wheels that are needed, ours and those of the dependencies."""
    folder = os.environ.get("OPENPOWER_WHEELS")
    if not folder:
        pytest.skip("needs built wheels: nox -s third_party")
    return Path(folder)


@pytest.fixture(scope="module")
def python(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment in which openpower is installed from its wheels."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    found = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip(found, "install", "--no-index", "--find-links", str(wheels), "openpower")
    return found


def pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, cwd=python.parent)


def run(python: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the fresh environment, away from the checkout."""
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False, cwd=python.parent)


def test_a_third_party_comes_and_goes(python: Path, wheels: Path) -> None:
    """Installed, it connects by name; removed, its name is unknown and ours still work."""
    pip(python, "install", "--no-index", "--find-links", str(wheels), "openpower-nordlys")
    there = run(python, CONNECT)
    pip(python, "uninstall", "--yes", "openpower-nordlys")
    gone = run(python, CONNECT)
    ours = run(python, "import openpower; print(openpower.connect('demo').battery().read().soc_pct)")

    assert there.stdout.strip().endswith("nordlys"), there.stderr
    assert "'nordlys'" in there.stdout
    assert "UnknownProvider" in gone.stderr
    assert ours.returncode == 0, ours.stderr


def test_its_wheel_passes_the_conformance_kit(wheels: Path, tmp_path: Path) -> None:
    """Installed from its wheel, it is found by name, and every check of the kit runs on what the wheel holds."""
    pip(
        Path(sys.executable),
        "install",
        "--no-index",
        "--no-deps",
        f"--find-links={wheels}",
        f"--target={tmp_path}",
        "openpower-nordlys",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", str(Path(__file__).with_name("test_conformance.py"))],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout


def test_without_its_extra_the_command_names_it(python: Path) -> None:
    """The library alone has no command line; the command says how to get it and exits 2."""
    done = subprocess.run([str(python.parent / "openpower")], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert 'pip install "openpower[cli]>=0.2"' in done.stderr


APPARATUS = {"openpower_simulation", "openpower_testing"}
PROVIDERS = (Path(__file__).resolve().parents[2] / "providers").glob("*/pyproject.toml")
RUNTIME = ("openpower", "openpower_core", *sorted(f"openpower_{path.parent.name}" for path in PROVIDERS))


@pytest.mark.parametrize("name", RUNTIME)
def test_a_runtime_wheel_holds_no_kit(wheels: Path, name: str) -> None:
    """No test, no plugin of pytest, no simulation; its requirements name them in extras only, the demo's apart."""
    (wheel,) = wheels.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        (metadata,) = (archive.read(file).decode() for file in files if file.endswith(".dist-info/METADATA"))
        entry_points = [archive.read(file).decode() for file in files if file.endswith("entry_points.txt")]
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]

    assert {file.partition("/")[0] for file in files if ".dist-info/" not in file} == {name}
    assert not [file for file in files if Path(file).name.startswith(("test_", "conftest"))]
    assert "pytest11" not in "".join(entry_points)
    assert not [line for line in needed if "openpower-testing" in line or "pytest" in line]
    assert name == "openpower_demo" or not [line for line in needed if "openpower-simulation" in line]


@pytest.mark.parametrize("name", RUNTIME)
def test_what_runs_imports_no_kit(wheels: Path, name: str) -> None:
    """Only emulators, old names and what the command line does for authors import the apparatus."""
    (wheel,) = wheels.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        modules = {file: archive.read(file).decode() for file in archive.namelist() if file.endswith(".py")}
    importing = {
        file
        for file, source in modules.items()
        if "/emulator" not in file
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in APPARATUS
    }

    assert modules
    assert name == "openpower_demo" or not importing


@pytest.mark.parametrize("name", [*RUNTIME, *sorted(APPARATUS)])
def test_types_are_shipped(wheels: Path, name: str) -> None:
    """Every distribution carries its py.typed."""
    (wheel,) = wheels.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert f"{name}/py.typed" in archive.namelist()


@pytest.mark.parametrize("name", [*RUNTIME, *sorted(APPARATUS)])
def test_a_lazy_package_brings_its_stub(wheels: Path, name: str) -> None:
    """Its names are listed there and nowhere else."""
    (wheel,) = wheels.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
        lazy = [file for file in files if file.endswith(".py") and b"lazy(__name__)\n" in archive.read(file)]

    assert lazy
    assert {file + "i" for file in lazy if not file.endswith("/lazy.py")} <= files
