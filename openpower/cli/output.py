"""Plain output: lines, and JSON with its schema version."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SCHEMA", "is_terminal", "print_json", "print_lines"]

SCHEMA: Final = 1
"""The version of the JSON that commands print; it changes when a field's meaning does."""


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def print_json(data: dict[str, Any]) -> None:
    """Print one object with its schema version."""
    sys.stdout.write(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, indent=2) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines."""
    for line in lines:
        sys.stdout.write(f"{line.rstrip()}\n")
