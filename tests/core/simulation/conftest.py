"""Houses for the simulation's tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openpower_simulation import House, Plant


@pytest.fixture
def house() -> House:
    """A house in Sydney on a spring Wednesday, one o'clock in the night."""
    return House(Plant(seed=7), start=datetime(2026, 11, 3, 14, tzinfo=UTC))
