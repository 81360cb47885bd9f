"""The flow of a station as source-positive watts: the one place where GoodWe's grid sign is turned round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_goodwe.semsplus.models import Flow

__all__ = ["Flows", "grid_watts", "to_flows", "watts"]

_TOLERANCE_KW: Final = 0.02
"""What rounding may leave of a balance that closes; all real samples close to 0.01 kW."""
_SHARE: Final = 0.02


@frozen(kw_only=True)
class Flows:
    """One moment of a station (W), positive into the house; None where it is not known."""

    pv_w: float | None = None
    battery_w: float | None = None
    """+ discharging."""
    grid_w: float | None = None
    """+ importing."""
    load_w: float | None = None
    ev_w: float | None = None
    ac_w: float | None = None
    soc_pct: float | None = None
    load_includes_ev: bool | None = None

    @property
    def is_dark(self) -> bool:
        """Whether nothing is known of any power: the station does not report."""
        return all(each is None for each in (self.pv_w, self.battery_w, self.grid_w, self.load_w))


def watts(kilowatts: float | None) -> float | None:
    """Kilowatts in watts, to the milliwatt that the vendor's digits allow."""
    return None if kilowatts is None else round(kilowatts * 1000, 3) + 0.0


def grid_watts(kilowatts: float | None) -> float | None:
    """GoodWe's grid power (kW, + exporting) as ours (W, + importing)."""
    return None if kilowatts is None else watts(-kilowatts)


def to_flows(flow: Flow) -> Flows:
    """The flow of this minute.

    Signs are trusted where the balance closes with them. One document calls them magnitudes: where they do
    not close, and turned as ``flows`` says they do, ``flows`` decides.
    """
    battery, grid = _signed(flow)
    return Flows(
        pv_w=_not_negative(watts(flow.pv_kw)),
        battery_w=watts(battery),
        grid_w=grid_watts(grid),
        load_w=_not_negative(watts(flow.load_kw)),
        ev_w=_not_negative(watts(flow.ev_kw)),
        ac_w=watts(flow.ac_kw),
        soc_pct=flow.soc if flow.soc is not None and 0 <= flow.soc <= 100 else None,
        load_includes_ev=_includes_ev(flow, battery, grid),
    )


def _signed(flow: Flow) -> tuple[float | None, float | None]:
    battery, grid = flow.battery_kw, flow.grid_kw
    if not flow.flows or _closes(flow, battery, grid):
        return battery, grid
    told_battery = _turned(battery, "pBat", flow.flows, out=1.0)
    # The grid is a source while importing, which the vendor counts negative.
    told_grid = _turned(grid, "pGrid", flow.flows, out=-1.0)
    if _closes(flow, told_battery, told_grid):
        return told_battery, told_grid
    return battery, grid


def _turned(power: float | None, node: str, flows: Mapping[str, Any], *, out: float) -> float | None:
    if power is None:
        return None
    if flows.get(node):
        return out * abs(power)
    if any(isinstance(sinks, list) and node in sinks for sinks in flows.values()):
        return -out * abs(power)
    return power


def _closes(flow: Flow, battery: float | None, grid: float | None) -> bool:
    """Whether the balance closes; keys that are left out at zero count as zero here, and only here."""
    if flow.load_kw is None:
        return True
    left = _rest(flow, battery, grid)
    biggest = max(abs(each or 0.0) for each in (flow.pv_kw, battery, grid, flow.load_kw))
    return min(abs(left), abs(left - (flow.ev_kw or 0.0))) <= _TOLERANCE_KW + _SHARE * biggest


def _rest(flow: Flow, battery: float | None, grid: float | None) -> float:
    others = (flow.third_kw or 0.0) + (flow.diesel_kw or 0.0)
    sources = (flow.pv_kw or 0.0) + (battery or 0.0) - (grid or 0.0) + others
    return sources - (flow.load_kw or 0.0)


def _includes_ev(flow: Flow, battery: float | None, grid: float | None) -> bool | None:
    """Told from the balance: it closes with the charger's power beside the load, or without."""
    if flow.load_kw is None or not flow.ev_kw:
        return None
    left = _rest(flow, battery, grid)
    if abs(left) <= _TOLERANCE_KW:
        return True
    return False if abs(left - flow.ev_kw) <= _TOLERANCE_KW else None


def _not_negative(power: float | None) -> float | None:
    return None if power is None else max(0.0, power)
