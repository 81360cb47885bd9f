"""The manual names every command, exit code, variable and field, so that none is added without it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from openpower.cli.app import command_tree

DOCS = Path(__file__).resolve().parents[2] / "docs"
MANUAL = (DOCS / "how-to" / "cli.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
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

    assert {name for name in found if f"`{name}`" not in CONFIGURATION} == set()


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


PAGES = [DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))]
PLACEHOLDER = re.compile(r"[A-Z]{3,}|[…\[\]]")


def printed_commands() -> list[str]:
    """The arguments of every ``openpower`` command in a block of code or between backticks, placeholders apart."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text("utf-8")
        blocks = re.findall(r"^```(?:sh|console|ini|text)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        # One word alone is a mention: it may lack what the command needs.
        spans = re.findall(r"`((?:uv run )?(?:--extra \w+ )?openpower [^`\s]+ [^`\n]+)`", text)
        for line in "\n".join([*blocks, *spans]).splitlines():
            typed = re.search(r"(?:^[$ ]*|uv run |--extra \w+ |/bin/|^[\d*/ ]+ |; )openpower ([a-z][^|>#;&]*)", line)
            if typed and not PLACEHOLDER.search(typed[1]):
                found.add(re.split(r" {2,}", typed[1].strip())[0])
    return sorted(found)


@pytest.mark.parametrize("command", printed_commands())
def test_every_printed_command_is_one(command: str) -> None:
    """README and pages print only commands and options that there are."""
    command_tree().parse_args(shlex.split(command), exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    "command",
    [each for each in printed_commands() if re.match(r"demo|(status|devices|prices|usage|history) demo", each)],
)
def test_what_is_printed_for_the_demo_works(command: str, cli: Any, monkeypatch: Any, tmp_path: Path) -> None:
    """Whoever types it sees no error."""
    monkeypatch.chdir(tmp_path)

    done = cli(*shlex.split(command))

    assert (done.code, done.err) == (0, "")
