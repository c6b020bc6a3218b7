"""Where the project's own files are."""

from __future__ import annotations

import os
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg


def beside_scrapy_cfg(name: str) -> Path:
    """The path of a file or folder beside the closest ``scrapy.cfg``, relative to the current folder.

    Scrapy finds the project from any subfolder, so in ``tests/`` the folder ``data`` is ``../data``. Outside of any
    project the name stays as it is.
    """
    cfg = closest_scrapy_cfg()
    return Path(os.path.relpath(Path(cfg).with_name(name))) if cfg else Path(name)
