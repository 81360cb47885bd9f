"""How the kit rewrites the JSON of responses: leaf by leaf, by path."""

from __future__ import annotations

from typing import Any

import pytest

from openpower_core.provider import Record, key, record, structure
from openpower_testing.checks._json import GONE, everywhere, extended, leaves, numbers_to

ANSWER: dict[str, Any] = {
    "code": 200,
    "data": {"1": {"P": 7}, "2": {"P": 8}},
    "rows": [{"at": "10:00", "pv": "3.5"}, {"at": "10:05", "pv": None}],
}


def test_leaves_are_known_by_their_path() -> None:
    """Entries of lists and of maps keyed by number share one; the envelope's own are left out."""
    assert leaves(ANSWER) == {"$.data[*].P": [7, 8], "$.rows[*].at": ["10:00", "10:05"], "$.rows[*].pv": ["3.5", None]}


def test_numbers_at_one_path_change_alone() -> None:
    """Numbers that come as text are numbers too."""
    assert numbers_to(lambda _: None, only="$.rows[*].pv")(ANSWER)["rows"][0] == {"at": "10:00", "pv": None}
    assert numbers_to(lambda _: GONE, only="$.data[*].P")(ANSWER)["data"] == {"1": {}, "2": {}}
    assert numbers_to(str)(ANSWER)["code"] == 200


@pytest.mark.parametrize("keys", [("1", "2"), ("2026-08-04",), ("GW0000000000001",)])
def test_maps_have_entries_and_no_fields(keys: tuple[str, ...]) -> None:
    """An unknown field belongs into their records: among them it would be a record of the wrong shape."""

    @record
    class Inverter(Record):
        power: float | None = key("P")

    changed = extended({name: {"P": 5} for name in keys})
    read = structure(dict[str, Inverter], changed)

    assert set(read) == set(keys)
    assert all(each.power == 5 and each.extras["brandNewField"] == 7 for each in read.values())


def test_long_lists_change_at_their_ends() -> None:
    """A day has hundreds of rows."""
    changed = everywhere([1] * 30, lambda _, old: old + 1)

    assert changed == [2] * 10 + [1] * 10 + [2] * 10
