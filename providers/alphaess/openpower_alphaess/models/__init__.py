"""The vendor's words: one record per answer, one enum per code.

Attributes are the vendor's keys in Python's spelling (``ppvDetail`` is ``ppv_detail``), and ``record["ppvDetail"]``
works as well. Values stay the vendor's own: W, kWh, percentages from 0 to 100, flags 0/1. What is missing or null is
None. Sources: ``docs/API.md`` of CharlesGillanders/alphaess-openAPI and the captures named in the fields' notes
(observed 2023-03 to 2026-08).
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
