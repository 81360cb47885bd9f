"""Amber's published contract (OpenAPI 2.0.0) judges our Amber emulator, by schemathesis.

The contract is Amber's and no part of this repository: it is read from the file that ``OPENPOWER_AMBER_CONTRACT``
names, or from ``../shared/reference/amber_openapi.yaml`` beside the checkout. Without either, pytest leaves this file
out and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import settings
from judges import AMBER_CONTRACT
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from openpower_amber.client.requests import nem_date
from openpower_amber.emulator import Emulator, Nameplate, serve
from openpower_core.clock import SYSTEM_CLOCK

SITE = "01HZXEM0SA1TEDS1TE00000001"
TODAY = nem_date(SYSTEM_CLOCK.now())
KNOWN: dict[str, Any] = {"siteId": {"enum": [SITE]}, "state": {"enum": ["nsw", "sa", "qld", "vic"]}}
# What the contract says of them in words only.
ALLOWED: dict[str, Any] = {
    "startDate": {"enum": [f"{TODAY - timedelta(days=back)}" for back in range(4)]},
    "endDate": {"enum": [f"{TODAY}", f"{TODAY + timedelta(days=1)}"]},
    "next": {"type": "integer", "minimum": 0, "maximum": 1024},
    "previous": {"type": "integer", "minimum": 0, "maximum": 1024},
}
# Amber's gateway knows no 405: another method is a path without a route, which is 403.
GATEWAY = [unsupported_method]


# What the contract does not name is let through, as everywhere.
CONFIG = {"generation": {"allow-extra-parameters": False}}


def load(parameters: dict[str, Any], *, secured: bool = True) -> Any:
    """The contract without its own mistakes, and with what Amber's service is known to do besides (amber.md, 1 and 3).

    Args:
        parameters: the schemas of some parameters, narrower than published.
        secured: try without the token as well.
    """
    contract = yaml.safe_load(AMBER_CONTRACT.read_bytes())
    # The three renewables have no word of their own for their type, so that each record is all three of them.
    renewable = contract["components"]["schemas"]["Renewable"]
    renewable["anyOf"] = renewable.pop("oneOf")
    for path, item in contract["paths"].items():
        operation = item["get"]
        operation["security"] = operation["security"] if secured else []
        if "renewables" not in path:
            # A wrong token was seen to be answered so; only a missing one is 401.
            operation["responses"]["403"] = {"description": "explicit deny"}
        for parameter in operation["parameters"]:
            if parameter["name"] in parameters:
                parameter["schema"] = parameters[parameter["name"]]
                del parameter["example"]
            if path.endswith("usage") and parameter["name"] == "resolution":
                parameter["schema"] = {}  # "if you supply this parameter, it will be ignored"
    return schemathesis.openapi.from_dict(contract, config=schemathesis.Config.from_dict(CONFIG))


answered, refused, unknown = load(KNOWN | ALLOWED), load(KNOWN, secured=False), load({})


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[..., None]]:
    """Send a case and validate the answer; without a quota, which would be used up at once."""
    with serve(Emulator([Nameplate(id=SITE)], quota=None)) as served:
        headers = {"Authorization": f"Bearer {served.options['token']}"}

        def judge(case: schemathesis.Case, *without: Any) -> None:
            case.call_and_validate(base_url=served.url, headers=headers, excluded_checks=[*GATEWAY, *without])

        yield judge


@answered.parametrize()
@settings(max_examples=50, derandomize=True)
def test_is_answered(case: schemathesis.Case, judge: Callable[..., None]) -> None:
    """What Amber's words allow is answered, and in the contract's shape."""
    judge(case, negative_data_rejection)  # the narrower parameters are ours


@refused.parametrize()
@settings(max_examples=50, derandomize=True)
def test_is_refused(case: schemathesis.Case, judge: Callable[..., None]) -> None:
    """What the contract's schemas do not allow is refused, by an answer that the contract names."""
    judge(case, positive_data_acceptance)  # longer than seven days, or before it begins


@unknown.parametrize()
@settings(max_examples=25, derandomize=True)
def test_is_unknown(case: schemathesis.Case, judge: Callable[..., None]) -> None:
    """Any site and any state, which is as good as none that exists."""
    judge(case, positive_data_acceptance)
