"""What a repair does without a crawl. ``tests/whole/test_repair.py`` repairs what crawls made."""

from __future__ import annotations

from pathlib import Path

from crawler.repair import look, repair
from pipelines.audit.result import read_result


def test_a_damaged_result_of_an_audit_is_named_and_put_aside(tmp_path: Path) -> None:
    (tmp_path / "audit.json").write_text('{"date": "2026')
    found, said = look(tmp_path), list[str]()
    assert found.lines(tmp_path) == [f"{tmp_path}/audit.json: it does not hold an audit's result"]
    repair(tmp_path, found, said.append)
    assert said == [f"put aside: {tmp_path}/damaged/audit.json; score the answers again (scrapy audit --score)"]
    assert read_result(tmp_path) is None
    assert look(tmp_path).lines(tmp_path) == []
