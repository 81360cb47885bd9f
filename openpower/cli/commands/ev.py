"""``openpower ev start``, ``stop`` and ``limit``: the charging point for the car."""

from __future__ import annotations

from typing import Any

from cyclopts import App

from openpower.cli.examples import epilogue
from openpower.cli.orders import AS_GIVEN, How, Order, carry_out
from openpower.cli.target import PLAIN, Common, connect_to
from openpower_core.control import CurrentScope

__all__ = ["app"]

app = App(name="ev", help="Start, stop or limit the charging of the car.", help_epilogue=epilogue("ev"))


@app.command
def start(
    name: str | None = None, /, *, charger: str | None = None, how: How = AS_GIVEN, common: Common = PLAIN
) -> int:
    """Begin charging the car.

    Args:
        name: a profile or a provider (default: the only profile).
        charger: the charger's id, where there are several.
    """
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.ev_charger(charger)
        order = Order(home=target.name, send=device.start, what="start charging the car")
        return carry_out(device, order, how=how, json=common.json)


@app.command
def stop(name: str | None = None, /, *, charger: str | None = None, how: How = AS_GIVEN, common: Common = PLAIN) -> int:
    """Stop charging the car.

    Args:
        name: a profile or a provider (default: the only profile).
        charger: the charger's id, where there are several.
    """
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.ev_charger(charger)
        order = Order(home=target.name, send=device.stop, what="stop charging the car")
        return carry_out(device, order, how=how, json=common.json)


@app.command
def limit(
    name: str | None = None,
    /,
    *,
    amps: float,
    scope: CurrentScope = CurrentScope.CHARGER,
    charger: str | None = None,
    how: How = AS_GIVEN,
    common: Common = PLAIN,
) -> int:
    """Limit the current of the charger, or of the house that it shares.

    Args:
        name: a profile or a provider (default: the only profile).
        amps: the limit in amperes.
        scope: what it limits: the charger, or the site's grid connection.
        charger: the charger's id, where there are several.
    """
    target, connection = connect_to(name, common, stateful=True)
    with connection:
        device = connection.ev_charger(charger)

        def send(*, dry_run: bool) -> Any:
            return device.set_current_limit(amps, scope=scope, dry_run=dry_run)

        what = f"limit the {scope.value} to {amps:g} A"
        order = Order(home=target.name, send=send, what=what)
        return carry_out(device, order, how=how, json=common.json)
