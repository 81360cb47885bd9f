"""What each provider supports, how well that is known, and which checks proved it: the report, and the pages made from it.

``python -m openpower_testing.matrix REPORT.json docs/reference README.md`` writes ``docs/reference/capabilities.json`` and ``.md``, and
the short table between the markers in the README; the report is what ``pytest --openpower-report`` wrote.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openpower_core.capabilities import Feature, Support

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
        for role, reported in result["capabilities"].items():
            features.setdefault(role, {}).update(reported)
        if result["outcome"] == "passed":
            for role, feature in result["proved"]:
                proofs[role, feature].add(result["check"])
    return {
        "provider": provider,
        "variant": variant,
        "features": {
            role: {
                feature: {**capability, "proved_by": sorted(proofs[role, feature])}
                for feature, capability in reported.items()
            }
            for role, reported in features.items()
        },
        "passed": _names(results, "passed"),
        "failed": _names(results, "failed"),
        **{
            outcome: {each["check"]: each["message"] for each in results if each["outcome"] == outcome}
            for outcome in ("not_applicable", "unproven")
        },
    }


def _in_order(result: Mapping[str, Any]) -> tuple[bool, str, str]:
    """By name, but last the check that asks for everything, after which every capability has been probed."""
    return result["check"] == DECISIVE, result["check"], result["flavour"]


def _names(results: list[Mapping[str, Any]], outcome: str) -> list[str]:
    return sorted({each["check"] for each in results if each["outcome"] == outcome})


BEGIN: Final = "<!-- capabilities -->"
END: Final = "<!-- /capabilities -->"

_SIGNS: Final = {
    Support.FULL: "●",
    Support.EMULATED: "◐",
    Support.CONDITIONAL: "○",
    Support.UNKNOWN: "?",
    Support.UNSUPPORTED: "–",
}
_LEGEND: Final = "● full, ◐ emulated by other means, ○ under conditions, – not there"
_COLUMNS: Final[dict[str, tuple[tuple[str, Feature], ...]]] = {
    "read": tuple((role, Feature.READ) for role in ("inverter", "battery", "meter", "ev_charger")),
    "history": tuple((role, Feature.HISTORY) for role in ("inverter", "battery", "meter", "ev_charger")),
    "charge": (("battery", Feature.CHARGE),),
    "hold": (("battery", Feature.HOLD),),
    "export": (("battery", Feature.EXPORT),),
    "schedule": (("battery", Feature.SET_SCHEDULE),),
    "reserve": (("battery", Feature.RESERVE_SOC),),
    "export limit": (("inverter", Feature.SET_EXPORT_LIMIT),),
    "EV charger": (
        ("ev_charger", Feature.START),
        ("ev_charger", Feature.CHARGER_CURRENT),
        ("ev_charger", Feature.SITE_CURRENT),
    ),
    "prices": (("retailer", Feature.PRICES),),
    "usage": (("retailer", Feature.USAGE),),
}
_ORDER: Final = {str(feature): place for place, feature in enumerate(Feature)}
_BEST: Final = (Support.FULL, Support.EMULATED, Support.CONDITIONAL, Support.UNKNOWN, Support.UNSUPPORTED)

Report = dict[str, Any]


def digest(reports: Iterable[Mapping[str, Any]]) -> list[Report]:
    """The part of the reports that goes into the documentation: features with their evidence."""
    return [
        {"provider": each["provider"], "variant": each["variant"], "features": each["features"]} for each in reports
    ]


def short_table(reports: Sequence[Report]) -> str:
    """One line per provider: the best support of any of its devices."""
    lines = [
        f"| provider | {' | '.join(_COLUMNS)} |",
        f"|---|{'---|' * len(_COLUMNS)}",
        *(f"| {_title(each)} | {' | '.join(_cell(each, column) for column in _COLUMNS)} |" for each in reports),
    ]
    return "\n".join([*lines, "", f"{_LEGEND}."])


def long_table(reports: Sequence[Report]) -> str:
    """Every feature of every device, with its note and the checks that proved it."""
    parts = [
        "# What each provider can do",
        "Generated from the reports of the conformance kit (`nox -s capabilities`). *Verified* means that a real device or "
        "service has shown it; *proved by* names the checks that saw it work, against the vendor's emulator.",
        short_table(reports),
    ]
    for report in reports:
        parts.append(f"## {_title(report)}")
        for role, features in sorted(report["features"].items()):
            parts.append(f"### {role.replace('_', ' ')}")
            parts.append(_features(features))
    return "\n\n".join(parts) + "\n"


def with_table(text: str, table: str) -> str:
    """A document with the table between its markers."""
    if BEGIN not in text or END not in text:
        raise ValueError(f"the markers {BEGIN} and {END} are missing")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", text)


def main(arguments: Sequence[str]) -> int:
    """Write the documentation from a report."""
    report, docs, readme = (Path(each) for each in arguments)
    reported = digest(json.loads(report.read_text(encoding="utf-8")))
    plain = json.dumps(reported, indent=1, ensure_ascii=False, sort_keys=True)
    (docs / "capabilities.json").write_text(f"{plain}\n", encoding="utf-8")
    (docs / "capabilities.md").write_text(long_table(reported), encoding="utf-8")
    page = readme.read_text(encoding="utf-8")
    readme.write_text(with_table(page, short_table(reported)), encoding="utf-8")
    return 0


def _title(report: Report) -> str:
    variant = f" ({report['variant']})" if report["variant"] else ""
    return f"`{report['provider']}`{variant}"


def _cell(report: Report, column: str) -> str:
    reported = [
        Support(report["features"][role][feature]["support"])
        for role, feature in _COLUMNS[column]
        if feature in report["features"].get(role, {})
    ]
    return _SIGNS[min(reported, key=_BEST.index, default=Support.UNSUPPORTED)]


def _features(features: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| feature | support | verified | note | proved by |", "|---|---|---|---|---|"]
    for feature in sorted(features, key=lambda name: _ORDER.get(name, 99)):
        reported = features[feature]
        verified = "yes" if reported["verified"] else ""
        proofs = ", ".join(f"`{each}`" for each in reported["proved_by"])
        note = reported["note"].replace("|", "\\|")
        lines.append(f"| {feature} | {reported['support']} | {verified} | {note} | {proofs} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
