"""The live page: what happens at a home now, prices ahead, today and the month, and commands with their plan before they are sent.

Rendered on the server and kept live by server-sent events; it works without scripts, and asks nobody but the hub.
"""

from __future__ import annotations

from openpower_hub.page.views import routes

__all__ = ["routes"]
