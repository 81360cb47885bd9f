"""The old name of :mod:`openpower_testing`; deprecated."""

from __future__ import annotations

from openpower_core.deprecated import moved

__getattr__ = moved(__name__, "openpower_testing")
