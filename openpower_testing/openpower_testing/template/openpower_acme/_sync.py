# Generated from _async.py by openpower_testing; do not edit.
"""Acme's client, and the three devices of its box, for asyncio."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.provider import (
    UNSET,
    BaseBattery,
    BaseInverter,
    BaseMeter,
    BatteryInfo,
    BatteryReading,
    BatterySettings,
    Confirm,
    Context,
    Device,
    DeviceInfo,
    HttpClient,
    InverterInfo,
    InverterReading,
    MeterReading,
    Receipt,
    Request,
    Role,
    Secret,
    Setting,
    SharedFetch,
    Unset,
    Writer,
    structure,
)

from .mapping import CAPABILITIES, LIMITS, to_battery, to_infos, to_inverter, to_meter
from .models import Settings, Status

__all__ = ["Acme", "Home", "connect"]

URL = "https://api.acme.example/v1"
FRESH_FOR = timedelta(seconds=5)
"""How long an answer is shared between the devices of the box."""


class Acme:
    """Acme's own API, in its own words."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def get_status(self) -> Status:
        """The power flows of this moment."""
        answer = self._http.request("GET", "/status", operation="get_status")
        return structure(Status, answer.json())

    def get_settings(self) -> Settings:
        """What can be set."""
        answer = self._http.request("GET", "/settings", operation="get_settings")
        return structure(Settings, answer.json())

    def get_reserve(self) -> int:
        """The reserve in per cent."""
        return self.get_settings().reserve

    def set_settings(self, reserve: int) -> None:
        """Set the reserve in per cent, in steps of 5."""
        body = {"reserve": reserve}
        self._http.request("PUT", "/settings", operation="set_settings", json=body, write=True)

    def close(self) -> None:
        """Let go of the network."""
        self._http.close()


def connect(context: Context, *, token: Secret) -> Home:
    """Make the backend of a connection; nothing is sent yet."""

    def sign(_request: Request, _now: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.reveal()}"}

    http = HttpClient.over(context, URL, sign=sign, secrets=[token])
    return Home(Acme(http), context)


class Home:
    """What a connection holds."""

    def __init__(self, native: Acme, context: Context) -> None:
        self.native = native
        self.context = context
        self.writer = Writer.over(context)
        self.status = SharedFetch(native.get_status, max_age=FRESH_FOR, clock=context.clock)

    def discover(self) -> list[Device]:
        """Ask who is there."""
        inverter, battery, meter = to_infos(self.status.get().value)
        return [
            AcmeInverter(inverter, self),
            AcmeBattery(battery, self),
            AcmeMeter(meter, self),
        ]

    def close(self) -> None:
        """Let go of everything."""
        self.writer.close()
        self.native.close()


class AcmeInverter(BaseInverter):
    """PV and load."""

    def __init__(self, info: InverterInfo, home: Home) -> None:
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.INVERTER],
            native=home.native,
            context=home.context,
        )
        self._status = home.status

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it."""
        fetched = self._status.get(max_age)
        return to_inverter(fetched.value, fetched.received_at)


class AcmeMeter(BaseMeter):
    """The grid connection."""

    def __init__(self, info: DeviceInfo, home: Home) -> None:
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.METER],
            native=home.native,
            context=home.context,
        )
        self._status = home.status

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it."""
        fetched = self._status.get(max_age)
        return to_meter(fetched.value, fetched.received_at)


class AcmeBattery(BaseBattery):
    """The battery, and its reserve."""

    def __init__(self, info: BatteryInfo, home: Home) -> None:
        self._reserve = Setting(
            "reserve",
            read=home.native.get_reserve,
            write=home.native.set_settings,
            kind=int,
            field="reserve_soc_pct",
            step=5,
            high=100,
            unit="%",
            method="set_settings",
            argument="reserve",
            limits=LIMITS,
        )
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.BATTERY],
            native=home.native,
            context=home.context,
            writer=home.writer,
            documents=[self._reserve],
        )
        self._status = home.status

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it."""
        fetched = self._status.get(max_age)
        return to_battery(fetched.value, fetched.received_at)

    def settings(self) -> BatterySettings:
        """The reserve; Acme has no other setting."""
        return BatterySettings(reserve_soc_pct=float(self._reserve.read()))

    def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Set the reserve; the other two are refused before anything is sent, as the capabilities say."""
        return self._write(
            self._reserve,
            reserve_soc_pct,
            operation="apply_settings",
            dry_run=dry_run,
            confirm=confirm,
        )
