"""Explanations of the configuration keys, from the docstrings of ``config.py``: for the reference and the generated file."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Final

from openpower_hub import config

SECTIONS: Final[dict[str, type]] = {
    "homes.NAME": config.HomeConfig,
    "http": config.HTTPConfig,
    "http.tokens.NAME": config.Token,
    "mqtt": config.MQTTConfig,
    "prometheus": config.PrometheusConfig,
    "history": config.HistoryConfig,
    "predbat": config.PredbatConfig,
    "emhass": config.EMHASSConfig,
    "rules.NAME": config.RuleConfig,
    "notifications": config.NotificationsConfig,
}
"""All tables of the file, in the order in which they are explained."""


def about(section: str) -> str:
    """What a table is for: the docstring of its class, without its name."""
    words = inspect.getdoc(SECTIONS[section]) or ""
    return _plain(words.partition("``: ")[2] or words)


def keys(section: str) -> dict[str, str]:
    """The keys of a table, each with what it means."""
    return {name: words for name, words in _docstrings()[SECTIONS[section].__name__].items() if name != "name"}


@cache
def _docstrings() -> dict[str, dict[str, str]]:
    """By class and attribute."""
    tree = ast.parse(inspect.getsource(config))
    return {node.name: dict(_of_class(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for each, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        words = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
        yield each.target.id, _plain(str(words))


def _plain(text: str) -> str:
    """Without line ends, and with the marks of Markdown."""
    return " ".join(text.replace("``", "`").split())
