"""Makes docs/columns.md: what each column of each table means, as its schema says it, and how a text is hashed.

python data/make/columns.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from pipelines.history.tables import KEPT
from pipelines.release.card import HASH_RECIPE, columns_table
from pipelines.release.tables import TABLES
from pipelines.schema import meaning

COLUMNS = Path(__file__).parents[2] / "docs" / "columns.md"

HEAD = """# The columns

What each column means also stands in the Parquet files: `pyarrow.parquet.read_schema(file).field("text").metadata`. A
crawl writes `policies`, `captures`, `domains` and `crawls`. When it ends, it works out of them `versions`, `changes`
and `coverage`, and fills `captures.version_id` and what sums up a history in `domains` (`main_url`, `main_language`,
`policy_owner`, `versions`). A release has all these tables, and `renamed_versions`. A column marked `?` may be null.
Times are UTC, in whole seconds. `addresses.url` is a member of the structures that the list `addresses` holds.
"""


def page() -> str:
    """The page's Markdown."""
    parts = [HEAD]
    for name, schema in TABLES.items():
        parts.append(f"\n## {name}\n\n{meaning(schema)}\n\n{_columns(schema)}")
    kept = (field for field in KEPT["versions"] if field.name not in TABLES["versions"].names)
    parts.append(f"\n## In DATA_DIR only\n\n`versions` and `changes` have one more column there.\n\n{_columns(kept)}")
    return "".join([*parts, "\n## The hash of a text\n\n", "\n".join(HASH_RECIPE), "\n"])


def _columns(fields: Iterable[pa.Field]) -> str:
    return "".join(f"{line}\n" for line in columns_table(fields))


if __name__ == "__main__":
    COLUMNS.write_text(page(), encoding="utf-8")
