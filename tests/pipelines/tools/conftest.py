"""A DATA_DIR whose texts are to be read again."""

from __future__ import annotations

import pytest

from tests.support.data_dirs import add_part
from tests.support.reextraction import page, warc_of
from tests.support.rows import row


@pytest.fixture
def data_dir(tmp_path):
    """Two WARC files, an imported row, and a row whose WARC is elsewhere; the old texts are all ``old``."""
    days = [f"2001{month:02}01" for month in range(1, 7)]
    rows = [row(f"d{n % 3}.test", day, "old", extractor="old 0") for n, day in enumerate(days)]
    bodies = [page(f"Version {n}") for n in range(6)]
    first = warc_of(tmp_path, "a.warc.gz", rows[:4], bodies[:4])
    second = warc_of(tmp_path, "b.warc.gz", rows[4:], bodies[4:])
    imported = row("d0.test", "2010", "imported text", extractor="princeton-leuven")
    elsewhere = row("d1.test", "2011", "elsewhere", extractor="old 0", warc_file="c.warc.gz", warc_offset=0)
    add_part(tmp_path, [*first, imported], "one")
    add_part(tmp_path, [*second, elsewhere], "two")
    return tmp_path
