"""Odd values: the corpus of kinds that were found, values made of it, and documents in which they replace others."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"


def corpus(name: str) -> list[Any]:
    """What one file of the corpus holds."""
    usual = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # 10**400 is nothing to speak of, and longer numbers may follow
    try:
        return list(json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8")))
    finally:
        sys.set_int_max_str_digits(usual)


DROPPED = "\0dropped"
"""Stands for: the field is not there."""

TEXTS = st.one_of(
    st.sampled_from([each for each in [*corpus("values"), *corpus("texts")] if isinstance(each, str)]),
    st.text(st.characters(codec=None), max_size=20),
    st.datetimes().map(str),
    st.integers().map(str),
    st.floats().map(repr),
)
VALUES = st.one_of(
    st.sampled_from([*corpus("values"), DROPPED]),
    TEXTS,
    st.integers(),
    st.floats(),
    st.recursive(
        st.none() | st.booleans() | st.floats() | TEXTS, lambda inner: st.lists(inner, max_size=3), max_leaves=4
    ),
)
CHANGES = st.lists(st.tuples(st.integers(min_value=0, max_value=10_000), VALUES), min_size=1, max_size=6)
"""Where something is replaced (modulo the places that there are), and by what."""


def changed(document: Any, changes: list[tuple[int, Any]]) -> Any:
    """A copy of a document in which some values, leaves or not, are replaced."""
    for where, value in changes:
        places = list(_places(document))
        document = _replaced(document, places[where % len(places)], value)
    return document


def _places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _places(each, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return None if by == DROPPED else by
    key, *rest = path
    if isinstance(value, dict):
        if not rest and by == DROPPED:
            return {name: each for name, each in value.items() if name != key}
        return {**value, key: _replaced(value[key], tuple(rest), by)}
    return [_replaced(each, tuple(rest), by) if place == key else each for place, each in enumerate(value)]
