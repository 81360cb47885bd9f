"""Packages whose names load on first use; each name is listed once, in the stub that type checkers read anyway."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["lazy"]

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST; importing ast would cost more than everything that is done here


def lazy(name: str) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """Make the ``__getattr__`` and ``__dir__`` of a module that re-exports what the stub beside it imports.

    The module says ``__getattr__, __dir__ = lazy(__name__)`` and nothing else. Its stub (``__init__.pyi``) holds the
    names as typing prescribes for re-exports, and is their only list::

        from openpower_acme._async.client import AsyncAcme as AsyncAcme
        from openpower_acme.models import *

    ``__all__`` and completion know the names without importing anything; a name loads its own module on first use.
    """
    import sys

    exports = _Exports(sys.modules[name])
    return exports.get, exports.names


class _Exports:
    """The names that a module re-exports, read from its stub when the first of them is asked for."""

    def __init__(self, module: "Any") -> None:
        self._module = module
        self._homes: dict[str, tuple[str, str]] | None = None
        self._stars: list[str] = []

    def get(self, wanted: str) -> "Any":
        """The module's ``__getattr__``."""
        if wanted == "__all__":
            value: Any = self.names()
        # Python, inspect and pickle look for many __names__ that no module exports: no reason to read the stub.
        elif wanted.startswith("__") or not (found := self.find(wanted)):
            raise AttributeError(f"module {self._module.__name__!r} has no attribute {wanted!r}")
        else:
            value = getattr(_import(found[0]), found[1])
        self._module.__dict__[wanted] = value
        return value

    def names(self) -> list[str]:
        """The module's ``__dir__``, and its ``__all__``."""
        return sorted({*self._read(), *(name for home in self._stars for name in _import(home).__all__)})

    def find(self, wanted: str) -> "tuple[str, str] | None":
        """The module that a name comes from, and its name there."""
        if wanted in (homes := self._read()):
            return homes[wanted]
        # "from package import module" asks here first, and stars would load for nothing.
        if self._stars and _is_module(self._module, wanted):
            return None
        return next(((home, wanted) for home in self._stars if _offers(_import(home), wanted)), None)

    def _read(self) -> "dict[str, tuple[str, str]]":
        if self._homes is None:
            homes: dict[str, tuple[str, str]] = {}
            stars: list[str] = []
            for home, name, alias in _imports(self._module):
                if name == "*":
                    stars.append(home)
                elif alias:  # what is imported without "as" is private to the stub, as it is to type checkers
                    homes[alias] = home, name
            # Assigned only when complete, because another thread may read them at the same time.
            self._stars, self._homes = stars, homes
        return self._homes


def _imports(module: "Any") -> "Iterator[tuple[str, str, str | None]]":
    """What the module's stub imports: from where, which name, and as what."""
    path = module.__file__.rpartition(".")[0] + ".pyi"
    # By the loader and not from disk, so that it works inside a zip file too.
    stub: Any = compile(module.__spec__.loader.get_data(path), path, "exec", _ONLY_AST)
    for node in stub.body:
        if type(node).__name__ == "ImportFrom":
            home = _absolute(node.module, node.level, module.__spec__.parent)
            yield from ((home, alias.name, alias.asname) for alias in node.names)


def _is_module(package: "Any", wanted: str) -> bool:
    from importlib.machinery import PathFinder

    path = getattr(package, "__path__", None)
    return path is not None and PathFinder.find_spec(f"{package.__name__}.{wanted}", path) is not None


def _offers(module: "Any", wanted: str) -> bool:
    """Whether a star import takes the name from the module; a lazy module does not load its own star imports for this."""
    exports = getattr(module.__dict__.get("__getattr__"), "__self__", None)
    return exports.find(wanted) is not None if isinstance(exports, _Exports) else wanted in module.__all__


def _absolute(home: "str | None", level: int, package: str) -> str:
    base = package.rsplit(".", level - 1)[0] if level else ""
    return ".".join(filter(None, (base, home)))


def _import(name: str) -> "Any":
    from importlib import import_module

    return import_module(name)
