"""``openpower bill``: a month on the screen and as JSON, and what is missing from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def flat(own_folders: Path) -> None:
    """A profile with a tariff in it."""
    file = own_folders / "config.toml"
    file.write_text(
        '[profiles.flat]\nprovider = "tariff"\n[profiles.flat.document]\nname = "Flat"\ncurrency = "AUD"\n'
        'tz = "Australia/Sydney"\ntax_included = false\ntax_rate = 0.1\n[profiles.flat.document.import]\nprice = 0.3\n'
        "[[profiles.flat.document.standing_charges]]\namount = 1.0\n"
    )
    file.chmod(0o600)


def test_a_month_of_the_simulated_home(cli: Any) -> None:
    """Lines, sums and rules; the same in JSON."""
    shown = cli("bill", "demo", "-O", "start=2026-11-04T12:00", "--month", "2026-10")
    data = cli("bill", "demo", "-O", "start=2026-11-04T12:00", "--month", "2026-10", "--json").data["bill"]

    assert shown.code == 0
    assert "supply charge\t31 day\t1.1 AUD/day\t34.10 AUD" in shown.out
    assert f"total\t\t\t{data['total']} AUD" in shown.out
    assert "31 days, from 2026-10-01 to 2026-10-31" in shown.out
    assert (data["start"], data["end"]) == ("2026-09-30T14:00:00Z", "2026-10-31T13:00:00Z")
    assert round(float(data["net"]) + float(data["tax"]), 2) == float(data["total"])
    assert data["gaps"] == []


def test_a_tariff_with_the_meter_of_a_home(cli: Any) -> None:
    """Usage is estimated from the meter's history, which the bill says."""
    shown = cli("bill", "flat", "demo", "--import-retailer", "tariff-Flat", "--from", "yesterday", "--to", "today")

    assert shown.code == 0
    assert "standing charge\t1 day\t1 AUD/day\t1.00 AUD" in shown.out
    assert "100.0% of the energy is estimated." in shown.out
    assert "10 % tax is added" in shown.out


def test_what_is_missing_is_named_with_its_own_code(cli: Any) -> None:
    shown = cli("bill", "flat", "--month", "2026-10")

    assert shown.code == 9
    assert "total\t\t\t34.10 AUD" in shown.out
    assert "note: 2026-10-01 00:00 +1000 to 2026-11-01 00:00 +1100 (import): no usage" in shown.err
    assert "100.0% of the time is missing" in shown.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--month", "2026-13"), "'2026-13' is not a month"),
        (("--month", "2026-10", "--from", "yesterday"), "--month was given together"),
        (("--from", "yesterday"), "give both --from and --to"),
        (("--from", "today", "--to", "yesterday"), "--to must be later than --from"),
    ],
)
def test_a_range_that_cannot_be_meant_is_refused(cli: Any, typed: tuple[str, ...], words: str) -> None:
    shown = cli("bill", "flat", *typed)

    assert shown.code == 2
    assert words in shown.err.replace("\n", " ")


def test_several_retailers_have_to_be_chosen_from(cli: Any) -> None:
    shown = cli("bill", "flat", "demo")

    assert shown.code == 2
    assert "--import-retailer" in shown.err
