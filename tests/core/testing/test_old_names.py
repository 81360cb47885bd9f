"""What moved out of openpower_core is found under its old name, with a warning that names the new one."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openpower_amber import nem_date
from openpower_core.write import AsyncWriter, Plan, Writer


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("openpower_core.testing", "openpower_testing", "Conformance"),
        ("openpower_core.testing", "openpower_testing", "FaultServer"),
        ("openpower_core.simulation", "openpower_simulation", "House"),
        ("openpower_core.emulation", "openpower_simulation.emulation", "ServedEmulator"),
    ],
)
def test_it_is_the_very_same(old: str, new: str, name: str) -> None:
    """The old module gives the new one's class, not a copy of it."""
    with pytest.warns(DeprecationWarning, match=f"^{old} has moved to {new}"):
        found = getattr(importlib.import_module(old), name)

    assert found is getattr(importlib.import_module(new), name)


@pytest.mark.parametrize("old", ["openpower_core.testing", "openpower_core.simulation", "openpower_core.emulation"])
def test_what_never_was_is_not_there(old: str) -> None:
    """A name that the new module does not have is an AttributeError, as of any module."""
    with pytest.warns(DeprecationWarning, match="moved"), pytest.raises(AttributeError, match="nonsense"):
        importlib.import_module(old).nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("openpower_core.testing.checks", "openpower_testing.checks", "CHECKS"),
        ("openpower_core.testing.conformance", "openpower_testing.conformance", "run"),
        ("openpower_core.simulation.house", "openpower_simulation.house", "House"),
        # Their modules became part of others; the package has their public names.
        ("openpower_core.testing.relay", "openpower_testing", "FaultServer"),
        ("openpower_core.simulation.spot", "openpower_simulation", "Market"),
    ],
)
def test_submodules_are_found_too(old: str, new: str, name: str) -> None:
    """Also those that no longer exist as such; nothing is loaded twice, and the new module keeps its own name."""
    _forget(old)
    with pytest.warns(DeprecationWarning, match=f"^{old} has moved to {new}"):
        found = importlib.import_module(old)

    assert found is importlib.import_module(new)
    assert getattr(found, name) is getattr(importlib.import_module(new), name)
    assert found.__name__ == found.__spec__.name == new


def _forget(name: str) -> None:
    """A warning comes with the first import."""
    sys.modules.pop(name, None)


def test_the_generator_still_runs_under_its_old_name(tmp_path: Path) -> None:
    """``python -m openpower_core.unasync`` writes the twin, and says where it has moved."""
    (tmp_path / "_async").mkdir()
    (tmp_path / "_async" / "client.py").write_text("async def read() -> int:\n    return 1\n")
    command = [sys.executable, "-m", "openpower_core.unasync", str(tmp_path)]

    done = subprocess.run(command, check=True, capture_output=True, text=True)

    assert "def read() -> int:" in (tmp_path / "_sync" / "client.py").read_text()
    assert "openpower_core.unasync has moved to openpower_testing.unasync" in done.stderr


def test_the_old_name_of_the_harness() -> None:
    """Its old name stays for one release, in both places, with a warning that points at who uses it."""
    import openpower_testing

    old: Any = openpower_testing
    with pytest.warns(DeprecationWarning, match="Bench is now called Harness") as caught:
        assert old.Bench is openpower_testing.Harness
    assert [warning.filename for warning in caught] == [__file__]
    with pytest.warns(DeprecationWarning, match="moved"), pytest.warns(DeprecationWarning, match="Harness"):
        assert importlib.import_module("openpower_core.testing").Bench is openpower_testing.Harness


def test_renamed_keywords_are_taken_with_a_warning() -> None:
    """``Plan(wish=)``, ``nem_date(moment=)`` and ``Writer.write(wish=)``."""
    instant = datetime(2026, 1, 1, 14, tzinfo=UTC)
    writes: Any = Plan
    with pytest.warns(DeprecationWarning, match="'wish' is now called 'desired'") as caught:
        plan = writes(id="1", operation="command", document="", wish="x")

    assert plan == Plan(id="1", operation="command", document="", desired="x")
    assert [warning.filename for warning in caught] == [__file__]
    day: Any = nem_date
    with pytest.warns(DeprecationWarning, match="'moment' is now called 'instant'"):
        assert day(moment=instant) == nem_date(instant)


async def test_the_writer_takes_the_old_keyword() -> None:
    """In both flavours; its ``write`` stays a function that is awaited."""
    writers: list[Any] = [AsyncWriter.write, Writer.write]
    for write in writers:
        with (
            pytest.warns(DeprecationWarning, match="'wish' is now called 'desired'"),
            pytest.raises(TypeError, match=r"missing .* required"),
        ):
            await write(wish="x")
