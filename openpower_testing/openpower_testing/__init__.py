"""Tools for tests of providers: the conformance kit, servers that fail on request, cassettes.

A provider enrols with one small class, and gets every check for both flavours::

    from openpower_testing import Conformance

    class TestAcme(Conformance):
        provider = "acme"

pytest finds the kit by itself once ``openpower-testing`` is installed.
"""

from openpower_core.lazy import lazy

# Lazy, because every run of pytest loads this package wherever it is installed, whatever it tests.
_get, __dir__ = lazy(__name__)


def __getattr__(name: str) -> object:
    if name != "Bench":
        return _get(name)
    import warnings

    warnings.warn("Bench is now called Harness.", DeprecationWarning, stacklevel=2)
    return _get("Harness")
