"""The Open API without an account: an ASGI app over one simulated house, in the shapes that public client code shows.

``python -m openpower_goodwe.openapi.emulator`` serves it until interrupted, or for so long.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.secrets import Secret
from openpower_goodwe.openapi.answers import PREFIX, hashed
from openpower_simulation import House, Plant
from openpower_simulation.emulation import Faults, ServedEmulator, clock_of, command_line, serve_for

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

__all__ = ["Emulator", "main", "serve"]

_LIFE = timedelta(hours=2)


class _Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Emulator:
    """The nine known interfaces over a simulated house; an ASGI app.

    Args:
        clock: what the service and the house live by.
        account, password: the organisation's account that may come in.
        tz: the plant's zone.
        seed: the seed of the house.
    """

    def __init__(
        self,
        *,
        clock: Clock = SYSTEM_CLOCK,
        account: str = "organisation@example.com",
        password: str | Secret = "an-emulated-password",  # noqa: S107 - it opens nothing real
        tz: str = "Europe/Berlin",
        seed: int = 1,
    ) -> None:
        self.clock = clock
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
        self._refusals: list[tuple[str, int]] = []
        verbs = ["GET", "POST"]
        http = Starlette(routes=[Route("/{path:path}", self._handle, methods=verbs)])
        self.faults = Faults(http)
        """Transport faults on request: delays, HTML, cut bodies, resets."""

    @property
    def provider(self) -> str:
        """Who connects to it."""
        return "goodwe"

    @property
    def title(self) -> str:
        """The service's name."""
        return "GoodWe Open API"

    @property
    def prefix(self) -> str:
        """What the vendor's paths begin with."""
        return PREFIX

    @property
    def options(self) -> dict[str, Any]:
        """The account that may come in, and the zone that the API never tells."""
        return {"account": self.account, "password": self.password.reveal(), "tz": self.house.plant.tz}

    def expire(self) -> None:
        """Let the token be over."""
        self._until = None

    def refuse(self, name: str, code: int, *, times: int = 1) -> None:
        """Refuse the next calls of an interface with a code."""
        self._refusals += [(name, code)] * times

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self.faults(scope, receive, send)

    async def _handle(self, request: Request) -> Response:
        name = request.url.path.removeprefix(f"{PREFIX}/")
        self.requests.append(name)
        content = await request.body()
        told: Any = json.loads(content) if content else {}
        params = {**dict(request.query_params), **cast("dict[str, Any]", told)}
        try:
            data = self._answer(name, request, params)
            body: dict[str, Any] = {"code": 0, "msg": "success", "data": data}
        except _Refusal as refusal:
            body = {"code": refusal.code, "msg": refusal.message, "data": None}
        date_header = format_datetime(self.clock.now(), usegmt=True)
        return JSONResponse(body, headers={"Date": date_header})

    def _answer(self, name: str, request: Request, params: dict[str, Any]) -> Any:
        now = self.clock.now()
        for index, (wanted, code) in enumerate(self._refusals):
            if wanted == name:
                del self._refusals[index]
                raise _Refusal(code, "refused")
        if name == "GetToken":
            return self._log_in(params, now)
        token = f"token-{self.tokens:04d}"
        if self._until is None or now >= self._until or request.headers.get("token") != token:
            raise _Refusal(100002, "The authorization has expired, please log in again.")
        return self._data(name, params, now)

    def _log_in(self, params: dict[str, Any], now: datetime) -> Any:
        if (params.get("account"), params.get("pwd")) != (self.account, hashed(self.password)):
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
            points = [{"x": f"{each.start.astimezone(zone):%H:%M}", "y": each.pv_w} for each in rows]
            return {"pv_power": points}
        if name == "GetInverterPower":
            return [
                {"date": f"{each.start.astimezone(zone):%Y-%m-%d %H:%M}", "pac": each.pv_w + each.battery_w}
                for each in rows
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


def serve(emulator: Emulator | None = None, *, host: str = "127.0.0.1", port: int = 0) -> ServedEmulator[Emulator]:
    """Serve an emulator, or a new one with one plant; port 0 takes a free one.

    with serve() as served:
        connect("goodwe", **served.options)
    """
    return ServedEmulator(emulator or Emulator(), host=host, port=port)


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_goodwe.openapi.emulator", __doc__)
    parser.add_argument("--tz", default="Europe/Berlin", help="the plant's time zone")
    options = parser.parse_args(arguments)
    emulator = Emulator(clock=clock_of(options), tz=options.tz, seed=options.seed)
    return serve_for(options, emulator)


if __name__ == "__main__":
    raise SystemExit(main())
