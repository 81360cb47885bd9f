"""What a login answered, judged: a session that can be used, or why there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from openpower_core.errors import AuthenticationFailed, PartialData
from openpower_goodwe.semsplus.envelope import data_of, envelope_of
from openpower_goodwe.semsplus.errors import LOGIN
from openpower_goodwe.semsplus.regions import gateway_of
from openpower_goodwe.semsplus.signing import Login

if TYPE_CHECKING:
    from openpower_core.http import Answer

__all__ = ["login_of"]


def login_of(answer: Answer, *, base_url: str | None, began: float) -> Login:
    """The session that a login gave.

    Raises:
        PartialData: success without data, or with a token that is not whole (which later calls refuse).
        AuthenticationFailed: the account has to accept the terms first.
        BadResponse: the gateway is none of the vendor's.
    """
    data: Any = data_of(answer)
    told = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    uid, token = told.get("uid"), told.get("token")
    api = told.get("api") or envelope_of(answer).get("api")
    gateway = api if isinstance(api, str) and api else base_url
    whole = _is_text(uid) and _is_text(token) and told.get("timestamp")
    if not whole or gateway is None:
        raise _incomplete(told)
    return Login(
        uid=str(uid),
        token=str(token),
        gateway=gateway_of(gateway, base_url),
        region=told.get("region"),
        header=json.dumps(told, separators=(",", ":"), ensure_ascii=False),
        began=began,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _incomplete(told: dict[str, Any]) -> PartialData | AuthenticationFailed:
    if any(name.startswith("agreement") for name in told):
        return AuthenticationFailed(
            "GoodWe wants its terms accepted before this account may log in.",
            provider="goodwe-sems",
            operation=LOGIN,
            hint="Log in once at https://semsplus.goodwe.com and accept them.",
        )
    return PartialData(
        "the login says success, and its token is not whole; calls with it would be refused.",
        provider="goodwe-sems",
        operation=LOGIN,
        hint="Log in at https://semsplus.goodwe.com once; it may ask for something first.",
    )
