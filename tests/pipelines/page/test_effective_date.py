"""The date a text gives for itself, in many languages; never a guess."""

from datetime import date

import pytest

from pipelines.page.effective_date import effective_date


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Privacy Policy\n\nLast updated: April 10, 2012\n\nWe respect you.", "2012-04-10"),
        ("en", "Effective as of the 1st of May, 2009", "2009-05-01"),
        ("en", "This policy was last modified on 2 Sept. 2010.", "2010-09-02"),
        ("en", "Terms of ServiceLast Modified: 2019-09-23", "2019-09-23"),
        ("en", "Last Updated\n\nMay 3, 2016", "2016-05-03"),
        ("en", "Effective: 04/10/2012", "2012-04-10"),
        ("en", "Effective: 24/10/2012", "2012-10-24"),
        ("en", "Revised June 2008", "2008-06-01"),
        ("en", "Latest update: May 25, 2018", "2018-05-25"),
        ("de", "Stand: 25.05.2018", "2018-05-25"),
        ("de", "Diese Erklärung ist gültig ab 3. März 2011.", "2011-03-03"),
        ("fr", "En vigueur au 1er janvier 2020", "2020-01-01"),
        ("fr", "Dernière mise à jour : 14/07/2019", "2019-07-14"),
        ("es", "Última actualización: 3 de marzo de 2019", "2019-03-03"),
        ("it", "Ultimo aggiornamento: 12 novembre 2021", "2021-11-12"),
        ("pt", "Última atualização: 05/03/2020", "2020-03-05"),
        ("nl", "Laatst bijgewerkt op 1 mei 2018", "2018-05-01"),
        ("pl", "Ostatnia aktualizacja: 24 maja 2018 r.", "2018-05-24"),
        ("ru", "Дата вступления в силу: 1 сентября 2017 г.", "2017-09-01"),
        ("sv", "Senast uppdaterad den 2 juni 2018", "2018-06-02"),
        ("cs", "Účinnost od 1. 6. 2018", "2018-06-01"),
        ("hu", "Hatályos: 2018. május 25.", "2018-05-25"),
        ("tr", "Son güncelleme tarihi: 10 Ekim 2019", "2019-10-10"),
        ("el", "Τελευταία ενημέρωση: 25 Μαΐου 2018", "2018-05-25"),
        ("el", "Τελευταία ενημέρωση: Ιανουάριος 2018", "2018-01-01"),
        ("tr", "Son güncelleme: 3 EKİM 2018", "2018-10-03"),
        ("tr", "Son güncelleme: 3 KASIM 2018", "2018-11-03"),
        ("hi", "प्रभावी 3 मई 2018", "2018-05-03"),
        ("fa", "تاریخ اجرا 3 مه 2018", "2018-05-03"),
        ("vi", "Cập nhật lần cuối: 10 thg 4, 2012", "2012-04-10"),
        ("ja", "2005年4月1日 制定\n2018年5月25日 改定", "2018-05-25"),
        ("zh", "更新日期：2020年03月01日", "2020-03-01"),
        ("zh", "本政策于2019年1月2日生效。", "2019-01-02"),
        ("ko", "시행일자: 2018년 5월 25일", "2018-05-25"),
        ("ar", "آخر تحديث: 25 مايو 2018", "2018-05-25"),
        ("th", "ปรับปรุงล่าสุด 1 มิถุนายน 2565", "2022-06-01"),
        ("ar", "آخر تحديث: ١٠ أبريل ٢٠١٢", "2012-04-10"),
        ("he", "עודכן לאחרונה: 10 באפריל 2012", "2012-04-10"),
        ("vi", "Cập nhật lần cuối: 10 tháng 4 năm 2012", "2012-04-10"),
        ("th", "อัปเดตล่าสุดเมื่อ 10 เมษายน 2012", "2012-04-10"),
        ("ja", "平成24年4月10日 制定", "2012-04-10"),
        ("ja", "令和元年5月1日改定", "2019-05-01"),
        ("ja", "２０１２年４月１０日改定", "2012-04-10"),
        ("hu", "Hatályos 2018.05.25-től", "2018-05-25"),
        ("fr", "Date d'effet : 10 avril 2012", "2012-04-10"),
        ("en", "Last Reviewed: 10-Apr-2012", "2012-04-10"),
        ("en", "This policy takes effect on April 10, 2012", "2012-04-10"),
        ("en", "Effective May 25, 2018, this policy replaces all others.", "2018-05-25"),
        (None, "Last updated: April 10, 2012", "2012-04-10"),
        (
            "en",
            "This Privacy Policy applies from January 25, 2023. The previous version applies until then.",
            "2023-01-25",
        ),
        ("en", "Privacy Policy\n\nVersion: June 2025\n\nWe respect you.", "2025-06-01"),
        ("en", "Terms and Conditions\n\nVersion 0.4\n\nDate: January 31, 2020.", "2020-01-31"),
        ("en", "These terms are in force from 2 May 2019.", "2019-05-02"),
        ("de", "Diese Datenschutzhinweise gelten ab dem 1. Juni 2021.", "2021-06-01"),
        ("de", "Version: 09.12.2025", "2025-12-09"),
        ("fr", "La présente politique s’applique à compter du 11/08/2024.", "2024-08-11"),
        ("fr", "La présente politique s'applique à partir du 1er mars 2022.", "2022-03-01"),
        ("fr", "Date d’entrée en vigueur : 10 avril 2012", "2012-04-10"),
        ("es", "Esta política se aplica a partir del 3 de mayo de 2020.", "2020-05-03"),
        ("it", "La presente informativa si applica dal 3 maggio 2020.", "2020-05-03"),
        ("pt", "Versão: junho de 2025", "2025-06-01"),
        ("nl", "Dit beleid geldt vanaf 3 mei 2020.", "2020-05-03"),
        ("pl", "Polityka obowiązująca od 24 maja 2018 r.", "2018-05-24"),
        ("ru", "Политика применяется с 1 сентября 2017 г.", "2017-09-01"),
        ("cs", "Tyto zásady platí od 1. 6. 2018.", "2018-06-01"),
        ("sv", "Policyn tillämpas från den 2 juni 2018.", "2018-06-02"),
        ("da", "Politikken gælder pr. 1. maj 2018.", "2018-05-01"),
        ("ro", "Politica se aplică începând cu 25 mai 2018.", "2018-05-25"),
        ("tr", "Bu metin 25 Mayıs 2018 tarihinde yürürlüğe girmiştir.", "2018-05-25"),
        ("ja", "本ポリシーは2020年4月1日から適用します。", "2020-04-01"),
        ("zh", "本政策自2021年11月1日起施行。", "2021-11-01"),
        ("ko", "본 방침은 2020년 5월 1일부터 적용됩니다.", "2020-05-01"),
        ("vi", "Chính sách này áp dụng từ 10 tháng 4 năm 2012", "2012-04-10"),
        ("id", "Kebijakan ini mulai berlaku 1 Mei 2018", "2018-05-01"),
    ],
)
def test_the_date_beside_a_label_is_found(language, text, expected):
    assert effective_date(text, language) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "© 2019 Acme. All rights reserved.",
        "Copyright updated 2019",
        "We keep your data until May 1, 2010.",
        "The GDPR of 27 April 2016 applies.",
        "Previous version effective May 1, 2010",
        "Last updated: recently",
        "Last updated: 45/45/2012",
        "Effective January 1, 1970",
        "The CCPA is effective as of January 1, 2020.",
        "The California Consumer Privacy Act, effective January 1, 2020, gives you rights.",
        "Effective January 1, 2020, residents of California may ask us what we sell.",
        "The GDPR came into effect on May 25, 2018.",
        "Effective until January 1, 2020",
        "The new prices apply from January 1, 2020.",
        "Our discount for students applies from January 1, 2020.",
        "The California section of this policy is effective January 1, 2023.",
        "Our list of cookies was last updated on January 1, 2023.",
        "The addendum for residents of Nevada applies from October 1, 2021.",
    ],
)
def test_other_dates_are_not_taken(text):
    assert effective_date(text, "en") is None


def test_the_date_of_a_law_does_not_go_before_the_documents_own():
    text = "Last updated: May 25, 2018\n\nThe CCPA is effective as of January 1, 2020."
    assert effective_date(text, "en") == date(2018, 5, 25)


def test_the_newest_of_the_versions_listed_at_the_end_counts():
    body = "We collect your name. " * 200
    text = f"Privacy Policy\n\n{body}\n\nVersions:\nEffective May 1, 2010\nEffective March 3, 2014"
    assert effective_date(text, "en") == date(2014, 3, 3)


def test_the_day_it_takes_effect_goes_before_the_day_it_was_edited():
    assert effective_date("Last updated May 2, 2018. Effective date: May 25, 2018", "en") == date(2018, 5, 25)


def test_no_date_is_later_than_the_capture():
    text = "Last updated: May 1, 2012\n\nEffective date: June 1, 2012"
    assert effective_date(text, "en", not_after=date(2012, 5, 15)) == date(2012, 5, 1)
    assert effective_date(text, "en", not_after=date(2011, 1, 1)) is None


def test_the_hosts_country_decides_how_english_numbers_are_read():
    assert effective_date("Last updated: 04/05/2018", "en", url="http://acme.co.uk/p") == date(2018, 5, 4)
    assert effective_date("Last updated: 04/05/2018", "en", url="http://uk.acme.com/p") == date(2018, 5, 4)
    assert effective_date("Last updated: 04/05/2018", "en", url="http://acme.com/p") == date(2018, 4, 5)


def test_the_date_of_a_part_does_not_go_before_the_documents_own():
    text = "Last updated: May 25, 2018\n\nThe section for residents of California is effective as of January 1, 2020."
    assert effective_date(text, "en") == date(2018, 5, 25)
