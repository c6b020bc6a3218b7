from __future__ import annotations

import os
import pickle
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.local_archive.server import LocalArchive, serving
from data.sample.pdf import pdf_of
from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.places import Place
from pipelines.dataset.reading import history, part_files
from pipelines.dataset.warc_reading import CaptureRecord
from pipelines.extraction import EXTRACTOR
from pipelines.history import telling
from pipelines.history.derive import Derived
from pipelines.history.keeping import DomainFile, WorkedOut, bring_up_to_date, file_of
from pipelines.history.tables import KEPT
from pipelines.history.telling import Comparers
from pipelines.processes.batch import EngineError, run
from pipelines.processes.nodes import new_name, run_on_nodes
from pipelines.processes.worker_pool import MEMORY_LIMIT
from pipelines.schema import CAPTURES, DOMAINS, POLICIES
from pipelines.timestamps import digits
from pipelines.tools import reextraction
from pipelines.tools.reextraction import NoJudge, Reextracted, reextract
from pipelines.tools.summary import summaries
from pipelines.tools.warc_task import READ_AGAIN, Record, read_again, read_file
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.hand_crawl import read_here
from tests.support.processes import crawl, rows_of
from tests.support.rows import Row, row

pytestmark = pytest.mark.slow  # documents are read in worker processes

SENTENCES = " ".join(f"We collect your data for purpose {n}, for {n} days." for n in range(30))


def _page(words: str) -> bytes:
    paragraphs = "".join(f"<p>{words} {n}. {SENTENCES}</p>" for n in range(3))
    head = "<head><title>Privacy Policy</title></head>"
    return f"<html>{head}<body><h1>Privacy</h1>{paragraphs}</body></html>".encode()


def _warc(data_dir: Path, name: str, rows: list[Row], bodies: list[bytes]) -> list[Row]:
    """Writes the captures of ``rows`` into a WARC file; returns the rows with their places."""
    path = data_dir / "warc" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    placed = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for each, body in zip(rows, bodies, strict=True):
            placed.append({**each, "warc_file": name, "warc_offset": file.tell()})
            _append(writer, each, body)
    return placed


def _append(writer: WARCWriter, captured: Row, body: bytes) -> None:
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            captured["policy_url"],
            "response",
            payload=BytesIO(body),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": f"{captured['captured_at']:%Y-%m-%dT%H:%M:%SZ}"},
        )
    )


@pytest.fixture
def data_dir(tmp_path):
    """Two WARC files, an imported row, and a row whose WARC is elsewhere; the old texts are all ``old``."""
    days = [f"2001{month:02}01" for month in range(1, 7)]
    rows = [row(f"d{n % 3}.test", day, "old", extractor="old 0") for n, day in enumerate(days)]
    bodies = [_page(f"Version {n}") for n in range(6)]
    first = _warc(tmp_path, "a.warc.gz", rows[:4], bodies[:4])
    second = _warc(tmp_path, "b.warc.gz", rows[4:], bodies[4:])
    imported = row("d0.test", "2010", "imported text", extractor="princeton-leuven")
    elsewhere = row("d1.test", "2011", "elsewhere", extractor="old 0", warc_file="c.warc.gz", warc_offset=0)
    add_part(tmp_path, [*first, imported], "one")
    add_part(tmp_path, [*second, elsewhere], "two")
    return tmp_path


def _rows(data_dir: Path) -> list[Row]:
    return [each for path in part_files(data_dir / "policies") for each in pq.read_table(path).to_pylist()]


def _reextract(data_dir: Path, **options: object) -> Reextracted:
    with DataDirLock(data_dir):
        return reextract(data_dir, **options)


def test_rows_with_raw_bytes_get_new_texts_and_the_others_stay(data_dir):
    before = {(each["domain"], each["captured_at"]): each for each in _rows(data_dir)}
    assert _reextract(data_dir, processes=1) == Reextracted(documents=6, changed=6)
    after = _rows(data_dir)
    assert len(after) == 8
    for each in after:
        old = before[each["domain"], each["captured_at"]]
        if each["warc_file"] in ("a.warc.gz", "b.warc.gz"):
            assert "Version" in each["text"] and "We collect your data" in each["markdown"]
            assert (each["extractor"], each["reading"]) == (EXTRACTOR, "dom")
            assert each["title"] == "Privacy Policy"
            same = [name for name in old if name not in READ_AGAIN]
            assert [each[name] for name in same] == [old[name] for name in same]
        else:
            assert each == old
    assert [path.name for path in part_files(data_dir / "policies")] == ["merged-000001-0001.parquet"]
    assert not (data_dir / "reextract").exists()


def test_a_second_run_changes_nothing(data_dir):
    _reextract(data_dir, processes=1)
    once = _rows(data_dir)
    assert _reextract(data_dir, processes=1) == Reextracted(documents=6)
    assert _rows(data_dir) == once


def test_an_old_dataset_has_its_extractors_until_it_comes_to_one_which_shows_the_changes_between_them(tmp_path):
    """A change from PDF to HTML, which an older version's two names for them hid."""
    pages = [row("d.test", "2001", "old", extractor="pypdfium2 5"), row("d.test", "2002", "older", extractor="dom 1")]
    bodies = [pdf_of("Privacy Policy", f"Privacy policy\n\n{SENTENCES}"), _page("We collect names and places")]
    placed = _warc(tmp_path, "a.warc.gz", pages, bodies)
    add_part(tmp_path, placed)
    assert {each["extractor"] for each in _rows(tmp_path)} == {"pypdfium2 5", "dom 1"}
    assert [found.versions for found in summaries(tmp_path)] == [1]
    _reextract(tmp_path, processes=1)
    assert [(each["extractor"], each["reading"]) for each in _rows(tmp_path)] == [
        (EXTRACTOR, "pdf"),
        (EXTRACTOR, "dom"),
    ]
    assert [found.versions for found in summaries(tmp_path)] == [2]


def test_what_cannot_be_read_stays_as_it_was(data_dir):
    warc = data_dir / "warc/a.warc.gz"
    damaged = bytearray(warc.read_bytes())
    places = sorted(each["warc_offset"] for each in _rows(data_dir) if each["warc_file"] == "a.warc.gz")
    damaged[places[1] + 20 : places[2]] = bytes(places[2] - places[1] - 20)
    warc.write_bytes(bytes(damaged[: places[3] + 100]))
    done = _reextract(data_dir, processes=1)
    assert (done.documents, done.changed, len(done.lost)) == (6, 4, 2)
    assert done.lost[1].endswith("20010201000000 (a.warc.gz): its record is damaged or missing")
    assert sum(each["text"] == "old" for each in _rows(data_dir)) == 2


def _records(data_dir: Path) -> list[list[Row]]:
    """What is to be read of each WARC file."""
    with DataDirLock(data_dir):
        stored = Place(str(data_dir / "warc"))
        write_missing(data_dir / "warc")
        tasks = reextraction._tasks(data_dir, stored, stored.names(), NoJudge())
        return [task.records.to_pylist() for task in tasks]


def _hostile(record: Record) -> Row | None:
    if record.row["captured_at"].month == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if record.row["captured_at"].month == 5:
        bytearray(2 * MEMORY_LIMIT)
    return read_again(record)


class HostilePages(NoJudge):
    read = staticmethod(_hostile)


@pytest.mark.slow
def test_a_document_that_kills_a_worker_or_swells_it_stays_as_it_was_and_is_told(data_dir):
    done = _reextract(data_dir, processes=2, judge=HostilePages())
    assert (done.documents, done.changed) == (6, 4)
    of = "http://www.d1.test/privacy.html?lang=en of 2001"
    assert done.lost == [
        f"d1.test {of}0201000000 (a.warc.gz): the worker process died (exit code -9)",
        f"d1.test {of}0501000000 (b.warc.gz): took over 1024 MB of memory",
    ]
    old = [each["captured_at"].month for each in _rows(data_dir) if each["text"] == "old"]
    assert sorted(old) == [2, 5] and len(_rows(data_dir)) == 8


def test_what_is_no_policy_any_more_leaves_the_table(data_dir):
    gone = _warc(data_dir, "d.warc.gz", [row("z.test", "2001", "old")], [b""])
    add_part(data_dir, gone, "three")
    assert _reextract(data_dir, processes=1).dropped == 1
    assert len(history(data_dir, "z.test")) == 0


def _results(data_dir: Path) -> list[str]:
    stored = Place(str(data_dir / "warc"))
    write_missing(data_dir / "warc")
    return [task.result for task in reextraction._tasks(data_dir, stored, stored.names(), NoJudge())]


class KilledAfterTheFirstFile(BaseException):
    pass


def test_an_interrupted_run_goes_on_with_what_is_left(data_dir, monkeypatch):
    def killed(done: int, of: int) -> None:
        raise KilledAfterTheFirstFile

    with pytest.raises(KilledAfterTheFirstFile):
        _reextract(data_dir, processes=1, progress=killed)
    assert len(_rows(data_dir)) == 8 and not any("Version" in each["text"] for each in _rows(data_dir))
    first = data_dir / "reextract" / _results(data_dir)[0]
    made = first.stat().st_mtime_ns
    monkeypatch.setattr(reextraction.shutil, "rmtree", lambda *arguments, **options: None)
    assert _reextract(data_dir, processes=1) == Reextracted(documents=6, changed=6)
    assert first.stat().st_mtime_ns == made
    assert sum("Version" in each["text"] for each in _rows(data_dir)) == 6


def test_other_code_or_other_rows_are_not_taken_for_done(data_dir, monkeypatch):
    first = _results(data_dir)[0]
    monkeypatch.setattr(reextraction, "extractor_code", lambda: "newer")
    newer = _results(data_dir)[0]
    monkeypatch.undo()
    add_part(data_dir, [row("q.test", "2001", warc_file="a.warc.gz", warc_offset=7)], "three")
    assert len({first, newer, _results(data_dir)[0]}) == 3


def test_a_warc_file_outside_the_folder_is_not_opened(data_dir):
    (data_dir / "outside.warc.gz").write_bytes(b"x")
    add_part(data_dir, [row("q.test", "2001", warc_file="../outside.warc.gz", warc_offset=0)], "three")
    assert [{each["warc_file"] for each in records} for records in _records(data_dir)] == [{"a.warc.gz"}, {"b.warc.gz"}]


def test_warc_files_are_read_by_url(data_dir, tmp_path_factory):
    stored = tmp_path_factory.mktemp("a store") / "warc"
    write_missing(data_dir / "warc")
    shutil.move(data_dir / "warc", stored)
    assert _reextract(data_dir, processes=1, warcs=stored.as_uri()) == Reextracted(documents=6, changed=6)
    with pytest.raises(DatasetError, match="nonsense://x is no place for files"):
        _reextract(data_dir, warcs="nonsense://name:secret@x")


def _many_files(root: Path) -> Path:
    """Eight WARC files, whose captures are of the same few domains."""
    for number in range(8):
        rows = [row(f"d{number % 2}{n}.test", f"20{number:02}0101", "old", extractor="old 0") for n in range(3)]
        bodies = [_page(f"Version {number} {n}") for n in range(3)]
        add_part(root, _warc(root, f"{number}.warc.gz", rows, bodies), f"{number}")
    write_missing(root / "warc")
    return root


def _histories(data_dir: Path, note: Callable[[Derived], None] = lambda derived: None, **options: Any) -> list[bytes]:
    """The files of the histories of ``_many_files``, worked out."""
    file = DomainFile(0, frozenset(f"d{line}{n}.test" for line in range(2) for n in range(3)), {})
    done = WorkedOut()
    with DataDirLock(data_dir):
        bring_up_to_date(
            data_dir, [file], lambda _: (CAPTURES.empty_table(), DOMAINS.empty_table()), note, done, **options
        )
    assert (done.domains, done.texts) == (6, 24)
    return [file_of(data_dir, table, 0).read_bytes() for table in KEPT]


def test_a_record_that_the_index_lacks_is_read_up_to_the_next_one_and_not_for_ever() -> None:
    known = CaptureRecord("http://a.test/", "2001", "text/html", 200, "A", offset=100, length=50, domain="a.test")
    assert reextraction._lengths([40, 100, 150], [known]) == {40: 60, 100: 50, 150: reextraction._RECORD_BYTES}


@pytest.mark.slow
@pytest.mark.long
def test_two_ray_nodes_of_which_one_is_killed_give_the_same_rows_and_histories(tmp_path, monkeypatch):
    """The nodes know nothing but two URLs: they read WARC files at the one, and put rows and histories at the other."""
    ray, cluster_utils = (pytest.importorskip(name) for name in ("ray", "ray.cluster_utils"))
    here = _many_files(tmp_path / "here")
    there = shutil.copytree(here, tmp_path / "there")
    stored = shutil.move(there / "warc", tmp_path / "store" / "warc")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    monkeypatch.setattr(telling, "_AT_ONCE", 4)  # a task for each domain
    work = (tmp_path / "store" / "work").as_uri()
    nodes = []

    def kill(*_: object) -> None:
        while nodes:
            cluster.remove_node(nodes.pop(), allow_graceful=False)

    try:
        nodes.append(cluster.add_node(num_cpus=1))
        urls = {"warcs": Path(stored).as_uri(), "work": work}
        assert _reextract(there, engine="ray", progress=kill, **urls) == _reextract(here, processes=2)
        nodes.append(cluster.add_node(num_cpus=1))
        local = _histories(here, comparers=Comparers(processes=1))
        with ray.init(log_to_driver=False):  # once: it takes seconds
            assert _histories(there, kill, comparers=Comparers(work=Place(work))) == local
            with pytest.raises(EngineError, match=r"^a node has another version of wayback-policies than this machine"):
                list(run_on_nodes(read_file, [None], Place(work), code=new_name))
    finally:
        cluster.shutdown()
    assert not nodes and _rows(here) == _rows(there)
    read, same = ([path.read_bytes() for path in part_files(each / "policies")] for each in (here, there))
    assert read == same and len(_rows(here)) == 24
    assert len(Place(work).names()) <= 2, "more is left than what each killed node may just have put there"


class NewTexts(NoJudge):
    """Reads no page."""

    @staticmethod
    def read(record: Record) -> Row:
        return {**record.row, "text": f"new {record.row['captured_at']}", "markdown": ""}


def test_rows_that_nodes_put_at_a_url_are_those_of_processes_of_this_machine(data_dir, tmp_path_factory, monkeypatch):
    def run(engine: str, function: Callable[[Any], Any], tasks: Iterable[Any], processes: int | None) -> list[Any]:
        return [function(pickle.loads(pickle.dumps(task))) for task in tasks]

    there, work = tmp_path_factory.mktemp("there"), tmp_path_factory.mktemp("work")
    shutil.copytree(data_dir, there, dirs_exist_ok=True)
    monkeypatch.setattr("pipelines.processes.nodes.run", run)
    with read_here():
        done = _reextract(there, engine="ray", work=work.as_uri(), judge=NewTexts())
        assert done == _reextract(data_dir, judge=NewTexts()) and done.documents == 6
    assert _rows(there) == _rows(data_dir) and not list(work.iterdir())


def _dies(task: int) -> int:
    import os

    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def test_a_worker_that_dies_is_named_by_its_task():
    assert sorted(run("processes", _dies, [1, 2], 2)) == [1, 4]
    with pytest.raises(EngineError, match="3"):
        list(run("processes", _dies, [3], 1))


def test_the_command_reports_and_refuses(data_dir, capsys):
    assert scrapy(data_dir, "reextract", "--processes", "0") == 2
    with DataDirLock(data_dir):
        assert scrapy(data_dir, "reextract") == 5
    assert scrapy(data_dir, "reextract", "--processes", "1") == 0
    out, err = capsys.readouterr()
    assert "6 documents read again: 6 texts changed" in out and "2 of 2 WARC files" in err


@pytest.mark.slow
def test_a_crawls_rows_are_the_same_again_and_the_next_crawl_asks_for_nothing_more(
    archive: LocalArchive, tmp_path: Path
) -> None:
    with serving(archive) as url:
        first = crawl(tmp_path, url)
        before = first.policies
        for path in part_files(tmp_path / "policies"):
            table = pq.read_table(path)
            for name in ("text", "markdown", "text_sha256", "extractor"):
                at = table.schema.names.index(name)
                old = pa.array(["old"] * len(table), table.schema[at].type)
                table = table.set_column(at, table.schema.field(at), old)
            pq.write_table(table, path)
        assert scrapy(tmp_path, "reextract") == 0
        assert rows_of(tmp_path / "policies") == before
        assert first.captures == rows_of(tmp_path / "captures")
        archive.log.clear()
        again = crawl(tmp_path, url, refresh="0d")
    assert again.code == 0, again.log
    assert {entry["pool"] for entry in archive.log} == {"playback"}, "it only looks for what is new"
    assert again.policies == before


@pytest.mark.slow
def test_what_an_older_extractor_took_for_something_else_becomes_the_main_policy(
    archive_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = crawl(tmp_path, archive_url, domain="mapleloop.example")
    captures = run.captures
    (path,) = part_files(tmp_path / "policies")
    other = {"text": "old", "kind": "other", "primary": False}
    pq.write_table(pa.Table.from_pylist([{**row, **other} for row in run.policies], schema=POLICIES), path)
    assert scrapy(tmp_path, "reextract") == 0
    assert rows_of(tmp_path / "policies") == run.policies

    first, *others = run.policies  # the next one has no row at all
    pq.write_table(pa.Table.from_pylist(others, schema=POLICIES), part_files(tmp_path / "policies")[0])
    with closing(sqlite3.connect(tmp_path / "crawl.sqlite")) as db, db:
        db.execute(
            "UPDATE captures SET outcome = 'not_policy', content_key = 'not_policy', stored_url = NULL, kind = 'login',"
            " verdict = 'login', is_primary = 0 WHERE outcome = 'stored' AND timestamp = ?",
            (digits(first["captured_at"]),),
        )
    assert scrapy(tmp_path, "reextract") == 0
    assert "1 are policies after all, 0 are no policies any more" in capsys.readouterr().out.splitlines()[-1]
    assert rows_of(tmp_path / "policies") == run.policies
    assert rows_of(tmp_path / "captures") == captures


@pytest.mark.slow
def test_what_is_no_policy_any_more_has_its_reason_in_captures(archive_url: str, tmp_path: Path) -> None:
    run = crawl(tmp_path, archive_url, domain="plumeria.example")
    rows = run.policies
    (path,) = part_files(tmp_path / "policies")
    missing = rows[0]
    with (tmp_path / "warc" / missing["warc_file"]).open("r+b") as file:  # its record becomes an empty page's
        rows[0]["warc_offset"] = file.seek(0, os.SEEK_END)
        _append(WARCWriter(file, gzip=True), missing, b"")
    pq.write_table(pa.Table.from_pylist(rows, schema=POLICIES), path)
    assert scrapy(tmp_path, "reextract") == 0
    left = [row["captured_at"] for row in rows_of(tmp_path / "policies")]
    assert left == [row["captured_at"] for row in rows[1:]]
    known = [row for row in rows_of(tmp_path / "captures") if row["captured_at"] == missing["captured_at"]]
    assert [row["outcome"] for row in known] == ["not_policy"]
    assert known[0]["detail"] == "judged again: empty"


PROGRAM = """
import sys
from pathlib import Path
from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.places import Place
from pipelines.tools.reextraction import reextract

print("ready", flush=True)
with DataDirLock(Path(sys.argv[1])):
    reextract(Path(sys.argv[1]), processes=1)
"""


@pytest.mark.slow
def test_killed_while_a_reader_polls_the_rows_are_all_old_or_all_new(data_dir):
    seen = set()
    for attempt in range(6):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(data_dir)], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        until = time.monotonic() + 0.3 * (attempt + 1)
        while time.monotonic() < until and process.poll() is None:
            try:
                rows = _rows(data_dir)
            except FileNotFoundError:
                continue
            assert len(rows) == 8 == len({(each["domain"], each["captured_at"]) for each in rows})
            new = sum("Version" in each["text"] for each in rows)
            assert new in (0, 6)
            seen.add(new)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    _reextract(data_dir, processes=1)
    assert 0 in seen and len(_rows(data_dir)) == 8
