"""``scrapy gather`` as people call it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crawler import gathering
from pipelines.dataset import parts
from tests.support.commands import scrapy
from tests.support.deaths import die_at
from tests.support.played_crawl import PlayedArchive
from tests.support.shards import Shard, facts

#: Of so many calls that change something on disk, one is the last one.
EVERY = 25
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
    steps = ((gathering, "join"), (gathering.parts, "begin"), (gathering, "withdraw"), (gathering, "apply_verdicts"))
    deaths = [random.randint(1, EVERY)]
    for death in deaths:
        data_dir = tmp_path / str(death)
        child = os.fork()
        if child == 0:
            with suppress(BaseException):  # or this process goes on as a second pytest
                die_at(death, *steps)
                scrapy(data_dir, "gather", *sources)
                os._exit(0)
            os._exit(2)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, 1), "it was done, or died where it was to"
        if code == 1:
            deaths.append(death + EVERY)
        assert scrapy(data_dir, "gather", *sources) == 0, capsys.readouterr().err
        assert facts(data_dir) == facts(shards / "one")
        assert not parts.staging_folder(data_dir).exists()
        shutil.rmtree(data_dir)
    assert len(deaths) > 1, "it died at least once"
