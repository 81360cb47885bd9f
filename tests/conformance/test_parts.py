"""Parts fail alone: a home with one broken piece reads like the unbroken one, names the piece, and is whole again afterwards.

The pieces are whatever a provider asks for: every call about every station and device, every block of registers, and the figures in them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest
import test_goodwe_local as local
from hypothesis import HealthCheck, Phase, assume, given, settings, strategies as st

from openpower_alphaess import emulator as alphaess
from openpower_amber import emulator as amber
from openpower_core.capabilities import Feature
from openpower_core.clock import ManualClock
from openpower_core.devices import Role
from openpower_core.errors import OpenPowerError
from openpower_core.readings import Quality
from openpower_goodwe.local.emulator.frames import ModbusRefusal
from openpower_goodwe.openapi import emulator as openapi
from openpower_goodwe.semsplus import emulator as sems
from openpower_octopus import emulator as octopus
from openpower_testing import Conformance
from openpower_testing.harness import Harness

LONG = os.environ.get("OPENPOWER_PARTS")
"""How many pieces to break in each home; ``nox -s campaign`` breaks many, here a few always the same."""

HTTP_FAULTS: dict[str, dict[str, Any]] = {
    "404": {"trouble": "status", "status": 404, "body": b"{}"},
    "405": {"trouble": "status", "status": 405, "body": b"{}"},
    "503": {"trouble": "status", "status": 503, "body": b""},
    "garbage": {"trouble": "html"},
    "half": {"trouble": "truncated"},
    "closed": {"trouble": "hang_up"},
}
FIELD_FAULTS: dict[str, Any] = {"null": None, "dashes": "--", "words": "50%x", "missing": ...}


class Home(Conformance):
    """A home of several parts; what it takes to break one."""

    openpower_conformance = False
    whole: ClassVar[tuple[str, ...]] = ()
    """Calls without which nothing of the account can be found."""
    main: ClassVar[tuple[str, ...]] = ()
    """Calls without which a device or station cannot be read."""
    vendor: ClassVar[bytes] = b""
    """How the vendor refuses one call."""
    open: ClassVar[tuple[str, ...]] = ()
    """Pieces, with a fault or for all, of which this does not hold yet: to be corrected, and taken out here."""
    absent: ClassVar[tuple[str, ...]] = ()
    """Pieces and faults that, before the connection is made, say that a part does not exist."""
    ids: ClassVar[tuple[str, ...]] = ()
    """What tells the stations or systems apart in a request."""

    def pieces(self, harness: Harness) -> list[str]:
        """What was asked for: the path, and whom it was about."""
        return sorted({self.piece(request) for request in harness.relay.requests})

    def series_faults(self) -> list[str]:
        """What may happen to a day of a series."""
        return self.faults()

    def is_of(self, request: Any, day: date) -> bool:
        """Whether a call asks for that day of a series."""
        return f"{day}" in request.target or f"{day}".encode() in request.body

    def without(self, body: Any, day: date, fault: str, place: int) -> Any:
        """What an answer about that day becomes."""
        return _hollow(body) if fault == "data" else _without(body, fault, place)

    def piece(self, request: Any) -> str:
        path = request.target.partition("?")[0]
        about = (each for each in self.ids if each in request.target or each.encode() in request.body)
        return " ".join((path, *about))

    def is_about(self, number: str, serial: str) -> bool:
        """Whether a call about a station or a system concerns a device: here their numbers end alike."""
        return number[-4:] == serial[-4:]

    def faults(self) -> list[str]:
        return [*HTTP_FAULTS, "data", *(["vendor"] if self.vendor else []), *FIELD_FAULTS]

    @contextmanager
    def broken(self, harness: Harness, piece: str, fault: str, place: int) -> Iterator[None]:
        relay = harness.relay
        if fault in FIELD_FAULTS or fault == "data":
            relay.rewrite = lambda body: _without(body, fault, place) if fault in FIELD_FAULTS else _hollow(body)
        else:
            given = HTTP_FAULTS.get(fault) or {"trouble": "status", "status": 200, "body": self.vendor}
            # The kit's faults name the real time; vendors' clocks are believed, and this home has its own.
            relay.fail(**given, times=10_000, headers={"Date": format_datetime(harness.clock.now(), usegmt=True)})
        relay.only = lambda request: self.piece(request) == piece
        try:
            yield
        finally:
            relay.clear()
            relay.rewrite = relay.only = None


class AlphaESS(Home):
    provider = "alphaess"
    generation: ClassVar[Any] = "legacy"
    whole = ("getEssList",)
    main = ("getLastPowerData",)
    vendor = json.dumps({"code": 6042, "msg": "no", "expMsg": None, "data": None, "extra": None}).encode()
    ids = ("AL0000000000001", "AL0000000000002")

    def is_about(self, number: str, serial: str) -> bool:
        """A charger's number is its system's, and one digit."""
        return number[-1] == (serial[-2] if serial.startswith("EV") else serial[-1])

    def home(self, clock: ManualClock) -> Any:
        plates = [alphaess.Nameplate(serial=each, charger_models=("SMILE-EVCT11",)) for each in self.ids]
        quirks = alphaess.Quirks(generation=self.generation)
        systems = [alphaess.EmulatedSystem(each, start=clock.now(), quirks=quirks) for each in plates]
        return alphaess.serve(alphaess.Emulator(systems, clock=clock))


class AlphaESSPeriodic(AlphaESS):
    generation = "periodic"


class SemsPlus(Home):
    provider = "goodwe-sems"
    whole = ("cross-login", "stations/page", "simple-query", "login", "get-user")
    main = ("stations/flow", "ev-charger/detail")
    vendor = json.dumps({"code": "GY0500", "description": "no", "errorMsg": "no", "traceId": "0"}).encode()
    absent = ("getLastCharge × data",)  # a charger that never charged
    ids = (
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-4000-8000-000000000002",
        "GW0000000000001",
        "GW0000000000002",
    )

    def home(self, clock: ManualClock) -> Any:
        other = sems.Plate(
            station_id=self.ids[1],
            inverter=self.ids[3],
            battery="BA0000000000002",
            meter="SM0000000000002",
            charger=None,
        )
        return sems.serve(sems.Emulator([sems.Plate(), other], clock=clock))


class OpenAPI(Home):
    provider = "goodwe"
    whole = ("GetToken", "GetUserPlantList", "GetInverterList")
    main = ("GetInverterPower", "GetPlantPower", "GetPlantGeneration")
    vendor = json.dumps({"code": 100004, "msg": "no", "data": None}).encode()

    def home(self, clock: ManualClock) -> Any:
        return openapi.serve(openapi.Emulator(clock=clock))


class Amber(Home):
    provider = "amber"
    whole = ("/sites",)
    main = ("prices/current",)

    def series_faults(self) -> list[str]:
        """One call asks for seven days, so that what fails alone is what is said of a day."""
        return ["data", *FIELD_FAULTS]

    def is_of(self, request: Any, day: date) -> bool:
        return "/usage" in request.target

    def without(self, body: Any, day: date, fault: str, place: int) -> Any:
        places = [number for number, each in enumerate(body) if each["date"] == f"{day}"]
        for number in places if fault == "data" else places[place % 7 : place % 7 + 1]:
            body[number] = None if fault == "data" else _without(body[number], fault, place)
        return body

    ids = ("01HZXEM0SA1TEDS1TE00000001", "01HZXEM0SA1TEDS1TE00000002")

    def home(self, clock: ManualClock) -> Any:
        plates = [amber.Nameplate(id=each) for each in self.ids]
        return amber.serve(amber.Emulator(plates, clock=clock))


class Octopus(Home):
    provider = "octopus"
    whole = ("/accounts/A-00000001/",)
    main = ("/standard-unit-rates/",)
    vendor = b'{"detail": "Not found."}'

    def home(self, clock: ManualClock) -> Any:
        return octopus.serve(octopus.Emulator(clock=clock))


class Local(Home):
    """An inverter by Modbus, whose pieces are the blocks that are read."""

    provider = "goodwe-local"
    kind: ClassVar[Any] = local.TestET
    main = ("read 35100", "read 30100", "aa55 0106")
    whole = ("read 35001", "read 35000", "read 30001", "read 30000", "aa55 0102")

    transport = local.TestET.transport

    def home(self, clock: ManualClock) -> Any:
        return self.kind().home(clock)

    def pieces(self, harness: Harness) -> list[str]:
        return sorted({str(each).split("×")[0] for each in harness.served.inverter.log.asked if not each.writes})

    def faults(self) -> list[str]:
        return ["refused", "busy", "silent", "unset"]

    @contextmanager
    def broken(self, harness: Harness, piece: str, fault: str, place: int) -> Iterator[None]:
        emulated = harness.served.inverter.inverter
        modbus, frame = emulated._modbus, emulated.frame

        def other(request: Any, *, answer: Any) -> Any:
            if str(request).split("×")[0] != piece:
                return answer(request)
            match fault:
                case "refused" | "busy":
                    raise ModbusRefusal(2 if fault == "refused" else 6)
                case "unset":
                    return b"\xff" * len(answer(request))
                case _:
                    raise ConnectionError

        def whole(request: Any) -> Any:
            try:
                return type(emulated).answer(emulated, request)
            except ConnectionError:
                return None

        emulated._modbus = lambda request: other(request, answer=modbus)
        emulated.frame = lambda request: other(request, answer=frame)
        emulated.answer = whole
        try:
            yield
        finally:
            del emulated._modbus, emulated.frame, emulated.answer


class ET(Local):
    kind = local.TestET


class ES(Local):
    kind = local.TestES

    def faults(self) -> list[str]:
        return ["silent"]


class DT(Local):
    kind = local.TestDT
    absent = ("read 30195 × unset", "read 30195 × refused")  # an inverter without a meter


HOMES = (AlphaESS, AlphaESSPeriodic, SemsPlus, OpenAPI, Amber, Octopus, ET, ES, DT)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the figures are."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _leaves(each, (*path, key))
    if path and isinstance(value, (int, float, str)) and not isinstance(value, bool) and _is_number(value):
        yield path


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _hollow(body: Any) -> Any:
    return {**body, "data": None} if isinstance(body, dict) else None


def _without(body: Any, fault: str, place: int) -> Any:
    """An answer with one figure spoilt; the envelope's own are left alone."""
    leaves = [
        path
        for path in _leaves(body)
        if path[0] not in {"code", "traceId"} and path[-1] not in {"sn", "id", "deviceType"}
    ]
    if not leaves:
        return body
    *parents, last = leaves[place % len(leaves)]
    inner = body
    for key in parents:
        inner = inner[key]
    inner[last] = FIELD_FAULTS[fault]
    if FIELD_FAULTS[fault] is ... and isinstance(inner, dict):
        del inner[last]
    elif FIELD_FAULTS[fault] is ...:
        inner[last] = None
    return body


def _figures(reading: Any) -> dict[str, Any]:
    """A reading's figures by name, the days of counters apart."""
    leave = {"stamp", "raw", "issues"}
    plain = attrs.asdict(reading, filter=lambda attribute, _: attribute.name not in leave)
    return {f"{name}.{key}": each for name, value in plain.items() for key, each in _parts(value)}


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, (tuple, list)) else [("", value)]


async def _seen(harness: Harness, home: Any, *, refresh: bool = False) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The figures, issues or the error of each device, and the failures of parts; the error of all under ``""``."""
    seen: dict[str, Any] = {}
    try:
        devices = await harness.ok(home.devices(refresh=refresh))
    except OpenPowerError as error:
        return {"": error}, ()
    for device in devices:
        retails = device.info.role == Role.RETAILER
        try:
            reading = await harness.call(device, "current_price" if retails else "read")
        except OpenPowerError as error:
            seen[device.info.id] = error
        else:
            quality = Quality.LIVE if retails else reading.stamp.quality
            seen[device.info.id] = (_figures(reading), getattr(reading, "issues", ()), quality)
    return seen, home.failures


def _differences(
    home: Home, piece: str, fault: str, good: list[dict[str, Any]], seen: dict[str, Any], failures: Any
) -> list[str]:
    """What is not as it should be while a piece is broken."""
    path, *about = [piece] if isinstance(home, Local) else piece.split(" ")
    if "" in seen:
        alone = isinstance(home, Local) and path.endswith(home.main)
        return [] if alone or path.endswith(home.whole) else [f"nothing can be read: {seen['']!r}"]
    wrong: list[str] = []
    for device in good[0]:
        hit = not about or any(home.is_about(each, device.partition("/")[0]) for each in about)
        now = seen.get(device)
        if now is None:
            if not failures or not hit:
                wrong.append(f"{device} is gone; failures: {failures}")
        elif isinstance(now, OpenPowerError):
            if not path.endswith(home.whole) and not (hit and path.endswith(home.main)):
                wrong.append(f"{device} cannot be read: {now!r}")
        elif not (path.endswith(home.main) and now[2] is not Quality.LIVE):  # told by an older record, which says so
            wrong += _changed(
                device,
                now,
                good,
                named=bool(failures) or fault == "missing" or "/retailer" in device,
                null=fault == "null",
                hit=hit,
            )
    return wrong


def _changed(device: str, now: Any, good: list[dict[str, Any]], *, named: bool, null: bool, hit: bool) -> list[str]:
    figures, issues, _ = now
    wrong: list[str] = []
    for name, value in figures.items():
        before = [each[device][0].get(name) for each in good if isinstance(each.get(device), tuple)]
        if any(_alike(value, each) for each in before):
            continue
        known = (
            named
            or name in SELF_EXPLAINED
            or (null and name not in MAIN)
            or any(_names(issue.field, name) for issue in issues)
        )
        if value in (None, "unknown") and hit and known:
            continue
        wrong.append(f"{device} {name}: {value!r} instead of {before[0]!r}; issues {[str(each) for each in issues]}")
    return wrong


MAIN = {"power_w.", "soc_pct.", "pv_w.", "load_w."}
"""What every device of its kind has. Of other figures, null is how vendors say that a device has none."""
SELF_EXPLAINED = {"status.", "load_includes_ev."}
"""A status that is unknown says so itself, and what a load includes is of no use without it."""


def _names(field: str, figure: str) -> bool:
    """Whether an issue's field is that figure, a part of it, or the whole that it is a part of."""
    return figure == field or figure.startswith(f"{field}.") or (field.startswith(figure) and figure.endswith("."))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 25 + 0.03 * abs(other)
    return bool(one == other)


async def check(home: Home, data: Any) -> str | None:
    """Break one piece of a home; what is wrong with it then, or afterwards."""
    async with Harness(home, flavour=data.draw(st.sampled_from(("sync", "async")), label="flavour")) as harness:
        early = data.draw(st.booleans(), label="before the connection is made")
        first = harness.connect()
        await _seen(harness, first)
        harness.later(minutes=2)  # what it keeps is old, so that it has to ask
        good, failures = await _seen(harness, harness.connect())
        assert not failures
        assert all(isinstance(each, tuple) for each in good.values()), good
        piece = data.draw(st.sampled_from(home.pieces(harness)), label="piece")
        fault = data.draw(st.sampled_from(home.faults()), label="fault")
        assume(not any(each in f"{piece} × {fault}" for each in (*home.open, *(home.absent if early else ()))))
        place = data.draw(st.integers(0, 60), label="place")
        subject = harness.connect() if early else first
        with home.broken(harness, piece, fault, place):
            seen, failures = await _seen(harness, subject)
        after, _ = await _seen(harness, harness.connect())
        wrong = _differences(home, piece, fault, [good, after], seen, failures)
        by = data.draw(st.sampled_from(("refresh", "time")), label="asked again")
        if by == "time":
            harness.later(minutes=6)
        if by == "refresh":  # the failures that it names are those of five minutes ago at most
            await _seen(harness, subject, refresh=True)
            harness.later(minutes=6)
        before, _ = await _seen(harness, harness.connect())
        back, failures = await _seen(harness, subject)
        after, _ = await _seen(harness, harness.connect())
        wrong += [f"stays missing after {by}: {each}" for each in failures]
        wrong += [f"after {by}: {each}" for each in _differences(home, "", "", [before, after], back, ())]
        return f"{type(home).__name__}: {piece} × {fault} ({place}): " + "\n".join(wrong) if wrong else None


@pytest.mark.parametrize("kind", HOMES, ids=lambda kind: kind.__name__)
def test_a_broken_piece_spoils_nothing_else(kind: type[Home]) -> None:
    """Everything else reads the same, the piece is named, and it comes back."""

    _holds(kind, check)


def _holds(kind: type[Home], checked: Callable[[Home, Any], Awaitable[str | None]], examples: int = 8) -> None:
    @settings(
        max_examples=int(LONG or examples),
        derandomize=not LONG,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def holds(data: Any) -> None:
        wrong = asyncio.run(checked(kind(), data))
        assert wrong is None, wrong

    holds()


class Warnings(logging.Handler):
    """What openpower warned of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())

    def __enter__(self) -> Warnings:
        logging.getLogger("openpower").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("openpower").removeHandler(self)


SERIES = (AlphaESS, AlphaESSPeriodic, SemsPlus, OpenAPI, Amber)
"""The homes whose devices keep a series that is asked for by the day."""
FEATURES = (Feature.HISTORY, Feature.USAGE)


async def _series(harness: Harness, home: Any, days: list[date]) -> dict[str, Any]:
    """The figures of each device by the local day and instant of their measurement; the error of one that gave none."""
    found: dict[str, Any] = {}
    for device in await harness.ok(home.devices()):
        feature = next((each for each in FEATURES if device.capabilities[each]), None)
        if feature is None:
            continue
        zone = ZoneInfo(device.info.tz)
        start, end = (datetime.combine(day, time(), tzinfo=zone) for day in (days[0], days[-1] + timedelta(days=1)))
        try:
            series = await harness.call(device, str(feature), start, end)
        except OpenPowerError as error:
            found[device.info.id] = error
            continue
        by_day: dict[date, dict[Any, Any]] = {}
        for each in series:
            at = each.start if feature is Feature.USAGE else each.stamp.measured_at
            figures = {**attrs.asdict(each), "stamp": None, "issues": None, "raw": None}
            by_day.setdefault(at.astimezone(zone).date(), {})[at, figures.get("channel")] = figures
        found[device.info.id] = by_day
    return found


async def check_series(home: Home, data: Any) -> str | None:
    """Break one day of a home's series; what is wrong with it then, or afterwards."""
    flavour = data.draw(st.sampled_from(("sync", "async")), label="flavour")
    async with Harness(home, flavour=flavour) as harness:
        today = harness.clock.now().date()
        days = [today - timedelta(days=each) for each in (9, 8, 7, 6)]
        bad = data.draw(st.sampled_from(days), label="day")
        fault = data.draw(st.sampled_from(home.series_faults()), label="fault")
        place = data.draw(st.integers(0, 60), label="place")
        assume(not any(each in f"series × {fault}" for each in home.open))
        good = await _series(harness, harness.connect(tz="Australia/Sydney"), days)
        assert good
        assert all(len(each) == len(days) for each in good.values() if each), {k: len(v) for k, v in good.items()}
        subject = harness.connect(tz="Australia/Sydney")
        with Warnings() as warned, home.broken(harness, "", fault, place):
            relay = harness.relay
            relay.only = lambda request: home.is_of(request, bad)
            if relay.rewrite is not None:
                relay.rewrite = lambda body: home.without(body, bad, fault, place)
            seen = await _series(harness, subject, days)
        wrong: list[str] = []
        for device, expected in good.items():
            now = seen[device]
            if isinstance(now, OpenPowerError):
                wrong.append(f"{device} has no series: {now!r}")
                continue
            wrong += [f"{device}: {day} differs" for day in days if day != bad and now.get(day) != expected.get(day)]
            if bad not in now and expected.get(bad) and not any(f"{bad}" in words for words in warned.words):
                wrong.append(f"{device}: {bad} is gone in silence; {warned.words}")
        # An answer that came is as good as the vendor's other past days, which are kept for hours; a failure is not kept.
        harness.later(minutes=6 if fault in HTTP_FAULTS else 400)
        if await _series(harness, subject, days) != good:
            wrong.append("it does not come back")
        return f"{type(home).__name__}: {bad} × {fault} ({place}): " + "\n".join(wrong) if wrong else None


@pytest.mark.parametrize("kind", SERIES, ids=lambda kind: kind.__name__)
def test_a_broken_day_is_a_gap_in_a_series(kind: type[Home]) -> None:
    """The other days read the same, a warning names the gap, and it comes back."""
    _holds(kind, check_series, examples=4)
