"""HTTP's structured fields (RFC 9651), as far as rate limits use them: lists and dictionaries of items.

A library for all of it (http-sf 1.5, well kept and typed) was tried: importing it takes 70 ms, as long as
everything else that a first price needs, for numbers, quoted names and parameters.

>>> parse_list("10;w=1;burst=1000, 1000;w=3600")
[(10, {'w': 1, 'burst': 1000}), (1000, {'w': 3600})]
>>> parse_dictionary("limit=100, remaining=50, reset=5")
{'limit': 100, 'remaining': 50, 'reset': 5}
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

__all__ = ["Bare", "Item", "parse_dictionary", "parse_list"]

Bare: TypeAlias = int | float | str | bool
"""A number, a text or token, or a boolean."""

Item: TypeAlias = tuple[Bare, dict[str, Bare]]
"""A value with its parameters."""

_BARE: Final = r'"(?:[^"\\]|\\["\\])*"|-?\d{1,12}\.\d{1,3}|-?\d{1,15}|\?[01]|[A-Za-z*][\w:/!#$%&\'*+.^`|~-]*'
_KEY: Final = r"[a-z*][a-z0-9_.*-]*"
_PARAMETER: Final = re.compile(rf";[ ]*({_KEY})(?:=({_BARE}))?", re.ASCII)
_MEMBER: Final = re.compile(rf"({_BARE})((?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*)", re.ASCII)
_ENTRY: Final = re.compile(rf"({_KEY})=({_BARE})(?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*", re.ASCII)
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")


def parse_list(field: str) -> list[Item]:
    """The items of a list, or the one item; empty if the field is malformed, which is to be ignored."""
    return [(_bare(found[1]), _parameters(found[2])) for found in _members(_MEMBER, field)]


def parse_dictionary(field: str) -> dict[str, Bare]:
    """The values of a dictionary, without their parameters; empty if the field is malformed."""
    return {found[1]: _bare(found[2]) for found in _members(_ENTRY, field)}


def _members(pattern: re.Pattern[str], field: str) -> list[re.Match[str]]:
    """What stands between the commas, all of it, or nothing."""
    text, place = field.strip(" "), 0
    found: list[re.Match[str]] = []
    while member := pattern.match(text, place):
        found.append(member)
        if member.end() == len(text):
            return found
        comma = _COMMA.match(text, member.end())
        if comma is None:
            return []
        place = comma.end()
    return []


def _parameters(text: str) -> dict[str, Bare]:
    return {
        name: True if value is None else _bare(value)
        for name, value in (found.groups() for found in _PARAMETER.finditer(text))
    }


def _bare(text: str) -> Bare:
    if text[0] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text[0] == "?":
        return text == "?1"
    if text[0] == "-" or text[0].isdigit():
        return float(text) if "." in text else int(text)
    return text
