"""Makes the egg by which scrapyd knows this project: ``python -m data.make.egg wayback-policies.egg``.

The egg only names the project's settings. The code itself is installed beside scrapyd (``pip install .``), because it
starts worker processes, which can't import from an egg that scrapyd has put into a temporary file.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from crawler import __version__

FILES = {
    "EGG-INFO/PKG-INFO": f"Metadata-Version: 1.0\nName: wayback-policies\nVersion: {__version__}\n",
    "EGG-INFO/entry_points.txt": "[scrapy]\nsettings = crawler.settings\n",
}


def make_egg(path: Path) -> None:
    """Writes the egg."""
    with zipfile.ZipFile(path, "w") as egg:
        for name, text in FILES.items():
            egg.writestr(name, text)


if __name__ == "__main__":
    make_egg(Path(sys.argv[1]))
