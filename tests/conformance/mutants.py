"""Broken providers: each breaks the healthy one in one place, and names the group that exists to find it.

The class name says what is broken; ``group`` and ``cause`` say which group has to fail, and which words its
message has to have, so that an author knows what to fix.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import httpx
from acme_power.behaviour import FULL, Behaviour
from acme_power.models import Now, Row

from openpower_core.capabilities import Capabilities, Feature
from openpower_core.errors import AuthenticationFailed, BadResponse
from openpower_core.prices import PriceKind
from openpower_core.provider import Answer, Request, check_status
from openpower_core.readings import EnergyCounter, InverterStatus

__all__ = ["MUTANTS", "Mutant"]

_log = logging.getLogger("openpower.acme")
MUTANTS: list[type[Mutant]] = []


class Mutant(Behaviour):
    """A behaviour that is broken in one place."""

    group: ClassVar[str]
    cause: ClassVar[str]
    changes: ClassVar[dict[str, Any]] = {}
    """Fields of the specification that are broken."""
    check_name: ClassVar[str | None] = None
    """The one check to run, where the whole group takes long."""

    def __init_subclass__(cls) -> None:
        MUTANTS.append(cls)


class FlippedBattery(Mutant):
    group, cause = "signs", "The battery has the wrong sign"

    def battery_w(self, now: Now | Row) -> float | None:
        return now.battery


class FlippedGrid(Mutant):
    group, cause = "signs", "The grid has the wrong sign"

    def grid_w(self, now: Now | Row) -> float | None:
        return now.grid


class NaiveTime(Mutant):
    group, cause = "readings", "has no time zone"

    def measured_at(self, text: str | None, zone: ZoneInfo) -> datetime | None:
        return datetime.fromisoformat(text) if text else None


class LocalTimeAsUtc(Mutant):
    group, cause = "time", "wall-clock time was taken as UTC"

    def measured_at(self, text: str | None, zone: ZoneInfo) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


class HostZone(Mutant):
    group, cause = "time", "In other zones of the host"

    def measured_at(self, text: str | None, zone: ZoneInfo) -> datetime | None:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None


class LosesTheHourOfSummertime(Mutant):
    group, cause = "time", "the history lacks hour(s)"

    def row_time(self, day: date, minute: int, zone: ZoneInfo) -> datetime:
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        return wall.replace(tzinfo=zone).astimezone(UTC)


class ZeroForNone(Mutant):
    group, cause = "readings", "None means unknown, and 0 means zero"

    def number(self, value: float | None) -> float | None:
        return value or 0.0


class PerCentAsFraction(Mutant):
    group, cause = "readings", "that is a fraction, not a percentage"

    def soc_pct(self, now: Now) -> float | None:
        return None if now.soc is None else now.soc / 100


class KilowattsForWatts(Mutant):
    group, cause = "readings", "That looks like kW"

    def number(self, value: float | None) -> float | None:
        return None if value is None else value / 1000

    def soc_pct(self, now: Now) -> float | None:
        return now.soc


class CountersThatFall(Mutant):
    group, cause = "readings", "total_kwh fell from"

    def imported(self, now: Now) -> EnergyCounter:
        return EnergyCounter(total_kwh=20_000 + (now.imported or 0) - (now.exported or 0))


class NoRawRecord(Mutant):
    group, cause = "readings", "has no raw record"

    def raw(self, now: Now | Row) -> Any:
        return None


class IgnoresMaxAge(Mutant):
    group, cause = "readings", "max_age=0, but no request was sent"

    def age(self, max_age: timedelta | None) -> timedelta | None:
        return None


class PvInTheDark(Mutant):
    group, cause = "signs", "in the dark"

    def pv_w(self, now: Now | Row, flavour: str = "") -> float | None:
        return None if now.pv is None else now.pv + 60


class StaysBroken(Mutant):
    group, cause = "campaign", "the connection stays broken: AuthenticationFailed"
    refused = False

    def check(self, answer: Answer, request: Request) -> None:
        self.refused = self.refused or answer.status == 401
        if self.refused:
            raise AuthenticationFailed("Acme refuses the token.")
        super().check(answer, request)


class RetriedWrite(Mutant):
    group, cause = "writes", "it was sent again"
    retries_by_hand = True


class WriteTakenForARead(Mutant):
    group, cause = "writes", "it was sent again"
    write = False


class DryRunThatWrites(Mutant):
    group, cause = "writes", "dry_run=True) wrote"
    pipeline = False


class NotIdempotent(Mutant):
    group, cause = "writes", "a second time was sent again"

    def current(self, percent: float) -> float:
        return percent - 0.5


class ReadsBackWhatItSent(Mutant):
    group, cause = "writes", "the receipt says CONFIRMED"

    def asked_anew(self) -> bool:
        return False


class TokenInErrors(Mutant):
    group, cause = "secrets", "The token appears in an error"

    def check(self, answer: Answer, request: Request) -> None:
        check_status(answer, request)

    def body(self, answer: Answer) -> Any:
        try:
            return super().body(answer)
        except BadResponse as error:
            raise BadResponse(f"Acme does not answer {self.token.reveal()}.") from error


class TokenInTheLog(Mutant):
    group, cause = "secrets", "The token appears in the log"

    def sign(self, request: Request, now: datetime) -> dict[str, str]:
        headers = super().sign(request, now)
        _log.debug("asking %s with %s", request.url, headers)
        return headers


class TokenInRepr(Mutant):
    group, cause = "secrets", "The token appears in a repr"

    def shown(self, serial: str) -> str:
        return f"<Acme {self.token.reveal()}>"


class DishonestFull(Mutant):
    group, cause = "capabilities", "is FULL, but calling it raises Unsupported"

    def capabilities(self, role: str) -> Capabilities:
        honest = super().capabilities(role)
        if role != "inverter":
            return honest
        return Capabilities(features={**honest.features, Feature.EXPORT_LIMIT: FULL}, writes=honest.writes)


class UnsupportedThatAsks(Mutant):
    group, cause = "capabilities", "calling it sent a request"
    guards = False

    def capabilities(self, role: str) -> Capabilities:
        honest = super().capabilities(role)
        features = {k: v for k, v in honest.features.items() if k is not Feature.SETTINGS}
        return Capabilities(features=features, writes=honest.writes)


class NoWriteLimits(Mutant):
    group, cause = "capabilities", "do not say how often"

    def capabilities(self, role: str) -> Capabilities:
        return Capabilities(features=super().capabilities(role).features)


class RedirectFollowed(Mutant):
    group, cause = "faults", "was followed"
    check_name = "faults.redirect_is_not_followed"

    def transport(self, given: Any, flavour: str) -> Any:
        return Following()


class Following(httpx.BaseTransport):
    """Goes wherever it is sent, with everything that it has."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with httpx.HTTPTransport() as network:
            answer = network.handle_request(request)
            body = answer.read()
        if answer.is_redirect:
            there = answer.headers["Location"]
            return self.handle_request(
                httpx.Request(request.method, there, headers={**request.headers, "host": "there"})
            )
        return httpx.Response(answer.status_code, content=body)


class NoTimeout(Mutant):
    group, cause = "faults", "should be Timeout"
    check_name = "faults.silence"

    def timeout(self, given: float) -> float:
        return 60.0


class HtmlForNothing(Mutant):
    group, cause = "faults", "is taken for a response"
    check_name = "faults.html"

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, Any] = {}

    def body(self, answer: Answer) -> Any:
        try:
            self.last[answer.url] = super().body(answer)
        except BadResponse:
            if answer.url not in self.last:
                raise
        return self.last[answer.url]

    def check(self, answer: Answer, request: Request) -> None:
        check_status(answer, request)


class SwallowsTheRefusal(Mutant):
    group, cause = "faults", "it should be AuthenticationFailed"
    check_name = "faults.vendor_says_no"

    def check(self, answer: Answer, request: Request) -> None:
        check_status(answer, request)


class UnknownWordCrashes(Mutant):
    group, cause = "data", "An unknown word in $.data.status breaks the response"

    def status(self, word: str | None) -> InverterStatus:
        if word not in {None, "normal", "fault"}:
            raise ValueError(word)
        return InverterStatus.RUNNING


class FlavoursDiffer(Mutant):
    group, cause = "parity", "in the blocking flavour and"

    def pv_w(self, now: Now | Row, flavour: str = "") -> float | None:
        pv = super().pv_w(now, flavour)
        return pv if pv is None or flavour == "HttpClient" else pv + 1


class ImportsLoudly(Mutant):
    group, cause = "loading", "network: socket.connect"
    changes: ClassVar[dict[str, Any]] = {"connect": "acme_power.noisy:connect"}


class LeaksSockets(Mutant):
    group, cause = "connecting", "leaves 1 socket(s) open"
    closes = False


class IdsOfItsOwn(Mutant):
    group, cause = "connecting", "does not have the form <serial>/<role>"

    def id_role(self, role: str) -> str:
        return f"my-{role}"


class ExportCosts(Mutant):
    group, cause = "retailer", "Export prices fall when import prices rise"

    def feed_in(self, money: Decimal) -> Decimal:
        return money


class CentsForEuros(Mutant):
    group, cause = "retailer", "Cents were taken for the major unit"

    def money(self, cents: float | None) -> Decimal | None:
        return None if cents is None else Decimal(str(cents))


class LowAboveHigh(Mutant):
    group, cause = "retailer", "low is"

    def band(self, low: Decimal | None, high: Decimal | None) -> tuple[Any, Any]:
        return high, low


class ASecondShort(Mutant):
    group, cause = "retailer", "and the next begins at"

    def ends(self, start: datetime, minutes: int) -> datetime:
        return start + timedelta(minutes=minutes, seconds=-1)


class ForecastCalledSettled(Mutant):
    group, cause = "retailer", "is marked settled"

    def kind(self, start: datetime, end: datetime, now: datetime) -> PriceKind:
        right = super().kind(start, end, now)
        return PriceKind.SETTLED if right is PriceKind.FORECAST else right
