"""How a cassette is written down: YAML whose JSON bodies a person can read, under a line that says whence it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CassetteFormat", "pretty"]

_WIDTH: Final = 100


class CassetteFormat:
    """A serializer for vcrpy.

    Args:
        recorded: says how the cassettes that are written now came to be.
    """

    def __init__(self, recorded: Callable[[], str]) -> None:
        self._recorded = recorded

    def serialize(self, cassette: dict[str, Any]) -> str:
        """Write a cassette as vcrpy hands it over."""
        document = {
            "recorded": self._recorded(),
            "version": cassette["version"],
            "interactions": [_to_file(each) for each in cassette["interactions"]],
        }
        return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)

    def deserialize(self, text: str) -> dict[str, Any]:
        """Read a cassette back into vcrpy's form."""
        document = yaml.safe_load(text)
        return {**document, "interactions": [_from_file(each) for each in document["interactions"]]}


def _to_file(interaction: dict[str, Any]) -> dict[str, Any]:
    request, response = interaction["request"], interaction["response"]
    asked = {"method": request["method"], "uri": request["uri"]}
    if request["headers"]:
        asked["headers"] = {name: str(value[0]) for name, value in request["headers"].items()}
    if request["body"]:
        asked["body"] = pretty(request["body"])
    status = response["status"]
    return {
        "request": asked,
        "response": {
            "status": f"{status['code']} {status['message'] or ''}".rstrip(),
            "headers": {name: ", ".join(values) for name, values in response["headers"].items()},
            "body": pretty(response["body"]["string"] or ""),
        },
    }


def _from_file(interaction: dict[str, Any]) -> dict[str, Any]:
    request, response = interaction["request"], interaction["response"]
    code, _, message = response["status"].partition(" ")
    return {
        "request": {
            "method": request["method"],
            "uri": request["uri"],
            "headers": {name: [value] for name, value in request.get("headers", {}).items()},
            "body": request.get("body"),
        },
        "response": {
            "status": {"code": int(code), "message": message},
            "headers": {name: [value] for name, value in response["headers"].items()},
            "body": {"string": response["body"]},
        },
    }


def pretty(body: str | bytes) -> str | bytes:
    """Lay JSON out over lines, with what fits on one line on one line; anything else stays as it is.

    >>> print(pretty('{"code":200,"data":[{"soc":56.0}]}'))
    {"code": 200, "data": [{"soc": 56.0}]}
    """
    try:
        return _lay_out(json.loads(body), "")
    except ValueError:
        return body


def _lay_out(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not value:
        return line
    deeper = indent + "  "
    if _is_object(value):
        parts = [f"{json.dumps(key)}: {_lay_out(each, deeper)}" for key, each in value.items()]
        return "{\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{indent}}}"
    if _is_array(value):
        lines = [f"{deeper}{_row(each, deeper)}" for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return line


def _row(value: Any, indent: str) -> str:
    """An element of a list: a flat object is one row, however long, so that a series reads as a table."""
    if _is_object(value) and not any(isinstance(each, dict | list) for each in value.values()):
        return json.dumps(value, ensure_ascii=False)
    return _lay_out(value, indent)


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
