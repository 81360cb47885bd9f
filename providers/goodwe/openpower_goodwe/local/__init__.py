"""GoodWe inverters on the local network, by the library ``goodwe`` (extra ``local``): no account, no cloud between."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
