"""Plain JSON data to typed objects: at once where it fits, else again the careful way, which says what does not."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from openpower_core.convert._plainly import plainly

__all__ = ["structure"]

_T = TypeVar("_T")


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
        return plainly(cls, data)
    except ValueError:
        pass
    # cattrs comes only now: importing it takes as long as a whole first reading by http.client.
    from openpower_core.convert._careful import structure_carefully

    return structure_carefully(cls, data, where)
