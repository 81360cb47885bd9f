"""The manual names every command, exit code, variable and field, so that none is added without it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from openpower.cli.app import command_tree

DOCS = Path(__file__).resolve().parents[2] / "docs"
MANUAL = (DOCS / "how-to" / "cli.md").read_text(encoding="utf-8")
SOURCES = Path(__file__).resolve().parents[2] / "openpower" / "cli"


@pytest.mark.parametrize("command", [name for name in command_tree() if not name.startswith("-")])
def test_every_command_is_described(command: str) -> None:
    """Every command is documented."""
    assert f"openpower {command}" in MANUAL


def test_every_exit_code_is_described() -> None:
    """The table of the manual is that of the code, word for word."""
    from openpower.cli import exits

    codes = re.findall(r"^(\d+) +\S", exits.__doc__ or "", re.MULTILINE)

    assert len(codes) == 11
    assert all(f"| {code} |" in MANUAL for code in codes)


def test_every_variable_is_described() -> None:
    """Every environment variable of the sources is documented."""
    found: set[str] = set()
    for file in SOURCES.glob("*.py"):
        found |= set(re.findall(r"OPENPOWER_[A-Z]+(?:_[A-Z]+)*", file.read_text("utf-8")))

    assert {name for name in found if f"`{name}`" not in MANUAL} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo",),
        ("status", "demo"),
        ("site", "demo"),
        ("devices", "demo"),
        ("providers",),
        ("profiles",),
        ("audit",),
        ("prices", "demo"),
        ("schedule", "show", "demo"),
        ("charge", "demo", "--dry-run"),
        ("doctor",),
        ("status", "nobody"),
    ],
)
def test_every_field_of_an_answer_is_described(cli: Any, arguments: tuple[str, ...]) -> None:
    """Programs find the first level of each object, and the schema's number, in the manual."""
    data = cli(*arguments, "--json").data

    assert data["schema"] == 1
    assert [name for name in data if f"`{name}`" not in MANUAL] == []
