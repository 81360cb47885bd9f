"""The old name of :mod:`openpower_testing.unasync`; deprecated."""

from __future__ import annotations

from openpower_core.deprecated import moved

__getattr__ = moved("openpower_core.unasync", "openpower_testing.unasync")

if __name__ == "__main__":
    raise SystemExit(__getattr__("main")())
