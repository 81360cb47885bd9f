"""Whatever is given as an argument: it works with its right meaning, or it is an ``InvalidValue`` before any request."""

from __future__ import annotations

import inspect
import json
import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest

import openpower
from openpower import BatteryMode, InvalidValue, OpenPowerError, Schedule
from openpower_alphaess.emulator import serve
from openpower_core import registry
from openpower_core.clock import ManualClock
from openpower_core.convert import structure, to_dict
from openpower_core.devices.calls import CommandOptions, SettingsOptions, WriteOptions
from openpower_core.registry.spec import COMMON_OPTIONS
from openpower_core.secrets import Secret
from openpower_goodwe.local.client.transport import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


class Odd:
    """Something that nobody expects, whose ``repr`` fails as well."""

    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


class Numeric(Odd):
    """It has a value, and is no number."""

    def __float__(self) -> float:
        return 5.0


ODD: dict[str, Any] = {
    "None": None,
    "True": True,
    "False": False,
    "zero": 0,
    "one": 1,
    "minus": -1,
    "fraction": 0.5,
    "number": 1500,
    "huge": 10**400,
    "too long to print": 10**5000,
    "largest": 1.7e308,
    "nan": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "decimal": Decimal("1500.5"),
    "decimal nan": Decimal("NaN"),
    "decimal snan": Decimal("sNaN"),
    "ratio": Fraction(1, 3),
    "complex": 1j,
    "empty text": "",
    "blank": "  ",
    "text": "nonsense",
    "number as text": "80",
    "no": "no",
    "false": "false",
    "surrogate": "\ud800",
    "line end": "a\nb",
    "bytes": b"charge",
    "mapping": {},
    "list": [],
    "nested": [[1, 2], {"a": 1}],
    "set": {"mon"},
    "class": int,
    "function": len,
    "object": Odd(),
    "with a float": Numeric(),
    "naive": datetime(2026, 8, 1),  # noqa: DTZ001
    "instant": NOON,
    "first instant": datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    "last instant": datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    "day": date(2026, 8, 1),
    "clock": time(1, 30),
    "span": timedelta(hours=1),
    "backwards": timedelta(seconds=-1),
    "longest": timedelta.max,
    "zone": ZoneInfo("Australia/Sydney"),
    "mode": BatteryMode.CHARGE,
    "channel": openpower.Channel.EXPORT,
    "weekday": openpower.Weekday.MONDAY,
}
"""Values that some argument takes and most do not."""

METHODS = {
    "Inverter": ["read", "history", "export_limit", "set_export_limit", "confirm"],
    "Battery": [
        *("read", "history", "settings", "apply_settings", "schedule", "set_schedule", "command", "release", "confirm"),
        *("charge", "hold", "idle", "no_charge", "export", "auto"),
    ],
    "Meter": ["read", "history"],
    "EVCharger": ["read", "history", "limits", "start", "stop", "set_current_limit", "confirm"],
    "Retailer": ["current_price", "prices", "usage", "grid_mix"],
}
GOOD: dict[str, Any] = {
    "start": NOON,
    "end": NOON + timedelta(hours=1),
    "command": "hold",
    "schedule": Schedule(),
    "limit_w": 5000,
    "amps": 10,
    "receipt": None,
}
WINDOW = openpower.Window(start=time(1), end=time(5), mode="charge")
NATIVE: dict[str, Any] = {
    "date": date(2026, 8, 1),
    "day": date(2026, 8, 1),
    "start": NOON,
    "end": NOON + timedelta(hours=1),
    "serial_number": "AL7",
    "site": "01A",
    "point": "1000000000001",
    "product": "AGILE-24-10-01",
    "tariff": "E-1R-AGILE-24-10-01-C",
    "charger_serial_number": "EV1",
    "check_code": "c",
    "verification_code": "c",
    "charging": True,
    "enabled": True,
    "stop_level": 0.9,
    "use_grid": True,
    "enable_time_control": True,
    "current_draw": 16,
    "offset_kw": 1,
    "first_period": (time(0), time(0)),
    "second_period": (time(0), time(0)),
    "state": "nsw",
    "plant_id": "p",
    "charge_time_list": [],
    "discharge_time_list": [],
    "grid_charge_cycle": True,
    "ctr_dis_cycle": True,
    "inverter_sn": "i",
    "sn": "i",
    "device_type": "INVERTER",
    "group": "g",
    "time_zone": -10,
    "alarm_id": "1",
    "menu_code": 0,
    "addresses": ["1"],
    "function_ids": {"1": "2"},
    "names": ["n"],
    "body": {},
    "values": {"1": 2},
    "name": "n",
    "data": {},
    "mode": 1,
    "product_model": "m",
    "config": {},
    "limit_w": 1000,
    "station_id": "s",
    "program": None,
    "settings": openpower.BatterySettings(),
    "currents": None,
    "work": lambda inverter: inverter.get_operation_mode(),
    "operation": "look",
    "sensor_id": "vpv1",
    "setting_id": "dod",
    "value": 5,
    "export_limit": 1000,
    "operation_mode": 0,
    "ems_mode": 1,
    "dod": 50,
    "command": bytes(8),
}


def parameters(method: Any, good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each parameter, and good values for the others that are needed; nothing is really changed."""
    found = inspect.signature(method).parameters.values()
    others = {each.name: good[each.name] for each in found if each.default is each.empty and each.name in good}
    for each in found:
        if each.kind is each.VAR_KEYWORD:
            kinds = {
                "SettingsOptions": SettingsOptions,
                "CommandOptions": CommandOptions,
                "HoldOptions": CommandOptions,
            }
            kind: Any = next((kind for name, kind in kinds.items() if name in str(each.annotation)), WriteOptions)
            yield from ((name, others) for name in [*kind.__annotations__, "no_such_option"])
        elif each.name != "self":
            yield each.name, {name: value for name, value in others.items() if name != each.name}


class Flavour:
    """One of the two ways to call."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.prefix = "" if name == "sync" else "Async"
        self.connect: Any = openpower.connect if name == "sync" else openpower.connect_async

    async def result(self, call: Any) -> Any:
        """Wait for what a call returns, if it has to be waited for; of an iterator, all items."""
        if inspect.isawaitable(call):
            return await call
        if inspect.isasyncgen(call):
            return [item async for item in call]
        return list(call) if inspect.isgenerator(call) else call


@pytest.fixture(params=["sync", "async"])
def flavour(request: Any) -> Flavour:
    """Both flavours."""
    return Flavour(request.param)


class Wire:
    """Counts the requests that leave, and answers each with a refusal of the vendor's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        answer = {"code": 6017, "msg": "no permission", "data": None}

        def handle(_transport: Any, request: httpx.Request) -> httpx.Response:
            self.count += 1
            return httpx.Response(200, json=answer, request=request)

        async def ahandle(_transport: Any, request: httpx.Request) -> httpx.Response:
            return handle(_transport, request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", ahandle)


async def tried(flavour: Flavour, wire: Wire, where: str, call: Any) -> bool:
    """Make a call; whether it was refused as invalid, which must be before any request."""
    before = wire.count
    refusal: InvalidValue | None = None
    try:
        await flavour.result(call())
    except InvalidValue as error:
        refusal = error
    except OpenPowerError:
        pass
    except Exception as error:
        raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
    if refusal is None:
        return False
    assert wire.count == before, f"{where} was sent: {refusal}"
    assert str(refusal).isprintable()
    return True


async def check_methods(flavour: Flavour, wire: Wire, target: Any, methods: Iterable[str], good: dict[str, Any]) -> int:
    """Try every value for every parameter of the methods; how many were refused."""
    refused = 0
    for method in methods:
        for parameter, others in parameters(getattr(type(target), method), good):
            for label, value in ODD.items():
                where = f"{type(target).__name__}.{method}({parameter}={label})"
                call = partial(getattr(target, method), **{**others, parameter: value})
                refused += await tried(flavour, wire, where, call)
    return refused


async def test_devices_of_the_demo(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every method of every role; the simulated home carries out what is valid."""
    wire = Wire(monkeypatch)
    home = flavour.connect("demo", tz="UTC", clock=ManualClock(NOON))
    for device in await flavour.result(home.devices()):
        role = next(role for role in METHODS if isinstance(device, getattr(openpower, flavour.prefix + role)))
        assert await check_methods(flavour, wire, device, METHODS[role], GOOD) > 20
    assert await check_methods(flavour, wire, home, ["devices", "battery", "meters"], {}) > 20


async def test_devices_of_alphaess(flavour: Flavour, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is refused before a request."""
    with serve() as emulator:
        home = flavour.connect("alphaess", clock=ManualClock(datetime.now(UTC)), **emulator.options)
        devices = await flavour.result(home.devices())
    wire = Wire(monkeypatch)
    for device in devices:
        role = next(role for role in METHODS if isinstance(device, getattr(openpower, flavour.prefix + role)))
        await check_methods(flavour, wire, device, METHODS[role], GOOD)

    assert wire.count > 20


NATIVES: dict[str, dict[str, Any]] = {
    "alphaess": {"app_id": "a", "app_secret": "psk_secret", "serial_number": "AL7011023030001"},
    "amber": {"token": "psk_token1234", "site": "01A"},
    "demo": {"tz": "UTC", "clock": ManualClock(NOON)},
    "goodwe": {"account": "a@example.com", "password": "psk_secret"},
    "goodwe-sems": {"account": "a@example.com", "password": "psk_secret", "station_id": "s1"},
    "octopus": {"api_key": "psk_secret", "account": "A-00000001"},
}


@pytest.mark.parametrize("provider", NATIVES)
async def test_native_methods(flavour: Flavour, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every parameter of every public method."""
    wire = Wire(monkeypatch)
    options = {"clock": ManualClock(NOON), **NATIVES[provider]}  # rate limits are waited for at once
    native = flavour.connect(provider, **options).native
    methods = [
        name
        for name in dir(type(native))
        if not name.startswith("_")
        and name not in ("aclose", "close")
        and inspect.isfunction(getattr(type(native), name))
    ]
    assert await check_methods(flavour, wire, native, methods, NATIVE) > 100


class Silence:
    """An inverter that does not answer; the requests to it count."""

    def __init__(self) -> None:
        self.count = 0

    async def ask(self, *_: Any) -> bytes:
        """See ``Exchange``."""
        self.count += 1
        raise NoAnswer


async def test_native_methods_of_goodwe_local(flavour: Flavour) -> None:
    """What is not HTTP has the same rules."""
    wire: Any = Silence()
    options = {"host": "192.0.2.7", "family": "ET", "transport": wire, "min_poll": 0, "clock": ManualClock(NOON)}
    native = flavour.connect("goodwe-local", **options).native
    methods = [name for name, value in vars(type(native)).items() if inspect.isfunction(value) and name[0] != "_"]
    methods = [name for name in methods if name not in ("aclose", "close")]
    assert await check_methods(flavour, wire, native, methods, NATIVE) > 300
    assert wire.count > 20
    await flavour.result(native.close() if flavour.name == "sync" else native.aclose())


@pytest.mark.parametrize("provider", [*NATIVES, "goodwe-local"])
async def test_options_of_connect(flavour: Flavour, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option and credential of every provider."""
    wire = Wire(monkeypatch)
    monkeypatch.setenv("OPENPOWER_CONFIG", "/nonexistent/config.toml")
    spec = registry.load(provider)
    good = {"host": "127.0.0.1"} if provider == "goodwe-local" else NATIVES[provider]
    for option in [*COMMON_OPTIONS, *spec.keywords(aliases=True), "no_such_option"]:
        for label, value in ODD.items():
            given = {name: each for name, each in good.items() if name != "clock"} | {option: value}
            await tried(
                flavour, wire, f"connect({provider}, {option}={label})", partial(flavour.connect, provider, **given)
            )
    for label, value in ODD.items():
        await tried(flavour, wire, f"connect({label})", partial(flavour.connect, value))

    assert wire.count == 0


VOCABULARY: dict[str, tuple[Any, dict[str, Any]]] = {
    "Window": (openpower.Window, {"start": "01:00", "end": "02:00", "mode": "hold"}),
    "Schedule": (Schedule, {}),
    "BatteryCommand": (openpower.BatteryCommand, {"mode": "hold"}),
    "BatterySettings": (openpower.BatterySettings, {}),
    "series": (openpower.PriceSeries().resample, {"resolution": 60}),
    "at": (openpower.PriceSeries().at, {"time": NOON}),
    "between": (openpower.PriceSeries().between, {"start": NOON, "end": NOON}),
    "on": (openpower.PriceSeries().on, {"channel": "import"}),
}


@pytest.mark.parametrize("name", VOCABULARY)
def test_the_vocabulary(name: str) -> None:
    """What is taken equals itself when it is read back from JSON; all else is refused."""
    make, good = VOCABULARY[name]
    for parameter in inspect.signature(make).parameters:
        for value in ODD.values():
            try:
                made = make(**{**good, parameter: value})
            except InvalidValue:
                continue
            if isinstance(make, type):
                assert structure(make, json.loads(json.dumps(to_dict(made)))) == made


TAKEN: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
    (openpower.Window, {"start": "01:00", "end": "24:00"}, {"start": time(1), "end": time(0)}),
    (openpower.Window, {"days": "mon"}, {"days": {1}}),
    (openpower.Window, {"days": "mon-fri"}, {"days": {1, 2, 3, 4, 5}}),
    (openpower.Window, {"days": "fri-mon, wednesday"}, {"days": {5, 6, 7, 1, 3}}),
    (openpower.Window, {"days": ["sat", "sun"]}, {"days": {6, 7}}),
    (openpower.Window, {"days": openpower.Weekday.SUNDAY}, {"days": {7}}),
    (openpower.Window, {"mode": "No-Charge"}, {"mode": BatteryMode.NO_CHARGE}),
    (openpower.Window, {"power_w": Decimal(3000)}, {"power_w": 3000.0}),
    (Schedule, {"windows": WINDOW}, {"windows": (WINDOW,)}),
    (Schedule, {"tz": ZoneInfo("Europe/Berlin")}, {"tz": "Europe/Berlin"}),
    (Schedule, {"tz": UTC, "otherwise": "idle"}, {"tz": "UTC", "otherwise": BatteryMode.IDLE}),
    (openpower.BatteryCommand, {"target_soc_pct": Decimal("80.5")}, {"target_soc_pct": 80.5}),
]


@pytest.mark.parametrize(("make", "given", "meant"), TAKEN)
def test_what_people_naturally_pass(make: Any, given: dict[str, Any], meant: dict[str, Any]) -> None:
    """It is taken, and kept in one form."""
    needed = {"Window": {"start": time(1), "end": time(2), "mode": "hold"}, "BatteryCommand": {"mode": "hold"}}
    made = make(**{**needed.get(make.__name__, {}), **given})

    assert {name: getattr(made, name) for name in meant} == meant
    assert all(type(getattr(made, name)) is not Decimal for name in meant)


async def test_what_devices_take(flavour: Flavour) -> None:
    """A device for its id, seconds for a timedelta, words for enums, decimals for numbers."""
    home = flavour.connect("demo", tz=ZoneInfo("UTC"), timeout=timedelta(seconds=5), clock=ManualClock(NOON))
    battery = await flavour.result(home.battery())
    retailer = await flavour.result(home.retailer())

    assert await flavour.result(home.battery(battery)) is battery
    assert await flavour.result(home.battery(battery.info)) is battery
    receipt = await flavour.result(battery.charge(power_w=Decimal(3000), target_soc_pct=Decimal(80)))
    assert await flavour.result(battery.confirm(receipt, timeout=30)) == await flavour.result(
        battery.confirm(receipt, timeout=timedelta(seconds=30))
    )
    assert (await flavour.result(battery.active_command())).command.power_w == 3000
    await flavour.result(battery.release())
    assert await flavour.result(battery.read(max_age=0)) is not None
    assert await flavour.result(retailer.prices(channel="Export", resolution=1800)) == await flavour.result(
        retailer.prices(channel=openpower.Channel.EXPORT, resolution=timedelta(minutes=30))
    )


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("charge", {"unattended": "no"}, "unattended is 'no'; it must be True or False."),
    ("charge", {"dry_run": "false"}, "dry_run is 'false'; it must be True or False."),
    ("release", {"dry_run": "false"}, "dry_run is 'false'; it must be True or False."),
    ("charge", {"power_w": True}, "power_w is True; it must be a number above 0."),
    ("charge", {"power_w": 10**400}, "it must be a number above 0."),
    ("charge", {"power_w": -5}, "power_w is -5; it must be a number above 0."),
    ("charge", {"target_soc": 80}, "there is no argument 'target_soc'"),
    ("charge", {"confirm": "yes"}, "confirm is 'yes'; it must be 'accepted' or 'readback'."),
    ("command", {"command": "chrage"}, "Did you mean 'charge'?"),
    ("confirm", {"receipt": None}, "receipt is None; it must be the Receipt that a write returned."),
    ("read", {"max_age": "5"}, "max_age is '5'; it must be a number of seconds of at least 0, or a timedelta."),
    ("read", {"maxage": 5}, "Did you mean 'max_age'?"),
    ("set_schedule", {"schedule": {}}, "schedule is {}; it must be of the class Schedule."),
    ("prices", {"resolution": 90_000}, "resolution is 90000; it must be at most a day, or whole days."),
]


@pytest.mark.parametrize(("method", "given", "message"), REFUSED)
async def test_what_is_refused(flavour: Flavour, method: str, given: dict[str, Any], message: str) -> None:
    """The error names the argument, what was given, and what is allowed."""
    home = flavour.connect("demo", clock=ManualClock(NOON))
    device = await flavour.result(home.retailer() if method == "prices" else home.battery())

    with pytest.raises(InvalidValue) as raised:
        await flavour.result(getattr(device, method)(**given))
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tz": "UTC+10"}, "tz is 'UTC+10', an unknown time zone"),
        ({"timeout": "5"}, "timeout is '5'; it must be a number of seconds above 0"),
        ({"state_dir": 5}, "state_dir is 5; it must be a path"),
        ({"base_url": None, "clock": NOON}, "it must be an object with the method monotonic()"),
        ({"ev": "no"}, "ev is 'no'; it must be True or False."),
        ({"pv_kw": "6.6"}, "pv_kw is '6.6'; it must be a number"),
        ({"transport": httpx.MockTransport(lambda _: httpx.Response(200))}, "demo cannot use transport="),
        ({"base_url": "https://home.example"}, "demo cannot use base_url="),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], message: str) -> None:
    """Text is no number, and a word is no switch."""
    with pytest.raises(InvalidValue) as raised:
        openpower.connect("demo", **options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "host", ["http://1.2.3.4", "1.2.3.4:99", "x y", "1.2.3.4/", "a@b", "[::1]", "::1:99:::", "a..b", "a\nb", 5]
)
def test_a_host_that_is_none(flavour: Flavour, host: Any) -> None:
    """Before any packet, with the remedy."""
    with pytest.raises(InvalidValue, match="host") as raised:
        flavour.connect("goodwe-local", host=host)
    assert "port=" in str(raised.value) or not isinstance(host, str) or "\n" in host


@pytest.mark.parametrize(
    "host", ["1.2.3.4", "::1", "fe80::1%eth0", "2001:db8::5", "inverter", "gw.local", "büro.example."]
)
async def test_a_host(flavour: Flavour, host: str) -> None:
    """Names and both kinds of addresses."""
    home = flavour.connect("goodwe-local", host=host)
    assert host in repr(home.native)
    with pytest.raises(InvalidValue, match="cannot use base_url"):
        flavour.connect("goodwe-local", host=host, base_url="https://gw.example")


@pytest.mark.parametrize("level", [0.015, 0.5005, 0.001, 2, 90, 100, -0.5, "0.9", True])
async def test_a_level_that_is_no_fraction_of_whole_percents(flavour: Flavour, level: Any) -> None:
    """AlphaESS counts in whole percents: nothing is rounded, and nothing guessed."""
    native = flavour.connect("alphaess", **NATIVES["alphaess"], transport=httpx.MockTransport(_nothing)).native
    night = (("01:00", "05:00"), ("00:00", "00:00"))
    for setter in (native.set_charging_settings, native.set_discharging_settings):
        with pytest.raises(InvalidValue, match="stop_level is"):
            await flavour.result(setter(level, True, *night))


def _nothing(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked")


BODIES: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    (
        "alphaess",
        "set_charging_settings",
        (0.29, True, ("01:00", "5:15"), (time(22), "24:00")),
        {"timeChaf1": "01:00", "timeChae1": "05:15", "timeChaf2": "22:00", "timeChae2": "00:00", "batHighCap": 29},
    ),
    ("alphaess", "set_charging_settings", (1, True, ("01:00", "02:00"), ("00:00", "00:00")), {"batHighCap": 100}),
    ("alphaess", "bind_system", (Secret("k7"),), {"code": "k7"}),
    ("amber", "get_prices", ("2026-11-27", date(2026, 11, 27)), {"startDate": "2026-11-27", "endDate": "2026-11-27"}),
]


@pytest.mark.parametrize(("provider", "method", "arguments", "sent"), BODIES)
async def test_native_arguments_that_people_naturally_pass(
    flavour: Flavour, provider: str, method: str, arguments: tuple[Any, ...], sent: dict[str, Any]
) -> None:
    """Text for times and days, as everywhere else."""
    seen: dict[str, Any] = {}

    def handle(request: httpx.Request) -> httpx.Response:
        seen.update(request.url.params, **(json.loads(request.content) if request.content else {}))
        return httpx.Response(200, json=[] if provider == "amber" else {"code": 200, "data": None})

    native = flavour.connect(provider, **NATIVES[provider], transport=httpx.MockTransport(handle)).native
    await flavour.result(getattr(native, method)(*arguments))

    assert {name: seen.get(name) for name in sent} == sent


@pytest.mark.parametrize("refresh", ["yes", 1, None])
async def test_refresh_is_a_switch(flavour: Flavour, refresh: Any) -> None:
    """Of a connection and of a site."""
    home = flavour.connect("demo", clock=ManualClock(NOON))
    site = getattr(openpower, f"{flavour.prefix}Site")(home)

    for each in (home, site):
        with pytest.raises(InvalidValue, match="refresh is"):
            await flavour.result(each.devices(refresh=refresh))
    with pytest.raises(InvalidValue, match="max_age is"):
        await flavour.result(site.snapshot(max_age="now"))
    with pytest.raises(InvalidValue, match="a connection is None"):
        getattr(openpower, f"{flavour.prefix}Site")(None)
