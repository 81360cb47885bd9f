"""Mistakes in the third party's provider: a retailer with hourly prices and refusals inside HTTP 200."""

from __future__ import annotations

from functools import partial

from mutants import NORDLYS, Mutant

_nordlys = partial(Mutant, of=NORDLYS)

MUTANTS = (
    _nordlys(
        "öre as kroner",
        "retailer.money_per_kwh",
        "Cents were taken for the major unit",
        {"models.py": ("Decimal(str(total))", "Decimal(str(total)) * 100")},
    ),
    _nordlys(
        "binary fractions",
        "retailer.money_per_kwh",
        "to more digits than a vendor sends",
        {"models.py": ("Decimal(str(total))", "Decimal(total)")},
    ),
    _nordlys(
        "an hour dropped silently",
        "retailer.grid_has_no_gaps",
        "and the next begins at",
        {"models.py": ("if total is not None),", "if total and total > 0),")},
    ),
    _nordlys(
        "one price spoils all",
        "data.null_costs_only_its_entry",
        "total is null in prices of",
        {"models.py": ('total: float | None = key("total", default=None)', 'total: float = key("total")')},
    ),
    _nordlys(
        "an hour without a price is left out in silence",
        "data.null_costs_only_its_entry",
        "disappears in silence",
        {"models.py": ("for hour, total in hours if total is None]", 'for hour, total in hours if total == ""]')},
    ),
    _nordlys(
        "a refusal taken for no data",
        "connecting.bad_credentials",
        "not an AuthError",
        {"models.py": ('AuthenticationFailed if code == "UNAUTHENTICATED" else BadResponse', "BadResponse")},
    ),
    _nordlys(
        "a refusal that is overlooked",
        "faults.vendor_says_no",
        "it should be AuthenticationFailed",
        {"models.py": ("for problem in envelope.errors or ():", "for problem in ():")},
    ),
)
