"""A tariff from a document, ``openpower_tariff``, under the front door's name."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
