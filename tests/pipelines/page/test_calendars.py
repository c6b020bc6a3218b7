"""Digits and calendars of the world, as ours."""

from datetime import date

import pytest

from pipelines.page.calendars import as_ours


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", "٢٠٢٣", "2023"),
        ("fa", "۲۰۲۳", "2023"),
        ("hi", "१५ मार्च २०२३", "15 मार्च 2023"),
        ("bn", "১৫/০৩/২০২৩", "15/03/2023"),
        ("th", "๑๕ มีนาคม ๒๕๖๖", "15 มีนาคม 2023"),
        ("th", "1 มิ.ย. พ.ศ. 2565", "1 มิ.ย. พ.ศ. 2022"),
        ("th", "1 มกราคม พ.ศ.2565, 15.06.2565", "1 มกราคม พ.ศ.2022, 15.06.2565"),
        ("en", "1,2565 or 12565 or 25650", "1,2565 or 12565 or 25650"),
        ("ja", "２０１２年４月１日", "2012年4月1日"),
        ("ja", "平成元年１月８日", "1989年1月8日"),
        ("ja", "令和 3年4月1日", "2021年4月1日"),
        ("zh", "二〇二一年十二月二十一日", "2021年12月21日"),
        ("zh", "二零一九年十月三十日", "2019年10月30日"),
        ("zh", "民國110年4月1日", "2021年4月1日"),
        ("zh", "112年3月15日", "2023年3月15日"),
        ("zh", "保存10年, 满112年", "保存10年, 满112年"),
        ("fa", "۱۴۰۱/۱۲/۲۴", "2023-03-15"),
        ("fa", "1 فروردین 1403", "2024-03-20"),
        ("fa", "۳۰ اسفند ماه ۱۴۰۳", "2025-03-20"),
        ("fa", "1401/13/01", "1401/13/01"),
        ("en", "1401/12/24", "1401/12/24"),
        ("en", "Effective May 1, 2012", "Effective May 1, 2012"),
    ],
)
def test_digits_and_years_become_ours(language: str, text: str, expected: str) -> None:
    assert as_ours(text, language) == expected


@pytest.mark.parametrize(
    ("solar", "first"),
    [(1370, "1991-03-21"), (1375, "1996-03-20"), (1376, "1997-03-21"), (1400, "2021-03-21"), (1404, "2025-03-21")],
)
def test_the_years_of_iran_begin_in_spring(solar: int, first: str) -> None:
    assert date.fromisoformat(as_ours(f"{solar}/01/01", "fa")) == date.fromisoformat(first)
