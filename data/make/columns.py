"""Makes docs/columns.md: what each column of each table means, as its schema says it, and how a text is hashed.

python data/make/columns.py
"""

from __future__ import annotations

from pathlib import Path

from pipelines.release.card import HASH_RECIPE
from pipelines.release.tables import TABLES
from pipelines.schema import meaning

COLUMNS = Path(__file__).parents[2] / "docs" / "columns.md"

HEAD = """# The columns

What each column means also stands in the Parquet files: `pyarrow.parquet.read_schema(file).field("text").metadata`. A
crawl writes `policies`, `captures`, `domains` and `crawls`; a release adds the others. A column marked `?` may be null.
Times are UTC, in whole seconds.
"""


def page() -> str:
    """The page's Markdown."""
    parts = [HEAD]
    for name, schema in TABLES.items():
        parts += [f"\n## {name}\n\n{meaning(schema)}\n\n| column | type | meaning |\n|---|---|---|\n"]
        for field in schema:
            kind = f"{field.type}{'?' if field.nullable else ''}".replace("|", "\\|")
            parts.append(f"| `{field.name}` | {kind} | {meaning(field).replace('|', chr(92) + '|')} |\n")
    return "".join([*parts, "\n## The hash of a text\n\n", "\n".join(HASH_RECIPE), "\n"])


if __name__ == "__main__":
    COLUMNS.write_text(page(), encoding="utf-8")
