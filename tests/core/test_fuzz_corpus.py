"""The corpus of fuzzing: every kind of odd value that was ever found is met again with each run of the tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from fuzz import arguments, connections, decoders
from fuzz.odd import DROPPED, changed, corpus

VALUES = [*corpus("values"), DROPPED]
TEXTS = [*corpus("texts"), *(each for each in corpus("values") if isinstance(each, str))]


def inner(check: Any) -> Any:
    """A property as a plain function."""
    return check.hypothesis.inner_test


@pytest.mark.parametrize("place", range(3))
def test_records_are_decoded_or_refused(place: int) -> None:
    """Each value in the place of a field, in every record class of every provider."""
    assert len(decoders.seeds()) >= 60
    for number, value in enumerate(VALUES):
        inner(decoders.decode)([(place + number, value)])


def test_unspoilt_documents_are_decoded() -> None:
    """Else nothing would be learnt from the spoilt ones."""
    for kind, document in decoders.seeds().items():
        assert decoders.structure(kind, document) is not None


@pytest.mark.parametrize("provider", sorted(connections.HTTP))
def test_connections_end_with_a_result_or_an_error_of_ours(provider: str) -> None:
    """Each value among a vendor's answers, after discovery."""
    for number, value in enumerate(VALUES[::4]):
        inner(connections.answers)(provider, [(5 + 7 * number, value)], 3, 1)


@pytest.mark.parametrize("family", ["ET", "ES", "DT"])
@pytest.mark.parametrize("fill", [0, 0xFFFF, 0x7FFF, 0x8000])
def test_registers_end_with_a_result_or_an_error_of_ours(family: str, fill: int) -> None:
    """The same value in all registers."""
    inner(connections.registers)(family, b"", 1, fill)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_what_users_type_is_read_or_refused(text: str) -> None:
    """As a time, a zone, an option, a window and a schedule."""
    inner(arguments.times)(text, "Europe/Berlin")
    inner(arguments.times)(text, text)
    inner(arguments.options)([text])
    inner(arguments.schedules)(text)


def test_schedule_documents_are_read_or_refused() -> None:
    """Each value at each place of a schedule."""
    for value in VALUES:
        for place in range(16):
            inner(arguments.schedule_documents)([(place, value)])


def test_atheris_can_drive_the_properties() -> None:
    """The same properties, from bytes."""
    for check in (decoders.decode, connections.registers, arguments.times):
        check.hypothesis.fuzz_one_input(b"\x00" * 64)


@settings(max_examples=50)
@given(changes=st.lists(st.tuples(st.integers(min_value=0), st.sampled_from(VALUES)), min_size=1, max_size=4))
def test_changing_leaves_the_document_alone(changes: list[tuple[int, Any]]) -> None:
    """A change makes a copy."""
    before = repr(arguments.SCHEDULE)
    changed(arguments.SCHEDULE, changes)

    assert repr(arguments.SCHEDULE) == before
