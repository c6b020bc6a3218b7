"""Makes ``docs/pictures/``: the report of the sample archive as Chromium shows it, and the tutorial's plot.

Run it from the checkout, with the extras ``report`` and ``browser``: ``python -m data.make.pictures``. It crawls the
sample first, on loopback.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
#: The pictures: a page of the report, and how high the part of it is that the picture shows.
PICTURES = {
    "corpus": ("index.html", 1120),
    "timeline": ("domain/larkpost.example.html", 780),
    "change": ("domain/plumeria.example.html#v4", 560),
}
WIDTH = 1280
TUTORIAL = FOLDER.parent / "tutorial.md"


def chromium() -> str | None:
    """The system's Chromium; ``None`` where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def take(report: Path, folder: Path) -> None:
    """Takes the ``PICTURES`` of a report of the sample, as PNG files in ``folder``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, (path, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": height})
            page.goto(f"{report.absolute().as_uri()}/{path}")
            if "#" in path:
                page.wait_for_selector("#shown p")
                page.locator("#reader").scroll_into_view_if_needed()
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


def plot(data_dir: Path) -> None:
    """Draws what the tutorial draws of its DATA_DIR, into ``words.svg``."""
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text("utf-8"), re.S)
    (code,) = (block for block in blocks if "plot.save" in block)
    with TemporaryDirectory() as folder, chdir(folder):
        Path("data").symlink_to(data_dir)
        exec(code, {})  # noqa: S102 (our own page)
        shutil.move("words.svg", FOLDER / "words.svg")


def main() -> None:
    with TemporaryDirectory() as folder:
        data_dir = Path(folder)
        command = [sys.executable, "-m", "scrapy", "demo", "-s", f"DATA_DIR={data_dir}"]
        subprocess.run(command, check=True)  # noqa: S603 (our own command)
        FOLDER.mkdir(exist_ok=True)
        take(data_dir / "demo" / "report", FOLDER)
        plot(data_dir / "demo")


if __name__ == "__main__":
    main()
