"""The language of a text, by py3langid, whose model is in its wheel."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipelines.word_tables import WordTable, any_of, read_word_table

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: A text is judged by this many samples of this many characters, evenly spread. So a page that begins with a list of
#: languages, or quotes a law of another country, is in the language of most of it.
_SAMPLES = 3
_SAMPLE = 200
#: A text of fewer letters is not judged. A character of Chinese counts as three letters.
_LETTERS = 20
#: The share of all samples' certainty that the best language must have.
_MAJORITY = 0.5


def language_of(text: str) -> tuple[str | None, float | None]:
    """ISO 639-1 code and certainty (0 to 1) of a text's main language; both ``None`` if it is uncertain."""
    votes: dict[tuple[str, ...], float] = defaultdict(float)
    samples = _samples(_on_one_line(text))
    for sample in samples:
        near, certainty = _classified(sample)
        if near != ("zxx",):  # ISO 639-2: no linguistic content
            votes[near] += certainty
    if not votes:
        return None, None
    near = max(votes, key=votes.__getitem__)
    share = votes[near] / len(samples)
    best = near[0] if len(near) == 1 else _of_near(text, samples, near)
    return (best, round(share, 4)) if share >= _MAJORITY and len(best) == 2 else (None, None)


def _on_one_line(text: str) -> str:
    """The text with its white space collapsed. Most lines of a document have single spaces as they are."""
    line = " ".join(filter(None, map(str.strip, text.split("\n"))))
    return " ".join(line.split()) if "  " in line else line


def _of_near(text: str, samples: list[str], near: tuple[str, ...]) -> str:
    """The language of a text among near ones: that with most words of its own, or else the model's."""
    likely = [*map(chances, samples)]
    return max(near, key=lambda one: (len(_own_words(one).findall(text)), sum(certainty[one] for certainty in likely)))


@lru_cache(maxsize=1024)  # consecutive captures have the same text
def _classified(sample: str) -> tuple[tuple[str, ...], float]:
    """The language of a sample, with those that are near it, and the certainty that it is one of these."""
    language, certainty = _identifier().classify(sample)
    near = next((tuple(group) for group in _near_languages().values() if language in group), (language,))
    return near, certainty if len(near) == 1 else sum(map(chances(sample).__getitem__, near))


@cache
def _near_languages() -> WordTable:
    return read_word_table("pipelines.page", "near_languages.toml")


@cache  # one entry per language of the table
def _own_words(language: str) -> re.Pattern[str]:
    words = next(group[language] for group in _near_languages().values() if language in group)
    return re.compile(rf"\b(?:{any_of(words)})", re.I)


def chances(text: str) -> dict[str, float]:
    """The probability of each language by ISO 639-1 code, however short the text."""
    return dict(_identifier().rank(text))


def _samples(text: str) -> list[str]:
    letters = sum(c.isalpha() * (3 if c >= "\u3000" else 1) for c in text[:_SAMPLE])
    if letters < _LETTERS:
        return []
    if len(text) <= 2 * _SAMPLE:
        return [text]
    step = (len(text) - _SAMPLE) // (_SAMPLES - 1)
    return [text[i * step : i * step + _SAMPLE] for i in range(_SAMPLES)]


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # loads 4.5 MB: once per process, when needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
