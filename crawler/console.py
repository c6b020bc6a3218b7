"""``wayback-policies``: the commands of ``scrapy`` in a checkout, in any folder."""

from __future__ import annotations

import os
import sys

from scrapy.cmdline import execute
from scrapy.utils.conf import closest_scrapy_cfg
from scrapy.utils.project import get_project_settings

from crawler import __version__
from crawler.dataset_command import NOTHING_THERE

_TAKE_OVER = "let them begin with 'from crawler.settings import *', or go to another folder"


def program() -> str:
    """The program that has our commands in the current folder: ``scrapy`` finds them by a ``scrapy.cfg`` only."""
    return "scrapy" if closest_scrapy_cfg() else "wayback-policies"


def main() -> None:
    """Runs ``wayback-policies COMMAND...``. A ``scrapy.cfg`` in this folder or above it may name other settings.

    Where these have not taken ours over, as in a project of other spiders, our commands could not work.
    """
    if sys.argv[1:] == ["--version"]:
        print(f"wayback-policies {__version__}")  # noqa: T201 (the command's result)
        return
    cfg = closest_scrapy_cfg()
    if not cfg:
        os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    elif "DATA_DIR" not in get_project_settings():
        print(f"{cfg} names settings without ours: {_TAKE_OVER}", file=sys.stderr)  # noqa: T201
        sys.exit(NOTHING_THERE)
    execute()
