"""The envelope ``{"code", "msg", "data"}`` around every answer, and the error that each code stands for."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from openpower_core.convert import structure
from openpower_core.errors import AuthenticationFailed, PartialData, RequestError
from openpower_core.http import Answer, Request, check_status
from openpower_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LOGIN", "OTHER_WAYS", "TokenEnded", "check_answer", "one", "several"]

LOGIN: Final = "GetToken"
_TOKEN_ENDED: Final = "100002"  # noqa: S105  (a code)
_LISTS: Final = ("list", "rows", "records", "dataList", "items", "plants", "inverters", "data")

OTHER_WAYS: Final = (
    "The Open API is for organisations that GoodWe gave it to. A normal account of the SEMS+ app connects as "
    '"goodwe-sems"; in the same network "goodwe-local" needs no account.'
)
R = TypeVar("R", bound=Record)


class TokenEnded(AuthenticationFailed):
    """The token is not valid (any more); a new one may help."""


def check_answer(answer: Answer, request: Request) -> None:
    """Raise the error that an answer stands for; the HTTP client asks it after every call."""
    check_status(answer, request)
    envelope = _envelope(answer)
    code = str(envelope["code"])
    if code in ("0", "00000"):
        return
    said = envelope.get("msg")
    message = said if isinstance(said, str) and said else None
    context: dict[str, Any] = {
        "provider": "goodwe",
        "operation": request.operation,
        "vendor_code": code,
        "vendor_message": message,
    }
    words = f" ({message})" if message else ""
    if request.operation == LOGIN:
        raise AuthenticationFailed(f"the Open API does not accept the account{words}.", hint=OTHER_WAYS, **context)
    if code == _TOKEN_ENDED:
        raise TokenEnded(f"{request.operation}: the token has ended{words}.", **context)
    raise RequestError(
        f"{request.operation}: GoodWe refused it{words}.",
        hint="Check the ids given; is the plant one of this organisation's?",
        **context,
    )


def _envelope(answer: Answer) -> Mapping[str, Any]:
    body = answer.json()
    if isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("code"), str | int):
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def one(cls: type[R], answer: Answer) -> R:
    """The record that an answer holds.

    Raises:
        PartialData: it says success and nothing else.
    """
    data = _envelope(answer).get("data")
    if data is None:
        raise _no_data(answer)
    found = structure(cls, data, where="$.data")
    if found.is_empty() and not found.extras:
        raise _no_data(answer)
    return found


def several(cls: type[R], answer: Answer) -> list[R]:
    """The records that an answer holds: a bare list, or one within an object."""
    data = _envelope(answer).get("data")
    if isinstance(data, dict):
        current = cast("dict[str, Any]", data)
        data = next((current[name] for name in _LISTS if isinstance(current.get(name), list)), None)
    if data is None:
        raise _no_data(answer)
    found: list[R] = structure(cast("Any", GenericAlias(list, (cls,))), data, where="$.data")
    return found


def _no_data(answer: Answer) -> PartialData:
    return PartialData(
        f"the Open API answered {answer.operation} with success and without data.",
        provider="goodwe",
        operation=answer.operation,
    )
