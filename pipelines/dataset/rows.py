"""Makes the rows: of a stored capture in ``policies``, and those of the tables that are made from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.dataset.merging import capture_of
from pipelines.dataset.part_writer import new_part
from pipelines.document import Item
from pipelines.header_fields import media_type
from pipelines.outcomes import Origin
from pipelines.schema import POLICIES
from pipelines.timestamps import parse

#: Characters of text that are converted to Arrow at once. pyarrow holds the interpreter's lock meanwhile: 60 MB at once
#: would block the event loop, which is another thread, for over 100 ms.
PIECE = 4_000_000


def policy_row(item: Item) -> dict[str, Any]:
    """The row of a capture with its document, by the columns of ``pipelines.schema.POLICIES``."""
    snapshot, document = item.snapshot, item.document
    assert document is not None
    return {
        "domain": snapshot.domain,
        "capture_date": snapshot.captured_at.date(),
        "captured_at": snapshot.captured_at,
        "requested_at": snapshot.requested_at,
        "policy_url": snapshot.policy_url,
        "wayback_url": snapshot.wayback_url,
        "view_url": snapshot.view_url,
        "found_by": snapshot.found_by,
        "link_text": snapshot.link_text,
        "redirects": list(snapshot.redirects),
        "title": document.title,
        "text": document.text,
        "markdown": document.markdown,
        "language": document.language,
        "language_score": document.language_score,
        "kind": document.kind,
        "policy_score": document.policy_score,
        "primary": item.primary,
        "policy_owner": item.policy_owner,
        "effective_date": document.effective_date,
        "words": document.words,
        "text_sha256": document.text_sha256,
        "raw_sha256": document.raw_sha256,
        "archive_digest": snapshot.archive_digest,
        "digest_verified": item.digest_verified,
        "mimetype": media_type(snapshot.header("Content-Type")),
        "http_status": snapshot.http_status,
        "charset": document.charset,
        "archive": snapshot.archive,
        "extractor": document.extractor,
        "reading": document.reading,
        "origin": Origin.CRAWL,
        "fetched_at": snapshot.fetched_at,
        "crawl_id": snapshot.crawl_id,
        "warc_file": item.warc_file,
        "warc_offset": item.warc_offset,
    }


def policy_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table, sorted by the key of a capture."""
    rows = sorted(rows, key=capture_of)
    return pa.concat_tables([POLICIES.empty_table(), *(_table(piece) for piece in _pieces(rows))])


def _pieces(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows, cut into pieces of about ``PIECE`` characters."""
    piece: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        piece.append(row)
        size += len(row["text"]) + len(row["markdown"])
        if size >= PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    try:
        return pa.Table.from_pylist(rows, schema=POLICIES)
    except UnicodeEncodeError:  # a lone surrogate in one row must not lose the others
        clean = [{name: _unicode(value) for name, value in row.items()} for row in rows]
        return pa.Table.from_pylist(clean, schema=POLICIES)


def _unicode(value: Any) -> Any:
    if isinstance(value, list):
        return [_unicode(part) for part in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def with_places(rows: pa.Table, now: Callable[[tuple[Any, Any]], tuple[Any, Any]]) -> pa.Table:
    """Rows of ``policies`` that refer to where ``now`` says that their records are: WARC file and offset."""
    old = zip(rows["warc_file"].to_pylist(), rows["warc_offset"].to_pylist(), strict=True)
    new = [now(place) for place in old]
    for column, name in enumerate(("warc_file", "warc_offset")):
        values = pa.array([place[column] for place in new], POLICIES.field(name).type)
        rows = rows.set_column(rows.schema.get_field_index(name), POLICIES.field(name), values)
    return rows


def ledger_table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Rows of the ledger, with their values in the order of the columns of ``schema``, as a table of it.

    The ledger's times are texts of 14 digits, its true and false are 1 and 0.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = []
    for field, values in zip(schema, columns, strict=True):
        read = parse if pa.types.is_timestamp(field.type) else bool if pa.types.is_boolean(field.type) else None
        if read is not None:
            values = tuple(None if value is None else read(value) for value in values)
        arrays.append(pa.array(values, type=field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def write_rows(path: Path, schema: pa.Schema, batches: Iterable[list[tuple[Any, ...]]]) -> None:
    """Replaces a file of a table by the ledger's rows; readers see the old file or the new one."""
    with new_part(path, schema) as part:
        for rows in batches:
            part.write(ledger_table(rows, schema))
