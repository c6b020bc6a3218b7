"""Runs a Scrapy command of this project inside the test's process."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy import cmdline
from scrapy.settings import Settings


def scrapy(data_dir: Path, *arguments: str) -> int:
    """``scrapy -s DATA_DIR=data_dir arguments...``; returns the exit code."""
    settings = Settings(
        {"COMMANDS_MODULE": "crawler.commands", "SPIDER_MODULES": ["crawler.spiders"], "DATA_DIR": str(data_dir)}
    )
    with pytest.raises(SystemExit) as ending:
        cmdline.execute(["scrapy", *arguments], settings=settings)
    return int(ending.value.code or 0)
