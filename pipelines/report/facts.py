"""What a dataset knows of each domain, as the pages of the report need it: domain by domain, in bounded memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.columns import some_columns
from pipelines.dataset.merging import CAPTURE_KEY, DECIDING, merged, one_per_capture
from pipelines.dataset.overrides import read_overrides
from pipelines.dataset.reading import WORKED_OUT, part_files, retrying
from pipelines.history.derive import derive
from pipelines.history.domain_history import DomainRows, read_domains, side_by_side
from pipelines.history.kept import is_kept, shown
from pipelines.history.told import digest_of, digest_of_code
from pipelines.release.manifest import FinishedRelease, is_release
from pipelines.release.tables import table_schema

Row = dict[str, Any]

#: Which bytes a stored capture has, and which text was made of them.
_OF_A_TEXT = ("words", "extractor", "raw_sha256")
_TEXTS = ("title", "text")
_LANGUAGE = re.compile("[a-z]{2,3}")
_POLICIES = tuple(dict.fromkeys((*CAPTURE_KEY, *DECIDING, *_OF_A_TEXT, "wayback_url", "view_url")))
_CAPTURES = ("archive", "domain", "policy_url", "captured_at", "outcome")


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one domain, by table."""

    domain: str
    versions: list[Row]
    """In order of time, as are the others."""
    changes: list[Row]
    coverage: list[Row]
    captures: list[Row]
    domains: list[Row]
    """One per archive that was asked."""
    policies: pa.Table
    """With ``title`` and ``text``, unless the release was made without texts."""
    names: dict[str, str]
    """What a page calls the versions, by ``version_id``: ``v3``, in another language than the first one ``v3-de``."""

    @property
    def main(self) -> list[Row]:
        """The versions of the main line."""
        return [row for row in self.versions if row["is_main"]]

    @property
    def digest(self) -> str:
        """Hex SHA-256 of all that a page is made of: the rows, which text each stored capture has, and our code.

        The texts themselves are not read for it: ``text_sha256`` and ``extractor`` stand for them.
        """
        names = [name for name in self.policies.column_names if name not in _TEXTS]
        changes = [{name: value for name, value in row.items() if name != "paragraphs"} for row in self.changes]
        rows = (self.versions, changes, self.coverage, self.captures, self.domains)
        code = (digest_of_report(), digest_of_code())  # what changed in a paragraph is compared for its page alone
        told = (code, self.policies.column_names, *rows, self.policies.select(names).to_pydict())
        return hashlib.sha256(repr(told).encode()).hexdigest()


def read_facts(folder: Path) -> Iterator[Facts]:
    """The domains of a DATA_DIR or of a release, in the order of their names.

    Where a DATA_DIR keeps no history, it is worked out of its rows. What ``overrides.toml`` removes is left out.
    ``DatasetError`` names a file that is damaged or newer than this software.
    """
    return _kept_facts(folder) if is_kept(folder) else map(_worked_out, read_domains(folder))


def _kept_facts(folder: Path) -> Iterator[Facts]:
    with_text = not is_release(folder) or FinishedRelease.read(folder).with_text
    removals = read_overrides(folder).remove
    schemas = {name: table_schema(name, with_text=with_text) for name in ("domains", *WORKED_OUT)}
    schemas["captures"] = some_columns(table_schema("captures", with_text=with_text), _CAPTURES)
    columns = (*_POLICIES, *(_TEXTS if with_text else ()))
    schemas["policies"] = some_columns(table_schema("policies", with_text=with_text), columns)

    def rows_of(name: str) -> Iterator[pa.Table]:
        by = CAPTURE_KEY if name == "policies" else ["domain"]
        tables = retrying(lambda: merged(part_files(folder / name), schemas[name], by=by))
        kept = (shown(removals, rows) if name in WORKED_OUT else removals.kept(rows) for rows in tables)
        return map(one_per_capture, kept) if name == "policies" else kept

    for domain, tables in side_by_side({name: (schema, rows_of(name)) for name, schema in schemas.items()}):
        yield _facts(domain, tables)


def _facts(domain: str, tables: dict[str, pa.Table]) -> Facts:
    rows = {name: table.to_pylist() for name, table in tables.items() if name != "policies"}
    versions = sorted(rows["versions"], key=itemgetter("first_seen"))
    first = next((row["language"] for row in versions if row["is_main"]), None)
    return Facts(
        domain=domain,
        versions=versions,
        changes=sorted(rows["changes"], key=itemgetter("change_before")),
        coverage=sorted(rows["coverage"], key=itemgetter("starts")),
        captures=sorted(rows["captures"], key=itemgetter("captured_at")),
        domains=rows["domains"],
        policies=tables["policies"],
        names={row["version_id"]: _name(row["version"], row["language"], first) for row in versions},
    )


def _name(version: int, language: str | None, first: str | None) -> str:
    if language == first:
        return f"v{version}"
    return f"v{version}-{language if language and _LANGUAGE.fullmatch(language) else 'other'}"


def _worked_out(rows: DomainRows) -> Facts:
    derived = derive(rows)
    worked_out = {**derived.tables, "domains": derived.domains}
    tables = {
        name: pa.Table.from_pylist(found, table_schema(name, with_text=True)) for name, found in worked_out.items()
    }
    tables["captures"] = rows.captures.select(_CAPTURES)
    tables["policies"] = rows.policies.select((*_POLICIES, *_TEXTS))
    return _facts(rows.domain, tables)


@cache
def digest_of_report() -> str:
    """Changes when the code or a template of the report changes: then all pages are made again."""
    folder = files("pipelines.report")
    found = (sorted(place.iterdir(), key=lambda one: one.name) for place in (folder, folder / "templates"))
    return digest_of(file for place in found for file in place if file.name.endswith((".py", ".html")))
