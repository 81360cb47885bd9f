"""Fills the reference at build time: ``<!-- reference: … -->`` in a page becomes what the code itself says.

``<!-- reference: openpower from openpower_core.prices -->`` documents the public names of ``openpower`` that are at home there
(``*`` may be part of it; without ``from`` all of them are). The other words are the functions of ``PARTS`` below. A link before
the mark is what GitHub shows in its place.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, is_typeddict

import attrs
from docutils import nodes
from sphinx import addnodes
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.nodes import make_refnode

from openpower.cli.wizard import toml_value
from openpower_core.errors import OpenPowerError
from openpower_core.registry import providers
from openpower_core.registry.loading import load
from openpower_hub import described
from openpower_testing.checks import CHECKS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from openpower_core.registry.spec import Credential, ProviderSpec

MARK: Final = re.compile(r"^(?:\[.*\))?<!-- reference: (.+?) -->$", re.MULTILINE)
NAPOLEON: Final = Config(napoleon_use_ivar=True, napoleon_use_rtype=False, napoleon_custom_sections=["Remedy"])
VOCABULARY: Final = "openpower"
BUILTINS: Final = frozenset(dir(builtins))


@cache
def homes(module: str) -> dict[str, str]:
    """The public names of a module, in the order of its stub, each with the module that it is taken from."""
    found: dict[str, str] = {}
    home = importlib.import_module(module)
    names: list[str] = getattr(
        home, "__all__", [name for name, value in vars(home).items() if getattr(value, "__module__", "") == module]
    )
    source = Path(inspect.getfile(home))
    stub = source.with_suffix(".pyi")
    for node in ast.parse((stub if stub.exists() else source).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            every = node.names[0].name == "*"
            taken = (
                importlib.import_module(node.module).__all__
                if every
                else [each.asname or each.name for each in node.names]
            )
            found |= {name: node.module for name in taken if name in names}
    found |= {name: module for name in names if name not in found}
    return {name: found.get(name.removeprefix("Async"), home) for name, home in found.items()}  # twins stay together


def public(module: str, origin: str = "*") -> str:
    """autodoc's directives for the names of a module; an asynchronous twin points to the blocking one."""
    package, _, last = module.rpartition(".")
    if last[0].isupper():  # one class that is named in another's docstring
        return fenced(_directive(package, last, []))
    names = [name for name, home in homes(module).items() if fnmatchcase(home, origin)]
    if module != VOCABULARY:
        home, vocabulary = importlib.import_module(module), importlib.import_module(VOCABULARY)
        shared = {
            name for name in homes(VOCABULARY) if name in names and getattr(home, name) is getattr(vocabulary, name)
        }
        names = [name for name in names if name not in shared]
    return fenced(line for name in sorted(names, key=_blocking_first) for line in _directive(module, name, names))


def _blocking_first(name: str) -> tuple[str, bool]:
    return name.removeprefix("Async").lower(), name.startswith("Async")


def _directive(module: str, name: str, names: list[str]) -> Iterator[str]:
    value = getattr(importlib.import_module(module), name)
    twin = name.removeprefix("Async")
    if twin != name and twin in names:
        yield f".. py:class:: {name}"
        yield f"   :module: {module}"
        yield f"   :canonical: {value.__module__}.{value.__qualname__}"
        yield ""
        yield f"   :class:`{twin}` for asyncio: the same names, parameters and results. Await its methods; iterate with ``async for``."
    elif inspect.isclass(value):
        # Nobody calls a protocol, an enum, a dictionary's type or an error that openpower raises.
        called = not (issubclass(value, Enum | Exception) or is_typeddict(value) or vars(value).get("_is_protocol"))
        yield f".. autoclass:: {module}.{name}{'' if called else '()'}"
        yield "   :members:"
        if is_typeddict(value):
            yield "   :no-undoc-members:"
            yield "   :show-inheritance:"
        elif issubclass(value, Exception):
            yield "   :show-inheritance:"
        elif not issubclass(value, Enum) and module.partition(".")[0] == VOCABULARY:
            yield "   :inherited-members: Record"
    elif inspect.isroutine(value):
        yield f".. autofunction:: {module}.{name}"
    else:
        yield from data(module, name)
    yield ""


def data(module: str, name: str) -> Iterator[str]:
    """A constant or an alias of a type: its docstring is in the source of the module that defines it."""
    origin = module
    while (home := homes(origin).get(name, origin)) != origin:
        origin = home
    analyzer = ModuleAnalyzer.for_module(origin)
    yield f".. py:data:: {name}"
    yield f"   :module: {module}"
    yield ""
    yield from (f"   {line}" for line in analyzer.find_attr_docs().get(("", name), ()))


def fenced(lines: Iterable[str]) -> str:
    """reStructuredText within Markdown."""
    return "\n".join(["`````{eval-rst}", *lines, "`````"])


KINDS: Final = {bool: "flag", int: "count", float: "number", str: "text"}


def table(head: str, rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    columns = head.count("|") + 1
    return "\n".join(f"| {line} |" for line in [head, " | ".join(["---"] * columns), *lines])


def errors() -> str:
    """The tree, with the meaning and the remedy of each error."""
    return table("error | meaning | remedy", _errors(OpenPowerError, 0))


def _errors(kind: type[OpenPowerError], depth: int) -> Iterator[tuple[str, str, str]]:
    meaning, _, remedy = inspect.getdoc(kind).partition("Remedy:\n")
    code = f"{'&emsp;' * depth}{{py:exc}}`~{kind.__module__}.{kind.__name__}`"
    yield code, _markdown(meaning.partition("\n\n")[0]), _markdown(inspect.cleandoc(remedy))
    for each in kind.__subclasses__():
        if each.__module__.startswith("openpower_core"):
            yield from _errors(each, depth + 1)


def _markdown(text: str) -> str:
    """A docstring's literals and roles, in Markdown."""
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text.replace("``", "`"))


def commands() -> str:
    """Every command, from the application that prints ``--help``, with its examples."""
    from openpower.cli.app import COMMANDS, command_tree

    text = command_tree(documented=True).generate_docs(heading_level=1)
    lists, _, details = text[text.index("**Look**:") :].partition("\n## ")
    parts = [lists]
    for part in details.split("\n## "):
        name = part.partition("\n")[0].removeprefix("openpower ")
        about = next((rows[name] for rows in COMMANDS.values() if name in rows), None)
        typed = "\n".join(f"openpower {name} {words}".rstrip() for words in about[2]) if about else ""
        parts.append(f"## {part}\n" + (f"```sh\n{typed}\n```\n" if typed else ""))
    return "\n".join(parts)


def credentials() -> str:
    """The credentials and options of every installed provider, from its specification."""
    return "\n\n".join(_credentials(load(each.name)) for each in providers())


def _credentials(spec: ProviderSpec) -> str:
    rows = [
        (f"`{each.name}`", f"`{each.variable(spec.name)}`", _needs(each), f"{each.title or ''} {each.where}".strip())
        for each in spec.credentials
    ]
    options = [
        (
            f"`{each.name}`",
            each.kind or KINDS.get(type(each.default), ""),
            "" if each.default is None else f"`{each.default}`",
            each.help,
        )
        for each in spec.options
    ]
    return "\n\n".join(
        [
            f"### {spec.name}",
            *(
                [table("credential | environment variable | | what it is, and where to get it", rows)]
                if rows
                else ["No account."]
            ),
            *([table("option | kind | default | meaning", options)] if options else []),
        ]
    )


def _needs(credential: Credential) -> str:
    words = ["" if credential.required else "optional", "secret" if credential.secret else ""]
    return ", ".join(filter(None, words))


def hub() -> str:
    """Every key of ``openpower.toml``, by table, from the docstrings of the configuration."""
    return "\n\n".join(_section(name, cls) for name, cls in described.SECTIONS.items())


def _section(name: str, cls: type[Any]) -> str:
    about = described.about(name)
    usual = attrs.fields_dict(cls)
    rows = [
        (f"`{key}`", "needed" if usual[key].default is attrs.NOTHING else _default(usual[key].default), words)
        for key, words in described.keys(name).items()
    ]
    return f"## [{name}]\n\n{about[:1].upper()}{about[1:]}\n\n{table('key | default | meaning', rows)}"


def _default(value: Any) -> str:
    text = toml_value({} if isinstance(value, attrs.Factory) else value) if value is not None else ""  # type: ignore[arg-type]
    return f"`{text}`" if text not in {"", "{}", "[]"} else ""


def checks() -> str:
    """Every check of the conformance kit, by group, with the truth that it proves."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for each in CHECKS.values():
        live = "reads" if each.live else "writes" if each.live_write else ""
        groups.setdefault(each.group, []).append((f"`{each.name}`", _markdown(each.truth), live))
    return "\n\n".join(
        f"## {group}\n\n{table('check | what it proves | live', rows)}" for group, rows in groups.items()
    )


PARTS: Final[dict[str, Callable[..., str]]] = {
    "checks": checks,
    "commands": commands,
    "credentials": credentials,
    "errors": errors,
    "hub": hub,
}


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the marks of a page."""

    def replaced(match: re.Match[str]) -> str:
        name, *arguments = match[1].replace(" from ", " ").split()
        return PARTS[name](*arguments) if name in PARTS else public(name, *arguments)

    source[0] = MARK.sub(replaced, source[0])


def sections(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """``Args:``, ``Raises:`` and ``Remedy:`` of a docstring; an attribute's has none, and its first colon ends no type."""
    if what not in {"attribute", "data", "property"}:
        lines[:] = GoogleDocstring(lines, NAPOLEON, what=what).lines()


def signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, arguments: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Defaults as they are written."""
    if arguments is None:
        return None
    if what == "class" and arguments == "()":
        return "", None
    return _tidy(arguments), returns and _tidy(returns)


def _tidy(written: str) -> str:
    """Defaults and annotations as the source has them, without the modules of classes."""
    written = re.sub(r"<(\w+\.\w+): [^>]*>", r"\1", written).replace("NOTHING", "...")
    written = re.sub(r"<\S*\.SystemClock object[^>]*>", "SYSTEM_CLOCK", written)
    return re.sub(r"~?\b(?:[a-z_]+\.)+(?=[A-Z])", "", written)


def loosen(app: Sphinx, doctree: nodes.document) -> None:
    """An annotation names a class as its module sees it: a field of the same name is not meant."""
    for node in doctree.findall(addnodes.pending_xref):
        if node.get("refdomain") == "py" and node["reftype"] in {"class", "exc"}:
            node.attributes.pop("refspecific", None)  # its presence alone counts
            node["py:class"] = None


def resolve(app: Sphinx, env: Any, node: Any, contnode: nodes.Element) -> nodes.Element | None:
    """Find a class by its last part: beside the page's own names first, then in the vocabulary.

    What is in no page (a type variable, a library's class) stays plain text in an annotation, and is a warning elsewhere.
    """
    if node.get("refdomain") != "py":
        return None
    domain, last = env.get_domain("py"), node["reftarget"].rpartition(".")[2]
    near = [node.get("py:module"), VOCABULARY, "openpower_core.provider"]
    if node["reftype"] in {"attr", "meth"}:
        names = [f"{module}.{node['reftarget']}" for module in near]
    else:
        names = [f"{module}.{last}" for module in near]
        names += [
            name for name in domain.objects if name.endswith(f".{last}") and name.rpartition(".")[0] in sys.modules
        ]
    for name in names:
        if found := domain.objects.get(name):
            return make_refnode(app.builder, node["refdoc"], found.docname, found.node_id, contnode, name)
    is_annotation = not isinstance(contnode, nodes.literal) and node["reftype"] != "exc"
    return contnode if is_annotation or node["reftarget"].partition(".")[0] in BUILTINS else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this when it starts."""
    app.connect("source-read", fill, priority=400)
    app.connect("autodoc-process-docstring", sections)
    app.connect("autodoc-process-signature", signature)
    app.connect("doctree-read", loosen)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
