"""Calls the hooks of installed plugins: guards before writes, sinks of readings and receipts, sources of credentials."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import ConfigurationError, Veto
from openpower_core.registry.loading import origin_of
from openpower_core.registry.policy import policy
from openpower_core.waiting import Lock

if TYPE_CHECKING:
    import pluggy

    from openpower_core.devices.info import DeviceInfo
    from openpower_core.readings import Reading
    from openpower_core.writes import Plan, Receipt

GROUP: Final = "openpower.plugins"
"""The entry-point group of plugins."""

_log = logging.getLogger("openpower.plugins")


class Hooks:
    """The plugins of the entry-point group ``openpower.plugins``, and those added with :meth:`add`.

    They are loaded when the first hook is called; what ``OPENPOWER_PLUGINS`` or the configuration file denies is not
    imported. A plugin that cannot be loaded might have been a guard: until it is fixed, uninstalled or denied, writes
    are refused; everything else works without it.
    """

    def __init__(self, *, discover: bool = True) -> None:
        self._lock = Lock()
        self._discover = discover
        self._manager: pluggy.PluginManager | None = None
        self._broken: dict[str, str] = {}
        self._logged: set[tuple[str, str]] = set()

    def add(self, plugin: object, *, name: str | None = None) -> None:
        """Add a module or an object with hook implementations to this process."""
        manager = self._plugins()
        manager.register(plugin, name)
        manager.check_pending()

    def remove(self, plugin: object) -> None:
        """Undo :meth:`add`."""
        self._plugins().unregister(plugin)

    def before_write(self, device: DeviceInfo, plan: Plan) -> None:
        """Ask every guard; the first :class:`Veto` stops the write, and so does a guard that crashes."""
        manager = self._plugins()
        for name, why in self._broken.items():
            raise Veto(
                f"the plugin {name} could not be loaded ({why}), and it may be a guard; nothing was sent.",
                provider=device.provider,
                device_id=device.id,
                hint="Fix, uninstall or deny it (docs/plugins.md), then try again.",
            )
        for guard in manager.hook.openpower_before_write.get_hookimpls():
            self._ask(guard, device, plan)

    def _ask(self, guard: pluggy.HookImpl, device: DeviceInfo, plan: Plan) -> None:
        try:
            _call(guard, device=device, plan=plan)
        except Veto:
            raise
        except Exception as error:
            raise Veto(
                f"the guard {guard.plugin_name} crashed ({type(error).__name__}: {error}); nothing was sent.",
                provider=device.provider,
                device_id=device.id,
                hint="A guard that crashes blocks the write: fix or uninstall it.",
            ) from error

    def after_write(self, device: DeviceInfo, receipt: Receipt) -> None:
        """Pass the receipt of a write to every sink."""
        self._notify("openpower_after_write", device=device, receipt=receipt)

    def reading(self, device: DeviceInfo, reading: Reading) -> None:
        """Pass a reading to every sink."""
        self._notify("openpower_reading", device=device, reading=reading)

    def credential(self, provider: str, field: str) -> str | None:
        """Ask for a credential; the first result counts."""
        for finder in reversed(self._plugins().hook.openpower_resolve_credential.get_hookimpls()):
            try:
                found = _call(finder, provider=provider, field=field)
            except Exception as error:  # noqa: BLE001  (one plugin must not break another)
                self._complain(finder.plugin_name, "openpower_resolve_credential", error)
                continue
            if found:
                return str(found)
        return None

    def _notify(self, hook: str, **arguments: Any) -> None:
        for sink in getattr(self._plugins().hook, hook).get_hookimpls():
            try:
                _call(sink, **arguments)
            except Exception as error:  # noqa: BLE001  (a sink never breaks the reading that it receives)
                self._complain(sink.plugin_name, hook, error)

    def _complain(self, plugin: str, hook: str, error: Exception) -> None:
        """Log a plugin's failure, once per plugin and hook."""
        if (plugin, hook) not in self._logged:
            self._logged.add((plugin, hook))
            _log.warning(
                "The plugin %s failed in %s (%s); this is logged once.",
                plugin,
                hook,
                type(error).__name__,
                exc_info=error,
            )

    def _plugins(self) -> pluggy.PluginManager:
        if self._manager is not None:
            return self._manager
        with self._lock:
            if self._manager is None:
                self._manager = self._load()
        return self._manager

    def _load(self) -> pluggy.PluginManager:
        import pluggy

        from openpower_core.registry import hookspecs

        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        if not self._discover:
            return manager
        try:
            rules = policy()
        except ConfigurationError as error:  # readings go on; writes are refused, because a guard may be missing
            self._broken["configuration"] = str(error)
            _log.warning("No plugin was loaded: %s", error)
            return manager
        for point in entry_points(group=GROUP):
            if refusal := rules.refusal(origin_of(point)[0]):
                _log.debug("The plugin %s was not imported: %s.", point.name, refusal)
                continue
            try:
                manager.register(point.load(), f"{point.name} ({origin_of(point)[0]})")
                manager.check_pending()
            except (Exception, SystemExit) as error:  # noqa: BLE001  (one broken plugin leaves the others working)
                name = f"{point.name} ({' '.join(origin_of(point))})"
                self._broken[name] = f"{type(error).__name__}: {error}"
                _log.warning("The plugin %s could not be loaded; writes are refused.", name, exc_info=error)
        return manager


def _call(implementation: pluggy.HookImpl, **arguments: Any) -> Any:
    """Call one implementation with the arguments that it accepts, as pluggy does."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))


HOOKS: Final = Hooks()
"""The hooks of this process."""
