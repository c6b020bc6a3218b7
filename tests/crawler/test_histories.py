"""The history that DATA_DIR keeps follows the ledger and the rows, for the domains that changed only."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler import histories
from crawler.histories import keep_histories
from crawler.ledger import Ledger
from crawler.ledger.imported import enter_rows
from crawler.ledger.stale import stale_files
from crawler.ledger.tables import Stale, outdate, publish
from crawler.ledger.verdicts import is_behind
from crawler.settling import apply_verdicts
from crawler.withdrawal import withdraw
from pipelines.dataset import parts
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.places import Place
from pipelines.dataset.reading import WORKED_OUT
from pipelines.history import keeping, telling
from pipelines.history.kept import is_kept, read_changes, read_coverage, read_versions
from pipelines.history.telling import Comparers
from pipelines.outcomes import DomainOutcome
from pipelines.processes import nodes
from pipelines.processes.batch import EngineError
from pipelines.release.build import release
from tests.support.commands import scrapy
from tests.support.data_dirs import remove
from tests.support.rows import Row, policy, table

A, B, C = "We collect your name.", "We collect your name and address.", "We keep your location for ten years."
IMPORT = {"crawl_id": "import-20260102-030405-123456", "warc_file": None, "fetched_at": None}
READ = {"versions": read_versions, "changes": read_changes, "coverage": read_coverage}


def one(domain: str, day: str, text: str, **other: object) -> Row:
    return policy(domain, day, text, **IMPORT | other)


def add(ledger: Ledger, *rows: Row) -> None:
    """Rows as an import brings them."""
    name = f"import-{len(list(ledger.dataset.data_dir.glob('policies/*')))}.parquet"
    parts.append(ledger.dataset.data_dir, name, table(list(rows)))
    enter_rows(ledger.db, table(list(rows)).to_pylist())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def ledger(data: Path) -> Iterator[Ledger]:
    """A history of two domains, kept."""
    data.mkdir()
    with closing(Ledger(data)) as ledger:
        rows = [one("a.test", "2010-02-01", A), one("a.test", "2012-02-01", B), one("b.test", "2011-02-01", A)]
        add(ledger, *rows)
        keep(ledger)
        yield ledger


def keep(ledger: Ledger) -> tuple[int, int, int]:
    """Domains worked out, texts read, files written."""
    done = keep_histories(ledger.dataset.data_dir, ledger)
    publish(ledger.db, ledger.dataset.data_dir)
    return done.domains, done.texts, done.files


def rows_of(data: Path, name: str) -> list[Row]:
    return pa.concat_tables(READ[name](data)).sort_by("domain").to_pylist()


def afresh(data: Path) -> Path:
    """The same facts without a history."""
    copy = data.with_name("afresh")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns(*WORKED_OUT))
    assert not is_kept(copy)
    return copy


def is_as_afresh(data: Path) -> bool:
    copy = afresh(data)
    return all(rows_of(data, name) == rows_of(copy, name) for name in WORKED_OUT)


def test_what_is_kept_is_what_the_facts_give(ledger: Ledger, data: Path) -> None:
    assert is_kept(data) and is_as_afresh(data)
    assert len(rows_of(data, "changes")) == 1


def test_a_release_of_what_is_kept_has_the_same_bytes_as_one_worked_out(ledger: Ledger, data: Path) -> None:
    dataset_id(data)
    add(ledger, one("b.test", "2013-02-01", C))  # not worked out yet
    publish(ledger.db, data)
    copy = afresh(data)
    kept, worked_out = (release(each, each.parent / f"releases of {each.name}" / "1") for each in (data, copy))
    sums = [(made.path / "SHA256SUMS").read_text().splitlines() for made in (kept, worked_out)]
    assert sums[0] == sums[1]


def elsewhere(engine: str, function: Callable[[Any], Any], tasks: Iterable[Any], processes: int | None) -> list[Any]:
    """As other processes and nodes do: the results come in another order."""
    sent = [pickle.loads(pickle.dumps(task)) for task in tasks]
    return [pickle.loads(pickle.dumps(function(task))) for task in reversed(sent)]


def test_histories_of_many_domains_have_the_same_bytes_whichever_process_or_node_compares_their_texts(
    ledger: Ledger, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    used: list[str] = []

    def run(engine: str, *more: Any) -> list[Any]:
        used.append(engine)
        return elsewhere(engine, *more)

    for module in (telling, nodes):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(keeping, "_KEPT_AT_ONCE", 5)
    monkeypatch.setattr(keeping, "_AT_ONCE", 3)
    add(ledger, *(one(f"{n}.test", f"201{year}-02-01", f"{A} {year * n}") for n in range(7) for year in range(3)))
    work = tmp_path / "work"
    found = []
    for at_once, options in ((200, ()), (4, ()), (4, ("--engine", "ray", "--work", work.as_uri()))):
        copy = shutil.copytree(data, tmp_path / f"{len(found)}")
        monkeypatch.setattr(telling, "_AT_ONCE", at_once)
        assert scrapy(copy, "compact", "--processes", "2", *options) == 0
        line = "histories worked out: 7 domains, 19 versions, 12 changes, 19 texts read, in "
        assert capsys.readouterr().out.splitlines()[1].startswith(line)
        found.append([(copy / table / "00000.parquet").read_bytes() for table in WORKED_OUT])
    assert used == ["processes", "ray"], "few are compared in this process"
    assert found[0] == found[1] == found[2] and is_as_afresh(copy)
    assert not list(work.iterdir())
    assert scrapy(copy, "compact") == 0
    assert capsys.readouterr().out == "nothing to merge\nno history to work out\n"


@pytest.mark.parametrize("work", [None, "work"])
def test_a_process_or_node_that_died_while_it_compared_texts_is_told_and_the_next_run_ends_the_same(
    ledger: Ledger, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str | None
) -> None:
    def dies(engine: str, function: object, tasks: Iterable[Any], processes: int) -> Iterator[Any]:
        raise EngineError(f"the worker for {next(iter(tasks))} died")

    add(ledger, *(one(f"{n}.test", "2010-02-01", A) for n in range(3)))
    with monkeypatch.context() as patched:
        for module in (telling, nodes):
            patched.setattr(module, "run", dies)
        patched.setattr(telling, "_AT_ONCE", 2)
        comparers = Comparers(processes=2, work=Place(str(tmp_path / work)) if work else None)
        with pytest.raises(DatasetError, match="no history was worked out: the worker for 2 versions died"):
            keep_histories(data, ledger, comparers)
    assert keep(ledger)[0] == 3
    assert is_as_afresh(data)


def test_only_the_domain_that_changed_is_worked_out_and_only_its_new_text_is_read(ledger: Ledger, data: Path) -> None:
    add(ledger, one("a.test", "2014-02-01", C), one("a.test", "2015-02-01", C))
    assert keep(ledger) == (1, 2, 3)  # the text of 2014 and the one before
    assert is_as_afresh(data)
    assert keep(ledger) == (0, 0, 0)


def test_captures_name_their_versions_and_domains_sum_up_their_histories(ledger: Ledger, data: Path) -> None:
    ids = [row["version_id"] for row in rows_of(data, "versions")]
    assert pq.read_table(data / "captures")["version_id"].to_pylist() == ids
    summary = pq.read_table(data / "domains").select(["main_url", "main_language", "policy_owner", "versions"])
    assert [tuple(row.values()) for row in summary.to_pylist()] == [
        ("https://a.test/privacy", "en", "same_domain", 2),
        ("https://b.test/privacy", "en", "same_domain", 1),
    ]


def visit(ledger: Ledger, domain: str, until: float) -> None:
    """A crawl that finds nothing new."""
    crawl_id = ledger.begin_crawl({"value": domain}, "web.archive.org")
    domain_id, _ = ledger.domains.open(crawl_id, domain)
    ledger.domains.close(domain_id, DomainOutcome.FOUND, asked_until=until)
    ledger.end_crawl(crawl_id, 0, {"cdx": 0, "playback": 1})


def test_a_visit_without_news_moves_known_through_on_and_nothing_else(ledger: Ledger, data: Path) -> None:
    before = {path: path.stat().st_ino for path in data.glob("*/*.parquet")}
    visit(ledger, "a.test", 4e9)
    assert keep(ledger) == (0, 0, 1)
    written = {path.parent.name for path, inode in before.items() if path.stat().st_ino != inode}
    assert written == {"versions", "domains", "crawls"}
    assert is_as_afresh(data)
    known = [row["known_through"].year for row in rows_of(data, "versions")]
    assert known[0] == 2010 and known[1] >= 2026 and known[2] == 2011


def test_a_run_that_was_killed_before_the_ledger_knew_is_run_again_and_reads_no_texts(
    ledger: Ledger, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(ledger, one("a.test", "2014-02-01", C))
    monkeypatch.setattr(histories, "caught_up", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep(ledger)
    monkeypatch.undo()
    assert keep(ledger) == (1, 0, 0)
    assert is_as_afresh(data)


def test_a_file_that_is_gone_is_made_again(ledger: Ledger, data: Path) -> None:
    for name in WORKED_OUT:
        before = rows_of(data, name)
        (data / name / "00000.parquet").unlink()
        assert not is_kept(data)
        keep(ledger)
        assert rows_of(data, name) == before


def test_a_file_of_another_form_is_made_again_and_one_that_is_not_known_goes(ledger: Ledger, data: Path) -> None:
    path = data / "versions" / "00000.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.drop_columns("concepts"), path)
    pq.write_table(rows, path.with_name("00007.parquet"))
    keep(ledger)
    assert pq.read_table(path).equals(rows)
    assert list(path.parent.iterdir()) == [path]


def test_what_other_code_told_is_worked_out_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "digest_of_code", lambda: "newer")
    monkeypatch.setattr("pipelines.history.told.digest_of_code", lambda: "newer")
    assert keep(ledger)[:2] == (2, 3)


def test_a_row_that_waits_for_a_merge_counts_as_its_verdict_has_it(
    ledger: Ledger, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.dataset.compaction.MANY_ROWS", 1)

    def texts() -> int:
        return sum(row["domain"] == "a.test" for row in rows_of(data, "versions"))

    (domain_id,) = ledger.db.execute("SELECT id FROM domains WHERE domain = 'a.test'").fetchone()
    with ledger.db:
        ledger.db.execute("UPDATE captures SET verdict = 'terms', is_primary = 0 WHERE timestamp LIKE '2012%'")
        ledger.db.execute("INSERT INTO unapplied (domain) VALUES ('a.test')")
        outdate(ledger.db, domain_id)
    before = sorted((data / "policies").iterdir())
    done, _ = apply_verdicts(data, ledger, only_if_it_pays=True, lag=1.0)
    assert done is not None and done.waiting == {"a.test"}
    assert (sorted((data / "policies").iterdir()), texts(), is_behind(data)) == (before, 1, True)
    apply_verdicts(data, ledger, only_if_it_pays=True)
    assert (texts(), is_behind(data)) == (1, False)
    assert is_as_afresh(data)


def test_what_is_withdrawn_leaves_the_history(ledger: Ledger, data: Path) -> None:
    remove(data, url="https://a.test/privacy", captured_at="20120201000000")
    assert [row["version_id"] for row in rows_of(data, "changes")] == []
    remove(data, domain="b.test")
    assert {row["domain"] for name in WORKED_OUT for row in rows_of(data, name)} == {"a.test"}
    withdraw(data, ledger)
    assert stale_files(ledger.db, Stale.WITHDRAWN) == []
    for name in WORKED_OUT:  # nothing of the domains concerned is left, until it is worked out again
        assert pq.read_table(data / name).num_rows == 0
    keep(ledger)
    assert is_as_afresh(data)
    assert [row["text_sha256"] for row in rows_of(data, "versions")] == [one("a.test", "2010-02-01", A)["text_sha256"]]


def test_a_domain_in_two_archives_has_one_history(ledger: Ledger, data: Path) -> None:
    add(ledger, one("a.test", "2014-02-01", C, archive="arquivo.pt/wayback"))
    assert keep(ledger) == (1, 2, 3)
    assert is_as_afresh(data)
    assert len(rows_of(data, "versions")) == 4
