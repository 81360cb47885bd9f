"""The scan for entry points agrees with ``importlib.metadata`` and reads far less."""

from __future__ import annotations

import importlib.metadata
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from openpower_core.registry._scan import PROVIDERS, entry_points

Install = Callable[..., Path]


def _by_the_book() -> set[tuple[str, str]]:
    found = importlib.metadata.entry_points(group=PROVIDERS)
    return {(each.name, each.value) for each in found}


def test_it_finds_what_the_standard_library_finds(install: Install) -> None:
    """Editable, installed and fake distributions alike."""
    install("openpower-acme", "acme_plugin", "")

    assert {(each.name, each.value) for each in entry_points(PROVIDERS)} == _by_the_book()


def test_the_first_on_the_path_hides_the_others(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution that is there twice counts once, as Python would import it."""
    site = install("openpower-acme", "acme_plugin", "", version="2.0")
    old = tmp_path / "old"
    old.mkdir()
    (site / "openpower_acme-2.0.dist-info").rename(old / "Openpower.Acme-1.0.dist-info")
    install("openpower-acme", "acme_plugin", "", version="2.0")
    monkeypatch.setattr(sys, "path", [*sys.path, str(old)])

    versions = [each.version for each in entry_points(PROVIDERS) if each.name == "acme"]

    assert versions == ["2.0"]
    assert ("acme", "acme_plugin") in _by_the_book()


def test_a_zip_file_on_the_path_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications packed into one file find their providers."""
    archive = tmp_path / "app.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("openpower_acme-1.0.dist-info/METADATA", "Name: openpower-acme\nVersion: 1.0\n")
        file.writestr("openpower_acme-1.0.dist-info/entry_points.txt", "[openpower.providers]\nacme = acme_plugin\n")
    monkeypatch.syspath_prepend(str(archive))

    assert [each.distribution for each in entry_points(PROVIDERS) if each.name == "acme"] == ["openpower-acme"]


def test_comments_extras_and_other_groups_are_left_out(install: Install) -> None:
    """Entry points are an INI file with more habits than most."""
    site = install("openpower-acme", "acme_plugin", "")
    (site / "openpower_acme-1.0.dist-info" / "entry_points.txt").write_text(
        "; openpower.providers\n[other]\nx = y\n[openpower.providers]\n# no = no\n"
        "acme = acme_plugin : thing [extra]\n\n[another]\nacme = z\n"
    )

    mine = [each.value for each in entry_points(PROVIDERS) if each.name == "acme"]

    assert [value.replace(" ", "") for value in mine] == ["acme_plugin:thing"]


@pytest.mark.parametrize("missing", ["/no/such/folder", ""])
def test_odd_entries_of_the_path_do_no_harm(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is gone, and the working directory."""
    monkeypatch.setattr(sys, "path", [missing, *sys.path])

    assert entry_points(PROVIDERS)
