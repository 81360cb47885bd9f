"""What the provider's README shows runs, against the emulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[2] / "providers" / "octopus" / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_readme_runs(served: Any, capsys: pytest.CaptureFixture[str], snippet: str) -> None:
    """With the emulator's address and its time in place of Octopus's."""
    where = f"base_url={served.options['base_url']!r}"
    shown = snippet.replace('region="C"', f'region="C", {where}').replace("Octopus()", f"Octopus({where})")
    shown = shown.replace("datetime.now(UTC)", "datetime(2026, 8, 4, 10, tzinfo=UTC)")

    exec(shown, {})

    assert capsys.readouterr().out


def test_there_are_snippets() -> None:
    """One vendor-agnostic, one native."""
    assert len(SNIPPETS) == 2
