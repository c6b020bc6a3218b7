"""Of what kind a change is: cosmetic, reordered, wording or substantive.

substantive
    The policy says something else: a sentence came or went, or one sentence names another concept (a kind
    of data, a recipient, a purpose, a right; ``concepts.py``), another number, gained or lost a "not",
    "may", "must" or "only", gained or lost a member of a list, or was rewritten beyond recognition.
wording
    The same said otherwise: typing errors, synonyms, inflection, another name of the company, a short
    heading, words in another order, a word or two that name nothing of the above.
reordered
    The same sentences in another order.
cosmetic
    What ``cosmetic.py`` takes out (numbering, dates, addresses, copyright lines, menus), and layout: paragraphs
    split or joined, lists made of sentences, punctuation, hyphens, case, width, accents.

These are rules and a table, and not a model: people can read them, they give the same result every time, and they work
in every language of the table. In other languages a change of a few words counts as wording, and a change of sentences
as substantive.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from rapidfuzz.distance import Indel

from pipelines.history.changes.align import Alignment, Gap, align, differences, pair
from pipelines.history.changes.concepts import TIME_UNITS, concepts, numbers
from pipelines.history.changes.cosmetic import content, is_copyright, menus, without_addresses
from pipelines.history.changes.words import Sentence, paragraphs, sentence, split_sentences, split_words
from pipelines.page.normalization import compared, words
from pipelines.word_tables import all_words, read_word_table

FIRST = "first"
SUBSTANTIVE = "substantive"
WORDING = "wording"
REORDERED = "reordered"
COSMETIC = "cosmetic"
#: The main language is another one: the texts say nothing of what changed.
LANGUAGE = "language"
CHANGES = (FIRST, SUBSTANTIVE, WORDING, COSMETIC, REORDERED, LANGUAGE)

_RANK = {COSMETIC: 0, REORDERED: 1, WORDING: 2, SUBSTANTIVE: 3}
#: A word that was replaced by one with at least this share of the same letters was inflected or respelled.
_SPELLING = 0.6
#: If one side has this many more words of content than the other, something was added or left out.
_NEW_CONTENT = 3
#: If this many words of content were exchanged, and more than ``_REWRITTEN_SHARE`` of the sentence, it says something
#: else.
_REWRITTEN = 4
_REWRITTEN_SHARE = 0.45
#: A heading has at most this many words of content.
_HEADING_WORDS = 4
#: Characters of the longest heading, and of the longest that is one for certain.
_HEADING_LENGTH, _TITLE_LENGTH = 150, 60
#: What stands in rows of tables, in sentences and before a list.
_NO_TITLE = re.compile(r"[|,]|:$")
#: So many lines that repeat headings are a table of contents.
_CONTENTS = 3
#: Sentences that were split or joined are compared as one if they share this much.
_SAME_WHOLE = 0.8
#: Letters. A paragraph this long that came or went is a substantive change without a closer look.
_LONG_PARAGRAPH = 400
#: Most pairs of words that are compared letter by letter within one sentence.
_MOST_COMPARISONS = 10_000
_LIST_MARKS = tuple("•·・▪◦‣*–-")
_CLOSING = " \"'”’»)]"
#: Of two long words with at least this share of the same letters, one is a typing error.
_TYPING_ERROR = 0.85
_SECTIONS = ("function_words", "conjunctions", "contrary_prefixes")
_TABLE = read_word_table("pipelines.history.changes", "classify.toml", sections=_SECTIONS)
_FUNCTION_WORDS, _CONJUNCTIONS, _CONTRARY = (all_words(_TABLE[section]) for section in _SECTIONS)


def change_class(before: str, after: str) -> str:
    """How ``after`` differs from ``before``: ``SUBSTANTIVE``, ``WORDING``, ``REORDERED`` or ``COSMETIC``.

    The weightiest difference decides. Texts of 100 KB take some 0.1 s.
    """
    before, after = compared(before), compared(after)
    if "".join(words(before)) == "".join(words(after)):  # spaces came or went
        return COSMETIC
    old_lines, new_lines = paragraphs(before), paragraphs(after)
    lines = align(old_lines, new_lines)
    if any(_came_or_went(gap, old_lines, new_lines) for gap in lines.gaps):
        return SUBSTANTIVE
    headings = _standing_headings(new_lines, lines)
    old_side, new_side = _Side.of(old_lines, headings), _Side.of(new_lines, headings)
    old = list(old_side.sentences(gap.before for gap in lines.gaps))
    new = list(new_side.sentences(gap.after for gap in lines.gaps))
    alignment = align([unit.key for _, unit in old], [unit.key for _, unit in new])
    moved = any(content(old_lines[i]).strip() for i, _ in lines.moved if i not in old_side.menus)
    moved = moved or bool(alignment.moved) or _past_lines_that_stayed(alignment, old, new)
    least = WORDING if old_side.had_contents or new_side.had_contents else REORDERED if moved else COSMETIC
    of_gaps = (_gap_class([old[i][1] for i in gap.before], [new[j][1] for j in gap.after]) for gap in alignment.gaps)
    return _worst(chain([least], of_gaps))


@dataclass(slots=True)
class _Side:
    """One of the two texts, as far as it differs from the other."""

    lines: Sequence[str]
    headings: set[tuple[str, ...]]
    """The words of the lines in both texts that may be headings."""
    menus: frozenset[int]
    had_contents: bool = False
    """True if a table of contents was among the lines that differ."""

    @classmethod
    def of(cls, lines: Sequence[str], headings: set[tuple[str, ...]]) -> _Side:
        return cls(lines, headings, menus(lines))

    def sentences(self, gaps: Iterable[Sequence[int]]) -> Iterator[_Placed]:
        """The sentences of the lines of each gap that say something."""
        for number, at in enumerate(gaps):
            kept = self._without_contents(at)
            titles = {self.lines[i] for i in kept if _is_title(self.lines, i)}
            for line in without_addresses(self.lines[i] for i in kept if i not in self.menus):
                yield from ((number, unit) for unit in _sentences(line, is_title=line in titles))

    def _without_contents(self, at: Sequence[int]) -> Sequence[int]:
        """The lines of a gap without a table of contents, whose entries say what headings of the text say."""
        others = [i for i in at if split_words(self.lines[i]) not in self.headings]
        if len(at) - len(others) < _CONTENTS:
            return at
        self.had_contents = True
        return others


_Placed = tuple[int, Sentence]
"""A sentence after the number of the gap between lines that stayed in which it stands."""


def _past_lines_that_stayed(alignment: Alignment, old: Sequence[_Placed], new: Sequence[_Placed]) -> bool:
    """True if a sentence that is in both texts went past a line that is in both: from one gap to another."""
    gone = {i for i, _ in alignment.moved}.union(*(gap.before for gap in alignment.gaps))
    come = {j for _, j in alignment.moved}.union(*(gap.after for gap in alignment.gaps))
    stayed = (number for i, (number, _) in enumerate(old) if i not in gone)
    stayed_there = (number for j, (number, _) in enumerate(new) if j not in come)
    return any(number != other for number, other in zip(stayed, stayed_there, strict=True))


def _standing_headings(new_lines: Sequence[str], lines: Alignment) -> set[tuple[str, ...]]:
    """The words of the lines in both texts that may be headings."""
    changed = {j for gap in lines.gaps for j in gap.after}
    if not lines.gaps:
        return set()
    return {split_words(line) for j, line in enumerate(new_lines) if j not in changed and _may_be_heading(line)}


def _may_be_heading(line: str) -> bool:
    """True for a short line that is no list item."""
    return len(line) <= _HEADING_LENGTH and not line.startswith(_LIST_MARKS)


def _is_title(lines: Sequence[str], at: int) -> bool:
    """True if a line is a heading for certain: the first one, or one between a sentence and a longer one."""
    line = lines[at]
    if len(line) > _TITLE_LENGTH or _is_statement(line) or _NO_TITLE.search(line):
        return False
    if at == 0 or at + 1 == len(lines):
        return at == 0
    behind = lines[at + 1]
    is_above_text = len(behind) >= 2 * len(line) and _is_statement(behind) and not behind.startswith(_LIST_MARKS)
    return is_above_text and _is_statement(lines[at - 1])


def _worst(classes: Iterable[str]) -> str:
    """The weightiest of some classes; after a substantive one it looks at no other."""
    worst = COSMETIC
    for found in classes:
        worst = max(worst, found, key=_RANK.__getitem__)
        if worst == SUBSTANTIVE:
            break
    return worst


def _came_or_went(gap: Gap, old: Sequence[str], new: Sequence[str]) -> bool:
    """True if ``gap`` is only one-sided and has a paragraph too long to be a date, an address or a heading."""
    if gap.before and gap.after:
        return False
    lines = chain((old[i] for i in gap.before), (new[j] for j in gap.after))
    return any(len(line) > _LONG_PARAGRAPH for line in lines)


def _sentences(line: str, *, is_title: bool) -> list[Sentence]:
    """The sentences of a line that say something."""
    if is_copyright(line):
        return []
    found = (sentence(content(part), heading=not _is_statement(part), title=is_title) for part in split_sentences(line))
    return [unit for unit in found if unit.words]


def _is_statement(part: str) -> bool:
    """True if a part of a text is a list item, or ends like a sentence and has more than one word."""
    bare = part.strip().rstrip(_CLOSING)
    ends = bare.endswith((".", "!", "?", ";")) and " " in bare
    return ends or bare.endswith(("。", "！", "？")) or bare.startswith(_LIST_MARKS)


def _gap_class(old: Sequence[Sentence], new: Sequence[Sentence]) -> str:
    """How the sentences ``new`` differ from the sentences ``old`` that they replaced."""
    if len(old) != len(new) and old and new:  # split, joined, or a list made of a sentence?
        whole_old, whole_new = _joined(old), _joined(new)
        if Indel.normalized_similarity(whole_old.words, whole_new.words) >= _SAME_WHOLE:
            return _sentence_class(whole_old, whole_new)
    gap = Gap(tuple(range(len(old))), tuple(range(len(new))))
    pairs = pair(gap, [unit.words for unit in old], [unit.words for unit in new])
    worst = _worst(_sentence_class(old[i], new[j]) for i, j in pairs)
    left = gap.without(pairs)
    left_old, left_new = [old[i] for i in left.before], [new[j] for j in left.after]
    if worst == SUBSTANTIVE or not (left_old or left_new):
        return worst
    if left_old and left_new and _same_in_other_words(_joined(left_old), _joined(left_new)):
        return WORDING
    return WORDING if all(map(_is_heading, (*left_old, *left_new))) else SUBSTANTIVE


def _sentence_class(old: Sentence, new: Sentence) -> str:
    """How one sentence differs from what it was before."""
    if old.key == new.key:
        return COSMETIC
    if not _same_statements(old, new):
        return SUBSTANTIVE
    removed: list[str] = []
    added: list[str] = []
    for before, after in differences(old.tokens, new.tokens):
        gone, come = old.tokens[before.start : before.stop], new.tokens[after.start : after.stop]
        if _joins_a_list(gone, come) or _joins_a_list(come, gone) or _negates(gone, come):
            return SUBSTANTIVE
        removed += gone
        added += come
    removed, added = _without_respelled(removed, added)
    gone_weight, come_weight = _weight(removed), _weight(added)
    if abs(come_weight - gone_weight) >= _NEW_CONTENT:
        return SUBSTANTIVE
    exchanged = min(gone_weight, come_weight)
    whole = min(_weight(old.words), _weight(new.words))
    return SUBSTANTIVE if exchanged >= _REWRITTEN and exchanged > _REWRITTEN_SHARE * whole else WORDING


def _same_statements(old: Sentence, new: Sentence) -> bool:
    """True if both name the same concepts and numbers, and have as many negations."""
    if numbers(old.words) != numbers(new.words):
        return False
    before, after = concepts(_corrected(old.words, new.words)), concepts(new.words)
    if before["not"] != after["not"]:
        return False
    units, new_units = (named.keys() & TIME_UNITS for named in (before, after))
    if units and new_units and units != new_units:
        return False
    return before.keys() - TIME_UNITS == after.keys() - TIME_UNITS


def _corrected(words: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """``words``; a word that differs from one of ``others`` by a typing error is spelled like that one."""
    left, right = set(words) - set(others), set(others) - set(words)
    if len(left) * len(right) > _MOST_COMPARISONS:
        return tuple(words)
    spelled = {
        word: other
        for word in left
        for other in right
        if min(len(word), len(other)) > 5
        and Indel.normalized_similarity(word, other) >= _TYPING_ERROR
        and not _negates((word,), (other,))
    }
    return tuple(spelled.get(word, word) for word in words)


def _same_in_other_words(old: Sentence, new: Sentence) -> bool:
    """True if two sentences with few common words still say the same: the same concepts, and not much more."""
    shared = {word for word in old.words if _word_weight(word)} & set(new.words)
    return bool(shared) and abs(_weight(old.words) - _weight(new.words)) < _NEW_CONTENT and _same_statements(old, new)


def _is_heading(unit: Sentence) -> bool:
    """True if a sentence that came or went is only a heading: for certain, or a few words that name no concept."""
    return unit.title or (
        unit.heading and _weight(unit.words) <= _HEADING_WORDS and not concepts(unit.words) and not numbers(unit.words)
    )


def _joins_a_list(old: Sequence[str], new: Sequence[str]) -> bool:
    """True if ``new``, where nothing was said before, adds a member to a list."""
    joins = "," in new or not _CONJUNCTIONS.isdisjoint(new)
    return joins and not _weight(old) and _weight(new) > 0


def _negates(old: Sequence[str], new: Sequence[str]) -> bool:
    """True if a prefix made a word its contrary: lawful, unlawful."""
    return len(old) * len(new) <= _MOST_COMPARISONS and any(
        longer.removesuffix(shorter) in _CONTRARY
        for one in old
        for other in new
        for shorter, longer in (sorted((one, other), key=len),)
        if len(shorter) > 3 and shorter != longer and longer.endswith(shorter)
    )


def _without_respelled(removed: Sequence[str], added: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both without the words that are on both sides in another place, inflection or spelling."""
    left_removed = list((Counter(removed) - Counter(added)).elements())
    left_added = list((Counter(added) - Counter(removed)).elements())
    if len(left_removed) * len(left_added) > _MOST_COMPARISONS:
        return left_removed, left_added  # so many words are no matter of spelling
    for word in tuple(left_removed):
        same = next((other for other in left_added if _respelled(word, other)), None)
        if same is not None:
            left_removed.remove(word)
            left_added.remove(same)
    return left_removed, left_added


def _respelled(word: str, other: str) -> bool:
    return min(len(word), len(other)) > 2 and Indel.normalized_similarity(word, other) >= _SPELLING


def _weight(words: Iterable[str]) -> float:
    """How many of the words are words of content."""
    return sum(map(_word_weight, words))


def _word_weight(word: str) -> float:
    """1 for a word of content, one half for a CJK character, 0 for function words, kana endings and separators."""
    if word[0] >= "\u2e80" and not "\uac00" <= word[0] <= "\ud7af":
        return 0.0 if "\u3040" <= word[0] <= "\u309f" else 0.5
    return float(len(word) > 2 and word not in _FUNCTION_WORDS)


def _joined(units: Sequence[Sentence]) -> Sentence:
    """Several sentences as one."""
    return Sentence.of(token for unit in units for token in unit.tokens)
