"""The picture of the flows: where the places are, and the curves between them."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from openpower_hub.page.flows import ORDER

RADIUS: Final = 40.0
CENTRES: Final = {
    "solar": (172.0, 68.0),
    "house": (172.0, 216.0),
    "grid": (308.0, 216.0),
    "battery": (70.0, 356.0),
    "car": (296.0, 356.0),
}
"""The middle of each place."""
_BENDS: Final = {
    ("solar", "battery"): (70.0, 150.0),
    ("solar", "grid"): (246.0, 110.0),
    ("solar", "car"): (254.0, 204.0),
    ("battery", "house"): (132.0, 300.0),
    ("battery", "grid"): (232.0, 306.0),
    ("battery", "car"): (183.0, 408.0),
    ("grid", "battery"): (232.0, 306.0),
    ("grid", "car"): (322.0, 286.0),
    ("house", "car"): (232.0, 300.0),
}
"""Which way a curve bends, where a straight line would cross a place."""
_LABELS: Final = {
    ("solar", "house"): (0.5, 34.0, 0.0),
    ("solar", "battery"): (0.5, -32.0, -4.0),
    ("solar", "grid"): (0.4, 30.0, -8.0),
    ("solar", "car"): (0.72, -30.0, 6.0),
    ("battery", "house"): (0.5, -34.0, -2.0),
    ("battery", "car"): (0.5, 0.0, 16.0),
    ("grid", "house"): (0.5, 0.0, -15.0),
    ("grid", "car"): (0.5, -32.0, 0.0),
}
"""Where along its curve a label stands, and how far beside it."""
IDLE: Final = (("house", "solar"), ("house", "grid"), ("house", "battery"), ("house", "car"))
"""The connections that are drawn dotted while nothing flows, so that the picture keeps its shape."""

Point = tuple[float, float]


@frozen(kw_only=True)
class Curve:
    """How a flow is drawn."""

    d: str
    """The path from source to use."""
    arrow: str
    """The path of its head."""
    x: float
    """Where its label stands."""
    y: float


def curve(source: str, use: str) -> Curve:
    """The curve from one place to another: a quadratic Bézier between their rims."""
    start, end = CENTRES[source], CENTRES[use]
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    bend = _BENDS.get((source, use)) or _BENDS.get((use, source)) or middle
    points = (start, bend, end)
    first = _leaves(points, start, RADIUS + 3, forward=True)
    last = _leaves(points, end, RADIUS + 14, forward=False)
    a, b, c = _piece(points, first, last)
    tip = _at(points, _leaves(points, end, RADIUS + 4, forward=False))
    along, right, down = _LABELS.get((source, use), (0.5, 0.0, 16.0))
    label = _at((a, b, c), along)
    return Curve(
        d=f"M{a[0]:.1f} {a[1]:.1f}Q{b[0]:.1f} {b[1]:.1f} {c[0]:.1f} {c[1]:.1f}",
        arrow=_head(c, tip),
        x=round(label[0] + right, 1),
        y=round(label[1] + down + 5, 1),
    )


def _at(points: tuple[Point, Point, Point], t: float) -> Point:
    (ax, ay), (bx, by), (cx, cy) = points
    u = 1 - t
    return u * u * ax + 2 * u * t * bx + t * t * cx, u * u * ay + 2 * u * t * by + t * t * cy


def _leaves(points: tuple[Point, Point, Point], centre: Point, radius: float, *, forward: bool) -> float:
    """Where on a curve it crosses the rim around one of its ends."""
    low, high = (0.0, 1.0) if forward else (1.0, 0.0)
    for _ in range(30):
        t = (low + high) / 2
        x, y = _at(points, t)
        inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2
        low, high = (t, high) if inside else (low, t)
    return (low + high) / 2


def _piece(points: tuple[Point, Point, Point], first: float, last: float) -> tuple[Point, Point, Point]:
    """The part of a curve between two places on it (blossoming)."""

    def blossom(s: float, t: float) -> Point:
        (ax, ay), (bx, by), (cx, cy) = points
        weights = ((1 - s) * (1 - t), s * (1 - t) + t * (1 - s), s * t)
        return (
            weights[0] * ax + weights[1] * bx + weights[2] * cx,
            weights[0] * ay + weights[1] * by + weights[2] * cy,
        )

    return blossom(first, first), blossom(first, last), blossom(last, last)


def _head(base: Point, tip: Point) -> str:
    """A triangle whose base is where the line ends."""
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    nx, ny = -dy / length * 7, dx / length * 7
    return f"M{tip[0]:.1f} {tip[1]:.1f}L{base[0] + nx:.1f} {base[1] + ny:.1f} {base[0] - nx:.1f} {base[1] - ny:.1f}z"


CURVES: Final = {f"{source}-{use}": curve(source, use) for source, use in ORDER}
IDLE_CURVES: Final = {f"{first}-{second}": curve(first, second) for first, second in IDLE}
