"""A policy, or what changed in it, as text for a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.dataset.reading import history
from pipelines.history.changes.align import differences
from pipelines.history.changes.paragraphs import MOVED
from pipelines.history.domain_history import domain_rows
from pipelines.history.kept import read_changes
from pipelines.outcomes import DomainOutcome, Kind
from pipelines.printable import printable
from pipelines.urls import place

Row = dict[str, Any]

_FAINT, _END = "\x1b[2m", "\x1b[0m"
_COLOURED = {"-": ("\x1b[31m", _END), "+": ("\x1b[32m", _END)}
_PLAIN = {"-": ("[-", "-]"), "+": ("{+", "+}")}

_COLUMNS = (
    "domain", "capture_date", "captured_at", "policy_url", "view_url", "title", "text", "language", "kind",
    "primary", "words", "text_sha256", "archive", "extractor",
)  # fmt: skip


def policies_of(data_dir: Path, domain: str, as_of: date | None = None) -> list[Row]:
    """The captures of a domain's main privacy policy until ``as_of``, oldest first.

    All captures if none is primary; ``[]`` if nothing is known by that date.
    """
    rows = history(data_dir, domain, _COLUMNS).to_pylist()
    rows = [row for row in rows if row["primary"]] or rows
    return [row for row in rows if as_of is None or row["capture_date"] <= as_of]


def passed_over(data_dir: Path, shown: Row, as_of: date | None = None) -> str:
    """Which later texts of its address, until ``as_of``, count as no privacy policy; empty where there are none.

    Example: ``1 cookie_policy, 2 other, the last of 2014-03-01``.
    """
    rows = [
        row for row in history(data_dir, shown["domain"], _COLUMNS).to_pylist()
        if place(row["policy_url"]) == place(shown["policy_url"]) and row["captured_at"] > shown["captured_at"]
        and row["kind"] != Kind.PRIVACY_POLICY and (as_of is None or row["capture_date"] <= as_of)
    ]  # fmt: skip
    if not rows:
        return ""
    kinds = Counter(row["kind"] for row in rows)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
    return f"{counted}, the last of {rows[-1]['capture_date']}"


def none_known(data_dir: Path, domain: str, until: str = "") -> str:
    """The sentence that says that no policy of a domain is known, and why. ``until`` may add a date: ``" by 2012"``."""
    why = why_none(data_dir, domain)
    return f"no policy of {printable(domain)} is known{until} in {data_dir}" + (f" ({why})" if why else "")


def why_none(data_dir: Path, domain: str) -> str:
    """Why there is no policy of a domain, by the archives that were asked for it; empty where none was."""
    columns = domain_rows(data_dir, domain).select(["outcome", "reason"]).to_pydict()
    told = [
        outcome.replace("_", " ") + (f": {reason}" if reason else "")
        for outcome, reason in zip(*columns.values(), strict=True)
        if outcome != DomainOutcome.FOUND
    ]
    return _line("; ".join(dict.fromkeys(told)))


def policy(row: Row, passed_over: str = "", *, colour: bool = False) -> str:
    """One capture: a short header, then its text. ``passed_over`` says which later texts were."""
    language = row["language"] or "unknown"
    header = (
        ("domain", row["domain"]),
        ("captured", f"{row['captured_at']:%Y-%m-%d %H:%M:%S} UTC"),
        ("url", row["policy_url"]),
        ("archived", row["view_url"]),
        ("title", row["title"] or "-"),
        ("text", f"{row['words']} words, language {language}, {row['kind']}, by {row['extractor']}"),
        *((("later", f"{passed_over}: taken for no privacy policy"),) if passed_over else ()),
    )
    lines = [_faint(f"{name:<9} ", colour) + _line(value) for name, value in header]
    return "\n".join([*lines, "", printable(row["text"]), ""])


def changes_of(data_dir: Path, domain: str, as_of: date | None = None) -> list[Row]:
    """The changes of a domain's main line until ``as_of``, oldest first (table ``changes``)."""
    rows = (row for table in read_changes(data_dir, domain=domain) for row in table.to_pylist())
    return [row for row in rows if row["is_main"] and (as_of is None or row["change_before"].date() <= as_of)]


def changes(found: Sequence[Row], rows: Sequence[Row], *, colour: bool = False) -> str:
    """The changes ``found`` among the ``rows`` of a domain, word by word.

    Another extractor's difference is no change of the policy. Removed words stand in ``[-…-]``, added ones in
    ``{+…+}``; with ``colour`` in red and green instead.
    """
    views = {(row["captured_at"], row["policy_url"]): row["view_url"] for row in rows}
    parts: list[str] = []
    for change in found:
        for sign, side in (("---", "before"), ("+++", "after")):
            captured_at, url = change[f"{side}_captured_at"], change[f"{side}_policy_url"]
            view = _line(str(views.get((captured_at, url), url)))
            parts.append(_faint(f"{sign} {captured_at:%Y-%m-%d}  {view}", colour))
        parts[-1] += "\n"
        parts.extend(f"{paragraph}\n" for paragraph in _difference(change["paragraphs"], colour))
    return "\n".join(parts)


def _difference(paragraphs: Sequence[Row], colour: bool) -> Iterator[str]:
    """The paragraphs that differ, in the order of the new text; ``…`` where equal ones are left out."""
    following: int | None = 0
    for change in paragraphs:
        before, after = (printable(change[side] or "") for side in ("before", "after"))
        if change["after_at"] is not None and change["after_at"] != following:
            yield _faint("…", colour)
        if change["after"] is not None and change["after_at"] is not None:
            following = change["after_at"] + len(change["after"].splitlines())
        if change["op"] == MOVED:
            yield _faint(f"(moved) {after}", colour)
        else:
            yield _words(before, after, colour)


def _words(before: str, after: str, colour: bool) -> str:
    """Two forms of a paragraph as one. Words that differ only in case are written as in the new form."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    out, at = [], 0
    for removed, added in differences(
        [word.strip().casefold() for word in old], [word.strip().casefold() for word in new]
    ):
        out.append("".join(new[at : added.start]))
        out.append(_marked("".join(old[removed.start : removed.stop]), "-", colour))
        out.append(_marked("".join(new[added.start : added.stop]), "+", colour))
        at = added.stop
    return "".join([*out, *new[at:]])


def _marked(text: str, sign: str, colour: bool) -> str:
    """``text``, marked as removed or added; white space at its end stays outside the marks."""
    words = text.rstrip()
    if not words:
        return ""
    opening, closing = (_COLOURED if colour else _PLAIN)[sign]
    if colour:  # line by line, because less forgets a colour at the end of a line
        marked = "\n".join(f"{opening}{line}{closing}" for line in words.split("\n"))
    else:
        marked = f"{opening}{words}{closing}"
    return marked + text[len(words) :]


def _line(text: str) -> str:
    return " ".join(printable(text).split())


def _faint(text: str, colour: bool) -> str:
    return f"{_FAINT}{text}{_END}" if colour else text
