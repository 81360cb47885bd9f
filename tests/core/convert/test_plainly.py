"""The short way of reading answers agrees with the careful one, and does without cattrs."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from typing import Any

from hypothesis import given, strategies as st

from openpower_core.convert import structure
from openpower_core.convert._careful import careful
from openpower_core.convert._plainly import plainly
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


@given(st.recursive(st.dictionaries(_KEYS, _VALUES), _node, max_leaves=5))
def test_what_the_short_way_reads_is_what_the_careful_way_reads(data: Any) -> None:
    """Values, extras and types are the same; what the one leaves to the other is left whole."""
    try:
        short = plainly(Node, data)
    except ValueError:
        return

    found = careful(Node, data)

    assert repr(short.to_vendor()) == repr(found.to_vendor())
    assert short.extras == found.extras


def test_an_answer_of_usual_shape_takes_the_short_way() -> None:
    """Nested records, lists, text that is a number, and fields that nobody knows are no reason to leave it."""
    data = {"name": "a", "cobat": "55", "nodes": [{"name": "b", "novel": 1}], "words": ["x"]}

    made = plainly(list[Node], [data])[0]

    assert made.soc == 55.0
    assert made.nodes[0].extras == {"novel": 1}
    assert made == structure(Node, data)


def test_an_answer_that_fits_does_not_load_cattrs() -> None:
    """A first reading does not wait for it."""
    code = (
        "import sys; from openpower_core.convert import structure; from openpower_core.records import *\n"
        "@record\n"
        "class Some(Record):\n"
        "    ppv: float | None = None\n"
        "structure(Some, {'ppv': 5}); sys.exit('cattrs' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0
