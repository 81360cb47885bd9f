"""The converter without detailed validation agrees with the detailed one, and neither is loaded before an answer."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openpower_core.convert import structure
from openpower_core.convert._columns import series_converter as fast_converter
from openpower_core.convert._converter import detailed_converter
from openpower_core.records import Record, VendorEnum, VendorIntEnum, key, record


class Word(VendorEnum):
    LOW = "low"


class Number(VendorIntEnum):
    ONE = 1


@record
class Node(Record):
    """Of every kind that vendors send, its own kind included."""

    name: str
    soc: float | None = key("cbat", default=None, also=("cobat",), lenient=True)
    count: int | None = None
    flag: bool | None = None
    day: date | None = None
    at: datetime | None = None
    word: Word | None = None
    number: Number | None = None
    either: str | float | None = None
    words: tuple[str, ...] = ()
    inner: Node | None = None
    nodes: tuple[Node, ...] = ()


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.sampled_from(["", "low", "12.5", " 7 ", "2026-08-01", "2026-08-01T12:00:00Z", "x"]),
    st.lists(st.sampled_from(["a", 1])),
)
_KEYS = st.sampled_from(["name", "cbat", "cobat", "count", "flag", "day", "at", "word", "number", "either", "novel"])


def _node(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    nested = st.fixed_dictionaries({"name": st.just("n")}, optional={"inner": inner, "nodes": st.lists(inner)})
    return st.builds(lambda some, more: {**more, **some}, st.dictionaries(_KEYS, _VALUES), nested)


@given(st.recursive(st.dictionaries(_KEYS, _VALUES), _node, max_leaves=5), st.sampled_from([Node, list[Node]]))
def test_what_the_fast_converter_reads_is_what_the_detailed_one_reads(data: Any, kind: Any) -> None:
    """Values, extras and types are the same, and so is what does not fit."""
    rows = data if kind is Node else [data, {"name": "n"}]
    made, found = _read(rows, kind, detailed=False), _read(rows, kind, detailed=True)

    assert repr(made) == repr(found)
    assert made == found


def _read(data: Any, kind: Any, *, detailed: bool) -> Any:
    """What a converter makes of the data, whole and with what it does not know; None where it refuses."""
    try:
        made = (detailed_converter() if detailed else fast_converter()).structure(data, kind)
    except Exception:  # noqa: BLE001 - cattrs raises of many kinds
        return None
    return [(item.to_vendor(), item.extras) for item in (made if isinstance(made, list) else [made])]


def test_an_answer_of_usual_shape_needs_no_detailed_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested records, lists, text that is a number, and unknown fields are no reason for it."""
    data = {"name": "a", "cobat": "55", "nodes": [{"name": "b", "novel": 1}], "words": ["x"]}
    monkeypatch.setattr("openpower_core.convert._converter.read_in_detail", None)

    made = structure(list[Node], [data])[0]

    assert made.soc == 55.0
    assert made.nodes[0].extras == {"novel": 1}
    assert made == structure(Node, data)


def test_cattrs_is_loaded_with_the_first_answer() -> None:
    """Importing the package, and declaring records, does not wait for it."""
    code = (
        "import sys; from openpower_core.convert import structure; from openpower_core.records import *\n"
        "@record\n"
        "class Some(Record):\n"
        "    ppv: float | None = None\n"
        "early = 'cattrs' in sys.modules; structure(Some, {'ppv': 5}); sys.exit(early or 'cattrs' not in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0
