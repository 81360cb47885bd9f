"""What the provider's README shows runs, against the emulator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openpower_amber.emulator import Emulator, ServedEmulator

README = Path(__file__).parents[2] / "providers" / "amber" / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_readme_runs(served: ServedEmulator[Emulator], capsys: pytest.CaptureFixture[str], snippet: str) -> None:
    """With the emulator's token and address in place of the reader's."""
    assert 'token="psk_…"' in snippet

    token, url = served.options["token"], served.options["base_url"]
    exec(snippet.replace('token="psk_…"', f"token={token!r}, base_url={url!r}"), {})

    assert capsys.readouterr().out


def test_there_are_snippets() -> None:
    """One vendor-agnostic, one native."""
    assert len(SNIPPETS) == 2
