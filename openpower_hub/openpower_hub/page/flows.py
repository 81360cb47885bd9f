"""Who gives power to whom now: an allocation of what is measured, in an order that everybody can follow.

Solar supplies the house, then the battery, then the car, then the grid; the battery supplies the house, the car, the grid;
the grid supplies the rest. Meters measure none of this, only the power at each place, so pages call it an allocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from openpower_core.balance import Balance

PLACES: Final = ("solar", "house", "grid", "battery", "car")
"""The places of a home that power flows from and to, as pages order them."""
ORDER: Final[tuple[tuple[str, str], ...]] = (
    ("solar", "house"),
    ("solar", "battery"),
    ("solar", "car"),
    ("solar", "grid"),
    ("battery", "house"),
    ("battery", "car"),
    ("battery", "grid"),
    ("grid", "house"),
    ("grid", "battery"),
    ("grid", "car"),
)
"""Which source supplies which use, first come first served."""
IDLE_W: Final = 30.0
"""Below this a flow is shown as idle, and a place as 0 W: meters at rest stray by that much."""
UNEXPLAINED_W: Final = 50.0
UNEXPLAINED_SHARE: Final = 0.03
_MUCH: Final = 1e9
"""More than any home has: what an unknown power may be at most (W)."""


@frozen(kw_only=True)
class Flow:
    """Power on its way from one place to another."""

    source: str
    use: str
    watts: float

    @property
    def id(self) -> str:
        """Its name in the page: ``solar-house``."""
        return f"{self.source}-{self.use}"


def powers(balance: Balance, places: frozenset[str]) -> dict[str, float | None]:
    """The power that each place of a home gives (W; negative: takes); None where it is unknown."""
    house, car = balance.load_w, balance.ev_w
    found = {
        "solar": balance.pv_w,
        "house": None if house is None else -house,
        "grid": balance.grid_w,
        "battery": balance.battery_w,
        "car": None if car is None else -car,
    }
    return {place: found[place] for place in PLACES if place in places}


def allocate(powers: Mapping[str, float | None]) -> list[Flow]:
    """The flows between the places, as far as they do not depend on a power that is unknown.

    Whatever an unknown place gives or takes, the flows that are returned are the same: each is allocated with nothing, with
    very much given and with very much taken, and what differs is left out.

    Args:
        powers: by place (W): positive gives, negative takes, None is unknown.
    """
    unknown = [place for place, watts in powers.items() if watts is None]
    known = {place: watts for place, watts in powers.items() if watts is not None}
    cases = [
        _allocated(known | dict(zip(unknown, assumed, strict=True)))
        for assumed in product((0.0, _MUCH, -_MUCH), repeat=len(unknown))
    ]
    first = cases[0]
    same = {pair for pair, watts in first.items() if all(case.get(pair) == watts for case in cases)}
    return [Flow(source=pair[0], use=pair[1], watts=first[pair]) for pair in ORDER if pair in same]


def _allocated(powers: Mapping[str, float]) -> dict[tuple[str, str], float]:
    gives = {place: max(0.0, watts) for place, watts in powers.items()}
    takes = {place: max(0.0, -watts) for place, watts in powers.items()}
    flows: dict[tuple[str, str], float] = {}
    for source, use in ORDER:
        watts = min(gives.get(source, 0.0), takes.get(use, 0.0))
        if watts > 0:
            flows[source, use] = watts
            gives[source] -= watts
            takes[use] -= watts
    return flows


def unexplained(powers: Mapping[str, float | None]) -> float | None:
    """What more is given than taken (W; negative: taken than given), if losses do not explain it; None if so, or unknown.

    More than 50 W, and more than 3 % of all that is given: a wrong sign, a device that nobody measures, or measurements
    of different instants.
    """
    known = [watts for watts in powers.values() if watts is not None]
    if len(known) < len(powers) or not {"house", "grid"} <= powers.keys():
        return None
    rest = sum(known)
    given = max(sum(watts for watts in known if watts > 0), sum(-watts for watts in known if watts < 0))
    return rest if abs(rest) > max(UNEXPLAINED_W, UNEXPLAINED_SHARE * given) else None
