"""The old name of :mod:`openpower_simulation`; deprecated."""

from __future__ import annotations

from openpower_core.deprecated import moved

__getattr__ = moved(__name__, "openpower_simulation")
