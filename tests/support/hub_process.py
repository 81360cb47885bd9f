"""``openpower run`` as a process with a folder of its own, and brokers for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from programs import Program, answers, free_port, listens

OPENPOWER = str(Path(sys.executable).with_name("openpower"))


class HubProcess(Program):
    """The hub.

    Args:
        folder: for its configuration, profiles and state.
        config: ``openpower.toml``; ``{port}`` stands for the port of its page.
        profiles: ``config.toml``, with the profiles that it uses.
        env: what its environment has besides, such as passwords.
    """

    def __init__(self, folder: Path, config: str, *, profiles: str = "", env: Mapping[str, str] | None = None) -> None:
        home = folder / "hub"
        home.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (home / "openpower.toml").write_text(config.replace("{port}", str(self.port)), encoding="utf-8")
        (home / "config.toml").write_text(profiles, encoding="utf-8")
        (home / "config.toml").chmod(0o600)
        own = {"OPENPOWER_CONFIG": str(home / "config.toml"), "OPENPOWER_STATE_DIR": str(home / "state")}
        serves = tomllib.loads(config.replace("{port}", "1")).get("http", {}).get("enabled", True)
        super().__init__(
            "hub",
            [OPENPOWER, "run", "--config", "openpower.toml"],
            home,
            ready=lambda: answers(self.url) if serves else True,
            env={**own, **(env or {})},
        )

    def cli(self, *arguments: str) -> str:
        """What another process on the same state folder prints."""
        done = subprocess.run(
            [OPENPOWER, *arguments], check=True, env=self.env, capture_output=True, text=True, timeout=60
        )
        return done.stdout


class Mosquitto(Program):
    """The broker, on a port of its own, which keeps retained messages over a restart.

    Args:
        folder: for its configuration and what it keeps.
        users: passwords by user; none lets everybody in.
        acl: who may read and write what.
    """

    def __init__(self, folder: Path, *, users: Mapping[str, str] | None = None, acl: str = "") -> None:
        home = folder / "mosquitto"
        home.mkdir()
        self.port = free_port()
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {home}/",
            "autosave_interval 1",
            f"allow_anonymous {'false' if users else 'true'}",
            "user root",
        ]
        if users:
            passwords = home / "passwords"
            passwords.write_text("".join(f"{name}:{word}\n" for name, word in users.items()), encoding="utf-8")
            subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)
            lines.append(f"password_file {passwords}")
        if acl:
            (home / "acl").write_text(acl, encoding="utf-8")
            lines.append(f"acl_file {home / 'acl'}")
        (home / "mosquitto.conf").write_text("\n".join([*lines, ""]), encoding="utf-8")
        super().__init__(
            "mosquitto", [find("mosquitto"), "-c", "mosquitto.conf", "-v"], home, ready=lambda: listens(self.port)
        )

    @property
    def entry(self) -> dict[str, Any]:
        """What Home Assistant's dialog asks for."""
        return {"broker": "127.0.0.1", "port": self.port}


def find(command: str) -> str:
    """Where a server is: Debian has some in folders that are not on everyone's path."""
    return shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or command
