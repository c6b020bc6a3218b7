"""What many tests need: the sample archive on loopback, and undisturbed crawls of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.processes import EXCLUDED, WARCS, Run, crawl


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow runs last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture
def archive() -> LocalArchive:
    """The sample archive, not yet served: for tests that make it do wrong or read its log."""
    return open_archive(WARCS, excluded=EXCLUDED)


@pytest.fixture(scope="session")
def archive_url() -> Iterator[str]:
    """The sample archive on loopback, in good health."""
    with serving(open_archive(WARCS, excluded=EXCLUDED)) as url:
        yield url


@pytest.fixture(scope="session")
def undisturbed(archive_url: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A crawl of the whole sample with the default plan."""
    return crawl(tmp_path_factory.mktemp("undisturbed"), archive_url)


@pytest.fixture(scope="session")
def undisturbed_all(archive_url: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A crawl of the whole sample with ``plan=all``."""
    return crawl(tmp_path_factory.mktemp("undisturbed-all"), archive_url, plan="all")
