"""What GoodWe's two clouds have in common: the envelope around every response, rate limits, and the password's hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from types import GenericAlias
from typing import Any, Final, TypeVar, cast

from openpower_core.provider import Answer, BadResponse, Clock, Rate, RateLimiter, Record, Rows, Secret, structure

R = TypeVar("R", bound=Record)
SUCCESS: Final = frozenset({"0", "00000"})
WRONG_LOGIN: Final = "100005"
"""The one code that public clients know for a wrong account or password."""


class UnknownCode(BadResponse):
    """The vendor refused a call by a code that nobody has documented."""


def unknown_login(code: str, said: str, **context: Any) -> UnknownCode:
    """The error of a login that was refused by an undocumented code: too many attempts, a captcha, a maintenance …"""
    return UnknownCode(
        f"the login was refused by code {code}{said}, which is not known to mean a wrong password.",
        hint="Log in at the portal to see what it asks for, and try again later.",
        **context,
    )


def envelope_of(answer: Answer) -> Mapping[str, Any]:
    """The whole response ``{"code": …, "data": …}``; HTTP 200 comes with success and failure alike."""
    body = answer.json()
    if isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("code"), str | int):
        return cast("Mapping[str, Any]", body)
    raise answer.bad("JSON without a return code")


def message_of(answer: Answer, *names: str) -> str | None:
    """The vendor's message, fit to be shown, under the first of these names that has one."""
    envelope = envelope_of(answer)
    return next(filter(None, (answer.quoted(envelope.get(name)) for name in names)), None)


def fields_of(data: object) -> dict[str, Any]:
    """An object's fields; none where it is no object."""
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def rows_of(data: object, names: Iterable[str]) -> list[Any] | None:
    """A bare list, or the one within an object under the first of these names that holds one; else None."""
    if isinstance(data, list):
        return list(cast("list[object]", data))
    fields = fields_of(data)
    return next((fields[name] for name in names if isinstance(fields.get(name), list)), None)


def records(cls: type[R], rows: Any) -> list[R]:
    """Rows as records."""
    found: list[R] = structure(cast("Any", GenericAlias(list, (cls,))), rows, where="$.data")
    return found


def readable(cls: type[R], rows: Any) -> Rows[R]:
    """Rows as records, without those that are none: one odd station, plant or device must not cost the others.

    Raises:
        BadResponse: none of them can be read.
    """
    found, failure = Rows[R](), None
    for row in rows:
        try:
            found += records(cls, [row])
        except BadResponse as error:
            failure = error
            found.unreadable += 1
    if failure and not found:
        raise failure
    return found


def limiter_of(provider: str, account: str, base_url: str, clock: Clock, *rates: Rate) -> RateLimiter:
    """The limiter that all clients of one account share in this process."""
    return RateLimiter.shared((provider, base_url, account), *rates, clock=clock)


def is_token(value: object) -> bool:
    """Whether it can be a token or user id, which are sent in headers: printable ASCII without spaces, at most 4 kB.

    Servers take headers of 8 kB in all, as a rule; the tokens that GoodWe gives have a few hundred bytes.
    """
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,4096}", value) is not None


def hashed(password: Secret) -> Secret:
    """The password as both clouds want it: MD5 in hex digits, as good as the password. It protects nothing; TLS does."""
    return Secret(hashlib.md5(password.reveal().encode(), usedforsecurity=False).hexdigest())
