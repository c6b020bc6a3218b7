"""Whatever is damaged or lost in a DATA_DIR, ``scrapy repair`` puts it in order, and the next crawl goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawler import repair as repairing
from tests.support.commands import scrapy
from tests.support.deaths import is_killed
from tests.support.processes import Run, crawl, lasting, rows_of
from tests.support.rows import Row

pytestmark = pytest.mark.slow


def flip(path: Path, at: int | None = None) -> None:
    """Flips bits of a byte, by default the one in the middle of the file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if at is None else at] ^= 0x55
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def first(data_dir: Path, pattern: str) -> Path:
    return min(data_dir.glob(pattern))


def lose_ledger(data_dir: Path) -> None:
    for path in data_dir.glob("crawl.sqlite*"):
        path.unlink()


def lose_ledger_and_table(data_dir: Path) -> None:
    lose_ledger(data_dir)
    cut(first(data_dir, "captures/*.parquet"))


def lose_ledger_and_rows(data_dir: Path) -> None:
    lose_ledger(data_dir)
    cut(first(data_dir, "policies/*.parquet"))


#: Requests for likely addresses that are not archived, which no table tells: a crawl with a new ledger repeats them.
LIKELY = 12
#: What is done to a DATA_DIR; the file that is named; how many playback requests at most the next crawl sends for it.
DAMAGES: dict[str, tuple[Callable[[Path], None], str, int]] = {
    "the ledger is lost": (lose_ledger, "crawl.sqlite: it is missing", LIKELY),
    "the ledger is cut": (lambda d: cut(d / "crawl.sqlite"), "crawl.sqlite: ", LIKELY),
    "the ledger's head is flipped": (lambda d: flip(d / "crawl.sqlite", 5), "crawl.sqlite: ", LIKELY),
    "a part file is flipped": (lambda d: flip(first(d, "policies/*.parquet")), "policies/", 0),
    "a part file's footer is flipped": (lambda d: flip(first(d, "policies/*.parquet"), -20), "policies/", 0),
    "a part file is lost": (lambda d: first(d, "policies/*.parquet").unlink(), "policies/", 0),
    "captures are cut": (lambda d: cut(first(d, "captures/*.parquet")), "captures/", 0),
    "domains are lost": (lambda d: first(d, "domains/*.parquet").unlink(), "domains/", 0),
    "a WARC file is flipped": (lambda d: flip(first(d, "warc/*.warc.gz")), "warc.gz: 1 places", 3),
    "a WARC file's index is cut": (lambda d: cut(first(d, "warc/*.cdxj")), "cdxj: ", 0),
    "the dataset's id is cut": (lambda d: cut(d / "dataset.json"), "dataset.json: ", 0),
    "ledger and captures are lost": (lose_ledger_and_table, "crawl.sqlite: it is missing", LIKELY + 9),
    "ledger and rows are lost": (lose_ledger_and_rows, "policies/", LIKELY),
}

#: How an address was found: where the ledger and the rows are lost both, nothing tells it any more.
FOUND = frozenset({"found_by", "link_text", "redirects", "requested_at", "policy_owner"})


@pytest.mark.parametrize("name", DAMAGES)
def test_repair_mends_it_and_the_next_crawl_ends_in_the_rows_of_an_undisturbed_one(
    name: str, undisturbed: Run, archive_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, named, fetched = DAMAGES[name]
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    damage(data_dir)
    before = {path: path.read_bytes() for path in data_dir.rglob("*") if path.is_file() and "crawl." not in path.name}

    assert scrapy(data_dir, "repair", "--dry-run") == 0
    assert named in capsys.readouterr().out
    assert all(path.read_bytes() == content for path, content in before.items())
    assert scrapy(data_dir, "repair") == 0
    assert named in capsys.readouterr().out
    assert scrapy(data_dir, "repair") == 0
    assert capsys.readouterr().out == "nothing is damaged\n"

    again = crawl(data_dir, archive_url)
    assert again.code == 0, again.log
    unknown = FOUND if name == "ledger and rows are lost" else frozenset()
    rows, expected = (
        [{key: row[key] for key in row.keys() - unknown} for row in lasting(run.policies)]
        for run in (again, undisturbed)
    )
    assert rows == expected
    last = max(pq.read_table(data_dir / "crawls").to_pylist(), key=lambda row: row["started"])
    assert last["requests_playback"] <= fetched
    assert last["requests_cdx"] <= 17  # as many as a crawl sends that finds all in order


def test_a_ledger_that_is_made_again_keeps_what_only_grows(undisturbed: Run, tmp_path: Path) -> None:
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    lose_ledger(data_dir)
    assert scrapy(data_dir, "repair") == 0
    for table in ("captures", "domains", "crawls"):
        assert pq.read_table(data_dir / table).equals(pq.read_table(undisturbed.data_dir / table))


@pytest.mark.parametrize("death", [2, 9, 16, 23, 30, 40])
def test_a_repair_that_is_killed_is_run_again_and_ends_the_same(
    death: int, undisturbed: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    lose_ledger(data_dir)
    flip(first(data_dir, "warc/*.warc.gz"))
    cut(first(data_dir, "policies/*.parquet"))
    steps = ("_mend_parts", "_mend_warcs", "_mend_rows", "apply_verdicts")
    is_killed(lambda: scrapy(data_dir, "repair"), death, *((repairing, name) for name in steps))
    assert scrapy(data_dir, "repair") == 0
    capsys.readouterr()
    assert scrapy(data_dir, "repair") == 0
    assert capsys.readouterr().out == "nothing is damaged\n"
    keys = [key(row) for row in rows_of(data_dir / "policies")]
    stored = [key(row) for row in undisturbed.policies]
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(stored)
    assert len(keys) >= len(stored) - 1  # the bytes of one are gone, and so is its row


def key(row: Row) -> tuple[object, ...]:
    return row["domain"], row["captured_at"], row["policy_url"]


COMMANDS = (
    ("compact",), ("reextract",), ("withdraw",), ("status", "--domains"), ("show", "plumeria.example"),
    ("export", "--format", "text", "-o", "{}/out"), ("release", "-o", "{}/out"),
)  # fmt: skip
#: The files that are damaged, and whether a command must fail for it: those that do not read the file need not.
FILES = ("crawl.sqlite", "policies/*.parquet", "captures/*.parquet", "domains/*.parquet", "warc/*.cdxj", "dataset.json")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("pattern", FILES)
def test_commands_name_the_damaged_file_in_one_line(
    pattern: str, command: tuple[str, ...], undisturbed: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    damaged = first(data_dir, pattern)
    cut(damaged)
    code = scrapy(data_dir, *(part.format(tmp_path) for part in command))
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    if code:
        assert code == 1
        assert damaged.name in said.splitlines()[-1]
        assert "scrapy repair" in said.splitlines()[-1]


@pytest.mark.parametrize(("pattern", "code"), [("crawl.sqlite", 1), ("policies/*.parquet", 6)])
def test_a_crawl_names_the_damaged_file_and_does_not_end_with_0(
    pattern: str, code: int, undisturbed: Run, archive_url: str, tmp_path: Path
) -> None:
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    damaged = first(data_dir, pattern)
    cut(damaged)
    run = crawl(data_dir, archive_url)
    assert run.code == code
    if code != 1:
        assert set(pq.read_table(data_dir / "crawls")["exit_code"].to_pylist()) == {0, code}, "the table says so, too"
    assert "Traceback" not in run.log
    assert damaged.name in run.log
    assert "scrapy repair" in run.log


def test_a_crawl_does_not_begin_anew_where_the_ledger_is_lost(
    undisturbed: Run, archive_url: str, tmp_path: Path
) -> None:
    data_dir = shutil.copytree(undisturbed.data_dir, tmp_path / "data")
    lose_ledger(data_dir)
    run = crawl(data_dir, archive_url)
    assert run.code == 1
    assert "crawl.sqlite is damaged (it is missing): scrapy repair puts it in order" in run.log
    assert not (data_dir / "crawl.sqlite").exists()
