"""Where the sun stands and what a clear sky sends onto a panel that faces the equator."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["panel_irradiance", "sine_of_elevation"]

_DAY: Final = 86_400
_YEAR: Final = 365.2425 * _DAY
_TILT: Final = math.radians(22)


def _orbit(epoch_s: float) -> tuple[float, float]:
    """Declination (radians) and equation of time (minutes), after Spencer 1971."""
    g = 2 * math.pi * ((epoch_s % _YEAR) / _YEAR)
    declination = (
        0.006918
        - 0.399912 * math.cos(g)
        + 0.070257 * math.sin(g)
        - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g)
    )
    equation = 229.18 * (
        0.000075
        + 0.001868 * math.cos(g)
        - 0.032077 * math.sin(g)
        - 0.014615 * math.cos(2 * g)
        - 0.04089 * math.sin(2 * g)
    )
    return declination, equation


def _hour_angle(epoch_s: float, longitude: float, equation: float) -> float:
    solar_minutes = (epoch_s % _DAY) / 60 + 4 * longitude + equation
    return math.radians(solar_minutes / 4 - 180)


def sine_of_elevation(epoch_s: float, latitude: float, longitude: float) -> float:
    """Sine of the sun's height over the horizon; negative at night."""
    declination, equation = _orbit(epoch_s)
    return _cosine(math.radians(latitude), declination, _hour_angle(epoch_s, longitude, equation))


def _cosine(latitude: float, declination: float, hour_angle: float) -> float:
    """Cosine of the angle between the sun and the zenith of a latitude."""
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )


def panel_irradiance(epoch_s: float, latitude: float, longitude: float) -> float:
    """Irradiance of a panel under a clear sky (W/m²): Haurwitz 1945, 85 % of it direct; 0 at night."""
    declination, equation = _orbit(epoch_s)
    angle = _hour_angle(epoch_s, longitude, equation)
    phi = math.radians(latitude)
    height = _cosine(phi, declination, angle)
    if height <= 0:
        return 0.0
    horizontal = 1098 * height * math.exp(-0.057 / height)
    # A panel tilted towards the equator sees the sun as a flat one nearer to the equator does.
    facing = max(0.0, _cosine(phi - math.copysign(_TILT, phi), declination, angle))
    gain = min(facing / max(height, 0.05), 3.0)
    return horizontal * (0.85 * gain + 0.15)
