"""Packages whose names load on first use, each name written down once: in the stub that type checkers read anyway."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["lazy", "moved"]

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST; importing ast would cost more than everything that is done here


def lazy(name: str) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """Make the ``__getattr__`` and ``__dir__`` of a module that re-exports what the stub beside it imports.

    The module says ``__getattr__, __dir__ = lazy(__name__)`` and nothing else. Its stub (``__init__.pyi``) holds the
    names as typing prescribes for re-exports, and is the only list of them::

        from openpower_acme._async.client import AsyncAcme as AsyncAcme
        from openpower_acme.models import *

    ``__all__`` and completion know the names without importing anything; a name loads its own module on first use.
    """
    import sys

    module = sys.modules[name]
    homes: dict[str, tuple[str, str]] = {}

    def read() -> dict[str, tuple[str, str]]:
        homes.update(_exports(module))
        return homes

    def get(wanted: str) -> "Any":
        # Python, inspect and pickle ask modules for many a __name__ that nobody exports: no reason to read the stub.
        value: Any
        if wanted == "__all__":
            value = sorted(homes or read())
        elif wanted.startswith("__") or wanted not in (homes or read()):
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        else:
            home, original = homes[wanted]
            value = getattr(_module(home), original)
        module.__dict__[wanted] = value
        return value

    return get, lambda: sorted(homes or read())


def moved(old: str, new: str) -> "Callable[[str], Any]":
    """Make the ``__getattr__`` of a module's old name, kept with a warning until 0.4."""

    def get(wanted: str) -> "Any":
        if wanted.startswith("__"):
            raise AttributeError(f"module {old!r} has no attribute {wanted!r}")
        import warnings

        warnings.warn(f"{old} has moved to {new}.", DeprecationWarning, stacklevel=2)
        try:
            return getattr(_module(new), wanted)
        except ModuleNotFoundError as missing:
            distribution = new.partition(".")[0].replace("_", "-")
            raise ImportError(f"{old} has moved to a distribution of its own: pip install {distribution}") from missing

    return get


def _exports(module: "Any") -> "Iterator[tuple[str, tuple[str, str]]]":
    """Every name that the module's stub re-exports, with where it comes from: its module, and its name there."""
    path = module.__file__.rpartition(".")[0] + ".pyi"
    # By the loader and not from disk, so that it works inside a zip file too.
    stub: Any = compile(module.__spec__.loader.get_data(path), path, "exec", _ONLY_AST)
    for node in stub.body:
        if type(node).__name__ != "ImportFrom":
            continue
        home = _absolute(node.module, node.level, module.__spec__.parent)
        for alias in node.names:
            if alias.name == "*":
                yield from ((each, (home, each)) for each in _module(home).__all__)
            elif alias.asname:  # what is imported without "as" is the stub's own business, as it is to type checkers
                yield alias.asname, (home, alias.name)


def _absolute(home: "str | None", level: int, package: str) -> str:
    base = package.rsplit(".", level - 1)[0] if level else ""
    return ".".join(filter(None, (base, home)))


def _module(name: str) -> "Any":
    from importlib import import_module

    return import_module(name)
