"""Rows that wait for their files, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.history.numbered_rows import NumberedRows

SCHEMA = pa.schema([("domain", pa.string()), ("words", pa.list_(pa.string()))], metadata={"table": "made up"})


@pytest.mark.parametrize("in_memory", [0, 1 << 20])
def test_each_file_gets_its_rows_in_the_order_in_which_they_came(tmp_path: Path, in_memory: int) -> None:
    rows = NumberedRows(SCHEMA, tmp_path, in_memory)
    for number in range(1_500):  # more than wait as Python objects
        rows.add(number % 3, [{"domain": f"site{number}.example", "words": [str(number)] * (number % 4)}])

    found = rows.of(2)

    assert found.schema.equals(SCHEMA, check_metadata=True)
    assert found["domain"].to_pylist() == [f"site{number}.example" for number in range(2, 1_500, 3)]
    assert found["words"].to_pylist() == [[str(number)] * (number % 4) for number in range(2, 1_500, 3)]
    assert len(rows.of(7)) == 0
    assert any(tmp_path.iterdir()) == (in_memory == 0)
