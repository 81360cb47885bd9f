"""Runs the Python of README and documentation, and checks its types, so that no page promises what does not work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.region import Lexeme

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
READMES = sorted((ROOT / "providers").glob("*/README.md"))


def examples(page: Path) -> list[Example]:
    """The blocks of a page, hidden ones too, and what says which of them do not run."""
    return list(Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT)).parse(page).examples())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_the_page_shows_works(page: Path) -> None:
    """Its blocks go on from each other, so a page is one test; a failure names the line."""
    for example in examples(page):
        try:
            example.evaluate()
        except SkipTest:
            continue


def test_what_the_pages_show_is_typed(tmp_path: Path) -> None:
    """mypy --strict finds nothing in any page, where a user with the installed packages would run it; line numbers are the page's."""
    for page in [*PAGES, *READMES]:
        lines: list[str] = []
        for example in examples(page):
            if isinstance(code := example.parsed, Lexeme):
                lines += [""] * (example.line + code.line_offset - len(lines))
                lines += code.text.splitlines()
        name = str(page.relative_to(ROOT).with_suffix("")).replace("/", "_").replace("-", "_")
        (tmp_path / f"{name}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    others = "[mypy]\n[mypy-pandas.*,polars.*]\nignore_missing_imports = True\n"  # what the pages use beside openpower
    (tmp_path / "mypy.ini").write_text(others, encoding="utf-8")

    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=mypy.ini", "."]
    found = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert found.stdout + found.stderr == ""
