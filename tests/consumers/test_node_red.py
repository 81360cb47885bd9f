"""Node-RED reads the hub's topics and commands through them, with a flow of its own nodes alone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hub_process import HubProcess, Mosquitto
from programs import Program, answers, free_port, until

CONFIG = """
[homes.house]
profiles = ["demo"]
intervals = {{ demo = "1 s" }}
[http]
enabled = false
[history]
enabled = false
[mqtt]
host = "127.0.0.1"
port = {broker}
control = ["battery"]
"""
SETTINGS = """
module.exports = {{
    uiPort: {port}, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: false,
    editorTheme: {{ projects: {{ enabled: false }} }}, telemetry: {{ enabled: false }},
}};
"""


def flow(broker: int) -> list[dict[str, Any]]:
    """Remembers each device's state, shows all of them over HTTP, and passes on a command that is posted."""

    def node(name: str, kind: str, *to: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "type": kind, "z": "tab", "wires": [list(to)] if to else [], "x": 100, "y": 100, **more}

    server = {"id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(broker), "protocolVersion": "4"}
    heard = (
        "const seen = global.get('seen') || {}; seen[msg.topic] = msg.payload; global.set('seen', seen); return null;"
    )
    shown = "msg.payload = global.get('seen') || {}; return msg;"
    asked = "msg.topic = msg.payload.topic; msg.payload = msg.payload.command; return msg;"
    return [
        {"id": "tab", "type": "tab", "label": "openpower"},
        {**server, "keepalive": "60", "cleansession": True, "autoConnect": True, "clientid": ""},
        node("in", "mqtt in", "heard", topic="openpower/#", qos="1", datatype="auto-detect", broker="broker"),
        node("heard", "function", func=heard, outputs=1),
        node("get", "http in", "shown", url="/seen", method="get"),
        node("shown", "function", "answer", func=shown, outputs=1),
        node("post", "http in", "asked", url="/command", method="post"),
        {**node("asked", "function", "out", func=asked, outputs=1), "wires": [["out", "answer"]]},
        node("out", "mqtt out", broker="broker", qos="1", retain="false"),
        node("answer", "http response"),
    ]


def test_node_red_reads_and_commands(
    parts: Path, tmp_path: Path, broker: Mosquitto, hub: Callable[..., HubProcess], programs: ExitStack
) -> None:
    """It has every figure of the battery as a number, orders a hold, and then sees that it is commanded and confirmed."""
    house = hub(CONFIG.format(broker=broker.port))
    house.start()
    folder = tmp_path / "node_red"
    folder.mkdir()
    port = free_port()
    (folder / "settings.js").write_text(SETTINGS.format(port=port), encoding="utf-8")
    (folder / "flows.json").write_text(json.dumps(flow(broker.port)), encoding="utf-8")
    command = ["node", str(parts / "node_red/node_modules/node-red/red.js"), "-u", ".", "-s", "settings.js"]
    url = f"http://127.0.0.1:{port}"
    program = Program("node_red", command, folder, ready=lambda: answers(f"{url}/seen"), within=60)
    programs.callback(program.stop)
    program.start()

    def seen() -> dict[str, Any]:
        with urllib.request.urlopen(f"{url}/seen", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def battery() -> dict[str, Any]:
        state: dict[str, Any] = next((each for topic, each in seen().items() if topic.endswith("battery/state")), {})
        return state

    until(lambda: battery().get("soc_pct") is not None, "a battery in Node-RED")
    assert isinstance(battery()["power_w"], float | int)
    assert seen()["openpower/status"] == "online"
    key = next(topic for topic in seen() if topic.endswith("_battery/state")).removesuffix("/state")

    order = json.dumps({"topic": f"{key}/set/command", "command": "hold"}).encode()
    request = urllib.request.Request(f"{url}/command", order, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()

    until(lambda: battery()["command"] == "hold", "a hold in Node-RED", within=10)
    until(lambda: seen().get(f"{key}/receipt", {}).get("event_type") == "confirmed", "its receipt", within=10)
