"""How Sphinx makes a site of these pages: ``make docs``. It asks for nothing outside of the checkout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from docutils.nodes import document
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from crawler import __version__  # noqa: E402 (the checkout's, whatever is installed)
from data.make.notebook import markdown_of  # noqa: E402
from data.make.reference import filled  # noqa: E402

project = "wayback-policies"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
smartquotes = False  # it makes one dash of the two of an option

myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = f"wayback-policies {release}"
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False


class NotebookParser(MystParser):
    """Reads a notebook as the page that it makes."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: document) -> None:
        super().parse(markdown_of(json.loads(inputstring)), document)


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Puts what is made of the code into the pages that ask for it."""
    source[0] = filled(source[0])


def setup(app: Sphinx) -> None:
    app.connect("source-read", fill)
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
