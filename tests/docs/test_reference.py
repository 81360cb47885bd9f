"""The reference has every public name, and each says what it is: classes, functions, fields, words and constants."""

from __future__ import annotations

import importlib
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

import pytest

import openpower
from openpower.cli.app import COMMANDS
from openpower_core.control import Weekday
from openpower_core.errors import OpenPowerError

ROOT = Path(__file__).resolve().parents[2]
ALIASES = sorted(path.stem for path in (ROOT / "openpower").glob("*.pyi") if path.stem[0] != "_")
STRICT = ["openpower", "openpower_core.provider", "openpower_testing"]
MODULES = [*STRICT, "openpower_simulation", *(f"openpower.{alias}" for alias in ALIASES), "openpower_goodwe.local"]
NAMES = [(module, name) for module in MODULES for name in importlib.import_module(module).__all__]


@cache
def builder() -> ModuleType:
    """``docs/reference_pages.py``, which is no package's."""
    sys.path.insert(0, str(ROOT / "docs"))
    return importlib.import_module("reference_pages")


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the site, which is built without being written; any warning fails."""
    folder = tmp_path_factory.mktemp("site")
    build = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "-n",
        "-q",
        "--keep-going",
        "-j",
        "2",
        "-b",
        "html",
        "docs",
        str(folder),
    ]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.stderr == ""
    assert built.returncode == 0
    with (folder / ".doctrees" / "environment.pickle").open("rb") as file:
        return set(pickle.load(file).domaindata["py"]["objects"])


def test_every_public_name_is_in_the_reference(documented: set[str]) -> None:
    """Under its own name, or under that of the module that hands it on; an alias of a package counts as its package."""
    values = [getattr(importlib.import_module(module), name) for module, name in NAMES]

    def places(module: str, name: str, value: Any) -> Iterator[str]:
        yield f"{module}.{name}"
        if getattr(openpower, name, None) is value:
            yield f"openpower.{name}"
        yield f"{getattr(value, '__module__', module)}.{getattr(value, '__qualname__', name)}"

    missing = [
        f"{module}.{name}"
        for (module, name), value in zip(NAMES, values, strict=True)
        if not any(place in documented for place in places(module, name, value))
    ]

    assert missing == []


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_docstring(module: str) -> None:
    """Of its own: what a decorator or a base class would give does not count."""
    names = [name for each, name in NAMES if each == module]

    assert [name for name in names if not described(module, name)] == []


def described(module: str, name: str) -> str:
    """The docstring of a name."""
    value = getattr(importlib.import_module(module), name)
    if inspect.isclass(value):
        return value.__dict__.get("__doc__") or ""
    if inspect.isroutine(value) or inspect.ismodule(value):
        return value.__doc__ or ""
    return "".join(builder().data(module, name)).partition(module)[2]


@pytest.mark.parametrize("module", STRICT)
def test_every_field_says_what_it_is(module: str) -> None:
    """Fields, keys of options and words: in a docstring of their own, or in that of their class; methods too."""
    names = [name for each, name in NAMES if each == module and not name.startswith("Async")]
    classes = [kind for name in names if inspect.isclass(kind := getattr(importlib.import_module(module), name))]

    assert [f"{kind.__name__}.{member}" for kind in classes for member in silent(kind)] == []


def silent(kind: type) -> Iterator[str]:
    """The members of a class that nothing describes."""
    from sphinx.pycode import ModuleAnalyzer

    said = inspect.getdoc(kind) or ""
    documented = ModuleAnalyzer.for_module(kind.__module__).find_attr_docs()
    words = kind.__members__ if issubclass(kind, Enum) else inspect.get_annotations(kind)
    for word in words:
        described = any((each.__qualname__, word) in documented for each in _bases(kind)) or word in said
        if word[0] != "_" and not described and kind is not Weekday:
            yield word
    for name, value in vars(kind).items():
        is_method = inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)
        if name[0] != "_" and is_method and not inspect.getdoc(getattr(kind, name)):
            yield f"{name}()"


def _bases(kind: Any) -> Iterator[Any]:
    """A class and its bases; a dictionary's type forgets its own, so that those of its module stand for them."""
    module = vars(sys.modules[kind.__module__]).values()
    return filter(is_typeddict, module) if is_typeddict(kind) else iter(kind.__mro__)


def test_every_error_has_a_remedy() -> None:
    """In its own docstring, also where a provider adds one to the tree."""
    tree = [OpenPowerError]
    for kind in tree:
        tree += [each for each in kind.__subclasses__() if each.__module__.startswith("openpower_core.")]

    assert len(tree) > 30
    assert [kind.__name__ for kind in tree if "Remedy:" not in (kind.__dict__.get("__doc__") or "")] == []


UNIT = re.compile(r"_(w|kw|kwh|wh|a|v|c|hz|pct|ms|min|minutes|kva|share|g_per_kwh|per_kwh)$")
"""A unit at the end of a name."""
IN_UNITS = re.compile(
    r"\(\W*(W|kW|kWh|%|A|°C)\b|[%°]|kWh|\b(watts?|cents|pence|minutes|hours?|EUR|shares?|how many)\b|: power",
    re.IGNORECASE,
)
"""A unit in the docstring of a record, for all its figures."""
RECORDS = ["openpower_goodwe.semsplus.models", "openpower_goodwe.openapi.models", *MODULES[len(STRICT) :]]


@pytest.mark.parametrize("module", RECORDS)
def test_every_number_of_a_vendors_record_has_a_unit(module: str) -> None:
    """In its name, its docstring or that of the record."""
    from sphinx.pycode import ModuleAnalyzer

    silent = []
    for name in builder().homes(module):
        kind = getattr(importlib.import_module(module), name)
        if not inspect.isclass(kind) or name.startswith("Async") or IN_UNITS.search(inspect.getdoc(kind) or ""):
            continue
        documented = ModuleAnalyzer.for_module(kind.__module__).find_attr_docs()
        for field, annotation in inspect.get_annotations(kind).items():
            is_number = re.search(r"\b(float|int|Decimal)\b", str(annotation)) and "str" not in str(annotation)
            if (
                is_number
                and field[0] != "_"
                and not UNIT.search(field)
                and (kind.__qualname__, field) not in documented
            ):
                silent.append(f"{name}.{field}")

    assert silent == [], silent


def test_every_variable_of_the_environment_is_on_its_page() -> None:
    """Those that the packages read, as their sources name them."""
    page = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    sources = [*ROOT.glob("openpower/**/*.py"), *ROOT.glob("openpower_core/openpower_core/**/*.py")]
    read = {
        name for file in sources for name in re.findall(r"\"(OPENPOWER_[A-Z_]+)\"", file.read_text(encoding="utf-8"))
    }

    assert len(read) >= 5
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_every_command_is_in_the_reference() -> None:
    """With its arguments, and what to type."""
    page = builder().commands()

    for name in (name for rows in COMMANDS.values() for name in rows):
        assert f"\n## openpower {name}\n" in page
        assert f"\nopenpower {name}" in page
