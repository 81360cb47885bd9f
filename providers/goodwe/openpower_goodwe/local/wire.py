"""What the library takes for its protocol object: it sends through an exchange, by our rules.

Reads are tried several times; what writes goes out once, and only while somebody may write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import BadResponse, NetworkError, Timeout
from openpower_goodwe.local.exchange import CorruptAnswer, NoAnswer
from openpower_goodwe.local.library import load

if TYPE_CHECKING:
    from openpower_goodwe.local.exchange import Exchange

__all__ = ["Silent", "Wire", "writes"]

_AA55: Final = bytes.fromhex("aa55c07f")
_READ: Final = 0x03


def writes(request: bytes, *, tcp: bool) -> bool:
    """Whether a request changes something."""
    if request.startswith(_AA55):
        return request[4] in (0x02, 0x03)
    return request[7 if tcp else 1] != _READ


class Silent(Timeout):
    """No answer came to anything that was tried."""


class Wire:
    """The way to one inverter.

    Args:
        exchange: brings requests there and answers back.
        unit: the address that the inverter listens to.
        tcp: whether it speaks Modbus TCP.
        tries: how often a read is sent before it counts as unanswered.
        within: how long each try waits for its answer (s).
        unanswered: reads that had no answer while others had; kept by the session from call to call.
    """

    keep_alive = False

    def __init__(
        self,
        exchange: Exchange,
        unit: int,
        *,
        tcp: bool,
        tries: int = 3,
        within: float = 1.0,
        unanswered: set[bytes] | None = None,
    ) -> None:
        self._exchange = exchange
        self._commands = load("goodwe.protocol")
        self._given_up = load("goodwe.exceptions").RequestFailedException
        self._prefix = "ModbusTcp" if tcp else "ModbusRtu"
        self._tcp = tcp
        self._silent = set[bytes]() if unanswered is None else unanswered
        self.unit = unit
        self.retries = tries - 1
        self.within = within
        self.may_write = False
        """Whether requests that write are let through."""
        self.answered = 0
        """How many requests of the present call were answered."""
        self.wrote = 0
        """How many requests that write have left in the present call."""

    def begin(self, *, may_write: bool) -> None:
        """Begin another call."""
        self.may_write = may_write
        self.answered = self.wrote = 0

    async def send_request(self, command: Any) -> Answered:
        """Send one request of the library's, and give its answer."""
        request: bytes = command.request_bytes()
        changing = writes(request, tcp=self._tcp)
        if changing and not self.may_write:
            raise PermissionError("this call may only read; say write=True")
        tries = 1 if changing else self.retries + 1
        self.wrote += changing
        failure: Exception = NoAnswer()
        for _ in range(tries):
            try:
                answer = await self._exchange.ask(request, command.validator, self.within)
            except (NoAnswer, CorruptAnswer) as error:
                failure = error
                continue
            except NetworkError as error:
                error.nothing_sent = error.nothing_sent and self.wrote <= 1
                raise
            self.answered += 1
            self._silent.discard(self._key(request))
            return Answered(answer)
        if not changing and self.answered:
            self._tell_the_library(request)
        raise self._unanswered(failure, tries, changing=changing)

    def _tell_the_library(self, request: bytes) -> None:
        """Have the library do without what two calls in a row got no answer to, although others were answered.

        At the first such answer it would take a lost datagram for a missing meter, and never ask for it again.
        """
        key = self._key(request)
        if key in self._silent:
            raise self._given_up("no answer")
        self._silent.add(key)

    def _key(self, request: bytes) -> bytes:
        return request[2:] if self._tcp else request  # Modbus TCP numbers its requests

    def _unanswered(self, failure: Exception, tries: int, *, changing: bool) -> Exception:
        times = "once" if tries == 1 else f"{tries} times"
        if isinstance(failure, CorruptAnswer):
            return BadResponse(
                f"asked {times}, the inverter gave only damaged answers.",
                hint="Wi-Fi dongles do that where the signal is weak, and when two ask at once.",
            )
        kind = Timeout if self.answered or changing else Silent
        return kind(f"asked {times}, the inverter did not answer within {self.within:g} s each.")

    async def read(self, first: int, count: int) -> bytes:
        """Registers as they are, past the library's readings of them."""
        return await self._data(self.read_command(first, count))

    async def write(self, first: int, data: bytes) -> None:
        """Write registers: one by itself, several in one request."""
        if len(data) > 2:
            await self._data(self.write_multi_command(first, data))
            return
        # Signed, as the library compares it with the answer.
        value = int.from_bytes(data, "big", signed=True)
        await self._data(self.write_command(first, value))

    async def frame(self, payload: str, answer: str) -> bytes:
        """Send an AA55 frame (hexadecimal, from its control code on), and give the payload of its answer."""
        return await self._data(self._commands.Aa55ProtocolCommand(payload, answer))

    async def _data(self, command: Any) -> bytes:
        data: bytes = (await command.execute(self)).response_data()
        return data

    async def close(self) -> None:
        """Nothing is kept open."""

    def read_command(self, offset: int, count: int) -> Any:
        """The library's command that reads registers."""
        return self._command("ReadCommand", offset, count)

    def write_command(self, register: int, value: int) -> Any:
        """The library's command that writes one register."""
        return self._command("WriteCommand", register, value)

    def write_multi_command(self, offset: int, values: bytes) -> Any:
        """The library's command that writes several registers."""
        return self._command("WriteMultiCommand", offset, values)

    def _command(self, kind: str, *arguments: int | bytes) -> Any:
        return getattr(self._commands, self._prefix + kind)(self.unit, *arguments)


class Answered:
    """What the library awaits: an answer that is there."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def result(self) -> bytes:
        """The answer."""
        return self._answer
