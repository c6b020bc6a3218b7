"""Texts are read again from the bytes that are kept, each WARC file by itself."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import count
from pathlib import Path

import pytest

from data.sample.pdf import pdf_of
from pipelines.dataset.cdxj import write_missing
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.lock import DataDirLock
from pipelines.dataset.places import Place
from pipelines.dataset.reading import history, part_files
from pipelines.dataset.warc_reading import CaptureRecord
from pipelines.extraction import EXTRACTOR
from pipelines.processes.worker_pool import MEMORY_LIMIT
from pipelines.tools import reextraction
from pipelines.tools.reextraction import NoJudge, Reextracted
from pipelines.tools.summary import summaries
from pipelines.tools.warc_task import READ_AGAIN, Record, read_again
from tests.support.commands import scrapy
from tests.support.data_dirs import add_part
from tests.support.deaths import is_killed
from tests.support.hand_crawl import read_here
from tests.support.reextraction import SENTENCES, NewTexts, page, read_rows, reextracted, warc_of
from tests.support.rows import Row, row

pytestmark = pytest.mark.slow  # documents are read in worker processes


def test_rows_with_raw_bytes_get_new_texts_and_the_others_stay(data_dir):
    before = {(each["domain"], each["captured_at"]): each for each in read_rows(data_dir)}
    assert reextracted(data_dir, processes=1) == Reextracted(documents=6, changed=6)
    after = read_rows(data_dir)
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
    reextracted(data_dir, processes=1)
    once = read_rows(data_dir)
    assert reextracted(data_dir, processes=1) == Reextracted(documents=6)
    assert read_rows(data_dir) == once


def test_an_old_dataset_has_its_extractors_until_it_comes_to_one_which_shows_the_changes_between_them(tmp_path):
    """A change from PDF to HTML, which an older version's two names for them hid."""
    pages = [row("d.test", "2001", "old", extractor="pypdfium2 5"), row("d.test", "2002", "older", extractor="dom 1")]
    bodies = [pdf_of("Privacy Policy", f"Privacy policy\n\n{SENTENCES}"), page("We collect names and places")]
    placed = warc_of(tmp_path, "a.warc.gz", pages, bodies)
    add_part(tmp_path, placed)
    assert {each["extractor"] for each in read_rows(tmp_path)} == {"pypdfium2 5", "dom 1"}
    assert [found.versions for found in summaries(tmp_path)] == [1]
    reextracted(tmp_path, processes=1)
    assert [(each["extractor"], each["reading"]) for each in read_rows(tmp_path)] == [
        (EXTRACTOR, "pdf"),
        (EXTRACTOR, "dom"),
    ]
    assert [found.versions for found in summaries(tmp_path)] == [2]


def test_what_cannot_be_read_stays_as_it_was(data_dir):
    warc = data_dir / "warc/a.warc.gz"
    damaged = bytearray(warc.read_bytes())
    places = sorted(each["warc_offset"] for each in read_rows(data_dir) if each["warc_file"] == "a.warc.gz")
    damaged[places[1] + 20 : places[2]] = bytes(places[2] - places[1] - 20)
    warc.write_bytes(bytes(damaged[: places[3] + 100]))
    done = reextracted(data_dir, processes=1)
    assert (done.documents, done.changed, len(done.lost)) == (6, 4, 2)
    assert done.lost[1].endswith("20010201000000 (a.warc.gz): its record is damaged or missing")
    assert sum(each["text"] == "old" for each in read_rows(data_dir)) == 2


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


def test_a_document_that_kills_a_worker_or_swells_it_stays_as_it_was_and_is_told(data_dir):
    done = reextracted(data_dir, processes=2, judge=HostilePages())
    assert (done.documents, done.changed) == (6, 4)
    of = "http://www.d1.test/privacy.html?lang=en of 2001"
    assert done.lost == [
        f"d1.test {of}0201000000 (a.warc.gz): the worker process died (exit code -9)",
        f"d1.test {of}0501000000 (b.warc.gz): took over 1024 MB of memory",
    ]
    old = [each["captured_at"].month for each in read_rows(data_dir) if each["text"] == "old"]
    assert sorted(old) == [2, 5] and len(read_rows(data_dir)) == 8


def test_what_is_no_policy_any_more_leaves_the_table(data_dir):
    gone = warc_of(data_dir, "d.warc.gz", [row("z.test", "2001", "old")], [b""])
    add_part(data_dir, gone, "three")
    assert reextracted(data_dir, processes=1).dropped == 1
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
        reextracted(data_dir, processes=1, progress=killed)
    assert len(read_rows(data_dir)) == 8 and not any("Version" in each["text"] for each in read_rows(data_dir))
    first = data_dir / "reextract" / _results(data_dir)[0]
    made = first.stat().st_mtime_ns
    monkeypatch.setattr(reextraction.shutil, "rmtree", lambda *arguments, **options: None)
    assert reextracted(data_dir, processes=1) == Reextracted(documents=6, changed=6)
    assert first.stat().st_mtime_ns == made
    assert sum("Version" in each["text"] for each in read_rows(data_dir)) == 6


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
    assert reextracted(data_dir, processes=1, warcs=stored.as_uri()) == Reextracted(documents=6, changed=6)
    with pytest.raises(DatasetError, match="nonsense://x is no place for files"):
        reextracted(data_dir, warcs="nonsense://name:secret@x")


def test_a_record_that_the_index_lacks_is_read_up_to_the_next_one_and_not_for_ever() -> None:
    known = CaptureRecord("http://a.test/", "2001", "text/html", 200, "A", offset=100, length=50, domain="a.test")
    assert reextraction._lengths([40, 100, 150], [known]) == {40: 60, 100: 50, 150: reextraction._RECORD_BYTES}


def test_the_command_reports_and_refuses(data_dir, capsys):
    assert scrapy(data_dir, "reextract", "--processes", "0") == 2
    with DataDirLock(data_dir):
        assert scrapy(data_dir, "reextract") == 5
    assert scrapy(data_dir, "reextract", "--processes", "1") == 0
    out, err = capsys.readouterr()
    assert "6 documents read again: 6 texts changed" in out and "2 of 2 WARC files" in err


def test_killed_at_any_change_on_disk_the_rows_are_all_old_or_all_new_and_the_next_run_ends_it(
    data_dir, tmp_path_factory
):
    seen = set()
    for death in count(1, 3):
        copy = shutil.copytree(data_dir, tmp_path_factory.mktemp("copy") / "data")
        with read_here():
            killed = is_killed(lambda copy=copy: reextracted(copy, judge=NewTexts()), death)
            texts = [each["text"] for each in read_rows(copy)]
            seen.add(sum(text.startswith("new") for text in texts))
            assert len(texts) == 8
            assert reextracted(copy, judge=NewTexts()).documents == 6
        assert sum(each["text"].startswith("new") for each in read_rows(copy)) == 6
        if not killed:
            break
    assert seen == {0, 6}
