"""What goes wrong between an inverter and its client, on request: lost, late, damaged, foreign and refused answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from openpower_goodwe.local.client.answers import crc16
from openpower_goodwe.local.emulator.frames import Framing, ModbusRequest, data_of, framed, refusal, reply


class FaultKind(StrEnum):
    """How an exchange is spoilt."""

    LOST = "lost"
    """The request never arrives."""
    ANSWER_LOST = "answer_lost"
    """The request is carried out, and its answer never arrives."""
    DUPLICATE = "duplicate"
    """The answer comes twice."""
    LATE = "late"
    """The answer comes after ``delay_s``."""
    CORRUPT = "corrupt"
    """The answer comes with a wrong checksum."""
    FOREIGN = "foreign"
    """An answer to something else comes first."""
    FOREIGN_REFUSAL = "foreign_refusal"
    """Refusals of somebody else's requests come first."""
    FRAGMENTED = "fragmented"
    """The answer comes in two datagrams."""
    TRUNCATED = "truncated"
    """The first half of the answer comes, and no more."""
    EMPTY = "empty"
    """An empty datagram comes; by TCP nothing."""
    GARBAGE = "garbage"
    """Something of the same length comes that is no answer at all."""
    OVERSIZE = "oversize"
    """60,000 bytes come after the answer."""
    WRONG_FUNCTION = "wrong_function"
    """The answer names another function."""
    WRONG_COUNT = "wrong_count"
    """The answer has half of the registers that were asked for."""
    OF_ANOTHER = "of_another"
    """Only the answer to another request comes."""
    UNSET = "unset"
    """Every register is 0xFFFF, which is how inverters say that they have no value."""
    REFUSED = "refused"
    """A Modbus exception with ``code`` comes, and nothing is carried out."""
    FAILED = "failed"
    """A Modbus exception with ``code`` comes, although the request is carried out."""


@frozen(kw_only=True)
class Fault:
    """One kind of spoilt exchange, and how often it happens."""

    kind: FaultKind
    times: int = 1
    writes: bool | None = None
    """Whether it befalls writes or reads only; None for any."""
    delay_s: float = 0.0
    code: int = 6
    skip: int = 0
    """How many of these requests it spares first."""


class Faults:
    """The faults still to come; the first one that fits a request befalls it."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        kind: FaultKind | str,
        *,
        times: int = 1,
        writes: bool | None = None,
        delay_s: float = 0.0,
        code: int = 6,
        skip: int = 0,
    ) -> Fault:
        """Queue a fault for the next ``times`` requests (that write, or that do not), after ``skip`` of them."""
        fault = Fault(kind=FaultKind(kind), times=times, writes=writes, delay_s=delay_s, code=code, skip=skip)
        with self._lock:
            self._queue.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault still queued."""
        with self._lock:
            self._queue.clear()

    def next(self, request: ModbusRequest) -> Fault | None:
        """The fault that befalls this request."""
        with self._lock:
            for index, fault in enumerate(self._queue):
                if fault.writes not in (None, request.writes):
                    continue
                if fault.skip:
                    self._queue[index] = evolve(fault, skip=fault.skip - 1)
                else:
                    left = evolve(fault, times=fault.times - 1)
                    self._queue[index : index + 1] = [left] if left.times > 0 else []
                    return fault
        return None


def spoilt(request: ModbusRequest, answer: bytes, fault: Fault | None) -> list[bytes]:
    """The datagrams that leave the inverter instead of the right one."""
    return [answer] if fault is None or fault.kind not in _SPOILT else _SPOILT[fault.kind](request, answer)


def _corrupt(_: ModbusRequest, answer: bytes) -> list[bytes]:
    return [answer[:-2] + bytes([answer[-2] ^ 0xFF, answer[-1]])]


def _fragments(_: ModbusRequest, answer: bytes) -> list[bytes]:
    half = len(answer) // 2
    return [answer[:half], answer[half:]]


def _foreign(request: ModbusRequest, answer: bytes) -> bytes:
    """A valid answer to some other request: one register."""
    if request.framing is Framing.TCP:
        return framed(request, bytes([request.unit, 0x03, 0x02, 0x00, 0x00]))
    body = bytes([answer[2] if len(answer) > 2 else 0, 0x03, 0x02, 0x00, 0x00])
    return b"\xaa\x55" + body + crc16(body)


def _foreign_refusals(request: ModbusRequest, answer: bytes) -> list[bytes]:
    """Refusals of what was asked in another function, and of another unit, before the answer."""
    if request.framing is Framing.AA55:
        return [answer]
    others = (evolve(request, function=request.function ^ 0x05), evolve(request, unit=request.unit ^ 0x01))
    return [*(refusal(other, 2) for other in others), answer]


def _garbage(_: ModbusRequest, answer: bytes) -> list[bytes]:
    return [bytes((7 * index + 13) % 256 for index in range(len(answer)))]


def _function(request: ModbusRequest, answer: bytes) -> bytes:
    """The answer as it would be to another function, with the checksum that belongs to it."""
    other = request.function ^ 0x07
    if request.framing is Framing.AA55:
        return reply(evolve(request, function=other), data_of(request, answer))
    body = answer[6:] if request.framing is Framing.TCP else answer[2:-2]
    return framed(request, bytes([body[0], other]) + body[2:])


def _shorter(request: ModbusRequest, answer: bytes) -> bytes:
    if request.writes and request.framing is not Framing.AA55:
        return answer
    data = data_of(request, answer)
    return reply(request, data[: len(data) // 4 * 2])


def _unset(request: ModbusRequest, answer: bytes) -> bytes:
    return answer if request.writes else reply(request, b"\xff" * len(data_of(request, answer)))


_SPOILT: Final[dict[FaultKind, Callable[[ModbusRequest, bytes], list[bytes]]]] = {
    FaultKind.ANSWER_LOST: lambda _, __: [],
    FaultKind.DUPLICATE: lambda _, answer: [answer, answer],
    FaultKind.CORRUPT: _corrupt,
    FaultKind.FOREIGN: lambda request, answer: [_foreign(request, answer), answer],
    FaultKind.FOREIGN_REFUSAL: _foreign_refusals,
    FaultKind.FRAGMENTED: _fragments,
    FaultKind.TRUNCATED: lambda _, answer: [answer[: len(answer) // 2]],
    FaultKind.EMPTY: lambda _, __: [b""],
    FaultKind.GARBAGE: _garbage,
    FaultKind.OVERSIZE: lambda _, answer: [answer + bytes(60_000)],
    FaultKind.WRONG_FUNCTION: lambda request, answer: [_function(request, answer)],
    FaultKind.WRONG_COUNT: lambda request, answer: [_shorter(request, answer)],
    FaultKind.OF_ANOTHER: lambda request, answer: [_foreign(request, answer)],
    FaultKind.UNSET: lambda request, answer: [_unset(request, answer)],
}
