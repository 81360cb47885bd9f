"""Devices that authors derive: nothing that is not supported sends a request, and readings reach the sinks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from openpower_core import devices, provider
from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.control import UNSET, BatteryCommand, BatteryMode
from openpower_core.devices.info import BatteryInfo, DeviceInfo, Role
from openpower_core.errors import InvalidValue, PartialData, Unsupported
from openpower_core.prices import Channel, Price, PriceKind
from openpower_core.provider import Context, hookimpl
from openpower_core.registry.hooks import Hooks

ROLES = ["Meter", "Inverter", "Battery", "EVCharger", "Retailer"]
INFO = DeviceInfo(id="AL70110230300001/x", provider="acme", serial="AL7", role=Role.METER)


async def _battery(flavour: Any, settle: Any) -> Any:
    return await settle(flavour.home().battery("AL70110230300001"))


@pytest.mark.parametrize("role", ROLES)
def test_each_base_satisfies_its_protocol(role: str) -> None:
    """At run time; type checkers see it in typing_tests."""
    base = getattr(provider, f"Base{role}")(INFO, capabilities=Capabilities())
    async_base = getattr(provider, f"AsyncBase{role}")(INFO, capabilities=Capabilities())

    assert isinstance(base, getattr(devices, role))
    assert isinstance(async_base, getattr(devices, f"Async{role}"))


CALLS: dict[str, dict[str, tuple[Any, ...]]] = {
    "Meter": {"read": (), "history": (1, 2)},
    "Inverter": {"read": (), "history": (1, 2), "export_limit": (), "set_export_limit": (5,), "confirm": (None,)},
    "Battery": {
        "read": (),
        "history": (1, 2),
        "settings": (),
        "apply_settings": (),
        "schedule": (),
        "set_schedule": (None,),
        "command": (BatteryCommand(mode=BatteryMode.HOLD),),
        "release": (),
        "active_command": (),
        "discard_restore_point": (),
        "charge": (),
        "hold": (),
        "idle": (),
        "no_charge": (),
        "export": (),
        "auto": (),
        "confirm": (None,),
    },
    "EVCharger": {
        "read": (),
        "history": (1, 2),
        "limits": (),
        "start": (),
        "stop": (),
        "set_current_limit": (6,),
        "confirm": (None,),
    },
    "Retailer": {"current_price": (), "prices": (), "tariff": (), "tariffs": (1, 2), "usage": (1, 2), "grid_mix": ()},
}


@pytest.mark.parametrize("role", ROLES)
async def test_what_is_not_overridden_is_unsupported(role: str, settle: Any) -> None:
    """Every method of every base, in both flavours."""
    for prefix in ("Base", "AsyncBase"):
        device = getattr(provider, prefix + role)(INFO, capabilities=Capabilities())
        for method, arguments in CALLS[role].items():
            if method == "active_command":  # nothing was commanded, which is no error
                assert await settle(device.active_command()) is None
                continue
            with pytest.raises(Unsupported, match="AL…0001/x has no"):
                await settle(getattr(device, method)(*arguments))


def test_the_table_of_calls_is_complete() -> None:
    """A method that is added to a protocol has to be added here."""
    for role, calls in CALLS.items():
        methods = {name for name in vars(getattr(devices, role)) if not name.startswith("_")}

        assert methods - {"info", "watch"} == set(calls)  # watch calls read


async def test_unsupported_carries_feature_note_and_alternatives(flavour: Any, settle: Any) -> None:
    """The provider's own words, and nothing was called."""
    battery = await _battery(flavour, settle)
    with pytest.raises(Unsupported, match=r"the vendor has no such mode.*Instead: set_sch") as caught:
        await settle(battery.export())

    assert caught.value.feature == Feature.EXPORT
    assert caught.value.alternatives == ("set_schedule",)
    assert caught.value.device_id == "AL70110230300001/battery"
    assert battery.calls == []


async def test_settings_are_checked_one_by_one(flavour: Any, settle: Any) -> None:
    """The reserve can be set, and the upper limit cannot."""
    battery = await _battery(flavour, settle)
    await settle(battery.apply_settings(reserve_soc_pct=20))

    with pytest.raises(Unsupported) as caught:
        await settle(battery.apply_settings(reserve_soc_pct=20, max_soc_pct=90))
    assert caught.value.feature == Feature.MAX_SOC
    assert battery.calls == [{"reserve_soc_pct": 20}]


def test_a_setting_that_an_older_provider_does_not_know_is_unsupported() -> None:
    """Its method was written before there were power limits; what it does know still works."""

    class Older(provider.BaseBattery):
        def apply_settings(
            self, *, reserve_soc_pct: Any = UNSET, dry_run: bool = False, confirm: Any = "accepted"
        ) -> Any:
            return reserve_soc_pct

    device: Any = Older(
        INFO, capabilities=Capabilities(features={Feature.RESERVE_SOC: Capability(support=Support.FULL)})
    )

    assert device.apply_settings(reserve_soc_pct=20, max_charge_w=UNSET) == 20
    with pytest.raises(Unsupported) as raised:
        device.apply_settings(reserve_soc_pct=20, max_charge_w=3000)
    assert raised.value.feature is Feature.POWER_LIMITS


async def test_the_short_forms_build_the_command(flavour: Any, settle: Any) -> None:
    """``charge`` is ``command`` with fewer words."""
    battery = await _battery(flavour, settle)
    until = datetime(2026, 8, 1, 6, tzinfo=UTC)
    await settle(battery.charge(target_soc_pct=80, power_w=2000, until=until, dry_run=True))

    command = BatteryCommand(mode=BatteryMode.CHARGE, target_soc_pct=80, power_w=2000, until=until)
    assert battery.calls == [(command, {"dry_run": True, "confirm": "accepted", "unattended": False})]


@pytest.mark.parametrize("word", ["charge", "CHARGE", BatteryMode.CHARGE])
async def test_a_mode_or_its_word_is_a_command(flavour: Any, settle: Any, word: Any) -> None:
    """``command("charge", target_soc_pct=80)`` says what ``charge(target_soc_pct=80)`` does."""
    battery = await _battery(flavour, settle)
    await settle(battery.command(word, target_soc_pct=80, dry_run=True))

    command = BatteryCommand(mode=BatteryMode.CHARGE, target_soc_pct=80)
    assert battery.calls == [(command, {"dry_run": True})]


async def test_a_command_reaches_the_author_with_what_was_given_and_no_more(flavour: Any, settle: Any) -> None:
    """An override from before an option was invented still works, and one may have its own options."""
    battery = await _battery(flavour, settle)
    command = BatteryCommand(mode=BatteryMode.CHARGE)
    await settle(battery.command(command))
    await settle(battery.command(command, boost=2))

    assert battery.calls == [(command, {}), (command, {"boost": 2})]


@pytest.mark.parametrize("arguments", [("charge", 900), (BatteryCommand(mode=BatteryMode.CHARGE), True), ()])
async def test_a_command_takes_nothing_else_by_position(flavour: Any, settle: Any, arguments: Any) -> None:
    """``command(…, True)`` could be meant as a dry run: it raises, and nothing is sent."""
    battery = await _battery(flavour, settle)

    with pytest.raises(TypeError):
        await settle(battery.command(*arguments))
    assert battery.calls == []


@pytest.mark.parametrize(
    ("given", "options", "says"),
    [
        ("no-charge-please", {}, "auto, charge, hold, no_charge, idle, export"),
        (None, {}, "auto, charge"),
        (BatteryCommand(mode=BatteryMode.HOLD), {"power_w": 5}, "together with power_w"),
    ],
)
async def test_a_command_that_makes_no_sense_is_refused(
    flavour: Any, settle: Any, given: Any, options: Any, says: str
) -> None:
    """The error lists what there is; nothing reaches the author."""
    battery = await _battery(flavour, settle)

    with pytest.raises(InvalidValue, match=says):
        await settle(battery.command(given, **options))
    assert battery.calls == []


async def test_options_go_by_name(flavour: Any, settle: Any) -> None:
    """``charge(80)`` could mean a level, a power or minutes."""
    battery = await _battery(flavour, settle)

    with pytest.raises(TypeError):
        await settle(battery.charge(80))


async def test_times_reach_the_author_in_utc(flavour: Any, settle: Any) -> None:
    """In any zone they were given."""
    battery = await _battery(flavour, settle)
    sydney = timezone(timedelta(hours=10))
    await settle(battery.history(datetime(2026, 8, 1, tzinfo=sydney), end=datetime(2026, 8, 2, tzinfo=sydney)))

    ((start, end),) = battery.calls
    assert (start, end) == (datetime(2026, 7, 31, 14, tzinfo=UTC), datetime(2026, 8, 1, 14, tzinfo=UTC))
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 8, 1), datetime(2026, 8, 2, tzinfo=UTC)),  # noqa: DTZ001
        (date(2026, 8, 1), date(2026, 8, 2)),
        (datetime(2026, 8, 2, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)),
    ],
    ids=["naive", "dates", "backwards"],
)
async def test_times_that_are_no_span_are_refused(flavour: Any, settle: Any, start: Any, end: Any) -> None:
    """Before the author's code runs."""
    battery = await _battery(flavour, settle)

    with pytest.raises(InvalidValue):
        await settle(battery.history(start, end))
    assert battery.calls == []


@pytest.mark.parametrize("max_age", [-5, -timedelta(seconds=1), True, "5", float("nan"), 10**400])
async def test_an_age_that_is_none_is_refused(flavour: Any, settle: Any, max_age: Any) -> None:
    """Text is no number, and negative ages make no sense."""
    battery = await _battery(flavour, settle)

    with pytest.raises(InvalidValue, match="max_age"):
        await settle(battery.read(max_age=max_age))


class _Sink:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    @hookimpl
    def openpower_reading(self, device: DeviceInfo, reading: Any) -> None:
        self.heard.append((device, reading))


async def test_readings_reach_the_sinks_once(settle: Any, flavour: Any) -> None:
    """Also from an author's class whose read calls its parent's."""
    hooks, sink = Hooks(discover=False), _Sink()
    hooks.add(sink)
    kind = type(await _battery(flavour, settle))
    if flavour.name == "sync":

        class Derived(kind):  # type: ignore[misc, valid-type]
            def read(self, **how: Any) -> Any:
                return super().read(**how)
    else:

        class Derived(kind):  # type: ignore[no-redef, misc, valid-type]
            async def read(self, **how: Any) -> Any:
                return await super().read(**how)

    info = BatteryInfo(id="B/battery", provider="acme", serial="B", role=Role.BATTERY)
    template = await _battery(flavour, settle)
    device = Derived(info, capabilities=template.capabilities, context=Context(provider="acme", hooks=hooks))
    device.calls = []
    reading = await settle(device.read())

    assert sink.heard == [(info, reading)]


@pytest.mark.parametrize(
    ("starts", "ends", "kind"),
    [
        (-60, 240, PriceKind.CURRENT),
        (-302, -2, PriceKind.CURRENT),
        (-600, -300, None),
        (60, 360, None),
        (-60, None, PriceKind.CURRENT),
    ],
)
def test_a_current_price_runs(starts: float, ends: float | None, kind: PriceKind | None) -> None:
    """By the clock and whatever its label; one that ended while it was on its way still counts."""
    now = datetime(2026, 8, 1, 12, tzinfo=UTC)
    start, end = now + timedelta(seconds=starts), None if ends is None else now + timedelta(seconds=ends)
    label = Price(start=start, end=end, per_kwh=Decimal("0.3"), currency="AUD", kind=PriceKind.FORECAST)

    class Shop(provider.BaseRetailer):
        def current_price(self, channel: Channel | str = Channel.IMPORT) -> Price:
            return label

    can = Capabilities(features={Feature.CURRENT_PRICE: Capability(support=Support.FULL)})
    shop = Shop(INFO, capabilities=can, context=Context(provider="acme", clock=ManualClock(now)))

    if kind is None:
        with pytest.raises(PartialData, match="does not apply"):
            shop.current_price()
    else:
        price = shop.current_price()
        assert (price.kind, price.estimate) == (kind, True)
