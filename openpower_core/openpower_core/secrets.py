"""Secrets that cannot be printed by accident, and serial numbers shortened for people's eyes."""

from __future__ import annotations

from typing import final

__all__ = ["Secret", "mask"]


@final
class Secret:
    """A password, token or key that shows itself only where :meth:`reveal` is called.

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
        """Give the secret itself; call this only where a request is signed."""
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
