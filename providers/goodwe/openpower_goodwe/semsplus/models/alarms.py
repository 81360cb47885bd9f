"""Alarms of stations."""

from __future__ import annotations

from openpower_core.records import Record, key, record

__all__ = ["Alarm", "AlarmCount"]


@record
class Alarm(Record):
    """One alarm; ``warningname``, ``cause`` and ``solution`` are translation keys, not texts."""

    alarm_id: str | None = key("warningid", default=None)
    code: str | None = key("warning_code", default=None)
    error_code: str | None = key("error_code", default=None)
    name: str | None = key("warningNameEn", default=None)
    level: str | None = key("alarmLevel", default=None)
    status: str | int | None = None
    """0 active, 1 recovered."""
    device_name: str | None = key("deviceName", default=None)
    device_sn: str | None = key("devicesn", default=None, serial=True)
    happened_ms: float | None = key("happentime", default=None, lenient=True)
    """Milliseconds since 1970."""
    recovered_ms: float | None = key("recoverytime", default=None, lenient=True)
    happened_at: str | None = key("happentimes", default=None)
    """The same on the station's wall clock."""
    recovered_at: str | None = key("recoverytimes", default=None)
    duration: str | None = None
    confirmed: bool | None = None


@record
class AlarmCount(Record):
    """``alarm/statistics``: how many alarms there are."""

    total: int | None = key("total", default=None, lenient=True)
    happened: int | None = key("happened", default=None, lenient=True)
    recovered: int | None = key("recovery", default=None, lenient=True)
