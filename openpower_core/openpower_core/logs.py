"""Loggers that load :mod:`logging` when there is something to say: its import takes longer than a request."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

__all__ = ["Logger"]


class Logger:
    """The logger of a name, for modules on the way to a first reading; elsewhere use :mod:`logging` itself.

    Where nobody has imported :mod:`logging`, nobody can have asked for anything below a warning.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def tells_debug(self) -> bool:
        """Whether what is said with :meth:`debug` goes anywhere."""
        if "logging" not in sys.modules:
            return False
        logger = self._logger()
        return logger.isEnabledFor(10)  # DEBUG

    def debug(self, message: str, *arguments: object) -> None:
        """Say what only those want to know who look for a fault."""
        if self.tells_debug():
            self._logger().debug(message, *arguments, stacklevel=2)

    def warning(self, message: str, *arguments: object, exc_info: BaseException | None = None) -> None:
        """Say what a user should know."""
        self._logger().warning(message, *arguments, exc_info=exc_info, stacklevel=2)

    def _logger(self) -> logging.Logger:
        import logging

        return logging.getLogger(self._name)
