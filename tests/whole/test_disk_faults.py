"""A disk that fails at any write of a command loses nothing: the command says so, and ends well when it is run again.

``pytest -s`` prints how many writes were tried.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crawler.local_archive.server import open_archive, serving
from pipelines.processes import batch
from tests.crawler.test_disk_faults import DOMAIN, SHOP, STEPS
from tests.support.commands import scrapy
from tests.support.disk_faults import FAULTS, Fault, failing
from tests.support.hand_crawl import crawl_by_hand, read_here
from tests.support.processes import records_of
from tests.support.rows import Row
from tests.support.warc import write_warc

pytestmark = pytest.mark.slow

#: A policy of the older corpus.
PAGE = (
    "> *The following text is extracted and transformed from the {domain} privacy policy that was archived on "
    "2001-01-01. Please check the [original snapshot on the Wayback Machine](https://web.archive.org/web/"
    "20010101000000id_/http%3A//{domain}/privacy) for the most accurate reproduction.*\n\n# Privacy\n\nWe keep it.\n"
)
#: What differs from run to run, wherever it stands.
OF_THE_RUN = {"fetched_at", "crawl_id", "warc_file", "warc_offset", "started", "ended", "asked_first", "asked_last"}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR with two part files, and something to import beside it."""
    folder = tmp_path_factory.mktemp("crawled")
    warc = write_warc(folder / "shop.warc.gz", SHOP)
    with serving(open_archive([warc])) as url:
        (folder / "data").mkdir()
        assert crawl_by_hand(folder / "data", url, DOMAIN) == (0, "")
    assert len(list((folder / "data" / "policies").glob("*.parquet"))) == 2
    (folder / "corpus").mkdir()
    for domain in ("a.test", DOMAIN):
        (folder / "corpus" / f"{domain}.md").write_text(PAGE.format(domain=domain))
    return folder


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workers are no processes of their own, so that their writes are counted, too."""

    def run(function: Callable[[Any], Any], tasks: Iterable[Any], processes: int) -> Iterator[Any]:
        return map(function, tasks)

    monkeypatch.setattr(batch, "_on_processes", run)
    with read_here():
        yield


def compact(folder: Path) -> int:
    return scrapy(folder / "data", "compact")


def reextract(folder: Path) -> int:
    """All texts are read again, also where a run before was interrupted and another would go on."""
    return scrapy(folder / "data", "reextract")


def release(folder: Path) -> int:
    """A release that is there is never changed."""
    if (folder / "release").exists():
        return 0
    return scrapy(folder / "data", "release", "-o", str(folder / "release"))


def import_(folder: Path) -> int:
    return scrapy(folder / "data", "import", str(folder / "corpus"))


def facts(folder: Path) -> dict[str, list[Row]]:
    """The rows of the dataset and of its release, without what differs from run to run. Nothing half done is left."""
    records_of(folder / "data")
    found = {}
    for table in ("policies", "captures", "domains"):
        rows = [row for path in sorted((folder / "data" / table).rglob("*.parquet")) for row in read(path)]
        found[table] = sorted(rows, key=lambda row: (row["domain"], str(row.get("captured_at")), row.get("policy_url")))
    for path in sorted((folder / "release").rglob("*.parquet")):
        found[str(path.relative_to(folder))] = read(path)
    left = [path for path in folder.rglob("*") if ".tmp-" in path.name or path.name.endswith(".partial")]
    assert left == []
    return found


def read(path: Path) -> list[Row]:
    return [{name: row[name] for name in row.keys() - OF_THE_RUN} for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("command", [compact, reextract, release, import_], ids=lambda command: command.__name__)
def test_whichever_write_fails_the_command_says_so_and_ends_as_it_would_have_when_it_is_run_again(
    command: Callable[[Path], int],
    fault: Fault,
    step: int,
    crawled: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    undisturbed = shutil.copytree(crawled, tmp_path / "undisturbed")
    assert command(undisturbed) == 0
    expected = facts(undisturbed)
    tried = tolerated = 0
    for chosen in count(1, step):
        folder = shutil.copytree(crawled, tmp_path / "folder")
        capfd.readouterr()
        with failing(fault, chosen) as calls:
            code = command(folder)
        if not calls.struck:
            break
        tried += 1
        told = capfd.readouterr().err
        said = f"write {chosen}, {calls.struck}: exit code {code}, {told}"
        assert code in (0, 1) and "Traceback" not in told, said
        if code == 0:
            tolerated += 1
            assert facts(folder) == expected, said
        else:
            assert fault.words in told or os.strerror(fault.number) in told, said
        assert command(folder) == 0, f"{said}, then {capfd.readouterr().err}"
        assert facts(folder) == expected, said
        shutil.rmtree(folder)
    with capfd.disabled():
        print(f"{command.__name__} | {fault.name} | {tried} of {calls.made} writes tried | {tolerated} told as done")
