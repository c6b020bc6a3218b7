"""What an index does wrong, as the spider meets it. Each fault befalls a domain of its own.

So each test also says that the faults of the others did not matter to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.processes import EXCLUDED, WARCS, Run, crawl, lasting

pytestmark = pytest.mark.slow


def index(domain: str, action: str, /, **more: Any) -> dict[str, Any]:
    return {"action": action, "pool": "cdx", "match": f"url={domain}&", **more}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, LocalArchive]:
    archive = open_archive(WARCS, excluded=EXCLUDED)
    archive.rules = faults.parse(
        [
            index("plumeria.example", "error", status=503),
            index("framewright.example", "error", status=504, count=1),
            index("nordwind.example", "html"),
            index("hanabido.example", "backend_failure"),
            index("ledgerline.example", "truncate", keep=100),
            index("copperkettle.example", "empty_page", count=1),
            index("tidelog.example", "bad_rows"),
            index("mapleloop.example", "duplicate_rows"),
            index("brinehouse.example", "drop"),
            index("http%3A%2F%2Fquietgarden.example%2Fabout%2Fyourinfo.html", "repeat_key"),
        ]
    )
    with serving(archive) as url:
        run = crawl(tmp_path_factory.mktemp("searched"), url)
    return run, archive


def test_no_fault_of_the_index_ends_a_crawl(searched: tuple[Run, LocalArchive]) -> None:
    assert searched[0].code == 3, searched[0].log  # domains are incomplete for reasons that may pass
    assert "Traceback" not in searched[0].log


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("plumeria.example", "HTTP 503 from the CDX server"),
        ("nordwind.example", "an error page in place of CDX rows"),
        ("hanabido.example", "ConnectTimeoutException"),
        ("ledgerline.example", "cut off"),
        ("brinehouse.example", ""),
    ],
)
def test_an_index_that_can_not_answer_leaves_its_domain_incomplete_and_never_absent(
    domain: str, words: str, searched: tuple[Run, LocalArchive]
) -> None:
    run, archive = searched
    assert_incomplete(run, archive, domain, words)


def test_an_index_that_never_answers_leaves_its_domain_incomplete_and_never_absent(
    archive: LocalArchive, tmp_path: Path
) -> None:
    archive.rules = faults.parse([index("nowhere.example", "hang")])
    with serving(archive) as url:
        run = crawl(tmp_path, url, domain="nowhere.example", settings={"DOWNLOAD_TIMEOUT": 1})
    assert_incomplete(run, archive, "nowhere.example", "imeout")


def assert_incomplete(run: Run, archive: LocalArchive, domain: str, words: str) -> None:
    """The domain has a row that says why, and the index was asked for fewer rows each time."""
    row = run.absence(domain)
    assert row is not None and row["outcome"] == "incomplete", row
    assert words in row["reason"]
    asked = [entry["path"] for entry in archive.log if f"url={domain}&" in entry["path"]]
    # Later it is asked for single years, and whether it has anything of the host.
    asked = [path for path in asked if "from=" not in path and "matchType=host" not in path]
    limits = [int(path.partition("limit=")[2].partition("&")[0]) for path in asked]
    if domain == "brinehouse.example":  # Twisted itself sends a request again whose connection was dropped
        limits = sorted(set(limits), reverse=True)
    assert limits == [10_000, 5_000, 2_500], "asked again for fewer rows, and in the end given up"


def test_an_index_that_fails_once_is_asked_again(searched: tuple[Run, LocalArchive], undisturbed: Run) -> None:
    assert lasting(searched[0].of("framewright.example")) == lasting(undisturbed.of("framewright.example"))
    assert searched[0].absence("framewright.example") is None


def test_an_empty_page_with_a_key_is_not_the_end(searched: tuple[Run, LocalArchive], undisturbed: Run) -> None:
    run, archive = searched
    assert lasting(run.of("copperkettle.example")) == lasting(undisturbed.of("copperkettle.example"))
    asked = [e["path"] for e in archive.log if e["pool"] == "cdx" and "copperkettle" in e["path"]]
    assert ["resumeKey=" in path for path in asked] == [False, True]


@pytest.mark.parametrize("domain", ["tidelog.example", "mapleloop.example"])
def test_bad_rows_and_repeated_rows_change_nothing(
    domain: str, searched: tuple[Run, LocalArchive], undisturbed: Run
) -> None:
    assert lasting(searched[0].of(domain)) == lasting(undisturbed.of(domain))
    captures = [[row for row in lasting(run.captures) if row["domain"] == domain] for run in (searched[0], undisturbed)]
    assert captures[0] == captures[1]


def test_bad_rows_are_counted(searched: tuple[Run, LocalArchive]) -> None:
    assert "tidelog.example: 9 rows of the index could not be read" in searched[0].log


def test_a_key_that_repeats_ends_the_query_and_its_domain_is_incomplete(
    searched: tuple[Run, LocalArchive], undisturbed: Run
) -> None:
    run, archive = searched
    asked = [e for e in archive.log if e["pool"] == "cdx" and "yourinfo.html" in e["path"]]
    assert len(asked) == 2
    assert lasting(run.of("quietgarden.example")) == lasting(undisturbed.of("quietgarden.example"))
    row = run.absence("quietgarden.example")
    assert row is not None and row["outcome"] == "incomplete"
    assert "repeats its resume key" in row["reason"]
