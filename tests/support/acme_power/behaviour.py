"""How Acme's provider does everything that a broken one does otherwise: each method is one place to break."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from acme_power.models import Now, Row, Status, Tariff
from openpower_core.capabilities import Capabilities, Capability, Feature, Support, WriteLimits
from openpower_core.errors import AuthenticationFailed, BadResponse
from openpower_core.prices import Channel, Gap, Price, PriceKind
from openpower_core.provider import Answer, Request, Secret, check_status
from openpower_core.readings import EnergyCounter, InverterStatus

FULL = Capability(support=Support.FULL)
WRITES = WriteLimits(settle_timeout=timedelta(seconds=20), poll=timedelta(seconds=2))


class Behaviour:
    """The healthy one."""

    pipeline = True
    closes = True
    write = True
    retries_by_hand = False

    def __init__(self) -> None:
        self.token = Secret("")

    # Talking

    def sign(self, _request: Request, _now: datetime) -> dict[str, str]:
        """The header that lets a request in."""
        return {"Authorization": f"Bearer {self.token.reveal()}"}

    def check(self, answer: Answer, request: Request) -> None:
        """Find the refusal inside a good-looking answer."""
        check_status(answer, request)
        body = answer.json()
        if isinstance(body, dict) and body.get("ok") is False:
            raise AuthenticationFailed("Acme refuses the token.", operation=request.operation)

    def body(self, answer: Answer) -> Any:
        """The data of an answer."""
        body = answer.json()
        if not isinstance(body, dict) or "data" not in body:
            raise BadResponse("Acme's answer has no data.", provider="acme")
        return body["data"]

    def transport(self, given: Any, _flavour: str) -> Any:
        """What carries requests."""
        return given

    def timeout(self, given: float) -> float:
        """Seconds for a call."""
        return given

    def age(self, max_age: timedelta | None) -> timedelta | None:
        """How old a reading may be."""
        return max_age

    def shown(self, serial: str) -> str:
        """The native API's repr."""
        return f"<Acme {serial[:2]}…>"

    # Meaning

    def number(self, value: float | None) -> float | None:
        """A figure."""
        return value

    def pv_w(self, now: Now | Row, _flavour: str = "") -> float | None:
        """PV."""
        return self.number(now.pv)

    def battery_w(self, now: Now | Row) -> float | None:
        """Acme counts charging."""
        return None if now.battery is None else -now.battery

    def grid_w(self, now: Now | Row) -> float | None:
        """Acme counts exporting."""
        return None if now.grid is None else -now.grid

    def soc_pct(self, now: Now) -> float | None:
        """A percentage, as Acme sends it."""
        return self.number(now.soc)

    def imported(self, now: Now) -> EnergyCounter:
        """What came from the grid."""
        return EnergyCounter(total_kwh=now.imported)

    def exported(self, now: Now) -> EnergyCounter:
        """What went to the grid."""
        return EnergyCounter(total_kwh=now.exported)

    def status(self, word: str | None) -> InverterStatus:
        """Acme's word in ours."""
        return {Status.NORMAL: InverterStatus.RUNNING, Status.FAULT: InverterStatus.FAULT}.get(
            Status(word) if word else None, InverterStatus.UNKNOWN
        )  # type: ignore[call-overload,no-any-return]

    def measured_at(self, text: str | None, zone: ZoneInfo) -> datetime | None:
        """Acme's wall-clock time as an instant."""
        if text is None:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        except ValueError as error:
            raise BadResponse(f"{text!r} is no time.", provider="acme") from error

    def row_time(self, day: date, minute: int, zone: ZoneInfo) -> datetime:
        """Minutes after midnight are minutes that passed, also when clocks change."""
        midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
        return midnight + timedelta(minutes=minute)

    def raw(self, now: Now | Row) -> Any:
        """The record behind a reading."""
        return now

    # Prices

    def prices(self, rows: list[Tariff], now: datetime) -> list[Price]:
        """Both channels of each row."""
        return [
            price
            for row in rows
            for channel in (Channel.IMPORT, Channel.EXPORT)
            if (price := self.price(row, channel, now)) is not None
        ]

    def gaps(self, rows: list[Tariff]) -> list[Gap]:
        """A row in which something is missing that a price needs; it may not tell of when it is."""
        lost = [row for row in rows if None in (row.start, row.minutes, row.buy, row.sell)]
        return [Gap(start=None, end=None, reason=f"no price in {row!r}") for row in lost]

    def price(self, row: Tariff, channel: Channel, now: datetime) -> Price | None:
        """One price; None where the row does not tell it."""
        cents = row.buy if channel is Channel.IMPORT else row.sell
        if row.start is None or row.minutes is None or cents is None:
            return None
        start = datetime.fromtimestamp(row.start, UTC)
        end = self.ends(start, row.minutes)
        low, high = (self.money(each) for each in (row.low, row.high))
        money = self.money(cents)
        assert money is not None
        return Price(
            start=start,
            end=end,
            channel=channel,
            per_kwh=money if channel is Channel.IMPORT else self.feed_in(money),
            currency="EUR",
            kind=self.kind(start, end, now),
            low=self.band(low, high)[0] if channel is Channel.IMPORT else None,
            high=self.band(low, high)[1] if channel is Channel.IMPORT else None,
            raw=row,
        )

    def ends(self, start: datetime, minutes: int) -> datetime:
        """The end of an interval."""
        return start + timedelta(minutes=minutes)

    def money(self, cents: float | None) -> Decimal | None:
        """Cents in euros."""
        return None if cents is None else Decimal(str(cents)) / 100

    def feed_in(self, money: Decimal) -> Decimal:
        """Acme counts what it pays below zero."""
        return -money

    def band(self, low: Decimal | None, high: Decimal | None) -> tuple[Any, Any]:
        """The band of the prediction."""
        return low, high

    def kind(self, start: datetime, end: datetime, now: datetime) -> PriceKind:
        """Over, running, or to come."""
        if end <= now:
            return PriceKind.SETTLED
        return PriceKind.CURRENT if start <= now else PriceKind.FORECAST

    # Writing

    def current(self, percent: float) -> float:
        """The reserve as it is read."""
        return percent

    def asked_anew(self) -> bool:
        """Whether the reserve is read from the vendor each time."""
        return True

    # Saying

    def id_role(self, role: str) -> str:
        """The last part of a device's id."""
        return role

    def capabilities(self, role: str) -> Capabilities:
        """What a device can do."""
        features = {
            "inverter": (Feature.READ, Feature.HISTORY),
            "meter": (Feature.READ, Feature.HISTORY),
            "battery": (Feature.READ, Feature.HISTORY, Feature.SETTINGS, Feature.RESERVE_SOC),
            "retailer": (Feature.CURRENT_PRICE, Feature.PRICES, Feature.EXPORT_PRICES, Feature.FORECAST),
        }[role]
        return Capabilities(features=dict.fromkeys(features, FULL), writes=WRITES)
