"""A real pseudo-terminal: what a person types and what the screen then shows, kept as a transcript."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]")
_TIMEOUT_S = 60


class Terminal:
    """Runs ``openpower`` commands in a pseudo-terminal of a given width."""

    def __init__(self, *, columns: int = 90, **environment: str) -> None:
        self._environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLUMNS": str(columns),
            "PYTHONUTF8": "1",
            **environment,
        }
        self._columns = columns
        self.transcript: list[str] = []
        self.code: int | None = None

    def run(self, *arguments: str, answers: tuple[tuple[str, str], ...] = ()) -> str:
        """Type a command; answer its questions as ``(what it asks, what is typed)``; give the screen's text."""
        child = self.start(*arguments)
        for question, answer in answers:
            child.expect_exact(question)
            child.sendline(answer)
        return self.finish(child, *arguments)

    def start(self, *arguments: str) -> pexpect.spawn[str]:
        """Type a command and leave it running."""
        seen = _Screen()
        child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "openpower", *arguments],
            env=self._environment,  # type: ignore[arg-type]
            dimensions=(40, self._columns),
            encoding="utf-8",
            timeout=_TIMEOUT_S,
        )
        child.logfile_read = seen
        return child

    def finish(self, child: pexpect.spawn[str], *arguments: str) -> str:
        """Wait until a command ends; give what it printed."""
        child.expect(pexpect.EOF)
        child.close()
        self.code = child.exitstatus
        screen = child.logfile_read
        assert isinstance(screen, _Screen)
        text = _ESCAPES.sub("", screen.text).replace("\r\n", "\n").replace("\r", "\n")
        typed = " ".join(f"'{each}'" if " " in each else each for each in arguments)
        self.transcript.append(f"$ openpower {typed}\n{text.strip()}\n")
        return text

    def save(self, file: Path, title: str) -> None:
        """Keep the session for the documentation."""
        session = "\n".join(self.transcript)
        file.write_text(f"# {title}\n\n```console\n{session}```\n", encoding="utf-8")


class _Screen:
    """Collects what the terminal shows."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is held back."""
