"""A release: what it holds, that it is whole, and that the same facts give the same bytes."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.release import Command
from pipelines.dataset import snapshot
from pipelines.dataset.errors import DatasetError
from pipelines.history import domain_history
from pipelines.release import ranges
from pipelines.release.build import Release, ReleaseError, release
from pipelines.release.tables import TABLES
from pipelines.schema import CAPTURES, POLICIES
from tests.support.data_dirs import data_dir, remove, write_part
from tests.support.rows import asked, capture, digest, moment, policy, ran

A = "We collect your name.\n\nWe use cookies."
B = "We collect your name and your location.\n\nWe use cookies."
SECRET = "Xylophones of zanzibar are never sold"
RELEASE = """
import sys
from pathlib import Path
from pipelines.release.build import release
release(*map(Path, sys.argv[1:]))
"""
SHARED = """
import sys
from pathlib import Path
from pipelines.release import ranges
from pipelines.release.build import release
ranges._LEAST = 2
release(*map(Path, sys.argv[1:]), processes=2)
"""


Rows = list[dict[str, Any]]


def facts() -> tuple[Rows, Rows, Rows, Rows]:
    """Two domains with a history, one with another kind of page, two with nothing; and the crawl that found out."""
    policies = [
        policy("a.example", "2010-02-01", A),
        policy("a.example", "2011-02-01", B),
        policy("a.example", "2012-02-01", A),
        policy("b.example", "2010-02-01", "Last updated: May 1, 2009\n\n" + A),
        policy("b.example", "2011-02-01", "Last updated: June 1, 2010\n\n" + A),
        policy("b.example", "2011-03-01", SECRET, primary=False, kind="terms", title=SECRET, link_text=SECRET),
    ]
    captures = [
        capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}", archive_digest=row["archive_digest"])
        for row in policies
    ]
    captures += [
        capture("a.example", "2013-09-01", "unchanged", same_as=moment("2012-02-01"), archive_digest=digest(A)),
        capture("b.example", "2012-02-01", "soft_block", detail=SECRET),
    ]
    domains = [
        asked("a.example", known_through=moment("2026-10-31"), rank=7),
        asked("b.example", homepages=[{"asked": moment("2008-01-01"), "nearest": moment("2009-03-01")}]),
        asked("c.example", "excluded", excluded_since=moment("2026-10-31")),
        asked("d.example", "not_archived", homepages=[{"asked": moment("2008-01-01"), "nearest": None}]),
    ]
    return policies, captures, domains, [ran("crawl-1")]


@pytest.fixture
def made(tmp_path: Path) -> Release:
    return release(data_dir(tmp_path / "data", *facts()), tmp_path / "release")


def rows(made: Release, table: str) -> list[dict[str, Any]]:
    return pq.read_table(made.path / table).to_pylist()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What it holds


def test_versions_tell_from_when_to_when_each_text_stood(made: Release) -> None:
    numbers = {row["version_id"]: row["version"] for row in rows(made, "versions")}
    assert len(numbers) == 5
    told = [
        (
            row["domain"],
            row["version"],
            f"{row['first_seen']:%Y}",
            f"{row['last_seen']:%Y}",
            row["change"],
            numbers.get(row["returns_to"]),
        )
        for row in rows(made, "versions")
    ]
    assert told == [
        ("a.example", 1, "2010", "2010", "first", None),
        ("a.example", 2, "2011", "2011", "substantive", None),
        ("a.example", 3, "2012", "2013", "substantive", 1),
        ("b.example", 1, "2010", "2010", "first", None),
        ("b.example", 2, "2011", "2011", "cosmetic", None),
    ]


def test_a_versions_text_is_a_row_of_policies(made: Release) -> None:
    texts = {(row["domain"], row["captured_at"], row["policy_url"]): row for row in rows(made, "policies")}
    for version in rows(made, "versions"):
        row = texts[version["domain"], version["captured_at"], version["policy_url"]]
        assert row["text_sha256"] == version["text_sha256"]
        assert (row["wayback_url"], row["view_url"]) == (version["wayback_url"], version["view_url"])


def test_changes_hold_the_paragraphs_before_and_after(made: Release) -> None:
    (first, *_) = rows(made, "changes")
    assert (first["domain"], first["version"], first["change"]) == ("a.example", 2, "substantive")
    assert f"{first['change_after']:%Y-%m} {first['change_before']:%Y-%m}" == "2010-02 2011-02"
    (paragraph,) = first["paragraphs"]
    assert paragraph["before"] == "We collect your name."
    assert paragraph["after"] == "We collect your name and your location."
    assert (paragraph["op"], paragraph["added"], paragraph["removed"]) == ("altered", 3, 0)


def test_another_main_language_is_a_change_of_class_language_and_others_are_lines_beside_the_main_one(
    tmp_path: Path,
) -> None:
    german = {"language": "de", "policy_url": "https://a.example/de/privacy"}
    policies = [
        policy("a.example", "2010-02-01", "Wir erheben Ihren Namen.", **german),
        policy("a.example", "2012-02-01", A),
        policy("a.example", "2013-02-01", "Wir erheben Ihren Namen und Ort.", primary=False, **german),
        policy("a.example", "2014-02-01", B),
    ]
    captures = [
        capture("a.example", f"{row['captured_at']:%Y-%m-%d}", policy_url=row["policy_url"]) for row in policies
    ]
    asked_until = asked("a.example", known_through=moment("2026-10-31"))
    made = release(data_dir(tmp_path / "data", policies, captures, [asked_until]), tmp_path / "release")
    versions = rows(made, "versions")
    assert [(row["language"], row["is_main"], row["version"], row["change"]) for row in versions] == [
        ("de", True, 1, "first"), ("en", True, 1, "language"),
        ("de", False, 2, "first"), ("en", True, 2, "substantive"),
    ]  # fmt: skip
    assert [row["known_through"].year for row in versions] == [2010, 2012, 2013, 2026]
    first, second = rows(made, "changes")
    assert (first["change"], first["language"], first["is_main"]) == ("language", "en", True)
    assert (first["before_version_id"], first["version_id"]) == (versions[0]["version_id"], versions[1]["version_id"])
    assert (first["before_policy_url"], first["after_policy_url"]) == (
        german["policy_url"],
        "https://a.example/privacy",
    )
    assert second["before_version_id"] == versions[1]["version_id"]
    (domain,) = rows(made, "domains")
    assert (domain["main_language"], domain["versions"]) == ("en", 3)
    assert [row["version_id"] for row in rows(made, "captures")] == [row["version_id"] for row in versions]
    told = {row["half_year"]: (row["status"], row["filled"]) for row in rows(made, "coverage")}
    assert told["2013-H1"] == ("other_language", False) and told["2014-H1"] == ("covered", True)


def test_a_change_names_both_versions_and_both_captures(made: Release) -> None:
    versions = {row["version_id"]: row for row in rows(made, "versions")}
    for change in rows(made, "changes"):
        before, after = versions[change["before_version_id"]], versions[change["version_id"]]
        assert (before["domain"], before["version"] + 1) == (after["domain"], after["version"])
        assert change["before_captured_at"] == before["captured_at"]
        assert change["after_captured_at"] == after["captured_at"]


def test_the_captures_name_the_version_that_they_show(made: Release) -> None:
    shown = Counter(row["version_id"] for row in rows(made, "captures"))
    assert shown.pop(None) == 2  # the terms, and the bot wall
    assert shown == {row["version_id"]: row["captures"] for row in rows(made, "versions")}


def test_a_capture_that_the_index_names_by_the_time_asked_for_shows_its_version_too(tmp_path: Path) -> None:
    policies = [policy("a.example", "2010-02-03", A, requested_at=moment("2010-02-01"))]
    made = release(data_dir(tmp_path / "data", policies, [capture("a.example", "2010-02-01")]), tmp_path / "release")
    assert [row["version_id"] for row in rows(made, "captures")] == [rows(made, "versions")[0]["version_id"]]


def test_the_last_version_is_known_until_the_archive_was_asked_and_the_others_until_they_were_seen(
    made: Release,
) -> None:
    a, b = ([row for row in rows(made, "versions") if row["domain"] == domain] for domain in ("a.example", "b.example"))
    assert a[-1]["known_through"] == moment("2026-10-31")
    assert [row["known_through"] for row in (*a[:-1], *b)] == [row["last_seen"] for row in (*a[:-1], *b)]


def test_nothing_is_known_of_a_version_since_the_archive_excluded_the_site(tmp_path: Path) -> None:
    told = asked("a.example", known_through=moment("2026-10-31"), excluded_since=moment("2024-05-01"))
    made = release(data_dir(tmp_path / "data", [policy("a.example", "2010-02-03", A)], [], [told]), tmp_path / "out")
    assert rows(made, "versions")[0]["known_through"] == moment("2024-05-01")


def test_the_same_text_at_two_addresses_is_one_version_with_two_addresses(tmp_path: Path) -> None:
    legal = "https://a.example/legal"
    policies = [policy("a.example", "2010-02-01", A), policy("a.example", "2012-02-01", A, policy_url=legal)]
    made = release(data_dir(tmp_path / "data", policies), tmp_path / "release")
    (version,) = rows(made, "versions")
    assert [(one["url"], one["first"].year) for one in version["addresses"]] == [
        ("https://a.example/privacy", 2010),
        (legal, 2012),
    ]


def test_a_version_tells_which_concepts_its_text_names(made: Release) -> None:
    named = [{one["concept"]: one["count"] for one in row["concepts"]} for row in rows(made, "versions")]
    assert ["location" in concepts for concepts in named] == [False, True, False, False, False]
    assert all(concepts["cookie"] == 1 for concepts in named)


def test_a_domains_row_sums_up_its_history_in_all_archives(tmp_path: Path) -> None:
    policies, captures, domains, _ = facts()
    domains.append(asked("a.example", archive="arquivo.pt/wayback"))
    made = release(data_dir(tmp_path / "data", policies, captures, domains), tmp_path / "release")
    told = {(row["domain"], row["archive"]): row for row in rows(made, "domains")}
    assert len(told) == 5
    for archive in ("web.archive.org", "arquivo.pt/wayback"):
        row = told["a.example", archive]
        assert (row["main_url"], row["main_language"]) == ("https://a.example/privacy", "en")
        assert (row["policy_owner"], row["versions"]) == ("same_domain", 3)
        assert (row["first_capture"].year, row["last_capture"].year) == (2010, 2013)
    assert told["a.example", "web.archive.org"]["rank"] == 7
    assert told["c.example", "web.archive.org"]["versions"] == 0
    assert told["c.example", "web.archive.org"]["main_url"] is None


def test_of_two_rows_of_a_domain_or_a_crawl_the_newer_one_stays(tmp_path: Path) -> None:
    domains = [
        asked("a.example", "incomplete", asked_last=moment("2026-01-01")),
        asked("a.example", "no_policy_found", asked_last=moment("2026-05-01")),
    ]
    crawls = [ran("1", ended=moment("2026-05-01"), exit_code=0), ran("1"), ran("0")]
    made = release(data_dir(tmp_path / "data", [], [], domains, crawls, parts=2), tmp_path / "release")
    assert [row["outcome"] for row in rows(made, "domains")] == ["no_policy_found"]
    assert [(row["crawl_id"], row["exit_code"]) for row in rows(made, "crawls")] == [("0", None), ("1", 0)]


def test_each_row_of_policies_names_a_crawl_of_the_release(made: Release) -> None:
    known = {row["crawl_id"] for row in rows(made, "crawls")}
    assert {row["crawl_id"] for row in rows(made, "policies")} <= known


def test_coverage_tells_what_is_known_of_each_half_year_and_why_not(made: Release) -> None:
    told = {(row["domain"], row["half_year"]): row["status"] for row in rows(made, "coverage")}
    assert told["a.example", "2010-H1"] == "covered"
    assert told["a.example", "2010-H2"] == "not_archived"
    assert told["a.example", "2013-H2"] == "carried"
    assert told["b.example", "2009-H1"] == "no_policy"
    assert told["b.example", "2012-H1"] == "soft_block"


@pytest.mark.parametrize("outcome", ["no_policy_found", "incomplete", "excluded", "not_archived"])
def test_a_domain_without_any_sign_is_one_of_domains_and_not_of_coverage(tmp_path: Path, outcome: str) -> None:
    made = release(data_dir(tmp_path / "data", [], [], [asked("a.example", outcome)]), tmp_path / "release")
    assert [(row["domain"], row["outcome"]) for row in rows(made, "domains")] == [("a.example", outcome)]
    assert rows(made, "coverage") == []
    assert f"domains without any sign: {outcome} 1" in (made.path / "README.md").read_text()


def test_an_old_page_that_stands_beside_the_new_one_is_no_return(tmp_path: Path) -> None:
    new = "https://a.example/legal"
    made = release(
        data_dir(
            tmp_path / "data",
            [policy("a.example", "2010-02-01", A), policy("a.example", "2012-02-01", B, policy_url=new)],
            [
                capture(
                    "a.example",
                    "2013-02-01",
                    "unchanged",
                    same_as=moment("2010-02-01"),
                    archive_digest=digest(A),
                )
            ],
        ),
        tmp_path / "release",
    )
    assert [row["version"] for row in rows(made, "versions")] == [1, 2]


def test_of_two_rows_of_one_capture_the_one_fetched_last_stays(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", [policy("a.example", "2010-02-01", A, fetched_at=moment("2026-01-01"))])
    write_part(
        data / "policies" / "later.parquet",
        [policy("a.example", "2010-02-01", B, fetched_at=moment("2026-06-01"))],
        POLICIES,
    )
    write_part(data / "captures" / "1.parquet", [capture("a.example", "2010-02-01", "pending")], CAPTURES)
    write_part(data / "captures" / "2.parquet", [capture("a.example", "2010-02-01", "stored")], CAPTURES)
    made = release(data, tmp_path / "release")
    assert [row["text"] for row in rows(made, "policies")] == [B]
    assert [row["outcome"] for row in rows(made, "captures")] == ["stored"]


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("crawls", "renamed_versions")])
def test_tables_are_sorted_by_domain_and_time(made: Release, table: str) -> None:
    columns = {"versions": "first_seen", "changes": "change_before", "coverage": "starts", "domains": "archive"}
    time_column = columns.get(table, "captured_at")
    keys = [(row["domain"], str(row[time_column] or "")) for row in rows(made, table)]
    assert keys == sorted(keys)
    assert keys


# The same facts, the same bytes


def test_the_same_facts_give_the_same_bytes_however_they_lie_in_files(tmp_path: Path) -> None:
    tables = facts()
    random.Random(3).shuffle(tables[0])
    one = release(data_dir(tmp_path / "1", *tables), tmp_path / "1" / "release")
    many = release(data_dir(tmp_path / "2", *(rows[::-1] for rows in tables), parts=4), tmp_path / "2" / "release")
    assert files(one.path) == files(many.path)


def test_what_people_corrected_stands_in_its_settings(tmp_path):
    root = data_dir(tmp_path / "data", [policy("a.example", "2010-01-01", "one")])
    said = '[[correct]]\ndomain = "{}"\naddress = "https://a.example/old"\nkind = "terms"\nuntil = 2012\n'
    (root / "overrides.toml").write_text(said.format("a.example") + said.format("gone.example"))
    remove(root, domain="gone.example")
    made = release(root, tmp_path / "out")
    settings = json.loads((made.path / "release.json").read_text())["settings"]
    assert settings["corrections"] == [
        {"domain": "a.example", "address": "example,a)/old", "until": "2012", "kind": "terms"}
    ]
    assert "People corrected verdicts in 1 places" in (made.path / "README.md").read_text()


def test_what_is_to_be_removed_is_counted_and_nowhere_named(tmp_path):
    root = data_dir(
        tmp_path / "data",
        [policy("a.example", "2010-01-01", "one"), policy("gone.example", "2011-01-01", "two")],
        [capture("a.example", "2010-01-01"), capture("gone.example", "2011-01-01")],
        [asked("gone.example", "incomplete")],
    )
    remove(root, domain="gone.example", reason="its owner asked")
    remove(root, url="https://a.example/old", captured_at="20100101000000")
    made = release(root, tmp_path / "out")
    assert made.manifest.tables["policies"].rows == made.manifest.tables["captures"].rows == 1
    for path in made.path.rglob("*.*"):
        assert b"gone.example" not in path.read_bytes() and b"a.example/old" not in path.read_bytes(), path
    facts = json.loads((made.path / "release.json").read_text())["facts"]
    assert facts["removed_on_request"] == {"domains": 1, "addresses": 0, "captures": 1}
    card = (made.path / "README.md").read_text()
    assert "removed that are not named here (domains: 1, addresses: 0, captures: 1)" in card


def test_another_process_makes_the_same_bytes(tmp_path: Path, made: Release) -> None:
    _run(tmp_path / "data", tmp_path / "again").wait()
    assert files(tmp_path / "again") == files(made.path)


def few_domains_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_LEAST", 2)


def many_domains(root: Path, parts: int = 3) -> Path:
    """A DATA_DIR of forty domains; some have no policy, and the last ones nothing but a row of ``domains``."""
    policies = [policy(f"{n:02}.example", f"201{n % 7}-01-01", f"We keep {n} things.") for n in range(0, 30, 2)]
    policies += [policy(f"{n:02}.example", "2018-01-01", f"We sell {n} things.") for n in range(0, 30, 4)]
    captures = [capture(row["domain"], f"{row['captured_at']:%Y-%m-%d}") for row in policies]
    domains = [asked(f"{n:02}.example", "found" if n < 30 else "not_archived") for n in range(40)]
    return data_dir(root, policies, captures, domains, parts=parts)


def test_tables_have_a_file_for_each_range_of_domains_with_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_domains(tmp_path / "data")
    one = release(data, tmp_path / "one", number=1)
    few_domains_a_range(monkeypatch)
    many = release(data, tmp_path / "many", number=1, processes=1)
    for name, table in many.manifest.tables.items():
        assert rows(many, name) == rows(one, name)
        assert sum(file.rows for file in table.files.values()) == table.rows == one.manifest.tables[name].rows
        assert all(file.rows for file in table.files.values()) or len(table.files) == 1
    assert len(many.manifest.tables["domains"].files) > len(many.manifest.tables["policies"].files) > 3
    assert many.coverage == one.coverage
    assert sorted(path.name for path in many.path.iterdir()) == sorted(path.name for path in one.path.iterdir())


def test_the_same_ranges_come_of_files_that_are_sorted_or_not_with_captures_that_stand_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_domains_a_range(monkeypatch)
    one = release(many_domains(tmp_path / "1"), tmp_path / "one", processes=1)
    data = many_domains(tmp_path / "2", parts=1)
    twice = pq.read_table(data / "policies")
    pq.write_table(twice.take(list(range(len(twice)))[::-1]), data / "policies" / "twice.parquet", row_group_size=3)
    assert files(release(data, tmp_path / "2" / "two", processes=1).path) == files(one.path)


@pytest.mark.slow
def test_the_bytes_are_the_same_whatever_the_number_of_processes_and_workers_end_with_a_killed_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many_domains(tmp_path / "data")
    make = [sys.executable, "-c", SHARED, data, tmp_path / "r" / "two"]
    killed = subprocess.Popen(make, cwd=Path(__file__).parents[3], start_new_session=True)
    while not list(tmp_path.glob("r/.two.*/.ranges/*")):
        assert killed.poll() is None
        time.sleep(0.001)
    killed.kill()
    killed.wait()
    while is_a_group(killed.pid):
        time.sleep(0.01)
    assert not (tmp_path / "r" / "two").exists()
    subprocess.run(make, cwd=Path(__file__).parents[3], check=True)
    few_domains_a_range(monkeypatch)
    assert files(tmp_path / "r" / "two") == files(release(data, tmp_path / "one", processes=1).path)
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["two"]


def is_a_group(number: int) -> bool:
    """True while a process of this group runs."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_file_that_is_not_sorted_is_read_all_the_same(tmp_path: Path, made: Release) -> None:
    policies, captures, domains, crawls = facts()
    data = data_dir(tmp_path / "u", [], [], domains, crawls)
    write_part(data / "policies" / "p.parquet", policies[::-1], POLICIES, sort=False)
    write_part(data / "captures" / "c.parquet", captures[::-1], CAPTURES, sort=False)
    assert files(release(data, tmp_path / "again").path) == files(made.path)


def test_more_part_files_than_can_be_open_at_once_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [policy(f"{n % 5}.example", f"20{n:02}-01-01", f"Text {n // 10}.") for n in range(10, 40)]
    expected = release(data_dir(tmp_path / "1", policies), tmp_path / "one")
    monkeypatch.setattr("pipelines.dataset.merging._MERGE_BYTES", 100_000)
    again = release(data_dir(tmp_path / "2", policies, parts=30), tmp_path / "many")
    assert files(again.path) == files(expected.path)


def test_a_compaction_meanwhile_does_no_harm(tmp_path: Path, made: Release) -> None:
    parts = sorted((tmp_path / "data").glob("*/*.parquet"))
    found = domain_history.read_domains(tmp_path / "data")
    domains = [next(found).domain]
    for part in parts:
        part.unlink()
    domains += [one.domain for one in found]
    assert domains == ["a.example", "b.example", "c.example", "d.example"]


def test_a_file_replaced_between_listing_and_opening_is_listed_again(
    tmp_path: Path, made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = snapshot.part_files
    calls: list[Path] = []

    def first_an_old_list(folder: Path) -> list[Path]:
        calls.append(folder)
        return [folder / "gone.parquet"] if calls.count(folder) == 1 else listed(folder)

    monkeypatch.setattr(snapshot, "part_files", first_an_old_list)
    assert files(release(tmp_path / "data", tmp_path / "again").path) == files(made.path)


def test_a_domain_with_thousands_of_captures_is_cut_into_row_groups(tmp_path: Path) -> None:
    policies = [policy("a.example", f"2010-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}", A) for n in range(2500)]
    made = release(data_dir(tmp_path / "data", policies), tmp_path / "release")
    metadata = pq.ParquetFile(made.path / "policies" / "00000.parquet").metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [1000, 1000, 500]


# Numbered, immutable, whole


def test_a_release_is_never_changed(made: Release, tmp_path: Path) -> None:
    before = files(made.path)
    with pytest.raises(ReleaseError, match="not empty"):
        release(tmp_path / "data", made.path)
    assert files(made.path) == before


def test_a_release_may_fill_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert release(data_dir(tmp_path / "data", *facts()), tmp_path / "empty").path == tmp_path / "empty"


def test_a_release_cannot_lie_among_the_facts(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", *facts())
    with pytest.raises(ReleaseError, match="among the tables"):
        release(data, data / "policies" / "release")


def test_a_damaged_part_file_is_named_and_nothing_appears(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", *facts())
    (data / "policies" / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DatasetError, match=f"^{data}/policies/broken.parquet is damaged"):
        release(data, tmp_path / "out" / "release")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_without_facts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="crawl first"):
        release(tmp_path / "nowhere", tmp_path / "release")


def test_domains_alone_make_a_release_with_empty_tables(tmp_path: Path) -> None:
    made = release(data_dir(tmp_path / "data", [], [], [asked("c.example", "excluded")]), tmp_path / "release")
    assert [rows(made, table) for table in ("policies", "versions", "changes", "coverage")] == [[]] * 4


def test_sha256sums_hold_every_file(made: Release) -> None:
    sums = dict(line.split("  ")[::-1] for line in (made.path / "SHA256SUMS").read_text().splitlines())
    found = files(made.path)
    found.pop("SHA256SUMS")
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


def test_release_json_tells_what_it_holds_and_what_made_it(made: Release) -> None:
    told = json.loads((made.path / "release.json").read_text())
    assert told["release"] == 1
    assert told["date"] == "2026-11-01"
    assert {name: table["rows"] for name, table in told["tables"].items()} == {
        name: len(rows(made, name)) for name in TABLES
    }
    assert told["made_with"]["pyarrow"] == pa.__version__
    assert told["facts"]["policies_by_extractor"] == {"wayback-policies 2": 6}


def _run(data: Path, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RELEASE, data, out], cwd=Path(__file__).parents[3])


@pytest.mark.slow
def test_a_killed_release_leaves_nothing_that_looks_like_one(tmp_path: Path) -> None:
    policies = [
        policy(f"{n % 100:03}.example", f"20{n // 100 + 10}-01-01", f"We keep {n} things. " * 9) for n in range(600)
    ]
    data = data_dir(tmp_path / "data", policies)
    out = tmp_path / "r" / "release"
    started = time.monotonic()
    assert _run(data, out).wait() == 0
    whole, seconds = files(out), time.monotonic() - started
    killed = []
    for attempt, share in enumerate((0.3, 0.6, 0.8, 0.95)):
        target = tmp_path / "r" / f"killed-{attempt}"
        process = _run(data, target)
        deadline = time.monotonic() + seconds * share
        while process.poll() is None and time.monotonic() < deadline:
            # A reader that polls sees nothing or everything.
            assert not target.exists() or files(target) == whole
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert not target.exists() or files(target) == whole
        killed += [] if target.exists() else [target]
    for target in killed[-1:]:  # the next run sweeps up after the killed one and gives the same bytes
        assert _run(data, target).wait() == 0
        assert files(target) == whole
        assert not list(target.parent.glob(f".{target.name}.*"))
    assert killed


# Without texts


def test_without_text_no_text_is_left(tmp_path: Path) -> None:
    made = release(data_dir(tmp_path / "data", *facts()), tmp_path / "release", with_text=False)
    found = set().union(*(pq.read_schema(next((made.path / table).iterdir())).names for table in TABLES))
    assert not found & {"text", "markdown", "title", "link_text", "detail"}
    strings = json.dumps([rows(made, table) for table in TABLES], default=str)
    assert "zanzibar" not in strings
    assert "cookies" not in strings
    assert [change["paragraphs"][0]["op"] for change in rows(made, "changes")][:1] == ["altered"]


def test_without_text_a_file_of_policies_names_the_captures_to_fetch_again(tmp_path: Path) -> None:
    made = release(data_dir(tmp_path / "data", *facts()), tmp_path / "release", with_text=False)
    table = pq.read_table(made.path / "policies" / "00000.parquet", columns=["domain", "policy_url", "captured_at"])
    assert table.num_rows == len(facts()[0])
    assert set(table["captured_at"].to_pylist()) == {row["captured_at"] for row in facts()[0]}


# Read by others


@pytest.mark.slow
@pytest.mark.parametrize("with_text", [True, False])
def test_hugging_face_datasets_loads_every_table(
    tmp_path: Path, with_text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # reads the setting above, and takes seconds

    made = release(data_dir(tmp_path / "data", *facts()), tmp_path / "release", with_text=with_text)
    for name in made.manifest.tables:
        if not made.manifest.tables[name].rows:
            continue
        loaded = datasets.load_dataset(str(made.path), name, split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == len(rows(made, name))
        assert loaded.column_names == pq.read_schema(made.path / name / "00000.parquet").names
    assert datasets.load_dataset(str(made.path), cache_dir=str(tmp_path / "cache"))["train"].num_rows == 6


@pytest.mark.slow
def test_hugging_face_datasets_loads_what_is_there_where_tables_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # reads the setting above, and takes seconds

    one = release(data_dir(tmp_path / "one", [policy("a.example", "2012-03-01", "We sell data.")]), tmp_path / "r/one")
    none = release(data_dir(tmp_path / "none", [], [], [asked("a.example", "excluded")]), tmp_path / "r/none")
    cache = str(tmp_path / "cache")
    for name in ("policies", "versions", "coverage"):
        assert datasets.load_dataset(str(one.path), name, split="train", cache_dir=cache).num_rows == 1
    assert datasets.load_dataset(str(none.path), split="train", cache_dir=cache)["outcome"][:] == ["excluded"]


@pytest.mark.slow
def test_croissant_metadata_is_valid_and_reads_every_table(made: Release) -> None:
    import mlcroissant  # takes seconds

    dataset = mlcroissant.Dataset(str(made.path / "croissant.json"))
    assert not dataset.metadata.issues.errors
    for name in TABLES:
        assert len(list(dataset.records(name))) == len(rows(made, name))


def test_the_card_names_every_table_and_column(made: Release) -> None:
    card = (made.path / "README.md").read_text()
    for name in TABLES:
        assert (f"- config_name: {name}\n" in card) == (made.manifest.tables[name].rows > 0)
        for column in pq.read_schema(made.path / name / "00000.parquet").names:
            assert f"| `{column}` |" in card
    assert "half-years with a capture filled" in card
    assert "Kinds: `privacy_policy` (5), `terms` (1)" in card


# The command


def command(data: Path, *arguments: str) -> Command:
    made = Command()
    made.settings = Settings({"DATA_DIR": str(data)})
    parser = argparse.ArgumentParser()
    made.add_options(parser)
    options, rest = parser.parse_known_args(arguments)
    made.run(rest, options)
    return made


def test_the_command_makes_a_release_and_reports_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_dir(tmp_path / "data", *facts())
    assert command(data, "-o", str(tmp_path / "release"), "--number", "3").exitcode == 0
    told = capsys.readouterr().out
    assert told.startswith("Release 3 in ")
    assert "half-years with a capture filled" in told


def test_the_command_ends_with_2_and_a_reason_where_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path / "nowhere", "-o", str(tmp_path / "release")).exitcode == 2
    assert "crawl first" in capsys.readouterr().err


def test_a_mistake_in_the_overrides_is_told_by_the_name_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = data_dir(tmp_path / "data", *facts())
    (data / "overrides.toml").write_text("[[remove]]\ndomian = 'a.example'\n")
    assert command(data, "-o", str(tmp_path / "release")).exitcode == 2
    assert str(data / "overrides.toml") in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["-o", "x", "--number", "0"], ["-o", "x", "--processes", "0"], ["-o", "x", "more"]]
)
def test_the_command_refuses_arguments_it_does_not_know(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises((UsageError, SystemExit)):
        command(tmp_path, *arguments)
