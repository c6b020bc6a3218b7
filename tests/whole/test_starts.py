"""The policies spider behaves alike however it is started, and its requests say who is asking."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from crawler.addon import user_agent
from crawler.ledger import Ledger
from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, serving
from pipelines.dataset.lock import DataDirLock
from tests.support.processes import ROOT, lasting, rows_of
from tests.support.scripts import QUICK, archive_that_notes, example, python, scrapy

pytestmark = pytest.mark.slow

CONTACT = "you@example.org"
OURS = user_agent(CONTACT)

#: Starts the spider as a script does, without the command and without the project's settings.
SCRIPT = """
import json, sys
from scrapy.crawler import AsyncCrawlerProcess
from crawler.spiders.policies import PoliciesSpider
settings, arguments = json.loads(sys.argv[1]), json.loads(sys.argv[2])
process = AsyncCrawlerProcess(settings)
process.crawl(PoliciesSpider, **arguments)
(crawler,) = process.crawlers
process.start()
stats = crawler.stats.get_stats()
names = ["finish_reason", *(name for name in stats if name.startswith("wayback/"))]
print(json.dumps({"exit_code": crawler.spider.exit_code, "stats": {name: stats[name] for name in names}}))
"""
NO_BUDGETS = {"CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0, "RETRY_SECONDS": 0.1, "EXTRACTION_PROCESSES": 1}


def script(folder: Path, settings: dict[str, object], **arguments: str) -> tuple[dict[str, object], str]:
    """(what the script prints at its end, all that it prints)."""
    (folder / "script.py").write_text(SCRIPT)
    given = json.dumps({**NO_BUDGETS, "DATA_DIR": str(folder / "data"), **settings})
    done = python("script.py", given, json.dumps(arguments), cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


# --- who is asking


def test_a_script_s_requests_carry_the_contact(tmp_path: Path) -> None:
    with archive_that_notes("User-Agent") as (url, agents):
        script(tmp_path, {"CONTACT": CONTACT}, domain="shop.example", archive_url=url)
    assert agents == {OURS}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"CONTACT": CONTACT}, OURS),
        ({"CONTACT": CONTACT, "USER_AGENT": "mybot/1 (me@example.org)"}, "mybot/1 (me@example.org)"),
    ],
)
def test_a_user_agent_that_the_user_gives_wins(given: dict[str, str], sent: str, tmp_path: Path) -> None:
    settings = [part for name, value in given.items() for part in ("-s", f"{name}={value}")]
    with archive_that_notes("User-Agent") as (url, agents):
        scrapy(
            "crawl", "policies", "-a", "domain=shop.example", "-a", f"archive_url={url}",
            "-s", f"DATA_DIR={tmp_path}", *QUICK, *settings,
        )  # fmt: skip
    assert agents == {sent}


def test_a_login_in_the_archives_address_goes_with_each_request_and_nowhere_else(tmp_path: Path) -> None:
    with archive_that_notes("Authorization") as (url, logins):
        done = scrapy(
            "crawl", "policies", "-a", "domain=shop.example", "-a", f"archive_url={url.replace('//', '//me:s%40fe@')}",
            "-s", f"DATA_DIR={tmp_path}", *QUICK,
        )  # fmt: skip
    assert logins == {"Basic " + b64encode(b"me:s@fe").decode()}
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written and not any(b"s%40fe" in text or b"s@fe" in text for text in (*written, done.stderr.encode()))


# --- a crawl's life without the command


def test_a_script_s_crawl_stores_the_same_rows_reports_and_lets_go_of_data_dir(
    archive_url: str, tmp_path: Path, undisturbed: object
) -> None:
    told, said = script(tmp_path, {}, domain="mapleloop.example", archive_url=archive_url)
    assert told["exit_code"] == 0
    rows = lasting(rows_of(tmp_path / "data" / "policies"))
    assert rows == lasting(undisturbed.of("mapleloop.example"))  # type: ignore[attr-defined]
    assert "everything planned is settled (exit code 0)" in said
    DataDirLock(tmp_path / "data").release()
    ledger = Ledger(tmp_path / "data")
    assert ledger.db.execute("SELECT finished FROM crawls").fetchall() == [(1,)]
    ledger.close()


def test_a_script_is_refused_while_another_process_holds_data_dir(tmp_path: Path) -> None:
    lock = DataDirLock(tmp_path / "data")
    told, said = script(tmp_path, {}, domain="shop.example", archive_url="http://127.0.0.1:9")
    lock.release()
    assert told == {"exit_code": 5, "stats": {"finish_reason": "data_dir_held", "wayback/crawl/exit_code": 5}}
    assert "in use by another process" in said
    assert "Traceback" not in said


def test_a_script_s_crawl_that_is_shut_out_says_so(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([{"action": "error", "status": 429, "retry_after": "86400"}])
    with serving(archive) as url:
        told, said = script(tmp_path, {}, domain="plumeria.example", archive_url=url)
    assert told["exit_code"] == 4
    assert told["stats"]["finish_reason"] == "archive_shut_out"  # type: ignore[index]
    assert "the archive shut us out" in said


def test_scrapyds_own_argument_is_no_argument_of_ours(tmp_path: Path) -> None:
    with archive_that_notes("User-Agent") as (url, _):
        done = scrapy(
            "crawl", "policies", "-a", "domain=shop.example", "-a", f"archive_url={url}", "-a", "_job=1",
            "-s", f"DATA_DIR={tmp_path}", *QUICK,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


# --- the docs


def test_every_count_of_a_crawl_is_in_the_table_of_the_docs(archive_url: str, tmp_path: Path) -> None:
    told, _ = script(tmp_path, {}, domain="plumeria.example", archive_url=archive_url)
    page = (ROOT / "docs" / "statistics.md").read_text()
    documented = re.findall(r"^\| `(wayback/[^`]+)`", page, re.M)
    patterns = {name: re.compile(re.sub(r"<\w+>", r"[\\w-]+", name)) for name in documented}
    stats: dict[str, object] = told["stats"]  # type: ignore[assignment]
    names = stats.keys() - {"finish_reason"}
    for name in names:
        assert any(pattern.fullmatch(name) for pattern in patterns.values()), name
    of_trouble = {f"wayback/{name}/<pool>" for name in ("refused", "pauses", "paused")}
    of_trouble |= {"wayback/outside", "wayback/silences"}
    unused = {name for name, pattern in patterns.items() if not any(map(pattern.fullmatch, names))}
    assert unused - of_trouble <= {"wayback/progress/<what>"}
    rows = rows_of(tmp_path / "data" / "policies")
    assert stats["wayback/rows"] == stats["wayback/captures/stored"] == len(rows)


def test_the_docs_spider_fetches_mementos_within_the_budgets(archive: LocalArchive, tmp_path: Path) -> None:
    (tmp_path / "mementos.py").write_text(example("other-spiders.md", "mementos.py"))
    with serving(archive) as url:
        done = scrapy(
            "runspider", "mementos.py", "-a", "url=https://www.mapleloop.example/privacy",
            "-s", f"ARCHIVE_URL={url}", "-s", "PLAYBACK_PER_MINUTE=600", "-O", "mementos.jsonl", cwd=tmp_path,
        )  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "mementos.jsonl").read_text().splitlines()]
    assert {row["url"] for row in rows} == {"https://www.mapleloop.example/privacy"}
    sent = [entry for entry in archive.log if entry["pool"] == "playback"]
    assert len(rows) == len(sent) > 5
    assert re.search(rf"'wayback/requests/playback': {len(sent)}\b", done.stderr)
    assert sent[-1]["time"] - sent[0]["time"] >= (len(sent) - 1) * 60 / 600 - 1.0, "they are paced"


def test_the_docs_spider_is_closed_when_the_archive_shuts_it_out(archive: LocalArchive, tmp_path: Path) -> None:
    (tmp_path / "mementos.py").write_text(example("other-spiders.md", "mementos.py"))
    archive.rules = faults.parse([{"action": "error", "status": 429, "retry_after": "86400"}])
    with serving(archive) as url:
        done = scrapy(
            "runspider", "mementos.py", "-a", "url=plumeria.example", "-s", f"ARCHIVE_URL={url}", cwd=tmp_path
        )
    assert "'finish_reason': 'archive_shut_out'" in done.stderr
    assert "the archive asks to wait 86400 s" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_docs_script_runs(archive_url: str, tmp_path: Path) -> None:
    text = example("other-spiders.md", "script.py")
    text = text.replace('domain="plimus.com"', f'domain="mapleloop.example", archive_url="{archive_url}"')
    text = text.replace('"DATA_DIR": "data"', '"DATA_DIR": "data", "CDX_PER_MINUTE": 0, "PLAYBACK_PER_MINUTE": 0')
    (tmp_path / "script.py").write_text(text)
    done = python("script.py", cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "0 12", done.stderr
    assert done.stderr.count("Spider opened") == 1, "its worker processes begin no crawl of their own"
