"""What GoodWe documents as a refusal of a write: the only answers after which nothing has changed for certain.

Every other answer to a write (an undocumented code, "busy", a fault, silence) says nothing: reading settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MODBUS: Final = "MODBUS Application Protocol Specification V1.1b3, section 7, exception code"
_SEMS: Final = "SEMS+ web portal, codes listed by its public clients until 2026-10"

REFUSALS: Final[Mapping[str, str]] = {
    "ILLEGAL FUNCTION": f"{_MODBUS} 01: the function is not an allowable action for the server",
    "ILLEGAL DATA ADDRESS": f"{_MODBUS} 02: the data address is not an allowable one",
    "ILLEGAL DATA VALUE": f"{_MODBUS} 03: the structure of the request is not an allowable one",
    # 04 is a fault "while attempting to perform the requested action", 05 and 06 mean that it is busy with it.
    "P0214": f"{_SEMS}: a parameter is missing",
    "P0215": f"{_SEMS}: op_fail, the device refused it",
    "R0219": f"{_SEMS}: model_not_supported, productModel is missing",
    "R000013": f"{_SEMS}: the charger's power is below its least, 4.2 kW",
    "100004": f"{_SEMS}: parameter_error",
}
"""The name of a Modbus exception, or a code of SEMS+, and where it is documented."""
