"""What the alias modules share: each looks its names up in a provider's own package on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["alias"]


def alias(package: str, names: Sequence[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a module that offers a package's names under its own."""

    here = package.replace("_", ".", 1)

    def look_up(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {here!r} has no attribute {name!r}")
        return getattr(import_module(package), name)

    return look_up, lambda: sorted(names)
