"""Acme for openpower: the native client in both flavours."""

from ._async import AsyncAcme
from ._sync import Acme

__all__ = ["Acme", "AsyncAcme"]
