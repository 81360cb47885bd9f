"""How a tree of findings becomes one message with JSON paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from cattrs import BaseValidationError, IterableValidationError
from cattrs.errors import AttributeValidationNote, IterableValidationNote

from openpower_core.convert._mismatch import Mismatch
from openpower_core.errors import BadResponse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["bad_response", "findings", "items_error", "note_index"]

_LISTED: Final = 5


def note_index(error: Exception, index: int | str, kind: Any) -> None:
    """Remember which item of a collection an error belongs to."""
    note = IterableValidationNote(f"at {index}", index, kind)  # pyright: ignore[reportCallIssue]
    error.add_note(note)


def items_error(errors: Sequence[Exception], cls: Any) -> BaseValidationError:
    """Everything that is wrong with a collection's items, as one error."""
    return IterableValidationError("items do not fit", errors, cls)  # pyright: ignore[reportCallIssue]


def bad_response(error: BaseException, where: str) -> BadResponse:
    """One error that names every place, up to five of them."""
    found = list(findings(error, where))
    listed = "; ".join(found[:_LISTED])
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return BadResponse(f"the data is not of the documented shape: {listed}{more}.")


def findings(error: BaseException, where: str, *, hide: bool = False) -> Iterator[str]:
    """Each thing that is wrong, as ``$.data[0].soc: expected a number, got 'abc'``."""
    if isinstance(error, BaseValidationError):
        for part in error.exceptions:
            place, private = _place(part, error.cl)
            yield from findings(part, where + place, hide=hide or private)
        return
    if hide and isinstance(error, Mismatch):
        yield f"{where}: expected {error.expected}, got something else (not shown, it is private)"
    elif hide:
        yield f"{where}: it does not fit (the value is private and not shown)"
    elif isinstance(error, KeyError):
        yield f"{where}: it is missing"
    else:
        yield f"{where}: {error}"


def _place(part: BaseException, cls: Any) -> tuple[str, bool]:
    """The step of the path that leads to a part, and whether its value must not be shown."""
    for note in getattr(part, "__notes__", ()):
        if isinstance(note, IterableValidationNote):
            step = f"[{note.index}]" if isinstance(note.index, int) else f".{note.index}"
            return step, False
        if isinstance(note, AttributeValidationNote):
            field = attrs.fields_dict(cls).get(note.name)
            if field is None:
                return f".{note.name}", False
            private = field.metadata.get("secret") or field.metadata.get("serial")
            return f".{field.metadata.get('key') or note.name}", bool(private)
    return "", False
