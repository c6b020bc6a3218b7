"""Makes ``docs/pictures/``: the report of the sample archive as Chromium shows it.

Run it from the checkout, with the extras ``report`` and ``browser``: ``python -m data.make.pictures``. It crawls the
sample first, on loopback.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
#: The pictures: a page of the report, and how high the part of it is that the picture shows.
PICTURES = {
    "corpus": ("index.html", 1120),
    "timeline": ("domain/tidelog.example.html", 780),
    "change": ("domain/plumeria.example.html#v4", 560),
}
WIDTH = 1280


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


def main() -> None:
    with TemporaryDirectory() as data_dir:
        command = [sys.executable, "-m", "scrapy", "demo", "-s", f"DATA_DIR={data_dir}"]
        subprocess.run(command, check=True)  # noqa: S603 (our own command)
        FOLDER.mkdir(exist_ok=True)
        take(Path(data_dir) / "demo" / "report", FOLDER)


if __name__ == "__main__":
    main()
