"""Part files and WARC files: after a crash, files and ledger say the same."""

import pytest

from crawler.archives.cdx import Capture
from crawler.ledger import Ledger, tables
from crawler.ledger.captures import CaptureWork
from crawler.ledger.moves import ForbiddenMove
from pipelines.dataset.cdxj import cdxj_path
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.parts import settle
from tests.support.ledger import (
    answer,
    begin,
    capture,
    claim,
    fetch,
    plan_all,
    reopened,
    states,
    write_part,
)

# --- parts


def fetched(ledger: Ledger, *captures: Capture) -> tuple[str, int, list[CaptureWork]]:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, *captures)
    plan_all(ledger, domain_id)
    works = claim(ledger, crawl_id)
    for work in works:
        fetch(ledger, work)
    return crawl_id, domain_id, works


def test_what_was_fetched_but_not_written_is_fetched_again(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    assert claim(reopened(ledger), crawl_id) == works


def test_a_part_that_did_not_get_its_name_is_forgotten_and_its_captures_fetched_again(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"), capture("2005", "B"))
    write_part(ledger, crawl_id, [work.id for work in works], until="begun")
    reopened(ledger)
    assert claim(ledger, crawl_id) == works
    assert list((ledger.dataset.data_dir / "policies").iterdir()) == []


def test_a_part_that_got_its_name_is_whole_and_its_captures_settled(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"), capture("2005", "B"))
    name = write_part(ledger, crawl_id, [works[0].id], until="renamed")
    reopened(ledger)
    assert states(ledger) == [("settled", "stored"), ("planned", None)]
    assert ledger.dataset.next_part(crawl_id) != name
    assert tables.outdated(ledger.db)


def test_a_part_that_is_done_stays_done(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    assert states(reopened(ledger)) == [("settled", "stored")]
    with pytest.raises(ForbiddenMove):
        fetch(ledger, works[0])
    assert states(ledger) == [("settled", "stored")]


def test_half_written_files_are_cleared_away(ledger: Ledger) -> None:
    for folder in ("policies", "captures", "domains", "crawls", "warc"):
        (ledger.dataset.data_dir / folder).mkdir()
        (ledger.dataset.data_dir / folder / "00000.parquet.tmp-77").write_bytes(b"half")
    reopened(ledger)
    assert list(ledger.dataset.data_dir.glob("*/*.tmp-*")) == []


def test_part_files_that_the_ledger_does_not_know_are_refused(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    stranger = ledger.dataset.data_dir / "policies" / "year=2004" / "stranger.parquet"
    stranger.parent.mkdir()
    stranger.write_bytes(b"whole")
    with pytest.raises(DatasetError, match=r"not known to the ledger.*stranger\.parquet"):
        settle(ledger.dataset.data_dir)
    stranger.unlink()
    settle(ledger.dataset.data_dir)


def test_a_lost_ledger_is_noticed(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    write_part(ledger, crawl_id, [works[0].id])
    ledger.close()
    for file in ledger.dataset.data_dir.glob("crawl.sqlite*"):
        file.unlink()
    ledger.__init__(ledger.dataset.data_dir)  # type: ignore[misc]
    with pytest.raises(DatasetError, match="not known to the ledger"):
        settle(ledger.dataset.data_dir)


def test_warc_records_that_no_settled_capture_refers_to_are_cut_off(ledger: Ledger) -> None:
    crawl_id, _, works = fetched(ledger, capture("2004"))
    folder = ledger.dataset.data_dir / "warc"
    folder.mkdir()
    for name in (f"{crawl_id}-00000.warc.gz", f"{crawl_id}-00001.warc.gz"):
        (folder / name).write_bytes(b"x" * 300)
        cdxj_path(folder / name).touch()
    ledger.dataset.register_warcs([f"{crawl_id}-00000.warc.gz"])
    name = ledger.dataset.next_part(crawl_id)
    ledger.dataset.begin_part(name, 0, [works[0].id], {f"{crawl_id}-00000.warc.gz": 120})
    ledger.dataset.finish_part(name)
    reopened(ledger)
    left = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert left == {f"{crawl_id}-00000.warc.gz": 120}, "and their indexes are gone, as they name what was cut off"


def test_warc_files_of_somebody_else_are_left_alone(ledger: Ledger) -> None:
    begin(ledger)
    foreign = ledger.dataset.data_dir / "warc" / "mine.warc.gz"
    foreign.parent.mkdir()
    foreign.write_bytes(b"x" * 300)
    reopened(ledger)
    assert foreign.stat().st_size == 300


def test_a_part_settles_what_was_fetched_and_nothing_else(ledger: Ledger) -> None:
    crawl_id, domain_id = begin(ledger)
    answer(ledger, crawl_id, capture("2004"), capture("2005", "B"))
    plan_all(ledger, domain_id)
    one, other = claim(ledger, crawl_id)
    fetch(ledger, one)
    write_part(ledger, crawl_id, [one.id, other.id])
    assert states(ledger) == [("settled", "stored"), ("claimed", None)]


# --- texts extracted again
