"""One simulated house: physical, seeded, and on any clock.

Ask for its state with :meth:`House.at`, for its past with :meth:`House.history`, and change its settings with
:meth:`House.change`. A vendor's emulator controls the battery by passing a controller to the house::

    class ChargeAtNight:
        def directive(self, situation: Situation) -> BatteryDirective:
            if situation.local.hour < 4:
                return BatteryDirective(mode=BatteryMode.CHARGE, target_soc_pct=80, at_target=BatteryMode.HOLD)
            return BatteryDirective()

    house.change(clock.now(), controller=ChargeAtNight(), export_limit_w=5000)

A controller's decisions may depend only on the situation: when a setting changes, pass a new one; when
something starts between whole minutes (a delay until a write takes effect), announce it: ``house.change(…, changes=[when])``.
Prices come from a :class:`Market` over the same :class:`Plant`, and what was bought and sold from :func:`metered`.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
