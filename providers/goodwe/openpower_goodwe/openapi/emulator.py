"""The Open API without an account: an ASGI app over one simulated house, in the shapes that public client code shows.

``python -m openpower_goodwe.openapi.emulator`` serves it until interrupted, or for a given time.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret
from openpower_goodwe.cloud import hashed
from openpower_goodwe.openapi.client import PREFIX
from openpower_simulation import House, Plant
from openpower_simulation.emulation import HttpEmulator, Refusals, clock_of, command_line, serve_for, server_of

if TYPE_CHECKING:
    from starlette.requests import Request

_LIFE = timedelta(hours=2)


class _Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Emulator(HttpEmulator):
    """The nine known interfaces over a simulated house.

    Args:
        clock: what the service and the house live by.
        account, password: the organisation's account that may sign in.
        tz: the plant's zone.
        seed: the seed of the house.
    """

    provider, title, prefix = "goodwe", "GoodWe Open API", PREFIX

    def __init__(
        self,
        *,
        clock: Clock = SYSTEM_CLOCK,
        account: str = "organisation@example.com",
        password: str | Secret = "an-emulated-password",  # noqa: S107 - it opens nothing real
        tz: str = "Europe/Berlin",
        seed: int = 1,
    ) -> None:
        super().__init__(clock, {f"{verb} /{{path:path}}": self._handle for verb in ("GET", "POST")})
        self.account = account
        self.password = Secret(password)
        self.house = House(Plant(tz=tz, latitude=52.5, seed=seed, ev=False), start=clock.now())
        self.plant_id = "00000000-0000-4000-8000-000000000001"
        self.inverter = "GW0000000000001"
        self.requests: list[str] = []
        """The names of all interfaces that were called."""
        self.tokens = 0
        """How many tokens were given."""
        self._until: datetime | None = None
        self._refusals: Refusals[int] = Refusals()

    @property
    def options(self) -> dict[str, Any]:
        """The account that may sign in, and the zone, which the API never reports."""
        return {"account": self.account, "password": self.password.reveal(), "tz": self.house.plant.tz}

    def expire(self) -> None:
        """End the token's life."""
        self._until = None

    def refuse(self, name: str, code: int, *, times: int = 1) -> None:
        """Refuse the next calls of an interface with a code."""
        self._refusals.add(f"/{name}", code, times=times)

    async def _handle(self, request: Request) -> Any:
        name = request.url.path.removeprefix(f"{PREFIX}/")
        self.requests.append(name)
        content = await request.body()
        body: Any = json.loads(content) if content else {}
        params = {**dict(request.query_params), **cast("dict[str, Any]", body)}
        try:
            return {"code": 0, "msg": "success", "data": self._answer(name, request, params)}
        except _Refusal as refusal:
            return {"code": refusal.code, "msg": refusal.message, "data": None}

    def _answer(self, name: str, request: Request, params: dict[str, Any]) -> Any:
        now = self.clock.now()
        code = self._refusals.take(request.url.path)
        if code is not None:
            raise _Refusal(code, "refused")
        if name == "GetToken":
            return self._log_in(params, now)
        token = f"token-{self.tokens:04d}"
        if self._until is None or now >= self._until or request.headers.get("token") != token:
            raise _Refusal(100002, "The authorization has expired, please log in again.")
        return self._data(name, params, now)

    def _log_in(self, params: dict[str, Any], now: datetime) -> Any:
        if (params.get("account"), params.get("pwd")) != (self.account, hashed(self.password).reveal()):
            raise _Refusal(100005, "Email or password error.")
        self.tokens += 1
        self._until = now + _LIFE
        return {"token": f"token-{self.tokens:04d}", "expired": int(_LIFE.total_seconds())}

    def _data(self, name: str, params: dict[str, Any], now: datetime) -> Any:
        if name == "GetUserPlantList":
            rows = [{"plant_id": self.plant_id, "plant_name": "Emulated plant"}]
            return {"list": rows if int(params["page_index"]) == 1 else []}
        if name == "GetPlantDetail":
            return {"plant_id": self.plant_id, "plant_name": "Emulated plant"}
        if name == "GetInverterList":
            return [{"sn": self.inverter, "name": "Inverter", "capacity": 6.0}]
        if name == "GetInverterBySN":
            seen = self.house.at(now)
            return {
                "daily_generation": round(seen.today.pv_kwh, 2),
                "total_generation": round(seen.total.pv_kwh, 2),
                "status": 1,
            }
        return self._of_day(name, date.fromisoformat(str(params["date"])), now)

    def _of_day(self, name: str, day: date, now: datetime) -> Any:
        zone = self.house.plant.zone
        start = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
        rows = self.house.history(start, end, now=now)
        if name == "GetPlantPower":
            return {"pv_power": [{"x": f"{row.start.astimezone(zone):%H:%M}", "y": row.pv_w} for row in rows]}
        if name == "GetInverterPower":
            return [
                {"date": f"{row.start.astimezone(zone):%Y-%m-%d %H:%M}", "pac": row.pv_w + row.battery_w}
                for row in rows
            ]
        sums = self.house.day_energies(day, now=now)
        if name == "GetInverterGeneration":
            return {"pv": [{"x": str(day), "y": round(sums.pv_kwh, 2)}]}
        if name == "GetPlantGeneration":
            fields = {
                "pv_generation": sums.pv_kwh,
                "buy": sums.imported_kwh,
                "sell": sums.exported_kwh,
                "consumption": sums.load_kwh,
            }
            found = {field: [{"x": str(day), "y": round(kwh, 2)}] for field, kwh in fields.items()}
            return {"date": str(day), "currency": "EUR", **found}
        raise _Refusal(404, "no such interface")


serve = server_of(Emulator)
"""Serve an emulator, or a new one with one plant."""


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_goodwe.openapi.emulator", __doc__)
    parser.add_argument("--tz", default="Europe/Berlin", help="the plant's time zone")
    options = parser.parse_args(arguments)
    return serve_for(options, Emulator(clock=clock_of(options), tz=options.tz, seed=options.seed))


if __name__ == "__main__":
    raise SystemExit(main())
