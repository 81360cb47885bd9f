"""The root of the error tree and the error of invalid values, which the vocabulary needs before there are receipts.

Import them from :mod:`openpower_core.errors`, which has the whole tree.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from openpower_core.text import LONGEST, clean

if TYPE_CHECKING:
    from types import TracebackType

E = TypeVar("E", bound=BaseException)
_LONGEST_MESSAGE = 4000


class OpenPowerError(Exception):
    """The root of the tree; catch it to catch everything that openpower raises on purpose.

    Its texts are single lines without control characters, whatever a vendor or plugin put into them.

    Attributes:
        provider: the provider's name (``"alphaess"``), where one was involved.
        device_id: the whole device id (never masked here; messages mask it).
        operation: the call that failed, in the vendor's or openpower's words.
        argument: the argument, credential or option that is wrong, where it is one.
        vendor_code: the vendor's own error code, as text.
        vendor_message: the vendor's own words, which may be localised.
        hint: what to do next; also the last sentence of the message.

    Remedy:
        Show the message; its last sentence is ``hint``, what to do next.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        device_id: str | None = None,
        operation: str | None = None,
        argument: str | None = None,
        vendor_code: str | None = None,
        vendor_message: str | None = None,
        hint: str | None = None,
    ) -> None:
        message = clean(str(message), longest=_LONGEST_MESSAGE)
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.device_id = device_id
        self.operation = operation
        self.argument = argument
        self.vendor_code = None if vendor_code is None else clean(str(vendor_code), longest=LONGEST)
        self.vendor_message = None if vendor_message is None else clean(str(vendor_message), longest=LONGEST)
        self.hint = hint and clean(hint, longest=_LONGEST_MESSAGE)

    def __str__(self) -> str:
        where = f"{self.provider}: " if self.provider else ""
        code = f" (vendor code {self.vendor_code})" if self.vendor_code else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{self.message}{code}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions with keyword-only arguments do not survive pickling on their own.
        return (_rebuild, (type(self), self.message, self.__dict__.copy()))


def _rebuild(kind: type[OpenPowerError], message: str, state: dict[str, Any]) -> OpenPowerError:
    error = kind.__new__(kind, message)
    error.args = (message,)
    error.__dict__.update(state)
    return error


class RequestError(OpenPowerError):
    """The request cannot succeed as it is; change it before trying again.

    Remedy:
        Change the call; the same one fails again.
    """


class InvalidValue(RequestError, ValueError):
    """A value is out of range, of the wrong kind, or ambiguous; nothing was sent.

    Remedy:
        Give a value that the message allows.
    """


class UnknownAttribute(RequestError, AttributeError):
    """An object has no attribute or method of that name; ``hasattr`` and the default of ``getattr`` work as with any other.

    Remedy:
        Correct the name; the message has the nearest one.
    """


class Named:
    """The base of what applications hold: a name that it does not have raises an :class:`UnknownAttribute` with the nearest one."""

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers know the names

        def __getattr__(self, name: str) -> Any:
            # What begins with "_" is looked for by Python, copy, pickle and notebooks; and what the class has failed by itself.
            if name.startswith("_") or hasattr(type(self), name):
                return object.__getattribute__(self, name)
            known = [each for each in dir(type(self)) if not each.startswith("_")]
            hint = nearest(name, known) or ("Its figures are in what read() returns." if "read" in known else None)
            raise UnknownAttribute(f"{type(self).__name__} has no attribute {name!r}.", argument=name, hint=hint)


# The words of that error, the same everywhere

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxdict = 3
_SHORT.maxlevel = 2


def shown(value: object) -> str:
    """The value for a message: short, and whatever its ``repr`` does."""
    try:
        # ASCII for lone surrogates, which no terminal or log can write.
        return _SHORT.repr(value).encode("utf-8", "backslashreplace").decode()
    except Exception:  # noqa: BLE001  (a repr may raise anything, and an int of 5,000 digits does)
        return f"<{type(value).__name__}>"


def refused(value: object, name: str, allowed: str, *, hint: str | None = None) -> InvalidValue:
    """The error for an argument: its name, what was given, and what is allowed."""
    return InvalidValue(f"{name} is {shown(value)}; it must be {allowed}.", argument=name, hint=hint)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The hint for a word that is unknown, if one that is known begins with it or looks like it.

    >>> nearest("target", ["start", "target_soc_pct"])
    "Did you mean 'target_soc_pct'?"
    """
    from difflib import get_close_matches

    words = [str(each) for each in known if str(each) != word]
    # "target" resembles "start" by its letters; people who shorten a word keep its beginning.
    begun = [each for each in words if len(word) > 2 and each.startswith(word.lower())]
    near = begun or get_close_matches(word, words, n=1)
    return f"Did you mean {near[0]!r}?" if near else None


def unknown_keyword(word: str, known: Iterable[str]) -> InvalidValue:
    """The error for a keyword that there is not."""
    names = sorted(known)
    return InvalidValue(
        f"there is no argument {shown(word)}; there is {', '.join(names) or 'none'}.", hint=nearest(word, names)
    )


def without_frames(error: E) -> E:
    """Return an error without the frames that it passed and its causes passed: their locals may hold what was sent.

    What it was raised in the midst of goes too, unless it is the cause; a note tells where a foreign cause was raised.
    """
    link: BaseException | None = error
    while link is not None and (link.__traceback__ or link.__context__):
        if link is not error and not isinstance(link, OpenPowerError):
            link.add_note(_place(link.__traceback__))
        link.__traceback__ = link.__context__ = None
        link = link.__cause__
    return error


def _place(traceback: TracebackType | None) -> str:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return (
        f"raised at {traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else "raised elsewhere"
    )
