"""Published clients as judges of the emulators: which calls a client has, and which of its faults are its own."""

from __future__ import annotations

import inspect
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "amber_openapi.yaml"
AMBER_CONTRACT = Path(os.environ.get("OPENPOWER_AMBER_CONTRACT", _BESIDE))
"""Amber's published contract, if there is one; it is not in this repository."""


def calls_of(client: type[Any], *, base: type[Any] = object) -> set[str]:
    """The public methods of a client, without those that it has from a base; each has to be tried."""
    found = inspect.getmembers(client, inspect.isroutine)
    return {name for name, _ in found if not name.startswith("_") and not hasattr(base, name)}


def fault_of(
    distribution: str,
    reason: str,
    raises: type[BaseException] | tuple[type[BaseException], ...],
    *,
    strict: bool = True,
) -> Any:
    """Mark a call that fails by a fault of the client's own; once a version does without, the test fails."""
    return pytest.mark.xfail(raises=raises, reason=f"{distribution} {version(distribution)}: {reason}", strict=strict)
