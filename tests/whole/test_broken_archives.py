"""An archive that is broken ends the crawl, one that can't answer for some domains does not; both are told by the exit
code, and the same command goes on once the archive works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.pages import policy_page
from tests.support.processes import Run, crawl, lasting
from tests.support.warc import Record, write_warc

pytestmark = pytest.mark.slow

#: What a broken archive sends at most before it is left alone: what tells that it is broken, and what is under way.
SOME_TENS = 100


def assert_complete(run: Run, undisturbed: Run) -> None:
    assert run.code == 0, run.log
    assert lasting(run.policies) == lasting(undisturbed.policies)
    assert lasting(run.captures) == lasting(undisturbed.captures)


def error(status: int, pool: str | None = None) -> dict[str, Any]:
    return {"action": "error", "status": status, "pool": pool}


# --- 4: broken


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([error(500)], "HTTP 500 from the CDX server"),
        ([error(503)], "HTTP 503 from"),
        ([{"action": "html", "pool": "cdx"}, error(503, "playback")], "an error page in place of CDX rows"),
        ([error(503, "playback")], "errors in a row from playback"),
        ([error(404, "playback")], "there is no such capture"),
    ],
    ids=["500", "503", "maintenance", "playback-503", "playback-404"],
)
def test_an_archive_that_answers_errors_alone_ends_the_crawl_and_a_later_run_completes_it(
    rules: list[dict[str, Any]], said: str, archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    archive.rules = faults.parse(rules)
    with serving(archive) as url:
        run = crawl(tmp_path, url)
        assert run.code == 4, run.log
        assert "the archive is broken, or" in run.log and said in run.log
        assert "Traceback" not in run.log
        assert sum(entry["status"] != 200 for entry in archive.log) < SOME_TENS
        archive.rules = []
        if rules != [error(404, "playback")]:  # it is believed where it says that it has no such capture
            assert_complete(crawl(tmp_path, url), undisturbed)


def test_a_wrong_path_in_the_archives_address_is_told(archive: LocalArchive, tmp_path: Path) -> None:
    with serving(archive) as url:
        run = crawl(tmp_path, f"{url}/archive")
    assert run.code == 4, run.log
    assert f"{url}/archive is not its address" in run.log
    assert len(archive.log) < SOME_TENS


def test_a_domain_all_of_whose_captures_fail_does_not_end_the_crawl(tmp_path: Path) -> None:
    many = [
        Record(f"20{year:02}0101000000", "http://bad.example/privacy", policy_page(str(year))) for year in range(24)
    ]
    good = [Record("20150101000000", f"http://good{n}.example/privacy", policy_page()) for n in range(3)]
    archive = open_archive([write_warc(tmp_path / "a.warc.gz", [*many, *good])])
    archive.rules = faults.parse([{**error(503, "playback"), "match": "bad.example"}])
    (tmp_path / "domains.txt").write_text("bad.example\ngood0.example\ngood1.example\ngood2.example\n")
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, domains=tmp_path / "domains.txt", plan="all")
    assert run.code == 3, run.log
    assert {row["domain"] for row in run.policies} == {"good0.example", "good1.example", "good2.example"}


# --- 3: for reasons that may pass


def test_the_next_run_asks_again_for_what_could_not_be_had_and_for_nothing_else(
    archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    failing = "/20060611173000id_/"
    archive.rules = faults.parse(
        [
            {**error(500, "cdx"), "match": "url=framewright.example"},
            {**error(503, "playback"), "match": "framewright.example"},
            {**error(503, "playback"), "match": failing},
        ]
    )
    with serving(archive) as url:
        run = crawl(tmp_path, url)
        assert run.code == 3, run.log
        assert "of 2 domains not all could be had, for reasons that may pass" in run.log
        assert run.absence("framewright.example")["outcome"] == "incomplete"  # type: ignore[index]
        assert {name for name, row in run.domains.items() if row["may_pass"]} == {
            "framewright.example", *(row["domain"] for row in run.captures if row["outcome"] == "unplayable"
                                     and "503" in (row["detail"] or "")),
        }  # fmt: skip
        before = len(archive.log)
        archive.rules = []
        again = crawl(tmp_path, url)
    assert_complete(again, undisturbed)
    later = [entry["path"] for entry in list(archive.log)[before:]]
    assert all("framewright" in path or failing in path for path in later), later


def test_a_reason_that_does_not_pass_in_three_runs_is_lasting(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([error(500)])
    with serving(archive) as url:
        runs = [crawl(tmp_path, url, domain="tidelog.example") for _ in range(3)]
        assert [run.code for run in runs] == [3, 3, 0], runs[-1].log
    assert (runs[-1].domains["tidelog.example"]["outcome"], runs[-1].domains["tidelog.example"]["may_pass"]) == (
        "incomplete",
        False,
    )


# --- 2, and what is said of a list


def test_lines_left_out_are_counted_in_the_report(archive: LocalArchive, tmp_path: Path) -> None:
    (tmp_path / "domains.txt").write_text("no domain\ntidelog.example\n10.0.0.1\nme@a.example\nlocalhost\n\x1b[31m\n")
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, domains=tmp_path / "domains.txt")
    assert run.code == 0, run.log
    (line,) = (line for line in run.log.splitlines() if line.startswith("left out"))
    assert line.startswith("left out  5 lines of the list: line 1: white space inside: 'no domain'; line 3: ")
    assert line.endswith("; and 2 more")


def test_a_list_without_a_domain_is_refused_before_anything_is_asked(archive: LocalArchive, tmp_path: Path) -> None:
    (tmp_path / "domains.txt").write_text("# nothing yet\n")
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, domains=tmp_path / "domains.txt")
    assert run.code == 2, run.log
    assert "domains.txt: it has no entries" in run.log
    assert not (tmp_path / "data").exists() and not archive.log


def test_a_crawl_without_a_contact_says_so_once(undisturbed: Run) -> None:
    assert undisturbed.log.count("CONTACT is not set") == 1
