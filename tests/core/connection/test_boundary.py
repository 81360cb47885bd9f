"""Whatever a provider's code raises by mistake, callers get an error of openpower's, with its cause; in both flavours."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from attrs import evolve

from openpower_core.checks import text
from openpower_core.errors import BadResponse, InvalidValue, OpenPowerError, ProviderLoadError
from openpower_core.prices import Price, PriceSeries
from openpower_core.provider import AsyncNativeClient, NativeClient, ProviderSpec
from openpower_core.readings import BatteryReading, Quality, Stamp
from openpower_core.secrets import credential

FOREIGN = [
    OverflowError("too large"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    KeyError("code"),
    TypeError("not a text"),
    RecursionError(),
    ExceptionGroup("several", [ValueError()]),
]
by_name = pytest.mark.parametrize("foreign", FOREIGN, ids=lambda error: type(error).__name__)


@by_name
async def test_a_devices_method(flavour: Any, settle: Any, foreign: Exception) -> None:
    """The error names provider, device and operation."""
    home = flavour.home()
    meter = await settle(home.meter())
    broken = _broken(type(meter), foreign, is_async=flavour.name == "async")(
        meter.info, capabilities=meter.capabilities
    )
    with pytest.raises(BadResponse) as raised:
        await settle(broken.read())

    error = raised.value
    assert error.__cause__ is foreign
    assert (error.provider, error.device_id, error.operation) == ("acme", "M1/meter", "read")
    assert type(foreign).__name__ in str(error)


def _broken(meter: Any, foreign: Exception, *, is_async: bool) -> Any:
    class Broken(meter):  # type: ignore[misc]
        if is_async:

            async def read(self, **_: Any) -> Any:
                raise foreign
        else:

            def read(self, **_: Any) -> Any:
                raise foreign

    return Broken


@by_name
async def test_discovery(flavour: Any, settle: Any, monkeypatch: pytest.MonkeyPatch, foreign: Exception) -> None:
    """It is not cached: the next call asks again."""
    home = flavour.home()
    with monkeypatch.context() as patched:
        patched.setattr(type(home.native), "devices", _raiser(foreign))
        with pytest.raises(BadResponse) as raised:
            await settle(home.devices())

    assert raised.value.__cause__ is foreign
    assert len(await settle(home.devices())) == 3


def _raiser(foreign: Exception) -> Any:
    def devices(_self: Any) -> Any:
        raise foreign

    return devices


@pytest.mark.parametrize("serial", ["AL7\x00", "AL7\n", "AL7\x1b[2J", "AL7\ud800", "\u202eAL7", "--", "x" * 500])
async def test_a_serial_that_is_none_is_not_cached(
    flavour: Any, settle: Any, monkeypatch: pytest.MonkeyPatch, serial: str
) -> None:
    """Calls with it would fail as long as the connection lives."""
    home = flavour.home()
    usual = type(home.native).devices
    with monkeypatch.context() as patched:
        patched.setattr(type(home.native), "devices", lambda self: [_renamed(device, serial) for device in usual(self)])
        with pytest.raises(BadResponse, match="id"):
            await settle(home.devices())

    assert len(await settle(home.devices())) == 3


async def test_a_serial_that_our_rules_refuse_is_the_vendors_mistake(
    flavour: Any, settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given to connect() was judged there; and the message does not show a serial number in whole."""
    home = flavour.home()
    refusal = InvalidValue("serial_number is 'AL70110230300001\\n'; it must be text without line ends.")
    with monkeypatch.context() as patched:
        patched.setattr(type(home.native), "devices", _raiser(refusal))
        with pytest.raises(BadResponse, match="serial_number cannot be right") as raised:
            await settle(home.devices())

    assert "AL7" not in "".join(traceback.format_exception(raised.value))


NOW = datetime(2026, 8, 1, tzinfo=UTC)
STAMP = Stamp(received_at=NOW, quality=Quality.LIVE, source="acme")
PRICE = Price(start=NOW, end=NOW, channel="import", per_kwh=Decimal(1), currency="AUD")


@attrs.frozen
class AcmeRow:
    """A record of a provider's own, with a rule of its own."""

    soc: int = attrs.field()

    @soc.validator
    def _check(self, _attribute: Any, value: int) -> None:
        raise InvalidValue(f"soc is {value}.")


def _refuse_range() -> None:
    raise InvalidValue("history goes back 7 days.")


def _refuse_credential() -> None:
    credential("a\nb", "token", provider="acme")


READS: list[tuple[str, Callable[[], Any], type[OpenPowerError]]] = [
    ("read", lambda: Stamp(received_at=NOW.replace(tzinfo=None), quality=Quality.LIVE, source="x"), BadResponse),
    ("read", lambda: BatteryReading(stamp=STAMP, soc_pct=400), BadResponse),
    ("read", lambda: AcmeRow(400), BadResponse),
    ("history", lambda: PriceSeries([PRICE]), BadResponse),
    ("history", lambda: text("AL7\n", "sn"), BadResponse),
    ("history", _refuse_range, InvalidValue),
    ("read", _refuse_credential, InvalidValue),
]


@pytest.mark.parametrize(("method", "make", "kind"), READS)
async def test_a_read_does_not_blame_its_caller(
    flavour: Any, settle: Any, method: str, make: Callable[[], Any], kind: type[OpenPowerError]
) -> None:
    """Its arguments were checked before: what our rules refuse then is the vendor's, unless the provider refuses it itself."""
    home = flavour.home()
    meter = await settle(home.meter())
    broken = _made_by(type(meter), make, is_async=flavour.name == "async")(meter.info, capabilities=meter.capabilities)
    with pytest.raises(kind) as raised:
        await settle(broken.read() if method == "read" else broken.history(NOW, NOW))

    if kind is BadResponse:
        error = raised.value
        assert (error.provider, error.device_id, error.operation) == ("acme", "M1/meter", method)
        assert isinstance(error.__cause__, InvalidValue)


def _made_by(meter: Any, make: Callable[[], Any], *, is_async: bool) -> Any:
    def plain(_self: Any, *_: Any, **__: Any) -> Any:
        return make()

    async def waited(_self: Any, *_: Any, **__: Any) -> Any:
        return make()

    method = waited if is_async else plain
    return type("Broken", (meter,), {"read": method, "history": method})


def _renamed(device: Any, serial: str) -> Any:
    device._info = evolve(device.info, id=f"{serial}/meter", serial=serial)
    return device


async def test_arguments_are_not_blamed_on_the_vendor(flavour: Any, settle: Any) -> None:
    """A keyword that a method does not have is the caller's mistake."""
    battery = await settle(flavour.home().battery("AL70110230300001"))
    with pytest.raises((TypeError, InvalidValue)):
        await settle(battery.read(nonsense=1))


FACTORY: list[tuple[Exception, type[OpenPowerError]]] = [
    (ValueError("no port"), InvalidValue),
    (TypeError("not a text"), InvalidValue),
    (OverflowError(), InvalidValue),
    (UnicodeEncodeError("utf-8", "password\ud800", 8, 9, "no"), InvalidValue),
    (RuntimeError("no loop"), ProviderLoadError),
]


@pytest.mark.parametrize(
    ("foreign", "kind"), FACTORY, ids=lambda value: getattr(value, "__name__", type(value).__name__)
)
def test_a_factory(flavour: Any, foreign: Exception, kind: type[OpenPowerError]) -> None:
    """Options and credentials that a provider cannot digest are named; an error about text is no cause, since it has it."""

    def factory(_context: Any) -> Any:
        raise foreign

    with pytest.raises(kind, match=type(foreign).__name__) as raised:
        flavour.connect(ProviderSpec(name="acme", connect=factory, connect_async=factory))

    assert raised.value.__cause__ is (None if isinstance(foreign, UnicodeError) else foreign)


BAD_OPTIONS: list[dict[str, Any]] = [
    {"timeout": "5"},
    {"timeout": "soon"},
    {"timeout": float("nan")},
    {"timeout": 10**400},
    {"base_url": "https://acme.example:99999"},
    {"base_url": "https://acme .example"},
    {"base_url": 5},
    {"base_url": "http://acme.example"},
    {"base_url": "http://acme.example", "allow_http": "yes"},
    {"base_url": "http://acme.example", "allow_http": False},
    {"tz": "Mars/Olympus"},
    {"tz": "\ud800"},
    {"state_dir": "a\0b"},
]


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=str)
def test_options_that_cannot_be_meant(flavour: Any, options: dict[str, Any]) -> None:
    """They are refused by connect itself."""
    with pytest.raises(InvalidValue, match=[*options][-1]):
        flavour.home(**options)


def test_cleartext_needs_consent_or_a_device_nearby(flavour: Any, spec: ProviderSpec) -> None:
    """By argument, or by the specification of a local provider."""
    assert flavour.home(base_url="http://acme.example", allow_http=True)
    assert flavour.home(base_url="http://127.0.0.1:8080")
    near = evolve(spec, local=True)
    asked = {"app_id": "a", "app_secret": "s"}
    assert flavour.connect(near, base_url="http://192.168.1.5", **asked)
    with pytest.raises(InvalidValue, match="allow_http"):
        flavour.connect(near, base_url="http://acme.example", **asked)


@by_name
async def test_a_native_call(flavour: Any, settle: Any, foreign: Exception) -> None:
    """The public methods of a vendor's client, too; a call that does not fit its parameters stays a TypeError."""
    api = (Native if flavour.name == "sync" else AsyncNative)(foreign)
    with pytest.raises(BadResponse, match="list_things") as raised:
        await settle(api.list_things())

    assert raised.value.__cause__ is foreign
    with pytest.raises((TypeError, InvalidValue)):
        await settle(api.list_things(nonsense=1))


class Native(NativeClient):
    """A client whose decoding fails."""

    def __init__(self, foreign: Exception) -> None:
        self.foreign = foreign

    def list_things(self) -> list[str]:
        raise self.foreign


class AsyncNative(AsyncNativeClient):
    """The same, for asyncio."""

    def __init__(self, foreign: Exception) -> None:
        self.foreign = foreign

    async def list_things(self) -> list[str]:
        raise self.foreign
