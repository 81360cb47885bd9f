"""Every error that openpower raises on purpose, in one tree.

    OpenPowerError
    ├─ ConfigurationError   UnknownProvider · ProviderLoadError · IncompatibleProvider · MissingCredential
    ├─ RequestError         InvalidValue · Unsupported · DeviceNotFound · AmbiguousDevice · UnknownAttribute    do not retry
    ├─ AuthError            AuthenticationFailed · PermissionDenied · NotBound · ClockSkew
    ├─ TemporaryError       NetworkError · Timeout · RateLimited · ServiceUnavailable · DeviceOffline    retry
    ├─ DataError            BadResponse · PartialData · StaleData · ImplausibleValue
    └─ ControlError         Veto · WriteRejected · WriteNotConfirmed · WriteBudgetExhausted

A message says what happened, why, and what to do next; the attributes carry the same as data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core._error import InvalidValue, OpenPowerError, RequestError, UnknownAttribute

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
    "UnknownAttribute",
    "UnknownProvider",
    "Unsupported",
    "Veto",
    "WriteBudgetExhausted",
    "WriteNotConfirmed",
    "WriteRejected",
]


class ConfigurationError(OpenPowerError):
    """The installation or configuration prevents the call.

    Remedy:
        Correct the configuration file, the environment or the installation; the message names the place.
    """


class UnknownProvider(ConfigurationError):
    """No installed provider has that name.

    Remedy:
        Install the distribution that the message names, or correct the name; ``providers()`` lists what is installed.
    """


class ProviderLoadError(ConfigurationError):
    """A provider is installed, but importing it or reading its specification failed.

    Remedy:
        Upgrade, reinstall or deny (``[plugins]``) the distribution that the message names; other providers work.
    """


class IncompatibleProvider(ConfigurationError):
    """A provider was written for another version of openpower, or lacks the flavour asked for.

    Remedy:
        Upgrade ``openpower-core`` or the provider, or connect in the flavour that the message names.
    """


class MissingCredential(ConfigurationError):
    """A credential was neither given nor found in the environment, profile or keyring.

    Remedy:
        Pass it to ``connect``, set the variable that the message names, or run ``openpower login PROVIDER``.
    """


class Unsupported(RequestError):
    """The device cannot do this; nothing was sent.

    Attributes:
        feature: the :class:`~openpower_core.capabilities.Feature` that is missing.
        alternatives: what it can do instead, in words or feature names.

    Remedy:
        Use one of ``alternatives``; look at ``device.capabilities`` before calling.
    """

    def __init__(self, message: str, *, feature: str, alternatives: Sequence[str] = (), **context: Any) -> None:
        super().__init__(message, **context)
        self.feature = feature
        self.alternatives = tuple(alternatives)


class DeviceNotFound(RequestError, LookupError):
    """No device has that id; the message lists the existing ones.

    Remedy:
        Use one of the ids that the message lists; ``devices(refresh=True)`` asks the vendor again.
    """


class AmbiguousDevice(RequestError, LookupError):
    """Several devices match and none was named; the message lists them.

    Remedy:
        Give the id of one of them, as in ``home.battery("AL2002…/battery")``.
    """


class ConnectionClosed(RequestError):
    """The connection was closed before this call; ``watch()`` ends by it.

    Remedy:
        Connect again.
    """

    def __init__(self, message: str = "the connection is closed.", *, hint: str | None = None, **context: Any) -> None:
        super().__init__(message, hint=hint or "Make a new one with openpower.connect(...).", **context)


class AuthError(OpenPowerError):
    """The vendor does not accept the credentials or the permissions of the account.

    Remedy:
        A person has to act: retrying cannot help, and may lock the account.
    """


class AuthenticationFailed(AuthError):
    """The credentials are wrong, revoked or expired.

    Remedy:
        Sign in again with ``openpower login PROVIDER``, or get new credentials from the vendor.
    """


class PermissionDenied(AuthError):
    """The credentials are right, but this account may not do this.

    Remedy:
        Ask the vendor, or the owner of the system, for the permission; the message gives the vendor's words.
    """


class NotBound(AuthError):
    """The system exists, but is not bound to this account.

    Remedy:
        Bind the system to the account in the vendor's portal.
    """


class ClockSkew(AuthError):
    """The vendor refused a signature because this machine's clock is off.

    Attributes:
        offset: how far the vendor's clock is ahead of this machine's (negative: behind); None if it sent no ``Date``.

    Remedy:
        Correct this machine's clock (NTP); ``offset`` says by how much.
    """

    def __init__(self, message: str, *, offset: timedelta | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.offset = offset


class TemporaryError(OpenPowerError):
    """The same request may succeed later.

    Attributes:
        nothing_sent: True if the request never left this machine, so that even a write can safely be repeated.
        soon: False if retrying within seconds cannot help.

    Remedy:
        Try again later, a read at any time. openpower has already retried reads.
    """

    def __init__(self, message: str, *, nothing_sent: bool = False, soon: bool = True, **context: Any) -> None:
        super().__init__(message, **context)
        self.nothing_sent = nothing_sent
        self.soon = soon


class NetworkError(TemporaryError):
    """The vendor could not be reached, or the connection broke.

    Remedy:
        Check the network, the address and any proxy; then try again.
    """


class Timeout(TemporaryError, TimeoutError):
    """The call did not finish within its deadline.

    Remedy:
        Try again, or give the call more time with ``connect(…, timeout=…)``.
    """


class RateLimited(TemporaryError):
    """The vendor, or openpower's own rate limit that protects you from the vendor's, asks to slow down.

    Attributes:
        retry_after: how long to wait; None when the vendor does not say.
        found: what of a long range came before, such as the prices so far; None where nothing did.

    Remedy:
        Wait for ``retry_after``, then try again; ask less often.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after
        self.found: Any = None


class ServiceUnavailable(TemporaryError):
    """The vendor's service responded that it is unavailable.

    Remedy:
        Try again in some minutes.
    """


class DeviceOffline(TemporaryError):
    """The vendor's service works, but the device is not connected to it.

    Remedy:
        Check the device's connection to the vendor (its Wi-Fi or data logger); then try again.
    """


class DataError(OpenPowerError):
    """A response arrived that cannot be used.

    Remedy:
        Ask again after the vendor's next refresh. If it stays, report it with ``OPENPOWER_DEBUG=1`` or the traceback.
    """


class BadResponse(DataError):
    """The response is not what the vendor's API promises: HTML, empty, truncated, or of another shape.

    Remedy:
        Try again later. If it stays, the vendor has changed its API, or a proxy answers in its place: report it.
    """


class PartialData(DataError):
    """The response has the right shape but no values.

    Remedy:
        Try again later; ``issues``, ``gaps`` and ``failures`` name what is missing where the rest could be had.
    """


class StaleData(DataError):
    """The data are older than requested.

    Remedy:
        Check whether the device is online. If it is, the home's time zone may be wrong: ``connect(…, tz=…)``.
    """


class ImplausibleValue(DataError):
    """The data contain a value that is physically impossible.

    Remedy:
        Look at the device. If a flow of the home can be above 100 kW: ``connect(…, max_power_w=…)``.
    """


class ControlError(OpenPowerError):
    """A write did not have the desired effect.

    Attributes:
        receipt: what is known about the write; None if it failed before there was a plan.

    Remedy:
        ``receipt`` says what was sent (``state``, ``calls``, ``note``); ``release()`` puts back what was there before.
    """

    def __init__(self, message: str, *, receipt: Receipt | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.receipt = receipt


class Veto(ControlError):
    """A guard refused the write, or crashed; nothing was sent.

    Remedy:
        Change the command, or the plugin that refused it.
    """


class WriteRejected(ControlError):
    """The vendor refused the write; nothing has changed.

    Remedy:
        Change the command as the vendor's words say; ``dry_run=True`` shows what would be sent.
    """


class WriteNotConfirmed(ControlError):
    """The vendor accepted the write, and the read-back does not show it, or shows only a part of it (``PARTIAL``).

    Remedy:
        Call ``battery.confirm(error.receipt)`` later, or ``release()``; do not send the command again before.
    """


class WriteBudgetExhausted(ControlError):
    """The device's write budget is spent; nothing was sent.

    Attributes:
        retry_at: when the budget allows the next write (UTC).

    Remedy:
        Wait until ``retry_at``; ``release()`` is not bound by a budget.
    """

    def __init__(self, message: str, *, retry_at: datetime | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_at = retry_at


def to_openpower_error(
    error: Exception, *, provider: str | None = None, operation: str | None = None, device_id: str | None = None
) -> OpenPowerError:
    """Return an error of openpower's as it is; make any other, raised in a provider's code, the cause of a BadResponse.

    Mapping code meets data that nobody has foreseen: callers who catch ``OpenPowerError`` must not have to care.
    """
    if isinstance(error, OpenPowerError):
        return error
    made = BadResponse(
        f"{operation or 'the call'}: the provider failed on what it was given or what the vendor sent ({type(error).__name__}).",
        provider=provider,
        operation=operation,
        device_id=device_id,
        hint="Try again later; if it stays, please report it to the provider's authors with the traceback.",
    )
    made.__cause__ = error
    return made
