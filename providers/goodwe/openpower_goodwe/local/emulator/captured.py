"""An inverter that answers with captured datagrams, byte for byte: they prove how the registers lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower_goodwe.local.emulator.frames import ModbusRefusal, Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_goodwe.local.emulator.frames import Ask

__all__ = ["CapturedInverter"]

# Where each kind of answer begins, and who gives it: the families' addresses in library 0.4.10.
_BLOCKS: Final = {
    "ET": {
        "device_info": 35000,
        "running_data": 35100,
        "battery2_info_extended": 35262,
        "mppt_data": 35301,
        "meter_data": 36000,
        "battery_info": 37000,
        "battery2_info": 39000,
        "eco_mode_v1": 47515,
        "eco_mode_v2": 47547,
    },
    "DT": {"device_info": 30001, "running_data": 30100},
    "ES": {},
}
_AA55: Final = {"discovery": 0x0102, "device_info": 0x0102, "running_data": 0x0106}
_UNITS: Final = {"ET": 0xF7, "ES": 0xF7, "DT": 0x7F}


class CapturedInverter:
    """Answers each request that was captured, and refuses all others.

    Args:
        family: ET, ES or DT.
        answers: captured answers as hexadecimal text by kind: ``device_info``, ``running_data``, ``meter_data`` …
        tcp: whether they were captured from Modbus TCP.
    """

    def __init__(self, family: str, answers: Mapping[str, str], *, tcp: bool = False) -> None:
        self.family = family
        self.unit = _UNITS[family]
        self._tcp = tcp
        self.modbus: dict[tuple[int, int], bytes] = {}
        """Answers by the first register and the number of registers."""
        self.aa55: dict[int, bytes] = {}
        """Answers by control and function code."""
        for kind, text in answers.items():
            self._take(kind, bytes.fromhex(text))

    def awake(self) -> bool:
        """Captured inverters never sleep."""
        return True

    def answer(self, ask: Ask) -> bytes | None:
        """The whole captured datagram; None for silence."""
        if ask.way is Way.AA55:
            return self.aa55.get(ask.function)
        if ask.unit != self.unit:
            return None
        try:
            raw = self.modbus[ask.first, ask.count]
        except KeyError:
            raise ModbusRefusal(ModbusRefusal.ILLEGAL_ADDRESS) from None
        return ask.raw[:2] + raw[2:] if ask.way is Way.TCP else raw

    def _take(self, kind: str, raw: bytes) -> None:
        if raw.startswith(bytes.fromhex("aa557fc0")):
            self.aa55[_AA55[kind]] = raw
            return
        size = raw[8] if self._tcp else raw[4]
        self.modbus[_BLOCKS[self.family][kind], size // 2] = raw
