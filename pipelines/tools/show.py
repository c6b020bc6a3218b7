"""A domain's policy for a terminal: its versions, and the text of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from pipelines.history.domain_history import DomainRows, domain_rows, read_domain
from pipelines.history.kept import read_versions
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.printable import in_one_line, printable
from pipelines.tools.tables import aligned
from pipelines.tools.terminal import faint
from pipelines.urls import place

Row = dict[str, Any]

#: What is told of a version as JSON and CSV: columns of the table ``versions``.
COLUMNS = (
    "domain", "language", "version", "version_id", "first_seen", "last_seen", "known_through", "change_after",
    "change_before", "change", "words", "words_added", "words_removed", "effective_date", "policy_url", "view_url",
)  # fmt: skip


def versions_of(data_dir: Path, domain: str) -> list[Row]:
    """The rows of ``versions`` of a domain, by time. Raises ``DatasetError`` for a file that is damaged."""
    return [row for table in read_versions(data_dir, domain=domain) for row in table.to_pylist()]


def main_line(versions: Sequence[Row], since: date | None = None, until: date | None = None) -> list[Row]:
    """The versions of the main line that were seen between two days, both inclusive."""
    return [
        row for row in versions
        if row["is_main"]
        and (since is None or row["last_seen"].date() >= since)
        and (until is None or row["first_seen"].date() <= until)
    ]  # fmt: skip


def name_of(version: Row, versions: Sequence[Row]) -> str:
    """How people call a version: ``3``; ``en:3`` where the main line has several languages, or it is not of that."""
    is_clear = version["is_main"] and len({row["language"] for row in main_line(versions)}) == 1
    return str(version["version"]) if is_clear else _full_name(version)


def _full_name(version: Row) -> str:
    return f"{version['language'] or 'unknown'}:{version['version']}"


def version_named(name: str, versions: Sequence[Row]) -> Row:
    """The version with a name (``name_of``) or a ``version_id``. Raises ``LookupError``, which says what there is."""
    for row in versions:
        if name in (row["version_id"], name_of(row, versions), _full_name(row)):
            return row
    raise LookupError(f"there is no version {name}, but {', '.join(name_of(row, versions) for row in versions)}")


def version_as_of(versions: Sequence[Row], day: date | None) -> Row | None:
    """The version of the main line that was seen last by the end of a day; without a day, the newest one."""
    return next(reversed(main_line(versions, until=day)), None)


def none_known(data_dir: Path, domain: str, until: str = "") -> str:
    """The sentence that says that no policy of a domain is known, and why. ``until`` may add a date: ``" by 2012"``."""
    why = why_none(data_dir, domain) or ("" if until else other_texts(data_dir, domain))
    return f"no policy of {printable(domain)} is known{until} in {data_dir}" + (f" ({why})" if why else "")


def why_none(data_dir: Path, domain: str) -> str:
    """Why there is no policy of a domain, by the archives that were asked for it; empty where none was."""
    columns = domain_rows(data_dir, domain).select(["outcome", "reason"]).to_pydict()
    told = [
        outcome.replace("_", " ") + (f": {reason}" if reason else "")
        for outcome, reason in zip(*columns.values(), strict=True)
        if outcome != DomainOutcome.FOUND
    ]
    return in_one_line("; ".join(dict.fromkeys(told)))


def listing(shown: Sequence[Row], versions: Sequence[Row]) -> str:
    """A line for each version that is ``shown``, the head first. ``versions`` are all of the domain."""
    head = (
        "version", "changed after", "first seen", "last seen", "change", "words", "added", "removed", "effective",
        "archived",
    )  # fmt: skip
    rows = [head, *(tuple(printable(cell) for cell in _cells(row, versions)) for row in shown)]
    return aligned(rows, numbers={5, 6, 7})


def _cells(version: Row, versions: Sequence[Row]) -> Iterator[str]:
    yield name_of(version, versions)
    for name in ("change_after", "first_seen", "last_seen"):
        yield _day(version[name])
    yield version["change"]
    for name in ("words", "words_added", "words_removed"):
        yield "" if version[name] is None else str(version[name])
    yield str(version["effective_date"] or "")
    yield version["view_url"]


def beside(versions: Sequence[Row]) -> str:
    """Which versions in other languages were seen beside the main line: ``en:1, en:2``; empty where none was."""
    return in_one_line(", ".join(name_of(row, versions) for row in versions if not row["is_main"]))


def other_texts(data_dir: Path, domain: str) -> str:
    """The kinds of a domain's texts, where none of them is its policy: ``its texts are 3 terms``; empty without any."""
    kinds = Counter(read_domain(data_dir, domain).policies["kind"].to_pylist())
    return f"its texts are {_counted(kinds)}" if kinds else ""


# --- one text


def text_of(data_dir: Path, version: Row, versions: Sequence[Row], as_of: date | None, *, colour: bool = False) -> str:
    """A version's text, after lines that say where it comes from, and how sure it is that it stood ``as_of`` a day.

    Of the captures that show it, the last one until that day is shown; without a day, the last one.
    """
    rows = read_domain(data_dir, version["domain"])
    row = _stored(rows, version, as_of)
    language = row["language"] or "unknown"
    header = [
        ("domain", row["domain"]),
        ("version", f"{name_of(version, versions)}, seen from {_day(version['first_seen'])} to"
                    f" {_day(version['last_seen'])} ({version['version_id']})"),
        ("captured", f"{row['captured_at']:%Y-%m-%d %H:%M:%S} UTC"),
        ("url", row["policy_url"]),
        ("archived", row["view_url"]),
        ("title", row["title"] or "-"),
        ("text", f"{row['words']} words, language {language}, {row['kind']}, by {row['extractor']}"),
        *_doubts(rows, version, versions, as_of),
    ]  # fmt: skip
    lines = [faint(f"{name:<9} ", colour) + in_one_line(value) for name, value in header]
    return "\n".join([*lines, "", printable(row["text"]), ""])


def _stored(rows: DomainRows, version: Row, as_of: date | None) -> Row:
    """The row of ``policies`` that shows a version last until a day; if none does, the one that stands for it."""
    policies = rows.policies.drop_columns(["markdown"]).to_pylist()
    last = min(version["last_seen"], _end(as_of))
    shows = [
        row for row in policies
        if version["is_main"] and row["primary"] and version["first_seen"] <= row["captured_at"] <= last
    ]  # fmt: skip
    return shows[-1] if shows else next(row for row in policies if row["wayback_url"] == version["wayback_url"])


def _doubts(rows: DomainRows, version: Row, versions: Sequence[Row], as_of: date | None) -> Iterator[tuple[str, str]]:
    """What makes it doubtful that a version stood on a day: it was seen last before that.

    Without a day that is now, for the newest version; nobody takes an older one for what stands now.
    """
    last = version["last_seen"]
    if not version["is_main"] or last >= _end(as_of):
        return
    following = next((row for row in main_line(versions) if row["first_seen"] > last), None)
    if following and as_of is None:
        return
    if as_of is not None and last.date() < as_of:
        then = f"the next version was first seen {_day(following['first_seen'])}" if following else (
            f"no other text is known until {_day(version['known_through'])}"
        )  # fmt: skip
        yield "as of", f"{as_of}: this text was last seen {_day(last)}; {then}"
    if told := _passed_over(rows, versions, last, _end(as_of)):
        yield "later", told


def _passed_over(rows: DomainRows, versions: Sequence[Row], since: datetime, until: datetime) -> str:
    """Which captures of the policy's addresses, later than ``since``, show no version of it, and what they are."""
    places = {place(address["url"]) for row in main_line(versions) for address in row["addresses"]}
    stored = {
        (row["captured_at"], place(row["policy_url"])): row["kind"]
        for row in rows.policies.select(["captured_at", "policy_url", "kind"]).to_pylist()
    }
    found = dict(stored)
    for row in rows.captures.select(["captured_at", "policy_url", "outcome", "same_as"]).to_pylist():
        here, outcome = place(row["policy_url"]), row["outcome"]
        alike = stored.get((row["same_as"], here)) if outcome == Outcome.UNCHANGED else None
        found.setdefault((row["captured_at"], here), alike or outcome)
    later = {key: what for key, what in found.items() if since < key[0] <= until and key[1] in places}
    if not later:
        return ""
    last = max(captured for captured, _ in later)
    return f"{_counted(Counter(later.values()))}, the last of {_day(last)}: none shows the main policy"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def _end(day: date | None) -> datetime:
    """The last moment of a day; of all days, without one."""
    return datetime.combine(day or date.max, time.max, UTC)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
