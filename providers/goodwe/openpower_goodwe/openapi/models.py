"""What the Open API answers, as public clients' code names it; no real answer is public, so all is lenient.

Unknown fields are kept in ``.extras``.
"""

from __future__ import annotations

from openpower_core.provider import Record, key, record


@record
class Token(Record):
    """``GetToken``: good for about two hours."""

    token: str | None = key("token", default=None, secret=True)
    expired: float | None = key("expired", default=None, lenient=True)


@record
class Plant(Record):
    """One row of ``GetUserPlantList``; the names of its fields are guesses."""

    plant_id: str | None = key(
        "plant_id", default=None, also=("plantId", "plantid", "Plantid", "powerstation_id", "id"), serial=True
    )
    name: str | None = key("plant_name", default=None, also=("plantName", "stationname", "name"))


@record
class PlantDetail(Record):
    """``GetPlantDetail``: only its name is known; see ``.extras``."""

    plant_id: str | None = key("plant_id", default=None, also=("plantId", "powerstation_id", "id"), serial=True)
    name: str | None = key("plant_name", default=None, also=("plantName", "stationname", "name"))
    capacity_kw: float | None = key("capacity", default=None, lenient=True)


@record
class Point(Record):
    """One point of a series."""

    x: str | None = key("x", default=None, also=("time", "date"))
    y: float | None = key("y", default=None, also=("pv",), lenient=True)
    """W or kWh, as the series is."""


@record
class PlantPower(Record):
    """``GetPlantPower``: PV power of one day (W)."""

    pv_power: list[Point] | None = None


@record
class PlantGeneration(Record):
    """``GetPlantGeneration``: energies (kWh) by day (type 0) or month (type 1)."""

    date: str | None = None
    currency: str | None = None
    pv_generation: list[Point] | None = None
    self_use: list[Point] | None = None
    buy: list[Point] | None = None
    sell: list[Point] | None = None
    consumption: list[Point] | None = None
    income: list[Point] | None = None
    self_use_ratio: list[Point] | None = key("self_useratio", default=None)
    output: list[Point] | None = None


@record
class InverterRow(Record):
    """One row of ``GetInverterList``; the names of its fields are guesses."""

    sn: str | None = key(
        "sn", default=None, also=("invertersn", "inverter_sn", "inverterSn", "InverterSN"), serial=True
    )
    name: str | None = key("name", default=None, also=("inverter_name",))
    model: str | None = key("model", default=None, also=("model_type", "type"))
    capacity_kw: float | None = key("capacity", default=None, lenient=True)


@record
class Inverter(Record):
    """``GetInverterBySN``: what an inverter counted (kWh)."""

    daily_kwh: float | None = key("daily_generation", default=None, lenient=True)
    total_kwh: float | None = key("total_generation", default=None, lenient=True)
    status: str | int | None = None


@record
class InverterPoint(Record):
    """One row of ``GetInverterPower``: AC power (W), every five minutes."""

    at: str | None = key("date", default=None, also=("time", "x"))
    pac_w: float | None = key("pac", default=None, also=("y",), lenient=True)


@record
class InverterDay(Record):
    """``GetInverterGeneration``: energies (kWh); clients read either list."""

    pv: list[Point] | None = None
    records: list[Point] | None = None

    @property
    def points(self) -> list[Point]:
        """Whichever list was sent."""
        return self.pv or self.records or []
