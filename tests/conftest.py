"""What many tests need: the sample archive on loopback, and undisturbed crawls of it. How they run in parallel."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

from crawler.local_archive.server import LocalArchive, open_archive, serving
from tests.support.processes import EXCLUDED, WARCS, Run, crawl

# Reading the tests makes millions of objects that stay. The collector looks at none of them, then or later.
gc.disable()

# A busy machine is no defect.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

#: Fixtures that many tests share and that are dear, most of them a crawl. Their tests run in one worker, in order.
SHARED = (
    "bad_playback",
    "searched",
    "wandered",
    "undisturbed_all",
    "from_pywb",
    "run",
    "workers",
    "patient",
    "installed",
)

#: Of the tests, as they run.
NUMBERS = count()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """``-n auto``: one worker more than cores, because the slow tests wait for other processes half of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests run last in one process; among several they run first, so that none is left alone at the end."""
    is_parallel = "PYTEST_XDIST_WORKER" in os.environ
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None) != is_parallel)
    for item in items:
        shared = [name for name in SHARED if name in getattr(item, "fixturenames", ())]
        if shared:
            item.add_marker(pytest.mark.xdist_group(shared[0]))


def pytest_configure(config: pytest.Config) -> None:
    """The user's own crawls neither wait for the tests' archives nor hold them up: their slot files are elsewhere."""
    state = tempfile.TemporaryDirectory(prefix="state-")
    config.add_cleanup(state.cleanup)
    os.environ["XDG_STATE_HOME"] = state.name


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """From here on, the collector works as ever."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _slots_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for the pauses of another one. The folder is made by the crawl that needs it."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{os.environ['XDG_STATE_HOME']}/{next(NUMBERS)}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: packed ones hold the time, and workers must agree on the tests' names."""
    return argname if isinstance(val, bytes) else None


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
    """A crawl of the whole sample with the default plan. Each test worker makes its own: it takes four seconds."""
    return crawl(tmp_path_factory.mktemp("undisturbed"), archive_url)


@pytest.fixture(scope="session")
def undisturbed_all(archive_url: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A crawl of the whole sample with ``plan=all``."""
    return crawl(tmp_path_factory.mktemp("undisturbed-all"), archive_url, plan="all")
