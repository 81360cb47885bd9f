"""Cassettes: their file format, and how the kit records and replays them.

The format is YAML whose JSON bodies a person can read, with a first line that says how it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

import yaml
from attrs import frozen

from openpower_testing.enrolment import NotApplicable
from openpower_testing.scrubbing import Scrubber

_WIDTH: Final = 100


class CassetteFormat:
    """A serializer for vcrpy.

    Args:
        recorded: says how the cassettes that are being written were recorded.
        scrubber: whose check a cassette has to pass before it is written.
    """

    def __init__(self, recorded: Callable[[], str], scrubber: Callable[[], Scrubber] = Scrubber) -> None:
        self._recorded = recorded
        self._scrubber = scrubber

    def serialize(self, cassette: dict[str, Any]) -> str:
        """Turn vcrpy's form of a cassette into text.

        Raises:
            Leak: something private remains in it; then nothing is written.
        """
        document = {
            "recorded": self._recorded(),
            "version": cassette["version"],
            "interactions": [_to_file(each) for each in cassette["interactions"]],
        }
        text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
        self._scrubber().check([document, text])
        return text

    def deserialize(self, text: str) -> dict[str, Any]:
        """Turn the text of a cassette into vcrpy's form."""
        document = yaml.safe_load(text)
        return {**document, "interactions": [_from_file(each) for each in document["interactions"]]}


def _to_file(interaction: dict[str, Any]) -> dict[str, Any]:
    request, response = interaction["request"], interaction["response"]
    asked = {"method": request["method"], "uri": request["uri"]}
    if request["headers"]:
        asked["headers"] = {name: str(value[0]) for name, value in sorted(request["headers"].items())}
    if request["body"]:
        asked["body"] = pretty(request["body"])
    status = response["status"]
    return {
        "request": asked,
        "response": {
            "status": f"{status['code']} {status['message'] or ''}".rstrip(),
            "headers": {name: ", ".join(values) for name, values in sorted(response["headers"].items())},
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
    """Format JSON so that what fits on a line is on one line; anything else is returned as it is.

    >>> print(pretty('{"code":200,"data":[{"soc":56.0}]}'))
    {"code": 200, "data": [{"soc": 56.0}]}
    """
    try:
        return _formatted(json.loads(body), "")
    except ValueError:
        return body


def _formatted(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not value:
        return line
    deeper = indent + "  "
    if _is_object(value):
        parts = [f"{json.dumps(key)}: {_formatted(each, deeper)}" for key, each in value.items()]
        return "{\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{indent}}}"
    if _is_array(value):
        lines = [f"{deeper}{_row(each, deeper)}" for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return line


def _row(value: Any, indent: str) -> str:
    """An element of a list: a flat object is one row, however long, so that a series reads as a table."""
    if _is_object(value) and not any(isinstance(each, dict | list) for each in value.values()):
        return json.dumps(value, ensure_ascii=False)
    return _formatted(value, indent)


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


UNKNOWN_REQUEST: Final = "CannotOverwriteExistingCassette"
"""The name of vcrpy's error, in failures about a request that is not in the cassette."""

_HOST: Final = "https://vendor.example"
_MATCH_ON: Final = ["method", "scheme", "host", "path", "query", "body"]


@frozen(kw_only=True)
class Cassette:
    """One cassette."""

    path: Path
    record: bool = False
    """Whether it is recorded again; otherwise it is replayed and nothing is sent."""

    @contextmanager
    def over(self, served: Any, secrets: Mapping[str, str], private: Iterable[str] = ()) -> Generator[str]:
        """Record what ``home`` serves, or replay it; yields the address to connect to."""
        # import_module, since vcrpy has no types.
        vcr: Any = import_module("vcr")
        real = str(served.options.get("base_url") or getattr(served, "url", ""))
        if not real.startswith("http"):
            raise NotApplicable("only HTTP is recorded")
        if not self.record and not self.path.is_file():
            raise NotApplicable(f"there is no cassette {self.path.name}")
        vendors = f"{_HOST}{urlsplit(real).path}"
        scrubber = Scrubber(private=private, replaying=not self.record)
        scrubber.pretend(real, vendors)
        for name, secret in secrets.items():
            scrubber.hide(secret, name.replace("_", "-"))
        machine: Any = vcr.VCR(
            serializer="openpower",
            match_on=_MATCH_ON,
            record_mode="once" if self.record else "none",
            decode_compressed_response=True,
            before_record_request=scrubber.request,
            before_record_response=scrubber.response,
        )
        how = "by the conformance kit against the emulator; nothing in it is of a real account"
        machine.register_serializer("openpower", CassetteFormat(lambda: how, lambda: scrubber))
        if self.record:
            self.path.unlink(missing_ok=True)
        with machine.use_cassette(str(self.path)):
            yield real if self.record else vendors
