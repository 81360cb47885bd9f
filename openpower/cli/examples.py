"""What people type: the examples at the end of each command's help."""

from __future__ import annotations

from typing import Final

__all__ = ["epilogue"]

_EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "demo": ("demo", "demo --start 2026-06-21T18:30", "demo --seed 7 --tz Europe/Berlin"),
    "site": ("site", "site alphaess amber"),
    "status": ("status", "status alphaess", "status home --json"),
    "watch": ("watch", "watch home --every 30", "watch home > figures.jsonl"),
    "prices": ("prices amber", "prices amber --chart", "prices amber --channel export"),
    "usage": ("usage amber", "usage amber --from 2026-08-01 --to 2026-09-01"),
    "history": ("history -o yesterday.csv", "history home --from 2026-08-01 --to 2026-09-01 -o august.parquet"),
    "devices": ("devices", "devices home --json"),
    "charge": (
        "charge --to 80 --until 06:00",
        "charge home --to 80 --until 06:00 --wait",
        "charge home --power 3000 --dry-run",
    ),
    "hold": ("hold --until 16:00", "hold home --until 16:00 --wait"),
    "export": ("export --to 40 --until 20:00", "export home --power 2500 --until 20:00 --yes"),
    "auto": ("auto", "auto home --yes"),
    "release": ("release", "release home --yes"),
    "schedule": (
        "schedule show",
        'schedule set -w "charge 01:00-05:00 to 90 on mon-fri" -w "hold 16:00-18:00"',
        "schedule set --file schedule.json",
        "schedule clear",
    ),
    "ev": ("ev start", "ev stop", "ev limit --amps 10"),
    "audit": ("audit", "audit --last 5", "audit --json"),
    "login": ("login alphaess", "login amber --profile flat", "login alphaess -O tz=Europe/Berlin"),
    "logout": ("logout flat",),
    "profiles": ("profiles",),
    "completion": ("completion bash > ~/.local/share/bash-completion/completions/openpower",),
    "doctor": ("doctor", "doctor home --minutes 5", "doctor home --json"),
    "emulate": ("emulate alphaess", "emulate amber --port 8001 --minutes 30"),
    "providers": ("providers",),
}


def epilogue(command: str) -> str:
    """The last lines of a command's help."""
    lines = (f"  openpower {example}" for example in _EXAMPLES.get(command, ()))
    return "\n".join(["Examples:", *lines]) if command in _EXAMPLES else ""
