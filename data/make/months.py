"""Makes ``pipelines/page/data/months.json``: the names of the months in each language whose dates we read.

    python data/make/months.py

They come from the Unicode CLDR, by Babel (the extra ``test`` installs it); ``more_months.toml`` adds what the CLDR does
not have. A test compares the file with what this script makes.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from pathlib import Path

from babel import localedata

from pipelines.word_tables import read_word_table

HERE = Path(__file__).parent
MONTHS = HERE.parents[1] / "pipelines" / "page" / "data" / "months.json"
ABOUT = "Made by data/make/months.py: per language, the names of the twelve months (Unicode CLDR, lower case)."
#: Languages that write months as numbers.
NUMBERED = {"ja", "zh", "ko"}
#: Languages that the CLDR has under another code.
CLDR_CODES = {"tl": "fil"}
#: An abbreviation of fewer letters is also some other word.
SHORTEST = 3


def names_of_months(language: str, more: dict[str, list[str]]) -> list[list[str]]:
    """Twelve lists of names: in full and abbreviated, as they stand in a date and as they stand alone.

    Only what the language itself has, nothing inherited: Babel keeps what it resolves for one language in the data
    that all share, so after Hebrew, which has no names that stand alone, other languages inherit the Hebrew ones.
    """
    by_context = localedata.load(CLDR_CODES.get(language, language), merge_inherited=False)["months"]
    months: list[list[str]] = [[] for _ in range(12)]
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in by_context.get(context, {}).get(width, {}).items():
                plain = unicodedata.normalize("NFC", name.lower()).rstrip(".")
                if width == "wide" or len(plain) >= SHORTEST:
                    months[number - 1].append(plain)
    return [list(dict.fromkeys([*names, *more.get(str(number), ())])) for number, names in enumerate(months, 1)]


def made() -> str:
    """The text of the file."""
    languages = read_word_table("pipelines.page", "effective_date.toml")["updated"].keys() - NUMBERED
    more = tomllib.loads((HERE / "more_months.toml").read_text("utf-8"))
    lines = [
        f"  {json.dumps(language)}: {json.dumps(names_of_months(language, more.get(language, {})), ensure_ascii=False)}"
        for language in sorted(languages)
    ]
    return f'{{\n "about": {json.dumps(ABOUT)},\n "months": {{\n' + ",\n".join(lines) + "\n }\n}\n"


if __name__ == "__main__":
    MONTHS.write_text(made(), "utf-8")
