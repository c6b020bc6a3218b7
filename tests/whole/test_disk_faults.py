"""A disk that fails at any write of a command loses nothing: the command says so, and ends well when it is run again.

``pytest -s`` prints how many writes were tried.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crawler.local_archive.server import open_archive, serving
from pipelines.audit.questions import QUESTIONS
from pipelines.audit.result import read_result
from pipelines.audit.sample import LEAST_ROWS, SAMPLE, draw
from pipelines.processes import batch
from tests.crawler.test_disk_faults import DOMAIN, SHOP
from tests.support.commands import scrapy
from tests.support.disk_faults import FAULTS, Fault, failing
from tests.support.hand_crawl import crawl_by_hand, read_here
from tests.support.processes import records_of
from tests.support.rows import Row
from tests.support.warc import write_warc

pytestmark = pytest.mark.slow

#: Every day so many writes of each command are tried, evenly spread; all of them by ``make test-writes``.
TRIES = [pytest.param(8, id="some writes"), pytest.param(100_000, id="all writes", marks=pytest.mark.every_write)]
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
    """A DATA_DIR with two part files; beside it, something to import, and the answers of one who audits it."""
    folder = tmp_path_factory.mktemp("crawled")
    warc = write_warc(folder / "shop.warc.gz", SHOP)
    with serving(open_archive([warc])) as url:
        (folder / "data").mkdir()
        assert crawl_by_hand(folder / "data", url, DOMAIN) == (0, "")
    assert len(list((folder / "data" / "policies").glob("*.parquet"))) == 2
    (folder / "corpus").mkdir()
    for domain in ("a.test", DOMAIN):
        (folder / "corpus" / f"{domain}.md").write_text(PAGE.format(domain=domain))
    answers = {question.name: next(iter(question.answers)) for question in QUESTIONS}
    lines = [{"row": row["id"], **answers}.values() for row in draw(folder / "data", LEAST_ROWS, 1).rows]
    (folder / "answers.csv").write_text("\n".join(",".join(line) for line in [["row", *answers], *lines]))
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


def gather(folder: Path) -> int:
    return scrapy(folder / "all", "gather", str(folder / "data"))


def audit(folder: Path) -> int:
    """Draws a sample, which is never changed once it is there, and scores the answers."""
    sample, answers = str(folder / "audit"), str(folder / "answers.csv")
    drawn = (folder / "audit" / SAMPLE).exists() or scrapy(folder / "data", "audit", "-o", sample) == 0
    return scrapy(folder / "data", "audit", "-o", sample, "--score", answers, answers) if drawn else 1


COMMANDS = [compact, reextract, release, import_, gather, audit]


def facts(folder: Path) -> dict[str, Any]:
    """What the commands make, without what differs from run to run. Nothing half done is left."""
    found: dict[str, Any] = {}
    for data_dir in (folder / "data", folder / "all"):
        records_of(data_dir)
        for table in ("policies", "captures", "domains"):
            rows = [row for path in (data_dir / table).rglob("*.parquet") for row in read(path)]
            found[f"{data_dir.name}/{table}"] = sorted(
                rows, key=lambda row: (row["domain"], str(row.get("captured_at")), row.get("policy_url"))
            )
    for path in (folder / "release").rglob("*.parquet"):
        found[str(path.relative_to(folder))] = read(path)
    found |= {path.name: path.read_bytes() for path in (folder / "audit").glob("*")}
    if result := read_result(folder / "data"):
        found["result"] = replace(result, date="")
    left = [path for path in folder.rglob("*") if ".tmp-" in path.name or path.name.endswith(".partial")]
    assert left == []
    return found


def read(path: Path) -> list[Row]:
    return [{name: row[name] for name in row.keys() - OF_THE_RUN} for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("tries", TRIES)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_whichever_write_fails_the_command_says_so_and_ends_as_it_would_have_when_it_is_run_again(
    command: Callable[[Path], int],
    fault: Fault,
    tries: int,
    crawled: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    undisturbed = shutil.copytree(crawled, tmp_path / "undisturbed")
    with failing(fault, 0) as calls:
        assert command(undisturbed) == 0
    expected, writes = facts(undisturbed), calls.made
    tried = tolerated = 0
    for chosen in range(1, writes + 1, max(1, writes // tries)):
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
        print(f"{command.__name__} | {fault.name} | {tried} of {writes} writes tried | {tolerated} told as done")
