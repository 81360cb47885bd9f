"""Finds entry points by scanning the metadata folders on ``sys.path``, a few files instead of every distribution.

``importlib.metadata.entry_points()`` parses the entry points of all distributions, and their metadata for the
names; beside a hundred of them that costs more than loading a provider. Here a distribution's ``entry_points.txt``
is only parsed when it mentions one of our groups.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PLUGINS", "PROVIDERS", "EntryPoint", "entry_points"]

PROVIDERS = "openpower.providers"
PLUGINS = "openpower.plugins"
_GROUPS = (PROVIDERS, PLUGINS)


class EntryPoint(NamedTuple):
    """One line of a distribution's entry points."""

    group: str
    name: str
    value: str
    """``module`` or ``module:attribute``."""
    distribution: str
    version: str


class _Found(NamedTuple):
    """A distribution's metadata folder that may have entry points of ours."""

    key: str
    """The normalised name, by which an earlier folder on the path hides a later one."""
    text: str
    folder: str
    about: tuple[str, str] | None = None


_cache: dict[tuple[tuple[str, int], ...], tuple[EntryPoint, ...]] = {}


def entry_points(group: str) -> tuple[EntryPoint, ...]:
    """Give our entry points of one group, in the order of ``sys.path``; what is installed meanwhile is seen."""
    key = tuple((path, _modified(path)) for path in sys.path)
    if key not in _cache:
        _cache.clear()
        _cache[key] = tuple(_scan())
    return tuple(point for point in _cache[key] if point.group == group)


def _modified(path: str) -> int:
    try:
        return os.stat(path or ".").st_mtime_ns
    except OSError:
        return 0


def _scan() -> list[EntryPoint]:
    points: list[EntryPoint] = []
    seen: set[str] = set()
    for path in dict.fromkeys(sys.path):
        here = _archive(path) if os.path.isfile(path) else _folder(path)
        for found in here:
            if found.key not in seen:
                points += _points(found)
        seen |= {found.key for found in here}
    return points


def _folder(path: str) -> list[_Found]:
    """The distributions whose metadata lies in one folder of the path, read with as few calls as can be."""
    try:
        names = os.listdir(path or ".")
    except OSError:
        return []
    found: list[_Found] = []
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            folder = f"{path or '.'}{os.sep}{name}"
            found.append(_Found(_key(name), _text(f"{folder}{os.sep}entry_points.txt"), folder))
    return found


def _archive(path: str) -> list[_Found]:
    """The distributions inside a zip file on the path: rare, so the standard library may take its time."""
    if not path.endswith((".zip", ".egg", ".whl", ".pyz")):
        return []
    from importlib.metadata import distributions

    return [
        _Found(
            _key(each.metadata["Name"]),
            each.read_text("entry_points.txt") or "",
            path,
            (each.metadata["Name"], each.version),
        )
        for each in distributions(path=[path])
    ]


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return ""
    return content.decode("utf-8", "replace") if b"openpower." in content else ""


def _key(name: str) -> str:
    stem = name.rsplit(".", 1)[0] if name.endswith("-info") else name
    return re.sub(r"[-_.]+", "-", stem.partition("-")[0]).lower()


def _points(found: _Found) -> list[EntryPoint]:
    points: list[EntryPoint] = []
    group = ""
    about = found.about
    for raw in found.text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            group = line.strip("[] ")
        elif group in _GROUPS and "=" in line and not line.startswith(("#", ";")):
            about = about or _about(found.folder)
            name, _, value = line.partition("=")
            points.append(EntryPoint(group, name.strip(), value.split("[")[0].strip(), *about))
    return points


def _about(folder: str) -> tuple[str, str]:
    """The distribution's own name and version: from its metadata, else from the folder's name."""
    stem = os.path.basename(folder).rsplit(".", 1)[0]
    name, _, version = stem.partition("-")
    for file in ("METADATA", "PKG-INFO"):
        try:
            with open(f"{folder}{os.sep}{file}", encoding="utf-8", errors="replace") as lines:
                told = _headers(lines)
        except OSError:
            continue
        return told.get("name", name), told.get("version", version)
    return name, version


def _headers(lines: Iterable[str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for line in lines:
        if not line.strip():
            break
        field, _, value = line.partition(":")
        told.setdefault(field.strip().lower(), value.strip())
    return told
