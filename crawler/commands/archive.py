"""``scrapy archive``: serves WARC files as a web archive on loopback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import NOTHING_THERE, DatasetCommand
from crawler.sample import EXCLUDED, sample_folder

if TYPE_CHECKING:
    from crawler.local_archive.server import LocalArchive


class Command(DatasetCommand):
    """A thin door to ``crawler.local_archive.server``."""

    takes_arguments: ClassVar[bool] = True
    takes_several: ClassVar[bool] = True

    def syntax(self) -> str:
        return "[options] --sample | FILE_OR_FOLDER..."

    def short_desc(self) -> str:
        return "Serve WARC files as a web archive on 127.0.0.1"

    def long_desc(self) -> str:
        return (
            "Serves WARC files (.warc, .warc.gz), or all of a folder, on 127.0.0.1 in the Internet Archive's CDX and "
            "playback dialects. Example: scrapy archive --sample, then scrapy crawl policies "
            "-a domain=plumeria.example -a archive_url=http://127.0.0.1:8090"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--sample",
            action="store_true",
            help=f"serve the sample, whose {EXCLUDED} had itself excluded",
        )
        parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default: %(default)s)")
        parser.add_argument(
            "--exclude",
            action="append",
            default=[],
            metavar="DOMAIN",
            help="answer as the archive does for a site that had itself excluded (may be repeated)",
        )
        parser.add_argument("--latency", type=float, metavar="SECONDS", help="answer each request this much later")
        parser.add_argument("--faults", type=Path, metavar="FILE", help="JSON list of faults to inject")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from crawler.local_archive import faults, server

        if not (args or opts.sample):
            raise UsageError("name at least one WARC file, or --sample", print_help=False)
        if not 0 <= opts.port < 1 << 16:
            raise UsageError(f"--port is 0 to 65535, not {opts.port}", print_help=False)
        try:
            paths = [*map(Path, args), *([sample_folder()] if opts.sample else [])]
            excluded = [*opts.exclude, *([EXCLUDED] if opts.sample else [])]
            archive = server.open_archive(paths, excluded=excluded, faults_file=opts.faults)
            if opts.latency:
                archive.rules.append(faults.Rule("latency", options={"seconds": opts.latency}))
            if archive.index.damaged:
                print(f"scrapy archive: damaged records skipped: {archive.index.damaged}", file=sys.stderr, flush=True)
            server.serve(archive, opts.port, lambda url: _announce(archive, url))
        except OSError as problem:
            named = f"{problem.filename}: " if problem.filename else ""
            self.fail(f"scrapy archive: {named}{problem.strerror or problem}", NOTHING_THERE)
        except ValueError as problem:
            self.fail(f"scrapy archive: {problem}", NOTHING_THERE)


def _announce(archive: LocalArchive, url: str) -> None:
    captures, urls = len(archive.index.entries), archive.index.url_count()
    print(f"Serving {captures} captures of {urls} URLs at {url}/ (Ctrl-C ends)", flush=True)
