from __future__ import annotations

from pipelines.processes.isolated import AT_ONCE, BYTES_AT_ONCE, _batches, isolated


def test_a_worker_gets_some_tasks_at_once_and_fewer_large_ones() -> None:
    small, large = [1] * (AT_ONCE + 1), [BYTES_AT_ONCE, 1]
    assert [len(batch) for batch in _batches(small + large, lambda size: size)] == [AT_ONCE, 2, 1]


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(isolated(str, [])) == []
