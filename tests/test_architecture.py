"""ARCHITECTURE.md and the pages for contributors name files that exist, and the house keeps to what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/endpoints.md"]
DISTRIBUTIONS = {
    "openpower": ROOT / "openpower",
    "openpower_core": ROOT / "openpower_core/openpower_core",
    "openpower_hub": ROOT / "openpower_hub/openpower_hub",
    "openpower_simulation": ROOT / "openpower_simulation/openpower_simulation",
    "openpower_testing": ROOT / "openpower_testing/openpower_testing",
    **{
        f"openpower_{each.name}": each / f"openpower_{each.name}"
        for each in (ROOT / "providers").iterdir()
        if each.is_dir()
    },
}
PROVIDERS = sorted(
    DISTRIBUTIONS.keys() - {"openpower", "openpower_core", "openpower_hub", "openpower_simulation", "openpower_testing"}
)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    """A path in backticks, from the root of the checkout."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+/[\w./-]*)`", text))

    assert named
    assert not re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE), "a conflict of a merge"
    assert {each for each in named if not _exists(each)} == set()


def _exists(path: str) -> bool:
    """From the root, or within a distribution where the page speaks of one: ``_async/client.py``, ``template/``."""
    return any((folder / path).exists() for folder in (ROOT, *DISTRIBUTIONS.values()))


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _modules(distribution: str) -> list[Path]:
    folder = DISTRIBUTIONS[distribution]
    return [path for path in folder.rglob("*.py") if "template" not in path.parts]


@pytest.mark.parametrize("distribution", sorted(DISTRIBUTIONS))
def test_imports_point_downwards(distribution: str) -> None:
    """Core knows no vendor; a provider knows no other one; the tools are separate."""
    others = DISTRIBUTIONS.keys() - {distribution}
    allowed: set[str] = set()
    if distribution != "openpower_core":
        allowed = {"openpower_core"}
    if distribution == "openpower":
        # The demo's house for type checkers, and the commands of the hub and new-provider where those are installed.
        allowed |= set(PROVIDERS) | {"openpower_hub", "openpower_simulation", "openpower_testing"}
    elif distribution == "openpower_testing" or distribution in PROVIDERS:
        allowed |= {"openpower_simulation"}
    for path in _modules(distribution):
        used = {name.partition(".")[0] for name in _imports(path)} & others

        assert used <= allowed, path


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_imports_nothing_private_of_core(provider: str) -> None:
    """``openpower_core.provider`` or a public module, so that core may be rearranged behind them."""
    for path in _modules(provider):
        private = {name for name in _imports(path) if name.startswith("openpower_core") and "._" in name}

        assert private == set(), path


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each != "openpower_demo"])
def test_emulators_are_needed_by_emulators_only(provider: str) -> None:
    """What runs in production imports neither simulation nor tools."""
    for path in _modules(provider):
        if not any(
            part.startswith("emulator") for part in path.relative_to(DISTRIBUTIONS[provider]).with_suffix("").parts
        ):
            assert {name.partition(".")[0] for name in _imports(path)} & {
                "openpower_simulation",
                "openpower_testing",
            } == set(), path


def test_there_is_no_import_circle() -> None:
    """Among all modules, imports inside functions and for type checkers included."""
    modules = {_name(each, path): path for each in DISTRIBUTIONS for path in _modules(each)}
    graph = {name: {_known(used, modules) for used in _imports(path)} - {None, name} for name, path in modules.items()}
    while leaves := {name for name, used in graph.items() if not used & graph.keys()}:
        for name in leaves:
            del graph[name]

    assert _circle(graph) == []


def _name(distribution: str, path: Path) -> str:
    parts = path.relative_to(DISTRIBUTIONS[distribution]).with_suffix("").parts
    return ".".join((distribution, *parts)).removesuffix(".__init__")


def _known(used: str, modules: dict[str, Path]) -> str | None:
    """The module that an import is of: what is named, or what the name is taken from."""
    return next((each for each in (used, used.rpartition(".")[0]) if each in modules), None)


def _circle(graph: dict[str, set[str | None]]) -> list[str]:
    """One circle of what is left, for the message."""
    if not graph:
        return []
    way = [min(graph)]
    while True:
        step = min(each for each in graph[way[-1]] if each in graph)
        if step in way:
            return [*way[way.index(step) :], step]
        way.append(step)


PRIVATE_WORDS = re.compile(
    r"(?i)(?<![a-z])(wish|told|held|lay|mend|moment|turn|door|wire|standing(?!_?charge)|bench|tape|surroundings)(?![a-z])"
)
PUBLIC = {"HELD", "wish", "Bench"}  # a state of receipts, and two old names that go in 0.4


@pytest.mark.parametrize("folder", [*sorted(map(str, DISTRIBUTIONS.values())), "examples", "benchmarks"])
def test_names_are_the_fields_words(folder: str) -> None:
    """No class, function, parameter or variable has a word that only we would use."""
    found = {
        (name, path.name)
        for path in (ROOT / folder).rglob("*.py")
        for name in _given_names(ast.parse(path.read_text(encoding="utf-8")))
        if name not in PUBLIC and PRIVATE_WORDS.search(re.sub("([A-Z][a-z])", r"_\1", name))
    }

    assert found == set()


def _given_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
