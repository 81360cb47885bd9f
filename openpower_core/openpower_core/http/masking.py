"""Masks URLs and texts for logs and messages: no complete serial number, and no secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from openpower_core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_core.secrets import Secret

# Long words with several digits are serial numbers, meter or site ids, unless they are dates.
_SERIAL = r"(?<![\w-])(?=(?:[A-Za-z_-]*\d){4})(?!\d{4}-\d\d-\d\d)[A-Za-z0-9_-]{9,}"


def mask_text(text: str) -> str:
    """Mask everything in a text that looks like a serial number.

    >>> mask_text("/sites/01F5A5CRKMZ5BCX9P1S4V990AM/prices/2026-08-01")
    '/sites/01…90AM/prices/2026-08-01'
    """
    return re.sub(_SERIAL, lambda match: mask(match[0]), text)


def mask_url(url: str) -> str:
    """Return a URL without user, password and complete serial numbers.

    >>> mask_url("https://me:pw@example.com/api/x?sysSn=AL70110230300001&day=2026-08-01")
    'https://example.com/api/x?sysSn=AL…0001&day=2026-08-01'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{name}={mask_text(value)}" for name, value in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{host}{mask_text(parts.path)}" + (f"?{query}" if query else "")


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """Remove secrets from a vendor's text, and mask serial numbers."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), "…")
    return mask_text(text)
