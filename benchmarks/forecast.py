"""How right a crawl is about the time that it still takes.

    python benchmarks/forecast.py [--sites 60] [--seed 7] [--faster 4]

A real crawl of the sites of ``invented_sites.py`` within budgets (``--faster`` than the archive's, for the sake of
time). Its progress line is read twice a second, and compared with the time that was really left.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import shutil
import subprocess
import tempfile
import termios
import time
from pathlib import Path

import invented_sites
import stage
from markdown_table import table_head, table_row

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def seconds(told: str) -> float:
    """``"1 h 20 min"`` in seconds."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+) (s|min|h|d)\b", told))


def spread(told: str) -> tuple[float, float]:
    """``"12 to 20 min"`` in seconds."""
    least, _, most = told.removeprefix("at least ").rpartition(" to ")
    unit = "" if not least or " " in least else f" {most.rpartition(' ')[2]}"
    return seconds(f"{least}{unit}" if least else most), seconds(most)


def watched(folder: Path, url: str, domains: Path, faster: float) -> tuple[list[tuple[float, str]], float]:
    """What a crawl's progress line told, each with its time, and when the crawl had fetched all."""
    settings = {
        "DATA_DIR": folder,
        "CDX_PER_MINUTE": 24 * faster,
        "PLAYBACK_PER_MINUTE": 480 * faster,
        "LOG_LEVEL": "ERROR",
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    asked = ["-a", f"domains={domains}", "-a", f"archive_url={url}"]
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    termios.tcsetwinsize(theirs, (24, 200))
    told: list[tuple[float, str]] = []
    command = [*stage.SCRAPY, "crawl", "policies", *asked, *options]
    with subprocess.Popen(command, cwd=stage.ROOT, env=stage.ENVIRONMENT, stderr=theirs,
                          stdout=subprocess.DEVNULL) as process:  # fmt: skip
        while process.poll() is None:
            time.sleep(0.1)
            try:
                text = os.read(ours, 1 << 16).decode(errors="replace")
            except BlockingIOError:
                continue
            told += [(time.monotonic(), left.strip()) for left in re.findall(r"left ((?:at least )?\d[\w ]*)", text)]
    return told, max(request["time"] for request in stage.requests(url))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--faster", type=float, default=4)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="forecast-"))
    sites = invented_sites.invent(given.sites, given.seed)
    warc, _ = invented_sites.write(folder, sites)
    domains = folder / "domains.txt"
    domains.write_text("".join(f"{site.domain}\n" for site in sites))
    with stage.archive(warc) as url:
        told, end = watched(folder / "data", url, domains, given.faster)
        began = min(request["time"] for request in stage.requests(url))
    print(f"{end - began:.0f} s", "", table_head("of the crawl", "told", "were left"), sep="\n")
    right = within = of = 0
    next_shown = 0.0
    for when, left in told:
        share = (when - began) / (end - began)
        if share >= next_shown and share < 1:
            print(table_row(f"{share:.0%}", left, f"{end - when:.0f} s"))
            next_shown = round(share + 0.1, 1)
        if 0.1 <= share <= 0.95:
            least, most = spread(left)
            of += 1
            right += 0.7 * (end - when) <= (least + most) / 2 <= 1.3 * (end - when)
            within += 0.7 * least <= end - when <= 1.3 * most
    print(
        f"\nFrom a tenth of the crawl on, of {of} lines the middle was right within 30 % in {right / of:.0%},"
        f" the range in {within / of:.0%}."
    )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
