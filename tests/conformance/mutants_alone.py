"""Mistakes of one device or one endpoint beside others that are right, and figures that nobody ever sees flow."""

from __future__ import annotations

from functools import partial

from mutants import POWER, TEMPLATE, Mutant

_acme = partial(Mutant, of=TEMPLATE)
_power = partial(Mutant, of=POWER)


def _read(role: str, code: str) -> dict[str, str]:
    """Another ``read`` of one device, which may call ``right``, its own one."""
    return {
        "_async/devices.py": f"""\
from datetime import timedelta
from attrs import evolve
from openpower_core.errors import OpenPowerError, RateLimited, Timeout
from openpower_core.readings import MeterReading, Stamp

class AsyncHome(AsyncHome):
    async def discover(self):
        devices = await super().discover()
        for each in devices:
            if each.info.role == "{role}":
                each.read = _changed(each, each.read)
        return devices

def _changed(device, right):
    clock, known = device._context.clock, []

    async def read(*, max_age=None):
{code}
    return read
"""
    }


def _swallows(errors: str, instead: str, role: str = "meter") -> dict[str, str]:
    return _read(
        role,
        f"""\
        try:
            known.append(await right(max_age=max_age))
        except {errors}:
            return {instead}
        return known[-1]
""",
    )


_NOTHING = "MeterReading(stamp=Stamp(received_at=clock.now()))"

MUTANTS = (
    _acme(
        "thirty attempts by hand",
        "faults.status_500",
        "the same was asked",
        {
            "_async/client.py": """\
class AsyncAcme(AsyncAcme):
    async def get_status(self):
        for attempt in range(30):
            try:
                return await super().get_status()
            except Exception:
                if attempt == 29:
                    raise
"""
        },
    ),
    _acme("500 as None", "faults.status_500", "taken for a response of", _swallows("OpenPowerError", _NOTHING)),
    _acme("500 as the last value", "faults.status_500", "taken for", _swallows("OpenPowerError", "known[-1]")),
    _acme("a page as the last value", "faults.html", "taken for a resp", _swallows("OpenPowerError", "known[-1]")),
    _acme("a timeout as the last value", "faults.slow_body", "taken for a resp", _swallows("Timeout", "known[-1]")),
    _acme("a rate limit as None", "faults.status_429", "taken for a response of", _swallows("RateLimited", _NOTHING)),
    _acme(
        "an error as 0",
        "faults.hang_up",
        "taken for a response of",
        _swallows("OpenPowerError", "evolve(known[-1], power_w=0.0)", "battery"),
    ),
    _acme(
        "how long to wait is lost",
        "faults.rate_limit_tells_how_long",
        "/meter says None",
        _read(
            "meter",
            """\
        try:
            return await right(max_age=max_age)
        except RateLimited:
            raise RateLimited("wait a little") from None
""",
        ),
    ),
    _acme(
        "an endpoint whose failure is hidden",
        "faults.parts_fail_alone",
        "soc_pct of",
        _read(
            "battery",
            """\
        reading = await right(max_age=max_age)
        try:
            await device.settings()
        except OpenPowerError:
            return evolve(reading, soc_pct=None)
        return reading
""",
        ),
    ),
    _acme(
        "an endpoint that spoils a neighbour",
        "faults.parts_fail_alone",
        "though it did not ask there",
        {
            "_async/devices.py": """\
from openpower_core.errors import OpenPowerError, ServiceUnavailable

class AsyncHome(AsyncHome):
    async def discover(self):
        devices = await super().discover()
        battery, meter = devices[1:]
        right, other, down = battery.read, meter.read, []

        async def read(*, max_age=None):
            down[:] = ["it is not known yet"]
            await battery.settings()
            down.clear()
            return await right(max_age=max_age)

        async def neighbour(*, max_age=None):
            if down:
                raise ServiceUnavailable(down[0])
            return await other(max_age=max_age)

        battery.read, meter.read = read, neighbour
        return devices
"""
        },
    ),
    _acme(
        "a null that spoils all",
        "data.null_spoils_only_its_own",
        "$.batteryW is null",
        {"models.py": ("battery_w: float | None", "battery_w: float")},
    ),
    _acme(
        "0 for null, in one direction",
        "readings.unknown_is_none",
        "power_w of",
        {"mapping.py": ("None if status.grid_w is None else -status.grid_w", "-(status.grid_w or 0.0)")},
    ),
    _acme(
        "an unknown field is refused",
        "data.extra_fields",
        "An unknown field in $ breaks",
        {
            "mapping.py": """\
from openpower_core.provider import BadResponse
_right = to_meter

def to_meter(*arguments):
    reading = _right(*arguments)
    if reading.raw.extras:
        raise BadResponse("Acme sent more than is documented.")
    return reading
"""
        },
    ),
    _acme(
        "no export",
        "readings.every_figure_is_exercised",
        "power_w of ACME000000000001/meter is never negative",
        {
            "mapping.py": (
                "None if status.grid_w is None else -status.grid_w",
                "-status.grid_w if status.grid_w and status.grid_w < 0 else None",
            )
        },
    ),
    _acme(
        "no export, by the balance",
        "signs.balance_closes",
        "the meter never showed a flow out of it",
        {
            "mapping.py": (
                "None if status.grid_w is None else -status.grid_w",
                "-status.grid_w if status.grid_w and status.grid_w < 0 else None",
            )
        },
    ),
    _acme(
        "no PV at night",
        "signs.no_pv_at_night",
        "is None whenever it is dark",
        {"mapping.py": ("pv_w=status.pv_w", "pv_w=status.pv_w or None")},
    ),
    _acme(
        "nothing reported",
        "readings.are_plausible",
        "/meter are None, at all times",
        {"mapping.py": ("power_w=power_w, raw", "raw")},
    ),
    _acme(
        "a device too few",
        "connecting.finds_devices",
        "has no meter",
        {
            "_async/devices.py": """\
class AsyncHome(AsyncHome):
    async def discover(self):
        return (await super().discover())[:2]
"""
        },
    ),
    _power(
        "an empty history",
        "capabilities.what_is_full_works",
        "returns nothing",
        {"_async.py": ("if start <= at < end", "if start < at < start")},
    ),
    _power(
        "a counter that stands still",
        "readings.counters_only_grow",
        "total_kwh of import_energy",
        {
            "behaviour.py": "class Behaviour(Behaviour):\n    def imported(self, now):\n        return EnergyCounter(total_kwh=7)\n"
        },
    ),
    _power(
        "a history that is empty when it fails",
        "faults.whatever_is_asked_fails",
        "history of AC00000000000001/",
        {
            "_async.py": """\
class AsyncAcmeMeter(AsyncAcmeMeter):
    async def history(self, start, end):
        try:
            return await super().history(start, end)
        except Exception:
            return []
"""
        },
    ),
    _power(
        "a refusal that one device overlooks",
        "faults.vendor_says_no",
        "taken for a response of AC00000000000001/meter",
        {
            "_async.py": """\
from openpower_core.errors import AuthError

class AsyncAcmeMeter(AsyncAcmeMeter):
    async def read(self, *, max_age=None):
        try:
            self.last = await super().read(max_age=max_age)
        except AuthError:
            pass
        return self.last
"""
        },
    ),
    _acme(
        "a wrong credential for one device",
        "connecting.bad_credentials",
        "its refusal overlooked of",
        {
            "_async/devices.py": """\
from openpower_core.errors import AuthError

class AsyncHome(AsyncHome):
    async def discover(self):
        try:
            return await super().discover()
        except AuthError:
            sn = "ACME000000000001"
            info = core.DeviceInfo(id=f"{sn}/meter", provider="acme", serial=sn, role=core.Role.METER)
            meter = core.AsyncBaseMeter(info, capabilities=METER, backend=self)
            meter.read = _nothing
            return [meter]

async def _nothing(*, max_age=None):
    return None
"""
        },
    ),
    _acme(
        "a reserve upside down both ways",
        "writes.reaches_the_house",
        "but in the house it is 80",
        {
            "_async/client.py": ('json={"reserve": reserve}', 'json={"reserve": 100 - reserve}'),
            "_async/control.py": ("(await api.get_settings()).reserve", "100 - (await api.get_settings()).reserve"),
        },
    ),
    _acme(
        "a reserve of 0 for null",
        "data.null_in_settings",
        "reserve_soc_pct becomes 0",
        {"models.py": ('reserve: int = key("reserve")', 'reserve: int = key("reserve", default=0)')},
    ),
    _power(
        "0 for null in a history",
        "data.null_in_a_series",
        "power_w at",
        {
            "behaviour.py": "class Behaviour(Behaviour):\n    def grid_w(self, now):\n        return super().grid_w(now) or 0.0\n"
        },
    ),
)
