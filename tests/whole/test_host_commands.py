"""Scrapy's own ways work in this project: shell, fetch, feeds, other pipelines, other spiders' items."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.processes import rows_of
from tests.support.scripts import QUICK, scrapy

pytestmark = pytest.mark.slow

PIPELINE = """
class Notes:
    def open_spider(self):
        self.file = open("notes.txt", "w")

    def process_item(self, item):
        self.file.write(f"{item['domain']} {item['capture_date']} {item['words']}\\n")
        item["text"] = "changed"
        return item

    def close_spider(self):
        self.file.close()
"""
OTHER_SPIDER = """
import scrapy


class Other(scrapy.Spider):
    name = "other"
    custom_settings = {"ITEM_PIPELINES": {"pipelines.storage.StoragePipeline": 100}}

    async def start(self):
        yield {"answer": 42}
"""


def test_fetch_prints_what_the_archive_answers(archive_url: str) -> None:
    done = scrapy("fetch", "--nolog", f"{archive_url}/cdx/search/cdx?url=plumeria.example&limit=1")
    assert done.returncode == 0
    assert done.stdout.startswith("example,plumeria)/ 1999"), done.stderr


def test_shell_has_the_archives_answer(archive_url: str) -> None:
    done = scrapy("shell", "--nolog", f"{archive_url}/cdx/search/cdx?url=plumeria.example", "-c", "response.status")
    assert (done.returncode, done.stdout.strip()) == (0, "200"), done.stderr


def test_feeds_hold_one_object_per_stored_row_and_other_pipelines_get_the_rows(
    archive_url: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.py").write_text(PIPELINE)
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n")
    done = scrapy(
        "crawl", "policies", "-a", "domain=quietgarden.example", "-a", f"archive_url={archive_url}", *QUICK,
        "-s", 'ITEM_PIPELINES={"notes.Notes": 300}', "-O", "out.jsonl", "-O", "out.csv", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    rows = rows_of(tmp_path / "data" / "policies")
    assert len(rows) == 2
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    keys = (
        "domain",
        "policy_url",
        "wayback_url",
        "kind",
        "primary",
        "words",
        "text_sha256",
        "warc_file",
        "warc_offset",
    )
    assert sorted([line[key] for key in keys] for line in lines) == sorted([row[key] for key in keys] for row in rows)
    assert all(line["text"] == "changed" for line in lines)
    assert all(row["text"] != "changed" for row in rows), "what another pipeline changes is not what is stored"
    with (tmp_path / "out.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    assert len((tmp_path / "notes.txt").read_text().splitlines()) == 2


def test_items_of_other_spiders_pass_storage_untouched(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER_SPIDER)
    done = scrapy("runspider", "other.py", "-O", "out.jsonl", cwd=tmp_path)
    assert (tmp_path / "out.jsonl").read_text() == '{"answer": 42}\n', done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) in ([], ["__pycache__"])
