"""Binding a system to the account: a code by mail, then the code with the serial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.endpoints.call import Endpoint
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.parameters import require, text

if TYPE_CHECKING:
    from openpower_alphaess.emulator.endpoints.call import Call, Params

__all__ = ["BINDING"]


def _check_verification(params: Params) -> None:
    text(params, "sysSn")
    text(params, "checkCode")


def _send_verification_code(call: Call) -> None:
    """Mail a code to the owner; the check code is printed on the system's label."""
    system = call.account.known(text(call.params, "sysSn"))
    if system.bound:
        raise Refusal(Code.ALREADY_BOUND)
    if system.nameplate.owner is None:
        raise Refusal(Code.NOT_BOUND_TO_USER)
    if text(call.params, "checkCode") != system.nameplate.check_code:
        raise Refusal(Code.CHECK_CODE)
    call.account.mail_code(system, system.nameplate.owner, call.now)


def _check_bind(params: Params) -> None:
    require(params, "sysSn", "code")
    text(params, "sysSn")


def _bind(call: Call) -> None:
    system = call.account.known(text(call.params, "sysSn"))
    if system.bound:
        raise Refusal(Code.ALREADY_BOUND)
    if not call.account.accepts(system, str(call.params["code"]), call.now):
        raise Refusal(Code.VERIFICATION_CODE)
    system.bound = True


def _unbind(call: Call) -> None:
    call.system.bound = False


BINDING: Final = (
    Endpoint(
        name="getVerificationCode",
        verb="GET",
        check=_check_verification,
        answer=_send_verification_code,
        about_a_system=False,
    ),
    Endpoint(name="bindSn", verb="POST", check=_check_bind, answer=_bind, about_a_system=False, writes=True),
    Endpoint(name="unBindSn", verb="POST", check=lambda params: require(params, "sysSn"), answer=_unbind, writes=True),
)
