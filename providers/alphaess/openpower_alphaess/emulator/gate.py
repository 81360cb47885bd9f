"""Who may come in: the signature of a request, how often, and the systems that the developer account may see."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from openpower_alphaess.emulator.envelope import Code, Refusal, text
from openpower_core.provider import Secret

if TYPE_CHECKING:
    from openpower_alphaess.emulator.system import EmulatedSystem

TOLERANCE: Final = timedelta(seconds=300)
"""How far a request's timestamp may be from the service's clock, either way."""
SKEW_MESSAGE: Final = "The request timestamp is not within the validity period"


def signature(app_id: str, app_secret: str, timestamp: str) -> str:
    """Compute ``sign``: SHA-512 over the three texts joined without a separator, in lower-case hex."""
    return hashlib.sha512(f"{app_id}{app_secret}{timestamp}".encode("ascii", "replace")).hexdigest()


@frozen(kw_only=True)
class Gate:
    """Who may come in: one developer account."""

    app_id: str
    app_secret: Secret = field(converter=Secret)
    documented_skew_code: bool = False
    """Answer a wrong clock with 6006, as documented, and not with 6009, as the live service does."""
    allow_listed: bool = True
    """False turns everybody away as an IP allow-list does."""

    def check(self, headers: Mapping[str, str], now: datetime) -> None:
        """Refuse a request whose signature is missing, old or wrong; header names in any case."""
        given = {name.lower(): value for name, value in headers.items()}
        app_id = _required(given, "appid", Code.APP_ID_EMPTY)
        timestamp = _required(given, "timestamp", Code.TIMESTAMP_EMPTY)
        sign = _required(given, "sign", Code.SIGN_EMPTY)
        self._check_clock(timestamp, now)
        if not self.allow_listed:
            raise Refusal(Code.ALLOW_LIST)
        expected = signature(self.app_id, self.app_secret.reveal(), timestamp)
        if app_id != self.app_id or not hmac.compare_digest(sign.encode(), expected.encode()):
            raise Refusal(Code.SIGNATURE)

    def _check_clock(self, timestamp: str, now: datetime) -> None:
        # Milliseconds, a usual mistake, are a time in the year 56000: out of tolerance like any other.
        if not timestamp.isdecimal():
            raise Refusal(Code.TIMESTAMP)
        if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
            if self.documented_skew_code:
                raise Refusal(Code.TIMESTAMP)
            raise Refusal(Code.ALLOW_LIST, msg=SKEW_MESSAGE)


def _required(headers: Mapping[str, str], name: str, code: Code) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Refusal(code)
    return value


@frozen
class RateLimit:
    """At most ``requests`` to one endpoint within ``window``; the vendor publishes no figure."""

    requests: int
    window: timedelta = timedelta(minutes=1)


class RateGate:
    """Counts requests by endpoint and refuses those beyond the limit."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._passed: dict[str, deque[datetime]] = defaultdict(deque)

    def check(self, endpoint: str, now: datetime) -> None:
        """Count a request, or refuse it with 6053; a refused one does not count."""
        if self._limit is None:
            return
        passed = self._passed[endpoint]
        while passed and passed[0] <= now - self._limit.window:
            passed.popleft()
        if len(passed) >= self._limit.requests:
            raise Refusal(Code.TOO_MANY_REQUESTS)
        passed.append(now)


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


Params = Mapping[str, Any]


@frozen(kw_only=True)
class Call:
    """A request that has passed the checks before the endpoint's own."""

    account: Account
    params: Params
    now: datetime

    @property
    def system(self) -> EmulatedSystem:
        """The system that ``sysSn`` names, bound to the account (else 6005)."""
        return self.account.bound(text(self.params, "sysSn"))
