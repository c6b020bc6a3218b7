"""The texts of a domain's versions and what changed between them, as data that the page's script shows.

Each paragraph is in there once, however many versions have it: most stay from version to version. A text is then a
list of paragraphs' numbers. A change is a list of rows, in the order of the new text::

    ["=", [4, 5, 6], 212]    three paragraphs that stayed, with 212 words
    ["+", 7]  ["-", 3]       one that came, one that went
    [">", 8]                 one that stands elsewhere now
    ["~", ["We keep it ", "", "for ", "a", "two", " years"]]
                             one that was altered: in turn what stayed, what went and what came
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from pipelines.history.changes.paragraphs import ADDED, ALTERED, MOVED, REMOVED, in_turn
from pipelines.history.changes.words import paragraphs, split_words

Row = dict[str, Any]

#: Characters of a text that a page shows, and of all texts of a domain together: a hostile page must not fill the
#: memory of who reads it. What is beyond is left to the archive, and the page says so.
TEXT_CHARACTERS = 400_000
DOMAIN_CHARACTERS = 8_000_000


@dataclass(slots=True)
class Paragraphs:
    """The paragraphs of a domain's texts, each with a number."""

    listed: list[str] = field(default_factory=list)
    characters: int = 0
    """Of all paragraphs, those that were altered counted each time."""
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """True where no more texts are taken."""
        return self.characters > DOMAIN_CHARACTERS

    def number(self, paragraph: str) -> int:
        """The number of a paragraph, which is listed from now on."""
        if paragraph not in self._numbers:
            self._numbers[paragraph] = len(self.listed)
            self.listed.append(paragraph)
            self.characters += len(paragraph)
        return self._numbers[paragraph]

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's paragraphs."""
        return [self.number(line) for line in paragraphs(text[:TEXT_CHARACTERS])]


def change_rows(change: Row, before: str, after: str, numbers: Paragraphs) -> list[list[Any]]:
    """The rows that show a change whole: ``change`` is a row of ``changes``, the texts are those that it compared."""
    old, new = paragraphs(before), paragraphs(after)
    gone, come = _places(change["paragraphs"], "before"), _places(change["paragraphs"], "after")
    stayed = zip(
        (i for i in range(len(old)) if i not in gone), (j for j in range(len(new)) if j not in come), strict=False
    )
    rows: list[list[Any]] = []
    ahead = next(stayed, None)
    for changed in [*change["paragraphs"], None]:
        same = []
        while ahead is not None and (changed is None or _is_before(ahead, changed)):
            same.append(new[ahead[1]])
            ahead = next(stayed, None)
        if same:
            rows.append(["=", [numbers.number(line) for line in same], sum(len(split_words(line)) for line in same)])
        if changed is not None:
            rows += _changed(changed, numbers)
    return rows


def _places(changed: Sequence[Row], side: str) -> set[int]:
    """The places of the paragraphs that changed, in one of the two texts."""
    return {
        place
        for each in changed
        if each[f"{side}_at"] is not None
        for place in range(each[f"{side}_at"], each[f"{side}_at"] + len((each[side] or "").splitlines()))
    }


def _is_before(stayed: tuple[int, int], changed: Row) -> bool:
    """True if a paragraph that stayed, by its places before and after, comes before one that changed."""
    if changed["after_at"] is not None:
        return bool(stayed[1] < changed["after_at"])
    return bool(stayed[0] < changed["before_at"])


def _changed(changed: Row, numbers: Paragraphs) -> Iterator[list[Any]]:
    before, after = changed["before"] or "", changed["after"] or ""
    if changed["op"] == ALTERED:
        before, after = before[:TEXT_CHARACTERS], after[:TEXT_CHARACTERS]
        numbers.characters += len(before) + len(after)
        yield ["~", pieces(before, after)]
        return
    sign, text = {ADDED: ("+", after), REMOVED: ("-", before), MOVED: (">", after)}[changed["op"]]
    for number in numbers.numbers(text):
        yield [sign, number]


def pieces(before: str, after: str) -> list[str]:
    """Two forms of a paragraph as pieces: what stayed, what went, what came, and so on in turn (``in_turn``).

    >>> pieces("We keep it for a year.", "We keep it for two years.")
    ['We keep it for ', 'a year.', 'two years.', '']
    """
    *found, (rest, _, _) = in_turn(before, after)
    return [*chain.from_iterable(found), rest]


def domain_data(versions: Sequence[tuple[str, Row]], changes: Sequence[Row], policies: Sequence[Row]) -> Row:
    """The data of one domain's page, by the names of its versions on the page (``v3``).

    ``versions``: rows of that table with these names. ``policies``: the stored captures, their texts among them; none
    where a release was made without.
    """
    numbers = Paragraphs()
    stored = {(row["captured_at"], row["policy_url"]): row for row in policies}
    names = {row["version_id"]: name for name, row in versions}
    shown: Row = {}
    for name, row in versions:
        text = stored.get((row["captured_at"], row["policy_url"]), {}).get("text")
        shown[name] = None if text is None or numbers.is_full else numbers.numbers(text)
    found: Row = {}
    for change in changes:
        if change["version_id"] not in names:
            continue
        sides = [stored.get((change[f"{side}_captured_at"], change[f"{side}_policy_url"]), {}) for side in _SIDES]
        before, after = (side.get("text") for side in sides)
        is_whole = before is not None and after is not None and not numbers.is_full
        found[names[change["version_id"]]] = {
            "captures": [_capture(side, change, at) for side, at in zip(sides, _SIDES, strict=True)],
            "rows": change_rows(change, str(before), str(after), numbers) if is_whole else None,
        }
    return {"paragraphs": numbers.listed, "texts": shown, "changes": found}


_SIDES = ("before", "after")


def _capture(stored: Row, change: Row, side: str) -> Row:
    """A capture that was compared: its day, and where people and software find it."""
    return {
        "day": f"{change[f'{side}_captured_at']:%Y-%m-%d}",
        "view": stored.get("view_url", ""),
        "raw": stored.get("wayback_url", ""),
    }
