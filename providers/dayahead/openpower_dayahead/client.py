"""What a call asks each source for, and what its answer says: prices, nothing yet, or a refusal.

The market's day is a calendar day in Central European time for all zones of the coupling, Finland and Portugal included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar, cast, get_args, get_origin
from zoneinfo import ZoneInfo

import attrs

from openpower_core import provider as core
from openpower_core.secrets import Hidden
from openpower_dayahead.areas import Area
from openpower_dayahead.models import (
    AwattarMarketData,
    Document,
    EnergyChartsPrices,
    NordPoolPrices,
    PublicationDocument,
)

MARKET: Final = ZoneInfo("Europe/Brussels")
_DAY: Final = timedelta(days=1)
_BAN: Final = timedelta(minutes=10)
"""For how long ENTSO-E refuses a token that asked more than 400 times in a minute."""
_NORDPOOL_CURRENCIES: Final = frozenset(["DKK", "EUR", "NOK", "PLN", "RON", "SEK"])
_R = TypeVar("_R", bound=core.Record)


class Source(StrEnum):
    """Where the prices come from."""

    ENERGY_CHARTS = "energy-charts"
    AWATTAR = "awattar"
    ENTSOE = "entsoe"
    NORDPOOL = "nordpool"


@attrs.frozen(kw_only=True)
class Service:
    """How a source is used."""

    title: str
    base_url: str
    published: time
    """When the next day is usually there, in Central European time."""
    pace: timedelta
    """How often a day that is due is asked for."""
    days: int
    """How many market days one call asks for at most."""
    kept: timedelta | None = None
    """How long a day can be asked for; None: for years."""
    rate: core.Rate | None = None
    note: str = ""
    """What a user should know."""


SERVICES: Final = {
    Source.ENERGY_CHARTS: Service(
        title="energy-charts.info (Fraunhofer ISE)",
        base_url="https://api.energy-charts.info",
        published=time(12, 45),
        pace=timedelta(minutes=5),
        days=92,
        note="CC BY 4.0 (Bundesnetzagentur | SMARD.de) for some zones; those of the others are for private and internal use only.",
    ),
    Source.AWATTAR: Service(
        title="aWATTar",
        base_url="https://api.awattar.de",
        published=time(14),
        pace=timedelta(minutes=15),
        days=31,
        rate=core.Rate(100, _DAY),
        note="Means of whole hours, which is not what a contract by the quarter hour costs; some 100 calls a day are fair use.",
    ),
    Source.ENTSOE: Service(
        title="ENTSO-E transparency platform",
        base_url="https://web-api.tp.entsoe.eu",
        published=time(12, 45),
        pace=timedelta(minutes=5),
        days=31,  # a series a day and auction, of which one answer holds at most 100
        rate=core.Rate(400, timedelta(minutes=1)),
        note="400 calls a minute are allowed; more than that is a ban of ten minutes.",
    ),
    Source.NORDPOOL: Service(
        title="Nord Pool data portal",
        base_url="https://dataportal-api.nordpoolgroup.com",
        published=time(12, 45),
        pace=timedelta(minutes=5),
        days=1,
        kept=62 * _DAY,
        note="For private use only; the portal shows some two months.",
    ),
}


def service_of(source: Source, area: Area) -> Service:
    """The service that a source is for an area.

    Raises:
        InvalidValue: it does not have the area.
    """
    service = SERVICES[source]
    if source is Source.AWATTAR and area.name == "AT":
        return attrs.evolve(service, base_url="https://api.awattar.at")
    known = {Source.AWATTAR: area.name == "DE-LU", Source.NORDPOOL: area.nordpool is not None}
    if not known.get(source, area.name != "IE" or source is Source.ENTSOE):
        raise core.InvalidValue(
            f"{source} has no prices of {area.name}.",
            provider="dayahead",
            hint="energy-charts and entsoe have most zones, aWATTar only DE-LU and AT.",
        )
    return service


def currency_of(source: Source, area: Area, wanted: str | None) -> str:
    """In which currency a source is asked for prices; of the others only Nord Pool converts them."""
    if source is Source.NORDPOOL:
        found = wanted or (area.currency if area.currency in _NORDPOOL_CURRENCIES else "EUR")
        return core.choice(found, "currency", sorted(_NORDPOOL_CURRENCIES))
    if source is Source.ENTSOE:
        return wanted or "EUR"
    if wanted not in (None, "EUR"):
        raise core.InvalidValue(f"{source} gives prices in EUR, not in {wanted}.", provider="dayahead")
    return "EUR"


# Days


def market_day(instant: datetime) -> date:
    """The day of the market that an instant lies in."""
    return instant.astimezone(MARKET).date()


def market_midnight(day: date) -> datetime:
    """The instant at which a day of the market begins (UTC)."""
    return datetime.combine(day, time(), MARKET).astimezone(UTC)


def market_days(start: datetime, end: datetime) -> list[date]:
    """The days of the market that ``[start, end)`` touches."""
    first, last = market_day(start), market_day(max(start, end - timedelta(microseconds=1)))
    return [first + n * _DAY for n in range((last - first).days + 1)]


def days_between(first: date | str, last: date | str) -> list[date]:
    """The days from the first to the last one, both included."""
    start, end = core.day(first, "first"), core.day(last, "last")
    if end < start:
        raise core.InvalidValue(f"last ({end}) is before first ({start}).", provider="dayahead")
    return [start + n * _DAY for n in range((end - start).days + 1)]


def runs(days: Sequence[date], most: int) -> Iterator[list[date]]:
    """Days that follow one another, so many at most: what one call asks for."""
    run: list[date] = []
    for day in sorted(days):
        if run and (day - run[-1] > _DAY or len(run) == most):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


ARGUMENTS: Final[dict[str, core.Converter]] = {"first": core.day, "last": core.day}
"""How arguments of native calls are checked, by their names."""


# Calls


@attrs.frozen
class Call:
    """One request, without what the HTTP client adds."""

    path: str
    params: Mapping[str, Any] = attrs.field(repr=False)


def call(source: Source, area: Area, first: date, last: date, *, currency: str, token: core.Secret | None) -> Call:
    """The request for market days, both included."""
    start, end = market_midnight(first), market_midnight(last + _DAY)
    match source:
        case Source.ENERGY_CHARTS:
            # Days of the zone's own clock, the last one included. Where that is not Central European, one more is asked for.
            zone, before = ZoneInfo(area.tz), end - timedelta(seconds=1)
            days = {"start": start.astimezone(zone).date(), "end": before.astimezone(zone).date()}
            return Call("price", {"bzn": area.name, **days})
        case Source.AWATTAR:
            return Call("v1/marketdata", {"start": _milliseconds(start), "end": _milliseconds(end)})
        case Source.NORDPOOL:
            params = {"market": "DayAhead", "date": first, "deliveryArea": area.nordpool, "currency": currency}
            return Call("api/DayAheadPrices", params)
        case Source.ENTSOE:
            # The token has to be in the query; nothing shows a mapping that hides its values.
            params = Hidden(
                securityToken=token.reveal() if token else None,
                documentType="A44",
                in_Domain=area.eic,
                out_Domain=area.eic,
                periodStart=f"{start:%Y%m%d%H%M}",
                periodEnd=f"{end:%Y%m%d%H%M}",
            )
            return Call("api", params)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


# Answers


def read(source: Source, answer: core.Answer) -> Document | None:
    """The document of an answer; None where there are no prices (yet)."""
    match source:
        case Source.ENERGY_CHARTS:
            return None if answer.status == 404 else _record(EnergyChartsPrices, answer)
        case Source.AWATTAR:
            return _record(AwattarMarketData, answer)
        case Source.NORDPOOL:
            found = None if answer.status == 204 else _record(NordPoolPrices, answer)
            return found if found is not None and (found.version != 0 or found.entries) else None
        case Source.ENTSOE:
            root, content = _xml(answer)
            return None if root == _REFUSAL else lenient(PublicationDocument, content)


def check(source: Source) -> core.Check:
    """What tells a refusal of a source from its answers."""
    return _CHECKS.get(source, _check_status)


def _check_status(answer: core.Answer, request: core.Request) -> None:
    core.check_status(answer, request, refusals=())
    if answer.status not in (200, 204):
        raise answer.bad("no answer that is documented")


def _check_energy_charts(answer: core.Answer, request: core.Request) -> None:
    # 404 is documented for a range without prices, such as tomorrow before its auction. The framework says "Not Found" to a
    # path that does not exist.
    if answer.status == 404 and answer.looks.startswith(("JSON", "broken", "application/json")):
        detail: Any = answer.json()
        if isinstance(detail, dict) and cast("dict[str, Any]", detail).get("detail") not in (None, "Not Found"):
            return
    _check_status(answer, request)


def _check_entsoe(answer: core.Answer, request: core.Request) -> None:
    if answer.status == 429:
        raise core.RateLimited(
            f"{request.operation}: ENTSO-E refuses this token for some ten minutes, after too many calls.",
            retry_after=core.retry_after(answer) or _BAN,
            hint="400 calls a minute are allowed, for all programs that use the token together.",
        )
    # The body of a 401 is not documented: seen as a plain sentence, and told of as wrapped in a page.
    if answer.status == 401 and b"token" in answer.content.lower():
        raise core.AuthenticationFailed(
            f"{request.operation}: ENTSO-E does not accept the token.", vendor_code="401", hint="Was it revoked?"
        )
    if answer.status not in (200, 400):
        core.check_status(answer, request, refusals=(401,))
        raise answer.bad("no answer that is documented")
    if answer.status == 400 and not answer.content.lstrip().startswith(b"<"):
        core.check_status(answer, request)
    root, content = _xml(answer)
    if root == _REFUSAL:
        # The code is 999 for everything: only the words tell "nothing yet" from a fault.
        text = _reason(content)
        if _NOTHING not in text.casefold():
            raise core.InvalidValue(
                f"{request.operation}: ENTSO-E refused the request: {answer.quoted(text) or 'without a reason'}",
                vendor_message=text,
                hint="Is the area one that ENTSO-E has day-ahead prices of?",
            )
    elif answer.status != 200 or root != _PUBLICATION:
        raise answer.bad(f"<{root[:40]}>")


_CHECKS: Final[dict[Source, Callable[[core.Answer, core.Request], None]]] = {
    Source.ENERGY_CHARTS: _check_energy_charts,
    Source.ENTSOE: _check_entsoe,
}
_PUBLICATION: Final = "Publication_MarketDocument"
_REFUSAL: Final = "Acknowledgement_MarketDocument"
_NOTHING: Final = "no matching data found"


def _reason(content: Mapping[str, Any]) -> str:
    reasons: Any = content.get("Reason")
    texts: list[Any] = [reason.get("text") for reason in reasons if isinstance(reason, dict)] if reasons else []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return " ".join(text for text in texts if isinstance(text, str))


_LISTS: Final = ("TimeSeries", "Period", "Point", "Reason")


def _xml(answer: core.Answer) -> tuple[str, dict[str, Any]]:
    """The name of a document's root and what is in it, by local names: namespaces change with the version of the schema."""
    import xmltodict  # of four sources only one sends XML

    try:
        # xmltodict refuses documents that declare entities, and loads nothing from outside.
        found: dict[str, dict[str, Any] | None] = xmltodict.parse(
            answer.content,
            process_namespaces=True,
            namespaces=defaultdict(type(None)),
            xml_attribs=False,
            force_list=_LISTS,
        )
    except Exception:  # noqa: BLE001 - whatever a parser raises, it is no XML that can be read
        raise answer.bad("no XML that can be read") from None
    name, content = next(iter(found.items()))
    return name, content or {}


def _record(kind: type[_R], answer: core.Answer) -> _R:
    data: Any = answer.json()
    if not isinstance(data, dict):
        raise answer.bad("no object")
    made = lenient(kind, cast("dict[str, Any]", data))
    if made.is_empty():
        raise answer.bad("an object without prices")
    return made


def lenient(kind: type[_R], data: Mapping[str, Any]) -> _R:
    """A record, of which a row that cannot be read costs its own fields and no others."""
    try:
        return core.structure(kind, data)
    except core.BadResponse:
        pass
    rest, parts = dict(data), dict[str, Any]()
    resolved: Any = kind
    for field in attrs.fields(attrs.resolve_types(resolved)):
        names = (field.metadata.get("key") or field.name, *field.metadata.get("also", ()))
        item = _item_of(field.type)
        for name in names if item is not None and field.name != "extras" else ():
            if isinstance(rest.get(name), list):
                rows: list[Any] = rest.pop(name)
                parts[field.name] = tuple(_rows(item, rows))
    return core.structure_partly(kind, rest).evolve(**parts)


def _item_of(kind: Any) -> Any:
    """What a field that is a tuple is made of; None if it is none."""
    kinds = (kind,) if get_origin(kind) is tuple else get_args(kind)
    return next((get_args(each)[0] for each in kinds if get_origin(each) is tuple), None)


def _rows(kind: Any, rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        if core.Record in getattr(kind, "__mro__", ()):
            if isinstance(row, dict):
                yield lenient(kind, cast("dict[str, Any]", row))
            continue
        try:
            yield core.structure(kind, row)
        except core.BadResponse:
            yield None  # arrays run in parallel: a value that cannot be read keeps its place


def to_source(value: Any) -> Source:
    """One of the sources."""
    if isinstance(value, str) and value in set(Source):
        return Source(value)
    near = core.nearest(value, Source) if isinstance(value, str) else None
    raise core.refused(value, "source", f"one of {', '.join(Source)}", hint=near)
