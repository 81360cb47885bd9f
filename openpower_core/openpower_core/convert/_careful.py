"""The careful way from JSON data to typed objects: everything that is wrong is named with its path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cattrs import BaseValidationError

from openpower_core.convert._converter import reading_converter
from openpower_core.convert._findings import bad_response

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["careful", "structure_carefully"]


@cache
def _converter() -> Converter:
    return reading_converter()


def careful(cls: Any, data: Any) -> Any:
    """Like :func:`structure`, with the findings as cattrs raises them."""
    return _converter().structure(data, cls)


def structure_carefully(cls: Any, data: Any, where: str) -> Any:
    """Like :func:`structure`, whatever the data."""
    try:
        return careful(cls, data)
    except (BaseValidationError, ValueError, KeyError) as error:
        problem = bad_response(error, where)
    # Raised out here, so that no cause or context carries the data with its private values.
    raise problem
