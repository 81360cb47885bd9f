"""Amber's answers as records: each kind parses, and what is unknown survives."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import amber_answers as answers
import pytest

from openpower_amber.models import (
    ActualInterval,
    AnyInterval,
    AnyRenewable,
    ChannelType,
    CurrentInterval,
    ForecastInterval,
    ForecastRenewable,
    Interval,
    PriceDescriptor,
    Range,
    Season,
    Site,
    SiteStatus,
    SpikeStatus,
    TariffInformation,
    TariffPeriod,
    Usage,
    UsageQuality,
)
from openpower_core.convert import structure
from openpower_core.errors import BadResponse


def test_nothing_that_amber_sends_is_unknown() -> None:
    """Every field of every kind of record has its place."""
    kinds: list[tuple[Any, list[Any]]] = [
        (Site, [answers.SITE, answers.CLOSED_SITE]),
        (AnyInterval, [*answers.CURRENT, answers.SETTLED, answers.CONFIRMED, answers.RANGE]),
        (Usage, [*answers.USAGE, answers.TIME_OF_USE, answers.TIME_OF_USE_SOLD]),
        (AnyRenewable, answers.RENEWABLES),
    ]

    for kind, data in kinds:
        for record, item in zip(structure(list[kind], data), data, strict=True):  # type: ignore[valid-type]
            assert not record.extras
            assert record.get("type") == item.get("type")


def test_a_site_is_known_by_its_channels() -> None:
    """The Queensland site: bought on E1, sold on B1, billed by five minutes."""
    (site,) = structure(list[Site], [answers.SITE])

    assert (site.network, site.status, site.interval_length) == ("Energex", SiteStatus.ACTIVE, 5)
    assert (site.active_from, site.closed_on) == (date(2023, 5, 1), None)
    assert [(c.identifier, c.type, c.tariff) for c in site.channels or ()] == [
        ("E1", ChannelType.GENERAL, "3950"),
        ("B1", ChannelType.FEED_IN, "9850"),
    ]
    assert site["id"] == site.id == "01HZXEM0SA1TEDS1TE00000001"


def test_site_and_meter_ids_are_shortened_in_repr() -> None:
    """A record in a log shows neither id."""
    (site,) = structure(list[Site], [answers.CLOSED_SITE])

    assert site.closed_on == date(2022, 5, 1)
    assert str(site.id) not in repr(site)
    assert str(site.nmi) not in repr(site)


def test_each_price_interval_has_the_class_of_its_type() -> None:
    """Of a day, per channel: 205 over, one running, 22 to come."""
    intervals = structure(list[AnyInterval], answers.day())

    assert Counter((type(i), i.duration) for i in intervals) == {
        (ActualInterval, 5): 2 * 205,
        (CurrentInterval, 5): 2,
        (ForecastInterval, 5): 2 * 10,
        (ForecastInterval, 30): 2 * 12,
    }


def test_a_settled_price() -> None:
    """Every field of it, as Amber sent it."""
    (first,) = structure(list[AnyInterval], [answers.SETTLED])

    assert first.per_kwh == first["perKwh"] == 28.04696
    assert first.spot_per_kwh == 17.9245
    assert first.renewables == 0.643766639598742
    assert first.date == date(2025, 5, 17)
    assert first.start_time == datetime(2025, 5, 16, 14, 0, 1, tzinfo=UTC)
    assert first.end_time == first.nem_time == datetime(2025, 5, 16, 14, 5, tzinfo=UTC)
    assert first.nem_time is not None
    assert first.nem_time.isoformat() == "2025-05-17T00:05:00+10:00"
    assert first.channel_type is ChannelType.GENERAL
    assert first.spike_status is SpikeStatus.NONE
    assert first.descriptor is PriceDescriptor.VERY_LOW
    assert first.tariff_information == TariffInformation(demand_window=False)


def test_the_running_interval_says_that_it_is_an_estimate() -> None:
    """And brings Amber's own prediction, on the feed-in channel from high to low."""
    current = [i for i in structure(list[AnyInterval], answers.CURRENT) if isinstance(i, CurrentInterval)]
    general, feed_in = current

    assert (general.estimate, general.per_kwh) == (True, 21.77263)
    assert (feed_in.estimate, feed_in.per_kwh) == (True, -11.7519)
    band = feed_in.advanced_price
    assert band is not None
    assert (band.low, band.predicted, band.high) == (-10.53558, -11.18912, -11.99189)


def test_a_forecast_with_a_range() -> None:
    """The range is of the wholesale price, so the price you pay may lie outside of it."""
    (forecast,) = structure(list[AnyInterval], [answers.RANGE])

    assert isinstance(forecast, ForecastInterval)
    assert (forecast.per_kwh, forecast.range) == (39.39479, Range(min=12.80394, max=33.1361))
    assert forecast.advanced_price is None


def test_usage_costs_what_it_should() -> None:
    """Cost is energy times price to four decimals, on each channel and for each length."""
    records = structure(list[Usage], answers.USAGE)

    for usage in records:
        kwh, per_kwh = usage.kwh or 0, usage.per_kwh or 0
        assert usage.cost == pytest.approx(kwh * per_kwh, abs=5.1e-5)
        assert kwh >= 0
        assert usage.quality is UsageQuality.BILLABLE
    assert Counter((u.channel_identifier, u.duration) for u in records) == {
        ("E1", 30): 1,
        ("E1", 5): 1,
        ("B1", 30): 1,
        ("B1", 5): 1,
    }


def test_a_time_of_use_tariff_names_period_and_season() -> None:
    """The feed-in record has no tariff information at all."""
    bought, sold = structure(list[Usage], [answers.TIME_OF_USE, answers.TIME_OF_USE_SOLD])

    assert bought.tariff_information == TariffInformation(period=TariffPeriod.OFF_PEAK, season=Season.NON_SUMMER)
    assert sold.tariff_information is None
    assert (sold.kwh, sold.per_kwh, sold.cost) == (0.264, -5.69475, -1.5034)


def test_renewables_have_the_class_of_their_type() -> None:
    """The vendor's own library can parse none of these."""
    records = structure(list[AnyRenewable], answers.RENEWABLES)

    assert [r.type for r in records] == [*["ActualRenewable"] * 2, "CurrentRenewable", *["ForecastRenewable"] * 2]
    assert records[0].renewables == 4.408
    assert isinstance(records[-1], ForecastRenewable)


def test_renewables_may_exceed_one_hundred_percent() -> None:
    """109.08 has been seen; a bound would lose the whole answer."""
    data = [answers.RENEWABLES[0] | {"renewables": 109.08}]

    assert structure(list[AnyRenewable], data)[0].renewables == 109.08


def test_unknown_types_words_and_fields_survive() -> None:
    """A new type becomes the base class, a new word stays a word, a new field is kept."""
    data = [dict(record) for record in answers.CURRENT]
    data[0] |= {"type": "HindsightInterval", "descriptor": "absurd", "spikeStatus": "panic"}
    data[0] |= {"channelType": "sideways", "mood": {"of": "the market"}}

    odd, usual, *_ = structure(list[AnyInterval], data)

    assert type(odd) is Interval
    assert odd.type == "HindsightInterval"
    assert (odd.descriptor, odd.spike_status, odd.channel_type) == ("absurd", "panic", "sideways")
    assert odd.descriptor is not None
    assert not odd.descriptor.known
    assert odd["mood"] == {"of": "the market"}
    assert odd.per_kwh == 21.77263
    assert isinstance(usual, ForecastInterval)


def test_missing_and_null_fields_are_none() -> None:
    """Half a record is still a record."""
    (record,) = structure(list[Usage], [{"type": "Usage", "kwh": None, "tariffInformation": None}])

    assert isinstance(record, Usage)
    assert (record.kwh, record.cost, record.tariff_information) == (None, None, None)


def test_one_malformed_record_among_thousands_is_named() -> None:
    """By its place and field, so that it can be found."""
    data = answers.long_usage()
    data[777]["perKwh"] = "cheap"

    with pytest.raises(BadResponse, match=r"\$\[777\]\.perKwh: expected a number, got 'cheap'"):
        structure(list[Usage], data)
