"""``wayback-policies``: the commands of ``scrapy`` in a checkout, in any folder."""

from __future__ import annotations

import os
import sys

from scrapy.cmdline import execute
from scrapy.utils.conf import closest_scrapy_cfg

from crawler import __version__


def program() -> str:
    """The program that has our commands in the current folder: ``scrapy`` finds them by a ``scrapy.cfg`` only."""
    return "scrapy" if closest_scrapy_cfg() else "wayback-policies"


def main() -> None:
    """Runs ``wayback-policies COMMAND...``. A ``scrapy.cfg`` in this folder or above it may name other settings."""
    if sys.argv[1:] == ["--version"]:
        print(f"wayback-policies {__version__}")  # noqa: T201 (the command's result)
        return
    if not closest_scrapy_cfg():
        os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    execute()
