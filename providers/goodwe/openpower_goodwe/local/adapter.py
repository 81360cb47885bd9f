"""The library ``goodwe`` (extra ``local``): everything that depends on it stands here.

The library is loaded when somebody connects. Its objects are made with a protocol object of ours, by overriding the
method that chooses one: so UDP can go to any port, no write is sent twice, and no lost response passes for
"this inverter has no such registers".
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar

from openpower_core.errors import (
    BadResponse,
    ConfigurationError,
    DeviceOffline,
    InvalidValue,
    NetworkError,
    OpenPowerError,
    ServiceUnavailable,
    Timeout,
    Unsupported,
    WriteRejected,
)
from openpower_goodwe.local.models import Facts, Family, rated_by_name
from openpower_goodwe.local.transport import CorruptAnswer, Exchange, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

UDP_PORT: Final = 8899


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


def load(module: str = "goodwe") -> Any:
    """Import the library, or a module of it.

    Raises:
        ConfigurationError: the extra ``local`` is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            "speaking to inverters on the local network needs the library goodwe.",
            provider="goodwe-local",
            hint='Install it: pip install "openpower[local]". Without it, goodwe-sems and goodwe go by the cloud.',
        ) from missing


def make(family: Family, wire: Any, host: str, port: int) -> Inverter:
    """The library's object of a family, which speaks through ``wire``."""
    base = getattr(load(), family.value)
    ours = {"_create_protocol": staticmethod(lambda *_: wire), "__doc__": base.__doc__}
    inverter: Inverter = type(f"{family.value}OverWire", (base,), ours)(host, port, wire.unit)
    return inverter


def family_of(serial: str) -> Family | None:
    """Tell the family from the three letters in a serial number, by the library's tables."""
    model = load("goodwe.model")
    for family in Family:
        tags: Sequence[str] = getattr(model, f"{family.value}_MODEL_TAGS")
        if any(tag in serial for tag in tags):
            return family
    return None


def facts(family: Family, inverter: Inverter) -> Facts:
    """What the library has learnt of an inverter."""
    model = load("goodwe.model")
    settings = {setting.id_: setting for setting in inverter.settings()}
    slot = settings.get("eco_mode_1")
    return Facts(
        family=family,
        serial=inverter.serial_number.strip("\0 "),
        model=(inverter.model_name or "").strip("\0 ") or None,
        # The library reads it of the ET family only; the others' model names tell.
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


T = TypeVar("T")

Work: TypeAlias = "Callable[[Inverter], Awaitable[T]]"
"""Something to do with the library's object."""
RawWork: TypeAlias = "Callable[[Wire], Awaitable[T]]"
"""Something to do with the registers."""


_BLOB_END: Final = 100
"""Settings of the ES family below this are places in one long answer, not registers."""


async def runtime(inverter: Inverter) -> dict[str, Any]:
    """All sensors."""
    return await inverter.read_runtime_data()


async def sensors(inverter: Inverter) -> Sequence[Sensor]:
    """What it can be asked."""
    return tuple(inverter.sensors())


async def settings(inverter: Inverter) -> Sequence[Sensor]:
    """What can be set."""
    return tuple(inverter.settings())


async def read_all(inverter: Inverter) -> dict[str, Any]:
    """All settings, one by one; None for those that it has not.

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


def export_limit(limit: int, *, enable: bool) -> Work[None]:
    """Set the export limit, and switch it on: the library does the first only (mletenay#167)."""

    async def work(inverter: Inverter) -> None:
        await inverter.set_grid_export_limit(limit)
        if enable:
            await inverter.write_setting("grid_export", 1)

    return work


def ems_mode(mode: int, power_w: int | None) -> Work[None]:
    """Set the EMS mode, its power first, so that it never runs with an old one; the library cannot write 0 W."""

    async def work(inverter: Inverter) -> None:
        if power_w is not None:
            await inverter.write_setting("ems_power_limit", power_w)
        await inverter.write_setting("ems_mode", mode)

    return work


def send(command: bytes) -> Work[bytes]:
    """Send bytes as they are."""

    async def work(inverter: Inverter) -> bytes:
        return bytes((await inverter.send_command(command)).raw_data)

    return work


def check_setting(family: Family, setting: str, offsets: dict[str, int]) -> None:
    """Refuse what the library would write to a wrong register: ES settings that are places in an answer."""
    if family is Family.ES and offsets.get(setting, _BLOB_END) < _BLOB_END:
        raise Unsupported(
            f"{setting!r} can be read only: the library takes its place in the answer for a register.",
            feature="write_setting",
            provider="goodwe-local",
            alternatives=("set_grid_export_limit", "set_ongrid_battery_dod", "set_operation_mode"),
        )


_PROVIDER: Final = "goodwe-local"
_SILENCE: Final = (
    "It may be asleep (inverters without a battery are off at night), have another address, or speak Modbus TCP "
    'only (Kit-20 and V2.0 dongles: port=502, to be enabled in SolarGo). By the cloud: "goodwe-sems".'
)
_BUSY: Final = ("ACKNOWLEDGE", "SLAVE DEVICE BUSY")
_MISSING: Final = ("ILLEGAL FUNCTION", "ILLEGAL DATA ADDRESS")


def to_our_error(error: Exception, operation: str, where: str, *, wrote: bool, family: Family | None) -> Exception:
    """Our error for what a call raised; what is nobody's fault but the program's comes back as it is.

    Args:
        error: what was raised.
        operation: the call that failed.
        where: the inverter's address, for messages.
        wrote: whether something that writes had left by then.
        family: the inverter's family, once it is known.
    """
    context: dict[str, Any] = {"provider": _PROVIDER, "operation": operation}
    if isinstance(error, OpenPowerError):
        return _completed(error, where, context)
    if isinstance(error, TimeoutError):
        return Timeout(f"{where} took too long.", **context)
    if isinstance(error, PermissionError):
        return InvalidValue(f"{error}.", hint="Nothing was sent.", **context)
    if isinstance(error, ValueError | OverflowError):
        return _unfit(error, context)
    if any(kind.__name__ == "InverterError" for kind in type(error).__mro__):
        return _of_the_library(error, context, wrote=wrote, family=family)
    return error


def _completed(error: OpenPowerError, where: str, context: dict[str, Any]) -> OpenPowerError:
    if isinstance(error, Silent):
        return DeviceOffline(f"{where} does not answer: {error.message}", hint=_SILENCE, **context)
    error.provider = error.provider or context["provider"]
    error.operation = error.operation or context["operation"]
    return error


def _unfit(error: Exception, context: dict[str, Any]) -> OpenPowerError:
    if str(error).startswith("Unknown s"):
        feature = context["operation"]
        return Unsupported(f"{error}.", feature=feature, hint="settings() lists them.", **context)
    return InvalidValue(f"the library refuses the value: {str(error) or 'no reason'}.", **context)


def _of_the_library(error: Exception, context: dict[str, Any], *, wrote: bool, family: Family | None) -> OpenPowerError:
    name = type(error).__name__
    if name == "RequestRejectedException":
        return _refused(str(getattr(error, "message", "")), wrote=wrote, context=context)
    if name == "RequestFailedException":
        return Timeout("the inverter answered a part of what it was asked.", **context)
    if name == "InverterError":
        kind = f"the {family} family" if family else "this inverter"
        feature = context["operation"]
        return Unsupported(f"{kind} cannot do that: {error}", feature=feature, **context)
    return BadResponse(f"the library gave up: {str(error) or name}.", **context)


def _refused(message: str, *, wrote: bool, context: dict[str, Any]) -> OpenPowerError:
    told: dict[str, Any] = {**context, "vendor_message": message or None}
    if wrote:
        return WriteRejected(f"the inverter refused to be written to: {message}.", **told)
    if message in _BUSY:
        return ServiceUnavailable(f"the inverter is busy: {message}.", **told)
    if message in _MISSING:
        text = f"the inverter has no such registers: {message}."
        return Unsupported(text, feature=context["operation"], **told)
    return ServiceUnavailable(f"the inverter could not answer: {message or 'no reason'}.", **told)
