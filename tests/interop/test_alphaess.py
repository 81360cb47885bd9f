"""``alphaessopenapi`` (Charles Gillanders), the client behind Home Assistant's integration, judges our AlphaESS emulator.

It takes an answer without ``data`` and a refusal both for None, unless told to raise; so it is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import alphaess.alphaess as judge
import pytest
from judges import calls_of

from openpower_alphaess.emulator import Emulator, Nameplate, serve

SERIAL = "AL0000000000001"
ZONE = ZoneInfo("Europe/Berlin")
YESTERDAY = (datetime.now(UTC).astimezone(ZONE) - timedelta(days=1)).date().isoformat()
PERIOD = {"beginTime": "01:00", "endTime": "03:00", "weeks": [1, 7], "chargeLimit": 80, "chargePower": 5000}
EVENING = {**PERIOD, "beginTime": "18:00", "endTime": "22:00", "chargeLimit": 20}

READS: dict[str, tuple[str, ...]] = {
    "getESSList": (),
    "getLastPowerData": (SERIAL,),
    "getOneDayPowerBySn": (SERIAL, YESTERDAY),
    "getSumDataForCustomer": (SERIAL,),
    "getOneDateEnergyBySn": (SERIAL, YESTERDAY),
    "getChargeConfigInfo": (SERIAL,),
    "getDisChargeConfigInfo": (SERIAL,),
    "getTimeChargeBySn": (SERIAL,),
    "getEvChargerConfigList": (SERIAL,),
    "getEvChargerCurrentsBySn": (SERIAL,),
    "getEvChargerStatusBySn": (SERIAL, "charger"),
}
# The arguments, and what a call of READS shows of them when the service's delay is over.
WRITES: dict[str, tuple[tuple[Any, ...], str, dict[str, Any]]] = {
    "setbatterycharge": (
        (SERIAL, True, "01:00", "03:15", "00:00", "00:00", 90),
        "getChargeConfigInfo",
        {"gridCharge": 1, "timeChaf1": "01:00", "timeChae1": "03:15", "batHighCap": 90.0},
    ),
    "setbatterydischarge": (
        (SERIAL, True, "18:00", "21:45", "00:00", "00:00", 15),
        "getDisChargeConfigInfo",
        {"ctrDis": 1, "timeDisf1": "18:00", "timeDise1": "21:45", "batUseCap": 15.0},
    ),
    "updateChargeConfigInfo": (
        (SERIAL, 85, 1, "04:00", "00:00", "02:00", "00:00"),  # ends come before beginnings
        "getChargeConfigInfo",
        {"gridCharge": 1, "timeChaf1": "02:00", "timeChae1": "04:00", "batHighCap": 85.0},
    ),
    "updateDisChargeConfigInfo": (
        (SERIAL, 12, 1, "20:00", "00:00", "17:00", "00:00"),
        "getDisChargeConfigInfo",
        {"ctrDis": 1, "timeDisf1": "17:00", "timeDise1": "20:00", "batUseCap": 12.0},
    ),
    "setTimeChargeBySn": ((SERIAL, 1, [PERIOD], [EVENING], 1, 1), "getTimeChargeBySn", {"executeCycleType": 1}),
    "setEvChargerCurrentsBySn": ((SERIAL, 20), "getEvChargerCurrentsBySn", {"currentsetting": 20.0}),
}
OTHER = {"getVerificationCode", "bindSn", "unBindSn", "remoteControlEvCharger", "getdata", "authenticate", "close"}
BASE = {"api_get", "api_post"}  # what the others are made of
NOT_THE_API = {"getIPData"}  # asks the communication module in the house for its network status


@pytest.fixture(params=["legacy", "periodic"])
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """A system with a charger; what is written shows at once, because the judge knows no other clock than the real one."""
    plate = Nameplate(serial=SERIAL, charger_models=("SMILE-EVCT11",))
    emulator = Emulator([plate], start=datetime.now(UTC) - timedelta(days=3))
    quirks = emulator.system.quirks
    quirks.generation, quirks.readback_delay = request.param, timedelta(0)
    return emulator


@pytest.fixture
def served(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The emulator on loopback, where the client finds it: what opens it."""
    with serve(emulator) as running:
        monkeypatch.setattr(judge, "BASEURL", running.url)
        yield running.options


@pytest.fixture
async def client(served: dict[str, Any]) -> AsyncIterator[judge.alphaess]:
    client = judge.alphaess(served["app_id"], served["app_secret"], raise_on_error=True)
    yield client
    await client.close()


def only(emulator: Emulator, name: str) -> bool:
    """Whether the system's generation has the call: the legacy one has no periods (6017)."""
    return emulator.system.quirks.generation == "periodic" or "TimeCharge" not in name


async def read(client: Any, emulator: Emulator, name: str) -> Any:
    charger = emulator.system.chargers[0].serial
    return await getattr(client, name)(*(charger if each == "charger" else each for each in READS[name]))


def test_every_call_is_tried() -> None:
    """What a new version of the client can do besides has to be tried as well."""
    assert calls_of(judge.alphaess) == READS.keys() | WRITES.keys() | OTHER | BASE | NOT_THE_API


@pytest.mark.parametrize("name", READS)
async def test_reads(client: judge.alphaess, emulator: Emulator, name: str) -> None:
    """Each read gets data, and a legacy system is refused what it does not have by the vendor's code."""
    if not only(emulator, name):
        with pytest.raises(judge.AlphaESSApiError, match="No operation permissions") as refused:
            await read(client, emulator, name)
        assert refused.value.code == 6017
        return

    assert await read(client, emulator, name)


async def test_power_closes(client: judge.alphaess) -> None:
    """``pload`` is what PV, grid and battery add up to, in every sample that was checked."""
    power = await client.getLastPowerData(SERIAL)

    assert power["pload"] == pytest.approx(power["ppv"] + power["pgrid"] + power["pbat"], abs=0.1)
    assert 0 <= power["soc"] <= 100


async def test_a_day(client: judge.alphaess) -> None:
    """Yesterday's five minutes are of yesterday, all there, and none of them both imports and exports."""
    rows = await client.getOneDayPowerBySn(SERIAL, YESTERDAY)

    assert {row["uploadTime"][:10] for row in rows} == {YESTERDAY}
    assert len(rows) in (276, 288, 300)  # clocks change twice a year
    assert all(0 in (row["feedIn"], row["gridCharge"]) for row in rows)


@pytest.mark.parametrize("name", WRITES)
async def test_writes(client: judge.alphaess, emulator: Emulator, name: str) -> None:
    """A write is answered with Success and no data, and shows; a legacy write on a periodic system shows nowhere."""
    arguments, shown_by, expected = WRITES[name]
    if not only(emulator, name):
        with pytest.raises(judge.AlphaESSApiError, match="6017"):
            await getattr(client, name)(*arguments)
        return
    before = await read(client, emulator, shown_by)

    assert await getattr(client, name)(*arguments) is None
    found = await read(client, emulator, shown_by)
    ignored = emulator.system.quirks.generation == "periodic" and "Config" in shown_by
    assert {key: found[key] for key in expected} == ({key: before[key] for key in expected} if ignored else expected)


async def test_periods_read_back(client: judge.alphaess, emulator: Emulator) -> None:
    """Periods come back as written; the switches read 0 whatever was written, as users report."""
    if emulator.system.quirks.generation == "legacy":
        return
    await client.setTimeChargeBySn(SERIAL, 1, [PERIOD], [EVENING], gridChargeCycle=1, ctrDisCycle=1)
    found = await client.getTimeChargeBySn(SERIAL)

    assert [{key: each[key] for key in PERIOD} for each in found["chargeTimeList"]] == [PERIOD]
    assert [{key: each[key] for key in EVENING} for each in found["dischargeTimeList"]] == [EVENING]
    assert (found["gridChargeCycle"], found["ctrDisCycle"]) == (0, 0)


async def test_binding(client: judge.alphaess, emulator: Emulator) -> None:
    """Unbound, then bound by the mailed code; in between the system is refused."""
    assert await client.unBindSn(SERIAL) is None
    with pytest.raises(judge.AlphaESSApiError, match="6005"):
        await client.getLastPowerData(SERIAL)
    assert await client.getVerificationCode(SERIAL, "CHECK1") is None
    assert await client.bindSn(SERIAL, emulator.mailbox[-1].code) is None

    assert await client.getLastPowerData(SERIAL)


async def test_charger(client: judge.alphaess, emulator: Emulator) -> None:
    """A car that was plugged in (2) charges (3) after a start, and is finishing (6) after a stop."""
    charger = emulator.system.chargers[0]
    charger.plug()
    states = [await client.getEvChargerStatusBySn(SERIAL, charger.serial)]
    for mode in (1, 0):
        assert await client.remoteControlEvCharger(SERIAL, charger.serial, mode) is None
        states.append(await client.getEvChargerStatusBySn(SERIAL, charger.serial))

    assert [state["evchargerStatus"] for state in states] == [2, 3, 6]


async def test_all_at_once(client: judge.alphaess, emulator: Emulator) -> None:
    """``getdata``, what the integration polls, leaves no key empty but the periods of a legacy system."""
    assert await client.authenticate() is True
    [unit] = await client.getdata(get_power=True, get_ev=True, get_timecharge=True)
    empty = {key for key, value in unit.items() if value is None}

    assert empty == (set() if emulator.system.quirks.generation == "periodic" else {"TimeCharge"})
    assert unit["sysSn"] == SERIAL


async def test_a_wrong_secret(served: dict[str, Any]) -> None:
    """It is refused by the documented code (6007)."""
    client = judge.alphaess(served["app_id"], "wrong", raise_on_error=True)
    with pytest.raises(judge.AlphaESSApiError, match="Sign verification error") as refused:
        await client.authenticate()
    await client.close()

    assert refused.value.code == 6007
