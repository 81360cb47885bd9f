"""JSON to typed objects and back: records, their long series, and openpower's own vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.convert._structure import structure

if TYPE_CHECKING:
    from openpower_core.convert._plain import unstructure
    from openpower_core.convert._series import decode_series

__all__ = ["decode_series", "structure", "unstructure"]


def __getattr__(name: str) -> Any:
    # Long series need msgspec, which a first reading should not wait for; nor does it write anything.
    if name == "decode_series":
        from openpower_core.convert._series import decode_series

        return decode_series
    if name == "unstructure":
        from openpower_core.convert._plain import unstructure

        return unstructure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
