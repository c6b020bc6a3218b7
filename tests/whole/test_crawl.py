"""What a crawl fetches by its arguments, and what it leaves alone when it is run again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.commands import scrapy
from tests.support.pages import policy_page
from tests.support.ports import free_port
from tests.support.processes import DOMAINS, Run, crawl, digits, finish, lasting, rows_of, start
from tests.support.warc import Record, write_warc

pytestmark = pytest.mark.slow

# --- what is asked for


def test_since_and_until_are_inclusive(archive: LocalArchive, tmp_path: Path) -> None:
    with serving(archive) as url:
        run = crawl(tmp_path, url, domain="plumeria.example", since="2002-02", until="2005")
    assert run.code == 0, run.log
    found = [digits(row["captured_at"]) for row in run.captures]
    assert found == ["20020212094521", "20030130174410", "20050314120233"]
    assert [digits(row["captured_at"]) for row in run.policies] == ["20020212094521", "20050314120233"]
    queries = [entry["path"] for entry in archive.log if entry["pool"] == "cdx"]
    assert all("from=200202" in path and "to=2005" in path for path in queries)


def test_given_urls_need_no_discovery(archive: LocalArchive, tmp_path: Path) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text(
        "# known policies\nhttp://quietgarden.example/about/yourinfo.html\nno address\n"
        "http://www.ledgerline.example/docs/privacy-policy.pdf\n"
    )
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, urls=urls)
    assert run.code == 0, run.log
    assert "Line 3 left out" in run.log
    assert {row["domain"] for row in run.captures} == {"quietgarden.example", "ledgerline.example"}
    assert {row["found_by"] for row in run.policies} == {"given"}
    assert len(run.of("quietgarden.example")) == len(run.of("ledgerline.example")) == 2
    queries = [entry["path"] for entry in archive.log if entry["pool"] == "cdx"]
    assert len(queries) == 2
    assert not any("matchType=domain" in path for path in queries)


def test_given_captures_are_fetched_and_nothing_else(archive: LocalArchive, tmp_path: Path) -> None:
    asked = [
        ("plumeria.example", "http://www.plumeria.example:80/privacy.html", "20020212094521"),
        ("plumeria.example", "http://www.plumeria.example:80/privacy.html", "20080620183011"),  # a redirect
        ("tidelog.example", "https://tidelog.example/legal/privacy", "20200606140003"),  # without text
        ("brinehouse.example", "http://brinehouse.example/privacy", "20100101000000"),  # not archived
    ]
    table = pa.table(
        {
            "domain": [domain for domain, _, _ in asked],
            "policy_url": [url for _, url, _ in asked],
            "captured_at": pa.array(
                [datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC) for _, _, timestamp in asked],
                pa.timestamp("s", tz="UTC"),
            ),
        }
    )
    pq.write_table(table, tmp_path / "captures.parquet")
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, captures=tmp_path / "captures.parquet")
    assert run.code == 0, run.log
    assert run.capture("20020212094521")["outcome"] == "stored"
    assert run.capture("20080620183011")["outcome"] == "redirect"
    assert run.capture("20080620183013")["outcome"] == "stored"
    (moved_to,) = (row for row in run.policies if digits(row["captured_at"]) == "20080620183013")
    assert moved_to["redirects"] == ["http://www.plumeria.example:80/privacy.html"]
    assert digits(moved_to["requested_at"]) == "20080620183011"
    assert moved_to["found_by"] == "redirect"
    assert run.capture("20200606140003")["outcome"] == "empty"
    assert run.capture("20100101000000")["outcome"] == "unplayable"
    assert not any("matchType=domain" in entry["path"] for entry in archive.log)


def test_two_shards_make_the_whole(archive_url: str, tmp_path: Path, undisturbed: Run) -> None:
    folders = [tmp_path / "0", tmp_path / "1"]
    processes = [start(folder, archive_url, shard=f"{k}/2") for k, folder in enumerate(folders)]
    halves = [finish(process, folder) for process, folder in zip(processes, folders, strict=True)]
    assert [half.code for half in halves] == [0, 0]
    domains = [{row["domain"] for row in half.captures} for half in halves]
    assert domains[0] and domains[1] and not domains[0] & domains[1]

    def key(row: dict) -> tuple[str, str, str]:
        return row["domain"], digits(row["captured_at"]), row["policy_url"] or ""

    for table in ("policies", "captures"):
        rows = [row for half in halves for row in getattr(half, table)]
        assert lasting(sorted(rows, key=key)) == lasting(getattr(undisturbed, table))


def test_what_was_imported_from_the_older_corpus_is_fetched_anew_and_there_once(
    undisturbed: Run, archive_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scrapy(undisturbed.data_dir, "export", "--format", "markdown", "-o", str(tmp_path / "older")) == 0
    for path in (tmp_path / "older").rglob("*.md"):
        path.write_text(path.read_text().replace(f"]({archive_url}/", "](https://web.archive.org/"))
    data = tmp_path / "data"
    data.mkdir()
    assert scrapy(data, "import", str(tmp_path / "older")) == 0
    imported = rows_of(data / "policies")
    captures = pa.table({name: [row[name] for row in imported] for name in ("domain", "policy_url", "captured_at")})
    pq.write_table(captures, tmp_path / "captures.parquet")
    monkeypatch.setenv("http_proxy", archive_url)  # requests for the Internet Archive go to the one on loopback
    run = crawl(data, "http://web.archive.org", captures=tmp_path / "captures.parquet")
    assert run.code == 0, run.log
    assert {row["archive"] for row in run.policies} == {"web.archive.org"}
    keys = [(row["domain"], row["captured_at"], row["policy_url"]) for row in run.policies]
    assert keys == [(row["domain"], row["captured_at"], row["policy_url"]) for row in imported]
    assert {row["extractor"] for row in imported} == {"princeton-leuven"}
    policies = {row["text"] for row in undisturbed.policies if row["kind"] == "privacy_policy"}
    assert {row["text"] for row in run.policies} == policies, "the corpus's form names other kinds, and takes none"


# --- asked again


def test_a_list_that_is_crawled_again_leaves_what_is_not_due_and_visits_the_rest_through_playback(
    archive: LocalArchive, tmp_path: Path
) -> None:
    with serving(archive) as url:
        assert crawl(tmp_path, url).code == 0
        before = {folder: rows_of(tmp_path / folder) for folder in ("policies", "captures")}
        archive.log.clear()
        too_soon = crawl(tmp_path, url)
        asked_too_soon = list(archive.log)
        years = {datetime.now(UTC).year}
        again = crawl(tmp_path, url, refresh="0d")
        years.add(datetime.now(UTC).year)
    domains = [line for line in DOMAINS.read_text().splitlines() if line and not line.startswith("#")]
    assert too_soon.code == 0 and asked_too_soon == []
    assert f"{len(domains)} domains are not due" in too_soon.log
    assert again.code == 0, again.log
    assert {entry["pool"] for entry in archive.log} == {"playback"}
    visited = [entry["path"] for entry in archive.log]
    for domain in domains:
        (path,) = (path for path in visited if domain in path)
        assert int(path.removeprefix("/web/")[:4]) in years
    assert any("yourinfo.html" in path for path in visited), "what a homepage's link led to is visited"
    assert {folder: rows_of(tmp_path / folder) for folder in before} == before


def test_a_later_crawl_stores_what_is_new_and_nothing_twice(tmp_path: Path) -> None:
    url = "http://shop.example/privacy"
    old = [
        Record("20200101000000", url, policy_page(mark="a")),
        Record("20210101000000", url, policy_page("b@x.y")),
    ]
    recent = f"{datetime.now(UTC):%Y%m%d}000000"
    new = [*old, Record(recent, url, policy_page("c@x.y"))]
    first_archive = open_archive([write_warc(tmp_path / "old.warc.gz", old)])
    port = free_port()
    with serving(first_archive, port) as first_url:
        first = crawl(tmp_path / "data", first_url, domain="shop.example").policies
    second_archive = open_archive([write_warc(tmp_path / "new.warc.gz", new)])
    with serving(second_archive, port) as second_url:
        second = crawl(tmp_path / "data", second_url, domain="shop.example")
    assert second.code == 0, second.log
    assert [digits(row["captured_at"]) for row in first] == ["20200101000000", "20210101000000"]
    assert [digits(row["captured_at"]) for row in second.policies] == ["20200101000000", "20210101000000", recent]
    asked = Counter(entry["pool"] for entry in second_archive.log)
    assert asked == {"playback": 2, "cdx": 1}, "which capture is the newest, that one, and what lies between"


def test_another_plan_adds_only_what_it_needs(tmp_path: Path) -> None:
    captures = [
        Record(f"2015{month:02}{day:02}120000", "http://shop.example/privacy", policy_page(mark=f"{month}-{day}"))
        for month in range(1, 7)
        for day in (5, 15, 25)
    ]
    archive = open_archive([write_warc(tmp_path / "shop.warc.gz", captures)])
    with serving(archive) as url:
        grid = crawl(tmp_path / "data", url, domain="shop.example", plan="grid")
        assert len(asked_for_policies(archive)) == len(grid.policies) == 1
        everything = crawl(tmp_path / "data", url, domain="shop.example", plan="all")
        asked = asked_for_policies(archive)
    assert len(everything.policies) == len(captures) == len(asked) == len(set(asked))


# --- plans


def asked_for_policies(archive: LocalArchive) -> list[str]:
    """The paths that playback gave a capture for, without those for homepages."""
    return [
        entry["path"]
        for entry in archive.log
        if entry["status"] == 200 and "id_/http://shop.example/p" in entry["path"]
    ]


@pytest.fixture(scope="module")
def often_captured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy captured every ten days for three years, all bytes distinct, with one change of its words."""
    captures = []
    for number in range(108):
        year, month, third = 2015 + number // 36, number // 3 % 12 + 1, number % 3
        page = policy_page("old@shop.example" if number < 67 else "new@shop.example", mark=str(number))
        captures.append(Record(f"{year}{month:02}{1 + 10 * third:02}120000", "http://shop.example/privacy", page))
    return write_warc(tmp_path_factory.mktemp("often") / "shop.warc.gz", captures)


@pytest.mark.parametrize(("plan", "most"), [("grid", 6), ("versions", 14), ("all", 108)])
def test_a_plan_fetches_what_it_says(plan: str, most: int, often_captured: Path, tmp_path: Path) -> None:
    archive = open_archive([often_captured])
    with serving(archive) as url:
        run = crawl(tmp_path, url, domain="shop.example", plan=plan)
    assert run.code == 0, run.log
    assert len(asked_for_policies(archive)) == len(run.policies)
    assert len(run.captures) == 108
    assert Counter(row["outcome"] for row in run.captures)["skipped"] == 108 - len(run.policies)
    assert len({row["text_sha256"] for row in run.policies}) == 2
    if plan == "grid":
        halves = Counter((row["captured_at"].year, row["captured_at"].month > 6) for row in run.policies)
        assert len(halves) == 6 and set(halves.values()) == {1}
    elif plan == "versions":
        assert len(run.policies) <= most
        old = max(row["captured_at"] for row in run.policies if "old@" in row["text"])
        new = min(row["captured_at"] for row in run.policies if "new@" in row["text"])
        assert (new - old).days <= 30, "the change is dated to within 30 days"
    else:
        assert len(run.policies) == most
