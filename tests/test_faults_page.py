"""docs/faults.md names tests that are there."""

import re

import pytest

from tests.support.processes import ROOT

ROWS = re.findall(r"`(tests/[a-z_/]+\.py)`((?:[:,] `test_\w+`)*)", (ROOT / "docs" / "faults.md").read_text())


@pytest.mark.parametrize(("file", "tests"), ROWS)
def test_each_fault_has_a_test(file: str, tests: str) -> None:
    source = (ROOT / file).read_text()
    missing = [name for name in re.findall(r"test_\w+", tests) if f"def {name}(" not in source]
    assert missing == []
