"""The backend of a connection: the box, and its three devices."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.provider import (
    UNSET,
    AsyncBaseBattery,
    AsyncBaseInverter,
    AsyncBaseMeter,
    AsyncDevice,
    AsyncHttpClient,
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
    Number,
    Receipt,
    Request,
    Role,
    Secret,
    Span,
    Unset,
)

from openpower_acme._async import control
from openpower_acme._async.client import AsyncAcme
from openpower_acme.mapping import CAPABILITIES, to_battery, to_infos, to_inverter, to_meter

URL = "https://api.acme.example/v1"
FRESH_FOR = timedelta(seconds=5)
"""How long the devices of the box share a response."""


def connect(context: Context, *, token: Secret) -> AsyncBox:
    """Make the backend of a connection; nothing is sent yet."""

    def sign(_request: Request, _now: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.reveal()}"}

    return AsyncBox(AsyncAcme(AsyncHttpClient.over(context, URL, sign=sign, secrets=[token])), context)


class AsyncBox:
    """Acme's box: one response has the readings of all its devices, so it is fetched once for all of them."""

    def __init__(self, native: AsyncAcme, context: Context) -> None:
        self.native = native
        self.context = context
        self.writer = AsyncWriter.over(context)
        self.status = AsyncSharedFetch(native.get_status, max_age=FRESH_FOR, clock=context.clock)

    async def discover(self) -> list[AsyncDevice]:
        """Find the devices."""
        inverter, battery, meter = to_infos((await self.status.get()).value)
        return [AsyncAcmeInverter(inverter, self), AsyncAcmeBattery(battery, self), AsyncAcmeMeter(meter, self)]

    async def aclose(self) -> None:
        """Close the connections; a second call does nothing."""
        await self.writer.aclose()
        await self.native.aclose()


class AsyncAcmeInverter(AsyncBaseInverter):
    """PV and load."""

    def __init__(self, info: InverterInfo, box: AsyncBox) -> None:
        super().__init__(info, capabilities=CAPABILITIES[Role.INVERTER], native=box.native, context=box.context)
        self._status = box.status

    async def read(self, *, max_age: Span | None = None) -> InverterReading:
        """Read it."""
        return to_inverter(await self._status.get(max_age))


class AsyncAcmeMeter(AsyncBaseMeter):
    """The grid connection."""

    def __init__(self, info: DeviceInfo, box: AsyncBox) -> None:
        super().__init__(info, capabilities=CAPABILITIES[Role.METER], native=box.native, context=box.context)
        self._status = box.status

    async def read(self, *, max_age: Span | None = None) -> MeterReading:
        """Read it."""
        return to_meter(await self._status.get(max_age))


class AsyncAcmeBattery(AsyncBaseBattery):
    """The battery, and its reserve."""

    def __init__(self, info: BatteryInfo, box: AsyncBox) -> None:
        self._reserve = control.reserve(box.native)
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.BATTERY],
            native=box.native,
            context=box.context,
            writer=box.writer,
            documents=[self._reserve],
        )
        self._status = box.status

    async def read(self, *, max_age: Span | None = None) -> BatteryReading:
        """Read it."""
        return to_battery(await self._status.get(max_age))

    async def settings(self) -> BatterySettings:
        """The reserve; Acme has no other setting."""
        return BatterySettings(reserve_soc_pct=float(await self._reserve.read()))

    async def apply_settings(
        self,
        *,
        reserve_soc_pct: Number | Unset = UNSET,
        max_soc_pct: Number | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        max_charge_w: Number | Unset | None = UNSET,
        max_discharge_w: Number | Unset | None = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Set the reserve; the other settings are unsupported, and refused before this runs."""
        return await self._write(
            self._reserve, reserve_soc_pct, operation="apply_settings", dry_run=dry_run, confirm=confirm
        )
