"""Answers of AlphaESS's Open API as far as tests need them: the fields and figures of real ones, serial numbers made up.

The names in the comments are those of ``../shared/samples/alphaess/INDEX.md``, which says where each was seen.
"""

from __future__ import annotations

from typing import Any

SERIAL = "AL0000000000001"


def envelope(data: Any, code: int = 200, msg: str = "Success", exp_msg: str | None = None) -> dict[str, Any]:
    """An answer as the live service wraps it."""
    return {"code": code, "msg": msg, "expMsg": exp_msg, "data": data, "extra": None}


SYSTEM = {  # r01, the second of two
    "sysSn": SERIAL,
    "popv": 5.0,
    "minv": "SMILE5-INV",
    "poinv": 5.0,
    "cobat": 10.1,
    "mbat": "SMILE-BAT-10.1P",
    "surplusCobat": 9.09,
    "usCapacity": 90.0,
    "emsStatus": "Normal",
}
PLUG_IN = SYSTEM | {  # r17: a working VT1000
    "popv": 2.0,
    "minv": "VT1000",
    "poinv": 2.0,
    "cobat": 4.1,
    "mbat": "VM1000",
    "surplusCobat": 3.9,
    "usCapacity": 95.0,
    "emsStatus": "Protection",
}
OFFLINE = {
    "sysSn": "",
    "poinv": 20.0,
    "cobat": 49.15,
    "surplusCobat": 46.69,
    "usCapacity": 95.0,
    "emsStatus": "Offline",
}
"""r25, after an inverter was exchanged."""

EVENING = {  # r03: the battery covers the house
    "ppv": 0.0,
    "ppvDetail": {"ppv1": 0.0, "ppv2": 0.0, "ppv3": 0.0, "ppv4": 0.0, "pmeterDc": 0.0},
    "soc": 56.0,
    "pev": 0,
    "pevDetail": dict.fromkeys(("ev1Power", "ev2Power", "ev3Power", "ev4Power")),
    "prealL1": 1159.0,
    "prealL2": 0.0,
    "prealL3": 0.0,
    "pgrid": 11.0,
    "pgridDetail": {"pmeterL1": 11.0, "pmeterL2": 0.0, "pmeterL3": 0.0},
    "pload": 1275.0,
    "pbat": 1264.0,
}
EXPORTING = {"pbat": 111, "pev": 0, "pgrid": -4358, "pload": 610, "ppv": 4397, "soc": 98}
"""The test data of qalphacloud."""

ROW = {  # r04, the newest row of a day
    "sysSn": SERIAL,
    "uploadTime": "2026-08-04 20:09:04",
    "ppv": 0.0,
    "load": 1218.0,
    "cbat": 56.8,
    "feedIn": 0.0,
    "gridCharge": 2.0,
    "pchargingPile": 0,
}
DAY_ENERGY = {  # r05
    "sysSn": SERIAL,
    "theDate": "2026-08-04",
    "eCharge": 12.2,
    "epv": 10.6,
    "eOutput": 0.42,
    "eInput": 14.41,
    "eGridCharge": 9.1,
    "eDischarge": 7.1,
    "eChargingPile": 0.0,
}
NO_ENERGY = {name: 0.0 if name.startswith("e") else value for name, value in DAY_ENERGY.items()}
"""r21: so a VT1000 answers for weeks, on days on which the series shows what flows."""
SUMMARY = {  # r02: without a tariff
    "epvtoday": 10.6,
    "epvtotal": None,
    "eload": 19.49,
    "eoutput": 0.42,
    "einput": 14.41,
    "echarge": 12.2,
    "edischarge": 7.1,
    **dict.fromkeys(
        ("todayIncome", "totalIncome", "eselfConsumption", "eselfSufficiency", "treeNum", "carbonNum", "moneyType")
    ),
}


def charge_settings(first: str, second: str, limit: float, *, on: int = 0) -> dict[str, Any]:
    """``getChargeConfigInfo``; windows as ``"11:00-14:00"``."""
    (begin1, end1), (begin2, end2) = first.split("-"), second.split("-")
    times = {"timeChaf1": begin1, "timeChae1": end1, "timeChaf2": begin2, "timeChae2": end2}
    return {"gridCharge": on, **times, "batHighCap": limit}


CHARGE = charge_settings("11:00-14:00", "00:00-00:00", 100)  # r06: stored and off
CHARGE_DEFAULT = charge_settings("00:00-00:00", "00:00-00:00", 100)  # r31; r22 has 100.0
CHARGE_STALE = charge_settings("17:00-17:15", "17:00-17:15", 85)  # r27, beside a periodic schedule
DISCHARGE_DEFAULT = {  # r32
    "ctrDis": 0,
    **dict.fromkeys(("timeDisf1", "timeDise1", "timeDisf2", "timeDise2"), "00:00"),
    "batUseCap": 10,
}
DISCHARGE = DISCHARGE_DEFAULT | {"batUseCap": 5}  # r07

POSTMAN_CHARGE = {"sysSn": SERIAL} | charge_settings("00:00-22:15", "01:15-00:00", 0, on=1) | {"batHighCap": "95"}
"""The vendor's own request (2023-03): a level as text, and windows that overlap."""
POSTMAN_DISCHARGE = {"sysSn": SERIAL} | DISCHARGE_DEFAULT

WEEKLY_PERIOD = {  # r26
    "executeCycleType": 1,
    "strategyType": 0,
    "beginTime": "05:00",
    "endTime": "06:00",
    "weeks": [6, 5, 4, 3, 2, 1, 7],
    "sort": 1,
    "chargePower": 5000,
    "chargeLimit": 55.0,
}
WEEKLY = {  # r26: flags read 0/0 though it runs
    "sysSn": SERIAL,
    "executeCycleType": 1,
    "gridChargeCycle": 0,
    "ctrDisCycle": 0,
    "chargeTimeList": [WEEKLY_PERIOD],
    "dischargeTimeList": [],
}


def _period(begin: str, end: str, weeks: list[int], power: float, limit: float) -> dict[str, Any]:
    return {"beginTime": begin, "endTime": end, "weeks": weeks, "chargePower": power, "chargeLimit": limit}


WEEKLY_REQUEST = {  # r28: a request as a user sent it; the discharge period was cut off after its weeks
    "sysSn": SERIAL,
    "executeCycleType": 1,
    "gridChargeCycle": 1,
    "ctrDisCycle": 0,
    "chargeTimeList": [
        _period("00:00", "06:00", [6, 7], 1000, 55),
        _period("05:00", "06:00", [5, 4, 3, 2, 1], 5000, 55),
    ],
    "dischargeTimeList": [{"beginTime": "21:30", "endTime": "21:45", "weeks": [6, 5, 4, 3, 2, 1, 7]}],
}
WORKED_EXAMPLE = {  # docs/API.md of alphaess-openAPI
    "sysSn": SERIAL,
    "executeCycleType": 1,
    "gridChargeCycle": 1,
    "ctrDisCycle": 1,
    "chargeTimeList": [_period("01:00", "05:00", [1, 2, 3, 4, 5], 5000, 90)],
    "dischargeTimeList": [_period("17:00", "21:00", [1, 2, 3, 4, 5], 5000, 20)],
}
DOCUMENTED_READ = {  # after the portal's table: flags 1/1, which the live read never shows
    "sysSn": SERIAL,
    "executeCycleType": 1,
    "gridChargeCycle": 1,
    "ctrDisCycle": 1,
    "chargeTimeList": [_period("01:00", "05:00", [1, 2, 3], 3000, 90)],
    "dischargeTimeList": [_period("18:00", "21:00", [1, 2, 3], 3000, 20)],
}

CHARGER = {"evchargerSn": "EV123", "evchargerModel": "SMILE-EVCT11"}
"""With ``{"evchargerStatus": 3}``, the only charger in public material: a parser test of homeassistant-alphaESS."""

WRITTEN = envelope(None)
"""r23, r29: what successful writes answer."""
WRONG_VERB = {  # r10: the web framework's own 405
    "timestamp": "2026-08-04T10:43:44.424+00:00",
    "status": 405,
    "error": "Method Not Allowed",
    "path": "/api/getVerificationCode",
}
NO_PERMISSION = envelope(None, 6017, "No operation permissions")  # r11
EMPTY_LIST = envelope(None, 6001, "Parameter error", "time list is null")  # r12
ALREADY_BOUND = envelope(None, 6003, "You have bound this SN!")  # r18
BUSY = {"code": 6026, "msg": "The network is busy", "expMsg": None, "data": None}  # r33: without "extra"
TOO_MANY = envelope(None, 6053, "The maximum number of requests has been reached")  # r34
SKEW = {"code": 6009, "msg": "The request timestamp is not within the validity period"}  # r35
OTHER_HOST = {"code": 103, "info": "Timestamp is Wrong！"}  # r36
MALFORMED = envelope(None, 10001, "Parameter Error")  # r37
PARAMETER = {"code": 6001, "msg": "Parameter error", "data": []}
"""The test data of qalphacloud."""
