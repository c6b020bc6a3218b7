"""Histories that another DATA_DIR keeps, taken over: what its texts told need not be worked out again.

They stand in until the histories are brought up to date (``pipelines.history.keeping``), which reads no text whose
version is among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.dataset.lifting import PartFile, names_in
from pipelines.dataset.part_writer import new_part
from pipelines.dataset.reading import rows_where
from pipelines.history.keeping import LAYOUT, file_of
from pipelines.history.tables import KEPT


def take_over(data_dir: Path, number: int, source: Path, numbers: Collection[int], domains: Iterable[str]) -> bool:
    """Puts the histories of some domains into the files of a number, in place of what these hold of them.

    ``numbers`` are those of the files in ``source`` that have them. A file of another form is of no use, and left.
    False if not all files are there, and of use.
    """
    wanted = pa.array(sorted(domains), pa.string())
    is_whole = True
    for table, schema in KEPT.items():
        there = [path for each in numbers if (path := file_of(source, table, each)).exists()]
        there = [path for path in there if names_in(path) == schema.names]
        is_whole = is_whole and len(there) == len(numbers)
        new = rows_where(pc.field("domain").isin(wanted), there, schema)
        path = file_of(data_dir, table, number)
        if not len(new) and path.exists():
            continue
        rows = [new]
        if path.exists() and names_in(path) == schema.names:
            here = pa.concat_tables([schema.empty_table(), *PartFile(path, schema).batches(65_536)])
            rows.append(here.filter(pc.invert(pc.is_in(here["domain"], pc.unique(new["domain"])))))
        with new_part(path, schema, LAYOUT) as part:
            part.write(pa.concat_tables(rows).sort_by("domain"))
    return is_whole
