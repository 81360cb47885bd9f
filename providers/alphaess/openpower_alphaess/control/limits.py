"""How often what may be written, when a read-back counts, and which device a native write is about.

Published and observed: the portal says once a day, and does not enforce it; the vendor named flash wear
(2023-12); clients space writes 30 s to 15 min. Reads show a write after about 35 s (capture of 2026-08-31) and at
times only after 4 to 5 min, as long as the inverter takes to ask the cloud for it (batpred: 1 to 5 min).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import frozen

from openpower_core.provider import DeviceInfo, End, Role, WriteLimits, count

if TYPE_CHECKING:
    from collections.abc import Mapping

SERIALS: Final = ("sysSn", "evchargerSn")
"""Parts of a body that receipts and audit leave out: they know the device, and a charger's box not its system."""

SCHEDULE_BUDGET: Final = "schedule"
SITE_BUDGET: Final = "site_current"
CHARGER_BUDGET: Final = "charger"

LONGEST_DELAY: Final = timedelta(minutes=6)
"""The five minutes that were seen, and one for the read that follows them."""

SCHEDULE_LIMITS: Final = WriteLimits(
    min_interval=timedelta(seconds=30),
    patience=timedelta(seconds=60),
    # Commands only; releases are not counted. The portal's own "once a day" leaves no room to stay below it by the writes
    # of a release, and is not enforced: more than 500 calls in five minutes passed (homeassistant-alphaESS, 2026).
    per_day=48,
    settle=timedelta(seconds=40),
    settle_timeout=LONGEST_DELAY,
    poll=timedelta(seconds=15),
    # Windows have no date: those of a command come back every day or every week.
    ends=End.RECURS,
)
SITE_LIMITS: Final = attrs.evolve(SCHEDULE_LIMITS, ends=End.OPEN)
CHARGER_LIMITS: Final = attrs.evolve(
    SITE_LIMITS, min_interval=timedelta(seconds=10), per_day=None, settle=timedelta(seconds=10)
)

_SITE: Final = "setEvChargerCurrentsBySn"
_CHARGER: Final = "remoteControlEvCharger"
_BINDING: Final = ("bindSn", "unBindSn")
_OFFSET: Final = "updateMeterOffsetConfigInfo"


def limits_with(writes_per_day: int | None) -> WriteLimits:
    """The limits of the schedule with another budget; None keeps the usual one."""
    if writes_per_day is None:
        return SCHEDULE_LIMITS
    return attrs.evolve(SCHEDULE_LIMITS, per_day=count(writes_per_day, "writes_per_day", low=1))


@frozen(kw_only=True)
class Target:
    """What a native write is about."""

    info: DeviceInfo
    budget: str
    limits: WriteLimits


def target_of(call: str, body: Mapping[str, Any], limits: WriteLimits = SCHEDULE_LIMITS) -> Target:
    """The device and the budget that a native write counts for."""
    # A native write counts in the budget of the device that openpower's own writes of the same kind count in.
    if call == _CHARGER:
        info = _info(str(body["evchargerSn"]), Role.EV_CHARGER)
        return Target(info=info, budget=CHARGER_BUDGET, limits=CHARGER_LIMITS)
    serial = str(body["sysSn"])
    if call == _SITE:
        return Target(info=_info(serial, Role.INVERTER), budget=SITE_BUDGET, limits=SITE_LIMITS)
    if call == _OFFSET:
        return Target(info=_info(serial, Role.METER), budget="meter_offset", limits=limits)
    if call in _BINDING:
        return Target(info=_info(serial, Role.INVERTER), budget="binding", limits=WriteLimits())
    return Target(info=_info(serial, Role.BATTERY), budget=SCHEDULE_BUDGET, limits=limits)


def _info(serial: str, role: Role) -> DeviceInfo:
    return DeviceInfo(id=f"{serial}/{role.value}", provider="alphaess", serial=serial, role=role, vendor="AlphaESS")
