"""Runs the Python of README and documentation, so that no page promises what does not work."""

from __future__ import annotations

from pathlib import Path
from unittest import SkipTest

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_the_page_shows_works(page: Path) -> None:
    """Its blocks go on from each other, so a page is one test; a failure names the line."""
    sybil = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))

    for example in sybil.parse(page).examples():
        try:
            example.evaluate()
        except SkipTest:
            continue
