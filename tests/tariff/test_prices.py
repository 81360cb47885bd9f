"""A tariff's prices: by the wall clock, on days that change it, in seasons, on holidays, and over versions.

Hours and figures of Ontario are those of the Ontario Energy Board's time-of-use prices from 1 November 2022, holidays those that
Bluewater Power lists for 2017.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import openpower
from openpower import Channel, InvalidValue, PriceKind, Retailer
from openpower_core.clock import ManualClock
from openpower_core.connection import Connection
from openpower_tariff import TariffDocument
from openpower_tariff.mapping import Calendar

ONTARIO: dict[str, Any] = {
    "name": "Ontario time of use",
    "currency": "CAD",
    "tz": "America/Toronto",
    "tax_included": False,
    "tax_rate": 0.13,
    "holidays": {"country": "CA", "subdivision": "ON", "observed": "next_weekday", "also": ["Civic Holiday"]},
    "import": {
        "price": 0.074,
        "period": "off-peak",
        "rules": [
            {"period": "on-peak", "price": 0.151, "days": "mon-fri", "hours": "7-11,17-19", "season": "11-01 to 04-30", "holidays": False},
            {"period": "mid-peak", "price": 0.102, "days": "mon-fri", "hours": "11-17", "season": "11-01 to 04-30", "holidays": False},
            {"period": "on-peak", "price": 0.151, "days": "mon-fri", "hours": "11-17", "season": "05-01 to 10-31", "holidays": False},
            {"period": "mid-peak", "price": 0.102, "days": "mon-fri", "hours": "7-11,17-19", "season": "05-01 to 10-31", "holidays": False},
        ],
    },
}  # fmt: skip
BERLIN: dict[str, Any] = {"name": "Berlin", "currency": "EUR", "tz": "Europe/Berlin", "tax_included": True}
HOUR = timedelta(hours=1)


def connect(document: dict[str, Any], now: datetime = datetime(2026, 7, 1, 10, tzinfo=UTC)) -> Connection[Any]:
    return openpower.connect("tariff", document=document, clock=ManualClock(now))


def retailer(document: dict[str, Any], now: datetime = datetime(2026, 7, 1, 10, tzinfo=UTC)) -> Retailer:
    return connect(document, now).retailer()


def local_day(document: dict[str, Any], day: date) -> tuple[datetime, datetime]:
    zone = openpower.connect("tariff", document=document).retailer().info.tz
    from zoneinfo import ZoneInfo

    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone or "UTC"))
    return at.astimezone(UTC), (at + timedelta(days=1)).astimezone(UTC)


def cents_of_a_day(document: dict[str, Any], day: date) -> Decimal:
    """What a kWh in each hour of a day costs."""
    start, end = local_day(document, day)
    series = retailer(document).prices(start, end)
    hours = [series.at(start + n * HOUR) for n in range(int((end - start) / HOUR))]
    return sum((price.per_kwh for price in hours if price), Decimal(0)) * 100


@pytest.mark.parametrize(
    ("day", "cents"),
    [
        (date(2022, 11, 2), "240.6"),  # a Wednesday in winter: 6 hours on, 6 mid, 12 off
        (date(2022, 7, 6), "240.6"),  # in summer on and mid change places
        (date(2022, 11, 5), "177.6"),  # a Saturday
        (date(2022, 12, 26), "177.6"),  # Boxing Day, a Monday
        (date(2022, 12, 25), "177.6"),
    ],
)
def test_a_day_in_ontario_costs_what_the_board_prints(day: date, cents: str) -> None:
    assert cents_of_a_day(ONTARIO, day) == Decimal(cents)


def test_holidays_are_observed_on_the_next_weekday() -> None:
    """Bluewater Power's list of 2017; Canada Day was a Saturday, and New Year's Day a Sunday."""
    found = connect(ONTARIO).native.holidays(2017)
    weekdays = [(day.month, day.day) for day in found if day.weekday() < 5]

    assert weekdays == [(1, 2), (2, 20), (4, 14), (5, 22), (7, 3), (8, 7), (9, 4), (10, 9), (12, 25), (12, 26)]
    assert cents_of_a_day(ONTARIO, date(2017, 7, 3)) == Decimal("177.6")


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_hours_go_by_the_wall_clock(day: date, hours: int) -> None:
    """What lies in the skipped hour has no interval; what lies in the repeated hour has two."""
    rules = [{"price": 0.10, "period": "night", "hours": "02:30-03:30"}, {"price": 0.20, "hours": "00:00-02:30"}]
    document = BERLIN | {"import": {"price": 0.30, "rules": rules}}
    start, end = local_day(document, day)
    series = retailer(document).prices(start, end)
    lengths = [(price.per_kwh, (price.end or start) - price.start) for price in series]
    quarter = timedelta(minutes=30)

    assert end - start == hours * HOUR
    assert series[0].start == start
    assert series[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(series))
    found = {
        23: [("0.2", 4 * quarter), ("0.1", quarter), ("0.3", 41 * quarter)],  # 02:00 to 03:00 is not
        24: [("0.2", 5 * quarter), ("0.1", 2 * quarter), ("0.3", 41 * quarter)],
        25: [("0.2", 5 * quarter), ("0.1", quarter), ("0.2", quarter), ("0.1", 2 * quarter), ("0.3", 41 * quarter)],
    }[hours]
    assert [(Decimal(price), length) for price, length in found] == lengths


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    document = BERLIN | {"import": {"price": 0.30, "rules": [{"price": 0.20, "days": "fri", "hours": "22:00-06:00"}]}}
    series = retailer(document).prices(*local_day(document, date(2026, 7, 3)))  # a Friday
    saturday = retailer(document).prices(*local_day(document, date(2026, 7, 4)))

    assert [price.per_kwh for price in series] == [Decimal("0.3"), Decimal("0.2")]
    assert [(price.per_kwh, price.duration) for price in saturday] == [
        (Decimal("0.2"), 6 * HOUR),
        (Decimal("0.3"), 18 * HOUR),
    ]


def test_a_rule_may_go_by_another_clock() -> None:
    """Economy 7 on a smart meter: 00:30 to 07:30 UTC, which in British summer is 01:30 to 08:30."""
    rules = [{"price": 0.08, "hours": "00:30-07:30", "tz": "UTC"}]
    document = {
        "name": "Economy 7",
        "currency": "GBP",
        "tz": "Europe/London",
        "import": {"price": 0.28, "rules": rules},
    }
    series = retailer(document).prices(*local_day(document, date(2026, 7, 1)))
    cheap = [price for price in series if price.per_kwh == Decimal("0.08")]

    assert [(price.start.hour, price.start.minute, price.duration) for price in cheap] == [(0, 30, 7 * HOUR)]


def test_the_first_rule_that_matches_decides() -> None:
    rules = [{"price": 0.5, "hours": "17-19"}, {"price": 0.4, "hours": "12-24"}]
    document = BERLIN | {"import": {"price": 0.3, "rules": rules}}
    series = retailer(document).prices(*local_day(document, date(2026, 7, 1)))

    assert [str(price.per_kwh) for price in series] == ["0.3", "0.4", "0.5", "0.4"]


def test_a_fixed_price_is_one_interval_without_an_end() -> None:
    """Ten years of it cost nothing until somebody asks for a grid."""
    document = BERLIN | {"import": {"price": 0.3996}}
    now = datetime(2026, 7, 1, 10, tzinfo=UTC)
    series = retailer(document, now).prices(now - 3650 * 24 * HOUR, now + 3650 * 24 * HOUR)

    assert len(series) == 1
    assert series[0].end is None
    assert series[0].kind is PriceKind.CURRENT
    assert series[0].firm
    assert series[0].tax_included
    assert len(retailer(document, now).prices(now, now + 3 * HOUR, resolution=timedelta(minutes=30))) == 6


def test_versions_are_split_by_the_local_date_and_what_none_holds_is_named() -> None:
    versions = [
        {"start": date(2026, 6, 1), "import": {"price": 0.30}},
        {"start": date(2026, 7, 1), "end": date(2026, 8, 1), "import": {"price": 0.40}},
    ]
    june, august = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC)
    series = retailer(BERLIN | {"versions": versions}).prices(june - HOUR, august + HOUR)

    assert [(price.start, price.per_kwh) for price in series] == [
        (june, Decimal("0.3")),
        (datetime(2026, 6, 30, 22, tzinfo=UTC), Decimal("0.4")),
    ]
    assert [(gap.start, gap.end) for gap in series.gaps] == [(june - HOUR, june), (august, august + HOUR)]


def test_tiers_give_a_band_since_usage_decides() -> None:
    """BC Hydro: two steps, 5 cents less at night and 5 more from 16 to 21 o'clock."""
    tiers = [
        {"above_kwh": 0, "price": 0.1097},
        {"above_kwh": 22.1918, "price": 0.1408, "per": "day", "round_kwh": True},
    ]
    rules = [{"period": "night", "add": -0.05, "hours": "23-7"}, {"period": "peak", "add": 0.05, "hours": "16-21"}]
    document = {"name": "BC", "currency": "CAD", "tz": "America/Vancouver", "import": {"tiers": tiers, "rules": rules}}
    home = retailer(document, datetime(2026, 7, 2, 1, tzinfo=UTC))  # 18:00
    price = home.current_price()

    assert (price.per_kwh, price.low, price.high) == (Decimal("0.1597"), Decimal("0.1597"), Decimal("0.1908"))
    assert price.estimate
    assert price.period == "peak"
    assert [str(tier.above_kwh) for tier in home.tariff().tiers] == ["0", "22.1918"]


def test_seasons_of_tiers_split_the_tariff() -> None:
    tiers = [
        {"above_kwh": 0, "price": 0.087, "per": "month"},
        {"above_kwh": 600, "price": 0.103, "per": "month", "season": "may-oct"},
        {"above_kwh": 1000, "price": 0.103, "per": "month", "season": "nov-apr"},
    ]
    document = {"name": "Tiers", "currency": "CAD", "tz": "America/Toronto", "import": {"tiers": tiers}}
    found = retailer(document).tariffs(datetime(2022, 10, 1, 4, tzinfo=UTC), datetime(2022, 12, 1, 5, tzinfo=UTC))

    assert [(tariff.start, [int(tier.above_kwh) for tier in tariff.tiers]) for tariff in found] == [
        (datetime(2022, 5, 1, 4, tzinfo=UTC), [0, 600]),
        (datetime(2022, 11, 1, 4, tzinfo=UTC), [0, 1000]),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"curency": "EUR"}, "no key 'curency'.*Did you mean 'currency'"),
        ({"import": {"price": 0.3, "rules": [{"prise": 1}]}}, r"import.rules\[0\] has no key 'prise'"),
        ({"import": {"rules": [{"price": 0.3, "hours": "6-22"}]}}, "import has no price at 00:00 on a Monday"),
        ({"import": {"rules": [{"price": 0.3, "days": "mon-sat"}]}}, "no price at 00:00 on a Sunday"),
        ({"import": {"rules": [{"price": 0.3, "season": "03-01 to 10-31"}]}}, "no price at 00:00 .* such as"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "hours": "22:00-25:00"}]}}, "a span such as"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "hours": "7-7"}]}}, "a span such as"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "hours": []}]}}, "hours is empty"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "season": "02-30 to 03-01"}]}}, "days such as"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "days": "mo"}]}}, "days such as 'mon'"),
        ({"import": {"price": 0.3, "rules": [{"price": 0.3, "holidays": True}]}}, r"no table \[holidays\]"),
        ({"import": {"price": 0.3, "rules": [{}]}}, "either a price or add"),
        ({"import": {"tiers": [{"above_kwh": 10, "price": 1}]}}, "not one tier above 0"),
        ({"import": {"price": "much"}}, "a finite number"),
        ({"holidays": {"country": "Atlantis"}}, "does not know it"),
        ({"holidays": {"country": "DE", "also": ["Bastille"]}}, "no holiday is called 'Bastille'"),
        ({"tax_included": False}, "tax_rate is missing"),
        ({"tax_rate": 19}, "19 % is 0.19"),
        ({"demand_charges": [{"per_kw": 1, "interval": 0}]}, "interval"),
        ({"currency": "Euro"}, "ISO 4217"),
        ({"import": None}, "no prices of import"),
        ({"tz": "Berlin"}, "unknown time zone"),
        ({"standing_charges": [{"amount": 1, "per": "week"}]}, "standing_charges"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_the_document_is_read(change: dict[str, Any], words: str) -> None:
    document = BERLIN | {"import": {"price": 0.3}} | change

    with pytest.raises(InvalidValue, match=words) as refused:
        connect(document).retailer()
    assert str(refused.value).count("the document") >= 1


def test_a_file_is_read_again_once_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "tariff.toml"
    text = 'name = "Flat"\ncurrency = "EUR"\ntz = "Europe/Berlin"\n[import]\nprice = {}\n'
    file.write_text(text.format("0.1"))
    with openpower.connect("tariff", file=file) as home:
        first = home.retailer().current_price().per_kwh
        file.write_text(text.format("0.25"))

        assert (first, home.retailer().current_price().per_kwh) == (Decimal("0.1"), Decimal("0.25"))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with (
        openpower.connect("tariff", file=tmp_path / "none.toml") as home,
        pytest.raises(openpower.ConfigurationError, match=r"none.toml.*openpower login tariff"),
    ):
        home.retailer()
    (tmp_path / "bad.toml").write_text("name = ")
    with (
        openpower.connect("tariff", file=tmp_path / "bad.toml") as home,
        pytest.raises(InvalidValue, match=r"bad.toml is not TOML"),
    ):
        home.retailer()
    with pytest.raises(InvalidValue, match="either in a file or a document"):
        openpower.connect("tariff")


def test_the_example_is_a_tariff() -> None:
    from openpower_tariff.models import EXAMPLE

    found = retailer(tomllib.loads(EXAMPLE)).prices()
    more = "\n".join(
        line.removeprefix("# ") if line[:3] in ("# r", "#  ", "# ]", "# [", "# c", "# s") else line
        for line in EXAMPLE.splitlines()
    )

    assert found.channels == (Channel.IMPORT, Channel.EXPORT)
    assert len(retailer(tomllib.loads(more)).prices().on("import")) > 4


HOURS = st.tuples(st.integers(0, 47), st.integers(1, 48)).filter(lambda ends: ends[0] != ends[1])
RULES = st.lists(
    st.fixed_dictionaries(
        {"price": st.decimals("0.01", "1", places=4)},
        optional={
            "hours": HOURS.map(lambda ends: "-".join(f"{end // 2:02}:{end % 2 * 30:02}" for end in ends)),
            "days": st.sampled_from(["mon-fri", "sat,sun", "wed"]),
            "season": st.sampled_from(["may-oct", "11-01 to 03-15", "feb"]),
            "tz": st.sampled_from(["UTC", "Australia/Lord_Howe"]),
        },
    ),
    max_size=4,
)
CHANGES = {
    "Australia/Sydney": (4, 5),
    "Australia/Adelaide": (10, 4),
    "Australia/Lord_Howe": (4, 5),
    "Europe/London": (10, 25),
    "Europe/Berlin": (3, 29),
}


@given(rules=RULES, zone=st.sampled_from(sorted(CHANGES)), offset=st.integers(-1, 1))
@settings(max_examples=60, deadline=None)
def test_prices_tile_every_day_and_say_what_a_minute_costs(rules: list[dict[str, Any]], zone: str, offset: int) -> None:
    """Against each minute's own wall clock, on the days on which it changes and beside them."""
    document = {"name": "x", "currency": "EUR", "tz": zone, "import": {"price": 2, "rules": rules}}
    month, day = CHANGES[zone]
    start, end = local_day(document, date(2026, month, day) + timedelta(days=offset))
    series = retailer(document).prices(start, end)
    calendar = Calendar(openpower_document(document))
    inner = [price for price in series if price.start >= start]

    assert series.at(start) is not None
    assert all(a.end == b.start for a, b in pairwise(inner))
    for minute in range(0, int((end - start).total_seconds() // 60), 15):
        at = start + timedelta(minutes=minute)
        price = series.at(at)
        expected = next(
            (rule.price for rule in calendar.document.imports.rules if holds(calendar, rule, at)), Decimal(2)
        )
        assert price is not None, at
        assert price.per_kwh == expected, at


@given(
    rules=RULES,
    zone=st.sampled_from(sorted(CHANGES)),
    offset=st.integers(-1, 1),
    step=st.sampled_from([5, 15, 20, 30, 45, 60, 120, 360, 1440]),
    halves=st.integers(1, 12),
    begin=st.integers(0, 40),
)
@settings(max_examples=60, deadline=None)
def test_cells_of_any_tariff_tile_the_day_and_nothing_beats_the_cheapest(
    rules: list[dict[str, Any]], zone: str, offset: int, step: int, halves: int, begin: int
) -> None:
    """The mean weighted by time is that of the half hours, on which all its rules begin; windows are tried one by one."""
    document = {"name": "x", "currency": "EUR", "tz": zone, "import": {"price": 2, "rules": rules}}
    month, day = CHANGES[zone]
    start, end = local_day(document, date(2026, month, day) + timedelta(days=offset))
    half, start = HOUR / 2, start + begin * timedelta(minutes=15)
    home = retailer(document, start)
    series = home.prices(start, end)
    # The first interval may have begun before; what of it is over is no part of the money.
    cells = home.prices(start, end, resolution=timedelta(minutes=step))
    known = home.prices(cells[0].start, cells[-1].end)
    quarters = [known.at(cells[0].start + n * half / 6) for n in range(int((end - cells[0].start) / half * 6))]
    lasting = [(cell.end or end) - cell.start for cell in cells]

    assert cells[0].start <= start < (cells[0].end or start)
    assert cells[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(cells))
    money = sum(
        (cell.per_kwh * int(long.total_seconds()) for cell, long in zip(cells, lasting, strict=True)), Decimal(0)
    )
    assert abs(money - sum((price.per_kwh for price in quarters if price), Decimal(0)) * 300) < Decimal("1e-18")

    costs = [price.per_kwh for n in range(int((end - start) / half * 2)) if (price := series.at(start + n * half / 2))]
    windows = [sum(costs[n : n + 2 * halves]) for n in range(len(costs) - 2 * halves + 1)]
    for contiguous, wanted in ((True, min(windows, default=None)), (False, sum(sorted(costs)[: 2 * halves]))):
        found = series.cheapest(halves * half, contiguous=contiguous)
        assert (found is None) is (not windows)
        if found is not None:
            paid = sum(
                (price.per_kwh * int(((price.end or end) - price.start) / half * 2) for price in found), Decimal(0)
            )
            assert paid == wanted


def openpower_document(document: dict[str, Any]) -> Any:
    from openpower_core.convert.documents import read_document

    return read_document(TariffDocument, document)


def holds(calendar: Calendar, rule: Any, at: datetime) -> bool:
    """A second way to say it: walk back to the beginning of the span, on the wall clock."""
    from zoneinfo import ZoneInfo

    wall = at.astimezone(ZoneInfo(rule.tz or calendar.document.tz)).replace(tzinfo=None)
    for first, last in rule.hours or ((0, 1440),):
        for back in (0, 1):
            midnight = datetime(wall.year, wall.month, wall.day) - timedelta(days=back)  # noqa: DTZ001
            begin = midnight + timedelta(minutes=first)
            stop = midnight + timedelta(minutes=last if last > first else last + 1440)
            if begin <= wall < stop and openpower.Weekday(midnight.isoweekday()) in rule.days:
                of_year = (midnight.month, midnight.day)
                seasons = [a <= of_year <= b if a <= b else of_year >= a or of_year <= b for a, b in rule.season]
                if any(seasons) or not seasons:
                    return True
    return False


ODD = (None, 0, -1, float("nan"), "", [], {}, "x", "\0", "24-0", True, [1], {"a": 1}, 10**30, "é" * 500, [None], b"x", "to", ",")  # fmt: skip


@pytest.mark.parametrize("odd", [*ODD, datetime(2020, 1, 1, tzinfo=UTC), date(1, 1, 1), date.max], ids=repr)
def test_nothing_in_a_document_is_a_defect(odd: Any) -> None:
    """Whatever stands for any of its values, it is read or refused in words; never an error of Python's."""
    document: dict[str, Any] = ONTARIO | {"standing_charges": [{"amount": 1, "per": "day", "name": "n"}]}
    document |= {"demand_charges": [{"per_kw": 1}], "demand_window": {"hours": "7-9"}, "start": date(2020, 1, 1)}
    for path in paths(document):
        changed = deepcopy(document)
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = odd
        with suppress(InvalidValue):
            assert retailer(changed).prices() is not None, path


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value of nested tables and lists."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [each for key in keys for each in ((*before, key), *paths(value[key], (*before, key)))]


def test_the_document_of_the_page_is_a_tariff() -> None:
    """The TOML that ``docs/reference/providers.md`` shows."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "providers.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(name = .*?)```", page, re.DOTALL)

    prices = retailer(tomllib.loads(block), datetime(2026, 12, 1, 12, tzinfo=UTC)).prices()

    assert {price.period for price in prices} == {"on-peak", "mid-peak", "off-peak"}
