"""Octopus's own API for asyncio: what a retailer needs of REST and GraphQL, read only."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from openpower_core import provider as core
from openpower_octopus import client, models

_R = TypeVar("_R", bound=core.Record)


class AsyncOctopus(core.AsyncNativeClient):
    """Octopus Energy's API in its own words and units: pence, with and without VAT.

    Products, rates and supply regions need no key; a private product is asked for again with the key, if there is one.
    It may be used as a context manager; :meth:`aclose` releases the connections.

    Args:
        api_key: from the account's developer settings.
        account: the account that calls are about when they name none.
        base_url: replaces ``https://api.octopus.energy/v1``: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        timeout: seconds within which a call has to end.
        transport: replaces the network.
        clock: replaces the system's clock.
    """

    _arguments = client.ARGUMENTS

    def __init__(
        self,
        api_key: str | core.Secret | None = None,
        account: str | None = None,
        *,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: core.Span = 30.0,
        transport: core.AsyncTransport | None = None,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        api_key = core.Secret(api_key) if api_key else None  # so that no traceback shows it
        self._subject: str | None = None if account is None else core.text(account, "account").strip()
        self._session: AsyncSession = AsyncSession(
            api_key,
            self._subject,
            base_url=base_url,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            clock=clock,
        )

    @property
    def account(self) -> str | None:
        """The account that calls are about when they name none."""
        return self._subject

    async def list_products(self, **filters: bool | str) -> list[models.Product]:
        """All products on sale; ``brand=``, ``is_variable=``, ``is_tracker=``, ``available_at=`` … choose among them."""
        return await self._list("list_products", "/products/", models.Product, filters)

    async def get_product(self, product: str) -> models.Product:
        """One product, with its tariffs by region in ``extras``."""
        return client.record_of(models.Product, await self._get("get_product", f"/products/{client.part(product)}/"))

    async def get_unit_rates(
        self,
        tariff: str | client.TariffCode,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        kind: str = "standard",
    ) -> list[models.Rate]:
        """The unit rates that apply at some instant of ``[start, end)``, the newest first; of any length.

        Args:
            tariff: its code.
            start: None is the beginning of the tariff.
            end: None is as far as they are known.
            kind: ``standard``; of a tariff with two registers ``day`` or ``night``.
        """
        path = f"{client.TariffCode.parse(tariff).path}/{kind}-unit-rates/"
        return await self._list("get_unit_rates", path, models.Rate, client.times(start, end, client.MOST_RATES))

    async def get_standing_charges(
        self, tariff: str | client.TariffCode, start: datetime | None = None, end: datetime | None = None
    ) -> list[models.Rate]:
        """The standing charges (p/day) of ``[start, end)``, the newest first."""
        path = f"{client.TariffCode.parse(tariff).path}/standing-charges/"
        return await self._list("get_standing_charges", path, models.Rate, client.times(start, end, client.MOST_RATES))

    async def get_grid_supply_points(self, postcode: str | None = None) -> list[models.GridSupplyPoint]:
        """The supply regions; of a postcode none, one or several."""
        path = "/industry/grid-supply-points/"
        return await self._list("get_grid_supply_points", path, models.GridSupplyPoint, {"postcode": postcode})

    async def get_account(self, number: str | None = None) -> models.Account:
        """An account with its homes, meter points and agreements, those of the past included."""
        number = self._account(number)
        self._session.hide(number)
        path = f"/accounts/{client.part(number)}/"
        return client.account_of(await self._get("get_account", path))

    async def get_consumption(
        self,
        point: str,
        serial_number: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        fuel: core.Fuel | str = core.Fuel.ELECTRICITY,
    ) -> list[models.Consumption]:
        """What one meter counted, in time order; the interval that begins at ``end`` may be among it.

        Args:
            point: the MPAN of electricity, the MPRN of gas.
            serial_number: the meter's; one that was replaced has its own part of the past.
            start: None is the beginning.
            end: None is the latest; it needs ``start``.
            fuel: what is metered.
        """
        self._session.hide(point, serial_number)
        path = f"/{fuel}-meter-points/{client.part(point)}/meters/{client.part(serial_number)}/consumption/"
        params = {**client.times(start, end, client.MOST_CONSUMPTION), "order_by": "period"}
        return await self._list("get_consumption", path, models.Consumption, params)

    async def list_accounts(self) -> list[str]:
        """The numbers of the accounts of this key."""
        answer = await self._session.query("list_accounts", client.ACCOUNTS_QUERY)
        found = client.fields(client.field_of(answer, "viewer")).get("accounts")
        return [account.number for account in client.records_of(models.Account, found, answer) if account.number]

    async def get_devices(self, number: str | None = None) -> list[models.Device]:
        """The cars and chargers that Octopus controls."""
        answer = await self._session.query("get_devices", client.DEVICES_QUERY, account=self._account(number))
        return client.records_of(models.Device, client.field_of(answer, "devices"), answer)

    async def get_planned_dispatches(self, device_id: str) -> list[models.PlannedDispatch]:
        """When a car is to be charged; none where Octopus cannot tell, as for a car that is away."""
        try:
            answer = await self._session.query("get_planned_dispatches", client.PLANNED_QUERY, device=device_id)
        except core.BadResponse as error:
            if error.vendor_code == client.NO_DISPATCHES:
                return []
            raise
        return client.records_of(models.PlannedDispatch, client.field_of(answer, "flexPlannedDispatches"), answer)

    async def get_completed_dispatches(self, number: str | None = None) -> list[models.CompletedDispatch]:
        """When cars of an account were charged, in the last three days or so."""
        operation = "get_completed_dispatches"
        answer = await self._session.query(operation, client.COMPLETED_QUERY, account=self._account(number))
        return client.records_of(models.CompletedDispatch, client.field_of(answer, "completedDispatches"), answer)

    async def get_gas_units(self, number: str | None = None) -> dict[str, str]:
        """What the gas meters of an account count, ``kWh`` or ``m³``, by serial number; an unknown one is absent."""
        answer = await self._session.query("get_gas_units", client.GAS_QUERY, account=self._account(number))
        return client.gas_units(client.field_of(answer, "account"))

    def _account(self, number: str | None) -> str:
        if found := number or self._subject:
            return found
        hint = "Give account=, as the account's page shows it (A-…), or number=."
        raise core.InvalidValue("this call is about an account, and none was named.", provider="octopus", hint=hint)

    async def _get(self, operation: str, path: str) -> core.Answer:
        return await self._session.get(operation, path)

    async def _list(self, operation: str, path: str, kind: type[_R], params: Mapping[str, Any]) -> list[_R]:
        """The rows of all pages."""
        asked: dict[str, Any] = dict(params)
        seen: list[Any] = []
        found: list[_R] = []
        while True:
            answer = await self._session.get(operation, path, asked)
            page = client.page_of(kind, answer)
            found += page.records
            if page.following is None:
                return found
            if page.following in seen:
                raise answer.bad("a page that leads back to one before it")
            seen.append(page.following)
            asked = dict(page.following)


class AsyncSession:
    """Sends calls: without a key where none is needed, with it as the user of Basic, and to GraphQL with a token."""

    def __init__(
        self, key: core.Secret | None, account: str | None, *, clock: core.Clock, transport: Any, **options: Any
    ) -> None:
        self._key = core.credential(key, "api_key", provider="octopus") if key else None
        self._clock = clock
        self._private: set[str] = set()
        """The parts of paths, of products that are shown only with the key."""
        self._secrets: list[core.Secret] = [self._key] if self._key else []
        self._hidden: list[str] = [account] if account else []
        self._token: client.Token | None = None
        self._lock = core.ALock()
        self._no_mint_before = float("-inf")
        self._http = core.AsyncHttpClient(
            provider="octopus",
            base_url=(options.pop("base_url") or client.BASE_URL).rstrip("/"),
            transport=transport,
            sign=self._sign,
            check=client.check,
            clock=clock,
            secrets=self._secrets,
            accounts=self._hidden,
            **options,
        )

    @property
    def vendor_time(self) -> core.VendorTime | None:
        """Octopus's time at its last answer."""
        return self._http.vendor_time

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    def hide(self, *numbers: str) -> None:
        """Never show these numbers of an account, a meter point or a meter in a log or message: they stand in paths."""
        self._hidden += [number for number in numbers if number not in self._hidden]

    async def get(self, operation: str, path: str, params: Mapping[str, Any] | None = None) -> core.Answer:
        """Make one call of REST."""
        if operation not in client.PUBLIC:
            self._need_key(operation)
        try:
            return await self._http.request("GET", path, operation=operation, params=params)
        except core.DeviceNotFound:
            product = "/".join(path.split("/")[:3])
            if self._key is None or operation not in client.PUBLIC or product in self._private:
                raise
        # A partner's product, say: without the key it does not exist.
        self._private.add(product)
        return await self._http.request("GET", path, operation=operation, params=params)

    async def query(self, operation: str, query: str, **variables: str) -> core.Answer:
        """Make one call of GraphQL; if the token has expired all the same, with a new one once more."""
        self._need_key(operation)
        body = {"query": query, "variables": variables}
        token = await self._mint()
        try:
            return await self._http.request("POST", client.GRAPHQL, operation=operation, json=body)
        except core.AuthenticationFailed as error:
            if error.vendor_code != client.EXPIRED:
                raise
        if self._token is token:
            self._token = None
        await self._mint()
        return await self._http.request("POST", client.GRAPHQL, operation=operation, json=body)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def _mint(self) -> client.Token:
        """The token, a new one only once the last is about to expire."""
        async with self._lock:
            now = self._clock.now()
            if self._token is not None and now < self._token.renew_at:
                return self._token
            if (pause := self._no_mint_before - self._clock.monotonic()) > 0:
                raise core.RateLimited(
                    "Octopus gave no token for too many requests; none is asked for before the pause is over.",
                    retry_after=timedelta(seconds=pause),
                    nothing_sent=True,
                    soon=False,
                    provider="octopus",
                    operation=client.MINT,
                )
            body = {"query": client.MINT_QUERY, "variables": {"key": self._key}}
            try:
                answer = await self._http.request("POST", client.GRAPHQL, operation=client.MINT, json=body)
            except core.RateLimited:
                self._no_mint_before = self._clock.monotonic() + client.MINT_PAUSE.total_seconds()
                raise
            self._token = client.token_of(answer, now)
            self._secrets[1:] = [self._token.secret]
            return self._token

    def _need_key(self, operation: str) -> None:
        if self._key is None:
            raise core.MissingCredential(
                f"{operation} needs an API key, and none was given.",
                provider="octopus",
                operation=operation,
                hint="Make one in the account's developer settings and give it as api_key=; product= and region= need none.",
            )

    def _sign(self, request: core.Request, _now: datetime) -> Mapping[str, str]:
        if self._key is None or request.operation == client.MINT:
            return {}
        if request.method == "POST":
            return {"Authorization": self._token.secret.reveal() if self._token else ""}
        if request.operation in client.PUBLIC and not any(f"{path}/" in request.url for path in self._private):
            return {}
        user = base64.b64encode(f"{self._key.reveal()}:".encode()).decode()
        return {"Authorization": f"Basic {user}"}
