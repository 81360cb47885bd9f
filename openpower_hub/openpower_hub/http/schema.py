"""JSON Schema of the vocabulary: what :func:`~openpower_core.convert.to_dict` makes of attrs classes, enums, times and money."""

from __future__ import annotations

import ast
import inspect
import re
import types
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

Schema = dict[str, Any]

_PLAIN: Final[Mapping[Any, Schema]] = {
    type(None): {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string"},
    timedelta: {"type": "number", "description": "Seconds."},
    Decimal: {"type": "string", "pattern": r"^-?\d+(\.\d+)?(E[+-]?\d+)?$"},
}


class Schemas:
    """Makes schemas of types, and collects those of classes as components that others refer to.

    Args:
        **late: what a class's module imports for type checkers alone.
    """

    def __init__(self, **late: type[Any]) -> None:
        self.components: dict[str, Schema] = {}
        self._late = late

    def of(self, kind: Any) -> Schema:
        """The schema of a type."""
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        if inspect.isclass(kind) and issubclass(kind, Enum):
            return self._component(kind, lambda: {"type": "string", "enum": [each.value for each in kind]})
        if inspect.isclass(kind) and attrs.has(kind):
            return self._component(kind, lambda: self._object(kind))
        return self._made(get_origin(kind), get_args(kind), kind)

    def _made(self, origin: Any, parts: tuple[Any, ...], kind: Any) -> Schema:
        """The schema of a type that is made of others."""
        if origin in (Union, types.UnionType):
            return _any_of([self.of(each) for each in parts])
        if origin is Literal:
            return {"type": "string", "enum": list(parts)}
        if origin is tuple and parts[-1] is not ...:
            return {"type": "array", "prefixItems": [self.of(each) for each in parts], "minItems": len(parts)}
        if origin in (tuple, list, frozenset):
            return {"type": "array", "items": self.of(parts[0])}
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if kind is Any or isinstance(kind, TypeVar):
            return {}
        raise TypeError(f"{kind!r} has no schema.")

    def _component(self, kind: type[Any], make: Any) -> Schema:
        name = kind.__name__
        if name not in self.components:
            self.components[name] = {}  # a class may hold itself
            self.components[name] = make() | {"description": _first_paragraph(kind)}
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, kind: type[Any]) -> Schema:
        hints, texts = get_type_hints(kind, localns=self._late), docstrings(kind)  # type: ignore[arg-type]
        properties: dict[str, Schema] = {}
        for each in attrs.fields(kind):
            if each.repr or each.eq:  # to_dict leaves the others out
                text = {"description": texts[each.name]} if each.name in texts else {}
                properties[each.name] = self.of(hints[each.name]) | text
        return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _any_of(schemas: list[Schema]) -> Schema:
    """One of several; plain types are joined, as in ``["number", "null"]``."""
    if all(set(each) == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    return {"anyOf": schemas}


def _first_paragraph(kind: type[Any]) -> str:
    return plain((inspect.getdoc(kind) or "").partition("\n\n")[0])


def plain(text: str) -> str:
    """A docstring as readers of JSON take it: without markup, and with JSON's word for None."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text).replace("``", "")
    return re.sub(r"\bNone\b", "null", " ".join(text.split()))


@cache
def docstrings(kind: type[Any]) -> Mapping[str, str]:
    """The texts below the fields of a class and of its bases, which Python itself does not keep."""
    found: dict[str, str] = {}
    for cls in reversed(kind.__mro__):
        if not attrs.has(cls):
            continue
        try:
            (tree,) = ast.parse(dedent(inspect.getsource(cls))).body
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                found[ast.unparse(field.target)] = plain(str(text.value.value))
    return found
