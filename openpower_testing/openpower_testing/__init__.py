"""What the tests of providers build on: the conformance kit, servers that fail on request, cassettes.

A provider enrols with one small class, and gets every check for both flavours::

    from openpower_testing import Conformance

    class TestAcme(Conformance):
        provider = "acme"

pytest finds the kit by itself once ``openpower-testing`` is installed.
"""

from openpower_core.lazy import lazy

# Lazy, because every run of pytest loads this package wherever it is installed, whatever it tests.
__getattr__, __dir__ = lazy(__name__)
