"""A home of three devices whose readings are given: what a vendor with a wrong sign, or without data, looks like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_core.provider import BaseBattery, BaseInverter, BaseMeter, Context, Credential, ProviderSpec
from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Stamp

NAME = "stub"
SERIAL = "STUB000000000001"
_READS = Capabilities(features={Feature.READ: Capability(support=Support.FULL)})


class _Battery(BaseBattery):
    home: StubHome

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        return self.home.give("battery", BatteryReading, soc_pct=50.0)


class _Inverter(BaseInverter):
    home: StubHome

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        pv, load = self.home.flows["pv"], self.home.flows["load"]
        return self.home.give("inverter", InverterReading, pv_w=pv, load_w=load)


class _Meter(BaseMeter):
    home: StubHome

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        return self.home.give("meter", MeterReading)


class StubHome:
    """The backend; ``flows`` are watts, ``errors`` what a device raises instead of its reading."""

    def __init__(self, errors: dict[str, Exception] | None = None, **flows: float) -> None:
        self.flows = {"pv": 0.0, "load": 3000.0, "battery": 1000.0, "meter": 2000.0, **flows}
        self.errors = errors or {}
        self.native = self

    def give(self, device: str, kind: Any, **figures: float) -> Any:
        """A reading, or the error that replaces it."""
        if device in self.errors:
            raise self.errors[device]
        if device != "inverter":
            figures["power_w"] = self.flows[device]
        return kind(stamp=Stamp(received_at=datetime.now(UTC)), **figures)

    def discover(self) -> list[Any]:
        """The three devices."""
        if "discover" in self.errors:
            raise self.errors["discover"]
        parts: list[tuple[Any, Any, Role]] = [
            (_Inverter, InverterInfo, Role.INVERTER),
            (_Battery, BatteryInfo, Role.BATTERY),
            (_Meter, DeviceInfo, Role.METER),
        ]
        devices: list[Any] = []
        for device, info, role in parts:
            made = device(
                info(id=f"{SERIAL}/{role.value}", provider=NAME, role=role, serial=SERIAL), capabilities=_READS
            )
            made.home = self
            devices.append(made)
        return devices

    def close(self) -> None:
        """There is nothing to close."""


def spec(home: StubHome, *credentials: Credential) -> ProviderSpec:
    """The provider of that home, to be registered."""

    def connect(context: Context, **given: Any) -> StubHome:
        return home

    return ProviderSpec(name=NAME, title="Stub", credentials=credentials, connect=connect)
