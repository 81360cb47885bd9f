"""What the emulated system reports: power that balances, series in local time, energies by the right day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import alphaess_answers as answers
import pytest

from openpower_alphaess.emulator import EmulatedSystem, Nameplate, Quirks
from openpower_core.clock import ManualClock

EV = ("SMILE-EVCT11",)


def stamps(rows):
    """The upload times, naive as they are sent."""
    return [datetime.fromisoformat(row["uploadTime"]) for row in rows]


@pytest.mark.parametrize("hours", range(0, 24, 3))
def test_load_is_the_residual_of_the_others(make, clock, hours):
    """pload == ppv + pgrid + pbat exactly, at any hour, as in all 56,969 captured samples."""
    caller = make(plate={"charger_models": EV})
    clock.advance(timedelta(hours=hours))
    data = caller.data("getLastPowerData")

    assert data["pload"] == data["ppv"] + data["pgrid"] + data["pbat"]
    assert sum(data["ppvDetail"][f"ppv{n}"] for n in range(1, 5)) == data["ppv"]
    assert sum(data["pgridDetail"].values()) == data["pgrid"]
    assert 0 <= data["soc"] <= 100


def test_three_phases_share_the_grid(make):
    """On three phases each meter shows its own part, with the same sign."""
    data = make(plate={"phases": 3}).data("getLastPowerData")

    assert sum(data["pgridDetail"].values()) == data["pgrid"]
    assert all(value * data["pgrid"] >= 0 for value in data["pgridDetail"].values())


def test_readings_stand_still_between_reports(caller, clock):
    """The inverter reports every ten seconds; until then nothing changes."""
    first = caller.data("getLastPowerData")
    clock.advance(9)

    assert caller.data("getLastPowerData") == first


def test_ac_coupled_pv_shows_in_the_meter(make):
    """PV behind a foreign inverter appears in pmeterDc; the strings are 0."""
    data = make(quirks=Quirks(pv="meter")).data("getLastPowerData")

    assert data["ppvDetail"]["pmeterDc"] == data["ppv"] > 0
    assert [data["ppvDetail"][f"ppv{n}"] for n in range(1, 5)] == [0.0] * 4


def test_uncounted_pv_makes_the_load_negative(make):
    """Where ppv stays 0 at noon, the residual pload turns negative, and the series has no PV either."""
    caller = make(quirks=Quirks(pv="meter_uncounted"))
    data = caller.data("getLastPowerData")
    rows = caller.data("getOneDayPowerBySn", queryDate="2026-08-04")

    assert data["ppv"] == 0.0
    assert data["pload"] == data["pgrid"] + data["pbat"] < 0
    assert {row["ppv"] for row in rows} == {0.0}
    assert caller.data("getOneDateEnergyBySn", queryDate="2026-08-04")["epv"] > 1


def leaves(value):
    """Every leaf of nested objects."""
    return [x for each in value.values() for x in leaves(each)] if isinstance(value, dict) else [value]


@pytest.mark.parametrize("telemetry", ["null", "null_nested"])
def test_all_null_telemetry_has_code_200(make, telemetry):
    """Some systems answer success with every field null; the day series still works."""
    caller = make(quirks=Quirks(telemetry=telemetry))
    data = caller.data("getLastPowerData")

    assert set(leaves(data)) == {None}
    assert list(data) == list(make().data("getLastPowerData"))
    assert caller.data("getOneDayPowerBySn", queryDate="2026-08-04")


def test_offline_has_three_faces(make):
    """emsStatus Offline with nulls, code 6042, or nulls alone."""
    listed, refused, nulls = (make(quirks=Quirks(offline=face)) for face in ("listed", "refused", "nulls"))

    assert listed.data("getEssList")[0]["emsStatus"] == "Offline"
    assert set(leaves(listed.data("getLastPowerData"))) == {None}
    assert refused.get("getLastPowerData")["code"] == 6042
    assert nulls.data("getEssList")[0]["emsStatus"] == "Normal"
    assert set(leaves(nulls.data("getLastPowerData"))) == {None}


def test_full_day_has_288_rows_newest_first(caller):
    """A full day has 288 rows; the newest comes first in every live capture."""
    times = stamps(caller.data("getOneDayPowerBySn", queryDate="2026-08-03"))

    assert len(times) == 288
    assert times == sorted(times, reverse=True)
    assert {time.date().isoformat() for time in times} == {"2026-08-03"}


def test_rows_drift_by_seconds(caller):
    """The seconds of the rows drift by one or two along the day."""
    times = stamps(caller.data("getOneDayPowerBySn", queryDate="2026-08-03"))
    steps = {(later - earlier).total_seconds() for later, earlier in pairwise(times)}

    assert steps == {300.0, 301.0}


def test_series_ends_at_local_now(caller):
    """uploadTime is local wall time: at noon in Berlin the newest row is from just before noon."""
    newest = stamps(caller.data("getOneDayPowerBySn", queryDate="2026-08-04"))[0]

    assert "2026-08-04 11:55:00" <= f"{newest}" < "2026-08-04 12:00:00"


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 276), ("2026-10-25", 300), ("2026-10-26", 288)])
def test_clock_changes_make_short_and_long_days(day, count):
    """On clock-change days there are 276 or 300 rows; the repeated hour repeats its times."""
    clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
    system = EmulatedSystem(Nameplate(), start=clock.now())
    rows = system.rows(datetime.fromisoformat(day).date(), clock.now())

    assert len(rows) == count


def test_repeated_hour_repeats_its_times(make, clock):
    """Local times without a zone cannot tell the two autumn hours apart."""
    clock.advance(datetime(2026, 10, 26, tzinfo=UTC) - clock.now())
    times = stamps(make().data("getOneDayPowerBySn", queryDate="2026-10-25"))
    twice = [time for time in times if time.hour == 2]

    assert len(twice) == 24
    assert times != sorted(times, reverse=True)


def test_duplicates_and_gaps_on_request(make):
    """Duplicate rows and gaps occur."""
    quirks = Quirks(series_duplicate_every=50, series_gaps=(("03:00", "04:00"),))
    times = stamps(make(quirks=quirks).data("getOneDayPowerBySn", queryDate="2026-08-03"))

    # Rows 50, 100, 150, 200 and 250 come twice; twelve rows are missing.
    assert (len(times), len(set(times))) == (288 - 12 + 5, 288 - 12)
    assert not [time for time in times if time.hour == 3]


@pytest.mark.parametrize("endpoint", ["getOneDayPowerBySn", "getOneDateEnergyBySn"])
@pytest.mark.parametrize("day", ["2026-08-05", "2026-02-30", "04.08.2026"])
def test_future_and_invalid_dates_are_6026(caller, endpoint, day):
    """An invalid or future queryDate is "The network is busy"."""
    assert caller.get(endpoint, queryDate=day)["code"] == 6026


def test_days_are_local(caller, clock):
    """At 22:30 UTC it is already tomorrow in Berlin."""
    clock.advance(timedelta(hours=12, minutes=30))

    assert caller.data("getOneDateEnergyBySn", queryDate="2026-08-05")["theDate"] == "2026-08-05"


@pytest.mark.parametrize(("minutes", "code"), [(-6, 200), (-5, 6026), (5, 6026), (6, 200)])
def test_busy_around_local_midnight(make, clock, minutes, code):
    """Around local midnight the day's data answer 6026."""
    caller = make(quirks=Quirks(midnight_lasts=timedelta(minutes=5)))
    clock.advance(timedelta(hours=12, minutes=minutes))

    assert caller.get("getOneDateEnergyBySn", queryDate="2026-08-04")["code"] == code


@pytest.mark.parametrize(("face", "value"), [("null", None), ("zero", 0.0)])
def test_other_faces_of_midnight(make, clock, face, value):
    """Or the day's energies are all null, or all zero, with code 200."""
    caller = make(quirks=Quirks(midnight=face, midnight_lasts=timedelta(minutes=5)))
    clock.advance(timedelta(hours=12))
    data = caller.data("getOneDateEnergyBySn", queryDate="2026-08-05")

    assert {data[key] for key in data if key.startswith("e")} == {value}


def test_energies_stuck_at_zero(make):
    """On a VT1000 all energies are zero although the power series shows what flows."""
    answer = make(quirks=Quirks(day_energy="zero")).get("getOneDateEnergyBySn", queryDate="2026-08-04")

    assert answer == answers.envelope(answers.NO_ENERGY)


def test_absurd_figures_on_request(make):
    """The service has sent a charger energy of −1482.404 kWh; every row of a series can be spoilt as well."""
    overrides = {"getOneDateEnergyBySn": {"eChargingPile": -1482.404}, "getOneDayPowerBySn": {"load": None}}
    caller = make(quirks=Quirks(overrides=overrides))
    day = caller.data("getOneDateEnergyBySn", queryDate="2026-08-03")
    rows = caller.data("getOneDayPowerBySn", queryDate="2026-08-03")

    assert day["eChargingPile"] == -1482.404
    assert day["epv"] > 0
    assert {row["load"] for row in rows} == {None}


def test_nothing_from_before_the_system_stood(caller):
    """[] when there is nothing."""
    assert caller.data("getOneDayPowerBySn", queryDate="2000-01-01") == []


def test_energies_balance_as_in_the_captures(caller):
    """eInput + epv + eDischarge − eOutput − eCharge is the load, which the summary calls eload (r02, r05)."""
    day = caller.data("getOneDateEnergyBySn", queryDate="2026-08-03")
    load = day["eInput"] + day["epv"] + day["eDischarge"] - day["eOutput"] - day["eCharge"]
    rows = caller.data("getOneDayPowerBySn", queryDate="2026-08-03")

    assert load == pytest.approx(sum(row["load"] for row in rows) / 12_000, abs=0.1)
    assert day["epv"] == pytest.approx(sum(row["ppv"] for row in rows) / 12_000, abs=0.1)


def test_eload_is_a_residual_to_the_cent(caller):
    """eload = einput + epvtoday + edischarge − eoutput − echarge."""
    data = caller.data("getSumDataForCustomer")
    residual = data["einput"] + data["epvtoday"] + data["edischarge"]
    residual -= data["eoutput"] + data["echarge"]

    assert data["eload"] == pytest.approx(residual, abs=1e-9)


def test_today_of_the_summary_is_the_utc_day(make, clock):
    """At local midnight in Sydney the summary goes on, and starts again at UTC midnight, 10 a.m."""
    clock.advance(datetime(2026, 8, 4, 23, 59, 50, tzinfo=UTC) - clock.now())
    caller = make(plate={"tz": "Australia/Sydney", "latitude": -33.9})
    before = caller.data("getSumDataForCustomer")["eload"]
    local = caller.data("getOneDateEnergyBySn", queryDate="2026-08-05")
    clock.advance(20)
    after = caller.data("getSumDataForCustomer")["eload"]

    assert after < 0.1 < before
    assert local["eInput"] + local["epv"] + local["eDischarge"] > 0.1


def test_two_systems_on_one_app_id(make):
    """Multi-system accounts list both, and each answers for itself."""
    caller = make()
    now = caller.emulator.clock.now()
    other = EmulatedSystem(Nameplate(serial="AL0000000000002", pv_kw=9), start=now)
    caller.emulator.systems.append(other)
    small, large = (caller.data("getLastPowerData", sysSn=system.serial)["ppv"] for system in caller.emulator.systems)

    assert [each["popv"] for each in caller.data("getEssList")] == [6.0, 9.0]
    assert small < large
