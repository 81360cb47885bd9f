"""Writes the synchronous twin of asynchronous modules, token by token.

    python openpower_testing/openpower_testing/unasync.py [--check] [paths]

For each ``_async.py``, ``_async_<something>.py`` and every file in a folder ``_async/`` below the paths
(default: the working directory), the twin with ``_sync`` in its name is written beside it. ``--check``
writes nothing, names each twin that is stale and exits with 1.

``async`` and ``await`` are dropped, ``Awaitable[X]`` becomes ``X``, ``AsyncThing`` becomes ``Thing``,
``_async`` becomes ``_sync``, and the pairs of :data:`NAME_PAIRS` are exchanged, in strings and comments as well. The
result is sorted and formatted by ruff where that is installed. It runs by its path and imports nothing of
openpower, so any package may use it.
"""

from __future__ import annotations

import argparse
import ast
import io
import keyword
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEADER = "# Generated from {source} by openpower_testing; do not edit.\n"
_TEXT = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)}
_WORD = re.compile(r"\basync (?=def\b|with\b|for\b)|\bawait (?=[\w(])|\b[A-Za-z_]\w*")


# Names that begin with "Async" or "_async" need no entry.
NAME_PAIRS: Final = {
    "AEvent": "Event",
    "ALock": "Lock",
    "ASemaphore": "Semaphore",
    "Asynchronous": "Synchronous",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "adial": "dial",
    "agather": "gather",
    "aiter": "iter",
    "aiter_bytes": "iter_bytes",
    "aiter_raw": "iter_raw",
    "anext": "next",
    "alook_up": "look_up",
    "aread": "read",
    "areceive": "receive",
    "arunning_loop": "running_loop",
    "asend": "send",
    "asleep": "sleep",
    "asynccontextmanager": "contextmanager",
    "asynchronous": "synchronous",
    "atake": "take",
    "ato_thread": "to_thread",
    "connect_async": "connect",
    "handle_async_request": "handle_request",
}

# Before Python 3.12 an f-string is one token; so that each version writes the same, its parentheses go as well.
_IN_PARENTHESES = re.compile(r"(?<![\w\])])\(await ([\w.]+(?:\([^()]*\))?)\)(?=[.\[])")


def rename(name: str, pairs: dict[str, str]) -> str:
    """Return the synchronous form of one identifier.

    >>> rename("AsyncBattery", {}), rename("_async_base", {}), rename("asyncio", {})
    ('Battery', '_sync_base', 'asyncio')
    """
    if name in pairs:
        return pairs[name]
    if match := re.fullmatch(r"(_*)Async([A-Z]\w*)", name):
        return match[1] + match[2]
    if name.startswith("_async") and not name.startswith("_asyncio"):
        return "_sync" + name.removeprefix("_async")
    return name


def _rename_in_text(text: str, pairs: dict[str, str]) -> str:
    def swap(match: re.Match[str]) -> str:
        word = match[0]
        return "" if word.endswith(" ") else rename(word, pairs)

    return _WORD.sub(swap, _IN_PARENTHESES.sub(r"\1", text))


def _closing(tokens: Sequence[tokenize.TokenInfo], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].string in "([{") - (tokens[index].string in ")]}")
        if depth == 0 and tokens[index].string:
            return index
    raise SyntaxError("a bracket is not closed")


def _is_primary(tokens: Sequence[tokenize.TokenInfo], first: int, last: int) -> bool:
    """Whether there is nothing but names, dots and calls in between, so that parentheses may go."""
    index = first
    while index < last:
        if tokens[index].string in "([":
            index = _closing(tokens, index)
        elif tokens[index].string != "." and (
            tokens[index].type != tokenize.NAME or keyword.iskeyword(tokens[index].string)
        ):
            return False
        index += 1
    return True


def _parentheses(tokens: Sequence[tokenize.TokenInfo], index: int) -> Iterator[tuple[int, bool]]:
    """Yield the brackets of ``(await x.y()).z``, which are redundant without ``await``."""
    before, end = tokens[index - 1], _closing(tokens, index)
    is_call = before.type == tokenize.NAME and not keyword.iskeyword(before.string)
    # The brackets of a call's arguments stay; so do those whose content binds less tightly than what follows them.
    if is_call or before.string in (")", "]") or tokens[end + 1].string not in (".", "["):
        return
    if _is_primary(tokens, index + 2, end):
        yield from ((index, True), (end, False))


def _dropped(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[tuple[int, bool]]:
    """Yield the indices of tokens that go, and whether the space behind them goes as well."""
    importing = False
    for index, token in enumerate(tokens[:-1]):
        word, following = token.string, tokens[index + 1].string
        if token.type in {tokenize.STRING, tokenize.COMMENT}:
            continue
        importing = (importing or word == "import") and token.type != tokenize.NEWLINE
        if word in {"async", "await"}:
            yield index, True
        elif word == "Awaitable" and following == "[":
            yield from ((index, True), (index + 1, True), (_closing(tokens, index + 1), False))
        elif word == "Awaitable" and importing:
            yield from ((index + also, True) for also in range(1 + (following == ",")))
        elif word == "(" and following == "await":
            yield from _parentheses(tokens, index)


def _offsets(source: str) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def to_sync(source: str, pairs: dict[str, str] | None = None) -> str:
    """Turn the source of an asynchronous module into that of its twin; the layout is not adjusted.

    >>> to_sync("async def f(x: AsyncX) -> int:\\n    return (await x.g()).h\\n", {})
    'def f(x: X) -> int:\\n    return x.g().h\\n'
    """
    pairs = NAME_PAIRS if pairs is None else pairs
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    starts = _offsets(source)
    dropped = dict(_dropped(tokens))
    pieces: list[str] = []
    end = 0
    for index, token in enumerate(tokens):
        start = starts[token.start[0] - 1] + token.start[1]
        # What lies between two tokens (spaces, line ends) is no token itself: it goes with the one before it.
        if not dropped.get(index - 1):
            pieces.append(source[end:start])
        # Text is cut from the source: inside f-strings, tokens hold less than what was written.
        end = starts[token.end[0] - 1] + token.end[1]
        text = source[start:end]
        if index in dropped:
            continue
        if token.type == tokenize.NAME:
            text = rename(text, pairs)
        elif token.type in _TEXT:
            text = _rename_in_text(text, pairs)
        pieces.append(text)
    return "".join(pieces)


def twin_of(path: Path) -> Path | None:
    """Return the path of the twin, or None if the module is not an asynchronous one."""
    parts = [
        re.sub(r"^_async(?=$|_|\.py$)", "_sync", part) if not part.startswith("_asyncio") else part
        for part in path.parts
    ]
    twin = Path(*parts)
    return None if twin == path or path.suffix != ".py" else twin


def _sources(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            hidden = any(part.startswith(".") for part in path.relative_to(root).parts[:-1])
            if not hidden and "node_modules" not in path.parts:
                yield path


def _tidy(source: str, path: Path) -> str:
    """Sort and format as the project does; unchanged where ruff is not installed."""
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        return source
    sort = ["check", "--fix-only", "--quiet", "--select", "I,RUF022,RUF023"]
    for command in (sort, ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603
            [ruff, *command, "--stdin-filename", str(path), "-"],
            input=source,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise SyntaxError(f"{path}: ruff cannot read the twin: {done.stderr.strip()}")
        source = done.stdout
    return source


def generate(path: Path) -> str:
    """Return the whole text of the twin of one file, header included."""
    twin = to_sync(path.read_text(encoding="utf-8"))
    ast.parse(twin, filename=f"the twin of {path}")
    # Under the source's name, since a project may ease its rules for generated files.
    return _tidy(HEADER.format(source=path.name) + twin, path)


def _orphan(path: Path) -> bool:
    """Whether the source of a generated file is missing."""
    parts = [re.sub(r"^_sync(?=$|_|\.py$)", "_async", part) for part in path.parts]
    if Path(*parts) == path or Path(*parts).exists():
        return False
    return path.read_text(encoding="utf-8").startswith(HEADER.split("{", maxsplit=1)[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a twin is stale")
    parser.add_argument("paths", nargs="*", type=Path, default=[Path()])
    options = parser.parse_args(arguments)
    stale = 0
    for path in _sources(options.paths):
        twin = twin_of(path)
        if twin is None:
            if _orphan(path):
                sys.stderr.write(f"{path}: its source is gone; delete it\n")
                stale += 1
            continue
        text = generate(path)
        if twin.exists() and twin.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        sys.stderr.write(f"{twin}: {'stale' if options.check else 'written'}\n")
        if not options.check:
            twin.parent.mkdir(parents=True, exist_ok=True)
            twin.write_text(text, encoding="utf-8")
    return int(options.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
