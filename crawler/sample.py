"""The sample: an archive of invented websites, in the checkout and in the wheel."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Final

from crawler.dataset_command import NothingThere
from crawler.settings import beside_scrapy_cfg

#: The site of the sample that had itself excluded: whoever serves the sample answers so.
EXCLUDED: Final = "vault33.example"


def sample_folder() -> Path:
    """Where the sample is: in a checkout, or where the wheel has put it. ``NothingThere`` if it is nowhere."""
    in_checkout = beside_scrapy_cfg("data") / "sample"
    installed = Path(sysconfig.get_path("data")) / "share" / "wayback-policies" / "sample"
    for folder in (in_checkout, installed):
        if any(folder.glob("*.warc.gz")):
            return folder
    raise NothingThere(f"there is no sample in {in_checkout} nor in {installed}")
