"""The shapes that were gathered from public clients' code, as a whole."""

from __future__ import annotations

from typing import Any

from openpower_core.convert import structure
from openpower_goodwe.openapi import models


def test_every_gathered_field_has_its_place(sample: Any) -> None:
    """No field of theirs ends up among the extras."""
    shapes = sample("goodwe/openapi/shapes_reconstructed_from_code.json")
    generation = structure(models.PlantGeneration, shapes["GetPlantGeneration"]["response"]["data"])

    assert not generation.extras
    assert set(shapes["GetInverterBySN"]["response"]["data"]) == {"daily_generation", "total_generation", "status"}
