"""docs/columns.md says what the schemas say."""

import runpy

from pipelines.release.tables import TABLES
from tests.support.processes import ROOT


def test_the_page_of_the_columns_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(ROOT / "data" / "make" / "columns.py"))
    page = made["COLUMNS"].read_text("utf-8")
    assert page == made["page"]()
    assert all(f"\n| `{field.name}` | " in page for table in TABLES.values() for field in table)
    assert "\n| `homepages.nearest` | timestamp[s, tz=UTC]? | The nearest capture; null" in page
