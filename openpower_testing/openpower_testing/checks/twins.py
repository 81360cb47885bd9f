"""The blocking modules are those that the generator makes of the asynchronous ones."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

from openpower_testing import unasync
from openpower_testing.checks._base import check
from openpower_testing.harness import Harness


@check("parity", per_flavour=False)
async def twins_are_fresh(harness: Harness) -> None:
    """Generated blocking modules are what the generator makes of the asynchronous ones today."""
    seen = 0
    for module in _packages(harness):
        package = Path(str(import_module(module).__file__)).parent
        for path in sorted(package.rglob("*.py")):
            twin = unasync.twin_of(path.relative_to(package))
            if twin is None or not (package / twin).exists():
                continue
            text = (package / twin).read_text(encoding="utf-8")
            if not text.startswith(unasync.HEADER.split("{", maxsplit=1)[0]):
                continue  # written by hand
            seen += 1
            if _shape(unasync.to_sync(path.read_text(encoding="utf-8"))) != _shape(text):
                harness.fail(
                    f"{module}/{twin} is not what the generator makes of {path.relative_to(package)}.",
                    f"Edit only asynchronous modules, then run python -m openpower_testing.unasync {module}.",
                )
    if not seen:
        harness.skip("none of its modules is generated")


def _packages(harness: Harness) -> list[str]:
    """The packages in which the factories are."""
    factories = (harness.enrolled.spec.connect, harness.enrolled.spec.connect_async)
    return sorted({each.partition(":")[0].partition(".")[0] for each in factories if isinstance(each, str)})


class _Shape(ast.NodeTransformer):
    """What formatting leaves as it is: everything but the order of imports and of ``__all__``."""

    def __init__(self) -> None:
        self.imported: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.imported |= {f"{each.name} as {each.asname}" for each in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imported |= {f"{node.level} {node.module}: {each.name} as {each.asname}" for each in node.names}

    def visit_List(self, node: ast.List) -> ast.List:
        node.elts.sort(key=ast.dump)
        return node


def _shape(source: str) -> tuple[str, frozenset[str]]:
    shape = _Shape()
    tree = shape.visit(ast.parse(source))
    return ast.dump(tree), frozenset(shape.imported)
