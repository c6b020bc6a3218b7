"""What a page is, and how likely it is a privacy policy: phrases of many languages and a small linear model.

The model sees no words, only how a page relates to the phrases of ``document_phrases.toml``: what its title and
first lines name, and how densely its text speaks of personal data, of cookies, of contracts. So weights
learned on English and French hold for every language that has phrases. ``data/judgement.json`` has the weights,
one number per feature and kind; ``data/make/judgement.py`` makes it from any table of labelled pages, and calibrates
it: of the pages with a score of 0.9, nine in ten are policies. ``benchmarks/judgement.py`` measures that.

Rules stand around the model, for what it has never seen: pages that are no documents are told by the phrases of
``page_kinds.toml``, a few words or a list of links are no policy.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypedDict

from pipelines.outcomes import Kind
from pipelines.page.normalization import words
from pipelines.word_tables import WordTable, all_words, read_word_table

TOPICS = ("privacy", "cookie", "terms")
_GROUPS = (*(f"{topic}_{what}" for topic in TOPICS for what in ("names", "topics")), "privacy_self")
_NO_DOCUMENTS = (Kind.BLOCKED, Kind.PARKED, Kind.SOFT_404, Kind.LOGIN)
#: How many words of a text are judged: the subject shows by then, and the time stays bounded.
_BODY = 1200
#: Words in which a document names itself, and those in which a page tells that its domain is parked.
_HEAD, _OPENING = 40, 100
#: Longer than any phrase's word: a page of one endless word costs no more than others.
_LONGEST_WORD = 40
#: Pages that are no documents have few words: at most this many if the title or the first words say what they are,
#: and at most that many if any other words do.
_BY_NAME, _BY_WORDS = 500, 150
#: A page of fewer words that says it is no document is none, whatever its title and menu name.
_STUB = 40
#: A text of fewer words is no privacy policy. The shortest of 1,236 real ones have 38, 55, 80 and 84 words.
LEAST_WORDS = 30
#: The share of links in a text from which on it is a list of links (a menu, a "privacy center") and no document. Of
#: the same policies all but one, whose menu is half of it, stay under 0.12.
_LINKS = 0.4
#: This many phrases of spam make a page spam, if it has no more that speak of personal data.
_SPAM = 3
#: The difference of two densities (as ``features`` has them) by which a text speaks more of one topic than another.
_CLEARLY_MORE = 0.5
#: From this chance on a page may be a policy that the model is not sure of: a login box makes it no login.
_PERHAPS_POLICY = 0.1


class _Weights(TypedDict):
    intercept: float
    weights: dict[str, float]


class Model(TypedDict):
    """What ``data/judgement.json`` holds: how it was made, and the weights of a softmax over the kinds of documents."""

    about: str
    threshold: float
    """The chance from which on a page is a privacy policy."""
    kinds: dict[str, _Weights]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A page's kind and the probability that it is a privacy policy."""

    kind: Kind
    policy_score: float


def judge(
    title: str | None,
    text: str,
    text_words: list[str],
    language: str | None,
    *,
    host: str = "",
    linked: float = 0.0,
    has_password_field: bool = False,
    challenged: bool = False,
) -> Judgement:
    """Judge a page by its title and text; ``language`` is its ISO 639-1 code or ``None``.

    ``host``: where it stood. ``linked``: the share of the text's characters that lead to other pages. ``challenged``:
    its markup is a bot challenge's. A page is a privacy policy if, and only if, its score reaches the threshold of the
    model: where a rule says that it is none, it has no chance left.
    """
    chances: dict[Kind, float] = {Kind.PRIVACY_POLICY: 0.0, Kind.EMPTY: 1.0}
    page_words = words(title or "") + text_words[:_BODY]
    vocabulary = Vocabulary(page_words)
    if text_words:
        chances = chances_of(features(title, text, text_words, language, vocabulary), _model())
    score = round(chances.pop(Kind.PRIVACY_POLICY), 4)
    likeliest = max(chances, key=chances.__getitem__)
    kind = _no_document(title, text_words, score, host, has_password_field, challenged)
    is_none = kind or _is_spam(_folded(page_words), vocabulary, language) if score >= threshold() else None
    if is_none or _is_too_little(text_words, linked):
        return Judgement(kind or (Kind.OTHER if score >= threshold() else likeliest), 0.0)
    return Judgement(Kind.PRIVACY_POLICY if score >= threshold() else kind or likeliest, score)


class Vocabulary:
    """A page's different words, which tell of most phrases that the page has none."""

    def __init__(self, page_words: list[str]) -> None:
        self._words = frozenset(page_words)
        self._in_order = sorted(self._words)

    def count(self, phrase: str, folded: str) -> int:
        """How often a folded part of the page has a phrase."""
        inner, last = _inner_and_last(phrase)
        if not inner <= self._words:
            return 0
        place = bisect_left(self._in_order, last)
        has_last = place < len(self._in_order) and self._in_order[place].startswith(last)
        return folded.count(phrase) if has_last else 0


@cache  # one entry per phrase
def _inner_and_last(phrase: str) -> tuple[frozenset[str], str]:
    """A phrase's words but its last, and the last, which in a text may go on."""
    *inner, last = phrase.split()
    return frozenset(inner), last


def features(
    title: str | None, text: str, text_words: list[str], language: str | None, vocabulary: Vocabulary | None = None
) -> dict[str, float]:
    """The numbers that the model weighs, by name. ``vocabulary``: of the first words of the text, if it is known.

    ``in_title``, ``in_head``: 1 if the title or the first words name such a document; ``only``: and no other one.
    ``density``: the logarithm of the number of phrases per 1,000 words. ``breadth``: the root of the share of phrases
    that occur. ``self``: how the text calls itself ("this privacy policy").
    """
    body_words = text_words[:_BODY]
    thousands = max(len(body_words), 60) / 1000
    body = _folded(body_words)
    count = (vocabulary or Vocabulary(body_words)).count
    names = {topic: _phrases(f"{topic}_names", language) for topic in TOPICS}
    out: dict[str, float] = {}
    for place, part in (("title", _folded(words(title or ""))), ("head", _folded(text_words[:_HEAD]))):
        out |= _named(place, part, names)
    for topic in TOPICS:
        counts = [count(p, body) for p in _phrases(f"{topic}_topics", language)]
        out[f"{topic}_density"] = min(math.log1p(sum(counts) / thousands), 5.0)
        out[f"{topic}_breadth"] = math.sqrt(sum(n > 0 for n in counts) / max(10, len(counts)))
    out["privacy_over_terms"] = out["privacy_density"] - out["terms_density"]
    out["cookie_over_privacy"] = out["cookie_density"] - out["privacy_density"]
    for topic in ("privacy", "terms"):
        out[f"{topic}_names_density"] = math.log1p(sum(count(p, body) for p in names[topic]) / thousands)
    itself = sum(count(p, body) for p in _phrases("privacy_self", language))
    out["privacy_self_density"] = math.log1p(itself / thousands)
    out["length"] = min(max(math.log1p(len(text_words)), 5.0), 9.0)  # policies of 1998 have ten lines
    long_lines = sum(len(line) for line in text.split("\n") if len(line) > 80)
    out["running_text"] = long_lines / max(1, len(text))
    return out


@lru_cache(4096)  # consecutive captures have the same titles, and many policies
def named_in(title: str, language: str | None) -> frozenset[str]:
    """The topics of the documents that a title or heading names; "privacy and cookies" names a privacy policy alone.

    >>> sorted(named_in("Terms of Use and Privacy Policy", "en"))
    ['privacy', 'terms']
    """
    found = _named("", _folded(words(title)), {topic: _phrases(f"{topic}_names", language) for topic in TOPICS})
    named = {topic for topic in TOPICS if found[f"{topic}_in_"]}
    return frozenset(named - {"cookie"} if "privacy" in named else named)


def _named(place: str, part: str, names: dict[str, list[str]]) -> dict[str, float]:
    """What a title or a head names; "privacy and cookies" names a privacy policy alone."""
    rest = part
    for name in names["privacy"]:
        rest = rest.replace(name, " ")
    privacy = float(rest != part)
    cookie, terms = (float(any(n in rest for n in names[topic])) for topic in ("cookie", "terms"))
    first = {t: min((part.find(n) for n in names[t] if n in part), default=math.inf) for t in TOPICS}
    return {
        f"privacy_in_{place}": privacy,
        f"cookie_in_{place}": cookie,
        f"terms_in_{place}": terms,
        f"only_privacy_in_{place}": privacy * (1 - terms) * (1 - cookie),
        f"privacy_first_in_{place}": float(privacy and first["privacy"] <= min(first["terms"], first["cookie"])),
    }


def _no_document(
    title: str | None, text_words: list[str], score: float, host: str, has_password_field: bool, challenged: bool
) -> Kind | None:
    """The kind of a page that is no document; ``None`` for others."""
    if challenged and len(text_words) < _BY_WORDS:
        return Kind.BLOCKED
    if _is_parked(title, text_words, host):
        return Kind.PARKED
    stub = len(text_words) < _STUB
    if score >= threshold() and not stub:
        return None
    no_policy = score < _PERHAPS_POLICY or (stub and _says(Kind.LOGIN, _folded(text_words)))
    return _page_kind(title, text_words, has_password_field and no_policy)


def _is_parked(title: str | None, text_words: list[str], host: str) -> bool:
    """True if a title or the first words are of who sells or parks the domain, and this is not that company's host."""
    part = _folded(words(title or "")) + _folded(text_words[:_OPENING])
    return any(phrase in part and phrase.split()[0] not in host for phrase in _page_phrases()["parking"])


def _is_too_little(text_words: list[str], linked: float) -> bool:
    """True if a text is no policy whatever it speaks of: too few words, or a list of links."""
    # A word of a script without spaces has two characters or so, each of which counts as a word.
    characters = sum(len(word) == 1 and word >= "\u0e00" for word in text_words[: 2 * LEAST_WORDS])
    return len(text_words) - characters / 2 < LEAST_WORDS or linked >= _LINKS


def _is_spam(page: str, vocabulary: Vocabulary, language: str | None) -> bool:
    """True if a page, folded, speaks more of what spam sells than of personal data."""
    spam = sum(vocabulary.count(phrase, page) for phrase in _page_phrases()["spam"])
    return spam >= _SPAM and spam >= sum(vocabulary.count(p, page) for p in _phrases("privacy_topics", language))


def _page_kind(title: str | None, text_words: list[str], asks_password: bool) -> Kind | None:
    """Blocked, parked, soft 404 or login, by the title, the first words or all of few words; ``None`` for others."""
    name = _folded(words(title or ""))
    if name.rstrip() in _page_phrases()["archives_titles"]:
        return Kind.BLOCKED
    if len(text_words) > _BY_NAME:
        return None
    head = name + _folded(text_words[:_HEAD])
    few = len(text_words) <= _BY_WORDS
    whole = name + _folded(text_words) if few else name
    for kind, part in ((Kind.BLOCKED, whole), (Kind.PARKED, whole), (Kind.SOFT_404, head)):
        if _says(kind, part):
            return kind
    return Kind.LOGIN if _says(Kind.LOGIN, name) or (asks_password and few) else None


def _says(kind: Kind, folded: str) -> bool:
    """True if a part of a page has a phrase of pages of that kind."""
    return any(phrase in folded for phrase in _page_phrases()[kind])


def speaks_of_privacy(text: str, language: str | None) -> bool:
    """True if a text, whatever its title, speaks clearly more of personal data than of contracts.

    So do all but one of 240 policies from their 150th word on, and three of 127 terms.
    """
    return features(None, text, words(text), language)["privacy_over_terms"] >= _CLEARLY_MORE


def chances_of(values: dict[str, float], model: Model) -> dict[Kind, float]:
    """The probability of each kind by a model, for a page with these features."""
    scores = {
        Kind(kind): row["intercept"] + sum(weight * values[name] for name, weight in row["weights"].items())
        for kind, row in model["kinds"].items()
    }
    top = max(scores.values())
    powers = {kind: math.exp(score - top) for kind, score in scores.items()}
    return {kind: power / sum(powers.values()) for kind, power in powers.items()}


def _folded(some_words: list[str]) -> str:
    if max(map(len, some_words), default=0) > _LONGEST_WORD:
        some_words = [word[:_LONGEST_WORD] for word in some_words]
    return f" {' '.join(some_words)} "


def threshold() -> float:
    """The ``policy_score`` from which on a page counts as a privacy policy."""
    return _model()["threshold"]


@cache
def _model() -> Model:
    found: Model = json.loads((files("pipelines.page") / "data" / "judgement.json").read_text("utf-8"))
    return found


@cache
def _table() -> WordTable:
    return read_word_table("pipelines.page", "document_phrases.toml", sections=_GROUPS)


@cache  # one entry per group and language
def _phrases(group: str, language: str | None) -> list[str]:
    """A group's phrases in a language and in English (in all if it is unknown), the longest first."""
    by_language = _table()[group]
    known = language is not None and language in _table()["privacy_topics"]
    wanted = ("any", "en", language or "") if known else tuple(by_language)
    phrases = {_begun(phrase) for code in wanted for phrase in by_language.get(code, ())}
    return sorted(phrases, key=lambda p: (-len(p), p))


@cache
def _page_phrases() -> dict[str, list[str]]:
    sections = (*_NO_DOCUMENTS, "archives_titles", "parking", "spam")
    table = read_word_table("pipelines.page", "page_kinds.toml", sections=sections)
    return {kind: [_begun(phrase) for phrase in all_words(lists)] for kind, lists in table.items()}


def _begun(phrase: str) -> str:
    """A phrase as it begins in a folded text."""
    return f" {' '.join(words(phrase))}"
