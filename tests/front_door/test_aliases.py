"""``openpower.alphaess`` and its like offer exactly what the providers' own packages do."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import openpower

ALIASES = sorted(path.stem for path in Path(str(openpower.__file__)).parent.glob("[a-z]*.pyi"))


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_offers_the_packages_own_names(name: str) -> None:
    """The same objects, by explicit name, so that editors complete them."""
    alias = importlib.import_module(f"openpower.{name}")
    package = importlib.import_module(f"openpower_{name}")

    assert sorted(alias.__all__) == sorted(package.__all__)
    assert dir(alias) == sorted(alias.__all__)
    for each in alias.__all__:
        assert getattr(alias, each) is getattr(package, each)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As in any other module."""
    module = importlib.import_module("openpower.alphaess")
    missing = "AlfaESS"

    with pytest.raises(AttributeError, match=r"openpower.alphaess. has no attribute .AlfaESS"):
        getattr(module, missing)


@pytest.mark.parametrize("name", ["AlphaESS", "AsyncAlphaESS"])
def test_an_old_attribute_warns(name: str) -> None:
    """Until 0.4."""
    client = getattr(importlib.import_module("openpower.alphaess"), name)("a", "s")

    with pytest.warns(DeprecationWarning, match=f"{name}.session is internal now"):
        assert client.session is not None
