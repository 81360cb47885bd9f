"""Both flavours are one API: same names, same signatures, same docstrings."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openpower_testing.unasync import NAME_PAIRS, _rename_in_text, rename

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def _modules(package: ModuleType) -> Iterator[str]:
    """Every module's name; nothing is imported, since some need an extra."""
    for folder in package.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package.__name__, *parts)).removesuffix(".__init__")


def twins(package: ModuleType) -> list[tuple[str, str]]:
    """The asynchronous modules of a package, each with its synchronous twin."""
    pairs: list[tuple[str, str]] = []
    for name in _modules(package):
        twin = ".".join(rename(part, {}) for part in name.split("."))
        if twin != name:
            pairs.append((name, twin))
    return pairs


def assert_parity(asynchronous: Any, synchronous: Any) -> None:
    """Two classes or functions have the same public names, parameters and docstrings."""
    assert _in_sync(inspect.getdoc(asynchronous) or "") == (inspect.getdoc(synchronous) or "")
    if inspect.isclass(asynchronous):
        names, pairs = _public(asynchronous), NAME_PAIRS
        assert {rename(name, pairs) for name in names} == set(_public(synchronous))
        for name in names:
            assert_parity(names[name], getattr(synchronous, rename(name, pairs)))
    elif callable(asynchronous):
        assert _parameters(asynchronous) == _parameters(synchronous)
        assert not inspect.iscoroutinefunction(synchronous)


def _public(kind: type) -> dict[str, Any]:
    return {
        name: getattr(kind, name)
        for name in dir(kind)
        if not name.startswith("_") and not isinstance(getattr(kind, name), property)
    }


def _parameters(function: Any) -> list[tuple[str, Any, str]]:
    return [
        (each.name, each.kind, _in_sync(repr(each.default))) for each in inspect.signature(function).parameters.values()
    ]


def _in_sync(text: str) -> str:
    return _rename_in_text(text, NAME_PAIRS)


PACKAGES = [
    "openpower",
    "openpower_core",
    "openpower_alphaess",
    "openpower_amber",
    "openpower_dayahead",
    "openpower_demo",
    "openpower_goodwe",
    "openpower_octopus",
]
TWINS = [pair for name in PACKAGES for pair in twins(importlib.import_module(name))]


@pytest.mark.parametrize(("asynchronous", "synchronous"), TWINS)
def test_twins_have_the_same_public_names(asynchronous: str, synchronous: str) -> None:
    """Down to parameters, their defaults, and docstrings."""
    one, other = importlib.import_module(asynchronous), importlib.import_module(synchronous)
    pairs = NAME_PAIRS
    names: list[str] = list(getattr(one, "__all__", []))

    assert {rename(name, pairs) for name in names} == set(getattr(other, "__all__", []))
    for name in names:
        if not name.startswith("_"):
            assert_parity(getattr(one, name), getattr(other, rename(name, pairs)))


def test_there_are_twins_to_compare() -> None:
    """In every package."""
    assert {one.partition(".")[0] for one, _ in TWINS} == set(PACKAGES)
