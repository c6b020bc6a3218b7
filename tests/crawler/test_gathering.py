"""Several DATA_DIRs become one that is as if one crawl had made it."""

from __future__ import annotations

import fcntl
import logging
import shutil
import sqlite3
from contextlib import closing
from operator import itemgetter
from pathlib import Path

import pytest

from crawler.gathering import gather
from crawler.ledger import Ledger
from pipelines.dataset.cdxj import records_of
from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.merging import CAPTURE_KEY
from pipelines.dataset.overrides import read_overrides
from pipelines.history.kept import is_kept, read_versions
from pipelines.tools.several import read_as_one
from pipelines.tools.summary import summaries
from tests.support.data_dirs import remove
from tests.support.played_crawl import PlayedArchive, ago
from tests.support.rows import Row
from tests.support.shards import Shard, facts, rows

pytestmark = pytest.mark.slow  # DATA_DIRs are crawled and joined by the dozen

SITES = [f"site{number}.example" for number in range(6)]
HERE = "all"


def archive() -> PlayedArchive:
    """Sites with a text that changes; one has it where its homepage links to, and of one nothing is there."""
    played = PlayedArchive()
    for number, site in enumerate(SITES):
        address = f"http://{site}/legal" if number == 1 else f"http://{site}/privacy"
        played.add(f"http://{site}/", "20120501", f"link {address}")
        for year in (2012, 2013, 2016) if number != 3 else ():
            played.add(address, f"{year}0601", f"policy of {site} number {year // 2}")
    return played


def add_news(played: PlayedArchive) -> None:
    """What stands at two sites is another text now, and one site is new."""
    for site in (SITES[0], SITES[4]):
        played.add(f"http://{site}/privacy", ago(3), f"policy of {site}, the newest")
    played.add(f"http://{SITES[3]}/privacy", ago(30), "policy of a new site")


def crawled(folder: Path, played: PlayedArchive, *sites: str, **arguments: str) -> Shard:
    shard = Shard(folder, played)
    shard.crawl(*sites, **arguments)
    return shard


def gathered(folder: Path, *sources: Path) -> str:
    said: list[str] = []
    gather(folder / HERE, sources, said.append)
    return "\n".join(said)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards' DATA_DIRs, and that of one crawl of all (``one``)."""
    folder, played = tmp_path_factory.mktemp("shards"), archive()
    for number in range(3):
        shard = crawled(folder / f"shard{number}", played, *SITES[number::3], shard=f"{number + 1}/3")
        (folder / f"shard{number}.asked").write_text("\n".join(shard.asked))
        shard.ledger.close()
    crawled(folder / "one", played, *SITES).ledger.close()
    return folder


@pytest.fixture
def folder(shards: Path, tmp_path: Path) -> Path:
    """These, to be changed."""
    return shutil.copytree(shards, tmp_path / "copied")


def sources(folder: Path) -> list[Path]:
    return [folder / f"shard{number}" for number in range(3)]


def content(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """All files of a DATA_DIR."""
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def versions_kept(folder: Path) -> list[Row]:
    assert is_kept(folder)
    return sorted((row for table in read_versions(folder) for row in table.to_pylist()), key=itemgetter("version_id"))


def test_three_shards_are_as_one_crawl_and_take_no_more_space(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    said = gathered(folder, *sources(folder))
    assert not [message for message in caplog.messages if message.startswith("Histories worked out")]
    assert facts(folder / HERE) == facts(folder / "one")
    assert "0 copied, 0 written" in said
    for table in ("policies", "warc"):
        assert all(path.stat().st_nlink > 1 for path in (folder / HERE / table).iterdir())
    assert dataset_id(folder / HERE) not in {dataset_id(source) for source in sources(folder)}
    assert len(list((folder / HERE).glob("runs/*"))) == len(list(folder.glob("shard*/runs/*")))
    with read_as_one(sources(folder)) as several:
        assert list(summaries(several.folder)) == list(summaries(folder / HERE))
        assert versions_kept(several.folder) == versions_kept(folder / HERE)


def test_once_more_brings_nothing_and_nothing_is_changed_there(folder: Path) -> None:
    there = [content(source) for source in sources(folder)]
    gathered(folder, *sources(folder))
    before = content(folder / HERE)
    again = gathered(folder, *sources(folder))
    assert again.count("0 domains are new, 0 changed; 0 rows; 0 files linked, 0 copied, 0 written") == 3
    now = content(folder / HERE)
    assert {path for path in now if now[path] != before.get(path)} <= {
        *(folder / HERE).glob("crawls/*"),
        *(folder / HERE).glob("crawl.sqlite*"),
    }
    assert [content(source) for source in sources(folder)] == there


def test_later_crawls_of_the_shards_come_with_the_next_one(folder: Path) -> None:
    gathered(folder, *sources(folder))
    played = archive()
    add_news(played)
    for number, source in enumerate(sources(folder)[:2]):
        shard = Shard(source, played)
        shard.later(200)
        shard.crawl(*SITES[number::3], shard=f"{number + 1}/3", refresh="7d")
        shard.ledger.close()
    one = Shard(folder / "one", played)
    one.later(200)
    one.crawl(*SITES, refresh="7d")
    gathered(folder, *sources(folder))
    assert facts(folder / HERE) == facts(folder / "one")


@pytest.mark.parametrize("is_resumed", [True, False])
def test_a_dead_shard_is_taken_over(folder: Path, is_resumed: bool) -> None:
    """By its own command in the gathered DATA_DIR, or by a crawl of the whole list."""
    played = archive()
    shutil.rmtree(folder / "shard2")
    dead = Shard(folder / "shard2", played)
    dead.dies_after = 2
    dead.crawl(*SITES[2::3], shard="3/3")
    gathered(folder, *sources(folder))
    heir = Shard(folder / HERE, played)
    asked = heir.crawl(*SITES[2::3], shard="3/3") if is_resumed else heir.crawl(*SITES)
    assert facts(folder / HERE) == facts(folder / "one")
    assert not set(heir.asked) & {request for request in dead.asked if request.startswith("cdx")} or not is_resumed
    assert asked["playback"] <= (folder / "shard2.asked").read_text().count("playback") - 2


def test_a_shard_that_lives_again_after_it_was_taken_over_joins_with_its_heir(folder: Path) -> None:
    """Both have gone on with one crawl: they have other files of the same names, and other captures of one domain."""
    played = archive()
    shutil.rmtree(folder / "shard2")
    shard = Shard(folder / "shard2", played)
    shard.dies_after = 2
    shard.crawl(*SITES[2::3], shard="3/3")
    gathered(folder, *sources(folder))
    shard.reopen()
    for one in (shard, Shard(folder / HERE, played)):
        one.crawl(*SITES[2::3], shard="3/3")
        one.ledger.close()
    names = {path.name for path in (folder / "shard2" / "warc").glob("*.warc.gz")}
    assert names <= {path.name for path in (folder / HERE / "warc").glob("*.warc.gz")}
    gathered(folder, *sources(folder))
    assert facts(folder / HERE) == facts(folder / "one")
    warcs = {path.name: {record.offset for record in records_of(path)} for path in (folder / HERE).glob("warc/*.gz")}
    assert len(warcs) == 2 + len(names) + 1
    assert all(row["warc_offset"] in warcs[row["warc_file"]] for row in rows(folder / HERE, "policies"))


def test_the_number_of_shards_may_change_on_the_way(folder: Path) -> None:
    """Then two shards know some domains, each with what it was told."""
    played = archive()
    crawled(folder / "new0", played, *SITES[:4], since="2015").ledger.close()
    crawled(folder / "new1", played, *SITES[4:], until="2014").ledger.close()
    gathered(folder, folder / "new0", folder / "new1", *sources(folder))
    there = {
        path: {tuple(row[name] for name in CAPTURE_KEY) for row in rows(path, "policies")}
        for path in folder.iterdir()
        if path.is_dir()
    }
    assert there[folder / HERE] == set().union(*there.values())
    assert len(rows(folder / HERE, "policies")) == len(there[folder / HERE])
    with closing(Ledger(folder / HERE)) as ledger:
        stored = ledger.db.execute("SELECT count(*) FROM captures WHERE outcome = 'stored'").fetchone()[0]
        assert stored == len(there[folder / HERE])
        assert ledger.db.execute("SELECT count(*), count(DISTINCT domain) FROM domains").fetchone() == (6, 6)


def test_a_shard_that_runs_is_refused_with_its_process(folder: Path) -> None:
    with (folder / "shard1" / "crawl.lock").open("w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        with pytest.raises(DatasetBusyError, match=r"shard1 is in use by another process \(pid 4711\)"):
            gathered(folder, *sources(folder))
    assert not (folder / HERE / "policies").exists()


def test_a_shard_that_was_killed_is_taken_without_what_it_had_not_settled(folder: Path) -> None:
    """Its WARC file's end, to which no row refers, is left there: the file is copied."""
    (warc,) = (folder / "shard1" / "warc").glob("*.warc.gz")
    with warc.open("ab") as file:
        file.write(b"half a record")
    size = warc.stat().st_size
    said = gathered(folder, *sources(folder))
    assert "1 copied" in said
    assert facts(folder / HERE) == facts(folder / "one")
    assert warc.stat().st_size == size == (folder / HERE / "warc" / warc.name).stat().st_size + len(b"half a record")


def test_a_crawl_that_cuts_a_linked_file_leaves_it_whole_elsewhere(folder: Path) -> None:
    gathered(folder, *sources(folder))
    (warc,) = (folder / "shard1" / "warc").glob("*.warc.gz")
    before = warc.read_bytes()
    with closing(Ledger(folder / HERE)) as ledger:
        ledger.db.execute("UPDATE warcs SET size = size - 10 WHERE name = ?", (warc.name,))
        ledger.db.commit()
        ledger.recover()
    assert (folder / HERE / "warc" / warc.name).read_bytes() == before[:-10]
    assert warc.read_bytes() == before


def test_what_people_said_of_a_shard_is_said_of_all(folder: Path) -> None:
    shard0, shard1, _ = sources(folder)
    (folder / HERE).mkdir()
    remove(folder / HERE, domain=SITES[1])
    remove(shard0, domain=SITES[0], reason="it said so")
    for source in (shard0, shard1):
        with (source / "overrides.toml").open("a") as file:
            file.write(
                f'[[correct]]\ndomain = "{SITES[4]}"\nlanguage = "de"\nreason = """a "quote\\\\" """\n'
                "from = 2012-01-01\n"
            )
    for _ in range(2):
        gathered(folder, *sources(folder))
        overrides = read_overrides(folder / HERE)
        assert overrides.remove.counts["domains"] == 2
        assert len(overrides.correct) == 1
        assert (folder / HERE / "overrides.toml").read_text().count("[[") == 3
        for table in ("policies", "captures", "domains", "versions"):
            assert not {SITES[0], SITES[1]} & {row["domain"] for row in rows(folder / HERE, table)}
        assert {row["language"] for row in rows(folder / HERE, "policies") if row["domain"] == SITES[4]} == {"de"}
        domains = {record.domain for path in (folder / HERE).glob("warc/*.gz") for record in records_of(path)}
        assert domains == {SITES[number] for number in (2, 3, 4, 5)}


def test_a_ledger_that_is_damaged_missing_or_newer_is_named(folder: Path) -> None:
    shard0, shard1, shard2 = (source / "crawl.sqlite" for source in sources(folder))
    with closing(sqlite3.connect(shard0)) as db:
        db.execute("PRAGMA user_version = 99")
    content = shard1.read_bytes()
    shard1.write_bytes(content[:8192] + b"x" * 8192 + content[16384:])
    shard2.unlink()
    for path, problem in (
        (shard0, "shard0: the ledger .* was written by a newer"),
        (shard1, "shard1/crawl.sqlite is damaged"),
        (shard2, "shard2 has no ledger"),
    ):
        with pytest.raises(DatasetError, match=problem):
            gathered(folder, path.parent)
