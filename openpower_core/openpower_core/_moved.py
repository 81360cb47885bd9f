"""Keeps the old names of modules that became distributions of their own working, with a warning, until 0.4."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["moved"]


def moved(old: str, new: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that takes each name from where it has moved to."""

    def get(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        warnings.warn(f"{old} has moved to {new}.", DeprecationWarning, stacklevel=2)
        try:
            return getattr(importlib.import_module(new), name)
        except ModuleNotFoundError as missing:
            distribution = new.partition(".")[0].replace("_", "-")
            raise ImportError(f"{old} has moved to a distribution of its own: pip install {distribution}") from missing

    return get
