"""The envelope ``{"code", "description", "data"}`` around every answer: checked, and taken off."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any, TypeVar, cast

from openpower_core.convert import structure
from openpower_core.errors import OpenPowerError, PartialData, RateLimited
from openpower_core.http import Answer, Request, retry_after, status_error
from openpower_core.records import Record
from openpower_goodwe.semsplus.errors import PAUSE, SUCCESS, error_of, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_envelope", "data_of", "envelope_of", "fields_of", "no_data", "one", "rows", "several", "structured"]

R = TypeVar("R", bound=Record)
_ROWS = ("dataList", "list", "records")


def check_envelope(answer: Answer, request: Request) -> None:
    """Raise the error that an answer stands for; the HTTP client asks it after every call."""
    if answer.status == 429:
        # Without a word of its own, a 429 means the same pause as the vendor's code.
        raise _slow(answer, request)
    if not 200 <= answer.status < 300:
        raise _by_code(answer, request) or status_error(answer, request)
    envelope = envelope_of(answer)
    code = str(envelope["code"])
    if code not in SUCCESS:
        raise error_of(code, _words(envelope), request.operation)


def _slow(answer: Answer, request: Request) -> OpenPowerError:
    error = status_error(answer, request)
    if isinstance(error, RateLimited):
        error.retry_after = retry_after(answer) or PAUSE
    return error


def _by_code(answer: Answer, request: Request) -> OpenPowerError | None:
    """The error of a code that came with another status than 200; None where there is none."""
    try:
        envelope = envelope_of(answer)
    except OpenPowerError:
        return None
    code = str(envelope["code"])
    if not is_known(code):
        return None  # a proxy's or a server's own words
    return error_of(code, _words(envelope), request.operation)


def envelope_of(answer: Answer) -> Mapping[str, Any]:
    """The whole answer."""
    body = answer.json()
    if isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("code"), str | int):
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def _words(envelope: Mapping[str, Any]) -> str | None:
    found = (envelope.get(name) for name in ("errorMsg", "description", "msg"))
    return next((each for each in found if isinstance(each, str) and each), None)


def data_of(answer: Answer) -> Any:
    """What an answer holds; success without data is how the service fails most of the time, so it raises.

    Raises:
        PartialData: there is none.
    """
    data = envelope_of(answer).get("data")
    if data is None or data == {}:
        raise no_data(answer.operation)
    return data


def fields_of(data: object) -> dict[str, Any]:
    """An object's fields; none where it is no object."""
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def no_data(operation: str | None) -> PartialData:
    """The error of a success that says nothing."""
    return PartialData(
        f"SEMS+ answered {operation} with success and without data.",
        provider="goodwe-sems",
        operation=operation,
        hint="Offline devices, and stations that the account may not see, are answered so.",
    )


def one(cls: type[R], answer: Answer) -> R:
    """The record that an answer holds."""
    found = structure(cls, data_of(answer), where="$.data")
    if found.is_empty():
        raise no_data(answer.operation)
    return found


def several(cls: type[R], answer: Answer) -> list[R]:
    """The records that an answer holds; an empty list is an answer."""
    return structured(cls, rows(envelope_of(answer).get("data"), answer))


def structured(cls: type[R], data: Any) -> list[R]:
    """Rows as records."""
    found: list[R] = structure(cast("Any", GenericAlias(list, (cls,))), data, where="$.data")
    return found


def rows(data: Any, answer: Answer) -> list[Any]:
    """The rows of an answer: a bare list, or one within a page."""
    if isinstance(data, list):
        return list(cast("list[object]", data))
    if isinstance(data, dict):
        page = cast("dict[str, Any]", data)
        for name in _ROWS:
            if isinstance(page.get(name), list):
                return cast("list[Any]", page[name])
        if page and page.get("total") in (0, "0"):
            return []
    raise no_data(answer.operation)
