"""Bidding zones: what each source calls them, in which currency a home there pays, and what its clocks show."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from openpower_core import provider as core


@frozen
class Area:
    """One bidding zone."""

    name: str
    """As energy-charts writes it: ``"DE-LU"``."""
    eic: str
    """ENTSO-E's code of it."""
    currency: str
    """What a home there pays in. Sources may quote in another currency; most quote in EUR."""
    tz: str
    """IANA zone."""
    nordpool: str | None
    """Nord Pool's code; None where its portal does not have the zone."""


# EIC codes: ENTSO-E's list of areas as entsoe-py has it (EnergieID/entsoe-py, entsoe/mappings.py); Nord Pool's: pynordpool.
# Nord Pool's Germany is GER, and its Romania TEL. Bulgaria has the euro since 2026.
_TABLE: Final = """
AT              10YAT-APG------L EUR Europe/Vienna     AT
BE              10YBE----------2 EUR Europe/Brussels   BE
BG              10YCA-BULGARIA-R EUR Europe/Sofia      BG
CH              10YCH-SWISSGRIDZ CHF Europe/Zurich     -
CZ              10YCZ-CEPS-----N CZK Europe/Prague     -
DE-LU           10Y1001A1001A82H EUR Europe/Berlin     GER
DK1             10YDK-1--------W DKK Europe/Copenhagen DK1
DK2             10YDK-2--------M DKK Europe/Copenhagen DK2
EE              10Y1001A1001A39I EUR Europe/Tallinn    EE
ES              10YES-REE------0 EUR Europe/Madrid     -
FI              10YFI-1--------U EUR Europe/Helsinki   FI
FR              10YFR-RTE------C EUR Europe/Paris      FR
GR              10YGR-HTSO-----Y EUR Europe/Athens     -
HR              10YHR-HEP------M EUR Europe/Zagreb     -
HU              10YHU-MAVIR----U HUF Europe/Budapest   -
IE              10Y1001A1001A59C EUR Europe/Dublin     -
IT-Calabria     10Y1001C--00096J EUR Europe/Rome       -
IT-Centre-North 10Y1001A1001A70O EUR Europe/Rome       -
IT-Centre-South 10Y1001A1001A71M EUR Europe/Rome       -
IT-North        10Y1001A1001A73I EUR Europe/Rome       -
IT-Sardinia     10Y1001A1001A74G EUR Europe/Rome       -
IT-Sicily       10Y1001A1001A75E EUR Europe/Rome       -
IT-South        10Y1001A1001A788 EUR Europe/Rome       -
LT              10YLT-1001A0008Q EUR Europe/Vilnius    LT
LV              10YLV-1001A00074 EUR Europe/Riga       LV
NL              10YNL----------L EUR Europe/Amsterdam  NL
NO1             10YNO-1--------2 NOK Europe/Oslo       NO1
NO2             10YNO-2--------T NOK Europe/Oslo       NO2
NO3             10YNO-3--------J NOK Europe/Oslo       NO3
NO4             10YNO-4--------9 NOK Europe/Oslo       NO4
NO5             10Y1001A1001A48H NOK Europe/Oslo       NO5
PL              10YPL-AREA-----S PLN Europe/Warsaw     PL
PT              10YPT-REN------W EUR Europe/Lisbon     -
RO              10YRO-TEL------P RON Europe/Bucharest  TEL
RS              10YCS-SERBIATSOV RSD Europe/Belgrade   -
SE1             10Y1001A1001A44P SEK Europe/Stockholm  SE1
SE2             10Y1001A1001A45N SEK Europe/Stockholm  SE2
SE3             10Y1001A1001A46L SEK Europe/Stockholm  SE3
SE4             10Y1001A1001A47J SEK Europe/Stockholm  SE4
SI              10YSI-ELES-----O EUR Europe/Ljubljana  -
SK              10YSK-SEPS-----K EUR Europe/Bratislava -
"""


def _area(line: str) -> Area:
    name, eic, currency, tz, nordpool = line.split()
    return Area(name, eic, currency, tz, None if nordpool == "-" else nordpool)


AREAS: Final = {area.name: area for area in map(_area, _TABLE.strip().splitlines())}
"""The bidding zones by name, such as ``"DE-LU"``."""
CHOICES: Final = dict.fromkeys(AREAS, "")
"""For ``openpower login``."""

OPEN_LICENCE: Final = frozenset(
    ["AT", "BE", "CH", "CZ", "DE-LU", "DK1", "DK2", "FR", "HU", "IT-North", "NL", "NO2", "PL", "SE4", "SI"]
)
"""The zones that energy-charts gives under CC BY 4.0; those of the others are for private and internal use only (its OpenAPI 1.5)."""

_ALIASES: Final = {"DE": "DE-LU", "LU": "DE-LU", "SEM": "IE"} | {
    code: area.name for area in AREAS.values() for code in (area.eic, area.nordpool) if code
}


def to_area(value: Any) -> Area:
    """A bidding zone by its name, its EIC or Nord Pool's code; capitals do not matter.

    >>> to_area("de-lu").eic, to_area("GER").name
    ('10Y1001A1001A82H', 'DE-LU')
    """
    if isinstance(value, Area):
        return value
    names = {name.upper(): name for name in AREAS} | {alias.upper(): name for alias, name in _ALIASES.items()}
    found = names.get(value.strip().upper()) if isinstance(value, str) else None
    if found is None:
        near = core.nearest(value, AREAS) if isinstance(value, str) else None
        raise core.refused(value, "area", f"a bidding zone: {', '.join(AREAS)}", hint=near)
    return AREAS[found]
