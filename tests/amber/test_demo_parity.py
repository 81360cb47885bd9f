"""Whatever Amber's retailer offers, the demo's offers too, so that price-driven apps run without an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.capabilities import Support
from openpower_core.prices import Channel, PriceKind, PriceSeries
from openpower_demo.plugin import SPEC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openpower_amber.emulator import Emulator, ServedEmulator

HOUR = timedelta(hours=1)


@pytest.fixture
async def both(flavour: Any, served: ServedEmulator[Emulator], clock: Any) -> AsyncIterator[tuple[Any, Any]]:
    """Amber's retailer and the demo's, at the same instant."""
    from openpower_core.connection import connect, connect_async

    open_it: Any = connect if flavour.name == "sync" else connect_async
    homes = flavour.connect(**served.options), open_it(SPEC, clock=clock, tz="Australia/Brisbane")
    yield tuple([await flavour.ok(home.retailer()) for home in homes])
    for home in homes:
        await flavour.close(home)


def test_the_same_features(both: tuple[Any, Any]) -> None:
    """What is FULL at Amber is FULL in the demo."""
    amber, demo = (retailer.capabilities for retailer in both)

    for feature, capability in amber.items():
        if capability.support is Support.FULL:
            assert demo[feature].support is Support.FULL, feature


async def test_the_same_answers_in_kind(flavour: Any, both: tuple[Any, Any], clock: Any) -> None:
    """Each call gives the same types, channels, kinds and currency."""
    now: datetime = clock.now()
    shapes = []
    for retailer in both:
        price = await flavour.ok(retailer.current_price(Channel.EXPORT))
        ahead = await flavour.ok(retailer.prices())
        past = await flavour.ok(retailer.prices(now - 48 * HOUR, now - 47 * HOUR))
        hours = await flavour.ok(retailer.prices(now, now + 6 * HOUR, channel=Channel.IMPORT, resolution=HOUR))
        used = await flavour.ok(retailer.usage(now - 48 * HOUR, now - 24 * HOUR))
        mix = await flavour.ok(retailer.grid_mix())
        assert isinstance(ahead, PriceSeries)
        shapes.append(
            {
                "price": (price.channel, price.kind, price.currency, price.tax_included),
                "ahead": {(p.channel, p.kind, p.end - p.start) for p in ahead},
                "past": {(p.channel, p.kind) for p in past},
                "hours": [p.end - p.start for p in hours],
                "used": {(u.channel, u.quality, u.currency) for u in used},
                "mix": [mix[0].kind, mix[-1].kind],
                "band": {p.low is not None for p in ahead if p.kind is PriceKind.FORECAST},
            }
        )

    assert shapes[0] == shapes[1]
