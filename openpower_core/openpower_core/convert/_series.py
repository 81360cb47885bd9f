"""Long series of records, decoded in C and built in one loop; what does not fit is read again carefully."""

from __future__ import annotations

from functools import cache, reduce
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, overload

import msgspec
from attrs import frozen
from cattrs import BaseValidationError

from openpower_core.convert._builder import Build, builder
from openpower_core.convert._careful import careful
from openpower_core.convert._findings import bad_response, items_error, note_index
from openpower_core.convert._unions import is_union, tagged
from openpower_core.convert._wire import NotOnTheWire, wire_of
from openpower_core.errors import BadResponse

if TYPE_CHECKING:
    from openpower_core.records import Record

__all__ = ["decode_series"]

_R = TypeVar("_R", bound="Record")


@overload
def decode_series(content: bytes, cls: type[_R], *, path: str = ...) -> list[_R]: ...


@overload
def decode_series(content: bytes, cls: Any, *, path: str = ...) -> list[Any]: ...


def decode_series(content: bytes, cls: Any, *, path: str = "") -> list[Any]:
    """Decode an answer that is a long list of records.

    Equal to ``structure(list[cls], json.loads(content)…)``, and many times faster while the answer holds
    nothing that the records do not declare. Items that do are read the careful way, one by one.

    Args:
        content: the body of the answer.
        cls: a record class, or a union of them that a ``Literal`` field tells apart.
        path: the keys that lead to the list, such as ``"data"`` or ``"data.rows"``; empty when the
            answer is the list.

    Raises:
        BadResponse: it is not JSON, or some items do not fit; the message names the places.
    """
    fast = _fast_way(cls, path)
    if fast is not None:
        try:
            return fast.build(_inner(fast.decoder.decode(content), path))
        except msgspec.DecodeError:
            pass
    return _one_by_one(content, cls, path)


@frozen
class _FastWay:
    decoder: msgspec.json.Decoder[Any]
    one: msgspec.json.Decoder[Any]
    build: Build


@cache
def _fast_way(cls: Any, path: str) -> _FastWay | None:
    """How to decode and build such a list; None when some field has no fast form."""
    kinds: tuple[Any, ...] = (
        tuple(tagged(get_args(cls)).kinds.values()) if is_union(cls) else (cls,)
    )
    try:
        wire: Any = Union[tuple(wire_of(kind) for kind in kinds)]  # noqa: UP007
        return _FastWay(
            msgspec.json.Decoder(_at(list[wire], path)), msgspec.json.Decoder(wire), builder(kinds)
        )
    except NotOnTheWire:
        return None


def _at(kind: Any, path: str) -> Any:
    """A type with the same list at the end of a path of keys; other keys are skipped."""
    for name in reversed(path.split(".") if path else []):
        kind = msgspec.defstruct("Envelope", [("inner", kind)], rename={"inner": name})
    return kind


def _inner(decoded: Any, path: str) -> Any:
    return reduce(lambda outer, _: outer.inner, path.split(".") if path else [], decoded)


@cache
def _raw_list(path: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_at(list[msgspec.Raw], path))


def _one_by_one(content: bytes, cls: Any, path: str) -> list[Any]:
    """Read each item by itself: fast where it fits, carefully where it does not."""
    where = f"$.{path}" if path else "$"
    try:
        items = _inner(_raw_list(path).decode(content), path)
    except msgspec.DecodeError as error:
        raise BadResponse(f"{where}: expected a list, and the answer is none: {error}.") from None
    made: list[Any] = []
    errors: list[Exception] = []
    for index, item in enumerate(items):
        try:
            made.append(_one(item, cls, path))
        except (BaseValidationError, ValueError, KeyError) as error:
            note_index(error, index, cls)
            errors.append(error)
    if errors:
        problem = bad_response(items_error(errors, cls), where)
        errors.clear()
        raise problem
    return made


def _one(item: msgspec.Raw, cls: Any, path: str) -> Any:
    fast = _fast_way(cls, path)
    if fast is not None:
        try:
            return fast.build([fast.one.decode(item)])[0]
        except msgspec.DecodeError:
            pass
    return careful(cls, msgspec.json.decode(item))
