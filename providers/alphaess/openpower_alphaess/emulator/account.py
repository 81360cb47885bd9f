"""The developer account: the systems that exist, which of them it may see, and the codes mailed to owners."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrs import frozen

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.envelope import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_alphaess.emulator.system import EmulatedSystem

__all__ = ["Account", "Mail"]

_CODE_LASTS: Final = timedelta(minutes=10)


@frozen(kw_only=True)
class Mail:
    """A verification code on its way to the owner of a system."""

    to: str
    serial: str
    code: str
    sent_at: datetime


class Account:
    """One app id and the systems around it."""

    def __init__(self, systems: Iterable[EmulatedSystem]) -> None:
        self.systems = list(systems)
        self.mailbox: list[Mail] = []
        """Every code that was mailed, oldest first."""

    def known(self, serial: str) -> EmulatedSystem:
        """The system of that serial, bound or not; 6038 when there is none."""
        for system in self.systems:
            if system.serial == serial:
                return system
        raise Refusal(Code.NO_SUCH_SYSTEM)

    def bound(self, serial: str) -> EmulatedSystem:
        """The bound system of that serial; 6005 for one that is foreign or does not exist."""
        for system in self.systems:
            if system.serial == serial and system.bound:
                return system
        raise Refusal(Code.NOT_BOUND_TO_APP)

    def mail_code(self, system: EmulatedSystem, owner: str, now: datetime) -> None:
        """Send the owner a code that binds the system."""
        code = f"{100000 + len(self.mailbox) * 7919 % 900000:06d}"
        self.mailbox.append(Mail(to=owner, serial=system.serial, code=code, sent_at=now))

    def accepts(self, system: EmulatedSystem, code: str, now: datetime) -> bool:
        """Whether a code is the newest one sent for the system, and not expired."""
        sent = [mail for mail in self.mailbox if mail.serial == system.serial]
        return bool(sent) and sent[-1].code == code and now - sent[-1].sent_at <= _CODE_LASTS
