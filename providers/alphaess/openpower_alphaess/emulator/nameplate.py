"""What is printed on an emulated system: serials, models and ratings."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from attrs import frozen

__all__ = ["Nameplate", "Tariff"]


@frozen(kw_only=True)
class Tariff:
    """What the owner entered as tariff; without one eight figures of the summary are null."""

    currency: str = "EUR"
    import_per_kwh: float = 0.30
    export_per_kwh: float = 0.08

    def income(self, pv_kwh: float, exported_kwh: float) -> float:
        """What PV earned: what was sold, and what need not be bought."""
        return exported_kwh * self.export_per_kwh + (pv_kwh - exported_kwh) * self.import_per_kwh


@frozen(kw_only=True)
class Nameplate:
    """One system, as the vendor's list shows it, and what only its owner knows."""

    serial: str = "AL0000000000001"
    check_code: str = "CHECK1"
    """Printed on the label; needed to bind the system."""
    owner: str | None = "owner@example.org"
    """Where verification codes are mailed to; None: no user has registered the system (6002)."""
    inverter_model: str = "SMILE5-INV"
    battery_model: str = "SMILE-BAT-10.1P"
    inverter_kw: float = 5.0
    pv_kw: float = 6.0
    capacity_kwh: float = 10.1
    usable_pct: float = 90.0
    phases: int = 1
    strings: int = 2
    tz: str = "Europe/Berlin"
    """The zone of the system's clock, which the vendor's API never tells."""
    latitude: float = 52.5
    charger_models: tuple[str, ...] = ()
    """The EV chargers fitted, at most four, such as ``SMILE-EVCT11``."""
    tariff: Tariff | None = None

    @property
    def usable_kwh(self) -> float:
        """Capacity times usable share, to two places, halves up as the service rounds (4.1 × 95 % is 3.9)."""
        exact = Decimal(str(self.capacity_kwh)) * Decimal(str(self.usable_pct)) / 100
        return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
