"""Fake third-party distributions: a metadata folder and modules in a temporary folder on ``sys.path``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

Install = Callable[..., Path]

WORKING = """
from openpower_core.provider import ProviderSpec, hookimpl

class Home:
    native = "the native API of {name}"
    def discover(self): return []
    def close(self): pass

@hookimpl
def openpower_provider():
    return ProviderSpec(name="{name}", connect=lambda context: Home(){more})
"""


def working(name: str, more: str = "") -> str:
    """The source of a provider's plugin that works."""
    return WORKING.format(name=name, more=more)


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No provider that an earlier test loaded."""
    monkeypatch.setattr("openpower_core.registry.loading._loaded", {})


@pytest.fixture
def source() -> Callable[..., str]:
    """Write the source of a working plugin; ``more`` goes into its specification."""
    return working


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution with one entry point and the module behind it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def make(
        distribution: str,
        module: str,
        code: str,
        *,
        name: str = "acme",
        group: str = "openpower.providers",
        version: str = "1.0",
        modules: Mapping[str, str] | None = None,
    ) -> Path:
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n\nName: not this\n"
        )
        (info / "entry_points.txt").write_text(f"[console_scripts]\nacme = acme:main\n\n[{group}]\n{name} = {module}\n")
        for each, text in {module.partition(":")[0]: code, **(modules or {})}.items():
            (site / f"{each}.py").write_text(text)
        return site

    yield make
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]
