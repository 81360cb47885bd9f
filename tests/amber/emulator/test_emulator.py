"""The emulator speaks Amber's format, with what has been seen of the real service, asked by plain HTTP."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import amber_answers as answers
import httpx
import pytest

from openpower_amber.emulator import Emulator, Nameplate, Quota, serve
from openpower_amber.emulator.__main__ import main
from openpower_amber.emulator.endpoints import THROTTLED
from openpower_core.clock import ManualClock
from openpower_core.prices import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 8, 4, 3, 17, 3, tzinfo=UTC)  # 13:17:03 in market time
SITE = "/sites/01HZXEM0SA1TEDS1TE00000001"
CURRENT = f"{SITE}/prices/current"


class Asker:
    """Asks one emulator, with the right token unless given another."""

    def __init__(self, emulator: Emulator, url: str) -> None:
        self.emulator = emulator
        self._client = httpx.Client(base_url=url)

    def __call__(self, path: str, *, token: str | None = "", **query: Any) -> httpx.Response:
        token = self.emulator.token.reveal() if token == "" else token
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self._client.get(path, params=query, headers=headers)

    def records(self, path: str, channel: str = "general", **query: Any) -> list[Any]:
        return [r for r in self(path, **query).json() if r.get("channelType", channel) == channel]

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def plate() -> Nameplate:
    """The site's nameplate; tests override it."""
    return Nameplate()


@pytest.fixture
def ask(clock: ManualClock, plate: Nameplate) -> Iterator[Asker]:
    with serve(Emulator([plate], clock=clock)) as served:
        asker = Asker(served.emulator, served.url)
        yield asker
        asker.close()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_sites_look_as_captured(ask: Asker) -> None:
    """The same keys, and no closedOn on a site that is open."""
    (site,) = ask("/sites").json()

    assert site.keys() == answers.SITE.keys()
    assert site["channels"][0].keys() == {"identifier", "type", "tariff"}
    assert (site["status"], site["intervalLength"]) == ("active", 5)


@pytest.mark.parametrize(
    ("path", "query", "place", "captured"),
    [
        (CURRENT, {"next": 20}, -1, answers.LATER),
        (f"{SITE}/prices", {}, 0, answers.SETTLED),
        (f"{SITE}/usage", {"startDate": "2026-08-02", "endDate": "2026-08-02"}, 0, answers.USAGE_HIGH),
        ("/state/qld/renewables/current", {}, 0, answers.RENEWABLES[2]),
    ],
)
def test_records_look_as_captured(
    ask: Asker, path: str, query: dict[str, Any], place: int, captured: dict[str, Any]
) -> None:
    """The same keys and kinds of value; the range comes and goes with the hours ahead."""
    record = ask.records(path, **query)[place]

    assert record["type"] == captured["type"]
    assert record.keys() == captured.keys()
    for key, value in captured.items():
        assert isinstance(record[key], type(value) | (int if isinstance(value, float) else float))


def test_times_are_amber_s_own(ask: Asker) -> None:
    """One second late at the start, ten hours ahead at the end, and the day of the start."""
    (record,) = ask.records(CURRENT)

    assert record["startTime"] == "2026-08-04T03:15:01Z"
    assert record["endTime"] == "2026-08-04T03:20:00Z"
    assert record["nemTime"] == "2026-08-04T13:20:00+10:00"
    assert (record["date"], record["duration"]) == ("2026-08-04", 5)


def test_a_day_ends_at_midnight_of_the_next(ask: Asker) -> None:
    """288 intervals per channel; the last one's end has the next day's date."""
    query = {"startDate": "2026-08-01", "endDate": "2026-08-01"}
    records = ask(f"{SITE}/prices", **query).json()

    assert Counter(r["channelType"] for r in records) == {"general": 288, "feedIn": 288}
    assert {r["date"] for r in records} == {"2026-08-01"}
    assert records[287]["nemTime"] == "2026-08-02T00:00:00+10:00"
    assert records[288]["channelType"] == "feedIn"


def test_today_is_actual_then_current_then_forecast(ask: Asker) -> None:
    """Up to the end of the day, first by five minutes, then by thirty."""
    records = ask.records(f"{SITE}/prices")

    kinds = [(r["type"], r["duration"]) for r in records]
    assert kinds[:159] == [("ActualInterval", 5)] * 159
    assert kinds[159] == ("CurrentInterval", 5)
    assert set(kinds[160:]) == {("ForecastInterval", 5), ("ForecastInterval", 30)}
    assert records[-1]["nemTime"] == "2026-08-05T00:00:00+10:00"


def test_feed_in_is_negative_when_you_are_paid(ask: Asker) -> None:
    """And its band falls; the wholesale price is the same on both channels."""
    bought = ask.records(CURRENT, next=3)[1]
    sold = ask.records(CURRENT, "feedIn", next=3)[1]

    assert bought["spotPerKwh"] == sold["spotPerKwh"]
    low, predicted, high = (sold["advancedPrice"][k] for k in ("low", "predicted", "high"))
    assert low > predicted > high
    low, predicted, high = (bought["advancedPrice"][k] for k in ("low", "predicted", "high"))
    assert low < predicted < high
    assert "tariffInformation" not in sold
    assert bought["tariffInformation"] == {"demandWindow": False}


def test_an_estimate_is_confirmed_within_a_minute(ask: Asker, clock: ManualClock) -> None:
    """Then its prediction is gone."""
    clock.advance(3 * 60 - 2)  # 13:20:01
    (early,) = ask.records(CURRENT)
    clock.advance(45)
    (late,) = ask.records(CURRENT)

    assert (early["estimate"], late["estimate"]) == (True, False)
    assert ("advancedPrice" in early, "advancedPrice" in late) == (True, False)
    assert early["startTime"] == late["startTime"]


def test_prices_follow_a_day_and_now_and_then_leave_it(ask: Asker) -> None:
    """Within a month some are negative, some spike, and evenings are dearer than noons."""
    spots: dict[int, list[float]] = {}
    words: Counter[str] = Counter()
    for first in range(1, 25, 7):
        query = {"startDate": f"2026-07-{first:02}", "endDate": f"2026-07-{first + 6:02}"}
        for record in ask.records(f"{SITE}/prices", **query, resolution=30):
            hour = instant(record["nemTime"]).hour
            spots.setdefault(hour, []).append(record["spotPerKwh"])
            words[record["spikeStatus"]] += 1

    every = sorted(price for prices in spots.values() for price in prices)
    assert every[0] < 0
    assert every[-1] > 50
    assert words["none"] > 100
    assert sorted(spots[18])[14] > 1.5 * sorted(spots[12])[14]


def test_counts_are_of_intervals_per_channel(ask: Asker) -> None:
    """Whatever their length; more than there are is no error."""
    records = ask(CURRENT, previous=2, next=20).json()

    assert Counter(r["channelType"] for r in records) == {"general": 23, "feedIn": 23}
    assert [r["type"] for r in records[:4]] == [
        "ActualInterval",
        "ActualInterval",
        "CurrentInterval",
        "ForecastInterval",
    ]
    assert len(ask.records(CURRENT, next=2048)) < 100


def test_half_hours_on_request(ask: Asker) -> None:
    """As Amber's own tests have it: 6 before, 1 running, 3 to come, all of thirty minutes."""
    records = ask.records(CURRENT, previous=6, next=3, resolution=30)

    assert [r["duration"] for r in records] == [30] * 10
    assert len(ask.records("/state/sa/renewables/current", previous=6, next=3)) == 10
    fine = ask.records("/state/sa/renewables/current", previous=6, next=3, resolution=5)
    assert [r["duration"] for r in fine] == [5] * 10


def test_usage_costs_what_the_price_says(ask: Asker) -> None:
    """To four decimals; energy is never negative, and who sells below zero pays."""
    query = {"startDate": "2026-07-31", "endDate": "2026-07-31"}
    usage = ask(f"{SITE}/usage", **query).json()
    prices = ask(f"{SITE}/prices", **query).json()

    assert len(usage) == len(prices) == 576
    for used, priced in zip(usage, prices, strict=True):
        assert used["perKwh"] == priced["perKwh"]
        assert used["kwh"] >= 0
        assert used["cost"] == round(used["kwh"] * used["perKwh"], 4)
    assert {r["channelIdentifier"] for r in usage} == {"E1", "B1"}
    sold = [r for r in usage if r["channelType"] == "feedIn" and r["kwh"] > 0]
    assert len(sold) > 20
    assert any(r["cost"] > 0 for r in sold)  # a noon of prices below zero


def test_usage_comes_the_next_morning(ask: Asker, clock: ManualClock) -> None:
    """Today's is absent, and yesterday's until six."""
    query = {"startDate": "2026-08-03", "endDate": "2026-08-05"}

    assert {r["date"] for r in ask.records(f"{SITE}/usage", **query)} == {"2026-08-03"}
    clock.advance(timedelta(hours=14))  # 03:17 of the next day
    assert {r["date"] for r in ask.records(f"{SITE}/usage", **query)} == {"2026-08-03"}
    clock.advance(timedelta(hours=3))
    assert {r["date"] for r in ask.records(f"{SITE}/usage", **query)} == {"2026-08-03", "2026-08-04"}


def test_what_is_too_old_is_an_empty_list(ask: Asker) -> None:
    """Usage of more than ninety days ago, prices of more than some 574."""
    old = {"startDate": "2026-04-01", "endDate": "2026-04-02"}
    older = {"startDate": "2024-11-01", "endDate": "2024-11-02"}

    assert ask(f"{SITE}/usage", **old).json() == []
    assert len(ask(f"{SITE}/prices", **old).json()) == 2 * 576
    assert ask(f"{SITE}/prices", **older).json() == []


@pytest.mark.parametrize(
    ("path", "query", "status", "body"),
    [
        (
            f"{SITE}/usage",
            {"startDate": "2026-07-01", "endDate": "2026-07-09"},
            422,
            "Range requested is too large. Maximum 7 days.",
        ),
        (CURRENT, {"next": 2000, "previous": 49}, 422, "greater than 2048"),
        (CURRENT, {"next": "many"}, 400, "Bad request"),
        (CURRENT, {"resolution": 15}, 400, "Bad request"),
        (f"{SITE}/usage", {}, 400, "Bad request"),
        (f"{SITE}/prices", {"startDate": "yesterday"}, 400, "Bad request"),
        (f"{SITE}/prices", {"startDate": "2026-08-09"}, 400, "Bad request"),
        ("/sites/OTHER/usage", {}, 404, "Site not found"),
        ("/state/tas/renewables/current", {}, 404, "State not found"),
        ("/nothing", {}, 403, "Missing Authentication Token"),
    ],
)
def test_refusals(ask: Asker, path: str, query: dict[str, Any], status: int, body: str) -> None:
    """422 as plain text, the others as JSON; none says the limits."""
    answer = ask(path, **query)

    assert answer.status_code == status
    assert body in answer.text
    plain = answer.headers["content-type"].startswith("text/plain")
    assert plain is (status == 422)
    assert "ratelimit-limit" not in answer.headers


def test_eight_days_are_taken(ask: Asker) -> None:
    """Seven are documented."""
    query = {"startDate": "2026-07-01", "endDate": "2026-07-08"}

    assert len(ask(f"{SITE}/prices", **query).json()) == 4608


def test_tokens(ask: Asker) -> None:
    """None is 401 and a wrong one 403; renewables ask for none."""
    assert ask("/sites", token=None).status_code == 401
    assert ask("/sites", token="psk_wrong").status_code == 403
    assert ask("/state/nsw/renewables/current", token=None).status_code == 200


def test_two_counters_in_fixed_windows(clock: ManualClock) -> None:
    """Sites and usage on one, prices on the other; a new window begins with the next call."""
    with serve(Emulator(clock=clock, quota=Quota(limit=2, seconds=300))) as served:
        ask = Asker(served.emulator, served.url)
        first = ask("/sites").headers
        clock.advance(100)
        second, third = ask("/sites"), ask("/sites")
        other = ask(CURRENT).headers
        free = ask("/state/nsw/renewables/current").headers
        clock.advance(200)
        again = ask("/sites").headers
        ask.close()

    assert (first["ratelimit-remaining"], first["ratelimit-reset"]) == ("1", "300")
    assert first["ratelimit-policy"] == "2;w=300"
    assert (second.headers["ratelimit-remaining"], second.headers["ratelimit-reset"]) == ("0", "200")
    assert (third.status_code, third.headers["ratelimit-remaining"]) == (429, "0")
    assert other["ratelimit-remaining"] == "1"
    assert "ratelimit-limit" not in free
    assert (again["ratelimit-remaining"], again["ratelimit-reset"]) == ("1", "300")


def test_the_gateway_can_be_made_to_throttle(ask: Asker) -> None:
    """Without a word about limits, as captured."""
    ask.emulator.refuse(THROTTLED, path="/sites")

    throttled, after = ask("/sites"), ask("/sites")

    assert throttled.status_code == 429
    assert throttled.headers["x-amzn-errortype"] == "TooManyRequestsException"
    assert len(throttled.content) == 32  # 31 in the answers of the real one, which writes no space
    assert "ratelimit-limit" not in throttled.headers
    assert after.status_code == 200


@pytest.mark.parametrize(
    "plate", [Nameplate(interval_length=30, demand_tariff=False, channels=(Channel.IMPORT, Channel.CONTROLLED_LOAD))]
)
def test_a_site_of_half_hours_on_a_time_of_use_tariff(ask: Asker) -> None:
    """Without export there is no feed-in record; a finer resolution is unavailable."""
    records = ask(CURRENT, previous=1, resolution=5).json()

    assert [r["channelType"] for r in records] == ["general"] * 2 + ["controlledLoad"] * 2
    assert {r["duration"] for r in records} == {30}
    assert records[0]["tariffInformation"] == {"period": "solarSponge", "season": "nonSummer"}


def test_seeds_make_markets(clock: ManualClock) -> None:
    """The same seed the same prices, another one others."""
    prices = []
    for seed in (1, 1, 2):
        with serve(Emulator(clock=clock, seed=seed)) as served:
            ask = Asker(served.emulator, served.url)
            prices.append([r["perKwh"] for r in ask.records(CURRENT, next=20)])
            ask.close()

    assert prices[0] == prices[1] != prices[2]


def test_the_command_serves_and_says_how_to_connect(capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m openpower_amber.emulator``, for no time at all."""
    assert main(["--minutes", "0", "--interval", "30", "--speed", "60"]) == 0

    printed = capsys.readouterr().out
    assert " emulator at http://127.0.0.1:" in printed
    assert 'openpower.connect("amber", token=' in printed
