"""SEMS+'s remote control: function discovery, cached reads, and everything that changes a device."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core.provider import AsyncNativeClient, InvalidValue, PartialData, Role, old_names
from openpower_goodwe.cloud import fields_of
from openpower_goodwe.semsplus.client.answers import data_of, one
from openpower_goodwe.semsplus.client.values import ARGUMENTS, needed_station
from openpower_goodwe.semsplus.control import CHARGER_BUDGET, REMOTE_BUDGET, WRITE_LIMITS, device_info
from openpower_goodwe.semsplus.control.functions import Functions, functions_in, switch_writes
from openpower_goodwe.semsplus.models import ChargeMode, NamedSettings, WorkMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_goodwe.semsplus._async.session import AsyncSession

_V1 = "sems-remote/api/v1"
_V2 = "sems-remote/api/v2/address/remote"
_EV = "sems-remote/api/ev-charger"


ClientT = TypeVar("ClientT", bound="AsyncRemoteCalls")


def past_guards(client: ClientT) -> ClientT:
    """The same client for the write pipeline, which has asked guards and budget already."""
    other = copy.copy(client)
    other._guarded = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  (no way round the guards for others)
    return other


class AsyncRemoteCalls(AsyncNativeClient):
    """Remote control. A write is answered once the device has acknowledged it; that does not yet mean that the setting stays.

    The station's ``permissions`` must hold ``INVERTER_REMOTE``; chargers obey without it. What a write costs in time:
    inverters 1 to 30 s, chargers 60 to 90 s.
    """

    _arguments = ARGUMENTS
    _session: AsyncSession
    _guarded = True

    async def get_related_sn(self, sn: str, menu_code: int) -> str:
        """``get-related-sn``: the serial that really obeys, such as a meter's inverter."""
        answer = await self._session.post(f"{_V2}/get-related-sn", {"sn": sn, "menuCode": menu_code})
        data = data_of(answer)
        return str(fields_of(data).get("realSn", data))

    async def get_work_mode(self, sn: str) -> WorkMode:
        """``get-work-mode``: the generation of its work modes."""
        return one(WorkMode, await self._session.get(f"{_V2}/get-work-mode", {"sn": sn}))

    async def get_function_tabs(self, sn: str, menu_code: int = 0, bat_index: str = "") -> Any:
        """``getAllDeviceFunctionTabs``, as the vendor nests them."""
        body = {"sn": sn, "batIndex": bat_index, "menuCode": menu_code}
        return data_of(await self._session.post(f"{_V2}/getAllDeviceFunctionTabs", body))

    async def get_function_menu(
        self,
        sn: str,
        *,
        module: str = "GENERAL_FUNCTIONS",
        menu_id: str | None = None,
        menu_code: int = 0,
        bat_index: str = "",
    ) -> Any:
        """``getDeviceFunctionTabMenus``: one tab's functions, as the vendor nests them."""
        body: dict[str, Any] = {"sn": sn, "batIndex": bat_index, "menuCode": menu_code}
        body |= {"module": module} if menu_id is None else {"menuId": menu_id}
        return data_of(await self._session.post(f"{_V2}/getDeviceFunctionTabMenus", body))

    async def get_function_tree(self, sn: str, menu_code: int = 0) -> Any:
        """``getTopTreeByCode``: all functions of a device at once; some 200 KB."""
        body = {"sn": sn, "menuCode": menu_code, "batIndex": ""}
        return data_of(await self._session.post(f"{_V2}/getTopTreeByCode", body))

    async def get_functions(self, sn: str, menu_code: int = 0) -> Functions:
        """What a device offers, found in its tree."""
        return Functions(functions_in(await self.get_function_tree(sn, menu_code)))

    async def get_parameters(
        self, sn: str, addresses: Sequence[str], function_ids: Mapping[str, str]
    ) -> dict[str, Any]:
        """``get-cache-device-function-parameters``: what the cloud last heard, by address."""
        body = {"sn": sn, "addresses": list(addresses), "addrFuncMap": dict(function_ids)}
        path = f"{_V1}/address/remote/get-cache-device-function-parameters"
        data = data_of(await self._session.post(path, body))
        inner = fields_of(fields_of(data).get("data", data))
        if not inner:
            raise PartialData(
                "the cached parameters hold no values.",
                provider="goodwe-sems",
                operation="get-cache-device-function-parameters",
            )
        return {str(name): value for name, value in inner.items()}

    async def get_settings(self, sn: str, names: Sequence[str]) -> NamedSettings:
        """``v1/remote/get``: settings by name, such as ``TOU1``."""
        body = {"functionName": list(names), "sn": sn}
        answer = await self._session.post(f"{_V1}/remote/get", body, operation="remote/get")
        return one(NamedSettings, answer)

    async def get_battery_list(self, sn: str) -> Any:
        """``GetBatteryList``, as the vendor nests it."""
        body = {"sn": sn}
        return data_of(await self._session.post(f"{_V1}/address/remote/battery/GetBatteryList", body))

    async def get_tou_names(self, body: Mapping[str, Any]) -> Any:
        """``tou/metric-config/query``: the names that people gave to slots."""
        path = "sems-plant/api/tou/metric-config/query"
        return data_of(await self._session.post(path, body, operation="tou/metric-config/query"))

    async def set_parameters(
        self,
        sn: str,
        values: Mapping[str, Any],
        function_ids: Mapping[str, str],
        *,
        logs: Mapping[str, Any] | None = None,
        device_name: str = "",
        station_id: str | None = None,
    ) -> None:
        """``setDeviceFunctionParameters``: write registers.

        Args:
            sn: the device.
            values: by address.
            function_ids: by address; :meth:`get_functions` finds them.
            logs: what the portal's log should say.
            device_name: what the portal's log should call it.
            station_id: its station.
        """
        await self._set_parameters(
            "set_parameters", sn, values, function_ids, logs=logs, device_name=device_name, station_id=station_id
        )

    async def set_setting(
        self, sn: str, name: str, data: Mapping[str, Any], *, device_name: str = "", station_id: str | None = None
    ) -> None:
        """``v1/remote/set``: write one named setting."""
        body = {
            "functionName": name,
            "sn": sn,
            "plantId": needed_station(station_id, self._subject),
            "deviceName": device_name,
            "virtualSn": sn,
            "data": dict(data),
            "waitingForDevice": True,
            "controlItemLogs": {},
        }
        arguments = {"functionName": name, "data": dict(data)}
        await self._write(Role.BATTERY, "set_setting", arguments, f"{_V1}/remote/set", body, operation="remote/set")

    async def start_inverter(self, sn: str, station_id: str | None = None) -> None:
        """Start an inverter, by the function that its model offers."""
        await self._switch(sn, "start", station_id)

    async def stop_inverter(self, sn: str, station_id: str | None = None) -> None:
        """Stop an inverter; some start again by themselves within minutes."""
        await self._switch(sn, "stop", station_id)

    async def restart_inverter(self, sn: str, station_id: str | None = None) -> None:
        """Restart an inverter."""
        await self._switch(sn, "restart", station_id)

    async def start_charge(self, sn: str, product_model: str | None = None, station_id: str | None = None) -> None:
        """``startCharge``: let a charger charge."""
        await self._order(sn, "startCharge", product_model, station_id)

    async def stop_charge(self, sn: str, product_model: str | None = None, station_id: str | None = None) -> None:
        """``stopCharge``: stop a charger."""
        await self._order(sn, "stopCharge", product_model, station_id)

    async def set_charge_mode(
        self,
        sn: str,
        mode: ChargeMode | int,
        product_model: str,
        *,
        power_kw: float | None = None,
        generation: int = 1,
        more: Mapping[str, Any] | None = None,
        station_id: str | None = None,
    ) -> None:
        """``set-mode``: what a charger charges with.

        Args:
            sn: the charger.
            mode: Fast needs a power (else it is ignored); the PV modes must have none (else they revert).
            product_model: mandatory; :meth:`get_ev_controls` returns it.
            power_kw: for Fast.
            generation: 1 and 2 name the power differently.
            more: further fields, such as ``ensureMinimumChargingPower``.
            station_id: its station.
        """
        mode = ChargeMode(mode)
        if (mode is ChargeMode.FAST) != (power_kw is not None):
            raise InvalidValue(
                "Fast needs power_kw, and the PV modes must have none: the charger would ignore or revert it.",
                provider="goodwe-sems",
                operation="set-mode",
            )
        body = {**self._charger(sn, product_model, station_id), "mode": int(mode)}
        if power_kw is not None:
            body["chargePowerSetted" if generation == 1 else "chargeMaxPower"] = float(power_kw)
        arguments = {"mode": int(mode), "power_kw": power_kw}
        await self._write(Role.EV_CHARGER, "set_charge_mode", arguments, f"{_EV}/set-mode", {**body, **(more or {})})

    async def set_ev_config(
        self, sn: str, product_model: str, config: Mapping[str, Any], station_id: str | None = None
    ) -> None:
        """``set-config``: one setting (``currentLimit``, ``dynamicLoad`` …); it answers success to anything."""
        body = {**self._charger(sn, product_model, station_id), **config}
        await self._write(Role.EV_CHARGER, "set_ev_config", dict(config), f"{_EV}/set-config", body)

    async def _order(self, sn: str, order: str, product_model: str | None, station_id: str | None = None) -> None:
        await self._write(Role.EV_CHARGER, order, {}, f"{_EV}/{order}", self._charger(sn, product_model, station_id))

    def _charger(self, sn: str, product_model: str | None, station_id: str | None) -> dict[str, Any]:
        model = {"productModel": product_model} if product_model else {}
        return {"sn": sn, "plantId": needed_station(station_id, self._subject), **model}

    async def _switch(self, sn: str, action: str, station_id: str | None) -> None:
        functions = await self.get_functions(sn)
        values = switch_writes(functions, action)
        await self._set_parameters(
            f"{action}_inverter",
            sn,
            values,
            functions.ids(*values),
            logs={"status_setting": action},
            station_id=station_id,
        )

    async def _set_parameters(
        self,
        method: str,
        sn: str,
        values: Mapping[str, Any],
        function_ids: Mapping[str, str],
        *,
        logs: Mapping[str, Any] | None,
        device_name: str = "",
        station_id: str | None,
    ) -> None:
        body = {
            "sn": sn,
            "addressMap": dict(values),
            "addrFuncMap": dict(function_ids),
            "controlItemLogs": dict(logs or {}),
            "waitingForDevice": True,
            "plantId": needed_station(station_id, self._subject),
            "deviceName": device_name,
            "virtualSn": sn,
        }
        path = f"{_V1}/address/remote/setDeviceFunctionParameters"
        await self._write(Role.INVERTER, method, dict(values), path, body)

    async def _write(
        self,
        role: Role,
        method: str,
        arguments: Mapping[str, Any],
        path: str,
        body: Mapping[str, Any],
        *,
        operation: str | None = None,
    ) -> None:
        """Through the connection's guards, budget and audit, where there is a connection."""
        if self._session.gate is None or not self._guarded:
            await self._session.write(path, body, operation=operation)
            return
        await self._session.gate.send(
            device_info(str(body["sn"]), role),
            method,
            arguments,
            lambda: self._session.write(path, body, operation=operation),
            budget=CHARGER_BUDGET if role is Role.EV_CHARGER else REMOTE_BUDGET,
            limits=WRITE_LIMITS,
        )


# They went past the guards, for the pipeline alone.
old_names(
    AsyncRemoteCalls,
    send_parameters="set_parameters",
    send_setting="set_setting",
    send_charge_mode="set_charge_mode",
    send_ev_config="set_ev_config",
    send_order="_order",
)
