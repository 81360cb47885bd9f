"""The README's example of the emulator does what it says."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[3] / "providers" / "alphaess" / "README.md"


def test_example_runs(capsys):
    """It prints what its comments say."""
    [example] = re.findall(r"```python\n(from datetime.*?)```", README.read_text(), re.DOTALL)
    expected = re.findall(r"print\(.*\)  # (.*)", example)
    exec(compile(example, str(README), "exec"), {})

    assert capsys.readouterr().out.split() == expected == ["80.0", "1"]
