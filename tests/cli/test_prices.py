"""``openpower prices`` and ``usage``: the cheapest time, files with typed columns, and what is missing."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openpower import Price, PriceSeries
from openpower.cli.prices import _clock_of
from openpower_amber.emulator import Emulator, Nameplate, serve

SYDNEY = ZoneInfo("Australia/Sydney")
LONG_AGO = ("-O", "start=2026-08-03T20:00")
"""On the home's own clock."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_cheapest_time_ends_before_breakfast(cli: Any) -> None:
    """Three hours without a gap; no other three hours until then are cheaper."""
    shown = cli("prices", "demo", *LONG_AGO, "--cheapest", "3h", "--before", "07:00", "--json")
    window = shown.data["cheapest"]
    prices = cli("prices", "demo", *LONG_AGO, "--resolution", "5", "--json").data["prices"]

    start, end = at(window["start"]), at(window["end"])
    assert shown.code == 0
    assert end - start == timedelta(hours=3)
    assert end <= datetime(2026, 8, 4, 7, tzinfo=SYDNEY)
    assert all(a["end"] == b["start"] for a, b in pairwise(shown.data["prices"]))
    best = [
        Decimal(each["expected_per_kwh"] or each["per_kwh"])
        for each in prices
        if at(each["end"]) <= datetime(2026, 8, 4, 7, tzinfo=SYDNEY)
    ]
    means = [sum(best[n : n + 36]) / 36 for n in range(1, len(best) - 35)]
    assert Decimal(window["per_kwh"]) <= min(means) + Decimal("0.0005")  # the forecast changes between two calls
    words = cli("prices", "demo", *LONG_AGO, "--cheapest", "3h", "--before", "07:00").out.splitlines()[0]
    there = start.astimezone(SYDNEY)
    assert words.startswith(f"Cheapest: {there:%a} {there.day} Aug {there:%H:%M} to ")
    assert words.endswith("AUD/kWh on average")


def test_where_too_little_is_known_it_says_so(cli: Any) -> None:
    """There is no time of that length; the code is that of something incomplete."""
    shown = cli("prices", "demo", *LONG_AGO, "--cheapest", "300h")

    assert shown.code == 9
    assert "no such time is known; prices are known until" in shown.err


@pytest.mark.parametrize(
    "wrong", [("--cheapest", "90"), ("--cheapest", "0h"), ("--cheapest", "soon"), ("--before", "07:00")]
)
def test_a_length_is_a_length(cli: Any, wrong: tuple[str, ...]) -> None:
    """And its limits belong to it."""
    shown = cli("prices", "demo", *wrong)

    assert shown.code == 2
    assert "3h" in shown.err


@pytest.mark.parametrize("command", ["prices", "usage"])
def test_a_file_has_typed_columns(cli: Any, own_folders: Path, command: str) -> None:
    """Times with their zone, exact decimals; CSV has the same figures as JSON."""
    parquet = pytest.importorskip("pyarrow.parquet")
    day = datetime.now(UTC).date() - timedelta(days=4)
    span = ("--from", f"{day}", "--to", f"{day + timedelta(days=1)}")
    files = [own_folders / f"day.{ending}" for ending in ("parquet", "csv")]
    for file in files:
        assert cli(command, "demo", *span, "-o", str(file)).code == 0
    rows = cli(command, "demo", *span, "--json").data[command]

    schema = {field.name: str(field.type) for field in parquet.read_schema(files[0])}
    assert schema["start"] == schema["end"] == "timestamp[us, tz=UTC]"
    figure = "per_kwh" if command == "prices" else "cost"
    assert schema[figure].startswith("decimal128")
    table = parquet.read_table(files[0]).to_pylist()
    with files[1].open(encoding="utf-8") as lines:
        written = list(csv.DictReader(lines))
    assert [row[figure] for row in table] == [Decimal(row[figure]) for row in rows]
    assert [Decimal(row[figure]) for row in written] == [Decimal(row[figure]) for row in rows]
    assert [row["start"] for row in table] == [at(row["start"]) for row in rows]


def test_a_day_that_is_not_published_is_no_row(cli: Any) -> None:
    """The total is of what is there, what is missing is said, and the coverage of each day is in the data."""
    today = datetime.now(SYDNEY).date()
    first = today - timedelta(days=4)
    shown = cli("usage", "demo", "--from", f"{first}", "--to", f"{today + timedelta(days=1)}")
    data = cli("usage", "demo", "--from", f"{first}", "--to", f"{today + timedelta(days=1)}", "--json").data

    lines = [line.split("\t") for line in shown.out.splitlines()]
    assert shown.code == 9
    assert "not published yet" in shown.err
    assert str(today) not in shown.out
    imported = [float(line[2].removesuffix(" kWh")) for line in lines if line[1] == "import"]
    assert imported[-1] == pytest.approx(sum(imported[:-1]), abs=0.03)
    assert lines[-2][0] == "total"
    assert {each["coverage"] for each in data["days"]} == {1.0}
    assert at(data["gaps"][0]["end"]).astimezone(SYDNEY).date() == today + timedelta(days=1)


@pytest.mark.parametrize("hour", [0, 5, 12])
def test_usage_has_figures_at_any_hour(cli: Any, hour: int) -> None:
    """Without options it is that of a week, of which the last day is not published yet before six in the morning."""
    now = datetime.now(UTC)
    east = (hour - now.hour + 11) % 24 - 11  # a zone in which it is that hour now
    there = now + timedelta(hours=east)
    shown = cli("usage", "demo", "-O", f"tz=Etc/GMT{-east:+}")
    days = {line.split("\t")[0] for line in shown.out.splitlines()[1:]}

    late = hour < 6
    assert days == {f"{there.date() - timedelta(days=past)}" for past in range(1 + late, 8)} | {"total"}
    assert shown.code == (9 if late else 0)


def test_a_day_on_which_the_clock_changes_is_whole(cli: Any) -> None:
    """Twenty-five hours are its whole; and times show their offset where it changes."""
    story = ("-O", "start=2026-04-08T12:00")
    day = date(2026, 4, 5)
    data = cli("usage", "demo", *story, "--from", f"{day}", "--to", f"{day + timedelta(days=1)}", "--json").data
    listed = cli("prices", "demo", *story, "--from", f"{day}", "--to", f"{day + timedelta(days=1)}").out.splitlines()

    assert {each["coverage"] for each in data["days"]} == {1.0}
    assert len(data["usage"]) == 2 * 25 * 12
    assert listed[1].split("\t")[0] == "Sun 00:00 +1100"
    assert listed[-1].split("\t")[0] == "Sun 23:55 +1000"


def test_offsets_are_shown_wherever_the_clock_changes() -> None:
    """Also within the last interval, and in a range that ends with the offset that it began with."""
    half, year = datetime(2026, 7, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    starts = [datetime(2026, 1, 1, tzinfo=UTC), half, year]
    hour = timedelta(hours=1)
    prices = [Price(start=start, end=start + hour, per_kwh="0.3", currency="AUD") for start in starts]
    last = Price(start=at("2026-04-04T15:00:00Z"), end=at("2026-04-04T17:00:00Z"), per_kwh="0.3", currency="AUD")

    assert _clock_of(PriceSeries(prices), "Australia/Sydney").endswith("%z")
    assert _clock_of(PriceSeries([last]), "Australia/Sydney").endswith("%z")
    assert not _clock_of(PriceSeries(prices), "Australia/Brisbane").endswith("%z")


def test_an_unknown_zone_is_said_wherever_times_are_printed(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amber names no zone, and the area of some networks has none of its own, or is not known."""
    emulator = Emulator([Nameplate(network="Somebody's Wires")])
    with serve(emulator) as served:
        monkeypatch.setenv("OPENPOWER_AMBER_TOKEN", served.options["token"])
        home = ("amber", "-O", f"base_url={served.url}")
        day = datetime.now(UTC).date() - timedelta(days=4)
        span = ("--from", f"{day}T00:00+10:00", "--to", f"{day + timedelta(days=1)}T00:00+10:00")
        for typed in (("prices",), ("prices", "--cheapest", "1h"), ("usage", *span), ("bill", *span)):
            shown = cli(typed[0], *home, *typed[1:])
            known = cli(typed[0], *home, *typed[1:], "-O", "tz=Australia/Hobart")

            assert "give it with -O tz=" in shown.err, typed
            assert "tz=" not in known.err, typed
        assert "+0000" in cli("prices", *home).out


def test_no_prices_are_said(cli: Any) -> None:
    """A range beyond the forecast has none, which is no empty table."""
    shown = cli("prices", "demo", *LONG_AGO, "--from", "2026-09-01", "--to", "2026-09-02")

    assert (shown.code, shown.out) == (9, "")
    assert "there are no import prices in this range" in shown.err


@pytest.mark.parametrize(
    ("days", "clock"), [((1, 2), "%a %H:%M"), ((1, 2, 3), "%a %d %b %H:%M"), ((1, 400), "%d %b %Y %H:%M")]
)
def test_times_of_more_than_two_days_have_dates(days: tuple[int, ...], clock: str) -> None:
    """A weekday alone may be any of a month's."""
    first, hour = datetime(2026, 8, 1, tzinfo=UTC), timedelta(hours=1)
    starts = [first + timedelta(days=day) for day in days]
    series = PriceSeries(Price(start=start, end=start + hour, per_kwh=1, currency="EUR") for start in starts)

    assert _clock_of(series, "UTC") == clock


def test_a_range_that_ends_before_it_begins(cli: Any) -> None:
    shown = cli("prices", "demo", "--from", "2026-08-02", "--to", "2026-08-01")

    assert shown.code == 2
    assert "--to must be later than --from" in shown.err
