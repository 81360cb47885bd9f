"""The signature that every call carries: three headers, no login, no session."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openpower_core.provider import Request, Secret

__all__ = ["HeaderSigner", "signature"]


def signature(app_id: str, app_secret: str, time_stamp: str) -> str:
    """Sign one moment: the lower-case hex SHA-512 of the three texts put together.

    The example is the developer portal's own.

    >>> signature("alphaef7900ee81dbbce9", "c2d2ef6c047c49678e2c332fb2d74c3c", "1676353875")[:32]
    '0f023c2287b8f6b21b0994947465f8e9'
    """
    return hashlib.sha512(f"{app_id}{app_secret}{time_stamp}".encode()).hexdigest()


class HeaderSigner:
    """Gives each request its headers ``appId``, ``timeStamp`` and ``sign``; body and query are not signed."""

    def __init__(self, app_id: str, app_secret: Secret) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self.signed_at: datetime | None = None
        """The moment that was signed last; a refusal is judged by it."""

    def __call__(self, _request: Request, now: datetime) -> Mapping[str, str]:
        """Sign for ``now``; the very same seconds go into the header and into the digest."""
        self.signed_at = now
        time_stamp = str(int(now.timestamp()))
        return {
            "appId": self._app_id,
            "timeStamp": time_stamp,
            "sign": signature(self._app_id, self._app_secret.reveal(), time_stamp),
        }
