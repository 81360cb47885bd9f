"""The library ``goodwe`` (extra ``local``): everything that depends on it stands here.

The library is loaded when somebody connects. Its objects are made with a protocol object of ours, by overriding the
method that chooses one: so UDP can go to any port, no write is sent twice, and no lost response passes for
"this inverter has no such registers".
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from openpower_core import provider as core
from openpower_goodwe.local.client import answers
from openpower_goodwe.local.client.transport import CorruptAnswer, Exchange, NoAnswer
from openpower_goodwe.local.models import Facts, Family, rated_by_name

T = TypeVar("T")

UDP_PORT: Final = 8899
_PROVIDER: Final = "goodwe-local"
_AA55: Final = bytes.fromhex("aa55c07f")
_READ: Final = 0x03
_SERIAL: Final = slice(31, 47)
"""Where the serial number stands in the response to the library's probing frame."""
_BLOB_END: Final = 100
"""Settings of the ES family below this are places in one long response, not registers."""
MISSING: Final = ("ILLEGAL FUNCTION", "ILLEGAL DATA ADDRESS")


class Sensor(Protocol):
    """One value of an inverter, as the library describes it."""

    id_: str
    offset: int
    name: str
    size_: int
    unit: str


class Inverter(Protocol):
    """The library's object, as far as openpower relies on it; see ``goodwe.Inverter``."""

    model_name: str | None
    serial_number: str
    rated_power: int
    firmware: str | None
    arm_firmware: str | None
    arm_version: int

    async def read_device_info(self) -> None: ...
    async def read_runtime_data(self) -> dict[str, Any]: ...
    async def read_sensor(self, sensor_id: str) -> Any: ...
    async def read_setting(self, setting_id: str) -> Any: ...
    async def write_setting(self, setting_id: str, value: Any) -> None: ...
    async def read_settings_data(self) -> dict[str, Any]: ...
    async def send_command(self, command: bytes) -> Any: ...
    async def get_grid_export_limit(self) -> int: ...
    async def set_grid_export_limit(self, export_limit: int) -> None: ...
    async def get_operation_modes(self, include_emulated: bool) -> tuple[Any, ...]: ...
    async def get_operation_mode(self) -> Any: ...
    async def set_operation_mode(
        self, operation_mode: Any, eco_mode_power: int = 100, eco_mode_soc: int = 100
    ) -> None: ...
    async def get_ems_mode(self) -> Any: ...
    async def get_ongrid_battery_dod(self) -> int: ...
    async def set_ongrid_battery_dod(self, dod: int) -> None: ...
    def sensors(self) -> Sequence[Sensor]: ...
    def settings(self) -> Sequence[Sensor]: ...


Work: TypeAlias = Callable[[Inverter], Awaitable[T]]
"""Something to do with the library's object."""
RawWork: TypeAlias = "Callable[[Link], Awaitable[T]]"
"""Something to do with the registers."""


def load(module: str = "goodwe") -> Any:
    """Import the library, or a module of it.

    Raises:
        ConfigurationError: the extra ``local`` is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise core.ConfigurationError(
            "speaking to inverters on the local network needs the library goodwe.",
            provider=_PROVIDER,
            hint='Install it: pip install "openpower[local]>=0.2". Without it, goodwe-sems and goodwe go by the cloud.',
        ) from missing


def make(family: Family, link: Link, host: str, port: int) -> Inverter:
    """The library's object of a family, which speaks through ``link``."""
    # A subclass made at run time, because the library has no other way to be given a protocol object.
    base = getattr(load(), family.value)
    overrides = {"_create_protocol": staticmethod(lambda *_: link), "__doc__": base.__doc__}
    inverter: Inverter = type(f"{family.value}OverLink", (base,), overrides)(host, port, link.unit)
    return inverter


def family_of(serial: str) -> Family | None:
    """Tell the family from the three letters in a serial number, by the library's tables."""
    model = load("goodwe.model")
    for family in Family:
        tags: Sequence[str] = getattr(model, f"{family.value}_MODEL_TAGS")
        if any(tag in serial for tag in tags):
            return family
    return None


async def probe(link: Link) -> Family | None:
    """Ask by the older protocol, which most inverters answer whatever their family, for the serial number.

    It is asked once only: inverters that do not know it stay silent, and that silence costs the caller's time.
    """
    usual, link.retries = link.retries, 0
    try:
        answer = await load().DISCOVERY_COMMAND.execute(link)
    except (Silent, core.BadResponse):
        return None
    finally:
        link.retries = usual
    return family_of(answer.response_data()[_SERIAL].decode("ascii", "replace"))


_SLOTS_V2: Final = 47547


async def slots_known(family: Family, inverter: Inverter, link: Link) -> bool:
    """Make sure which eco slots it has: the library takes any failure of one probe for the older ones.

    Only a register that is refused three times in all, as one that does not exist, is believed to be none.
    """
    if family is not Family.ET or facts(family, inverter).slots_at == _SLOTS_V2:
        return True
    for _ in range(2):
        try:
            await link.read(_SLOTS_V2, 6)
        except load("goodwe.exceptions").RequestRejectedException as error:
            if error.message not in MISSING:
                return False
        except (load("goodwe.exceptions").InverterError, core.OpenPowerError):
            return False
        else:
            await inverter.read_device_info()
            return facts(family, inverter).slots_at == _SLOTS_V2
    return True


def facts(family: Family, inverter: Inverter) -> Facts:
    """What the library has learnt about an inverter."""
    model = load("goodwe.model")
    settings = {setting.id_: setting for setting in inverter.settings()}
    slot = settings.get("eco_mode_1")
    return Facts(
        family=family,
        serial=inverter.serial_number.strip("\0 "),
        model=(inverter.model_name or "").strip("\0 ") or None,
        # The library reads it of the ET family only; for the others it follows from the model's name.
        rated_w=inverter.rated_power or rated_by_name(inverter.model_name),
        firmware=inverter.firmware,
        arm_firmware=inverter.arm_firmware,
        single_phase=bool(model.is_single_phase(inverter)),
        slot_bytes=None if slot is None else slot.size_,
        slots_per_mille=bool(model.is_745_platform(inverter)),
        slots_at=None if slot is None else slot.offset,
        fast_charging="fast_charging" in settings,
        fast_charging_power="fast_charging_power" in settings,
    )


def writes(request: bytes, *, tcp: bool) -> bool:
    """Whether a request changes something."""
    if request.startswith(_AA55):
        return request[4] in (0x02, 0x03)
    return request[7 if tcp else 1] != _READ


class Silent(core.Timeout):
    """No response came to anything that was tried."""


class Link:
    """What the library takes for its protocol object: it sends through an exchange, by our rules.

    Reads are tried several times. A write is sent once, and only while a call that may write is running.

    Args:
        exchange: brings requests there and responses back.
        unit: the address that the inverter listens to.
        tcp: whether it speaks Modbus TCP.
        tries: how often a read is sent before it counts as unanswered.
        within: how long each try waits for its response (s).
    """

    keep_alive = False

    def __init__(self, exchange: Exchange, unit: int, *, tcp: bool, tries: int = 3, within: float = 1.0) -> None:
        self._exchange = exchange
        self._commands = load("goodwe.protocol")
        self._prefix = "ModbusTcp" if tcp else "ModbusRtu"
        self._tcp = tcp
        self.unit = unit
        self.retries = tries - 1
        self.within = within
        self.may_write = False
        """Whether requests that write are let through."""
        self.answered = 0
        """How many requests of the present call were answered."""
        self.wrote = 0
        """How many requests that write have left in the present call."""
        self.refused_write = False
        """Whether the last request of the present call wrote, and was refused."""

    def begin(self, *, may_write: bool) -> None:
        """Begin another call."""
        self.may_write = may_write
        self.answered = self.wrote = 0
        self.refused_write = False

    async def send_request(self, command: Any) -> Answered:
        """Send one request of the library's, and give its response."""
        request: bytes = command.request_bytes()
        changing = writes(request, tcp=self._tcp)
        if changing and not self.may_write:
            raise PermissionError("this call may only read; pass write=True")
        self.wrote += changing
        accept = _acceptor(request, tcp=self._tcp, changing=changing)
        failure: Exception = NoAnswer()
        for attempt in range(self.retries + 1):
            if isinstance(failure, core.NetworkError):
                # Many dongles take one connection at a time, and some time to notice that the last one is closed.
                await asyncio.sleep(self.within * attempt)
            try:
                answer = await self._exchange.ask(request, accept, self.within)
            except (CorruptAnswer, NoAnswer, core.NetworkError) as error:
                # Silence says less than a damaged response to an earlier try.
                failure = failure if isinstance(failure, CorruptAnswer) else error
                if changing and not getattr(error, "nothing_sent", False):
                    break
            except load("goodwe.exceptions").RequestRejectedException:
                self.refused_write = changing
                raise
            else:
                self.answered += 1
                if not changing:
                    _check_data(command, request, command.trim_response(answer))
                return Answered(answer)
        raise self._failed(failure, changing=changing)

    def _failed(self, failure: Exception, *, changing: bool) -> Exception:
        if isinstance(failure, core.NetworkError):
            failure.nothing_sent = failure.nothing_sent and self.wrote <= 1
            return failure
        if not changing and self.answered and isinstance(failure, NoAnswer):
            # By this error the library does without what only some inverters have; blocks.py asks for it again.
            error: Exception = load("goodwe.exceptions").RequestFailedException("no answer")
            return error
        return self._unanswered(failure, 1 if changing else self.retries + 1, changing=changing)

    def _unanswered(self, failure: Exception, tries: int, *, changing: bool) -> Exception:
        times = "once" if tries == 1 else f"{tries} times"
        if isinstance(failure, CorruptAnswer):
            return core.BadResponse(
                f"asked {times}, the inverter sent only damaged responses.",
                hint="Wi-Fi dongles do that where the signal is weak, and when two programs ask at once.",
            )
        kind = core.Timeout if self.answered or changing else Silent
        return kind(f"asked {times}, the inverter did not answer within {self.within:g} s each.")

    async def read(self, first: int, count: int) -> bytes:
        """Registers as they are, not interpreted by the library."""
        return await self._data(self.read_command(first, count))

    async def write(self, first: int, data: bytes) -> None:
        """Write registers: a single one by its own function, several in one request."""
        if len(data) > 2:
            await self._data(self.write_multi_command(first, data))
            return
        await self._data(self.write_command(first, int.from_bytes(data, "big")))

    async def frame(self, payload: str, answer: str) -> bytes:
        """Send an AA55 frame (hexadecimal, from its control code on), and give the payload of its response."""
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
    """What the library awaits: a response that is there."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def result(self) -> bytes:
        """The response."""
        return self._answer


# What every reading rests on: the blocks of device information and running data, by their first registers. Others are
# optional, and an inverter without the part that they describe may answer 0xFFFF throughout.
_MAIN_BLOCKS: Final = {35000, 35100, 30001, 30100}
# The payloads of AA55 frames have no length of their own; so far the library (0.4.10) and openpower read them, and
# beyond the end the library would read zeros.
_LEAST_BYTES: Final = {b"\x01\x02": 63, b"\x01\x06": 93, b"\x01\x09": 70}


def _check_data(command: Any, request: bytes, data: bytes) -> None:
    """Refuse data that the library would take for zeros, or for figures: too short, or 0xFFFF in all registers."""
    frame = request[4:6] if request.startswith(_AA55) else b""
    if len(data) < _LEAST_BYTES.get(frame, 0):
        raise core.BadResponse(f"the inverter sent {len(data)} bytes, and {_LEAST_BYTES[frame]} are needed.")
    if not data.strip(b"\xff") and (frame in _LEAST_BYTES or command.first_address in _MAIN_BLOCKS):
        raise core.BadResponse(
            "the inverter has no values: all its registers are 0xFFFF.",
            hint="Inverters do that while they start; try again in a minute.",
        )


def _acceptor(request: bytes, *, tcp: bool, changing: bool) -> Callable[[bytes], bool | None]:
    """Whether some bytes are the response to a request; None for the beginning of one. A refusal raises."""
    accept = answers.acceptor(request, tcp=tcp)

    def judge(data: bytes) -> bool | None:
        try:
            return accept(data)
        except answers.ModbusError as error:
            # The library knows the missing parts of an inverter by this error and its message.
            name = load("goodwe.modbus").FAILURE_CODES.get(error.code, f"EXCEPTION {error.code}")
            raise load("goodwe.exceptions").RequestRejectedException(name) from error
        except answers.DamagedAnswer:
            if changing:
                return False  # it cannot be sent again: the response itself may still come
            raise CorruptAnswer from None

    return judge


async def sensors(inverter: Inverter) -> Sequence[Sensor]:
    """What it can be asked."""
    return tuple(inverter.sensors())


async def settings(inverter: Inverter) -> Sequence[Sensor]:
    """What can be set."""
    return tuple(inverter.settings())


async def read_settings(inverter: Inverter) -> dict[str, Any]:
    """All settings, one by one; None for those that the inverter does not have.

    The library's own way logs a traceback for each that is missing (ET), or gives up at the first (DT).
    """
    if not hasattr(inverter, "_read_sensor"):  # the ES family reads them all at once
        return await inverter.read_settings_data()
    found: dict[str, Any] = {}
    for setting in tuple(inverter.settings()):
        try:
            found[setting.id_] = await inverter.read_setting(setting.id_)
        except ValueError:
            found[setting.id_] = None
    return found


async def set_export_limit(inverter: Inverter, limit: int, *, enable: bool) -> None:
    """Set the export limit, and switch it on: the library does the first only (mletenay#167)."""
    await inverter.set_grid_export_limit(limit)
    if enable:
        await inverter.write_setting("grid_export", 1)


async def set_ems_mode(inverter: Inverter, mode: int, power_w: int | None) -> None:
    """Set the EMS mode, its power first, so that it never runs with an old one; the library cannot write 0 W."""
    if power_w is not None:
        await inverter.write_setting("ems_power_limit", power_w)
    await inverter.write_setting("ems_mode", mode)


async def send(inverter: Inverter, command: bytes) -> bytes:
    """Send bytes as they are."""
    return bytes((await inverter.send_command(command)).raw_data)


def operation_mode(mode: Any, name: str) -> Any:
    """A work mode as the library has it (``goodwe.OperationMode``), given as such or as its number."""
    return _member(load().OperationMode, mode, name)


def ems_mode(mode: Any, name: str) -> Any:
    """An EMS mode as the library has it (``goodwe.EMSMode``), given as such or as its number."""
    return _member(load().EMSMode, mode, name)


def _member(kind: Any, value: Any, name: str) -> Any:
    if isinstance(value, kind) or (type(value) is int and value in set(map(int, kind))):
        return kind(value)
    raise core.refused(
        value, name, f"a {kind.__name__} or its number: {', '.join(f'{each.name} {each:d}' for each in kind)}"
    )


def check_setting(family: Family, setting: str, offsets: dict[str, int]) -> None:
    """Refuse what the library would write to a wrong register: ES settings that are places in a response."""
    if family is Family.ES and offsets.get(setting, _BLOB_END) < _BLOB_END:
        raise core.Unsupported(
            f"{setting!r} can be read only: the library takes its place in the response for a register.",
            feature="write_setting",
            provider=_PROVIDER,
            alternatives=("set_grid_export_limit", "set_ongrid_battery_dod", "set_operation_mode"),
        )
