"""Installs the counterparts that ``nox -s consumers`` runs the hub against, each once, into a folder.

    python tests/consumers/install.py FOLDER home_assistant mosquitto ...

An environment is kept until what it is made of changes. Debian's packages are installed only where the command is missing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements")


def debian(**packages: str) -> None:
    """Install the packages whose commands (or files) are missing."""
    missing = [package for command, package in packages.items() if not has(command)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"These packages are missing: {', '.join(missing)}. Install them, or run this as root on Debian.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=env)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=env)


def has(command: str) -> bool:
    """Whether a command is there; Debian has servers in folders that are not on everyone's path."""
    return shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


def run(command: list[str], **more: object) -> None:
    """Run a command, whose output is shown only if it fails."""
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


def interpreter(version: str) -> str:
    """A Python of a version, on the path or among pyenv's, which has it without having it on the path."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in (shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)):
        if found and subprocess.run([str(found), "-c", ""], check=False, capture_output=True).returncode == 0:
            return str(found)
    sys.exit(f"Python {version} is missing; install it, with pyenv for example.")


def once(folder: Path, recipe: str, make: Callable[[], None]) -> None:
    """Make a folder anew unless the same recipe made it."""
    mark, now = folder / "recipe.sha256", hashlib.sha256(recipe.encode()).hexdigest()
    if mark.is_file() and mark.read_text(encoding="utf-8") == now:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make()
    mark.write_text(now, encoding="utf-8")


def environment(folder: Path, version: str) -> None:
    """A Python environment with what the requirements of its name list."""
    python, requirements = interpreter(version), REQUIREMENTS / f"{folder.name}.txt"

    def make() -> None:
        run(["uv", "venv", "--quiet", "--python", python, str(folder)])
        run(["uv", "pip", "install", "--quiet", "--python", f"{folder}/bin/python", "--requirement", str(requirements)])

    once(folder, python + requirements.read_text(encoding="utf-8"), make)


def home_assistant(folder: Path) -> None:
    """Home Assistant, and what makes an hour pass in a minute for it."""
    debian(faketime="faketime", mosquitto="mosquitto")
    environment(folder, "3.13")


def mosquitto(folder: Path) -> None:
    """The broker."""
    debian(mosquitto="mosquitto")


def prometheus(folder: Path) -> None:
    """The server, with promtool."""
    debian(prometheus="prometheus", promtool="prometheus")


def node_red(folder: Path) -> None:
    """Node-RED, from npm."""
    debian(npm="npm", mosquitto="mosquitto")
    from_npm(folder)


def from_npm(folder: Path) -> None:
    """The package that the requirements of its name are."""
    package = (REQUIREMENTS / f"{folder.name}.txt").read_text(encoding="utf-8").strip()

    def make() -> None:
        folder.mkdir(parents=True)
        run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", package])

    once(folder, package, make)


def emhass(folder: Path) -> None:
    """The optimiser."""
    environment(folder, "3.12")


def page(folder: Path) -> None:
    """A browser, and axe from npm; Playwright itself is in the session's environment."""
    debian(chromium="chromium", npm="npm")
    from_npm(folder)


PARTS = {part.__name__: part for part in (home_assistant, mosquitto, prometheus, node_red, emhass, page)}


def main(folder: str, *names: str) -> None:
    """Install the named parts and say how long each took."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        begun = time.monotonic()
        PARTS[name](Path(folder).resolve() / name)
        sys.stdout.write(f"{name}: there after {time.monotonic() - begun:.1f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
