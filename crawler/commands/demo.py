"""``scrapy demo``: the sample archive on loopback, a real crawl of all its domains, and what it yields."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from crawler.console import program
from crawler.dataset_command import DONE, DatasetCommand
from crawler.local_archive.process import archive_process
from crawler.sample import sample_folder

#: The sample is on loopback, so its budgets and the contact are only there to be seen.
SETTINGS = ("CDX_PER_MINUTE=1200", "PLAYBACK_PER_MINUTE=6000", "CONTACT=you@example.org")
LOOK_AT = "domain/larkpost.example.html"


class Command(DatasetCommand):
    def short_desc(self) -> str:
        return "Crawl the sample archive on loopback and show the result"

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools.summary import summaries, table

        sample = sample_folder()
        folder = self.data_dir / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        with archive_process("--sample") as url:
            settings = [part for setting in (f"DATA_DIR={folder}", *SETTINGS) for part in ("-s", setting)]
            command = ["crawl", "policies", "-a", f"domains={sample / 'domains.txt'}", "-a", f"archive_url={url}"]
            print(f"$ {program()} {' '.join(command + settings)}", flush=True)
            self.exitcode = subprocess.run([sys.executable, "-m", "scrapy", *command, *settings]).returncode
        print("", *table(summaries(folder)), "", sep="\n")
        for path in sorted(folder.rglob("*.parquet")) + sorted(folder.rglob("*.warc.gz")) + [folder / "crawl.sqlite"]:
            print(f"{path.stat().st_size:>9,} bytes  {path}")
        command = ["report", "-o", str(folder / "report"), "-s", f"DATA_DIR={folder}"]
        print(f"\n$ {program()} {' '.join(command)}", flush=True)
        made = subprocess.run([sys.executable, "-m", "scrapy", *command]).returncode
        self.exitcode = self.exitcode or made
        if made == DONE:
            page = (folder / "report" / LOOK_AT).absolute().as_uri()
            print(f"Look at {page}#v10: a policy of 22 years on its timeline, and what the GDPR changed in it")
