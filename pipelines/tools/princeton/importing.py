"""Imports the older corpus: its policies become rows of ``policies``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.batched import batched
from pipelines.columns import some_columns
from pipelines.dataset.compaction import compact
from pipelines.dataset.identity import dataset_id
from pipelines.dataset.merging import CAPTURE_KEY, capture_of, merged
from pipelines.dataset.overrides import FILE_NAME, Removals, read_overrides
from pipelines.dataset.parts import adopt, append, settle
from pipelines.dataset.reading import part_files, policies_folder, rows_where
from pipelines.outcomes import FoundBy, Kind, Origin, Owner
from pipelines.page.classification import judge
from pipelines.page.language import language_of
from pipelines.page.normalization import sha256_of_text, words
from pipelines.processes.batch import run
from pipelines.schema import POLICIES
from pipelines.timestamps import digits
from pipelines.tools.princeton.markdown import plain_text
from pipelines.tools.princeton.reading import OlderPolicy, Rejected, read_older_corpus
from pipelines.urls import host_of

#: The ``extractor`` of these rows: another program made their texts, so they are not compared with ours.
EXTRACTOR = "princeton-leuven"
#: All of the corpus is from the Wayback Machine.
ARCHIVE = "web.archive.org"

#: Rows of a part file; with their texts some hundred megabytes in memory.
BATCH_ROWS = 10_000
#: This many policies, or fewer, are not worth another process.
_FEW = 250

_ABOUT = some_columns(
    POLICIES,
    (*CAPTURE_KEY, "crawl_id", "kind", "policy_score", "title", "words", "language", "found_by", "link_text", "origin"),
)

Row = dict[str, Any]


@dataclass(slots=True)
class Imported:
    """What an import did."""

    rows: int = 0
    known: int = 0
    """Captures that the dataset already had."""
    rejected: int = 0
    examples: list[Rejected] = field(default_factory=list)
    """The first rejected policies."""
    crawl_id: str = ""
    """Of the rows that were added."""


def import_older_corpus(data_dir: Path, paths: Iterable[Path]) -> Imported:
    """Adds the policies in ``paths`` (files or folders of the older corpus) to ``policies``. Needs the lock.

    A capture that is there already (same domain, time and URL) stays as it is, so an import that was interrupted is
    simply run again. ``DatasetError`` where the dataset has files of unknown origin.
    """
    adopt(data_dir)
    settle(data_dir)
    dataset_id(data_dir)  # the first to write makes it
    crawl_id = f"import-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    result = Imported(crawl_id=crawl_id)
    removals = read_overrides(data_dir).remove
    policies = _readable((each for path in paths for each in read_older_corpus(path)), removals, result)
    for number, batch in enumerate(batched(policies, BATCH_ROWS), 1):
        if rows := _new_rows(data_dir, batch, crawl_id, result):
            append(data_dir, f"{crawl_id}-{number:06}.parquet", pa.Table.from_pylist(rows, POLICIES))
            result.rows += len(rows)
    compact(data_dir, only_if_it_pays=True)
    return result


def row_of(policy: OlderPolicy, crawl_id: str) -> Row:
    """The row of ``policies`` for a policy of the older corpus."""
    text = plain_text(policy.markdown)
    text_words = words(text)
    language, language_score = language_of(text)
    host = host_of(policy.policy_url)
    same_domain = host == policy.domain or host.endswith(f".{policy.domain}")
    return {
        "domain": policy.domain,
        "capture_date": policy.captured_at.date(),
        "captured_at": policy.captured_at,
        "requested_at": policy.captured_at,
        "policy_url": policy.policy_url,
        "wayback_url": policy.wayback_url,
        "view_url": policy.view_url,
        "found_by": FoundBy.HOMEPAGE_LINK,  # the corpus has no other way
        "link_text": policy.link_text,
        "redirects": [],
        "title": policy.title,
        "text": text,
        "markdown": policy.markdown,
        "language": language,
        "language_score": language_score,
        "kind": Kind.PRIVACY_POLICY,  # the corpus kept nothing else
        "policy_score": judge(policy.title, text, text_words, language).policy_score,
        "primary": True,  # until it is decided with what else is known of the domain
        "policy_owner": Owner.SAME_DOMAIN if same_domain else Owner.OTHER,
        "words": len(text_words),
        "text_sha256": sha256_of_text(text, text_words),
        "archive": ARCHIVE,
        "extractor": EXTRACTOR,
        "origin": Origin.IMPORT,
        "crawl_id": crawl_id,
    }


def imported_rows(data_dir: Path) -> Iterator[Row]:
    """What the ledger keeps of each imported row of ``policies``, of this import and of earlier ones."""
    for table in merged(part_files(policies_folder(data_dir)), _ABOUT):
        yield from table.filter(pc.equal(table["origin"], Origin.IMPORT)).to_pylist()


def _readable(found: Iterable[OlderPolicy | Rejected], removals: Removals, result: Imported) -> Iterator[OlderPolicy]:
    for each in found:
        if isinstance(each, OlderPolicy) and removals.name(each.domain, each.policy_url, digits(each.captured_at)):
            each = Rejected(each.view_url, f"{FILE_NAME} removes it")
        if isinstance(each, OlderPolicy):
            yield each
        else:
            result.rejected += 1
            if len(result.examples) < 10:
                result.examples.append(each)


def _new_rows(data_dir: Path, batch: list[OlderPolicy], crawl_id: str, result: Imported) -> list[Row]:
    """Rows for captures that the dataset lacks."""
    known = _known(data_dir, {policy.domain for policy in batch})
    new = []
    for policy in batch:
        key = (policy.domain, policy.captured_at, policy.policy_url, ARCHIVE)
        if key in known:
            result.known += 1
        else:
            known.add(key)
            new.append(policy)
    return _rows_of(new, crawl_id)


def _rows_of(policies: list[OlderPolicy], crawl_id: str) -> list[Row]:
    """Their rows in the dataset's order. Many policies are converted on all cores; each takes some 6 ms."""
    if len(policies) <= _FEW:
        rows = [row_of(policy, crawl_id) for policy in policies]
    else:
        convert = partial(_rows_of, crawl_id=crawl_id)
        rows = [row for piece in run("processes", convert, batched(policies, _FEW)) for row in piece]
    return sorted(rows, key=capture_of)


def _known(data_dir: Path, domains: set[str]) -> set[tuple[Any, ...]]:
    """The captures of ``domains`` that the dataset has."""
    is_wanted = pc.field("domain").isin(pa.array(sorted(domains)))
    rows = rows_where(is_wanted, part_files(policies_folder(data_dir)), some_columns(POLICIES, CAPTURE_KEY))
    return {capture_of(row) for row in rows.to_pylist()}
