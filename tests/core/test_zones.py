"""Zones as vendors write them: never a fixed offset where summer time exists."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from openpower_core.provider import resolve_zone

# A name, and a zone that keeps the same time; None where it is not known.
NAMES = {
    "Europe/Amsterdam": "Europe/Amsterdam",
    " australia/sydney ": "Australia/Sydney",
    "America/New York": "America/New_York",
    "CET": "Europe/Berlin",
    "Etc/GMT-10": "Australia/Brisbane",
    "UTC": "UTC",
    "(UTC) Coordinated Universal Time": "UTC",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "AUS Eastern Daylight Time": "Australia/Sydney",
    "E. Australia Standard Time": "Australia/Brisbane",
    "Cen. Australia Standard Time": "Australia/Adelaide",
    "Tasmania Standard Time": "Australia/Hobart",
    "W. Australia Standard Time": "Australia/Perth",
    "New Zealand Standard Time": "Pacific/Auckland",
    "W. Europe Standard Time": "Europe/Berlin",
    "W. Europe Summer Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "GMT Standard Time": "Europe/London",
    "china standard time": "Asia/Shanghai",
    "South Africa Standard Time": "Africa/Johannesburg",
    "E. South America Standard Time": "America/Sao_Paulo",
    "(UTC+10:00) Canberra, Melbourne, Sydney": "Australia/Sydney",
    "(UTC+10:00) Brisbane": "Australia/Brisbane",
    "(GMT+10:00) Hobart": "Australia/Hobart",
    "(UTC+09:30) Adelaide": "Australia/Adelaide",
    "(UTC+09:30) Darwin": "Australia/Darwin",
    "(UTC+08:00) Perth": "Australia/Perth",
    "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi": "Asia/Shanghai",
    "(UTC+12:00) Auckland, Wellington": "Pacific/Auckland",
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Berlin",
    "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris": "Europe/Paris",
    "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb": "Europe/Warsaw",
    "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius": "Europe/Helsinki",
    "(UTC+00:00) Dublin, Edinburgh, Lisbon, London": "Europe/London",
    "(UTC) Dublin, Edinburgh, Lisbon, London": "Europe/London",
    "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi": "Asia/Kolkata",
    "(UTC-05:00) Eastern Time (US & Canada)": "America/New_York",
    "(UTC-08:00) Pacific Time (US & Canada)": "America/Los_Angeles",
    "(UTC-06:00) Guadalajara, Mexico City, Monterrey": "America/Mexico_City",
    "UTC+11:00 Sydney": "Australia/Sydney",
    "GMT+8 Shanghai": "Asia/Shanghai",
    "Sydney": "Australia/Sydney",
    # No place that has one of these offsets has summer time.
    "UTC+08:00": "Asia/Shanghai",
    "GMT+8": "Asia/Shanghai",
    "8": "Asia/Shanghai",
    "UTC+05:30": "Asia/Kolkata",
    "5.5": "Asia/Kolkata",
    "UTC+9": "Asia/Tokyo",
    # Sydney or Brisbane, London or Accra, Santiago or Buenos Aires: nobody can say.
    "UTC+10:00": None,
    "+10:00": None,
    "10": None,
    "UTC+00:00": None,
    "GMT": None,
    "GMT+0": None,
    "UTC-3": None,
    "-03:00": None,
    "UTC+1": None,
    "CEST +02:00": None,
    "EST": None,
    "UTC+09:00 Sydney": None,
    "(UTC+10:00) Brisbane, Sydney": None,
    # No zones.
    "UTC+99:00": None,
    "Nowhere/Atlantis": None,
    "../../etc/passwd": None,
    "--": None,
    "": None,
    "\x00": None,
    "(((": None,
}


@pytest.mark.parametrize(("name", "same"), NAMES.items())
def test_what_vendors_write_is_a_place_or_not_known(name: str, same: str | None) -> None:
    zone = resolve_zone(name)
    assert (zone is None) == (same is None), zone
    if zone and same:
        for month in range(1, 13):
            instant = datetime(2026, month, 15, tzinfo=UTC)
            assert instant.astimezone(ZoneInfo(zone)).utcoffset() == instant.astimezone(ZoneInfo(same)).utcoffset()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.none(), st.text(), st.from_regex(r"\A\(?(UTC|GMT)?[+-]?[0-9]{1,3}[:.]?[0-9]*\)?.*\Z")))
def test_nothing_raises_and_a_zone_exists(text: str | None) -> None:
    zone = resolve_zone(text)
    assert zone is None or ZoneInfo(zone).key == zone
