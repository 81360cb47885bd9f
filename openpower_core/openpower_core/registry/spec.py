"""A provider's specification: its name, credentials, options and factories; the only source of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from attrs import Factory as Default, field, frozen

from openpower_core import checks
from openpower_core._error import refused
from openpower_core.devices.roles import Role
from openpower_core.errors import InvalidValue

if TYPE_CHECKING:
    from pathlib import Path

    from openpower_core.checks import Number, Span, Zone
    from openpower_core.clock import Clock
    from openpower_core.control import Unset
    from openpower_core.http import AsyncTransport, Transport

PROVIDER_API: Final = 1
"""The version of the interface between core and providers; it increases when older providers would break."""

Factory: TypeAlias = str | Callable[..., Any]
"""``"module:attribute"``, imported on connecting, or the callable itself (notebooks, tests)."""


class CommonOptions(TypedDict, total=False):
    """What ``connect`` takes for every provider; core handles it."""

    base_url: str | None
    allow_http: bool | None
    transport: Transport | AsyncTransport | None
    tz: Zone | None
    state_dir: str | Path | Unset | None
    max_power_w: Number | None
    default_duration: Span | None
    timeout: Span | None
    profile: str | None
    clock: Clock | None


OptionKind: TypeAlias = Literal["number", "count", "flag", "text", "seconds", "zone", "path"]
"""A number, a whole number of at least 0, True or False, text, a duration, a time zone, or a path."""

Choices: TypeAlias = str | Mapping[str, str] | Callable[[Any], Mapping[str, str]]
"""Values and what they are called (or nothing): a mapping, ``"module:attribute"`` for one, or a function that gives one of the
blocking native client after signing in, such as ``lambda native: {each.id: each.name for each in native.list_sites()}``."""

COMMON_OPTIONS: Final = tuple(CommonOptions.__annotations__)


@frozen
class Credential:
    """One credential that a user needs.

    >>> Credential("app_secret", where="https://open.alphaess.com").variable("alphaess")
    'OPENPOWER_ALPHAESS_APP_SECRET'
    """

    name: str
    """The keyword of ``connect``."""
    title: str = field(default="", kw_only=True)
    """The vendor's name for it; shown in prompts."""
    secret: bool = field(default=True, kw_only=True)
    """Whether it is wrapped in :class:`~openpower_core.secrets.Secret` and never shown."""
    env: str | None = field(default=None, kw_only=True)
    """The environment variable, if it is not ``OPENPOWER_<PROVIDER>_<FIELD>``."""
    where: str = field(default="", kw_only=True)
    """Where to get it: a URL, or a path through the vendor's app."""
    required: bool = field(default=True, kw_only=True)
    """Whether there is no connection without it."""
    choices: Choices | None = field(default=None, kw_only=True)
    """As of an :class:`Option`."""
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    """Other keywords that mean the same."""

    def variable(self, provider: str) -> str:
        """The environment variable that may contain it."""
        return self.env or f"OPENPOWER_{_upper(provider)}_{_upper(self.name)}"


@frozen
class Option:
    """One option, besides credentials, of a provider's ``connect``."""

    name: str
    """The keyword of ``connect``."""
    help: str = ""
    """What it means, and its unit."""
    default: Any = field(default=None, kw_only=True)
    """The factory's default; for documentation only, since absent options are not passed."""
    kind: OptionKind | None = field(default=None, kw_only=True)
    """What it may be, checked before the factory is called; by default the kind of ``default``, else anything."""
    ask: bool | str = field(default=False, kw_only=True)
    """Whether ``openpower login`` asks for it, as for a device's address, or the credential without which it does; pass the
    others with ``-O``."""
    choices: Choices | None = field(default=None, kw_only=True)
    """What ``openpower login`` offers by number."""
    example: str | None = field(default=None, kw_only=True)
    """Of a file: ``"module:attribute"``, a text that ``openpower login`` writes where there is no such file yet."""
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    """Other keywords that mean the same."""

    def check(self, value: Any) -> Any:
        """The value as the factory is to see it.

        Raises:
            InvalidValue: it is not of the option's kind.
        """
        kind = self._kind
        return value if kind is None else _OF_KIND[kind](value, self.name)

    def read(self, text: str) -> Any:
        """The value that was typed, on the command line or into a profile."""
        return self.check(_from_text(self._kind, text, self.name))

    @property
    def _kind(self) -> OptionKind | None:
        return self.kind or _KINDS.get(self.default.__class__)


_KINDS: Final[dict[type, OptionKind]] = {int: "count", float: "number", bool: "flag", str: "text"}


_OF_KIND: Final[dict[OptionKind, checks.Converter]] = {
    "number": checks.number,
    "count": checks.count,
    "flag": checks.flag,
    "text": checks.text,
    "seconds": checks.seconds,
    "zone": checks.zone,
    "path": checks.path,
}


def _from_text(kind: str | None, value: str, name: str) -> Any:
    """A value that was typed: ``"2.5"``, ``"8899"``, ``"yes"``, in the form that its converter takes."""
    if kind in (None, "flag") and value.lower() in _TRUTH:
        return _TRUTH[value.lower()]
    if kind == "flag":
        raise refused(value, name, "true or false")
    if kind not in ("number", "count", "seconds"):
        return value
    # float() alone takes "1_000", and digits of all scripts.
    if not re.fullmatch(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", value):
        raise refused(value, name, "a number")
    return float(value)


_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}


@frozen(kw_only=True)
class Found:
    """A device that answered a search of the local network, and how to connect to it."""

    provider: str
    """The name to connect with."""
    title: str
    """What a person recognises it by: ``"GoodWe GW6000-EH"``."""
    options: dict[str, str]
    """The keyword arguments of ``connect`` that reach it, as they would be typed."""
    serial: str | None = None
    """None when it does not say."""
    model: str | None = None
    """None when it does not say."""


def _upper(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


# Written out, since type checkers lose the type of what bare ``tuple`` takes.


def _roles(given: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(given)


def _credentials(given: Iterable[Credential]) -> tuple[Credential, ...]:
    return tuple(given)


def _options(given: Iterable[Option]) -> tuple[Option, ...]:
    return tuple(given)


def _name(spec: Any) -> str:
    return str(spec.name)


def _check_factories(spec: ProviderSpec) -> None:
    if spec.connect is None and spec.connect_async is None:
        raise InvalidValue(
            f"the provider {spec.name!r} has no factory.",
            hint='Give connect="package.module:function", connect_async=…, or both.',
        )


@frozen(kw_only=True)
class ProviderSpec:
    """Everything that listings, prompts, documentation and ``connect`` need to know about a provider.

    A factory is called as ``factory(context, **credentials_and_options)``, does no I/O, and returns a
    :class:`~openpower_core.connection.Backend` (or ``AsyncBackend``). Credentials marked secret arrive
    as :class:`~openpower_core.secrets.Secret`; missing ones are not passed.
    """

    name: str
    """What :func:`connect` takes; lower case, such as ``"acme"``."""
    title: str = field(default=Default(_name, takes_self=True))
    """The name to display; by default ``name``."""
    roles: tuple[Role, ...] = field(default=(), converter=_roles)
    """The kinds of devices it may have."""
    credentials: tuple[Credential, ...] = field(default=(), converter=_credentials)
    """What a user needs to sign in."""
    options: tuple[Option, ...] = field(default=(), converter=_options)
    """What else ``connect`` takes."""
    connect: Factory | None = None
    """The synchronous factory; None if the provider does not have that flavour."""
    connect_async: Factory | None = None
    """The asynchronous factory; None if the provider does not have that flavour."""
    behaviour: Factory | None = None
    """A function that gives the :class:`~openpower_core.capabilities.Behaviour` of its batteries, for ``connect("demo", like=…)``."""
    emulator: Factory | None = None
    """``serve(*, port=0)``: a context manager with ``url`` and ``options``, what ``connect`` takes to reach it."""
    discover: Factory | None = None
    """``discover(timeout, clock)``, blocking: searches the local network for at most so many seconds, and gives a list of
    :class:`Found`; empty if nothing answers."""
    local: bool = False
    """Whether the devices are in the home's own network: ``http://`` to private addresses then needs no ``allow_http``."""
    docs_url: str = ""
    """Where signing in and quirks are described."""
    provider_api: int = PROVIDER_API
    """The version of :data:`PROVIDER_API` that it was written for."""

    def __attrs_post_init__(self) -> None:
        _check_factories(self)
        taken: set[str] = set(COMMON_OPTIONS)
        for keyword in self.keywords(aliases=True):
            if keyword in taken:
                raise InvalidValue(f"the provider {self.name!r} uses the keyword {keyword!r} twice.")
            taken.add(keyword)

    def keywords(self, *, aliases: bool = False) -> tuple[str, ...]:
        """The keywords of ``connect`` that are this provider's own."""
        fields: list[Credential | Option] = [*self.credentials, *self.options]
        names = [each.name for each in fields]
        if aliases:
            names += [alias for each in fields for alias in each.aliases]
        return tuple(names)
