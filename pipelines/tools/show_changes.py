"""What changed from version to version of a domain's policy, word by word, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.history.changes.paragraphs import MOVED, in_turn
from pipelines.history.changes.words import paragraphs
from pipelines.history.domain_history import read_domain
from pipelines.history.kept import read_changes
from pipelines.printable import in_one_line, printable
from pipelines.tools.terminal import END, GREEN, RED, faint

Row = dict[str, Any]

_COLOURED = {"-": (RED, END), "+": (GREEN, END)}
_PLAIN = {"-": ("[-", "-]"), "+": ("{+", "+}")}
_CAPTURE = ["captured_at", "policy_url", "view_url", "text"]


def changes_of(data_dir: Path, domain: str, since: date | None = None, until: date | None = None) -> list[Row]:
    """The changes of a domain's main line, oldest first (table ``changes``).

    ``since`` and ``until``, both inclusive: the days of the first capture that shows the new text. Raises
    ``DatasetError`` for a file that is damaged.
    """
    rows = (row for table in read_changes(data_dir, domain=domain) for row in table.to_pylist())
    return [
        row for row in rows
        if row["is_main"]
        and (since is None or row["change_before"].date() >= since)
        and (until is None or row["change_before"].date() <= until)
    ]  # fmt: skip


def captures_of(data_dir: Path, domain: str) -> list[Row]:
    """The stored captures of a domain that ``changes`` compares, with their texts."""
    return list(read_domain(data_dir, domain).policies.select(_CAPTURE).to_pylist())


def changes(found: Sequence[Row], captures: Sequence[Row], *, context: int = 0, colour: bool = False) -> str:
    """The changes ``found`` among the ``captures`` of a domain, word by word.

    Another extractor's difference is no change of the policy. Removed words stand in ``[-…-]``, added ones in
    ``{+…+}``; with ``colour`` in red and green instead. ``context``: how many of the paragraphs that stayed are shown
    before and after each that did not.
    """
    rows = {(row["captured_at"], row["policy_url"]): row for row in captures}
    parts: list[str] = []
    for change in found:
        size = f"+{change['words_added']} -{change['words_removed']} words"
        parts.append(faint(f"{change['change_before']:%Y-%m-%d}  {change['change']}, {size}", colour))
        for sign, side in (("---", "before"), ("+++", "after")):
            captured_at, url = change[f"{side}_captured_at"], change[f"{side}_policy_url"]
            view = in_one_line(rows[captured_at, url]["view_url"])
            parts.append(faint(f"{sign} {captured_at:%Y-%m-%d}  {view}", colour))
        parts[-1] += "\n"
        after = paragraphs(rows[change["after_captured_at"], change["after_policy_url"]]["text"])
        parts.extend(f"{part}\n" for part in _difference(change["paragraphs"], after, context, colour))
    return "\n".join(parts)


def _difference(changed: Sequence[Row], after: Sequence[str], context: int, colour: bool) -> Iterator[str]:
    """The paragraphs that differ, in the order of the new text; ``…`` where others are left out.

    ``after`` has the paragraphs of the new text.
    """
    shown = 0
    for number, (change, (start, end)) in enumerate(zip(changed, _places(changed, len(after)), strict=True)):
        yield from _between(after[shown:start], context, colour, is_first=number == 0)
        yield _one(change, colour)
        shown = max(end, shown)
    yield from _between(after[shown:], context, colour, is_last=True)


def _between(
    kept: Sequence[str], context: int, colour: bool, *, is_first: bool = False, is_last: bool = False
) -> Iterator[str]:
    """Of the paragraphs that stayed between two changes, the ``context`` of each."""
    after = 0 if is_first else context
    before = 0 if is_last else context
    if len(kept) <= after + before:
        yield from map(printable, kept)
        return
    yield from map(printable, kept[:after])
    if not is_last:
        yield faint("…", colour)
        yield from map(printable, kept[len(kept) - before :])


def _places(changed: Sequence[Row], length: int) -> Iterator[tuple[int, int]]:
    """Where each change stands in the new text of ``length`` paragraphs: its first one, and the one after its last.

    A removed paragraph takes no place there; as many paragraphs that stayed stand before it as in the old text.
    """
    moved = {change["before_at"] for change in changed if change["op"] == MOVED}
    limits = [length]
    for change in reversed(changed):
        limits.append(limits[-1] if change["after_at"] is None else change["after_at"])
    old = new = 0
    for change, limit in zip(changed, limits[:0:-1], strict=True):
        start = change["after_at"]
        if start is None:
            start = min(new + sum(at not in moved for at in range(old, change["before_at"])), limit)
        end = start + _count(change["after"])
        yield start, end
        stayed = start - new
        while stayed > 0:
            stayed -= old not in moved
            old += 1
        if change["op"] != MOVED and change["before_at"] is not None:
            old = max(old, change["before_at"] + _count(change["before"]))
        new = max(new, end)


def _count(paragraph: str | None) -> int:
    """How many paragraphs of a text one entry stands for."""
    return len(paragraph.splitlines()) if paragraph else 0


def _one(change: Row, colour: bool) -> str:
    before, after = (printable(change[side] or "") for side in ("before", "after"))
    return faint(f"(moved) {after}", colour) if change["op"] == MOVED else _words(before, after, colour)


def _words(before: str, after: str, colour: bool) -> str:
    """Two forms of a paragraph as one. Words that differ only in case are written as in the new form."""
    return "".join(
        stayed + _marked(went, "-", colour) + _marked(came, "+", colour)
        for stayed, went, came in in_turn(before, after)
    )


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
