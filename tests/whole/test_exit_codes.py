"""How a crawl ends, and how it tells: exit codes 0 to 6, what stands in the log, and what the next run makes of it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.arguments import BadArgument, parse_arguments
from crawler.downloader.ending import PATIENCE
from crawler.ledger import Ledger
from crawler.local_archive import faults
from crawler.local_archive.server import LocalArchive, open_archive, serving
from crawler.runs import read_runs
from tests.support.ports import free_port
from tests.support.processes import EXCLUDED, WARCS, Run, crawl, finish, lasting, start
from tests.support.scripts import scrapy

pytestmark = pytest.mark.slow

#: A free port on which nothing listens: 9 is "discard" (RFC 863), which no system runs any more.
NOBODY = "http://127.0.0.1:9"


def await_(condition: Callable[[], Any], *, seconds: float = 60) -> None:
    """Waits until something holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def asked(archive: LocalArchive, pool: str) -> list[dict[str, Any]]:
    return [entry for entry in list(archive.log) if entry["pool"] == pool]


def assert_complete(run: Run, undisturbed: Run) -> None:
    """Whatever happened before: the rows are those of a run that nothing disturbed."""
    assert run.code == 0, run.log
    assert lasting(run.policies) == lasting(undisturbed.policies)
    assert lasting(run.captures) == lasting(undisturbed.captures)


# --- 1: an error of ours


def test_part_files_that_the_ledger_does_not_know_are_refused(tmp_path: Path, archive_url: str) -> None:
    (tmp_path / "policies").mkdir()
    pq.write_table(pa.table({"a": [1]}), tmp_path / "policies" / "foreign.parquet")
    run = crawl(tmp_path, archive_url)
    assert run.code == 1
    assert "not known to the ledger" in run.log and "foreign.parquet" in run.log
    assert "Traceback" not in run.log


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("x")
    return folder / "file"


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "data"


def not_to_be_made(folder: Path) -> Path:
    return Path("/proc/nothing")


def with_a_corrupt_ledger(folder: Path) -> Path:
    (folder / "crawl.sqlite").write_bytes(b"garbage" * 1000)
    return folder


@pytest.mark.parametrize("data_dir", [a_file, below_a_file, not_to_be_made, with_a_corrupt_ledger])
def test_a_data_dir_that_can_not_be_used_is_told_in_a_line(data_dir: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = data_dir(tmp_path)
    run = crawl(folder, NOBODY)
    assert run.code == 1
    told = (f"DATA_DIR={folder} can't be used", f"{folder}/crawl.sqlite is damaged (file is not a database)")
    assert any(each in run.log for each in told), run.log
    assert "Traceback" not in run.log


@pytest.mark.parametrize("logged", [(), ("--nolog",), ("--logfile", "crawl.log"), ("--loglevel", "CRITICAL")])
def test_a_refusal_is_one_line_on_stderr_whatever_is_logged(logged: tuple[str, ...], tmp_path: Path) -> None:
    arguments = ("-a", "domain=plumeria.example", "-a", f"archive_url={NOBODY}", "-s", f"DATA_DIR={a_file(tmp_path)}")
    logged = tuple(word.replace("crawl.log", str(tmp_path / "crawl.log")) for word in logged)
    done = scrapy("crawl", "policies", *arguments, *logged)
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if " INFO " not in line)
    assert "can't be used" in line


def test_a_dataset_that_can_not_be_written_ends_the_crawl_and_the_next_run_completes_it(
    tmp_path: Path, archive_url: str, undisturbed: Run
) -> None:
    (tmp_path / "policies").write_text("in the way")
    run = crawl(tmp_path, archive_url, settings={"FLUSH_ROWS": 5, "PLAYBACK_PER_MINUTE": 600})
    assert run.code == 1
    assert re.search(r"the dataset could not be written: .*policies", run.log), run.log
    (tmp_path / "policies").unlink()
    assert_complete(crawl(tmp_path, archive_url), undisturbed)


def test_the_name_of_a_part_that_was_given_up_is_not_in_the_way_of_the_next(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    crawl_id = ledger.begin_crawl({}, "web.archive.org")
    (tmp_path / "policies").mkdir()
    ledger.dataset.begin_part(ledger.dataset.next_part(crawl_id), 1, [], {})  # never written
    later = ledger.dataset.next_part(crawl_id)
    ledger.dataset.begin_part(later, 0, [], {})
    ledger.dataset.finish_part(later)
    ledger.recover()
    ledger.dataset.begin_part(ledger.dataset.next_part(crawl_id), 1, [], {})
    ledger.close()


# --- 2: bad arguments


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        ({"plan": "weekly"}, {}, "-a plan=weekly: allowed are versions, grid, all"),
        ({"domain": "a.example", "urls": "urls.txt"}, {}, "both domain and urls are given. Give one of"),
        ({"colour": "red"}, {}, "there is no such argument. Allowed: domain, domains, urls, captures, since"),
        ({}, {"CDX_PER_MINUTE": "many"}, "-s CDX_PER_MINUTE=many: not a number of 0 or more"),
    ],
)
def test_bad_arguments_are_told_before_anything_is_begun(
    arguments: dict[str, str], settings: dict[str, str], words: str, tmp_path: Path
) -> None:
    run = crawl(tmp_path / "data", NOBODY, settings=settings, **arguments)
    assert run.code == 2
    assert words in run.log
    assert "Traceback" not in run.log
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"archive": "archive.today"}, "-a archive=archive.today: allowed are internet-archive, pywb"),
        ({"domain": "not a domain"}, "-a domain=not a domain"),
        ({"since": "yesterday"}, "Allowed are a year, month or day, like 2010, 2015-06 or 2015-06-30"),
        ({"since": "2016", "until": "2015-06"}, "-a since=2016 is after -a until=2015-06"),
        ({"domain": "", "domains": "no-such-file.txt"}, "-a domains=no-such-file.txt: there is no such file"),
        ({"domain": "", "captures": __file__}, "not a Parquet file"),
        ({"domain": ""}, "nothing is asked for. Give one of"),
        ({"shard": "3/2"}, "from 0 or 1 to 2, not 3"),
        ({"archive_url": "ftp://archive.example"}, "not an http(s) address, like http://127.0.0.1:8090"),
    ],
)
def test_a_bad_argument_is_told_with_what_is_allowed(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(words)):
        parse_arguments({"domain": "plumeria.example", **arguments})


# --- 3: ended with work left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_soon_and_the_next_run_completes_it(
    number: signal.Signals, archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    archive.rules = faults.parse([{"action": "latency", "seconds": 0.5}])
    with serving(archive) as url:
        # The archive's own budgets: requests wait for their turn when the signal comes.
        process = start(tmp_path, url, settings={"CDX_PER_MINUTE": 120, "PLAYBACK_PER_MINUTE": 60})
        await_(lambda: len(asked(archive, "playback")) > 3)
        process.send_signal(number)
        at_the_signal = len(archive.log)
        run = finish(process, tmp_path)
        assert run.code == 3, run.log
        assert len(archive.log) <= at_the_signal + 2, "it asks for nothing more, but for what was about to be sent"
        assert "Traceback" not in run.log
        assert "told to stop. Run the same command again to go on" in run.log
        flushed = len(run.policies)
        assert flushed > 0
        before = len(archive.log)
        known = {entry["path"] for entry in asked(archive, "cdx") if entry["status"] == 200}
        archive.rules = []
        again = crawl(tmp_path, url)
    assert_complete(again, undisturbed)
    later = [entry["path"] for entry in list(archive.log)[before:]]
    assert not known & set(later), "an answer of the index once read is never asked for again"


def test_a_hung_request_does_not_hold_up_the_end_of_a_stopped_crawl(
    archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    archive.rules = faults.parse([{"action": "hang", "pool": "playback", "count": 5}])
    with serving(archive) as url:
        process = start(tmp_path, url)
        await_(lambda: len(asked(archive, "playback")) > 10)
        process.send_signal(signal.SIGTERM)
        run = finish(process, tmp_path, patience=PATIENCE + 40)  # the request would hang for 90 seconds
        assert run.code == 3, run.log
        assert "Traceback" not in run.log
        assert_complete(crawl(tmp_path, url), undisturbed)


def test_a_run_with_a_budget_stops_there_in_good_order_and_the_next_one_completes_it_and_says_if_it_is_unhealthy(
    archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    with serving(archive) as url:
        run = crawl(tmp_path, url, settings={"CDX_REQUESTS": 5})
        assert run.code == 3, run.log
        assert "the run has sent all requests that it may: CDX_REQUESTS=5" in run.log
        assert len(asked(archive, "cdx")) == 5
        assert any(row["outcome"] == "stored" for row in run.captures), "what it has begun, it has finished"
        done = sum(domain["outcome"] == "found" for domain in run.domains.values())
        again = crawl(tmp_path, url, settings={"HEALTH_EMPTY_TEXTS": "0", "HEALTH_DAYS_WITHOUT_ROWS": "30"})
    assert again.code == 6, again.log
    assert re.search(r"^unhealthy \d+ of \d+ captures read have no text .*HEALTH_EMPTY_TEXTS=0$", again.log, re.M)
    assert lasting(again.policies) == lasting(undisturbed.policies)
    last, first = read_runs(tmp_path)
    assert (first["exit_code"], last["exit_code"], len(last["unhealthy"])) == (3, 6, 1)
    assert first["pools"]["cdx"]["answers"] == {"200": 5}
    assert (first["rows"] + last["rows"], first["domains"]["found"]) == (len(again.policies), done)
    assert last["crawl"]["domains"]["found"] == sum(row["outcome"] == "found" for row in again.domains.values())


# --- 4: shut out


def refusal(pool: str, *, seconds: int) -> dict[str, Any]:
    """The fault that answers the second request of a pool with a 429."""
    return {"action": "error", "pool": pool, "skip": 1, "count": 1, "status": 429, "retry_after": seconds}


def moment_of_the_refusal(archive: LocalArchive, pool: str) -> float:
    """The time of the pool's first 429. The sample holds an archived one too, which comes later."""
    return next(entry["time"] for entry in asked(archive, pool) if entry["status"] == 429)


@pytest.mark.parametrize(("pool", "other"), [("cdx", "playback"), ("playback", "cdx")])
def test_a_429_pauses_its_pool_alone(pool: str, other: str, archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([refusal(pool, seconds=300)])
    with serving(archive) as url:  # enough to do in both pools, slowly
        process = start(tmp_path, url, settings={"CDX_PER_MINUTE": 30, "PLAYBACK_PER_MINUTE": 60})
        await_(lambda: any(entry["status"] == 429 for entry in asked(archive, pool)))
        refused = moment_of_the_refusal(archive, pool)
        # What was under way arrives within the first second.
        await_(lambda: asked(archive, other)[-1]["time"] > refused + 1)
        since = [entry["pool"] for entry in list(archive.log) if entry["time"] > refused + 1]
        process.terminate()
        run = finish(process, tmp_path)
    assert pool not in since
    assert f"The archive answered 429: {pool} pauses for 300 s" in run.log
    assert run.code == 3, run.log


@pytest.mark.parametrize("pool", ["cdx", "playback"])
def test_after_the_pause_of_a_429_its_pool_goes_on_and_nothing_is_lost(
    pool: str, archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    pause = 5
    some = [f"{name}.example" for name in ("mapleloop", "tidelog", "plumeria", "nordwind")]
    (tmp_path / "domains.txt").write_text("\n".join(some))
    archive.rules = faults.parse([refusal(pool, seconds=pause)])
    budgets = {"CDX_PER_MINUTE": 120, "PLAYBACK_PER_MINUTE": 480}
    with serving(archive) as url:
        run = crawl(tmp_path / "data", url, domains=tmp_path / "domains.txt", settings=budgets)
    assert run.code == 0, run.log
    assert lasting(run.policies) == [row for row in lasting(undisturbed.policies) if row["domain"] in some]
    assert f"The archive answered 429: {pool} pauses for {pause} s" in run.log
    refused = moment_of_the_refusal(archive, pool)
    # What was under way may still arrive within the first two seconds.
    later = [entry["time"] - refused for entry in asked(archive, pool) if entry["time"] > refused + 2]
    assert later and min(later) > pause - 0.2


@pytest.mark.parametrize("retry_after", [0, "86400"])
def test_a_429_without_end_ends_the_crawl_and_a_later_run_completes_it(
    retry_after: int | str, archive: LocalArchive, tmp_path: Path, undisturbed: Run
) -> None:
    archive.rules = faults.parse([{"action": "error", "pool": "playback", "skip": 10, "status": 429,
                                   "retry_after": retry_after}])  # fmt: skip
    with serving(archive) as url:
        run = crawl(tmp_path, url)
        assert run.code == 4, run.log
        assert "the archive shut us out" in run.log and "run the same command again" in run.log
        archive.rules = []
        if retry_after == 0:
            assert_complete(crawl(tmp_path, url), undisturbed)


def test_an_archived_429_neither_pauses_nor_ends_anything(undisturbed: Run) -> None:
    assert undisturbed.capture("20130716110000")["outcome"] == "soft_block"
    assert "answered 429" not in undisturbed.log


def test_a_refused_connection_ends_the_crawl_at_once(tmp_path: Path) -> None:
    run = crawl(tmp_path, NOBODY)
    assert run.code == 4, run.log
    assert "connection refused by 127.0.0.1:9" in run.log
    assert "Traceback" not in run.log


def test_an_archive_that_goes_away_is_found_again_by_a_later_run(tmp_path: Path, undisturbed: Run) -> None:
    archive = open_archive(WARCS, excluded=EXCLUDED)
    archive.rules = faults.parse([{"action": "latency", "seconds": 0.2}])
    port = free_port()
    with serving(archive, port) as url:
        process = start(tmp_path, url, settings={"PLAYBACK_PER_MINUTE": 600})
        await_(lambda: len(asked(archive, "playback")) > 12)
    gone = finish(process, tmp_path)
    assert gone.code == 4, gone.log
    archive.rules = []
    with serving(archive, port) as url:
        assert_complete(crawl(tmp_path, url), undisturbed)


def test_an_archive_that_never_answers_ends_the_crawl(archive: LocalArchive, tmp_path: Path) -> None:
    archive.rules = faults.parse([{"action": "hang"}])
    with serving(archive) as url:
        run = crawl(tmp_path, url, settings={"DOWNLOAD_TIMEOUT": 1})
    assert run.code == 4, run.log
    assert re.search(r"20 requests in a row without an answer, the last one: .*[Tt]imeout", run.log)


# --- 5: held


def test_a_second_crawl_on_the_same_data_dir_stops_at_once(archive: LocalArchive, tmp_path: Path) -> None:
    with serving(archive) as url:
        first = start(tmp_path, url, domain="plumeria.example", settings={"PLAYBACK_PER_MINUTE": 1})  # takes minutes
        await_(lambda: archive.log)
        second = crawl(tmp_path, url, domain="tidelog.example")
        assert second.code == 5
        assert re.search(rf"in use by another process \(pid {first.pid}\)", second.log)
        assert "Traceback" not in second.log
        assert not any("tidelog" in entry["path"] for entry in archive.log), "it has asked for nothing"
        first.terminate()
        assert finish(first, tmp_path).code == 3
