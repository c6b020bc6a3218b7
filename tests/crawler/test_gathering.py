"""Several DATA_DIRs become one that is as if one crawl had made it."""

from __future__ import annotations

from pathlib import Path

from crawler.gathering import gather
from tests.support.played_crawl import PlayedArchive
from tests.support.shards import Shard, facts

SITES = [f"site{number}.example" for number in range(9)]


def archive(*sites: str) -> PlayedArchive:
    """Some captures of each site: a text that changes, a page of another kind, a homepage."""
    played = PlayedArchive()
    for number, site in enumerate(sites or SITES):
        if number % 4 == 3:
            continue  # nothing is archived
        played.add(f"http://{site}/", "2012", f"link http://{site}/legal" if number % 4 == 1 else "a homepage")
        for year in range(2012, 2020):
            address = f"http://{site}/privacy" if number % 4 != 1 else f"http://{site}/legal"
            played.add(address, f"{year}0601", f"policy of {site} number {year // 3}")
    return played


def shards(folder: Path, played: PlayedArchive, number: int = 3) -> list[Shard]:
    """The crawls of shards, each of its share of the sites."""
    made = [Shard(folder / f"shard{each}", played) for each in range(number)]
    for each, shard in enumerate(made):
        shard.crawl(*SITES[each::number], shard=f"{each + 1}/{number}")
    return made


def gathered(folder: Path, made: list[Shard]) -> list[str]:
    said: list[str] = []
    gather(folder / "all", [shard.folder for shard in made], said.append)
    return said


def test_three_shards_gathered_are_as_one_crawl(tmp_path: Path) -> None:
    played = archive()
    made = shards(tmp_path, played)
    one = Shard(tmp_path / "one", played)
    one.crawl(*SITES)
    print(gathered(tmp_path, made))
    assert facts(tmp_path / "all") == facts(one.folder)
    print(gathered(tmp_path, made))
    assert facts(tmp_path / "all") == facts(one.folder)
