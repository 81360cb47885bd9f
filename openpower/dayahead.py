"""The day-ahead market's native API, ``openpower_dayahead``, under the front door's name."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
