"""Plain JSON data to typed objects, the careful way: everything that is wrong is named with its path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, overload

from cattrs import BaseValidationError

from openpower_core.convert._converter import reading_converter
from openpower_core.convert._mismatch import bad_response

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["careful", "structure"]

_T = TypeVar("_T")


@cache
def _converter() -> Converter:
    return reading_converter()


def careful(cls: Any, data: Any) -> Any:
    """Like :func:`structure`, with the findings as cattrs raises them."""
    return _converter().structure(data, cls)


@overload
def structure(cls: type[_T], data: Any, *, where: str = ...) -> _T: ...


@overload
def structure(cls: Any, data: Any, *, where: str = ...) -> Any: ...


def structure(cls: Any, data: Any, *, where: str = "$") -> Any:
    """Make an object of a type from JSON data.

    Args:
        cls: a record class, ``list[…]`` or ``tuple[…, ...]`` of one, or a union of records that a
            ``Literal`` field tells apart.
        data: what ``json.loads`` gave.
        where: the JSON path of ``data`` in the answer, for messages: ``"$.data"``.

    Raises:
        BadResponse: it does not fit; the message names the places.
    """
    try:
        return careful(cls, data)
    except (BaseValidationError, ValueError, KeyError) as error:
        problem = bad_response(error, where)
    # Raised out here, so that no cause or context carries the data with its private values.
    raise problem
