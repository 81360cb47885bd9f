"""What arguments may be: one converter per kind of argument, used by the vocabulary, devices, ``connect``, native clients and the CLI.

A converter takes a value and the argument's name. It returns the value in openpower's own form, or raises
:class:`InvalidValue`, which names the argument, shows what was given and lists what is allowed. What people naturally pass is
taken (an enum or its word, a timedelta or seconds, a zone or its name, an int, a float or a Decimal); nothing that only looks
like it is (``"no"`` is not False, ``True`` is not 1, ``"80"`` is not 80).
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum, StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

from openpower_core._error import InvalidValue, nearest, refused, shown, unknown_keyword

if TYPE_CHECKING:
    from decimal import Decimal
    from os import PathLike
    from pathlib import Path

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T", bound="Callable[..., Any]")
K = TypeVar("K")

Converter: TypeAlias = Callable[[Any, str], Any]
"""Converts a value, given the name of its argument, or raises :class:`InvalidValue`."""

Span: TypeAlias = timedelta | float
"""A duration, or seconds."""
Zone: TypeAlias = tzinfo | str
"""A time zone, or its IANA name."""


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""The value of a setting that stays unchanged, where None has a meaning of its own."""


if TYPE_CHECKING:
    Number: TypeAlias = float | Decimal
    """A finite number; True, False and text are refused."""
else:

    def __getattr__(name):
        # Authors may write Number in annotations that run; few processes do, and decimal takes long to import.
        if name != "Number":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from decimal import Decimal

        return float | Decimal


_LONGEST: Final = timedelta(days=366 * 100)
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The instants that an argument may name: far enough from the ends of the calendar that arithmetic never passes them."""

# Numbers


def number(
    value: Any,
    name: str,
    *,
    low: float = -math.inf,
    above: float | None = None,
    high: float = math.inf,
    unit: str = "",
    hint: str | None = None,
) -> float:
    """A finite number from ``low`` (or above ``above``) to ``high``: an int, a float, a Decimal or a number of numpy.

    >>> number(3000, "power_w", above=0), number(2.5, "power_w")
    (3000, 2.5)
    """
    found = plain_number(value)
    if found is not None and low <= found <= high and (above is None or found > above):
        return found
    least = low if above is None else above
    if not math.isinf(high):
        allowed = f"a number from {least:g} to {high:g} {unit}"
    elif math.isinf(least):
        allowed = "a number"
    else:
        allowed = f"a number {'of at least' if above is None else 'above'} {least:g} {unit}"
    raise refused(value, name, allowed.rstrip(), hint=hint)


def count(value: Any, name: str, *, low: float = 0, high: float = math.inf) -> int:
    """A whole number from ``low`` to ``high``; 5.0 counts as one."""
    found = plain_number(value)
    if found is not None and found == int(found) and low <= found <= high:
        return int(found)
    span = f"from {low:g} to {high:g}" if not math.isinf(high) else f"of at least {low:g}"
    raise refused(value, name, f"a whole number {span}".removesuffix(" of at least -inf"))


def plain_number(value: Any) -> float | None:
    """An int or a float for anything that is a finite number of a size that a float has, else None."""
    kind: Any = value.__class__
    if kind is not int and kind is not float:
        # Text has no value, and a flag has no size; numbers of numpy are registered as numbers, its flags are not.
        if isinstance(value, bool | str) or not _is_number(value):
            return None
        value = int(value) if isinstance(value, int) or hasattr(value, "__index__") else _float(value)
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # 10**400
        return None


def _is_number(value: Any) -> bool:
    from numbers import Real

    # Few processes need decimal, and importing it takes as long as a request does.
    decimal = sys.modules.get("decimal")
    return isinstance(value, Real) or (decimal is not None and isinstance(value, decimal.Decimal))


def _float(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def check_percentage(name: str, value: Any) -> float:
    """Refuse a percentage outside 0–100, and fractions.

    Someone who writes 0.8 means 80 %, not 0.8 %, and a command that took it literally
    would drain the battery. Vendors may still report levels below 1 %; :func:`percentage` lets those pass.
    """
    found = plain_number(value)
    if found is None or not (found == 0 or 1 <= found <= 100):
        raise InvalidValue(
            f"{name} is {shown(value)}; percentages range from 0 to 100.",
            argument=name,
            hint=f"Give {name} as a number such as 80, not as a fraction; leave it out where it does not matter.",
        )
    return found


# Words, texts and flags


def one_of(kind: type[E], value: object, name: str) -> E:
    """The member with that name, in any case and with hyphens or spaces for underscores; else list all."""
    if isinstance(value, kind):
        return value
    if isinstance(value, str):
        try:
            return kind(value.strip().lower().replace("-", "_").replace(" ", "_"))
        except ValueError:
            pass
    raise refused(
        value, name, f"one of {', '.join(kind)}", hint=nearest(value, kind) if isinstance(value, str) else None
    )


def choice(value: Any, name: str, allowed: Iterable[K]) -> K:
    """One of a few values; equal is not enough, since True equals 1."""
    values = list(allowed)
    for each in values:
        if type(value) is type(each) and value == each:
            return each
    raise refused(value, name, " or ".join(map(repr, values)))


def flag(value: Any, name: str) -> bool:
    """True or False, nothing that only looks like it; the flags of numpy count."""
    if value is True or value is False:
        return value is True
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise refused(value, name, "True or False")


def text(value: Any, name: str) -> str:
    """A text that is not blank and that can be sent: an id, a serial number, a name."""
    if isinstance(value, str) and value.strip():
        if value.isprintable():
            return str(value)
        raise refused(value, name, "text without line ends, control characters and half characters")
    raise refused(value, name, "text that is not empty")


def host(value: Any, name: str) -> str:
    """A machine in the network: its name, or its IPv4 or IPv6 address, and nothing else."""
    if is_host(found := text(value, name)):
        return found
    hint = "Give it alone, such as '192.168.1.5', 'inverter.local' or 'fe80::1%eth0'; its port goes into port=."
    raise refused(value, name, "the name or the address of a machine", hint=hint)


def is_host(found: str) -> bool:
    """Whether a text may be a host: an IPv6 address, perhaps with its interface, or what DNS may know."""
    if ":" in found:
        from ipaddress import IPv6Address  # which few programs need

        try:
            return bool(IPv6Address(found))
        except ValueError:
            return False
    # Of a name's parts none is empty, but for the root's, and none has more than 63 characters (RFC 1035).
    labels = found.removesuffix(".").split(".")
    return all(0 < len(label) < 64 for label in labels) and not re.search(r"[\s/\\@#?%<>|^`{}\[\]\"]", found)


def path(value: str | PathLike[str], name: str) -> Path:
    """A path as text or as a Path; ``~`` is the home folder."""
    from pathlib import Path

    if isinstance(value, str | Path) and str(value).strip() and str(value).isprintable():
        try:
            return Path(value).expanduser()
        except RuntimeError:  # the home folder is unknown
            pass
    raise refused(value, name, "a path, as text or as a pathlib.Path")


def texts(value: Any, name: str) -> list[str]:
    """Texts, or one without a list."""
    return [text(item, name) for item in one_or_many(value, name)]


def mapping(value: Any, name: str) -> dict[str, Any]:
    """A mapping whose keys are texts."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):  # pyright: ignore[reportUnknownVariableType]
        return dict(value)  # pyright: ignore[reportUnknownArgumentType]
    raise refused(value, name, "a mapping with text for keys")  # pyright: ignore[reportUnknownArgumentType]


def instance_of(kind: type[K]) -> Callable[[Any, str], K]:
    """A converter that takes the instances of one class as they are."""

    def check(value: Any, name: str) -> K:
        if isinstance(value, kind):
            return value
        raise refused(value, name, f"of the class {kind.__name__}")

    return check


def with_method(value: K, name: str, method: str) -> K:
    """An object that has the method that it is needed for: a transport, a clock."""
    if isinstance(value, type) or not callable(getattr(value, method, None)):
        raise refused(value, name, f"an object with the method {method}()")
    return value


# Times


def instant(value: Any, name: str) -> datetime:
    """An aware datetime, in UTC."""
    found = aware(value, name)
    if not _FIRST <= found <= _LAST:
        raise refused(value, name, "an instant between the years 1900 and 2200")
    return found


def aware(value: datetime, name: str = "") -> datetime:
    """Bring an aware datetime to UTC; a naive one raises :class:`InvalidValue`, and so do dates and text."""
    if not isinstance(value, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue(
            f"{name and f'{name} is '}{shown(value)}{', which' * bool(name)} is not an instant.",
            hint="Give a datetime with a time zone, not a date or text.",
        )
    if value.tzinfo is UTC:
        return value
    try:
        if value.utcoffset() is not None:
            return value.astimezone(UTC)
    except Exception as error:  # the calendar ends at the years 1 and 9999; a zone's class may raise anything
        raise refused(value, name or "the time", "an instant between the years 1 and 9999") from error
    raise InvalidValue(
        f"{name and f'{name} is '}{value.isoformat()}{', which' * bool(name)} has no time zone, so it is not an instant.",
        hint="Give it one: datetime(..., tzinfo=ZoneInfo('Australia/Sydney')).",
    )


def aware_or_none(value: datetime | None) -> datetime | None:
    """Like :func:`aware`, and None stays None."""
    return None if value is None else aware(value)


def day(value: Any, name: str, *, hint: str = "Give datetime.date(2026, 8, 4) or '2026-08-04'.") -> date:
    """A calendar day, as a date or as ``YYYY-MM-DD``; a datetime is refused, since its day depends on the zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    # fromisoformat alone also takes 20260801 and week dates.
    if isinstance(value, str) and len(value) == 10 and value[4::3] == "--":
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refused(value, name, "a calendar day", hint=hint)


def clock_time(value: Any, name: str) -> time:
    """A wall-clock time of whole minutes, as a time or as ``"01:00"``; ``"24:00"`` is the midnight that ends a day."""
    found = value
    if isinstance(value, str) and (text := re.fullmatch(r"([0-9]{1,2}:[0-9]{2})(:00)?", value)):
        with suppress(ValueError):
            found = time.fromisoformat("00:00" if text[1] == "24:00" else text[1].zfill(5))
    if not isinstance(found, time):
        raise refused(value, name, "a time of day of whole minutes", hint="Give '01:30', or datetime.time(1, 30).")
    if found.tzinfo is not None:
        raise refused(
            value,
            name,
            "a wall-clock time of the device, without a zone",
            hint="Schedule(tz=…) names the zone of all windows.",
        )
    if found.microsecond or found.second:
        raise refused(value, name, "a time of whole minutes")
    return found


def span(value: Any, name: str, *, above: bool = False) -> timedelta:
    """A duration of at least 0 (or ``above`` it): a timedelta, or seconds.

    >>> span(90, "max_age")
    datetime.timedelta(seconds=90)
    """
    seconds = value.total_seconds() if isinstance(value, timedelta) else plain_number(value)
    if seconds is None or not 0 <= seconds <= _LONGEST.total_seconds() or (above and not seconds):
        least = "above 0" if above else "of at least 0"
        raise refused(value, name, f"a number of seconds {least}, or a timedelta")
    return value if isinstance(value, timedelta) else timedelta(seconds=seconds)


def step(value: Any, name: str) -> timedelta:
    """A duration above 0."""
    return span(value, name, above=True)


def grid_step(value: Any, name: str) -> timedelta:
    """The step of a grid that begins at midnight: at most a day, or whole days."""
    found, day = step(value, name), timedelta(days=1)
    if found > day and found % day:
        raise refused(value, name, "at most a day, or whole days")
    return found


def seconds(value: Any, name: str) -> float:
    """A duration above 0 in seconds, given as a timedelta or in seconds."""
    return step(value, name).total_seconds()


def zone(value: Any, name: str) -> str:
    """The IANA name of a zone, given by its name or as a ``ZoneInfo``."""
    from zoneinfo import ZoneInfo

    wanted = str(value) if isinstance(value, tzinfo) else value
    try:
        return str(ZoneInfo(wanted))
    except Exception as error:  # ZoneInfo raises five kinds, and OSError for some names of folders
        raise InvalidValue(
            f"{name} is {shown(value)}, an unknown time zone.",
            argument=name,
            hint="Give an IANA name such as 'Australia/Sydney'.",
        ) from error


def one_or_many(value: Any, name: str) -> list[Any]:
    """The items of a collection, or the one that is given without one."""
    if isinstance(value, str | Enum) or not isinstance(value, Iterable):
        return [value]
    if isinstance(value, Mapping | bytes):
        raise refused(value, name, "one item or a list of them")  # pyright: ignore[reportUnknownArgumentType]
    return list(value)  # pyright: ignore[reportUnknownArgumentType]


# Whole calls


def or_none(check: Converter) -> Converter:
    """The same check, and None stays None."""
    return lambda value, name: None if value is None else check(value, name)


class Arguments:
    """Checks the arguments of one method by the names of its parameters.

    None passes where it is the parameter's default. A keyword that the method does not have is refused as well.

    Args:
        method: the method.
        table: a converter for each name.
        options: the typed dictionaries that may be behind its ``**``, by their annotations (modules left out).
    """

    def __init__(self, method: Any, table: Mapping[str, Converter], options: Mapping[str, Any] | None = None) -> None:
        plain = method
        while wrapped := getattr(plain, "__wrapped__", None):
            plain = wrapped
        code = plain.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        names: tuple[str, ...] = code.co_varnames[1:count]
        last = reversed(code.co_varnames[: code.co_argcount])
        defaults: dict[str, Any] = dict(zip(last, reversed(plain.__defaults__ or ()), strict=False)) | (
            plain.__kwdefaults__ or {}
        )
        self._table = {
            name: or_none(check) if name in defaults and defaults[name] is None else check
            for name, check in table.items()
        }
        self._positional = names[: code.co_argcount - 1]
        self.known: frozenset[str] | None = frozenset(names)
        if code.co_flags & _TAKES_ANY:
            # Annotations are text. What "**" takes is known where they name a typed dictionary.
            rest = code.co_varnames[count + bool(code.co_flags & _TAKES_MORE)]
            taken = (options or {}).get(re.sub(r"\w+\.", "", str(plain.__annotations__.get(rest))))
            self.known = None if taken is None else frozenset(names) | taken.__annotations__.keys()
        if plain is not method:  # a wrapper may take other keywords than the method
            self.known = None

    def named(self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """All arguments by their names."""
        return {**dict(zip(self._positional, arguments, strict=False)), **keywords}

    def __call__(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments as the method is to see them."""
        table = self._table
        if self.known is not None and not keywords.keys() <= self.known:
            raise unknown_keyword(min(keywords.keys() - self.known), self.known)
        if arguments:
            converted = [
                table[name](value, name) if name in table else value
                for name, value in zip(self._positional, arguments, strict=False)
            ]
            arguments = (*converted, *arguments[len(converted) :])
        return arguments, {
            name: table[name](value, name) if name in table else value for name, value in keywords.items()
        }


_TAKES_MORE: Final = (
    0x04  # inspect.CO_VARARGS and CO_VARKEYWORDS; importing inspect costs more than all that is done here
)
_TAKES_ANY: Final = 0x08


Judge: TypeAlias = Callable[..., Exception]


def check_methods(cls: type, table: Mapping[str, Converter], judge: Judge) -> None:
    """Convert the arguments of a class's own public methods by the table, and what they raise by mistake by ``judge``."""
    for name, method in list(vars(cls).items()):
        if not name.startswith("_") and hasattr(method, "__code__") and method.__code__.co_argcount > 0:
            make = _acheck if method.__code__.co_flags & _COROUTINE else _check
            setattr(cls, name, make(method, Arguments(method, table) if table else None, judge))


_COROUTINE: Final = 0x80  # inspect.CO_COROUTINE, without importing inspect


def _check(method: Callable[..., Any], checks: Arguments | None, judge: Judge) -> Callable[..., Any]:
    """For blocking methods and for generators, which run only when they are iterated."""

    @wraps(method)
    def checked(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if checks is not None:
            arguments, keywords = checks(arguments, keywords)
        try:
            return method(self, *arguments, **keywords)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise _judged(error, method, judge)  # noqa: B904 - it has its cause

    return checked


def _acheck(method: Callable[..., Any], checks: Arguments | None, judge: Judge) -> Callable[..., Any]:
    @wraps(method)
    async def checked(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if checks is not None:
            arguments, keywords = checks(arguments, keywords)
        try:
            return await method(self, *arguments, **keywords)
        except Exception as error:  # noqa: BLE001 - the boundary around providers' code
            raise _judged(error, method, judge)  # noqa: B904 - it has its cause

    return checked


def _judged(error: Exception, method: Callable[..., Any], judge: Judge) -> Exception:
    at = error.__traceback__
    if isinstance(error, TypeError) and at is not None and at.tb_next is None:
        return error  # the call itself does not fit the method's parameters
    return judge(error, operation=method.__name__)


def check_not_over(until: datetime | None, now: datetime) -> None:
    """Refuse a command whose end has passed; None passes."""
    if until is not None and until <= now:
        raise InvalidValue(
            f"until ({until.isoformat(timespec='seconds')}) has passed: it is {now.isoformat(timespec='seconds')}."
        )


# Validators of attrs, for figures that vendors report as well


def percentage(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse percentages outside 0–100; None passes (attrs validator)."""
    if value is not None and not _fits(lambda: 0 <= value <= 100):
        raise InvalidValue(
            f"{attribute.name} is {shown(value)}; percentages range from 0 to 100.",
            hint=f"Give {attribute.name} as a number such as 80.",
        )


def non_negative(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value >= 0 and math.isfinite(value)):
        raise refused(value, attribute.name, "a number of at least 0")


def positive(_instance: Any, attribute: Any, value: Any) -> None:
    """Refuse zero, negative and non-finite numbers (attrs validator)."""
    if value is not None and not _fits(lambda: value > 0 and math.isfinite(value)):
        raise refused(value, attribute.name, "a number above 0")


def _fits(question: Callable[[], bool]) -> bool:
    """Apply the condition; a value that cannot be compared with a number does not meet it."""
    try:
        return question()
    except (TypeError, ArithmeticError):
        return False


def old_names(cls: type, **names: str) -> None:
    """Keep the old names of a class's attributes and methods until 0.4, with a warning; type checkers know the new ones only."""

    def make(old: str, new: str) -> property:
        def get(self: Any) -> Any:
            words = f"{cls.__name__}.{old} is {'internal now' if new.startswith('_') else f'now called {new}'}."
            warnings.warn(words, DeprecationWarning, stacklevel=2)
            return getattr(self, new)

        return property(get)

    for old, new in names.items():
        setattr(cls, old, make(old, new))


def renamed(old: str, new: str) -> Callable[[T], T]:
    """Let a function, or a class, take a keyword under its old name too, with a warning, until 0.4."""

    def decorate(target: T) -> T:
        if isinstance(target, type):
            made: Any = target
            made.__init__ = decorate(made.__init__)
            return cast("T", made)

        @wraps(target)
        def call(*arguments: Any, **keywords: Any) -> Any:
            if old in keywords:
                warnings.warn(f"the argument {old!r} is now called {new!r}.", DeprecationWarning, stacklevel=2)
                keywords[new] = keywords.pop(old)
            return target(*arguments, **keywords)

        return cast("T", call)

    return decorate
