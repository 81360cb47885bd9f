"""How records show themselves: short, with serial numbers shortened and secrets left out."""

from __future__ import annotations

import reprlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    import attrs

__all__ = ["describe", "near_misses"]

_SHOWN: Final = 10
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxtuple = _SHORT.maxlist = 3


def describe(record: Any, fields: Sequence[attrs.Attribute[Any]]) -> str:
    """The fields that are set, at most ten of them, then how many more there are."""
    parts = [
        f"{field.name}={_show(field, value)}"
        for field in fields
        if (value := getattr(record, field.name)) is not None and not field.metadata.get("secret")
    ]
    if len(parts) > _SHOWN:
        parts[_SHOWN:] = [f"… {len(parts) - _SHOWN} more"]
    if record.extras:
        parts.append(f"… {len(record.extras)} unknown")
    return f"{type(record).__name__}({', '.join(parts)})"


def _show(field: attrs.Attribute[Any], value: Any) -> str:
    if field.metadata.get("serial"):
        return repr(mask(str(value)))
    if hasattr(value, "__vendor_keys__"):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _SHORT.repr(value)


def near_misses(cls: type, name: object, names: Sequence[str]) -> str:
    """What to say when a record has no such key."""
    from difflib import get_close_matches

    close = get_close_matches(str(name), names, n=3, cutoff=0.6)
    lower = [known for known in names if known.lower() == str(name).lower()]
    hint = list(dict.fromkeys([*lower, *close]))
    there = f"did you mean {', '.join(hint)}?" if hint else f"it has {', '.join(names)}."
    return f"{cls.__name__} has no key {name!r}; {there}"
