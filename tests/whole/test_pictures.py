"""The pictures of the docs are made of the sample's report."""

from __future__ import annotations

import pytest

from data.make.pictures import PICTURES, chromium, take
from pipelines.report import site

pytestmark = pytest.mark.slow


def test_the_pictures_of_the_docs_are_taken_of_the_report_of_the_sample(undisturbed, tmp_path, monkeypatch):
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra browser)")
    if chromium() is None:
        pytest.skip("there is no Chromium on this system")
    monkeypatch.setattr(site, "can_draw", lambda: False)
    site.write_report(undisturbed.data_dir, tmp_path / "report")
    take(tmp_path / "report", tmp_path)
    for name in PICTURES:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
