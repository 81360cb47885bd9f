"""The documentation site: ``nox -s docs`` builds it, without the network, and a warning is an error."""

from __future__ import annotations

import os
import re
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

html_theme = "furo"
html_title = f"openpower {release}"
html_theme_options = {
    "source_repository": "https://github.com/tris10au/openpower/",
    "source_branch": "main",
    "source_directory": "docs/",
}

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


def setup(app: Sphinx) -> None:
    """Sphinx calls this when it starts."""
    app.connect("source-read", adapt_links)
    app.connect("include-read", adapt_included)
