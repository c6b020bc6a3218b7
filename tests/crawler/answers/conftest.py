"""A crawl whose answers are filed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_crawl import Crawling


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawling]:
    crawling = Crawling(tmp_path)
    yield crawling
    crawling.ledger.close()
