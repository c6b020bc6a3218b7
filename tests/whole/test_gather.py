"""``scrapy gather`` as people call it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from crawler import gathering
from pipelines.dataset import parts
from tests.support.commands import scrapy
from tests.support.deaths import is_killed
from tests.support.played_crawl import PlayedArchive
from tests.support.processes import records_of
from tests.support.shards import Shard, facts

#: Of so many calls that change something on disk, one is the last one.
EVERY = 25
STEPS = ((gathering, "join"), (gathering.parts, "begin"), (gathering, "withdraw"), (gathering, "apply_verdicts"))
SITES = ("a.example", "b.example")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two shards' DATA_DIRs, and that of one crawl of all (``one``)."""
    folder, played = tmp_path_factory.mktemp("shards"), PlayedArchive()
    for site in SITES:
        for year in (2012, 2014):
            played.add(f"http://{site}/privacy", f"{year}0601", f"policy of {site} number {year}")
    for name, sites in (("shard0", SITES[:1]), ("shard1", SITES[1:]), ("one", SITES)):
        shard = Shard(folder / name, played)
        shard.crawl(*sites)
        shard.ledger.close()
    yield folder


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_goes_on(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = [str(shards / "shard0"), str(shards / "shard1")]
    deaths = 0
    for death in count(random.randint(1, EVERY), EVERY):
        data_dir = tmp_path / str(death)
        killed = is_killed(partial(gather, data_dir, sources), death, *STEPS)
        assert scrapy(data_dir, "gather", *sources) == 0, capsys.readouterr().err
        assert facts(data_dir) == facts(shards / "one")
        assert len(records_of(data_dir)) == len(records_of(shards / "one")), "each file has its index"
        assert not parts.staging_folder(data_dir).exists()
        shutil.rmtree(data_dir)
        if not killed:
            break
        deaths += 1
    assert deaths, "it died at least once"


def gather(data_dir: Path, sources: list[str]) -> None:
    assert scrapy(data_dir, "gather", *sources) == 0
