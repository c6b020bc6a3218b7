"""docs/columns.md says what the schemas say."""

import runpy

from pipelines.release.tables import TABLES
from tests.support.processes import ROOT


def test_the_page_of_the_columns_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(ROOT / "data" / "make" / "columns.py"))
    page = made["COLUMNS"].read_text("utf-8")
    assert page == made["page"]()
    assert page.count("\n| `") == sum(map(len, TABLES.values())) + 1  # that of DATA_DIR only
