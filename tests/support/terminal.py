"""A real pseudo-terminal: what a person types and what the screen then shows, kept as a transcript."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pexpect

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]")
_SPINNER = re.compile("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ")
_ERASED = re.compile(r"[^\r\n]*\r +\r")
"""A line that was overwritten with blanks."""
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
            # A shell without job control has its background jobs, and theirs, ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
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
        text = _as_seen(screen.text)
        typed = " ".join(f"'{each}'" if " " in each else each for each in arguments)
        self.transcript.append(f"$ openpower {typed}\n{text.strip()}\n")
        return text

    def remark(self, text: str) -> None:
        """Say between two commands what happened meanwhile."""
        self.transcript.append(f"# {text}\n")

    def save(self, file: Path, title: str, preface: str = "") -> None:
        """Keep the session for the documentation, without what belongs to the machine it ran on."""
        session = "\n".join(_anonymous(entry) for entry in self.transcript)
        text = f"# {title}\n\n{preface}\n\n```console\n{session}```\n"
        file.write_text(text.replace("\n\n\n", "\n\n"), encoding="utf-8")


def _as_seen(text: str) -> str:
    """What stays on the screen: no control codes, no spinner, nothing that was erased, no blanks at the ends of lines."""
    plain = _ERASED.sub("", _ESCAPES.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    lines = (line.rstrip() for line in plain.split("\n"))
    seen = "\n".join(line for line in lines if not _SPINNER.match(line))
    return seen.replace("[y/N] y\n\n", "[y/N] y\n")


_MACHINE = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:8000"),
    (re.compile(r"/\S*/config\.toml"), "~/.config/openpower/config.toml"),
    (re.compile(r"\S+, (?:__main__\.py|openpower) \[\d+\]"), "you, openpower [4711]"),
)


def _anonymous(text: str) -> str:
    for found, instead in _MACHINE:
        text = found.sub(instead, text)
    return text


class _Screen:
    """Collects what the terminal shows."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is buffered."""
