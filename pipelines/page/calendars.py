"""Digits and calendars of the world: the dates of a text as they are looked for, in ASCII's digits and Gregorian years.

The Solar Hijri calendar of Iran is reckoned by its cycle of 33 years, which is right for 1964 to 2093.
"""

from __future__ import annotations

import re
from datetime import date

from pipelines.word_tables import any_of

_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_HAN_DIGITS = "〇一二三四五六七八九"
_HAN_NUMBER = re.compile(rf"[零○十{_HAN_DIGITS}]+(?=\s?[年月日])")
#: The year before the first of each era of Japan, and of the Republic of China.
_BEFORE_ERA = {"昭和": 1925, "平成": 1988, "令和": 2018, "民國": 1911, "民国": 1911}
_ERA = re.compile(rf"({any_of(_BEFORE_ERA)})\s?(\d{{1,3}}|元)\s?年")
#: Taiwan writes years of the Republic also without its name: "112年3月15日".
_TAIWAN = re.compile(r"(?<!\d)1[0-2]\d\s?年(?=\s?\d\d?\s?月)")
#: Years of the Buddhist era of Thailand, which is 543 ahead, from 1987 on: "พ.ศ.2565", and no part of another number.
_BUDDHIST = re.compile(r"25(?<!\d25)(?<!\d[.,]25)[3-9]\d(?!\d)")
_SOLAR_MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_SOLAR = re.compile(
    r"(?<!\d)(?P<y>1[34]\d\d)\s?[-./]\s?(?P<m>\d\d?)\s?[-./]\s?(?P<d>\d\d?)(?!\d)"
    rf"|(?<!\d)(?P<day>\d\d?)\s(?P<name>{any_of(_SOLAR_MONTHS)})(?:\sماه)?،?\s(?P<year>1[34]\d\d)(?!\d)"
)


def as_ours(text: str, language: str | None) -> str:
    """The text with ASCII's digits, and with the years or dates of other calendars as those of ours.

    >>> as_ours("令和元年５月１日", "ja")
    '2019年5月1日'
    """
    if not text.isascii():
        text = _OTHER_DIGIT.sub(lambda found: str(int(found[0])), text)
        if "年" in text:
            text = _ERA.sub(_year_of_era, _HAN_NUMBER.sub(_number, text))
            text = _TAIWAN.sub(lambda found: f"{int(found[0].rstrip('年')) + 1911}年", text)
    if language == "fa":
        text = _SOLAR.sub(_of_solar, text)
    return _BUDDHIST.sub(lambda found: str(int(found[0]) - 543), text)


def _number(found: re.Match[str]) -> str:
    """``二〇一九`` is 2019, ``二十一`` 21."""
    digits = found[0].replace("零", "〇").replace("○", "〇")
    tens, ten, ones = digits.partition("十")
    if not ten:
        return "".join(str(_HAN_DIGITS.index(digit)) for digit in digits)
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return found[0]
    return str(10 * _HAN_DIGITS.index(tens or "一") + _HAN_DIGITS.index(ones or "〇"))


def _year_of_era(found: re.Match[str]) -> str:
    return f"{_BEFORE_ERA[found[1]] + (1 if found[2] == '元' else int(found[2]))}年"


def _of_solar(found: re.Match[str]) -> str:
    """A date of the Solar Hijri calendar as ISO 8601 has it; unchanged if there is no such day."""
    year, day = int(found["y"] or found["year"]), int(found["d"] or found["day"])
    month = int(found["m"]) if found["m"] else _SOLAR_MONTHS.index(found["name"]) + 1
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return found[0]
    of_year = 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day
    return date.fromordinal(_days_before(year) + of_year).isoformat()


def _days_before(year: int) -> int:
    """The day before a year of the Solar Hijri calendar, as ``date.toordinal`` counts days."""
    since = year - 1403  # which began on 20 March 2024, and was a leap year
    leap_years = (8 * year + 21) // 33 - (8 * 1403 + 21) // 33
    return date(2024, 3, 19).toordinal() + 365 * since + leap_years
