from __future__ import annotations

from pipelines.processes.isolated import isolated


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(isolated(str, [])) == []
