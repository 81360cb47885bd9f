"""JSON to typed objects and back: records, their long series, and openpower's own vocabulary."""

from __future__ import annotations

from openpower_core.convert._plain import unstructure
from openpower_core.convert._structure import structure

__all__ = ["structure", "unstructure"]
