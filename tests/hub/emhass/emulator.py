"""EMHASS's REST API as far as openpower uses it, after runs of 0.18.7; it plans what the test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Powers = Callable[[int], tuple[float, float, float]]
"""Solar, load and battery power of a step (W; + discharging)."""
PLAN = "/api/v1/dry-run/naive-mpc-optim"


def idle(_: int) -> tuple[float, float, float]:
    """No sun, a house of 400 W, and a battery that does nothing."""
    return 0.0, 400.0, 0.0


@define
class Emulator:
    """What it answers; the attributes change that."""

    now: Callable[[], datetime]
    powers: Powers = idle
    capacity_wh: float = 13_300.0
    tariff: float | None = None
    """The price that it takes instead of those that were sent, as it does with a list that is too short."""
    refusals: list[Response] = field(factory=list[Response])
    """What it answers first, one after the other."""
    changes: dict[str, Any] = field(factory=dict[str, Any])
    """Other values of the answer."""
    records: dict[int, dict[str, Any]] = field(factory=dict[int, dict[str, Any]])
    """Other values of records, by number."""
    asked: list[Mapping[str, Any]] = field(factory=list[Mapping[str, Any]])
    """The requests so far."""

    @property
    def app(self) -> Starlette:
        """The server."""
        return Starlette(routes=[Route(PLAN, self.plan, methods=["POST"])])

    async def plan(self, request: Request) -> Response:
        """``POST /api/v1/dry-run/naive-mpc-optim``."""
        body = await request.json()
        self.asked.append(body)
        if self.refusals:
            return self.refusals.pop(0)
        if not 0 <= body["soc_init"] <= 1 or not 0 <= body["soc_final"] <= 1:
            return JSONResponse({"status": "not-run", "plan": None, "errors": ["soc_init is above 1."]}, 400)
        stamp = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        run = {"status": "ok", "timestamp": stamp, "infeasible": False, "error_message": None, "schema_version": "1.0"}
        answer = {"dry_run": True, "action": "naive-mpc-optim", **run, "plan": self._records(body), "warnings": []}
        return JSONResponse(answer | {"errors": [], **self.changes})

    def _records(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        step = timedelta(minutes=body["optimization_time_step"])
        now = self.now()
        assert body["method_ts_round"] == "first"
        first = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % step
        soc, found = body["soc_init"], []
        for number in range(body["prediction_horizon"]):
            start = first + number * step
            pv, load, battery = self.powers(number)
            hours = step.total_seconds() / 3600
            soc -= (battery / 0.95 if battery > 0 else battery * 0.95) * hours / self.capacity_wh
            record = {
                "timestamp": start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "P_PV": pv,
                "P_Load": load,
                "P_grid": load - pv - battery,
                "P_batt": battery,
                "SOC_opt": min(max(soc, 0.0), 1.0),
                "unit_load_cost": self._price(body["load_cost_forecast"], start),
                "unit_prod_price": self._price(body["prod_price_forecast"], start),
                "optim_status": "Optimal",
            }
            found.append(record | self.records.get(number, {}))
        return found

    def _price(self, sent: Mapping[str, float], start: datetime) -> float:
        """Of the last time that is not later: values hold until the next one."""
        if self.tariff is not None:
            return self.tariff
        times = [time for time in sent if datetime.fromisoformat(time) <= start]
        return sent[max(times, key=datetime.fromisoformat)]
