"""The native client: the nine interfaces of GoodWe's Open API that are publicly known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core import provider as core
from openpower_goodwe._async_cloud import AsyncLogins
from openpower_goodwe.cloud import hashed, limiter_of
from openpower_goodwe.openapi import client, models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

_PAGE = 100


class AsyncGoodWeOpenAPI(core.AsyncNativeClient):
    """A client of the Open API; it sends nothing until a method is called.

    No real answer of this API is public: what comes back may differ from what is written here.

    Args:
        account: the organisation's SEMS e-mail address, to which GoodWe has given the Open API.
        password: its password.
        region: ``global`` or ``eu``.
        base_url: replaces the vendor's whole prefix: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        transport: replaces the network.
        timeout: seconds within which a call has to end, retries included.
        clock: replaces the system's clock.
    """

    _arguments = client.ARGUMENTS
    _session: core.AsyncHttpClient

    def __init__(
        self,
        account: str,
        password: str | core.Secret,
        *,
        region: str = "global",
        base_url: str | None = None,
        allow_http: bool = False,
        transport: core.AsyncTransport | None = None,
        timeout: core.Span = 30.0,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        password = core.Secret(password)  # so that no traceback shows it
        account = core.credential(account, "account", provider="goodwe").reveal()
        secret = core.credential(password, "password", provider="goodwe")
        if not account or not secret:
            raise core.MissingCredential("account or password is empty.", provider="goodwe", hint=client.OTHER_WAYS)
        self._login = {"account": account, "pwd": hashed(secret)}
        self._secrets = [secret, hashed(secret)]
        self._logins = AsyncLogins(self._renewed, client.TokenEnded)
        prefix = client.base_of(region, base_url)
        self._session = core.AsyncHttpClient(
            provider="goodwe",
            base_url=prefix,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            sign=self._sign,
            check=client.check_answer,
            limiter=limiter_of("goodwe", account, prefix, clock, client.HOURLY),
            clock=clock,
            secrets=self._secrets,
            accounts=[account],
        )

    async def get_token(self) -> models.Token:
        """``GetToken``: log in; other calls do so by themselves.

        Raises:
            AuthenticationFailed: the account or its password is not accepted, or has no Open API.
        """
        answer = await self._session.request("POST", client.LOGIN, operation=client.LOGIN, json=self._login)
        token = client.token_of(answer)
        self._logins.current = core.Secret(token.token or "")
        self._secrets[2:] = [self._logins.current]
        return token

    async def list_plants(self) -> list[models.Plant]:
        """All plants of the organisation, page by page."""
        found = core.Rows[models.Plant]()
        page = 1
        while True:
            try:
                rows = await self.get_user_plant_list(page, _PAGE)
            except core.PartialData:
                if not found:
                    raise
                rows = []  # beyond the last page
            found += rows
            odd = getattr(rows, "unreadable", 0)
            found.unreadable += odd
            if len(rows) + odd < _PAGE:
                return found
            page += 1

    async def get_user_plant_list(self, page_index: int = 1, page_size: int = _PAGE) -> list[models.Plant]:
        """``GetUserPlantList``: one page of plants."""
        body = {"page_index": page_index, "page_size": page_size}
        return client.listed(models.Plant, await self._post("GetUserPlantList", body))

    async def get_plant_detail(self, plant_id: str) -> models.PlantDetail:
        """``GetPlantDetail``: its parameter and fields are guesses."""
        return client.one(models.PlantDetail, await self._post("GetPlantDetail", {"plant_id": plant_id}))

    async def get_plant_power(self, plant_id: str, date: date | str) -> models.PlantPower:
        """``GetPlantPower``: PV power of one day (W)."""
        body = {"plant_id": plant_id, "date": client.day_text(date)}
        return client.one(models.PlantPower, await self._post("GetPlantPower", body))

    async def get_plant_generation(self, plant_id: str, date: date | str, kind: int = 0) -> models.PlantGeneration:
        """``GetPlantGeneration``: energies (kWh) by day (``kind`` 0) or month (1)."""
        body = {"plant_id": plant_id, "date": client.day_text(date), "type": kind}
        return client.one(models.PlantGeneration, await self._post("GetPlantGeneration", body))

    async def get_inverter_list(self, plant_id: str) -> list[models.InverterRow]:
        """``GetInverterList``: the inverters of a plant."""
        return client.listed(models.InverterRow, await self._post("GetInverterList", {"Plantid": plant_id}))

    async def get_inverter_by_sn(self, inverter_sn: str) -> models.Inverter:
        """``GetInverterBySN``: today's and all energy (kWh), and the status."""
        params = {"invertersn": inverter_sn}
        return client.one(models.Inverter, await self._call("GET", "GetInverterBySN", params=params))

    async def get_inverter_power(self, inverter_sn: str, date: date | str) -> list[models.InverterPoint]:
        """``GetInverterPower``: AC power of one day (W), every five minutes."""
        body = {"invertersn": inverter_sn, "date": client.day_text(date)}
        return client.several(models.InverterPoint, await self._post("GetInverterPower", body))

    async def get_inverter_generation(self, inverter_sn: str, date: date | str, kind: int = 0) -> models.InverterDay:
        """``GetInverterGeneration``: energies (kWh)."""
        body = {"invertersn": inverter_sn, "date": client.day_text(date), "type": kind}
        return client.one(models.InverterDay, await self._post("GetInverterGeneration", body))

    async def _post(self, name: str, body: Mapping[str, Any]) -> core.Answer:
        return await self._call("POST", name, json=dict(body))

    async def _call(self, method: str, name: str, **options: Any) -> core.Answer:
        refused = core.AuthenticationFailed(
            f"{name}: the Open API refuses the token that it has just given.",
            provider="goodwe",
            operation=name,
            hint=f"Is region= right? {client.OTHER_WAYS}",
        )
        return await self._logins.call(
            lambda _: self._session.request(method, name, operation=name, **options), refused
        )

    async def _renewed(self) -> core.Secret:
        await self.get_token()
        assert self._logins.current is not None  # noqa: S101  (get_token sets it or raises)
        return self._logins.current

    def _sign(self, request: core.Request, now: datetime) -> Mapping[str, str]:
        del now
        token = self._logins.current
        return {} if token is None or request.operation == client.LOGIN else {"token": token.reveal()}
