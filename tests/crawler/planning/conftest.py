"""A domain to be planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.planned_domain import Domain


@pytest.fixture
def domain(tmp_path: Path) -> Domain:
    return Domain(tmp_path)
