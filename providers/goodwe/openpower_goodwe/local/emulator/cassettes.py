"""Recording and replaying the datagrams between the library and an inverter, in files that a person can read.

    recorder = Recorder(UdpExchange("192.0.2.7", 8899), hide={serial: "96000EHU000W0001"})
    with connect("goodwe-local", host="192.0.2.7", transport=recorder) as home:
        home.inverter().read()
    recorder.save(path, recorded="live, 2026-11-22")

    connect("goodwe-local", host="192.0.2.7", transport=Replayer(path))

The files have the shape of the project's other cassettes: interactions of request and response. Registers are
written down by address. Needs PyYAML (extra ``testing``).
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openpower_goodwe.local.client.transport import Exchange, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_WORDS_PER_LINE: Final = 10
_AA55: Final = bytes.fromhex("aa55c07f")


class Recorder:
    """An exchange around another one, which keeps what it sees.

    Args:
        exchange: the one that goes to the inverter.
        hide: serial numbers and the placeholders (of the same length) to write instead.
    """

    def __init__(self, exchange: Exchange, *, hide: Mapping[str, str] | None = None) -> None:
        self._exchange = exchange
        self._hide = dict(hide or {})
        self._seen: list[tuple[bytes, bytes | None]] = []

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :meth:`Exchange.ask`."""
        last: list[bytes] = []

        def noting(data: bytes) -> bool | None:
            last[:] = [data]
            return accept(data)

        try:
            answer = await self._exchange.ask(request, noting, within)
        except NoAnswer:
            self._seen.append((request, None))
            raise
        except Exception:
            # A refusal is a response too: it is raised while the response is judged.
            self._seen += [(request, data) for data in last]
            raise
        self._seen.append((request, answer))
        return answer

    def close(self) -> None:
        """Close what the exchange behind it keeps open."""
        getattr(self._exchange, "close", bool)()

    def save(self, path: Path | str, *, recorded: str) -> None:
        """Write everything down.

        Args:
            path: the file.
            recorded: how it came about: "against the emulator …", or "live, <date>".
        """
        import yaml

        document = {
            "recorded": recorded,
            "version": 1,
            "interactions": [
                _to_file(request, None if answer is None else _hidden(answer, self._hide))
                for request, answer in self._seen
            ],
        }
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")


class Replayer:
    """An exchange that answers what a cassette holds; equal requests get their answers in the recorded order."""

    def __init__(self, path: Path | str) -> None:
        import yaml

        document: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        self.recorded: str = document["recorded"]
        self._left = [_of_file(interaction) for interaction in document["interactions"]]

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :meth:`Exchange.ask`; it waits for nothing."""
        del within
        for index, (asked, answer) in enumerate(self._left):
            if _same(asked, request):
                del self._left[index]
                if answer is None:
                    raise NoAnswer
                response = answer if _is_rtu(request) else request[:2] + answer[2:]
                if not accept(response):
                    raise LookupError(f"the cassette's answer to {request.hex()} is damaged")
                return response
        raise LookupError(f"the cassette holds no (further) answer to {request.hex()}")


def _is_rtu(request: bytes) -> bool:
    """Whether a request came by UDP: Modbus TCP has zeros for its protocol number."""
    return request.startswith(_AA55) or request[2:4] != b"\0\0"


def _same(asked: bytes, request: bytes) -> bool:
    # Modbus TCP numbers its requests.
    return asked == request if _is_rtu(request) else asked[2:] == request[2:]


def _to_file(request: bytes, answer: bytes | None) -> dict[str, Any]:
    first = _first_register(request)
    asked = {"datagram": request.hex()}
    if first is not None:
        asked = {"registers": first, **asked}
    return {"request": asked, "response": _response(first, request, answer)}


def _response(first: str | None, request: bytes, answer: bytes | None) -> dict[str, Any]:
    if answer is None:
        return {"silence": True}
    head = 5 if _is_rtu(request) else 9
    tail = 2 if head == 5 else 0
    if first is None or len(answer) != head + answer[head - 1] + tail:
        return {"datagram": answer.hex()}
    data = answer[head : len(answer) - tail]
    start, lines = int(first.partition("–")[0]), {}
    for at in range(0, len(data), 2 * _WORDS_PER_LINE):
        chunk = data[at : at + 2 * _WORDS_PER_LINE].hex()
        lines[start + at // 2] = " ".join(textwrap.wrap(chunk, 4))
    response: dict[str, Any] = {"header": answer[:head].hex(), "registers": lines}
    return {**response, "checksum": answer[len(answer) - tail :].hex()} if tail else response


def _first_register(request: bytes) -> str | None:
    """Which registers a request reads; None for anything else."""
    body = request if _is_rtu(request) else request[6:]
    if request.startswith(_AA55) or body[1] != 0x03:
        return None
    first, count = int.from_bytes(body[2:4], "big"), int.from_bytes(body[4:6], "big")
    return f"{first}–{first + count - 1}"


def _of_file(interaction: dict[str, Any]) -> tuple[bytes, bytes | None]:
    request = bytes.fromhex(interaction["request"]["datagram"])
    response = interaction["response"]
    if response.get("silence"):
        return request, None
    if "datagram" in response:
        return request, bytes.fromhex(response["datagram"])
    registers = "".join(response["registers"].values())
    whole = response["header"] + registers + response.get("checksum", "")
    return request, bytes.fromhex(whole)


def _hidden(answer: bytes, hide: Mapping[str, str]) -> bytes:
    """The answer with other serial numbers, and the checksum that belongs to it then."""
    changed = answer
    for real, placeholder in hide.items():
        if len(real) != len(placeholder):
            raise ValueError("a placeholder must be as long as what it hides")
        changed = changed.replace(real.encode("ascii"), placeholder.encode("ascii"))
    if changed == answer or not changed.startswith(b"\xaa\x55"):
        return changed
    body = changed[:-2]
    if body.startswith(bytes.fromhex("aa557fc0")):
        return body + (sum(body) & 0xFFFF).to_bytes(2, "big")
    from openpower_goodwe.local.client.answers import crc16

    return body + crc16(body[2:])
