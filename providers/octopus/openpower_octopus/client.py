"""What a call asks for and what its answer means: paths, parameters, pages, GraphQL, and errors.

>>> code = TariffCode.parse("E-1R-AGILE-24-10-01-C")
>>> code.product, code.region, code.path
('AGILE-24-10-01', 'C', '/products/AGILE-24-10-01/electricity-tariffs/E-1R-AGILE-24-10-01-C')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import parse_qsl, quote, urlsplit

from attrs import frozen

from openpower_core import provider as core
from openpower_octopus import models

BASE_URL: Final = "https://api.octopus.energy/v1"
GRAPHQL: Final = "/graphql/"
MINT: Final = "obtainKrakenToken"
MOST_RATES: Final = 1500
"""Rows of rates in a page at most; more is reduced without a word, and 100 is the default."""
MOST_CONSUMPTION: Final = 25_000
EXPIRED: Final = "KT-CT-1124"
NO_DISPATCHES: Final = "KT-CT-4340"
TOKEN_LASTS: Final = timedelta(hours=1)
RENEW_EARLY: Final = timedelta(minutes=5)
MINT_PAUSE: Final = timedelta(minutes=15)
"""How long no token is asked for after one was refused for too many requests: asking counts as well, and a client that went
on asking was locked out (batpred, pull request 4282)."""

PUBLIC: Final = frozenset(
    {"list_products", "get_product", "get_unit_rates", "get_standing_charges", "get_grid_supply_points"}
)
"""The calls that need no key, and get none, unless a product turns out to be private."""

_CODE: Final = re.compile(r"(?P<fuel>[EG])-(?P<unit>[0-9A-Z]*[12]R)-(?P<product>[A-Z0-9-]+)-(?P<region>[A-HJ-NP])")
_R = TypeVar("_R", bound=core.Record)


@frozen
class TariffCode:
    """A tariff's code in its parts. The product's code has hyphens of its own."""

    fuel: core.Fuel
    unit: str
    """``1R``; ``2R`` is day and night (Economy 7), and ``FLAT2R`` two registers at one price."""
    product: str
    region: str
    """A to P, without I and O."""

    @classmethod
    def parse(cls, code: str | TariffCode) -> TariffCode:
        """Read a code.

        Raises:
            InvalidValue: it is none.
        """
        if isinstance(code, TariffCode):
            return code
        found = _CODE.fullmatch(core.text(code, "tariff").strip().upper())
        if found is None:
            raise core.InvalidValue(
                f"{core.shown(code)} is not the code of a tariff.",
                provider="octopus",
                hint="Such as E-1R-AGILE-24-10-01-C.",
            )
        fuel = core.Fuel.GAS if found["fuel"] == "G" else core.Fuel.ELECTRICITY
        return cls(fuel, found["unit"], found["product"], found["region"])

    def __str__(self) -> str:
        return f"{'G' if self.fuel is core.Fuel.GAS else 'E'}-{self.unit}-{self.product}-{self.region}"

    @property
    def registers(self) -> int:
        """How many prices it has at a time: 2 for day and night."""
        return 2 if self.unit == "2R" else 1

    @property
    def path(self) -> str:
        """The path of what it charges."""
        return f"/products/{self.product}/{self.fuel}-tariffs/{self}"


def part(value: str) -> str:
    """A code or number as a part of a path."""
    return quote(core.text(value, "the code or number"), safe="")


def times(start: datetime | None, end: datetime | None, size: int) -> dict[str, Any]:
    """The parameters of a range: always with ``Z``, since a time without an offset would be read as London's."""
    return {"period_from": _stamp(start), "period_to": _stamp(end), "page_size": size}


def _stamp(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


ARGUMENTS: Final[dict[str, core.Converter]] = {
    "tariff": lambda value, _: TariffCode.parse(value),
    "start": core.instant,
    "end": core.instant,
    "point": core.text,
    "serial_number": core.text,
    "device_id": core.text,
    "product": core.text,
    "postcode": core.text,
    "number": core.text,
    "kind": lambda value, name: core.choice(value, name, ("standard", "day", "night")),
    "fuel": lambda value, name: core.one_of(core.Fuel, value, name),
}
"""How arguments of native calls are checked, by their names."""


def fields(value: Any) -> dict[str, Any]:
    """A JSON object; anything else has no fields."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; anything else has none."""
    rows = cast("list[object]", value) if isinstance(value, list) else []
    return [fields(row) for row in rows if isinstance(row, dict)]


class Page(NamedTuple):
    """The rows of one page, and the query of the next; None for the last."""

    records: list[Any]
    following: dict[str, str] | None


def page_of(kind: type[_R], answer: core.Answer) -> Page:
    """Read a page; a field of a row that cannot be read is None, and listed by ``unreadable()``.

    Raises:
        BadResponse: it is no page.
        PartialData: it has rows, and all are empty.
    """
    body = fields(answer.json())
    link = body.get("next")
    # Only the query: the key must not go wherever an answer says.
    following = dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) and link else None
    return Page(records_of(kind, body.get("results"), answer), following)


def records_of(kind: type[_R], rows: Any, answer: core.Answer) -> list[_R]:
    """The records of a list; one that cannot be read in part costs that part, and what is no object is left out.

    Raises:
        BadResponse: it is no list, or one without objects.
        PartialData: all of them are empty.
    """
    found = objects(rows)
    if not isinstance(rows, list) or (rows and not found):
        raise answer.bad("JSON without the list that belongs there")
    try:
        records: list[_R] = core.structure(list[kind], rows)  # type: ignore[valid-type]
    except core.BadResponse:
        records = [core.structure_partly(kind, row) for row in found]
    if records and all(record.is_empty() for record in records):
        raise core.PartialData(f"{answer.operation}: all {len(records)} records are empty.", provider="octopus")
    return records


def record_of(kind: type[_R], answer: core.Answer) -> _R:
    """The one record of an answer."""
    found = core.structure_partly(kind, answer.json())
    if found.is_empty():
        raise core.PartialData(f"{answer.operation}: the record is empty.", provider="octopus")
    return found


_PARTS: Final[Mapping[type[core.Record], Mapping[str, type[core.Record]]]] = {
    models.Account: {"properties": models.Property},
    models.Property: {
        "electricity_meter_points": models.ElectricityMeterPoint,
        "gas_meter_points": models.GasMeterPoint,
    },
    models.ElectricityMeterPoint: {"meters": models.Meter, "agreements": models.Agreement},
    models.GasMeterPoint: {"meters": models.Meter, "agreements": models.Agreement},
}


def account_of(answer: core.Answer) -> models.Account:
    """An account; one date of an agreement that cannot be read costs that agreement, and not the home."""
    found = _tree(models.Account, fields(answer.json()))
    if found.is_empty():
        raise core.PartialData(f"{answer.operation}: the record is empty.", provider="octopus")
    return found


def _tree(kind: type[_R], data: dict[str, Any]) -> _R:
    parts = _PARTS.get(kind, {})
    own = core.structure_partly(kind, {name: value for name, value in data.items() if name not in parts})
    found = {name: tuple(_tree(part, each) for each in objects(data.get(name))) for name, part in parts.items()}
    return own.evolve(**found) if found else own


def field_of(answer: core.Answer, name: str) -> Any:
    """One field of a GraphQL answer's data.

    Raises:
        BadResponse: it has no such data.
    """
    data = fields(fields(answer.json()).get("data"))
    if name not in data:
        raise answer.bad(f"JSON without data.{name}")
    return data[name]


class Token(NamedTuple):
    """A token of GraphQL, and when to get the next."""

    secret: core.Secret
    renew_at: datetime


def token_of(answer: core.Answer, now: datetime) -> Token:
    """The token of a mint. ``payload`` says how long it lasts; ``refreshExpiresIn`` is a time, not a duration."""
    found = fields(field_of(answer, MINT))
    token, claims = found.get("token"), fields(found.get("payload"))
    if not isinstance(token, str) or not token:
        raise answer.bad("JSON without a token")
    began, ends = claims.get("iat"), claims.get("exp")
    lasts = timedelta(seconds=ends - began) if isinstance(began, int) and isinstance(ends, int) else TOKEN_LASTS
    return Token(core.Secret(token), now + min(lasts, TOKEN_LASTS) - RENEW_EARLY)


def gas_units(account: Any) -> dict[str, str]:
    """The units of the gas meters in a GraphQL account, by serial number."""
    agreements = objects(fields(account).get("gasAgreements"))
    meters = [meter for each in agreements for meter in objects(fields(each.get("meterPoint")).get("meters"))]
    return {str(each["serialNumber"]): str(each["consumptionUnits"]) for each in meters if each.get("consumptionUnits")}


# Read only: the one mutation mints a token. Source of the queries: Octopus's GraphQL documentation, and its clients.
MINT_QUERY: Final = "mutation($key:String!){obtainKrakenToken(input:{APIKey:$key}){token payload}}"
ACCOUNTS_QUERY: Final = "query{viewer{accounts{number}}}"
DEVICES_QUERY: Final = (
    "query($account:String!){devices(accountNumber:$account){id provider deviceType status{current}}}"
)
PLANNED_QUERY: Final = "query($device:String!){flexPlannedDispatches(deviceId:$device){start end type energyAddedKwh}}"
COMPLETED_QUERY: Final = (
    "query($account:String!){completedDispatches(accountNumber:$account){start end delta meta{source location}}}"
)
GAS_QUERY: Final = (
    "query($account:String!){account(accountNumber:$account){gasAgreements(active:true)"
    "{meterPoint{mprn meters(includeInactive:false){serialNumber consumptionUnits}}}}}"
)

_WRONG_KEY: Final = "Check the API key, at https://octopus.energy/dashboard/new/accounts/personal-details/api-access."
_LATER: Final = "Ask less often; the limit is shared by all programs with this key."
_AUTH: Final = frozenset({"KT-CT-1139", "KT-CT-1111", "KT-CT-1143", "KT-CT-1134", "KT-CT-1135", "OE-0103", EXPIRED})
_REST: Final[Mapping[int, tuple[type[core.OpenPowerError], str, str]]] = {
    400: (core.InvalidValue, "Octopus refused the values", "Check the codes, times and filters."),
    404: (
        core.DeviceNotFound,
        "Octopus knows no such product, tariff, account or meter, or shows it only to those who have it",
        "Check the code; the API key of the account that has it opens private products.",
    ),
}


def check(answer: core.Answer, request: core.Request) -> None:
    """Raise the error that an answer is: GraphQL's come with HTTP 200, the CDN's as a page with HTTP 403."""
    if answer.status == 200 and b'"errors"' in answer.content:
        _check_graphql(answer, request)
    if answer.status == 403 and b"request blocked" in answer.content.lower():
        raise core.RateLimited(
            f"{request.operation}: Octopus's CDN blocks this machine's address (HTTP 403).", soon=False, hint=_LATER
        )
    if answer.status not in _REST:
        core.check_status(answer, request)
        return
    kind, what, hint = _REST[answer.status]
    message = answer.quoted(_message(answer))
    words = f" ({message.rstrip('.')})" if message else ""
    raise kind(
        f"{request.operation}: {what}{words}.", vendor_code=str(answer.status), vendor_message=message, hint=hint
    )


def _message(answer: core.Answer) -> str | None:
    """``detail``, or the sentences for each parameter, which come as lists."""
    try:
        body = fields(answer.json())
    except core.BadResponse:
        return None
    if isinstance(detail := body.get("detail"), str):
        return detail
    said = [f"{name}: {found[0]}" for name, found in body.items() if isinstance(found, list) and found]
    return "; ".join(said) or None


def _check_graphql(answer: core.Answer, request: core.Request) -> None:
    body = fields(answer.json())
    found = objects(body.get("errors"))
    if not found or any(value is not None for value in fields(body.get("data")).values()):
        return  # partial data counts: whoever reads what is null misses it
    extensions = fields(found[0].get("extensions"))
    code = str(extensions.get("errorCode") or "")
    message = answer.quoted(extensions.get("errorDescription") or found[0].get("message"))
    said = f"{request.operation}: Octopus says {code or 'no'} ({message or 'without a word'})."
    about: dict[str, Any] = {"vendor_code": code or None, "vendor_message": message}
    if code == "KT-CT-1199":
        # Its type says AUTHORIZATION, but the token is as good as before; another one would count as well.
        raise core.RateLimited(said, soon=False, hint=_LATER, **about)
    if code in _AUTH:
        raise core.AuthenticationFailed(said, hint=_WRONG_KEY, **about)
    raise core.BadResponse(said, hint="Try again later; if it stays, Octopus has changed its API.", **about)
