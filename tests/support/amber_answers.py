"""Answers of Amber's API as far as tests need them: the fields and figures of real ones, ids made up.

``tests/amber/test_samples.py`` compares them with the captures that they come from, where these are at hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import chain, cycle, islice
from typing import Any

Record = dict[str, Any]

SITE = {  # an open site in Queensland
    "id": "01HZXEM0SA1TEDS1TE00000001",
    "nmi": "3100000001",
    "channels": [
        {"identifier": "E1", "type": "general", "tariff": "3950"},
        {"identifier": "B1", "type": "feedIn", "tariff": "9850"},
    ],
    "network": "Energex",
    "status": "active",
    "activeFrom": "2023-05-01",
    "intervalLength": 5,
}
CLOSED_SITE = SITE | {"id": "01HZXEM0SA1TEDS1TE00000002", "activeFrom": "2022-01-01", "closedOn": "2022-05-01"}


def at(start: str, minutes: int) -> Record:
    """The time fields of an interval: it starts a second late, and market time names its end, ten hours ahead."""
    begin = datetime.fromisoformat(start)
    market = timezone(timedelta(hours=10))
    end = begin + timedelta(minutes=minutes)
    return {
        "duration": minutes,
        "date": begin.astimezone(market).date().isoformat(),
        "startTime": f"{begin:%Y-%m-%dT%H:%M}:01Z",
        "endTime": f"{end:%Y-%m-%dT%H:%M}:00Z",
        "nemTime": end.astimezone(market).isoformat(),
    }


def band(low: float, predicted: float, high: float) -> Record:
    """Amber's own prediction."""
    return {"advancedPrice": {"low": low, "predicted": predicted, "high": high}}


OFF_PEAK: Record = {"channelType": "general", "tariffInformation": {"demandWindow": False}}
PEAK: Record = {"channelType": "general", "tariffInformation": {"demandWindow": True}}
FEED_IN: Record = {"channelType": "feedIn"}
"""Feed-in records have no tariff information."""

SETTLED = {  # the first of a day
    "type": "ActualInterval",
    "date": "2025-05-17",
    "duration": 5,
    "startTime": "2025-05-16T14:00:01Z",
    "endTime": "2025-05-16T14:05:00Z",
    "nemTime": "2025-05-17T00:05:00+10:00",
    "perKwh": 28.04696,
    "renewables": 0.643766639598742,
    "spotPerKwh": 17.9245,
    "channelType": "general",
    "spikeStatus": "none",
    "tariffInformation": {"demandWindow": False},
    "descriptor": "veryLow",
}
SETTLED_FEED_IN = {name: value for name, value in SETTLED.items() if name != "tariffInformation"} | {
    **FEED_IN,
    "perKwh": -17.45584,
    "descriptor": "high",
}
NEGATIVE_FEED_IN = SETTLED_FEED_IN | {  # who exports at noon has to pay
    **at("2025-05-17T02:50Z", 5),
    "perKwh": 1.6868,
    "renewables": 65.30287730009985,
    "spotPerKwh": -1.73209,
    "descriptor": "extremelyLow",
}
RUNNING = SETTLED | {  # an estimate, with a prediction
    **at("2025-05-17T08:40Z", 5),
    **PEAK,
    "type": "CurrentInterval",
    "perKwh": 21.77263,
    "renewables": 3.672,
    "spotPerKwh": 12.06742,
    "estimate": True,
    **band(20.43467, 21.15357, 22.03662),
}
RUNNING_FEED_IN = SETTLED_FEED_IN | {
    **at("2025-05-17T08:40Z", 5),
    "type": "CurrentInterval",
    "perKwh": -11.7519,
    "renewables": 3.672,
    "spotPerKwh": 12.06742,
    "estimate": True,
    **band(-10.53558, -11.18912, -11.99189),
}
SOON = SETTLED | {
    **at("2025-05-17T08:45Z", 5),
    **PEAK,
    "type": "ForecastInterval",
    "perKwh": 21.27664,
    "renewables": 3.739321416068858,
    "spotPerKwh": 11.60441,
    **band(20.26552, 21.01319, 21.99747),
}
SOON_FEED_IN = SETTLED_FEED_IN | {
    **at("2025-05-17T08:45Z", 5),
    "type": "ForecastInterval",
    "perKwh": -11.301,
    "renewables": 3.739321416068858,
    "spotPerKwh": 11.60441,
    **band(-10.3818, -11.0615, -11.9563),
}
LATER = SOON | {
    **at("2025-05-17T12:00Z", 30),
    **OFF_PEAK,
    "perKwh": 24.81288,
    "renewables": 4.783312316766773,
    "spotPerKwh": 14.90549,
    **band(19.13409, 21.81386, 24.6164),
}
LATER_FEED_IN = SOON_FEED_IN | {
    **at("2025-05-17T12:00Z", 30),
    "perKwh": -14.51577,
    "renewables": 4.783312316766773,
    "spotPerKwh": 14.90549,
    **band(-9.35323, -11.78938, -14.33714),
}
CURRENT: list[Record] = [RUNNING, SOON, LATER, RUNNING_FEED_IN, SOON_FEED_IN, LATER_FEED_IN]
"""``/prices/current``: one channel after the other."""

CONFIRMED = SETTLED | {  # once locked in, the prediction is gone
    **at("2024-09-11T23:50Z", 5),
    "type": "CurrentInterval",
    "perKwh": 19.39453,
    "renewables": 51.027,
    "spotPerKwh": 11.6314,
    "estimate": False,
}
DEMAND_WINDOW = SETTLED | {
    **at("2023-09-10T15:30Z", 30),
    **PEAK,
    "perKwh": 15.88945,
    "renewables": 8.764,
    "spotPerKwh": 8.39249,
}
RANGE = SETTLED | {  # the range is of the wholesale price
    **at("2024-02-29T20:30Z", 30),
    "type": "ForecastInterval",
    "perKwh": 39.39479,
    "renewables": 20.1793485907705,
    "spotPerKwh": 29.53254,
    "descriptor": "low",
    "range": {"min": 12.80394, "max": 33.1361},
}

FIRST_HALF_HOUR = (28.04696, 26.33355, 26.59736, 26.25277, 25.78898, 24.49774)
"""The import prices from which the day of SETTLED starts."""
LAST = SOON | {
    **at("2025-05-17T13:30Z", 30),
    **OFF_PEAK,
    "perKwh": 20.72697,
    "renewables": 5.089967777528079,
    "spotPerKwh": 11.0913,
    **band(18.27922, 20.02758, 22.3465),
}
"""The forecast with which it ends."""


def day() -> list[Record]:
    """``/prices`` of a whole day, asked for at 17:09 market time: 228 intervals on each of two channels.

    205 settled, one running and ten to come are of five minutes, the last twelve of thirty. The first six import
    prices and the last are captured; those between repeat.
    """
    channels = ((SETTLED, LAST, FIRST_HALF_HOUR), (SETTLED_FEED_IN, LATER_FEED_IN, (-17.45584,)))
    return list(chain.from_iterable(_channel(*channel) for channel in channels))


def _channel(settled: Record, forecast: Record, prices: tuple[float, ...]) -> list[Record]:
    midnight = datetime.fromisoformat("2025-05-16T14:00Z")
    kinds = ["ActualInterval"] * 205 + ["CurrentInterval"] + ["ForecastInterval"] * 10
    fine = [
        (settled if kind != "ForecastInterval" else forecast)
        | {**at((midnight + timedelta(minutes=5 * n)).isoformat(), 5), "type": kind, "perKwh": price}
        | ({"estimate": False} if kind == "CurrentInterval" else {})
        for n, (kind, price) in enumerate(zip(kinds, islice(cycle(prices), 216), strict=True))
    ]
    coarse = [forecast | at((midnight + timedelta(minutes=30 * n)).isoformat(), 30) for n in range(36, 48)]
    return fine + coarse


USAGE_HIGH = {  # 249.9 c wholesale is high, and no spike
    "type": "Usage",
    "duration": 30,
    "date": "2025-05-14",
    "endTime": "2025-05-14T07:30:00Z",
    "quality": "billable",
    "kwh": 0.007,
    "nemTime": "2025-05-14T17:30:00+10:00",
    "perKwh": 276.5373,
    "channelType": "general",
    "channelIdentifier": "E1",
    "cost": 1.9358,
    "renewables": 3.669,
    "spotPerKwh": 249.88986,
    "startTime": "2025-05-14T07:00:01Z",
    "spikeStatus": "none",
    "tariffInformation": {"demandWindow": True},
    "descriptor": "high",
}
USAGE_SPIKE = USAGE_HIGH | {  # the site had changed to five minutes
    **at("2025-05-16T07:10Z", 5),
    "kwh": 0.001,
    "perKwh": 1187.05877,
    "cost": 1.1871,
    "renewables": 3.463170702757954,
    "spotPerKwh": 1099.8603,
    "spikeStatus": "spike",
    "descriptor": "spike",
}
_SOLD: Record = {"channelType": "feedIn", "channelIdentifier": "B1"}
USAGE_SOLD = {name: value for name, value in USAGE_HIGH.items() if name != "tariffInformation"} | {
    **_SOLD,
    "kwh": 0.006,
    "perKwh": -243.35614,
    "cost": -1.4601,
}
USAGE_SOLD_SPIKE = {name: value for name, value in USAGE_SPIKE.items() if name != "tariffInformation"} | {
    **_SOLD,
    "kwh": 0,
    "perKwh": -1071.10293,
    "cost": 0,
}
USAGE: list[Record] = [USAGE_HIGH, USAGE_SPIKE, USAGE_SOLD, USAGE_SOLD_SPIKE]

TIME_OF_USE = USAGE_HIGH | {
    **at("2026-09-23T14:00Z", 5),
    "kwh": 0.024,
    "perKwh": 32.41704,
    "channelIdentifier": "E9",
    "cost": 0.778,
    "renewables": 12.285844604764897,
    "spotPerKwh": 15.16238,
    "tariffInformation": {"period": "offPeak", "season": "nonSummer"},
    "descriptor": "veryLow",
}
TIME_OF_USE_SOLD = USAGE_SOLD | {
    **at("2026-09-23T23:50Z", 5),
    "kwh": 0.264,
    "perKwh": -5.69475,
    "channelIdentifier": "B9",
    "cost": -1.5034,
    "renewables": 72.76795270437827,
    "spotPerKwh": 5.8465,
}


def long_usage() -> list[Record]:
    """As many records as three days across a site's change from 30 to 5 minutes have: 1,248."""
    return [dict(record) for record in islice(cycle(USAGE), 1248)]


def renewable(kind: str, start: str, percentage: float, descriptor: str) -> Record:
    """Half an hour of the grid's mix."""
    return {"type": f"{kind}Renewable", **at(start, 30), "renewables": percentage, "descriptor": descriptor}


RENEWABLES: list[Record] = [
    renewable("Actual", "2025-05-17T09:00Z", 4.408, "worst"),
    renewable("Actual", "2025-05-17T09:30Z", 5.037, "notGreat"),
    renewable("Current", "2025-05-17T10:00Z", 5.618, "notGreat"),
    renewable("Forecast", "2025-05-17T10:30Z", 5.798, "notGreat"),
    renewable("Forecast", "2025-05-17T11:00Z", 5.076531158677459, "notGreat"),
]

LIMITS = {
    "RateLimit-Limit": "50",
    "RateLimit-Remaining": "49",
    "RateLimit-Reset": "300",
    "RateLimit-Policy": "50;w=300",
}
"""Headers of the first call in a window."""

FORBIDDEN = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
TOO_LARGE = "Range requested is too large. Maximum 7 days."
"""Plain text, where other refusals are JSON."""
