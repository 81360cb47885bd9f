"""Whole connections: an emulator answers in the same process, and its answers are changed on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
from hypothesis import given, strategies as st

from fuzz.odd import CHANGES, changed
from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.errors import DeviceNotFound, OpenPowerError, RequestError, Unsupported
from openpower_testing.checks.capabilities import READS, ask

START = datetime(2026, 8, 4, 10, 7, 30, tzinfo=UTC)


class Caller:
    """As much of a harness as asking a device takes."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock

    async def call(self, device: Any, method: str, *arguments: Any, **keywords: Any) -> Any:
        """The result of a device's method."""
        return await getattr(device, method)(*arguments, **keywords)


async def read_everything(provider: str, clock: ManualClock, **options: Any) -> None:
    """Every device, and everything that it can be asked."""
    async with connect_async(provider, clock=clock, **options) as home:
        for device in await _outcome(home.devices()) or ():
            repr(device)
            for feature in sorted(READS):
                if device.capabilities[feature]:
                    repr(await _outcome(ask(Caller(clock), device, feature)))  # type: ignore[arg-type]


async def _outcome(asking: Awaitable[Any]) -> Any:
    try:
        return await asking
    except (Unsupported, DeviceNotFound):
        return None  # true answers: this model cannot, and there is nothing of the id that discovery was given
    except RequestError as error:
        # Nothing was asked for that could be invalid: it is the vendor's data that is, which has a class of its own.
        raise AssertionError(f"{type(error).__name__} for what was read: {error}") from error
    except OpenPowerError:
        return None


# HTTP


class Changing(httpx.AsyncBaseTransport):
    """Asks an emulator, and changes the JSON of some answers."""

    def __init__(self, emulator: Any, changes: list[tuple[int, Any]], first: int, every: int) -> None:
        self._inner = httpx.ASGITransport(emulator)
        self._changes, self._left, self._every = changes, first, every

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See :class:`httpx.AsyncBaseTransport`."""
        self._left -= 1
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        if self._left < 0 and self._left % self._every == 0:
            content = json.dumps(changed(json.loads(content), self._changes)).encode()
        return httpx.Response(response.status_code, headers={"Content-Type": "application/json"}, content=content)


def _alphaess(clock: ManualClock) -> Any:
    from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate

    return Emulator([EmulatedSystem(Nameplate(charger_models=("SMILE-EVCT11",)), start=clock.now())], clock=clock)


def _amber(clock: ManualClock) -> Any:
    from openpower_amber.emulator import Emulator

    return Emulator(clock=clock)


def _dayahead(clock: ManualClock) -> Any:
    from openpower_dayahead.emulator import Emulator

    return Emulator("nordpool", clock=clock)


def _goodwe(clock: ManualClock) -> Any:
    from openpower_goodwe.openapi.emulator import Emulator

    return Emulator(clock=clock)


def _sems(clock: ManualClock) -> Any:
    from openpower_goodwe.semsplus.emulator import Emulator

    return Emulator(clock=clock)


HTTP: dict[str, Callable[[ManualClock], Any]] = {
    "alphaess": _alphaess,
    "amber": _amber,
    "dayahead": _dayahead,
    "goodwe": _goodwe,
    "goodwe-sems": _sems,
}


PLACES = st.integers(min_value=0, max_value=15)


@given(
    provider=st.sampled_from(sorted(HTTP)), changes=CHANGES, first=PLACES, every=st.integers(min_value=1, max_value=4)
)
def answers(provider: str, changes: list[tuple[int, Any]], first: int, every: int) -> None:
    """Whatever the vendor's JSON holds, each call ends with a result or an OpenPowerError."""
    clock = ManualClock(START)
    emulator = HTTP[provider](clock)
    base_url = f"http://127.0.0.1{emulator.prefix}"
    transport = Changing(emulator, changes, first, every)
    asyncio.run(read_everything(provider, clock, **emulator.options, base_url=base_url, transport=transport))


# Registers


class Spoilt:
    """An exchange with an inverter whose registers hold something else, with the checksum that belongs to it."""

    def __init__(self, inverter: Any, spoil: Callable[[bytes], bytes]) -> None:
        self._inverter, self._spoil = inverter, spoil

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :class:`Exchange`; it waits for nothing."""
        from openpower_goodwe.local.client.transport import CorruptAnswer, NoAnswer
        from openpower_goodwe.local.emulator.frames import Framing, ModbusRefusal, data_of, parse, refusal, reply

        del within
        asked = parse(request)
        if asked is None:
            raise NoAnswer
        try:
            answer = self._inverter.answer(asked)
        except ModbusRefusal as refused:
            answer = None if asked.framing is Framing.AA55 else refusal(asked, refused.code)
        else:
            if answer is not None and not asked.writes:
                answer = reply(asked, self._spoil(data_of(asked, answer))[:255])
        if answer is None:
            raise NoAnswer
        if not accept(answer):
            raise CorruptAnswer
        return bytes(answer)


def spoilt(noise: bytes, every: int, fill: int | None, data: bytes) -> bytes:
    """Registers with noise in some of their bytes, or with one value in all of them."""
    if fill is not None:
        return fill.to_bytes(2, "big") * (len(data) // 2)
    changed_bytes = bytearray(data)
    for place, byte in enumerate(noise):
        at = (place + 1) * every
        if at < len(data):
            changed_bytes[at] = byte
    return bytes(changed_bytes)


@given(
    family=st.sampled_from(["ET", "ES", "DT"]),
    noise=st.binary(max_size=250),
    every=st.integers(min_value=1, max_value=9),
    fill=st.none() | st.sampled_from([0, 0xFFFF, 0x7FFF, 0x8000, 0xFF00]),
)
def registers(family: str, noise: bytes, every: int, fill: int | None) -> None:
    """Whatever the registers hold, each call ends with a result or an OpenPowerError."""
    from openpower_goodwe.local.emulator import EmulatedDT, EmulatedES, EmulatedET

    clock = ManualClock(START)
    inverter = {"ET": EmulatedET, "ES": EmulatedES, "DT": EmulatedDT}[family](clock=clock)
    exchange = Spoilt(inverter, partial(spoilt, noise, every, fill))
    options = {"host": "192.0.2.7", "family": family, "protocol": "udp", "tz": "Europe/Berlin", "min_poll": 0.0}
    asyncio.run(read_everything("goodwe-local", clock, transport=exchange, **options))
