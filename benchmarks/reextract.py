"""Documents a second of ``scrapy reextract``, and of datatrove's WARC reader with trafilatura on the same files.

    python benchmarks/reextract.py PAGES.parquet DIR [--repeat 4] [--peer PYTHON]

PAGES has the columns ``url`` and ``html`` (bytes); each page is stored ``--repeat`` times as a capture of its own.
DIR is a folder to work in. PYTHON is an interpreter with datatrove and trafilatura in an environment of its own:
datatrove's extras ask for an older trafilatura than ours. The two take turns, on one process and on two.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import stage
from markdown_table import table_head, table_row
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.part_writer import write_part
from pipelines.schema import POLICIES
from pipelines.tools.reextraction import reextract

PAGES_A_FILE = 100
PEER = Path(__file__).with_name("peer_datatrove.py")


def make_dataset(pages: Path, data_dir: Path, repeat: int) -> int:
    """WARC files and rows for the pages, as a crawl leaves them; returns the number of captures."""
    (data_dir / "warc").mkdir(parents=True)
    source = pq.read_table(pages, columns=["url", "html"]).to_pylist() * repeat
    rows = []
    for start in range(0, len(source), PAGES_A_FILE):
        name = f"{start // PAGES_A_FILE:05}.warc.gz"
        with (data_dir / "warc" / name).open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for number, page in enumerate(source[start : start + PAGES_A_FILE], start):
                url = page["url"] or f"http://pages.example/{number}"
                rows.append(_row(number, url, name, file.tell()))
                headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
                writer.write_record(
                    writer.create_warc_record(url, "response", payload=BytesIO(page["html"]), http_headers=headers)
                )
    write_missing(data_dir / "warc")
    write_part(data_dir / "policies" / "all.parquet", pa.Table.from_pylist(rows, schema=POLICIES))
    return len(rows)


def _row(number: int, url: str, warc_file: str, offset: int) -> dict[str, Any]:
    when = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    digest = hashlib.sha256(b"").hexdigest()
    return {
        "domain": "pages.example", "capture_date": when.date(), "captured_at": when, "requested_at": when,
        "policy_url": url, "wayback_url": url, "view_url": url, "found_by": "given", "redirects": [], "text": "",
        "markdown": "", "origin": "crawl",
        "kind": "other", "policy_score": 0.0, "primary": False, "policy_owner": "other", "words": 0,
        "text_sha256": digest, "raw_sha256": digest, "archive": "web.archive.org", "extractor": "none",
        "fetched_at": when, "crawl_id": "benchmark", "warc_file": warc_file, "warc_offset": offset,
    }  # fmt: skip


def _ours(data_dir: Path, processes: int) -> None:
    with DataDirLock(data_dir):
        reextract(data_dir, processes=processes)


def _theirs(python: str, data_dir: Path, processes: int) -> None:
    out = data_dir / "datatrove"
    subprocess.run([python, PEER, data_dir / "warc", out, str(processes)], check=True, capture_output=True)
    shutil.rmtree(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--peer", metavar="PYTHON")
    options = parser.parse_args()
    made = options.folder / "made"
    documents = make_dataset(options.pages, made, options.repeat)
    print(f"{documents} documents, {sum(f.stat().st_size for f in (made / 'warc').iterdir()) / 1e6:.0f} MB of WARC")
    print(table_head("who", "processes", "seconds", "documents/s", "processor, s"))
    for processes in (1, 2):
        runs: dict[str, Callable[[Path], None]] = {"reextract": partial(_ours, processes=processes)}
        if options.peer:
            runs["datatrove, trafilatura"] = partial(_theirs, options.peer, processes=processes)
        for name, run in runs.items():
            data_dir = options.folder / "run"
            shutil.copytree(made, data_dir)
            started, worked = time.perf_counter(), stage.cpu_seconds()
            run(data_dir)
            seconds, work = time.perf_counter() - started, stage.cpu_seconds() - worked
            shutil.rmtree(data_dir)
            figures = (f"{figure:.1f}" for figure in (seconds, documents / seconds, work))
            print(table_row(name, f"{processes}", *figures), flush=True)
    shutil.rmtree(made)


if __name__ == "__main__":
    main()
