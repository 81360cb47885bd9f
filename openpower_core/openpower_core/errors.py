"""Every error that openpower raises on purpose, in one tree.

    OpenPowerError
    ├─ ConfigurationError   UnknownProvider · ProviderLoadError · IncompatibleProvider · MissingCredential
    ├─ RequestError         InvalidValue · Unsupported · DeviceNotFound · AmbiguousDevice        do not retry
    ├─ AuthError            AuthenticationFailed · PermissionDenied · NotBound · ClockSkew
    ├─ TemporaryError       NetworkError · Timeout · RateLimited · ServiceUnavailable · DeviceOffline    retry
    ├─ DataError            BadResponse · PartialData · StaleData · ImplausibleValue
    └─ ControlError         Veto · WriteRejected · WriteNotConfirmed · WriteBudgetExhausted

A message says what happened, why, and what to do next; the attributes carry the same as data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core._error import InvalidValue, OpenPowerError, RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from openpower_core.writes import Receipt

__all__ = [
    "AmbiguousDevice",
    "AuthError",
    "AuthenticationFailed",
    "BadResponse",
    "ClockSkew",
    "ConfigurationError",
    "ControlError",
    "DataError",
    "DeviceNotFound",
    "DeviceOffline",
    "ImplausibleValue",
    "IncompatibleProvider",
    "InvalidValue",
    "MissingCredential",
    "NetworkError",
    "NotBound",
    "OpenPowerError",
    "PartialData",
    "PermissionDenied",
    "ProviderLoadError",
    "RateLimited",
    "RequestError",
    "ServiceUnavailable",
    "StaleData",
    "TemporaryError",
    "Timeout",
    "UnknownProvider",
    "Unsupported",
    "Veto",
    "WriteBudgetExhausted",
    "WriteNotConfirmed",
    "WriteRejected",
]


class ConfigurationError(OpenPowerError):
    """What is installed or configured does not let the call begin."""


class UnknownProvider(ConfigurationError):
    """No installed provider has that name."""


class ProviderLoadError(ConfigurationError):
    """A provider is installed, but importing it or reading its specification failed."""


class IncompatibleProvider(ConfigurationError):
    """A provider was written for another version of openpower, or lacks the flavour asked for."""


class MissingCredential(ConfigurationError):
    """A credential was neither given nor found in the environment, profile or keyring."""


class Unsupported(RequestError):
    """The device cannot do this; nothing was sent.

    Attributes:
        feature: the :class:`~openpower_core.capabilities.Feature` that is missing.
        alternatives: what it can do instead, in words or feature names.
    """

    def __init__(self, message: str, *, feature: str, alternatives: Sequence[str] = (), **context: Any) -> None:
        super().__init__(message, **context)
        self.feature = feature
        self.alternatives = tuple(alternatives)


class DeviceNotFound(RequestError, LookupError):
    """No device has that id; the message lists those there are."""


class AmbiguousDevice(RequestError, LookupError):
    """Several devices fit and none was named; the message lists them."""


class AuthError(OpenPowerError):
    """The vendor does not accept who is asking."""


class AuthenticationFailed(AuthError):
    """The credentials are wrong, revoked or expired."""


class PermissionDenied(AuthError):
    """The credentials are right, but this account may not do this."""


class NotBound(AuthError):
    """The system exists, but is not bound to this account."""


class ClockSkew(AuthError):
    """The vendor refused a signature because this machine's clock is off.

    Attributes:
        offset: how far the vendor's clock is ahead of ours (negative: behind); None when it sent no ``Date``.
    """

    def __init__(self, message: str, *, offset: timedelta | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.offset = offset


class TemporaryError(OpenPowerError):
    """The same request may succeed later.

    Attributes:
        nothing_sent: True when the request never left this machine, so that repeating even a write is safe.
        soon: False when trying again within seconds cannot help, so that nobody waits for it.
    """

    def __init__(self, message: str, *, nothing_sent: bool = False, soon: bool = True, **context: Any) -> None:
        super().__init__(message, **context)
        self.nothing_sent = nothing_sent
        self.soon = soon


class NetworkError(TemporaryError):
    """The vendor could not be reached, or the connection broke."""


class Timeout(TemporaryError, TimeoutError):
    """The call did not end within its deadline."""


class RateLimited(TemporaryError):
    """The vendor, or our own budget that protects you from it, asks to slow down.

    Attributes:
        retry_after: how long to wait; None when nobody said.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class ServiceUnavailable(TemporaryError):
    """The vendor's service answered that it cannot serve now."""


class DeviceOffline(TemporaryError):
    """The vendor's service works, but the device does not report to it."""


class DataError(OpenPowerError):
    """An answer arrived and cannot be used."""


class BadResponse(DataError):
    """The answer is not what the vendor's API promises: HTML, empty, cut short, or of another shape."""


class PartialData(DataError):
    """The answer has the right shape and no values."""


class StaleData(DataError):
    """The answer is older than what was asked for."""


class ImplausibleValue(DataError):
    """The answer holds a value that physics forbids."""


class ControlError(OpenPowerError):
    """A write did not end as asked.

    Attributes:
        receipt: what is known of the write; None when it failed before there was a plan.
    """

    def __init__(self, message: str, *, receipt: Receipt | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.receipt = receipt


class Veto(ControlError):
    """A guard refused the write, or crashed; nothing was sent."""


class WriteRejected(ControlError):
    """The vendor refused the write; it holds what it held before."""


class WriteNotConfirmed(ControlError):
    """The vendor accepted the write, and the read-back does not show it."""


class WriteBudgetExhausted(ControlError):
    """The device's write budget is spent; nothing was sent.

    Attributes:
        retry_at: when the budget allows the next write (UTC).
    """

    def __init__(self, message: str, *, retry_at: datetime | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_at = retry_at
