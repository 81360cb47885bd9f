"""Old names of modules that moved, which keep working with a warning until 0.4."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from typing import Any, cast

__all__ = ["moved"]


def moved(old: str, new: str) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module's old name; the old names of its submodules work as well."""

    def get(wanted: str) -> Any:
        if wanted.startswith("__") and wanted != "__all__":
            raise AttributeError(f"module {old!r} has no attribute {wanted!r}")
        warnings.warn(f"{old} has moved to {new}.", DeprecationWarning, stacklevel=2)
        return getattr(_load(old, new), wanted)

    if old in sys.modules:
        # A path makes it a package, so that Python looks for submodules at all; _Submodules finds them.
        sys.modules[old].__path__ = []
        sys.meta_path.append(_Submodules(old, new))
    return get


def _load(old: str, new: str) -> Any:
    try:
        return import_module(new)
    except ModuleNotFoundError as missing:
        folder = new.partition(".")[0]
        raise ImportError(
            f"{old} has moved to a distribution of its own: pip install ./{folder} in a checkout of openpower."
        ) from missing


class _Submodules:
    """Finds ``old.x`` as the very module ``new.x``, or the package ``new`` where the module became part of another."""

    def __init__(self, old: str, new: str) -> None:
        self._old = old
        self._new = new

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Find a submodule of the old name, as one of ``sys.meta_path``."""
        package, _, name = fullname.rpartition(".")
        if package != self._old:
            return None
        _load(self._old, self._new)
        # Loading goes by the spec's name alone, so the new name can travel in what the import system keeps for loaders.
        new = f"{self._new}.{name}" if find_spec(f"{self._new}.{name}") else self._new
        warnings.warn(f"{fullname} has moved to {new}.", DeprecationWarning, stacklevel=2)
        return ModuleSpec(fullname, cast("Any", self), loader_state=new)

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make the module; :meth:`exec_module` replaces it."""

    def exec_module(self, module: Any) -> None:
        """Put the new module in place of the one that was to be filled; Python takes it from there."""
        sys.modules[module.__name__] = import_module(module.__spec__.loader_state)
