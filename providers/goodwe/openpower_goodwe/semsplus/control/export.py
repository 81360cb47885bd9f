"""The export limit: a switch and a figure, in watts or in per cent of the rated power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from openpower_core.errors import InvalidValue, PartialData
from openpower_core.write.drafts import Draft
from openpower_core.writes import Adjustment
from openpower_goodwe.semsplus.control.functions import EXPORT_PER_CENT, EXPORT_SWITCHES, EXPORT_WATTS, Functions

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ExportFace", "ExportLimit", "export_face", "number"]


@frozen(kw_only=True)
class ExportLimit:
    """What the inverter may give to the grid; the figure does not matter while the switch is off."""

    watts: int | None = None


@frozen(kw_only=True)
class ExportFace:
    """How one model holds the limit."""

    switch: str
    figure: str
    rated_w: float | None = None
    span: tuple[float, float] | None = None

    @property
    def per_cent(self) -> bool:
        """Whether the figure is a share of the rated power."""
        return self.figure == EXPORT_PER_CENT

    @property
    def addresses(self) -> tuple[str, str]:
        """What to read and write."""
        return self.switch, self.figure

    def current(self, values: Mapping[str, Any]) -> ExportLimit:
        """What the cached values say."""
        on, figure = number(values, self.switch), number(values, self.figure)
        if on is None or (on and figure is None):
            raise PartialData(
                "the cloud has not heard the export limit from the inverter yet.",
                provider="goodwe-sems",
                operation="export_limit",
            )
        return ExportLimit(watts=self._watts(figure or 0.0)) if on else ExportLimit()

    def values(self, limit: ExportLimit) -> dict[str, int]:
        """What to write."""
        if limit.watts is None:
            return {self.switch: 0}
        return {self.switch: 1, self.figure: self._figure(limit.watts)}

    def plan(self, limit_w: float | None) -> Draft[ExportLimit]:
        """Snap a wish to what the model takes."""
        if limit_w is None:
            return Draft(document=ExportLimit())
        if limit_w < 0:
            raise InvalidValue(f"the export limit is {limit_w} W; it cannot be negative.")
        figure = self._figure(limit_w)
        if self.span is not None:
            figure = int(min(max(figure, self.span[0]), self.span[1]))
        got = self._watts(figure)
        reason = (
            "the inverter takes whole per cent of its rated power"
            if self.per_cent
            else "the inverter takes whole watts within its range"
        )
        change = Adjustment(field="limit_w", asked=limit_w, got=got, reason=reason)
        return Draft(document=ExportLimit(watts=got), adjustments=() if got == limit_w else (change,))

    def _figure(self, watts: float) -> int:
        return round(watts / self._rated * 100) if self.per_cent else round(watts)

    def _watts(self, figure: float) -> int:
        return round(figure * self._rated / 100) if self.per_cent else round(figure)

    @property
    def _rated(self) -> float:
        if not self.rated_w:
            raise InvalidValue(
                "this model takes per cent of its rated power, which SEMS+ does not tell.", provider="goodwe-sems"
            )
        return self.rated_w


def number(values: Mapping[str, Any], address: str) -> float | None:
    """A cached value as a number."""
    try:
        return None if values.get(address) is None else float(values[address])
    except (TypeError, ValueError):
        return None


def export_face(functions: Functions, rated_w: float | None) -> ExportFace | None:
    """How a model holds its export limit; None where it has none."""
    switch = functions.find(*EXPORT_SWITCHES)
    if switch is None:
        return None
    hybrid = str(switch.address) == EXPORT_SWITCHES[0]
    wanted = EXPORT_WATTS[:1] if hybrid else (EXPORT_WATTS[1], EXPORT_PER_CENT)
    figure = functions.find(*wanted)
    if figure is None:
        return None
    address = str(figure.address)
    return ExportFace(switch=str(switch.address), figure=address, rated_w=rated_w, span=functions.span(address))
