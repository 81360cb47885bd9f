"""What must not be printed by accident: secrets, unknown fields, and serial numbers, which are shortened for display."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, final

__all__ = ["NO_EXTRAS", "Extras", "Secret", "mask", "to_extras"]


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
