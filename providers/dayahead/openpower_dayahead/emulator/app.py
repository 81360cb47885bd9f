"""The emulator as an ASGI app: four paths, and what each source sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from attrs import evolve

from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_dayahead.areas import AREAS, OPEN_LICENCE, Area, to_area
from openpower_dayahead.client import MARKET, Source, market_day, market_days, market_midnight, to_source
from openpower_dayahead.emulator.market import Auction, Row
from openpower_simulation.emulation import HttpEmulator, server_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

TOKEN: Final = "00000000-0000-4000-8000-00000000e3a7"  # noqa: S105 - it opens nothing real
RATES: Final = {"DKK": 7.46, "EUR": 1.0, "NOK": 11.7, "PLN": 4.28, "RON": 5.0, "SEK": 11.2}
"""Nord Pool's currencies for one euro, about."""

_DAY: Final = timedelta(days=1)
_OPEN: Final = "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de"
_PRIVATE: Final = "For private and internal use only."
_PAGE: Final = 100  # time series in one document; "offset" asks for more
_BLOCKS: Final = (("Off-peak 1", 0, 8), ("Peak", 8, 20), ("Off-peak 2", 20, 24))
_PARAMETERS: Final = frozenset(
    [
        *("securityToken", "documentType", "in_Domain", "out_Domain", "periodStart", "periodEnd", "offset"),
        *("contract_MarketAgreement.type", "classificationSequence_AttributeInstanceComponent.position"),
    ]
)


class Emulator(HttpEmulator):
    """Energy-charts, aWATTar, ENTSO-E and Nord Pool over one simulated market; an ASGI app, to be served or called in-process.

    Args:
        source: which of them :attr:`options` names; all four answer.
        area: the zone that the options name; every zone has the same prices.
        clock: what the service and the market live by.
        token: the one that ENTSO-E lets in.
        seed: another number gives another market.
        published: when tomorrow's prices are there, in Central European time.
    """

    provider, title, prefix = "dayahead", "Day-ahead market", ""

    def __init__(
        self,
        source: Source | str = Source.ENERGY_CHARTS,
        area: Area | str = "DE-LU",
        *,
        clock: Clock = SYSTEM_CLOCK,
        token: str | Secret = TOKEN,
        seed: int = 1,
        published: time = time(12, 57),
    ) -> None:
        self.source, self.area, self.token = to_source(source), to_area(area), Secret(token)
        self.auction = Auction(seed=seed, published=published)
        self.seen: list[str] = []
        """The path and query of each request that arrived, for tests that count."""
        paths = {"/price": self._energy_charts, "/v1/marketdata": self._awattar}
        nordpool = {"/api/DayAheadPrices": self._nordpool, "/api/DayAheadPriceIndices": self._nordpool_indices}
        super().__init__(clock, {**paths, "/api": self._entsoe, **nordpool})

    @property
    def options(self) -> dict[str, Any]:
        """The source and the zone, and ENTSO-E's token, whole."""
        token = {"token": self.token.reveal()} if self.source is Source.ENTSOE else {}
        return {"source": self.source.value, "area": self.area.name, **token}

    async def answer(self, handler: Any, request: Request) -> Any:
        """Note the request."""
        self.seen.append(f"{request.url.path}?{request.url.query}")
        return await super().answer(handler, request)

    def _energy_charts(self, request: Request) -> Any:
        """Days of the zone's own clock, the last one included."""
        name = request.query_params.get("bzn", "DE-LU")
        if name not in AREAS:
            detail = [{"loc": ["query", "bzn"], "msg": "unexpected value", "type": "enum"}]
            return self.json({"detail": detail}, 422)
        zone, now = ZoneInfo(AREAS[name].tz), self.clock.now()
        days = [request.query_params.get(word, f"{now.astimezone(zone):%Y-%m-%d}") for word in ("start", "end")]
        first, last = (datetime.combine(date.fromisoformat(day), time(), zone).astimezone(UTC) for day in days)
        rows = self.auction.rows(first, (last.astimezone(zone) + _DAY).astimezone(UTC), now)
        if not rows:
            return self.json({"detail": "No price data available for this range"}, 404)
        return {
            "license_info": _OPEN if name in OPEN_LICENCE else _PRIVATE,
            "unix_seconds": [int(row.start.timestamp()) for row in rows],
            "price": [row.price for row in rows],
            "unit": "EUR / MWh",
            "deprecated": False,
        }

    def _awattar(self, request: Request) -> Any:
        """Milliseconds; hours, even where the market has quarters."""
        now = self.clock.now()
        start = _from_ms(request.query_params.get("start")) or now.replace(minute=0, second=0, microsecond=0)
        end = _from_ms(request.query_params.get("end")) or start + _DAY
        rows = self.auction.rows(start, end, now, hourly=True)
        return {"object": "list", "data": [_hour(row) for row in rows], "url": "/de/v1/marketdata"}

    def _nordpool(self, request: Request) -> Any:
        now = self.clock.now()
        day, areas, currency = date.fromisoformat(request.query_params["date"]), *_asked(request, "deliveryArea")
        if (refusal := self._nordpool_refusal(day, areas, currency, now)) is not None:
            return refusal
        if day > self.auction.last_day(now):
            return self._plain("", 204)
        rows = _in(currency, self.auction.day(day))
        prices = [row.price for row in rows]
        return {
            **self._document(day, currency, now),
            "deliveryAreas": areas,
            "multiAreaEntries": _entries(rows, areas),
            "blockPriceAggregates": [_block(*block, day, rows, areas) for block in _BLOCKS],
            "exchangeRate": RATES[currency],
            "areaStates": self._states(day, areas, now),
            "areaAverages": [{"areaCode": area, "price": round(sum(prices) / len(prices), 2)} for area in areas],
        }

    def _nordpool_indices(self, request: Request) -> Any:
        """The same prices in steps of 15, 30 or 60 minutes; a day that is not published has none."""
        now, minutes = self.clock.now(), int(request.query_params["resolutionInMinutes"])
        day, areas, currency = date.fromisoformat(request.query_params["date"]), *_asked(request, "indexNames")
        if (refusal := self._nordpool_refusal(day, areas, currency, now)) is not None:
            return refusal
        published = day <= self.auction.last_day(now)
        rows = _in(currency, _steps([*self.auction.day(day)], timedelta(minutes=minutes))) if published else []
        return {
            **self._document(day, currency, now),
            **({} if published else {"version": 0}),
            "indexNames": areas,
            "resolutionInMinutes": minutes,
            "areaStates": self._states(day, areas, now) if published else [],
            "multiIndexEntries": _entries(rows, areas),
        }

    def _nordpool_refusal(self, day: date, areas: list[str], currency: str, now: datetime) -> Response | None:
        known = {area.nordpool for area in AREAS.values() if area.nordpool}
        if not known.issuperset(areas) or currency not in RATES:
            return self.json({"title": "One or more validation errors occurred.", "status": 400}, 400)
        if day < market_day(now) - 62 * _DAY:
            return self.json({"title": "Unauthorized", "status": 401}, 401)
        return None

    def _document(self, day: date, currency: str, now: datetime) -> dict[str, Any]:
        updated = f"{now:%Y-%m-%dT%H:%M:%S}.7711584Z"
        about = {"deliveryDateCET": day.isoformat(), "version": 3, "updatedAt": updated}
        return {**about, "market": "DayAhead", "currency": currency}

    def _states(self, day: date, areas: list[str], now: datetime) -> list[Any]:
        return [{"state": "Final" if self._is_final(day, now) else "Preliminary", "areas": areas}]

    def _is_final(self, day: date, now: datetime) -> bool:
        """Tomorrow's prices are preliminary for the first half hour."""
        published = datetime.combine(day - _DAY, self.auction.published, MARKET)
        return now >= published + timedelta(minutes=30)

    def _entsoe(self, request: Request) -> Any:
        query, now = request.query_params, self.clock.now()
        if query.get("securityToken") != self.token.reveal():
            return self._plain("Unauthorized. Missing or invalid security token!", 401)
        start, end = (
            datetime.strptime(query[name], "%Y%m%d%H%M").replace(tzinfo=UTC) for name in ("periodStart", "periodEnd")
        )
        if query.get("documentType") != "A44" or query.get("contract_MarketAgreement.type") == "A07":
            return self._no_data(start, end, now)  # of what the platform has, this one has day-ahead prices
        if unknown := sorted(set(query) - _PARAMETERS):
            return self._refusal(f"Input parameter does not exist: {unknown[0]}", 400, now)
        if end - start > 366 * _DAY:
            return self._refusal("The requested period is larger than maximum allowed period 'P1Y'", 400, now)
        days = [day for day in market_days(start, end) if day <= self.auction.last_day(now)]
        if query.get("in_Domain") not in {area.eic for area in AREAS.values()} or not days:
            return self._no_data(start, end, now)
        # Whole days of the market, the second auction first, as it has been seen.
        asked = query.get("classificationSequence_AttributeInstanceComponent.position")
        numbers = (2, 1) if asked is None else (int(asked),)
        first = int(query.get("offset", "0"))
        places = [(day, number) for day in days for number in numbers][first : first + _PAGE]
        if not places:
            return self._no_data(start, end, now)
        series = [_series(self.auction, day, query["in_Domain"], number) for day, number in places]
        name = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
        head = f"<mRID>0</mRID><revisionNumber>1</revisionNumber><type>A44</type><createdDateTime>{now:%Y-%m-%dT%H:%M:%SZ}</createdDateTime>"
        body = "".join(series)
        return self._plain(f'<Publication_MarketDocument xmlns="{name}">{head}{body}</Publication_MarketDocument>', 200)

    def _no_data(self, start: datetime, end: datetime, now: datetime) -> Response:
        words = f"No matching data found for Data item ENERGY_PRICES and interval {start:%Y-%m-%dT%H:%M}:00.000Z/"
        return self._refusal(f"{words}{end:%Y-%m-%dT%H:%M}:00.000Z", 200, now)

    def _refusal(self, text: str, status: int, now: datetime) -> Response:
        """The code is 999 for everything."""
        name = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"
        reason = f"<Reason><code>999</code><text>{escape(text)}</text></Reason>"
        head = f"<mRID>0</mRID><createdDateTime>{now:%Y-%m-%dT%H:%M:%SZ}</createdDateTime>"
        body = f'<Acknowledgement_MarketDocument xmlns="{name}">{head}{reason}</Acknowledgement_MarketDocument>'
        return self._plain(body, status)

    @staticmethod
    def _plain(body: str, status: int) -> Response:
        from starlette.responses import Response

        declared = f'<?xml version="1.0" encoding="UTF-8"?>{body}' if body.startswith("<") else body
        # Bare, without a character set: entsoe-py compares the whole of it.
        return Response(declared, status, headers={"Content-Type": "text/xml"} if body else None)


def _from_ms(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromtimestamp(int(text) / 1000, UTC)


def _hour(row: Row) -> Mapping[str, Any]:
    start, end = (int(instant.timestamp()) * 1000 for instant in (row.start, row.end))
    return {"start_timestamp": start, "end_timestamp": end, "marketprice": row.price, "unit": "Eur/MWh"}


def _asked(request: Request, areas: str) -> tuple[list[str], str]:
    query = request.query_params
    return query.get(areas, "").split(","), query.get("currency", "EUR")


def _in(currency: str, rows: Iterable[Row]) -> list[Row]:
    return [evolve(row, price=round(row.price * RATES[currency], 2)) for row in rows]


def _entries(rows: list[Row], areas: list[str]) -> list[Any]:
    return [{**_delivery(row), "entryPerArea": dict.fromkeys(areas, row.price)} for row in rows]


def _steps(rows: list[Row], step: timedelta) -> Iterator[Row]:
    """The market's intervals in steps of another length: means of them, or each for as long as it lasts."""
    size = max(1, step // (rows[0].end - rows[0].start))
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        start, price = part[0].start, round(sum(row.price for row in part) / len(part), 2)
        while start < part[-1].end:
            yield Row(start, start + step, price)
            start += step


def _block(name: str, first: int, last: int, day: date, rows: list[Row], areas: list[str]) -> dict[str, Any]:
    """Off-peak until eight, peak until eight in the evening, and the rest, by the market's clock."""
    start, end = (datetime.combine(day, time(), MARKET) + timedelta(hours=hour) for hour in (first, last))
    whole = Row(start.astimezone(UTC), end.astimezone(UTC), 0)
    prices = [row.price for row in rows if whole.start <= row.start < whole.end]
    figures = {"average": round(sum(prices) / len(prices), 2), "min": min(prices), "max": max(prices)}
    return {"blockName": name, **_delivery(whole), "averagePricePerArea": dict.fromkeys(areas, figures)}


def _delivery(row: Row) -> Mapping[str, str]:
    return {"deliveryStart": f"{row.start:%Y-%m-%dT%H:%M:%SZ}", "deliveryEnd": f"{row.end:%Y-%m-%dT%H:%M:%SZ}"}


def _series(auction: Auction, day: date, eic: str, sequence: int) -> str:
    """One day of an auction as a curve of variable blocks: a price that is that of the position before it is left out."""
    rows = list(auction.day(day))
    points, last = list[str](), None
    for position, row in enumerate(rows, start=1):
        price = row.price if sequence == 1 else round(row.price * 1.02 + 1, 2)
        if price != last:
            points.append(f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>")
        last = price
    minutes = (rows[0].end - rows[0].start) // timedelta(minutes=1)
    start, end = (f"{market_midnight(each):%Y-%m-%dT%H:%MZ}" for each in (day, day + _DAY))
    return (
        f"<TimeSeries><mRID>{sequence}</mRID><businessType>A62</businessType>"
        f'<in_Domain.mRID codingScheme="A01">{eic}</in_Domain.mRID><out_Domain.mRID codingScheme="A01">{eic}</out_Domain.mRID>'
        "<contract_MarketAgreement.type>A01</contract_MarketAgreement.type><currency_Unit.name>EUR</currency_Unit.name>"
        "<price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<classificationSequence_AttributeInstanceComponent.position>{sequence}</classificationSequence_AttributeInstanceComponent.position>"
        f"<curveType>A03</curveType><Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval>"
        f"<resolution>PT{minutes}M</resolution>{''.join(points)}</Period></TimeSeries>"
    )


serve = server_of(Emulator)
