"""One simulated house: physical, seeded, and on whatever clock asks it how things stand.

Ask it with :meth:`House.at`, look back with :meth:`House.history`, and set what can be set with
:meth:`House.change`. A vendor's emulator drives the battery by handing the house a controller::

    class ChargeAtNight:
        def directive(self, situation: Situation) -> BatteryDirective:
            if situation.local.hour < 4:
                return BatteryDirective(mode=BatteryMode.CHARGE, target_soc_pct=80, at_target=BatteryMode.HOLD)
            return BatteryDirective()

    house.change(clock.now(), controller=ChargeAtNight(), export_limit_w=5000)

A controller must not change its mind by itself but with time: when a setting changes, hand over a new one; when
something begins at an odd second (a delay until a write works), name it: ``house.change(…, changes=[when])``.
Prices come from a :class:`Market` over the same :class:`Plant`, and what was bought and sold from :func:`metered`.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
