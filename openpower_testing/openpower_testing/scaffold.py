"""Writes a new provider's distribution from the template: a made-up vendor, working and tested, which authors replace file by file."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from openpower_core.errors import InvalidValue
from openpower_testing import unasync

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["write_provider"]

_SUFFIXES = {".py", ".pyi", ".toml", ".md", ".typed"}


def write_provider(name: str, folder: Path) -> list[Path]:
    """Write the distribution ``openpower-<name>`` into a folder that does not exist yet; gives its files.

    Raises:
        InvalidValue: the name cannot be a provider's, or the folder exists.
    """
    module = _module(name)
    if folder.exists():
        raise InvalidValue(f"{folder} already exists.", hint="Choose another one with --into.")
    written: list[Path] = []
    for path, source in _sources(files("openpower_testing") / "template", Path()):
        target = folder / _renamed(str(path), name, module)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_renamed(source, name, module), encoding="utf-8")
        written.append(target)
    # Formatted again, because a longer or shorter name changes line breaks.
    unasync.main([str(folder / f"openpower_{module}")])
    return sorted(written)


def _module(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidValue(
            f"{name!r} cannot be a provider's name.",
            hint="Use lower-case letters and digits, with hyphens between words: acme, acme-cloud.",
        )
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise InvalidValue(f"{name!r} is a Python keyword.")
    return module


def _sources(folder: Traversable, below: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            if not entry.name.startswith("__"):
                found += _sources(entry, below / entry.name)
        elif Path(entry.name).suffix in _SUFFIXES:
            found.append((below / entry.name, entry.read_text(encoding="utf-8")))
    return found


def _renamed(text: str, name: str, module: str) -> str:
    """Put the new name in place of the template's, in each of its forms, in one pass."""
    title = "".join(part.capitalize() for part in name.split("-"))
    forms = {"openpower_acme": f"openpower_{module}", "test_acme": f"test_{module}"}
    forms |= {"ACME": title.upper(), "Acme": title, "acme": name}
    return re.sub("|".join(forms), lambda match: forms[match[0]], text)
