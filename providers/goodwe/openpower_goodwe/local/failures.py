"""What the library and the network raise, in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import (
    BadResponse,
    DeviceOffline,
    InvalidValue,
    OpenPowerError,
    ServiceUnavailable,
    Timeout,
    Unsupported,
    WriteRejected,
)
from openpower_goodwe.local.wire import Silent

if TYPE_CHECKING:
    from openpower_goodwe.local.library import Family

__all__ = ["to_our_error"]

_PROVIDER: Final = "goodwe-local"
_SILENCE: Final = (
    "It may be asleep (inverters without a battery are off at night), have another address, or speak Modbus TCP "
    'only (Kit-20 and V2.0 dongles: port=502, to be enabled in SolarGo). By the cloud: "goodwe-sems".'
)
_BUSY: Final = ("ACKNOWLEDGE", "SLAVE DEVICE BUSY")
_MISSING: Final = ("ILLEGAL FUNCTION", "ILLEGAL DATA ADDRESS")


def to_our_error(error: Exception, operation: str, where: str, *, wrote: bool, family: Family | None) -> Exception:
    """Our error for what a call raised; what is nobody's fault but the program's comes back as it is.

    Args:
        error: what was raised.
        operation: the call that failed.
        where: the inverter's address, for messages.
        wrote: whether something that writes had left by then.
        family: the inverter's family, once it is known.
    """
    context: dict[str, Any] = {"provider": _PROVIDER, "operation": operation}
    if isinstance(error, OpenPowerError):
        return _completed(error, where, context)
    if isinstance(error, TimeoutError):
        return Timeout(f"{where} took too long.", **context)
    if isinstance(error, PermissionError):
        return InvalidValue(f"{error}.", hint="Nothing was sent.", **context)
    if isinstance(error, ValueError | OverflowError):
        return _unfit(error, context)
    if any(kind.__name__ == "InverterError" for kind in type(error).__mro__):
        return _of_the_library(error, context, wrote=wrote, family=family)
    return error


def _completed(error: OpenPowerError, where: str, context: dict[str, Any]) -> OpenPowerError:
    if isinstance(error, Silent):
        return DeviceOffline(f"{where} does not answer: {error.message}", hint=_SILENCE, **context)
    error.provider = error.provider or context["provider"]
    error.operation = error.operation or context["operation"]
    return error


def _unfit(error: Exception, context: dict[str, Any]) -> OpenPowerError:
    if str(error).startswith("Unknown s"):
        feature = context["operation"]
        return Unsupported(f"{error}.", feature=feature, hint="settings() lists them.", **context)
    return InvalidValue(f"the library refuses the value: {str(error) or 'no reason'}.", **context)


def _of_the_library(error: Exception, context: dict[str, Any], *, wrote: bool, family: Family | None) -> OpenPowerError:
    name = type(error).__name__
    if name == "RequestRejectedException":
        return _refused(str(getattr(error, "message", "")), wrote=wrote, context=context)
    if name == "RequestFailedException":
        return Timeout("the inverter answered a part of what it was asked.", **context)
    if name == "InverterError":
        kind = f"the {family} family" if family else "this inverter"
        feature = context["operation"]
        return Unsupported(f"{kind} cannot do that: {error}", feature=feature, **context)
    return BadResponse(f"the library gave up: {str(error) or name}.", **context)


def _refused(message: str, *, wrote: bool, context: dict[str, Any]) -> OpenPowerError:
    told: dict[str, Any] = {**context, "vendor_message": message or None}
    if wrote:
        return WriteRejected(f"the inverter refused to be written to: {message}.", **told)
    if message in _BUSY:
        return ServiceUnavailable(f"the inverter is busy: {message}.", **told)
    if message in _MISSING:
        text = f"the inverter has no such registers: {message}."
        return Unsupported(text, feature=context["operation"], **told)
    return ServiceUnavailable(f"the inverter could not answer: {message or 'no reason'}.", **told)
