"""Processes begin with no more than they need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: A script that has functions run in processes, and does not say ``if __name__ == "__main__"``.
SCRIPT = """
import os
from pipelines.processes.batch import run
from tests.pipelines.processes.test_beginning import script_of
print(*run("processes", script_of, ["__main__"], 1))
del os.environ["GONE"]
os.environ["NEW"] = "here"
del __spec__  # as debuggers do
print(*sorted(map(str, run("processes", os.getenv, ["GONE", "NEW"], 1))))  # in the order in which they end
"""


def script_of(module: str) -> str | None:
    return getattr(sys.modules[module], "__file__", None)


def says(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_pyarrow_does_without_pandas_until_a_data_frame_is_asked_for() -> None:
    code = (
        "import sys; from pipelines.processes.beginning import spare_pandas; spare_pandas(); import pyarrow as pa;"
        " rows = pa.table({'a': ['b']}); print('pandas' in sys.modules, len(rows.to_pandas()), 'pandas' in sys.modules)"
    )
    assert says(code).split() == ["False", "1", "True"]


def test_who_has_imported_pandas_keeps_it() -> None:
    code = (
        "import pandas; from pipelines.processes.beginning import spare_pandas; spare_pandas(); import pyarrow as pa;"
        " print(pa.array(pandas.Series([None, 'a'])).null_count)"
    )
    assert says(code).split() == ["1"]


def test_a_worker_of_ours_does_without_pandas() -> None:
    code = (
        "import sys; from pipelines.processes.beginning import begin_worker; begin_worker(); import pyarrow as pa;"
        " print(pa.array(['a']), 'pandas' in sys.modules)"
    )
    assert says(code).split()[-1] == "False"


@pytest.mark.slow
def test_a_worker_has_the_environment_of_now_and_not_the_script_that_began_it_all(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GONE": "still here"}
    done = subprocess.run([sys.executable, script], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    assert done.stdout.split() == ["None", "None", "here"]
