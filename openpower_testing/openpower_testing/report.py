"""The report of a run: for each provider what is supported, how well that is known, and which checks proved it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["DECISIVE", "build", "write"]

DECISIVE: Final = "capabilities.what_is_full_works"
"""The check after which the devices' capabilities are taken for the report."""


def write(path: Path, results: Iterable[Mapping[str, Any]]) -> None:
    """Write the report of these results as JSON."""
    text = json.dumps(build(results), indent=2, ensure_ascii=False, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def build(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One object per provider (and variant), from the results of its checks."""
    by_provider: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for result in results:
        by_provider[result["provider"], result["variant"]].append(result)
    return [_one(provider, variant, by_provider[provider, variant]) for provider, variant in sorted(by_provider)]


def _one(provider: str, variant: str, results: list[Mapping[str, Any]]) -> dict[str, Any]:
    features: dict[str, dict[str, dict[str, Any]]] = {}
    proofs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for result in sorted(results, key=_in_order):
        for role, told in result["capabilities"].items():
            features.setdefault(role, {}).update(told)
        if result["outcome"] == "passed":
            for role, feature in result["proved"]:
                proofs[role, feature].add(result["check"])
    return {
        "provider": provider,
        "variant": variant,
        "features": {
            role: {
                feature: {**capability, "proved_by": sorted(proofs[role, feature])}
                for feature, capability in told.items()
            }
            for role, told in features.items()
        },
        "passed": _names(results, "passed"),
        "failed": _names(results, "failed"),
        "not_applicable": {each["check"]: each["message"] for each in results if each["outcome"] == "not_applicable"},
    }


def _in_order(result: Mapping[str, Any]) -> tuple[bool, str, str]:
    """By name, but last the check that asks for everything: then all that has to be probed has been."""
    return result["check"] == DECISIVE, result["check"], result["flavour"]


def _names(results: list[Mapping[str, Any]], outcome: str) -> list[str]:
    return sorted({each["check"] for each in results if each["outcome"] == outcome})
