"""A release, for the tests of what it holds and of what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.release.build import Release, release
from tests.support.data_dirs import data_dir
from tests.support.releases import facts


@pytest.fixture
def made(tmp_path: Path) -> Release:
    return release(data_dir(tmp_path / "data", *facts()), tmp_path / "release")
