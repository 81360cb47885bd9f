"""Decoders: every record class of every provider, from documents as vendors send them with odd values in them."""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import yaml
from hypothesis import given

from fuzz.odd import CHANGES, changed
from openpower_core.convert import decode_series, structure
from openpower_core.errors import OpenPowerError
from openpower_core.records import Record, data_fields, vendor_key

PROVIDERS = ("openpower_alphaess", "openpower_amber", "openpower_dayahead", "openpower_goodwe", "openpower_octopus")
CASSETTES = Path(__file__).parents[1] / "tests" / "cassettes"
calls = 0
"""How many times something was decoded."""


@given(changes=CHANGES)
def decode(changes: list[tuple[int, Any]]) -> None:
    """A record, or an OpenPowerError; and what came out can be shown."""
    global calls  # noqa: PLW0603 - counted over all examples
    for kind, seed in seeds().items():
        document = changed(seed, changes)
        calls += 2
        with suppress(OpenPowerError):
            repr(structure(kind, document))
        with suppress(OpenPowerError):
            repr(structure(list[kind], [seed, document, seed]))  # type: ignore[valid-type]


@given(changes=CHANGES)
def decode_bytes(changes: list[tuple[int, Any]]) -> None:
    """The same from bytes, which need not be JSON."""
    global calls  # noqa: PLW0603 - counted over all examples
    for kind, seed in seeds().items():
        content = json.dumps(changed([seed, seed], changes)).encode("utf-8", "surrogatepass")
        cut = changes[0][0] % (len(content) + 1)
        for sent in (content, content[:cut], b"\xef\xbb\xbf" + content):
            calls += 1
            with suppress(OpenPowerError):
                decode_series(sent, kind)


@cache
def seeds() -> dict[type[Record], dict[str, Any]]:
    """Every record class, with a document as its vendor sends it: from the cassettes, completed by the types."""
    for package in PROVIDERS:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if module.name.endswith(".models") or ".models." in module.name:
                importlib.import_module(module.name)
    recorded = [node for path in sorted(CASSETTES.rglob("*.yaml")) for node in _recorded(path)]
    return {kind: {**_made(kind), **_best(kind, recorded)} for kind in _below(Record)}


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for each in sorted(kind.__subclasses__(), key=lambda kind: f"{kind.__module__}.{kind.__qualname__}"):
        if each.__module__.partition(".")[0] in PROVIDERS:
            yield each
        yield from _below(each)


def _recorded(path: Path) -> Iterator[dict[str, Any]]:
    for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]:
        with suppress(ValueError):
            yield from _nodes(json.loads(interaction["response"]["body"]))


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value[:3]:
            yield from _nodes(each)


def _best(kind: type[Record], recorded: list[dict[str, Any]]) -> dict[str, Any]:
    keys = {vendor_key(field) for field in data_fields(kind)}
    best = max(recorded, key=lambda node: len(keys & node.keys()) - 0.1 * len(node.keys() - keys))
    literals = {name for name, hint in typing.get_type_hints(kind).items() if typing.get_origin(hint) is typing.Literal}
    return {key: best[key] for key in sorted(keys & best.keys() - literals)}


def _made(kind: type[Record]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {vendor_key(field): _value(hints[field.name]) for field in data_fields(kind)}


_PLAIN: dict[Any, Any] = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    Decimal: "1.50",
    datetime: "2026-08-04T10:07:30Z",
    date: "2026-08-04",
    time: "01:00",
}


def _value(hint: Any) -> Any:
    arguments = [each for each in typing.get_args(hint) if each is not type(None)]
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType, typing.Annotated):
        return _value(arguments[0])
    if origin is typing.Literal:
        return arguments[0]
    if origin in (list, tuple, set, frozenset):
        return [_value(arguments[0])]
    if origin is dict:
        return {"key": _value(arguments[1])}
    if isinstance(hint, type) and attrs.has(hint):
        return _made(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint)).value
    return _PLAIN.get(hint)
