import re

import pytest

from crawler.discovery.phrases import mentions, read
from crawler.discovery.vocabulary import KINDS, fold, languages, stems, trie


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Datenschutz\u00aderklärung & Impressum", "datenschutzerklarung impressum"),
        ("  Politique de\tconfidentialité ", "politique de confidentialite"),
        ("privacy_policy-v2.html", "privacy policy v2 html"),
        ("GİZLİLİK / gizlilik", "gizlilik gizlilik"),
        ("ﾌﾟﾗｲﾊﾞｼｰ", fold("プライバシー")),
        ("حریم\u200cخصوصی", fold("حریمخصوصی")),
        ("Απορρήτου", fold("ΑΠΟΡΡΗΤΟΥ")),
        ("", ""),
    ],
)
def test_folding_takes_away_case_accents_and_separators(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


def test_a_trie_matches_its_words_and_no_others() -> None:
    words = ["privacy", "privat", "priva", "data.?protection", "x[0-9]"]
    pattern = re.compile(trie(words))
    for text in ("privacy", "privat", "priva", "data protection", "dataprotection", "x7"):
        assert pattern.fullmatch(text), text
    for text in ("priv", "privatc", "data", "x", ""):
        assert not pattern.fullmatch(text), text


@pytest.mark.parametrize("language", languages())
def test_each_stem_of_the_table_is_found_where_it_stands_alone(language: str) -> None:
    for words in languages()[language].values():
        for stem in words:
            assert mentions(fold(stem)), stem
            assert read(fold(stem)).kind is not None, stem


def test_no_stem_is_empty_or_too_short_to_mean_anything() -> None:
    assert all(len(stem) >= (2 if not stem.isascii() else 4) for stem in stems(*KINDS))


def test_the_strongest_word_gives_the_kind() -> None:
    assert read(fold("Legal notice, cookies and privacy")).kind == "policy"
    assert read(fold("Legal notice and cookies")).kind == "cookie"
    assert read(fold("Terms of use")).kind is None
