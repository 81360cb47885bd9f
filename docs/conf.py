"""The documentation site: ``nox -s docs`` builds it, without the network, and a warning is an error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
REPOSITORY = "https://github.com/tris10au/openpower/blob/main"

project = "openpower"
author = "The openpower authors"
copyright = f"{author}, MIT licence"
release = version = version_of("openpower")
sys.path.insert(0, str(DOCS))
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "reference_pages"]
exclude_patterns = ["README.md"]  # GitHub's view of the folder; index.md includes it
nitpicky = True

autodoc_default_options = {"undoc-members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 88

myst_heading_anchors = 4  # with GitHub's own rule for slugs, so that a link works in both places
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True

html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme = "furo"
html_title = f"openpower {release}"
html_theme_options = {
    "source_repository": "https://github.com/tris10au/openpower/",
    "source_branch": "main",
    "source_directory": "docs/",
}

ROW = re.compile(r"^\| (\[.+\)) \| (.+) \|$")
ABOUT = """\
# openpower

> One typed Python API for solar inverters, home batteries, EV chargers and electricity retailers, safe to control real hardware with.

`openpower.connect("demo")` needs no account. Positive power flows into the house: discharging and importing are positive; so are export prices that you are paid.
Figures have their unit in the name (W, kWh, percentages from 0 to 100). None means unknown, never zero. Times are aware and in UTC, intervals half-open, money is
Decimal in the major unit. Commands end by themselves or are undone by `release()`; `dry_run=True` sends nothing. Everything that openpower raises is an `OpenPowerError`.
All pages in one file: [llms-full.txt](llms-full.txt)
"""

LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")


def adapt_links(app: Sphinx, page: str, source: list[str]) -> None:
    """Links are written for GitHub: those that leave ``docs/`` lead there, and its ``README.md`` is our ``index.md``."""

    def adapt(match: re.Match[str]) -> str:
        target = (DOCS / page).parent / match[1]
        path = Path(os.path.normpath(target))
        if path == DOCS / "README.md":
            return str(target.with_name("index.md").relative_to((DOCS / page).parent))
        if path.is_relative_to(DOCS) or not path.exists():
            return match[1]
        return f"{REPOSITORY}/{path.relative_to(DOCS.parent).as_posix()}"

    source[0] = LINK.sub(adapt, source[0])


def adapt_included(app: Sphinx, relative: Path, parent: str, content: list[str]) -> None:
    """The same for what a page includes."""
    adapt_links(app, parent, content)


def write_texts(app: Sphinx, error: Exception | None) -> None:
    """Every page as plain text beside its HTML, ``llms-full.txt``, and ``llms.txt`` (llmstxt.org), whose list is that of the README."""
    if error is not None or app.builder.name != "html":
        return
    # A second Sphinx in one process would register everything twice; what was read is not read again.
    again = [sys.executable, "-m", "sphinx", "-q", "-b", "text", "-d", app.doctreedir, app.srcdir, app.outdir]
    subprocess.run(again, check=True)
    lines, pages = [ABOUT], list[str]()
    for line in (DOCS / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            lines += ["", line, ""]
        elif row := ROW.match(line):
            for title, page in re.findall(r"\[(.+?)\]\((.+?)\.md\)", row[1]):
                lines.append(f"- [{title}]({page}.txt): {row[2]}")
                pages.append(page)
    (app.outdir / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pages += sorted(f"reference/native/{path.stem}" for path in (DOCS / "reference/native").glob("*.md"))
    texts = [(app.outdir / f"{page}.txt").read_text(encoding="utf-8") for page in dict.fromkeys(pages)]
    (app.outdir / "llms-full.txt").write_text("\n\n".join(texts), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Sphinx calls this when it starts."""
    app.connect("source-read", adapt_links)
    app.connect("include-read", adapt_included)
    app.connect("build-finished", write_texts)
