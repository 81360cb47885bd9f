"""Every emulator for the sequences of ``way_back``: what is sent meets its fate, and what is held is read past the API."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx
from attrs import evolve
from starlette.requests import Request
from way_back import START, Fate, Killed, Vendor

from openpower_alphaess.emulator import EmulatedSystem, Emulator as AlphaESSEmulator, Nameplate, Quirks
from openpower_alphaess.emulator.endpoints import ENDPOINTS
from openpower_alphaess.emulator.gate import Gate
from openpower_alphaess.emulator.settings import Period, read_periodic
from openpower_core.connection import connect
from openpower_core.control import BatterySettings, Schedule, Window
from openpower_core.errors import BadResponse, Timeout, WriteRejected
from openpower_demo.client import Memory, World
from openpower_demo.models import Program
from openpower_goodwe.local.client.transport import NoAnswer
from openpower_goodwe.local.emulator import EmulatedES, EmulatedET
from openpower_goodwe.local.emulator.frames import Framing, ModbusRefusal, parse, refusal
from openpower_goodwe.semsplus.control.functions import MIN_SOC
from openpower_goodwe.semsplus.emulator import Emulator as SemsEmulator
from openpower_goodwe.semsplus.emulator.app import Sessions
from openpower_goodwe.semsplus.emulator.calls import is_write
from openpower_goodwe.semsplus.emulator.station import Refusal


class HttpVendor(Vendor):
    """One behind HTTP, in this process."""

    refused: dict[str, Any]
    odd: dict[str, Any]

    def writes(self, path: str) -> bool:
        """Whether a call changes something."""
        raise NotImplementedError

    def carry(self, request: httpx.Request, late: timedelta) -> httpx.Response:
        """Have the emulator answer; a write takes effect that much later."""
        raise NotImplementedError

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if not self.writes(request.url.path):
            return self.carry(request, timedelta(0))
        fate = self.next_fate((request.url.path, request.content))
        late = timedelta(seconds=self.delay_s(fate))
        answer = self.carry(request, late) if fate.done else None
        if fate.answer == "killed":
            raise Killed
        if fate.answer == "lost":
            raise httpx.ReadError("the connection broke", request=request)
        if fate.answer == "ok" and answer is not None:
            return answer
        return httpx.Response(200, json=self.refused if fate.answer == "refused" else self.odd)


class TolerantGate(Gate):
    """Whatever the client's clock says."""

    def check(self, *_: Any) -> None:
        """Accept it."""


class AlphaESS(HttpVendor):
    """A household system; its clock check is off, since a vendor that refuses everything proves nothing."""

    name = "alphaess"
    generation = "legacy"
    longest = timedelta(minutes=6)
    commands: ClassVar[Any] = [
        ("charge", {"target_soc_pct": 90}),
        ("charge", {}),
        ("hold", {}),
        ("idle", {}),
        ("auto", {}),
    ]
    theirs: ClassVar[Any] = {"batUseCap": [33.0, 34.0], "charge2": [("04:00", "04:30"), ("04:00", "05:00")]}
    refused: ClassVar[Any] = {"code": 6008, "msg": "Set failed", "data": None}
    odd: ClassVar[Any] = {"code": 500, "msg": "SetConfig Failed: Response timeout", "data": None}

    def __init__(self, folder: Path, clock: Any = None) -> None:
        super().__init__(folder, clock)
        plate = Nameplate(serial="AL70110230300001")
        self.system = EmulatedSystem(plate, start=START, quirks=Quirks(generation=self.generation))  # type: ignore[arg-type]
        self.emulator = AlphaESSEmulator([self.system], clock=self.steady)
        self.emulator.gate = TolerantGate(app_id=self.emulator.app_id, app_secret=self.emulator.app_secret)

    def connect(self) -> Any:
        return connect(
            "alphaess",
            app_id=self.emulator.app_id,
            app_secret=self.emulator.app_secret.reveal(),
            tz="Europe/Berlin",
            clock=self.clock,
            transport=httpx.MockTransport(self),
            state_dir=self.folder,
        )

    def writes(self, path: str) -> bool:
        return ENDPOINTS[path.rpartition("/")[2]].writes

    def carry(self, request: httpx.Request, late: timedelta) -> httpx.Response:
        self.steady.ahead = late
        reply = self.emulator.reply(
            request.method,
            request.url.path,
            headers=request.headers,
            query=dict(request.url.params),
            body=request.content,
        )
        self.steady.ahead = timedelta(0)
        return httpx.Response(
            reply.status, json=reply.body, headers={"Date": format_datetime(self.steady.now(), usegmt=True)}
        )

    def settings(self) -> dict[str, Any]:
        return {
            "batHighCap": 55.5,
            "gridCharge": 1,
            "charge1": ("01:00", "03:00"),
            "charge2": ("06:07", "06:22"),
            "ctrDis": 1,
            "batUseCap": 12.0,
            "discharge1": ("13:00", "21:00"),
        }

    def fields(self) -> dict[str, Any]:
        charge, discharge = self.system.settings._charge.newest, self.system.settings._discharge.newest
        found = {name: charge[name] for name in ("gridCharge", "batHighCap")}
        found |= {name: discharge[name] for name in ("ctrDis", "batUseCap")}
        for number in (1, 2):
            found[f"charge{number}"] = charge[f"timeChaf{number}"], charge[f"timeChae{number}"]
            found[f"discharge{number}"] = discharge[f"timeDisf{number}"], discharge[f"timeDise{number}"]
        return found

    def change(self, name: str, value: Any) -> None:
        settings, now = self.system.settings, self.steady.now()
        body = {name: value}
        if name[-1].isdigit():
            kind = "Cha" if name.startswith("charge") else "Dis"
            body = {f"time{kind}f{name[-1]}": value[0], f"time{kind}e{name[-1]}": value[1]}
        if name in ("gridCharge", "batHighCap") or name.startswith("charge"):
            settings.set_charge({**settings._charge.newest, **body}, now)
        else:
            settings.set_discharge({**settings._discharge.newest, **body}, now)


def _period(begin: str, end: str, limit: float) -> Period:
    weeks = [1, 2, 3, 4, 5, 6, 7]
    lists = {"beginTime": begin, "endTime": end, "weeks": weeks, "chargePower": 3333, "chargeLimit": limit}
    body = {"sysSn": "AL70110230300001", "executeCycleType": 0, "chargeTimeList": [lists], "dischargeTimeList": [lists]}
    return read_periodic(body).charge[0]


class PeriodicAlphaESS(AlphaESS):
    """One of a migrated region, with periods that have powers."""

    name = "alphaess periodic"
    generation = "periodic"
    theirs: ClassVar[Any] = {"charge 04:00": [_period("04:00", "04:30", 44), _period("04:00", "05:00", 44)]}

    def settings(self) -> dict[str, Any]:
        periods = {"charge": [("01:00", "03:00", 55.5), ("06:07", "06:22", 80)], "discharge": [("13:00", "21:00", 12)]}
        flags: dict[str, Any] = {"charge_flag": True, "discharge_flag": True}
        return flags | {f"{side} {each[0]}": _period(*each) for side, found in periods.items() for each in found}

    def fields(self) -> dict[str, Any]:
        newest = self.system.settings._periodic.newest
        found = {name: getattr(newest, name) for name in ("cycle", "charge_flag", "discharge_flag")}
        for side in ("charge", "discharge"):
            # All days of a week are what no days of a daily schedule are.
            periods = [
                evolve(each, weeks=each.weeks if len(each.weeks) < 7 else frozenset[int]())
                for each in getattr(newest, side)
            ]
            found |= {f"{side} {each.begin}": each for each in periods if not each.is_off}
        return found

    def change(self, name: str, value: Any) -> None:
        settings = self.system.settings
        newest, (side, _, begin) = settings._periodic.newest, name.partition(" ")
        if begin:
            value = (*(each for each in getattr(newest, side) if each.begin != begin and not each.is_off), value)
        settings._periodic.accept(evolve(newest, **{side: value}), self.steady.now())


class TolerantSessions(Sessions):
    """Whatever the client's clock says."""

    def _check_signature(self, *_: Any, **__: Any) -> None:
        """Accept it."""


class SemsPlus(HttpVendor):
    """A station over SEMS+."""

    name = "goodwe-sems"
    longest = timedelta(minutes=5)
    commands: ClassVar[Any] = [
        ("charge", {"power_w": 1500}),
        ("charge", {"target_soc_pct": 95}),
        ("export", {"power_w": 1500}),
        ("auto", {}),
    ]
    theirs: ClassVar[Any] = {MIN_SOC: [33, 34], "TOU8": [{"TOUStart8": "04:00"}, {"TOUStart8": "05:00"}]}
    reserve = MIN_SOC
    refused: ClassVar[Any] = {"code": "P0215", "description": "op_fail", "traceId": "0"}
    odd: ClassVar[Any] = {"code": "P0299", "description": "?", "traceId": "0"}

    def __init__(self, folder: Path, clock: Any = None) -> None:
        super().__init__(folder, clock)
        self.emulator = SemsEmulator(clock=self.steady)
        sessions = self.emulator.sessions
        self.emulator.sessions = TolerantSessions(account=sessions.account, password=sessions.password)

    def connect(self) -> Any:
        options = {"clock": self.clock, "transport": httpx.MockTransport(self), "state_dir": self.folder}
        return connect("goodwe-sems", **self.emulator.options, **options)

    def writes(self, path: str) -> bool:
        return is_write(path)

    def carry(self, request: httpx.Request, late: timedelta) -> httpx.Response:
        quirks = self.emulator.station.quirks
        quirks.shows_after = late or None
        url = request.url
        scope = {
            "type": "http",
            "method": request.method,
            "path": url.path,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "https",
            "server": (url.host, 443),
        }
        try:
            body = json.loads(request.content) if request.content else {}
            data = self.emulator._answer(Request(scope), body, self.steady.now())
        except Refusal as error:
            return httpx.Response(error.status, json={"code": error.code, "description": "refused.", "traceId": "0"})
        finally:
            quirks.shows_after = None
        return httpx.Response(200, json={"code": "00000", "description": "success", "traceId": "0", "data": data})

    def fields(self) -> dict[str, Any]:
        station = self.emulator.station
        station.settle(self.steady.now())
        return {name: json.loads(json.dumps(value)) for name, value in station.registers.values.items()}

    def change(self, name: str, value: Any) -> None:
        self.emulator.station.write({name: value}, self.steady.now())


class LocalET(Vendor):
    """A hybrid inverter on the local network."""

    name = "goodwe-local ET"
    family = EmulatedET
    longest = timedelta(seconds=30)
    commands: ClassVar[Any] = [
        ("charge", {"power_w": 3000}),
        ("charge", {"target_soc_pct": 80, "power_w": 3000}),
        ("export", {"power_w": 2000}),
        ("idle", {}),
        ("auto", {}),
    ]
    theirs: ClassVar[Any] = {
        "45356": [33, 34],
        "slot4": [bytes.fromhex("05000600007fff9c00500000"), bytes.fromhex("04000600007fff9c00500000")],
    }
    reserve: str | None = "45356"

    def __init__(self, folder: Path, clock: Any = None) -> None:
        super().__init__(folder, clock)
        self.inverter: Any = self.family(clock=self.steady)

    def connect(self) -> Any:
        options = {"clock": self.clock, "transport": self, "tz": "Australia/Sydney", "state_dir": self.folder}
        return connect("goodwe-local", host="127.0.0.1", family=self.inverter.family, **options)

    async def ask(self, data: bytes, accept: Any, within: float) -> bytes:
        """Carry one request to the inverter; see ``Exchange``."""
        request = parse(data)
        assert request is not None
        self.requests += 1
        fate = self.next_fate(data) if request.writes else Fate()
        if fate.answer == "killed":
            fate = evolve(fate, answer="lost")  # the loop of the connection would die, and not the process
        answer: bytes | None = None
        self.inverter.shows_after = timedelta(seconds=self.delay_s(fate) if request.writes else 0)
        if fate.done:
            try:
                answer = self.inverter.answer(request)
            except ModbusRefusal as error:
                answer = refusal(request, error.code)
        self.inverter.shows_after = timedelta(0)
        if fate.answer in ("refused", "odd"):
            code = 2 if fate.answer == "refused" else 4
            answer = None if request.framing is Framing.AA55 else refusal(request, code)
        if fate.answer == "lost" or answer is None:
            self.clock.advance(within)
            raise NoAnswer
        assert accept(answer)
        return answer

    def fields(self) -> dict[str, Any]:
        self.inverter._take_over()
        registers = self.inverter.registers
        numbers = [at for at in (47000, 47511, 47512, 47545, 47546, 47603, 45356, 0x560) if at in registers]
        found: dict[str, Any] = {str(at): registers[at] for at in numbers}
        found |= {f"slot{number}": raw for number, raw in enumerate(self.inverter.eco.raw(), 1)}
        return found | ({"work_mode": self.inverter.work_mode} if self.inverter.family == "ES" else {})

    def change(self, name: str, value: Any) -> None:
        if name.startswith("slot"):
            self.inverter.registers.put_bytes(self.inverter.eco._at[int(name[4:]) - 1], value)
        else:
            self.inverter.registers.put(int(name), "H", value)


class LocalES(LocalET):
    """One of the older platform: AA55 frames, whose refusals are silence."""

    name = "goodwe-local ES"
    family = EmulatedES
    commands: ClassVar[Any] = [
        ("charge", {"power_w": 2000}),
        ("export", {"power_w": 2000}),
        ("charge", {"target_soc_pct": 80}),
        ("auto", {}),
    ]
    theirs: ClassVar[Any] = {"1376": [33, 34], "slot4": LocalET.theirs["slot4"]}
    reserve = "1376"


class Demo(Vendor):
    """The simulated home, in its state folder."""

    name = "demo"
    like: str | None = None
    longest = timedelta(seconds=5)
    commands: ClassVar[Any] = [
        ("charge", {"target_soc_pct": 80}),
        ("hold", {}),
        ("export", {"power_w": 2000}),
        ("idle", {}),
        ("no_charge", {}),
        ("auto", {}),
    ]
    theirs: ClassVar[Any] = {
        "reserve_soc_pct": [33.0, 34.0],
        "schedule": [Schedule(windows=[Window(start="01:00", end=end, mode="charge")]) for end in ("02:00", "03:00")],
    }
    reserve = "reserve_soc_pct"

    def connect(self) -> Any:
        options = {} if self.like is None else {"like": self.like}
        home = connect("demo", clock=self.clock, state_dir=self.folder, **options)
        self.world: World = home.native._world
        _DEMOS[self.folder] = self
        return home

    def put(self, put: Any, world: World, value: Any) -> None:
        """Put something into the box, as far as its fate allows."""
        self.requests += 1
        fate = self.next_fate(value)
        if fate.done:
            put(world, value)
        match fate.answer:
            case "killed":
                raise Killed
            case "lost":
                raise Timeout("lost")
            case "refused":
                raise WriteRejected("no")
            case "odd":
                raise BadResponse("code 500", vendor_code="500")
            case _:
                return

    def fields(self) -> dict[str, Any]:
        now = self.world.now()
        controls: Any = self.world.house.controls
        plan = controls.controller
        program = Program(schedule=plan.schedule, command=plan.command, every_days=plan.every_days).at(now)
        names = ("reserve_soc_pct", "max_soc_pct", "grid_charge_allowed", "max_charge_w", "max_discharge_w")
        found = {name: getattr(controls, name) for name in names}
        return found | {"schedule": program.schedule, "command": program.command, "every_days": program.every_days}

    def change(self, name: str, value: Any) -> None:
        # As another process does.
        other, now = Memory(self.folder, self.world.plant), self.clock.now()
        if name == "schedule":
            plan: Any = self.world.house.controls.controller
            other.add(now, Program(schedule=value, command=plan.command, every_days=plan.every_days))
        else:
            other.add(now, BatterySettings(**{name: value}))


class DemoLikeAlphaESS(Demo):
    """The simulated home that behaves like AlphaESS: commands come back, and reading back lags."""

    name = "demo like alphaess"
    like = "alphaess"
    longest = AlphaESS.longest
    commands: ClassVar[Any] = [("charge", {"target_soc_pct": 90}), ("hold", {}), ("idle", {})]
    theirs: ClassVar[Any] = {"schedule": Demo.theirs["schedule"]}
    reserve = None


_DEMOS: dict[Path, Demo] = {}


def faulty_put(put: Any) -> Any:
    """The demo's ``World.put`` with the fates of its vendor."""
    return lambda world, value: _DEMOS[world.memory._path.parent].put(put, world, value)


VENDORS: list[type[Vendor]] = [AlphaESS, PeriodicAlphaESS, SemsPlus, LocalET, LocalES, Demo, DemoLikeAlphaESS]
