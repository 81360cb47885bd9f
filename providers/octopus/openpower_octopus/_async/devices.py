"""The unified retailers for asyncio, and the discovery of an account's supplies, or of a product's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from openpower_core import provider as core
from openpower_octopus import client, models
from openpower_octopus._async.client import AsyncOctopus
from openpower_octopus.mapping import contracts, metering, pricing

RATES_KEPT: Final = timedelta(minutes=15)
DISPATCHES_ASKED: Final = timedelta(minutes=3)
ACCOUNT_KEPT: Final = timedelta(hours=6)
"""How often clients that people run ask (BottlecapDave/HomeAssistant-OctopusEnergy)."""

CLOCK_CORRECTED: Final = timedelta(minutes=10)

_HINTS: Final = {
    "current_price": "A product that was replaced has no prices any more, and Agile's may come late.",
    "tariff": "Octopus may have none for this payment method: see payment_method=.",
}

_Supplies = Mapping[str, contracts.Supply]


class AsyncOctopusRetailer(core.AsyncBaseRetailer):
    """Prices, tariff and usage of one supply: the electricity of a home, or the gas of a meter point.

    Args:
        native: the client.
        supply: what it supplies.
        context: the connection's clock and time zone.
        chosen: what the user chose.
        supplies: all supplies, asked for anew now and then: tariffs change.
    """

    def __init__(
        self,
        native: AsyncOctopus,
        supply: contracts.Supply,
        context: core.Context,
        chosen: contracts.Preferences,
        supplies: core.AsyncSharedFetch[_Supplies],
    ) -> None:
        super().__init__(
            contracts.to_info(supply, context.clock.now(), context.tz),
            capabilities=contracts.capabilities_of(supply),
            native=native,
            context=context,
            tariffs=self._tariffs,
            channels=supply.channels,
            hints=_HINTS,
        )
        self._api, self._clock, self._chosen = native, context.clock, chosen
        self._supply, self._supplies = supply, supplies
        self._running = core.AsyncSharedFetch(self._ahead, max_age=RATES_KEPT, clock=context.clock)
        self._dispatched = core.AsyncSharedFetch(self._dispatches, max_age=DISPATCHES_ASKED, clock=context.clock)
        self._unit = chosen.gas_unit

    async def _around_now(
        self, channel: core.Channel | str, max_age: timedelta | None
    ) -> tuple[core.PriceSeries, datetime]:
        del channel
        intelligent = any(term.intelligent for each in self._supply.contracts if (term := each.term(self._now())))
        kept = await self._running.get(DISPATCHES_ASKED if max_age is None and intelligent else max_age)
        return kept.value, kept.received_at

    async def _tariffs(self, start: datetime, end: datetime) -> list[core.Tariff]:
        """The tariffs of import in a range, one for each change of the standing charge; a day has that of its first instant."""
        found, errors = list[core.Tariff](), list[core.OpenPowerError]()
        for contract in (await self._renewed()).on(core.Channel.IMPORT):
            for term in contract.terms if not found else ():
                if (part := term.overlap(start - contracts.DAY, end)) is None:
                    continue
                try:
                    rows = await self._api.get_standing_charges(term.code, *part)
                except core.ACCOUNT_ERRORS:
                    raise
                except core.OpenPowerError as error:
                    errors.append(error)
                    continue
                found += pricing.to_tariffs(rows, term, contract, self.info.fuel, self._chosen, (start, end))
        if errors and not found:
            raise errors[0]
        return found

    async def usage(self, start: datetime, end: datetime, *, channel: core.Channel | str | None = None) -> core.Usages:
        """What was metered in the intervals that begin in ``[start, end)``, without costs; half hours without a reading are gaps."""
        self._check_channel(channel, core.Feature.USAGE)
        now, found, gaps, errors = self._clock.now(), list[core.Usage](), list[core.Gap](), list[core.OpenPowerError]()
        for contract in (await self._renewed()).on(channel) if start < min(end, now) else ():
            lost: list[core.Gap] = []
            try:
                usages = await self._metered(contract, start, min(end, now))
            except core.ACCOUNT_ERRORS:
                raise
            except core.OpenPowerError as error:
                errors.append(error)
                lost, usages = [core.Gap(start=start, end=end, reason=str(error), channel=contract.channel)], []
            found += usages
            gaps += lost + metering.usage_gaps([*usages, *lost], contract, start, end, now)
        if errors and not found:
            raise errors[0]
        order = list(core.Channel)
        found.sort(key=lambda usage: (usage.start, order.index(usage.channel)))
        return core.Usages(found, gaps=gaps)

    async def _renewed(self) -> contracts.Supply:
        try:
            supplies = (await self._supplies.get()).value
        except core.TemporaryError:
            return self._supply  # its tariffs are as of the last answer
        self._supply = supplies.get(self.info.serial, self._supply)
        return self._supply

    async def _ahead(self) -> core.PriceSeries:
        asked_at = self._clock.now()
        series = await self._series(asked_at, None)
        # The answers may have shown that the clock was wrong: then they are about another time.
        corrected = abs(self._clock.now() - asked_at) > CLOCK_CORRECTED
        return await self._series(self._clock.now(), None) if corrected else series

    async def _series(
        self, start: datetime, end: datetime | None, channel: core.Channel | str | None = None
    ) -> core.PriceSeries:
        supply, now = await self._renewed(), self._clock.now()
        found, gaps, errors = list[core.Price](), list[core.Gap](), list[core.OpenPowerError]()
        for contract in supply.on(channel):
            known: list[core.Price] = []
            lost: list[core.Gap] = []
            for term in contract.terms:
                if (part := term.overlap(start, end)) is None:
                    continue
                try:
                    prices, problems = await self._priced(contract, term, *part)
                except core.ACCOUNT_ERRORS:
                    raise
                except core.OpenPowerError as error:
                    errors.append(error)
                    prices, problems = (
                        [],
                        [core.Gap(start=part[0], end=part[1], reason=str(error), channel=contract.channel)],
                    )
                known += prices
                lost += problems if not prices else []
                gaps += problems
            found += known
            gaps += pricing.price_gaps([*known, *lost], contract, start, end, now)
        if errors and not found:
            raise errors[0]
        return core.PriceSeries(
            found, tz=self.info.tz, gaps=gaps, next_published_at=pricing.next_publication(supply, found, now)
        )

    async def _priced(
        self, contract: contracts.Contract, term: contracts.Term, start: datetime, end: datetime | None
    ) -> tuple[Sequence[core.Price], list[core.Gap]]:
        """The prices of one tariff in a range, and what about them is not known."""
        if term.code.registers == 2:
            last = end or max(start, self._clock.now()) + pricing.AHEAD
            return await self._by_night(contract, term, start, last), []
        around = contracts.DAY if term.intelligent else timedelta(0)  # for the low price of the night beside it
        rates = await self._api.get_unit_rates(term.code, start - around, None if end is None else end + around)
        prices = pricing.to_prices(rates, term, contract, self._chosen)
        if not term.intelligent or contract.channel is core.Channel.EXPORT:
            return prices, []
        return await self._with_dispatches(prices, contract, start, end)

    async def _by_night(
        self, contract: contracts.Contract, term: contracts.Term, start: datetime, end: datetime
    ) -> Sequence[core.Price]:
        first, last = start - contracts.DAY, end + contracts.DAY
        day, night = [
            pricing.clipped(
                pricing.to_prices(
                    await self._api.get_unit_rates(term.code, first, last, kind=kind),
                    term,
                    contract,
                    self._chosen,
                    period=kind,
                ),
                first,
                last,
            )
            for kind in ("day", "night")
        ]
        chosen = self._chosen.night
        found = pricing.by_night(day, night, chosen.between(first, last), assumed=chosen.assumed)
        return [price for price in found if price.start < end and (price.end is None or start < price.end)]

    async def _with_dispatches(
        self, prices: Sequence[core.Price], contract: contracts.Contract, start: datetime, end: datetime | None
    ) -> tuple[Sequence[core.Price], list[core.Gap]]:
        now = self._clock.now()
        found = (await self._dispatched.get()).value
        changed = pricing.with_dispatches(prices, found, now) if found.problem is None else pricing.unsure(prices)
        wanted = [
            price
            for price in changed
            if (end is None or price.start < end) and (price.end is None or start < price.end)
        ]
        return wanted, pricing.dispatch_gaps(found, contract, start, end, now)

    async def _dispatches(self) -> pricing.Dispatches:
        """What can be had of the dispatches; that they are not known must not cost the prices."""
        number = self._supply.account
        if number is None:
            return pricing.Dispatches(problem="dispatches need the account")
        try:
            planned: list[models.PlannedDispatch] = []
            for device in await self._api.get_devices(number):
                if device.id and device.status is not None and device.status.current == "LIVE":
                    planned += await self._api.get_planned_dispatches(device.id)
            return pricing.to_dispatches(planned, await self._api.get_completed_dispatches(number))
        except core.OpenPowerError as error:
            return pricing.Dispatches(problem=f"dispatches are not known: {error}")

    async def _metered(self, contract: contracts.Contract, start: datetime, end: datetime) -> list[core.Usage]:
        calorific = await self._calorific_value(contract) if self.info.fuel is core.Fuel.GAS else None
        meters = [
            metering.to_usages(
                await self._api.get_consumption(contract.point or "", serial, start, end, fuel=self.info.fuel),
                contract,
                start,
                end,
                calorific_value=calorific,
            )
            for serial in contract.serials
        ]
        return metering.joined(meters)

    async def _calorific_value(self, contract: contracts.Contract) -> float | None:
        """What turns the meter's figures into kWh; None where they are."""
        if self._unit is None:
            units = await self._api.get_gas_units(self._supply.account)
            self._unit = next((units[serial] for serial in contract.serials if serial in units), None)
        if self._unit is None:
            raise core.PartialData(
                "Octopus does not say whether this gas meter counts kWh or m³, which differ by a factor of 11.",
                provider="octopus",
                device_id=self.info.id,
                operation="usage",
                hint="Compare with a bill, and give gas_unit='m3' or gas_unit='kwh'.",
            )
        return self._chosen.calorific_value if metering.counts_m3(self._unit) else None


def connect(
    context: core.Context,
    *,
    api_key: str | core.Secret | None = None,
    account: str | None = None,
    product: str | None = None,
    export_product: str | None = None,
    region: str | None = None,
    postcode: str | None = None,
    payment_method: str = "direct_debit",
    vat: bool = True,
    night: str | None = None,
    gas_unit: str | None = None,
    calorific_value: float = 39.5,
) -> AsyncOctopusBackend:
    """Make the backend of a connection, without any request."""
    if gas_unit is not None:
        metering.counts_m3(gas_unit)
    chosen = contracts.Preferences(
        payment=models.PaymentMethod(core.choice(payment_method, "payment_method", contracts.PAYMENTS).upper()),
        vat=vat,
        night=contracts.Night.parse(night),
        gas_unit=gas_unit,
        calorific_value=core.number(calorific_value, "calorific_value", above=0),
    )
    products = contracts.Products.of(product, export_product, region, postcode, has_key=bool(api_key))
    native = AsyncOctopus(
        api_key,
        account,
        base_url=context.url(client.BASE_URL),
        allow_http=context.allow_http,
        timeout=context.timeout,
        transport=context.transport,
        clock=context.clock,
    )
    return AsyncOctopusBackend(native, context, chosen, products)


class AsyncOctopusBackend(core.AsyncBaseBackend[AsyncOctopus]):
    """The supplies of the accounts of a key, or the public prices of products."""

    def __init__(
        self,
        native: AsyncOctopus,
        context: core.Context,
        chosen: contracts.Preferences,
        products: contracts.Products | None,
    ) -> None:
        super().__init__(native, context)
        self._chosen, self._products = chosen, products
        self._region = products.region if products else None
        self._supplies = core.AsyncSharedFetch(self._ask, max_age=ACCOUNT_KEPT, clock=self.context.clock)

    async def discover(self) -> list[core.AsyncDevice]:
        """Ask for the supplies; those of homes that were left are not among them."""
        supplies = (await self._supplies.get(timedelta(0))).value
        if not supplies:
            hint = "A home whose supply has not begun has no tariff yet."
            raise core.DeviceNotFound("the account supplies no home.", provider="octopus", hint=hint)
        return [
            AsyncOctopusRetailer(self.native, supply, self.context, self._chosen, self._supplies)
            for supply in supplies.values()
        ]

    async def _ask(self) -> _Supplies:
        if self._products is not None:
            found = await self._of_products(self._products)
        else:
            numbers = [self.native.account] if self.native.account else await self.native.list_accounts()
            now = self.context.clock.now()
            found = [
                supply
                for number in numbers
                for supply in contracts.to_supplies(await self.native.get_account(number), now)
            ]
        return {supply.serial: supply for supply in found}

    async def _of_products(self, products: contracts.Products) -> list[contracts.Supply]:
        if self._region is None:
            self._region = contracts.region_in(await self.native.get_grid_supply_points(products.postcode))
        asked = [await self.native.get_product(code) for code in products.codes]
        return contracts.public_supplies(asked, self._region)
