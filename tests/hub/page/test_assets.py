"""The page's own files: what is vendored is what its authors published, and nothing is asked of anybody else."""

from __future__ import annotations

import gzip
import re
from hashlib import sha256

import httpx

from openpower_hub.page import static

# Of dist/uPlot.iife.min.js and dist/uPlot.min.css in the npm package uplot@1.6.32.
PUBLISHED = {
    "uplot.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uplot.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_vendored_files_are_as_published() -> None:
    """By their SHA-256, and NOTICE says what they are."""
    notice = (static.FOLDER / "NOTICE").read_text(encoding="utf-8")
    for name, digest in PUBLISHED.items():
        assert sha256((static.FOLDER / name).read_bytes()).hexdigest() == digest
        assert name in notice
    assert "uPlot 1.6.32, MIT licence" in notice


def test_nothing_names_another_host() -> None:
    """No file and no template has an address with a scheme, save for the names of XML's vocabulary."""
    own = [each for each in static.FOLDER.iterdir() if each.name not in (*PUBLISHED, "NOTICE")]
    for path in [*own, *static.FOLDER.with_name("templates").iterdir()]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")

        assert not re.search(r"(https?:)?//[a-z0-9]", text.replace("// ", "")), path.name


def test_what_the_policy_forbids_is_not_used() -> None:
    """No inline script, no style attribute, no event attribute, no eval."""
    for path in static.FOLDER.with_name("templates").iterdir():
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|<style", text), path.name
    assert not re.search(r"\beval\(|new Function", (static.FOLDER / "page.js").read_text(encoding="utf-8"))


def test_the_budget() -> None:
    """Our module at most 8 kB, all files of the page at most 50 kB, each compressed."""
    sizes = {name: len(asset.gzipped) for name, asset in static.assets().items()}

    assert sizes["page.js"] <= 8_000
    assert sum(sizes.values()) <= 50_000


async def test_files_are_kept_for_ever(browser: httpx.AsyncClient) -> None:
    """Their names change with their content, so browsers never ask again."""
    for name, asset in static.assets().items():
        answer = await browser.get(static.url(name))

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == asset.content
        assert gzip.decompress(asset.gzipped) == asset.content
    plain = await browser.get(static.url("page.css"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert (await browser.get("/static/page.0000000000.css")).status_code == 404
    assert (await browser.get("/static/NOTICE")).status_code == 404
