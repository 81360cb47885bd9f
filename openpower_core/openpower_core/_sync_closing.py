# Generated from _async_closing.py by openpower_testing; do not edit.
"""Objects that are closed after use: in an ``with`` block, or explicitly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from openpower_core._error import Named, without_frames
from openpower_core.checks import Converter, check_methods
from openpower_core.errors import DataError, OpenPowerError, to_openpower_error
from openpower_core.secrets import mask

if TYPE_CHECKING:
    from types import TracebackType

    from openpower_core.http import HttpClient

T = TypeVar("T")


class Closing(Named, ABC):
    """A context manager over :meth:`close`."""

    @abstractmethod
    def close(self) -> None:
        """Release the connections; a second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class NativeClient(Closing):
    """The base of every vendor's native client: closing, the context manager, and a ``repr`` without secrets.

    Its ``_session`` is its HTTP client (``vendor_time`` of which tells the vendor's clock), and ``_subject`` the system or site that its calls are about. With
    ``_arguments``, the arguments of its public methods are checked by their names before a method runs::

        _arguments = {"serial_number": core.text, "day": core.day, "enabled": core.flag}
    """

    _arguments: ClassVar[Mapping[str, Converter]] = {}
    _session: Any
    # Any, so that a client may declare its type: an attribute's type cannot be narrowed otherwise.
    _subject: str | None = None

    def __init__(self, session: HttpClient) -> None:
        self._session = session

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        check_methods(cls, cls._arguments, _judged)

    def _fetch(self, kind: type[T], operation: str, method: str, path: str, **request: Any) -> T:
        """Make a call, and read its response as a record (or any type); ``request`` is what the HTTP client's method takes."""
        from openpower_core.convert import structure

        answer = self._session.request(method, path, operation=operation, **request)
        return structure(kind, answer.json())

    def close(self) -> None:
        """Release the connections, which the clients made by ``for_…`` share."""
        self._session.close()

    def __repr__(self) -> str:
        about = f" for {mask(self._subject)}" if self._subject else ""
        return f"<{type(self).__name__}{about}>"


def _judged(error: Exception, *, operation: str) -> OpenPowerError:
    """The error of a native call; of one about an answer, without the frames that read it: a vendor may echo a secret there."""
    made = to_openpower_error(error, operation=operation)
    return without_frames(made) if isinstance(made, DataError) else made
