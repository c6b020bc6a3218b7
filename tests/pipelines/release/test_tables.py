"""What the tables of a release hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.release.build import Release, release
from pipelines.release.tables import TABLES
from pipelines.schema import CAPTURES, POLICIES
from tests.support.data_dirs import data_dir, write_part
from tests.support.releases import A, B, facts, rows
from tests.support.rows import asked, capture, digest, moment, policy, ran

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
