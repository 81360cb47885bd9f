"""What must not be printed by accident: secrets, unknown fields, and serial numbers, which are shortened for display."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, final

__all__ = ["NO_EXTRAS", "Extras", "Secret", "mask", "mask_text", "mask_url", "scrub", "to_extras"]


@final
class Secret:
    """A password, token or key that is shown only by :meth:`reveal`.

    It is not a ``str``: formatting, concatenating, logging or serialising one cannot leak it.

    >>> Secret("hunter2")
    Secret('…')
    >>> f"{Secret('hunter2')}"
    '…'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the secret itself; call this only where a request is signed."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __str__(self) -> str:
        return "…"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # imported here, since comparing secrets is rare

        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled; pass credentials to the new process another way")


def mask(serial: str) -> str:
    """Shorten a serial number or meter id to its ends, for logs and messages.

    >>> mask("AL70110230300001")
    'AL…0001'
    >>> mask("AL70110230300001/battery")
    'AL…0001/battery'
    >>> mask("X1")
    '…'
    """
    number, slash, role = serial.partition("/")
    short = f"{number[:2]}…{number[-4:]}" if len(number) > 8 else "…"
    return f"{short}{slash}{role}"


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
    from urllib.parse import parse_qsl, urlsplit  # imported here, since only logs and messages show a URL

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


class Extras(Mapping[str, Any]):
    """An immutable mapping of fields that the vendor sent and the record's class does not declare.

    It may contain anything, secrets included, so its ``repr`` shows only the names.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: dict[str, Any] = dict(fields or {})

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Extras({', '.join(self._fields)})"


NO_EXTRAS: Final = Extras()
"""Shared by all records without unknown fields, so that they cost nothing."""


def to_extras(fields: Mapping[str, Any]) -> Extras:
    """Freeze unknown fields; all records without any share one object (attrs converter)."""
    if isinstance(fields, Extras):
        return fields
    return Extras(fields) if fields else NO_EXTRAS
