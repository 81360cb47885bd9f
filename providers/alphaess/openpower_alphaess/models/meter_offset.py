"""``getMeterOffsetConfigInfo``: the commercial systems' meter offset. No successful answer is on record."""

from __future__ import annotations

from openpower_core.provider import Record, key, record

__all__ = ["MeterOffset"]


@record
class MeterOffset(Record):
    """A power that is added to what the meter shows, in two windows."""

    sys_sn: str | None = key("sysSn", default=None, serial=True)
    pm_offset: float | None = key("pmOffset", default=None, lenient=True)
    """kW, −500 to 500 in steps of 0.1."""
    pm_offset_en: int | None = key("pmOffsetEn", default=None, lenient=True)
    """Whether it is in force (0/1)."""
    pm_offset_s1: str | None = key("pmOffsetS1", default=None)
    """First window, start (``HH:mm``)."""
    pm_offset_e1: str | None = key("pmOffsetE1", default=None)
    pm_offset_s2: str | None = key("pmOffsetS2", default=None)
    pm_offset_e2: str | None = key("pmOffsetE2", default=None)
