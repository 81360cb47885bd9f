"""README's ten lines run on the simulated home, and unchanged but for the first on vendors that are joined."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower_alphaess import emulator as alphaess
from openpower_amber import emulator as amber
from openpower_goodwe.semsplus import emulator as goodwe_sems

README = Path(__file__).resolve().parents[2] / "README.md"
FIRST = 'openpower.connect("demo")'


@pytest.mark.parametrize(("name", "vendor"), [("alphaess", alphaess), ("goodwe-sems", goodwe_sems)])
def test_the_ten_lines_run_on_any_vendor(name: str, vendor: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """One has the battery, Amber the prices; the text of the page is what runs."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    ten = next(each for each in blocks if FIRST in each)
    with vendor.serve() as battery, amber.serve() as prices:
        site = openpower.Site(openpower.connect(name, **battery.options), openpower.connect("amber", **prices.options))

        exec(ten.replace(FIRST, "site"), {"site": site})
        asked = list(battery.emulator.requests)

    output = capsys.readouterr().out
    assert re.search(r"[\d.]+ % of [\d.]+ kWh, [\d.]+ W in", output)
    assert re.search(r"now -?[\d.]+ per kWh", output)
    assert "planned" in output
    assert not any(getattr(each, "writes", False) for each in asked)
