"""Every link of every Markdown page leads somewhere, as GitHub resolves it; ``nox -s docs`` checks the same for the site."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^( *)(`{3,}|~{3,}|:{3,}).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)|(?:href|src)=\"([^\"]+)\"|^\[[^\]]+\]: (\S+)", re.MULTILINE)
HOME = re.compile(r"https://github\.com/tris10au/openpower/(?:blob|tree)/main/([^#]*)")


def pages() -> list[str]:
    """All Markdown that is committed or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    found = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return [each for each in found if (ROOT / each).exists()]


PAGES = pages()


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, by GitHub's rule: a heading that comes again is numbered."""
    found: dict[str, int] = {}
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ +(.+?) *#*$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    numbered = {f"{slug}-{number}" for slug, most in found.items() for number in range(1, most + 1)}
    return frozenset({*found, *numbered, *re.findall(r"(?:id|name)=\"([^\"]+)\"", text)})


def links(page: Path) -> Iterator[str]:
    """What a page links to, its code apart."""
    text = re.sub(r"`[^`\n]+`", "", FENCED.sub("", page.read_text(encoding="utf-8")))
    yield from ("".join(found) for found in LINK.findall(text))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file of the repository, and to a heading of it; links to our own repository count as well."""
    page = ROOT / name
    broken = []
    for link in links(page):
        local = HOME.sub(lambda found: f"/{found[1]}", link)
        if re.match(r"[a-z]+:", local):
            continue
        path, _, anchor = local.partition("#")
        target = ROOT / path[1:] if path.startswith("/") else page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_the_list_of_pages_is_whole() -> None:
    """``docs/README.md`` has a line for each page of the site's table of contents; ``llms.txt`` is made of it."""
    contents = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\((\S+)\.md\)", (ROOT / "docs/README.md").read_text(encoding="utf-8")))

    assert set(re.findall(r"^([\w/-]+)$", contents, re.MULTILINE)) == listed - {"../README"}
