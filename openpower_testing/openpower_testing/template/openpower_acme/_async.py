"""Acme's client, and the three devices of its box, for asyncio."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.provider import (
    UNSET,
    AsyncBaseBattery,
    AsyncBaseInverter,
    AsyncBaseMeter,
    AsyncDevice,
    AsyncHttpClient,
    AsyncSetting,
    AsyncSharedFetch,
    AsyncWriter,
    BatteryInfo,
    BatteryReading,
    BatterySettings,
    Confirm,
    Context,
    DeviceInfo,
    InverterInfo,
    InverterReading,
    MeterReading,
    Receipt,
    Request,
    Role,
    Secret,
    Unset,
    structure,
)

from .mapping import CAPABILITIES, LIMITS, to_battery, to_infos, to_inverter, to_meter
from .models import Settings, Status

__all__ = ["AsyncAcme", "AsyncHome", "connect"]

URL = "https://api.acme.example/v1"
FRESH_FOR = timedelta(seconds=5)
"""How long an answer is shared between the devices of the box."""


class AsyncAcme:
    """Acme's own API, in its own words."""

    def __init__(self, http: AsyncHttpClient) -> None:
        self._http = http

    async def get_status(self) -> Status:
        """The power flows of this moment."""
        answer = await self._http.request("GET", "/status", operation="get_status")
        return structure(Status, answer.json())

    async def get_settings(self) -> Settings:
        """What can be set."""
        answer = await self._http.request("GET", "/settings", operation="get_settings")
        return structure(Settings, answer.json())

    async def get_reserve(self) -> int:
        """The reserve in per cent."""
        return (await self.get_settings()).reserve

    async def set_settings(self, reserve: int) -> None:
        """Set the reserve in per cent, in steps of 5."""
        body = {"reserve": reserve}
        await self._http.request(
            "PUT", "/settings", operation="set_settings", json=body, write=True
        )

    async def aclose(self) -> None:
        """Let go of the network."""
        await self._http.aclose()


def connect(context: Context, *, token: Secret) -> AsyncHome:
    """Make the backend of a connection; nothing is sent yet."""

    def sign(_request: Request, _now: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.reveal()}"}

    http = AsyncHttpClient.over(context, URL, sign=sign, secrets=[token])
    return AsyncHome(AsyncAcme(http), context)


class AsyncHome:
    """What a connection holds."""

    def __init__(self, native: AsyncAcme, context: Context) -> None:
        self.native = native
        self.context = context
        self.writer = AsyncWriter.over(context)
        self.status = AsyncSharedFetch(native.get_status, max_age=FRESH_FOR, clock=context.clock)

    async def discover(self) -> list[AsyncDevice]:
        """Ask who is there."""
        inverter, battery, meter = to_infos((await self.status.get()).value)
        return [
            AsyncAcmeInverter(inverter, self),
            AsyncAcmeBattery(battery, self),
            AsyncAcmeMeter(meter, self),
        ]

    async def aclose(self) -> None:
        """Let go of everything."""
        await self.writer.aclose()
        await self.native.aclose()


class AsyncAcmeInverter(AsyncBaseInverter):
    """PV and load."""

    def __init__(self, info: InverterInfo, home: AsyncHome) -> None:
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.INVERTER],
            native=home.native,
            context=home.context,
        )
        self._status = home.status

    async def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it."""
        fetched = await self._status.get(max_age)
        return to_inverter(fetched.value, fetched.received_at)


class AsyncAcmeMeter(AsyncBaseMeter):
    """The grid connection."""

    def __init__(self, info: DeviceInfo, home: AsyncHome) -> None:
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.METER],
            native=home.native,
            context=home.context,
        )
        self._status = home.status

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it."""
        fetched = await self._status.get(max_age)
        return to_meter(fetched.value, fetched.received_at)


class AsyncAcmeBattery(AsyncBaseBattery):
    """The battery, and its reserve."""

    def __init__(self, info: BatteryInfo, home: AsyncHome) -> None:
        self._reserve = AsyncSetting(
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

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it."""
        fetched = await self._status.get(max_age)
        return to_battery(fetched.value, fetched.received_at)

    async def settings(self) -> BatterySettings:
        """The reserve; Acme has no other setting."""
        return BatterySettings(reserve_soc_pct=float(await self._reserve.read()))

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Set the reserve; the other two are refused before anything is sent, as the capabilities say."""
        return await self._write(
            self._reserve,
            reserve_soc_pct,
            operation="apply_settings",
            dry_run=dry_run,
            confirm=confirm,
        )
