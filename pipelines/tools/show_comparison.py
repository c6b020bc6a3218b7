"""What differs between two releases, as a table for people and as records for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from pipelines.printable import printable
from pipelines.release.compare import Comparison, TableDifference
from pipelines.release.manifest import FinishedRelease
from pipelines.tools.tables import aligned

#: Names of domains, of versions and of columns that are told to people; ``--json`` has all of them.
_TOLD = 10


def as_record(found: Comparison) -> dict[str, Any]:
    """All that differs, for JSON."""
    return {
        "before": _about(found.before),
        "after": _about(found.after),
        "tables": {name: _record(table) for name, table in found.tables.items()},
        "domains": {"new": found.domains_new, "gone": found.domains_gone, "changed": found.domains_changed},
        "versions": {**found.versions, "renamed_versions": found.renamed},
        "made": {name: {"before": pair[0], "after": pair[1]} for name, pair in found.made.items()},
        "corrections": found.corrections,
    }


def _about(release: FinishedRelease) -> dict[str, Any]:
    """What names a release."""
    named = {name: release.told.get(name) for name in ("release", "date", "dataset", "schema_version")}
    return {"path": str(release.path), **named}


def _record(table: TableDifference) -> dict[str, Any]:
    return {each.name: getattr(table, each.name) for each in fields(table)}


def as_text(found: Comparison) -> str:
    """All that differs, for the terminal."""
    return "\n".join(printable(line) for line in _lines(found))


def _lines(found: Comparison) -> Iterator[str]:
    yield from (_side(_about(release)) for release in (found.before, found.after))
    yield ""
    head = ["table", "rows before", "after", "added", "removed", "changed", "columns that differ"]
    rows = [[name, *_cells(table)] for name, table in found.tables.items()]
    yield from aligned([head, *rows], numbers=range(1, 6)).splitlines()
    yield ""
    yield from _domains(found)
    told = found.versions
    yield (
        f"versions  {told['new']:,} new, {told['gone']:,} gone, {told['renamed']:,} renamed, {told['stayed']:,} stayed,"
        f" {told['changed']:,} of these changed{_named(told['changed_columns'], ': ')}"
    )
    yield from (
        f"renamed   {one['domain']}: {one['before']} is now {one['version_id']}" for one in found.renamed[:_TOLD]
    )
    for name, table in found.tables.items():
        for about in ("added", "removed", "of_another_type"):
            if columns := getattr(table, f"columns_{about}"):
                yield f"columns   {name}: {about.replace('_', ' ')}: {', '.join(columns)}"
    for name, (was, now) in found.made.items():
        yield f"made      {name}: {_value(was)} before, {_value(now)} after"
    for about, corrections in found.corrections.items():
        for each in corrections:
            yield f"correction {about}: " + ", ".join(f"{name} {value}" for name, value in each.items())


def _side(about: dict[str, Any]) -> str:
    return (
        f"release {about['release']} of {about['date']}, schema version {about['schema_version']}, in {about['path']}"
    )


def _cells(table: TableDifference) -> list[str]:
    counts = [*table.rows, table.added, table.removed, table.changed]
    return [*(f"{count:,}" for count in counts), _named(dict(table.changed_columns.most_common()))]


def _domains(found: Comparison) -> Iterator[str]:
    for about, names in (
        ("new", found.domains_new), ("gone", found.domains_gone), ("changed", found.domains_changed),
    ):  # fmt: skip
        yield f"domains   {len(names):,} {about}{_some(names)}"


def _some(names: Sequence[str]) -> str:
    if not names:
        return ""
    return ": " + ", ".join(names[:_TOLD]) + (" and others" if len(names) > _TOLD else "")


def _named(counts: dict[str, int], before: str = "") -> str:
    return before + ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:_TOLD]) if counts else ""


def _value(value: Any) -> str:
    return "nothing" if value is None else str(value)
