"""Everything that a home gives becomes JSON: exact money, UTC with a Z, words, and no secret."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from attrs import fields, has

import openpower
from openpower_core.convert import structure
from openpower_core.records import Record, key, record

NOON = datetime(2026, 6, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def home() -> Iterator[Any]:
    with openpower.connect("demo", seed=3) as connection:
        yield connection


def _everything(home: Any) -> Iterator[tuple[str, Any]]:
    end = datetime.now(UTC)
    hours, days = end - timedelta(hours=1), end - timedelta(days=2)
    for device in home.devices():
        yield f"{device.info.role} info", device.info
        yield f"{device.info.role} capabilities", device.capabilities
        if device.info.role is not openpower.Role.RETAILER:
            yield f"{device.info.role} reading", device.read()
            yield f"{device.info.role} history", device.history(hours, end)
    battery, retailer = home.battery(), home.retailer()
    yield "receipt", battery.charge(target_soc_pct=80, dry_run=True)
    yield from (("settings", battery.settings()), ("schedule", battery.schedule()))
    yield from (("price", retailer.current_price()), ("prices", retailer.prices()), ("tariff", retailer.tariff()))
    yield from (("usage", retailer.usage(days, end)), ("mix", retailer.grid_mix()))
    yield from (("native", home.native.status()), ("providers", openpower.providers()))
    site = openpower.Site(home)
    yield from (("snapshot", site.snapshot()), ("bill", site.bill(days, end)))


@pytest.mark.parametrize("raw", [False, True])
def test_everything_is_json(home: Any, raw: bool) -> None:
    """Strict JSON gives the same data back, with the vendor's records or without them."""
    for name, value in _everything(home):
        data = openpower.to_dict(value, raw=raw)
        assert json.loads(json.dumps(data, allow_nan=False)) == data, name
        assert ('"raw": {' in json.dumps(data)) <= raw, name


def test_objects_have_all_their_fields_and_come_back(home: Any) -> None:
    """No field is lost; what openpower's own classes write they read."""
    for name, value in _everything(home):
        first: Any = cast("list[Any]", value)[0] if isinstance(value, list | openpower.PriceSeries) else value
        kind: Any = first.__class__
        if has(kind) and not isinstance(first, Record):
            data = openpower.to_dict(first)
            assert data.keys() == {field.name for field in fields(kind)} - {"raw"}, name
            if kind is not openpower.Snapshot:
                assert structure(kind, json.loads(json.dumps(data))) == first, name


@record
class _Login(Record):
    token: str | None = key("accessToken", default=None, secret=True)
    meter_id: str | None = key("meterId", default=None, serial=True)
    price: Decimal | None = None
    at: datetime | None = None
    inner: _Login | None = None


TABLE: list[tuple[object, object]] = [
    (Decimal("0.10"), "0.10"),
    (Decimal("1E-30"), "1E-30"),
    (0.1, 0.1),
    (True, True),
    (math.inf, None),
    (math.nan, None),
    (openpower.Quality.LIVE, "live"),
    (datetime.fromisoformat("2026-06-01T12:00:00.25+10:00"), "2026-06-01T02:00:00.250000Z"),
    (date(2026, 6, 1), "2026-06-01"),
    (time(21, 30), "21:30:00"),
    (timedelta(minutes=1.5), 90.0),
    (frozenset({3, 1}), [1, 3]),
    ((NOON, None), ["2026-06-01T02:00:00Z", None]),
    ({openpower.Channel.EXPORT: Decimal(1)}, {"export": "1"}),
    (
        _Login(token="hunter2", meter_id="AL70110230300001", price=Decimal("0.30"), at=NOON, inner=_Login(token="x")),
        {
            "meterId": "AL70110230300001",
            "price": "0.30",
            "at": "2026-06-01T02:00:00Z",
            "inner": {"meterId": None, "price": None, "at": None, "inner": None},
        },
    ),
]


@pytest.mark.parametrize(("value", "expected"), TABLE, ids=lambda value: type(value).__name__)
def test_forms(value: object, expected: object) -> None:
    """One form for each kind of value."""
    data = openpower.to_dict(value)
    assert (data, type(data)) == (expected, type(expected))


def test_a_failure_says_what_went_wrong() -> None:
    """An error becomes its class and its parts, which are in a snapshot too."""
    error = openpower.RateLimited("too often.", provider="acme", retry_after=timedelta(seconds=30), hint="Wait.")
    data = openpower.to_dict(openpower.Failure(provider="acme", error=error))["error"]

    assert (data["type"], data["message"], data["retry_after"], data["hint"]) == (
        "RateLimited",
        "too often.",
        30.0,
        "Wait.",
    )
    json.dumps(data)


def test_what_is_no_data_is_refused(home: Any) -> None:
    """A secret, a device, a connection."""
    for value in (openpower.Secret("hunter2"), home.battery(), home):
        with pytest.raises(TypeError, match="has no plain form") as caught:
            openpower.to_dict({"x": value})
        assert "hunter2" not in str(caught.value)
