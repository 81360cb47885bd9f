"""What users of AlphaESS's native API see, in both flavours."""

from __future__ import annotations

from datetime import date, time
from typing import Any, assert_type

from openpower.alphaess import (
    AlphaESS,
    AsyncAlphaESS,
    DayEnergy,
    EssSystem,
    EvCharger,
    EvChargerState,
    EvChargerStatus,
    PowerData,
    PowerSample,
    PvDetail,
    Summary,
    TimeCharge,
    TimePeriod,
)

OFF = (time(0), time(0))


def synchronous() -> None:
    """Records have types; the vendor's own keys give whatever they hold."""
    with AlphaESS("app", "secret", "SN", timeout=10.0) as api:
        assert_type(api, AlphaESS)
        assert_type(api.for_device("SN"), AlphaESS)
        systems = api.list_systems()
        assert_type(systems, list[EssSystem])
        assert_type(systems[0].sys_sn, str | None)
        power = api.get_realtime_power_usage()
        assert_type(power, PowerData)
        assert_type(power.pgrid, float | None)
        assert_type(power.ppv_detail, PvDetail | None)
        assert_type(power["pgrid"], Any)
        assert_type(api.get_system_summary(), Summary)
        assert_type(api.get_historical_power_usage(date(2026, 8, 4)), list[PowerSample])
        assert_type(api.get_historical_energy_usage("2026-08-04"), DayEnergy)
        assert_type(api.get_periodic_schedule().charge_time_list, tuple[TimePeriod, ...] | None)
        assert_type(api.get_ev_charger_list(), list[EvCharger])
        assert_type(api.get_ev_charger_status("EV1").evcharger_status, EvChargerStatus | None)
        assert_type(api.get_ev_charger_current_draw_settings(), float)
        api.set_charging_settings(0.9, True, OFF, OFF)
        api.control_ev_charger("EV1", charging=False, serial_number="SN")


async def asynchronous() -> None:
    """The same, awaited."""
    async with AsyncAlphaESS(app_id="app", app_secret="secret", device_serial_number="SN") as api:
        assert_type(api.for_device("SN"), AsyncAlphaESS)
        assert_type(await api.list_systems(), list[EssSystem])
        assert_type(await api.get_realtime_energy_usage(), PowerData)
        assert_type(await api.get_periodic_schedule(), TimeCharge)
        assert_type(await api.get_ev_charger_status("EV1"), EvChargerState)
        await api.set_discharging_settings(0.1, False, OFF, OFF)
