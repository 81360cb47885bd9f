"""The simulated home, ``openpower_demo``, under the front door's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_demo import AsyncDemoHome, Charging, Currents, DemoHome, ExportLimit, Program

__all__ = ["AsyncDemoHome", "Charging", "Currents", "DemoHome", "ExportLimit", "Program"]

if not TYPE_CHECKING:
    from openpower._alias import alias

    __getattr__, __dir__ = alias("openpower_demo", __all__)
