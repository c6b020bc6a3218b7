"""Part files are bounded in their row groups, and appear whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from pipelines.dataset.part_writer import PARTS, new_part
from pipelines.schema import POLICIES
from tests.support.rows import row, table


def test_row_groups_are_bounded_in_rows_and_bytes(tmp_path):
    rows = [row("a.test", f"{1990 + n}", "x" * 400_000 if n < 10 else "x") for n in range(30)]
    with new_part(tmp_path / "one.parquet", POLICIES, replace(PARTS, group_bytes=1_000_000)) as writer:
        writer.write(table(rows))
    groups = pq.ParquetFile(tmp_path / "one.parquet")
    sizes = [groups.read_row_group(n).nbytes for n in range(groups.num_row_groups)]
    assert max(sizes) <= 1_000_000 and sum(groups.metadata.row_group(n).num_rows for n in range(len(sizes))) == 30
    with new_part(tmp_path / "many.parquet", POLICIES) as writer:
        for _ in range(9):
            writer.write(table([row("a.test", "2001")] * (PARTS.group_rows // 8)))
    assert pq.read_metadata(tmp_path / "many.parquet").num_row_groups == 2


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), new_part(tmp_path / "p/x.parquet", POLICIES) as writer:
        writer.write(table([row("a.test", "2001")]))
        raise RuntimeError
    assert list((tmp_path / "p").iterdir()) == []
