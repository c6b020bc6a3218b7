"""The sample: an archive of invented websites, in the checkout and in the wheel."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Final

from crawler.dataset_command import NothingThere

#: The site of the sample that had itself excluded: whoever serves the sample answers so.
EXCLUDED: Final = "vault33.example"
#: Where this code lies: a checkout, whatever the current folder is (``make`` installs it editable).
_CODE: Final = Path(__file__).parents[1]


def sample_folder() -> Path:
    """Where the sample is: in a checkout, or where the wheel has put it. ``NothingThere`` if it is nowhere."""
    in_checkout = _CODE / "data" / "sample"
    installed = Path(sysconfig.get_path("data")) / "share" / "wayback-policies" / "sample"
    for folder in (in_checkout, installed):
        if any(folder.glob("*.warc.gz")):
            return folder
    raise NothingThere(f"there is no sample in {in_checkout} nor in {installed}")
