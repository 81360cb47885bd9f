"""Finds providers by name and loads the one that is asked for, so that a broken one breaks only itself."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openpower_core.errors import (
    ConfigurationError,
    IncompatibleProvider,
    InvalidValue,
    ProviderLoadError,
    UnknownProvider,
)
from openpower_core.registry._scan import PROVIDERS, EntryPoint, entry_points

if TYPE_CHECKING:
    from openpower_core.registry.spec import ProviderSpec

__all__ = ["ProviderInfo", "load", "providers", "register", "unregister"]

_FIRST_PARTY: Final = {
    "alphaess": "openpower-alphaess",
    "amber": "openpower-amber",
    "demo": "openpower-demo",
    "goodwe": "openpower-goodwe",
    "goodwe-local": "openpower-goodwe[local]",
    "goodwe-sems": "openpower-goodwe",
}

_registered: dict[str, ProviderSpec] = {}
_loaded: dict[EntryPoint, ProviderSpec] = {}


class ProviderInfo(NamedTuple):
    """An installed provider, told from metadata alone: nothing of it was imported."""

    name: str
    """What :func:`connect` takes."""
    distribution: str
    version: str


def providers() -> list[ProviderInfo]:
    """List the installed providers by name; a name that two distributions claim is listed for both.

    It imports no provider. Those that :func:`register` added have the distribution ``"(registered)"``.
    """
    installed = [
        ProviderInfo(point.name, point.distribution, point.version)
        for point in entry_points(PROVIDERS)
        if point.name not in _registered
    ]
    by_hand = [ProviderInfo(name, "(registered)", "") for name in _registered]
    return sorted(installed + by_hand)


def register(spec: ProviderSpec) -> None:
    """Make a provider known to this process, for notebooks and tests; it goes before an installed one."""
    _registered[spec.name] = spec


def unregister(name: str) -> None:
    """Take back what :func:`register` did; a name that is not registered is no error."""
    _registered.pop(name, None)


def load(name: str) -> ProviderSpec:
    """Give the specification of one provider, importing only that one.

    Raises:
        UnknownProvider: nothing of that name is installed.
        ProviderLoadError: it cannot be imported, gives no specification, or two distributions claim the name.
        IncompatibleProvider: it was written for a newer core.
    """
    if name in _registered:
        return _registered[name]
    point = _one(name)
    if point not in _loaded:
        _loaded[point] = _load(point)
    return _loaded[point]


def _one(name: str) -> EntryPoint:
    points = [point for point in entry_points(PROVIDERS) if point.name == name]
    if not points:
        raise _unknown(name)
    if len(points) > 1:
        claims = " and ".join(f"{each.distribution} {each.version}" for each in points)
        raise ProviderLoadError(
            f"the provider name is claimed by {claims}.",
            provider=name,
            hint=f"Uninstall one of them: pip uninstall {points[-1].distribution}",
        )
    return points[0]


def _unknown(name: str) -> UnknownProvider:
    known = [each.name for each in providers()]
    if name in _FIRST_PARTY:
        message = f"the provider {name!r} is not installed."
        hint = f"Install it: pip install '{_FIRST_PARTY[name]}'"
    else:
        message = f"there is no provider {name!r}; installed are {', '.join(known) or 'none'}."
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), [*known, *_FIRST_PARTY], n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Is it a package? pip install openpower-{name.lower()}"
    return UnknownProvider(message, hint=hint)


def _load(point: EntryPoint) -> ProviderSpec:
    origin = f"{point.distribution} {point.version}"
    try:
        spec = _ask(point)
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:
        raise ProviderLoadError(
            f"{origin} cannot be loaded: {type(error).__name__}: {error}.",
            provider=point.name,
            hint=_correct(point, error),
        ) from error
    return _checked(spec, point, origin)


def _correct(point: EntryPoint, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        root = point.value.partition(":")[0].partition(".")[0]
        if error.name.partition(".")[0] != root:
            return f"It needs {error.name!r}: pip install --upgrade --force-reinstall {point.distribution}"
    return f"Upgrade or uninstall it: pip install --upgrade {point.distribution}"


def _ask(point: EntryPoint) -> Any:
    """Import the provider's plugin and call its ``openpower_provider`` hook."""
    import pluggy

    from openpower_core.registry import hookspecs

    module, _, attribute = point.value.partition(":")
    plugin: Any = importlib.import_module(module)
    for part in filter(None, attribute.split(".")):
        plugin = getattr(plugin, part)
    # A manager of its own: whatever is wrong with this plugin touches no other.
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, f"{point.name} ({point.distribution})")
    manager.check_pending()
    specs: list[Any] = manager.hook.openpower_provider()
    if len(specs) != 1:
        raise LookupError(f"{point.value} has no function openpower_provider() marked with @hookimpl")
    return specs[0]


def _checked(spec: Any, point: EntryPoint, origin: str) -> ProviderSpec:
    from openpower_core.registry.spec import PROVIDER_API, ProviderSpec

    if not isinstance(spec, ProviderSpec):
        raise ProviderLoadError(
            f"{origin}: openpower_provider() gave {type(spec).__name__} instead of a ProviderSpec.",
            provider=point.name,
            hint=f"Upgrade or uninstall it: pip install --upgrade {point.distribution}",
        )
    if spec.name != point.name:
        raise ProviderLoadError(
            f"{origin} calls itself {spec.name!r} in its specification and {point.name!r} in its entry point.",
            provider=point.name,
            hint=f"Upgrade or uninstall it: pip install --upgrade {point.distribution}",
        )
    if spec.provider_api > PROVIDER_API:
        raise IncompatibleProvider(
            f"{origin} is written for provider API {spec.provider_api}; this openpower-core has {PROVIDER_API}.",
            provider=point.name,
            hint="Upgrade the core: pip install --upgrade openpower-core",
        )
    if spec.provider_api < 1:
        raise InvalidValue(f"{origin}: provider_api is {spec.provider_api}.", provider=point.name)
    return spec
