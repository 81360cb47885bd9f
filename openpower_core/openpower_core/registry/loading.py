"""Finds providers by their entry points and loads the one that is asked for, so that a broken one breaks only itself."""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import AbstractContextManager, suppress
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from openpower_core.errors import (
    ConfigurationError,
    IncompatibleProvider,
    InvalidValue,
    ProviderLoadError,
    UnknownProvider,
)
from openpower_core.registry.policy import normalised, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_core.capabilities import Behaviour
    from openpower_core.clock import Clock
    from openpower_core.registry.spec import Found, ProviderSpec

GROUP: Final = "openpower.providers"
"""The entry-point group; each entry is a provider's name and its plugin, ``module`` or ``module:attribute``."""

_OWN: Final = {
    "alphaess": "openpower-alphaess",
    "amber": "openpower-amber",
    "dayahead": "openpower-dayahead",
    "demo": "openpower-demo",
    "goodwe": "openpower-goodwe",
    "goodwe-local": "openpower-goodwe[local]",
    "goodwe-sems": "openpower-goodwe",
    "octopus": "openpower-octopus",
    "tariff": "openpower-tariff",
}
"""openpower's own providers, and what to install for each."""

_PARTS: Final = {
    "openpower-core": "openpower_core",
    "openpower-simulation": "openpower_simulation",
    **{
        name: f"providers/{name.removeprefix('openpower-')}"
        for name in (part.partition("[")[0] for part in _OWN.values())
    },
}
"""openpower's own distributions, and where they are in a checkout."""

_registered: dict[str, ProviderSpec] = {}
_loaded: dict[str, tuple[ProviderSpec, str, str]] = {}
"""Each with its distribution and version."""


class ProviderInfo(NamedTuple):
    """An installed provider, known from metadata alone: nothing of it was imported."""

    name: str
    """What :func:`connect` takes."""
    distribution: str
    """The package that it comes from, such as ``"openpower-amber"``."""
    version: str
    """Of the distribution."""

    @property
    def denied(self) -> str:
        """Why it may not be imported, according to ``OPENPOWER_PLUGINS`` or the configuration file; empty if it may."""
        return "" if self.distribution == REGISTERED else policy().refusal(self.distribution)


REGISTERED: Final = "(registered)"
"""What :class:`ProviderInfo` gives as the distribution of a provider added by :func:`register`."""


def providers() -> list[ProviderInfo]:
    """List the installed providers by name; a name that two distributions claim is listed for both.

    It imports no provider. Those that :func:`register` added have the distribution ``"(registered)"``.
    """
    by_hand = [ProviderInfo(name, REGISTERED, "") for name in _registered]
    return sorted([info for info in installed(GROUP) if info.name not in _registered] + by_hand)


def installed(group: str) -> list[ProviderInfo]:
    """List the entry points of a group; it imports none of them."""
    return sorted(ProviderInfo(point.name, *origin_of(point)) for point in entry_points(group=group))


def register(spec: ProviderSpec) -> None:
    """Register a provider in this process, for notebooks and tests; it takes precedence over an installed one."""
    _registered[spec.name] = spec


def unregister(name: str) -> None:
    """Undo :func:`register`; a name that is not registered is no error."""
    _registered.pop(name, None)


def load(name: str) -> ProviderSpec:
    """Return the specification of one provider; only that one is imported.

    Raises:
        UnknownProvider: no provider of that name is installed.
        ProviderLoadError: it cannot be imported, returns no specification, or two distributions claim the name.
        IncompatibleProvider: it was written for a newer core.
    """
    if name in _registered:
        return _registered[name]
    # Python imports a module only once, so a loaded provider does not change; what is allowed may.
    if name in _loaded:
        spec, distribution, version = _loaded[name]
        if policy().refusal(distribution):
            raise _denied(name, distribution, version)
        return spec
    point = _find(name)
    _loaded[name] = _load(point), *origin_of(point)
    return _loaded[name][0]


def origin_of(point: EntryPoint) -> tuple[str, str]:
    """The distribution and its version, as far as its metadata gives them."""
    # A damaged distribution has None, or raises, depending on the finder: keyring replaces Python's own by its backport's.
    metadata: Any = {}
    with suppress(FileNotFoundError):
        metadata = (point.dist and point.dist.metadata) or {}
    return metadata.get("Name") or "", metadata.get("Version") or ""


def _find(name: str) -> EntryPoint:
    points = list(entry_points(group=GROUP, name=name))
    if not points:
        raise _unknown(name)
    rules = policy()
    allowed = [point for point in points if not rules.refusal(origin_of(point)[0])]
    if not allowed:
        raise _denied(name, *origin_of(points[0]))
    if len(allowed) > 1:
        raise _claimed_twice(name, allowed)
    return allowed[0]


def _denied(name: str, distribution: str, version: str) -> ProviderLoadError:
    rules = policy()
    words = f"{distribution} {version} was not imported: {rules.refusal(distribution)}."
    return ProviderLoadError(words, provider=name, hint=rules.remedy(distribution))


def _claimed_twice(name: str, points: list[EntryPoint]) -> ProviderLoadError:
    claims = [origin_of(point) for point in points]
    own = _OWN.get(name, "").partition("[")[0]
    strangers = sorted(distribution for distribution, _ in claims if normalised(distribution) != own)
    both = " and ".join(map(" ".join, claims))
    if own and 0 < len(strangers) < len(claims):
        others = " ".join(strangers)
        hint = f"Of {both}, {own} is openpower's own. Uninstall the rest (pip uninstall {others}), or deny it"
    else:
        hint = f"Of {both}, uninstall the one that you do not want, or deny it"
    denied = strangers if own and strangers else [claims[-1][0]]
    return ProviderLoadError(
        f"the provider name is claimed by {both}.",
        provider=name,
        hint=f"{hint}: [plugins] deny = {denied!r} in the configuration file.",
    )


def _unknown(name: str) -> UnknownProvider:
    known = [each.name for each in providers()]
    if name in _OWN:
        return UnknownProvider(f"the provider {name!r} is not installed.", hint=f"Install it: {installing(_OWN[name])}")
    from difflib import get_close_matches

    # No "pip install openpower-<name>": whoever registers a misspelt name at the index would be installed.
    near = get_close_matches(name.lower(), [*known, *_OWN], n=1)
    return UnknownProvider(
        f"there is no provider {name!r}; installed are {', '.join(known) or 'none'}.",
        hint=f"Did you mean {near[0]!r}?" if near else "Install the package that provides it, if there is one.",
    )


def installing(requirement: str, options: str = "") -> str:
    """The command that installs a distribution; openpower's own are not at the package index before 0.2.0 is released."""
    name, bracket, extra = requirement.partition("[")
    # An environment that uv made has no pip: the one on the path would install into another one.
    pip = "pip" if importlib.util.find_spec("pip") else "uv pip"
    if name not in _PARTS:
        return f"{pip} install {options}{requirement}"
    return f"{pip} install {options}'./{_PARTS[name]}{bracket}{extra}' in a checkout of openpower (README, Install)"


def _load(point: EntryPoint) -> ProviderSpec:
    try:
        spec = _ask(point)
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:
        raise _broken(point, f"cannot be loaded: {type(error).__name__}: {error}.", error) from error
    return _validated(spec, point)


def _broken(point: EntryPoint, problem: str, error: BaseException | None = None) -> ProviderLoadError:
    distribution, version = origin_of(point)
    hint = f"Upgrade or uninstall it: {installing(distribution, '--upgrade ')}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        needed = error.name.partition(".")[0]
        if needed != point.module.partition(".")[0]:
            hint = f"It needs {error.name!r}: {installing(distribution, '--upgrade --force-reinstall ')}"
    return ProviderLoadError(f"{distribution} {version} {problem}", provider=point.name, hint=hint)


def _ask(point: EntryPoint) -> Any:
    """Import the provider's plugin and call its ``openpower_provider`` hook."""
    # Here, since listing providers needs neither pluggy nor the hooks.
    import pluggy

    from openpower_core.registry import hookspecs

    plugin = point.load()
    # Its own manager: a fault in this plugin affects no other.
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, point.name)
    manager.check_pending()
    specs: list[Any] = manager.hook.openpower_provider()
    if len(specs) != 1:
        raise LookupError(f"{point.value} has no function openpower_provider() marked with @hookimpl")
    return specs[0]


def _validated(spec: Any, point: EntryPoint) -> ProviderSpec:
    from openpower_core.registry.spec import PROVIDER_API, ProviderSpec

    if not isinstance(spec, ProviderSpec):
        raise _broken(point, f"returns {type(spec).__name__} instead of a ProviderSpec.")
    if spec.name != point.name:
        raise _broken(point, f"calls itself {spec.name!r} in its specification and {point.name!r} in its entry point.")
    if spec.provider_api > PROVIDER_API:
        raise IncompatibleProvider(
            f"{' '.join(origin_of(point))} is written for provider API {spec.provider_api}; "
            f"this openpower-core has {PROVIDER_API}.",
            provider=point.name,
            hint=f"Upgrade the core: {installing('openpower-core', '--upgrade ')}",
        )
    if spec.provider_api < 1:
        raise InvalidValue(f"{' '.join(origin_of(point))}: provider_api is {spec.provider_api}.", provider=point.name)
    return spec


class Emulation(Protocol):
    """A running emulator of a vendor."""

    @property
    def url(self) -> str:
        """Its address, for ``base_url=``."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of ``connect`` that reach it, made-up credentials included."""
        ...


class Serve(Protocol):
    """Serves an emulator on loopback until its ``with`` block ends."""

    def __call__(self, *, port: int = 0) -> AbstractContextManager[Emulation]: ...


def emulator_of(spec: ProviderSpec) -> Serve | None:
    """The provider's emulator, imported now; None where it has none.

    Raises:
        ConfigurationError: the emulator needs an extra that is not installed.
        ProviderLoadError: it cannot be imported.
    """
    if not isinstance(spec.emulator, str):
        return spec.emulator
    module, _, attribute = spec.emulator.partition(":")
    try:
        serve: Serve = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as missing:
        if missing.name in {"starlette", "uvicorn"}:
            raise ConfigurationError(
                "emulators need an extra that is not installed.",
                provider=spec.name,
                hint='Install it: pip install "openpower[emulator]>=0.2"',
            ) from None
        raise ProviderLoadError(f"its emulator cannot be loaded: {missing}.", provider=spec.name) from missing
    except Exception as error:
        raise ProviderLoadError(
            f"its emulator {spec.emulator} cannot be loaded: {type(error).__name__}: {error}.", provider=spec.name
        ) from error
    return serve


def behaviour_of(name: str) -> Behaviour:
    """How the batteries of a provider behave, by its name.

    Raises:
        InvalidValue: the provider does not say.
        UnknownProvider: no provider of that name is installed.
        ProviderLoadError: it cannot be loaded.
    """
    spec = load(name)
    if spec.behaviour is None:
        raise InvalidValue(f"the provider {name!r} does not say how its batteries behave.")
    behaviour: Behaviour = _function(spec, "behaviour")()
    return behaviour


def discovery_of(spec: ProviderSpec) -> Callable[[float, Clock], list[Found]] | None:
    """What searches the local network for the provider's devices; None where it has no such function.

    Raises:
        ProviderLoadError: it cannot be loaded.
    """
    return None if spec.discover is None else _function(spec, "discover")


def _function(spec: ProviderSpec, name: str) -> Any:
    given: Any = getattr(spec, name)
    if not isinstance(given, str):
        return given
    module, _, attribute = given.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise ProviderLoadError(
            f"its {name} {given} cannot be loaded: {type(error).__name__}: {error}.", provider=spec.name
        ) from error
