"""Prometheus itself scrapes the hub, promtool finds nothing to improve, and every query of the dashboard is answered."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml
from hub_process import HubProcess, find
from programs import Program, answers, free_port, until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
CONFIG = """
[homes.house]
profiles = ["demo"]
intervals = { demo = "1 s" }
[http]
port = {port}
[history]
enabled = false
"""


def text_of(url: str) -> str:
    """What is served at an address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def metrics_of(house: HubProcess) -> str:
    """The metrics of a hub, once it has read its devices."""
    until(lambda: "openpower_battery_soc_ratio{" in text_of(f"{house.url}/metrics"), "readings")
    return text_of(f"{house.url}/metrics")


def test_promtool_is_content(hub: Callable[..., HubProcess]) -> None:
    """No name, unit, type or help text is other than Prometheus' conventions want it."""
    house = hub(CONFIG)
    house.start()

    checked = subprocess.run(
        [find("promtool"), "check", "metrics"],
        input=metrics_of(house),
        text=True,
        check=False,
        capture_output=True,
        timeout=30,
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_configuration_of_deploy_is_valid(tmp_path: Path) -> None:
    """The file that compose mounts, save that the token's file is somewhere else."""
    (tmp_path / "token").write_text("secret", encoding="utf-8")
    config = (DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    (tmp_path / "prometheus.yml").write_text(
        config.replace("/run/secrets/openpower_token", str(tmp_path / "token")), encoding="utf-8"
    )

    checked = subprocess.run(
        [find("promtool"), "check", "config", str(tmp_path / "prometheus.yml")],
        check=False,
        text=True,
        capture_output=True,
        timeout=30,
    )

    assert checked.returncode == 0, checked.stderr


def test_prometheus_scrapes_the_hub_and_answers_the_dashboard(
    tmp_path: Path, hub: Callable[..., HubProcess], programs: ExitStack
) -> None:
    """With the configuration of ``deploy/`` on this machine's addresses; what the hub no longer says is gone at the next scrape."""
    house = hub(CONFIG)
    house.start()
    metrics_of(house)
    url = _prometheus(tmp_path, house, programs)

    def query(expression: str) -> list[Any]:
        query = urllib.parse.urlencode({"query": expression})
        answer = json.loads(text_of(f"{url}/api/v1/query?{query}"))
        assert answer["status"] == "success", (expression, answer)
        return list(answer["data"]["result"])

    until(lambda: len(query("count_over_time(openpower_meter_import_energy_joules_total[1m]) > 3")), "some scrapes")
    expected_empty = ("openpower_device_failing", "openpower_integration_failing", "openpower_profile_failures")
    for expression in expressions():
        found = query(expression)
        assert bool(found) or expression.startswith(expected_empty), expression
    assert query("openpower_battery_soc_ratio")[0]["metric"]["home"] == "house"

    house.stop()
    until(lambda: query("up == 0"), "a scrape that fails")
    assert query("openpower_battery_soc_ratio") == []


def expressions() -> list[str]:
    """The queries of the dashboard, for all homes."""
    dashboard = json.loads((DEPLOY / "grafana/dashboards/home.json").read_text(encoding="utf-8"))
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [each.replace("$home", ".*") for each in found]


def _prometheus(folder: Path, house: HubProcess, programs: ExitStack) -> str:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    config["global"]["scrape_interval"] = "500ms"
    (job,) = config["scrape_configs"]
    job["static_configs"][0]["targets"] = [house.url.removeprefix("http://")]
    del job["authorization"]  # this machine may read without
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    options = [f"--web.listen-address={url.removeprefix('http://')}", f"--storage.tsdb.path={folder / 'data'}"]
    command = [find("prometheus"), f"--config.file={folder / 'prometheus.yml'}", *options]
    program = Program("prometheus", command, folder, ready=lambda: answers(f"{url}/-/ready"))
    programs.callback(program.stop)
    program.start()
    return url
