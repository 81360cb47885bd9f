"""Lazy packages: the stub beside a module is the only list of its names, and all of them exist."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _module_of(stub: Path) -> str:
    parts = list(stub.relative_to(ROOT).with_suffix("").parts)
    while parts[0] == "providers" or (len(parts) > 1 and parts[0] == parts[1]) or not parts[0].startswith("openpower"):
        del parts[0]
    return ".".join(parts).removesuffix(".__init__")


STUBS = {
    _module_of(stub): stub
    for part in ("openpower", "openpower_core", "openpower_simulation", "openpower_testing", "providers")
    for stub in sorted((ROOT / part).rglob("*.pyi"))
    if "template" not in stub.parts and "lazy(__name__)" in stub.with_suffix(".py").read_text(encoding="utf-8")
}


def test_the_lazy_packages_are_found() -> None:
    """So that the tests below cannot pass without checking anything."""
    assert {"openpower", "openpower.amber", "openpower_core.provider", "openpower_alphaess"} <= set(STUBS)


@pytest.mark.parametrize("name", STUBS)
def test_every_name_exists(name: str) -> None:
    """A stub can promise anything; each name is imported here."""
    module = importlib.import_module(name)

    assert module.__all__
    for each in module.__all__:
        assert getattr(module, each) is not None


@pytest.mark.parametrize("name", STUBS)
def test_programs_see_what_type_checkers_see(name: str) -> None:
    """Read here by ``ast`` and the rule of PEP 484: what is imported ``as`` itself is handed on."""
    module, typed = importlib.import_module(name), set[str]()
    for node in ast.parse(STUBS[name].read_text(encoding="utf-8")).body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            typed |= {alias.asname} if alias.asname else set(importlib.import_module(str(node.module)).__all__)

    assert module.__all__ == dir(module) == sorted(typed)


@pytest.mark.parametrize("name", STUBS)
def test_no_name_is_that_of_a_submodule(name: str) -> None:
    """Importing the submodule would put it in the place of the name."""
    folder = STUBS[name].parent if STUBS[name].stem == "__init__" else None
    inside = {path.stem for path in folder.iterdir()} if folder else set[str]()

    assert not inside & set(importlib.import_module(name).__all__)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A lazy package whose stub shows each way of naming what it hands on."""
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from openpower_core.lazy import lazy\n\n__getattr__, __dir__ = lazy(__name__)\n"
    )
    (folder / "__init__.pyi").write_text(
        "from lazy_example.later import second as second, third as old_name, fourth\n"
        "from .parts import *\nfrom . import parts as parts\n"
    )
    (folder / "later.py").write_text("second, third, fourth = 2, 3, 4\n")
    (folder / "parts.py").write_text("__all__ = ['first']\nfirst, hidden = 1, 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_example")
    for name in [name for name in sys.modules if name.startswith("lazy_example")]:
        del sys.modules[name]


def test_names_come_from_where_the_stub_says(package: Any) -> None:
    """By ``as``, under another name, by star, and relative to the package."""
    assert package.__all__ == ["first", "old_name", "parts", "second"]
    assert (package.first, package.second, package.old_name, package.parts.hidden) == (1, 2, 3, 0)


@pytest.mark.parametrize("name", ["fourth", "hidden", "secund", "__wrapped__"])
def test_other_names_are_attribute_errors(package: Any, name: str) -> None:
    """What the stub imports for itself is not handed on either; type checkers see it so too."""
    with pytest.raises(AttributeError, match=f"module 'lazy_example' has no attribute '{name}'"):
        getattr(package, name)


def test_a_name_is_loaded_when_it_is_asked_for(package: Any) -> None:
    """And then kept, as if it had been imported."""
    dir(package)
    before = "lazy_example.later" in sys.modules
    found = package.second

    assert not before
    assert vars(package)["second"] is found


def test_a_star_loads_nothing_for_a_name_that_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias of a lazy package costs what the package itself costs."""
    inner, outer = tmp_path / "lazy_inner", tmp_path / "lazy_outer.py"
    inner.mkdir()
    for path in (inner / "__init__.py", outer):
        path.write_text("from openpower_core.lazy import lazy\n\n__getattr__, __dir__ = lazy(__name__)\n")
    (inner / "__init__.pyi").write_text("from .light import one as one\nfrom .heavy import *\n")
    (inner / "light.py").write_text("one = 1\n")
    (inner / "heavy.py").write_text("__all__ = ['two']\ntwo, hidden = 2, 0\n")
    outer.with_suffix(".pyi").write_text("from lazy_inner import *\n")
    monkeypatch.syspath_prepend(tmp_path)
    alias = importlib.import_module("lazy_outer")
    one = alias.one
    before = "lazy_inner.heavy" in sys.modules

    assert (one, before, alias.two) == (1, False, 2)
    assert dir(alias) == alias.__all__ == ["one", "two"]
    with pytest.raises(AttributeError, match="module 'lazy_outer' has no attribute 'hidden'"):
        _ = alias.hidden


def test_importing_a_module_of_a_package_loads_no_star(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``from package import module`` asks the package for the name before it looks for the module."""
    package = tmp_path / "lazy_package"
    package.mkdir()
    lines = "from openpower_core.lazy import lazy\n__getattr__, __dir__ = lazy(__name__)\n"
    (package / "__init__.py").write_text(lines, encoding="utf-8")
    (package / "__init__.pyi").write_text("from lazy_package.heavy import *\n", encoding="utf-8")
    (package / "heavy.py").write_text("__all__ = ['one']\none = 1\n", encoding="utf-8")
    (package / "light.py").write_text("two = 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, Any] = {}
    exec("from lazy_package import light", names)
    before = "lazy_package.heavy" in sys.modules
    exec("from lazy_package import one", names)

    assert (names["light"].two, before, names["one"]) == (2, False, 1)


def test_a_star_import_gives_the_names(package: Any) -> None:
    """``from openpower import *`` in a notebook works like in any other package."""
    names: dict[str, Any] = {}
    exec(f"from {package.__name__} import *", names)

    assert {"first", "old_name", "parts", "second"} == set(names) - {"__builtins__"}


def test_it_works_inside_a_zip_file(package: Any, tmp_path: Path) -> None:
    """Stubs are read by the loader that found the module."""
    import zipfile

    archive = tmp_path / "parts.zip"
    with zipfile.ZipFile(archive, "w") as whole:
        for file in (tmp_path / package.__name__).glob("*.py*"):
            whole.write(file, f"lazy_example/{file.name}")
    code = f"import sys; sys.path.insert(0, {str(archive)!r}); import lazy_example; print(lazy_example.old_name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "3\n"
