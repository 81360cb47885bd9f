"""GoodWe's native APIs, ``openpower_goodwe``, under the front door's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_goodwe import (
        AsyncGoodWeLocal,
        AsyncGoodWeOpenAPI,
        AsyncSemsPlus,
        GoodWeLocal,
        GoodWeOpenAPI,
        SemsPlus,
    )

__all__ = ["AsyncGoodWeLocal", "AsyncGoodWeOpenAPI", "AsyncSemsPlus", "GoodWeLocal", "GoodWeOpenAPI", "SemsPlus"]

if not TYPE_CHECKING:
    from openpower._alias import alias

    __getattr__, __dir__ = alias("openpower_goodwe", __all__)
