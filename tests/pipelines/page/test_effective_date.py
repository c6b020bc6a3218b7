"""The date a text gives for itself, in many languages; never a guess."""
# ruff: noqa: E501 (a case is a line)

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
        ("hi", "अंतिम अद्यतन: १५ मार्च २०२३", "2023-03-15"),
        ("hi", "यह नीति 1 अप्रैल 2021 से प्रभावी है", "2021-04-01"),
        ("mr", "शेवटचे अद्यतन: १५ मार्च २०२३", "2023-03-15"),
        ("bn", "সর্বশেষ হালনাগাদ: ১৫ মার্চ ২০২৩", "2023-03-15"),
        ("ta", "கடைசி புதுப்பிப்பு: மார்ச் 15, 2023", "2023-03-15"),
        ("te", "చివరిగా నవీకరించబడింది: 15 మార్చి 2023", "2023-03-15"),
        ("ur", "آخری تازہ کاری: ۱۵ مارچ ۲۰۲۳", "2023-03-15"),
        ("fa", "آخرین به‌روزرسانی: ۲۴ اسفند ۱۴۰۱", "2023-03-15"),
        ("fa", "تاریخ آخرین به‌روزرسانی: 1401/12/24", "2023-03-15"),
        ("th", "แก้ไขครั้งล่าสุดเมื่อวันที่ 15 มีนาคม พ.ศ. 2566", "2023-03-15"),
        ("th", "ประกาศ ณ วันที่ 1 มิ.ย. 2565", "2022-06-01"),
        ("th", "อัปเดตล่าสุด: 15/03/2566", "2023-03-15"),
        ("ms", "Tarikh kuat kuasa: 1 April 2021", "2021-04-01"),
        ("tl", "Huling binago noong ika-15 ng Marso 2023", "2023-03-15"),
        ("sw", "Imesasishwa tarehe 15 Machi 2023", "2023-03-15"),
        ("af", "Van krag vanaf 1 April 2021", "2021-04-01"),
        ("az", "Son yenilənmə: 15 mart 2023", "2023-03-15"),
        ("kk", "Соңғы жаңартылған күні: 2023 жылғы 15 наурыз", "2023-03-15"),
        ("mn", "Сүүлд шинэчилсэн: 2023 оны 3 сарын 15", "2023-03-15"),
        ("ka", "ძალაშია 2021 წლის 1 აპრილიდან", "2021-04-01"),
        ("hy", "Ուժի մեջ է 2021 թվականի ապրիլի 1-ից", "2021-04-01"),
        ("ar", "آخر تحديث: 15 آذار 2023", "2023-03-15"),
        ("ar", "آخر تحديث: 15 مارس، 2023م", "2023-03-15"),
        ("he", "תאריך כניסה לתוקף: 1 באפריל 2021", "2021-04-01"),
        ("tr", "15 Mart 2023 tarihinde güncellenmiştir.", "2023-03-15"),
        ("zh", "本政策於民國110年4月1日起生效", "2021-04-01"),
        ("zh", "更新日期：112年3月15日", "2023-03-15"),
        ("zh", "生效日期：二〇二一年四月一日", "2021-04-01"),
        ("sr", "Poslednje ažuriranje: 15. avgusta 2022.", "2022-08-15"),
        ("sr", "Ступа на снагу 1. априла 2021. године", "2021-04-01"),
        ("bs", "Vrijedi od 1. jula 2021.", "2021-07-01"),
        ("mk", "Стапува на сила на 1 април 2021 година", "2021-04-01"),
        ("sq", "Hyn në fuqi më 1 prill 2021", "2021-04-01"),
        ("sl", "Veljavno od 1. julija 2021 dalje", "2021-07-01"),
        ("is", "Síðast uppfært: 15. mars 2023", "2023-03-15"),
        ("et", "Kehtib alates 1. aprillist 2021", "2021-04-01"),
        ("lv", "Pēdējo reizi atjaunināts: 2023. gada 15. martā", "2023-03-15"),
        ("lt", "Galioja nuo 2021 m. balandžio 1 d.", "2021-04-01"),
        ("fi", "Voimassa 1.4.2021 alkaen", "2021-04-01"),
        ("eu", "Azken eguneraketa: 2023ko martxoaren 15a", "2023-03-15"),
        ("gl", "En vigor desde o 1 de abril de 2021", "2021-04-01"),
        ("cy", "Adolygwyd ddiwethaf: Awst 2022", "2022-08-01"),
        ("ga", "I bhfeidhm ó 1 Aibreán 2021", "2021-04-01"),
        ("mt", "L-aħħar aġġornament: 15 ta' Marzu 2023", "2023-03-15"),
        ("ro", "În vigoare din 1 aprilie 2021", "2021-04-01"),
        ("cs", "Platné od 1.7.2021", "2021-07-01"),
        ("it", "In vigore dal 1° aprile 2021", "2021-04-01"),
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


@pytest.mark.parametrize(
    ("language", "law", "document"),
    [
        ("fr", "Le RGPD est entré en vigueur le 25 mai 2018.", "La présente charte, fondée sur le RGPD, entre en vigueur le 1er mai 2020."),
        ("es", "La Ley 3/2018 entró en vigor el 7 de diciembre de 2018.", "Esta política, conforme a la ley, entró en vigor el 1 de mayo de 2020."),
        ("ru", "Закон о данных вступил в силу с 1 июля 2011 года.", "Настоящая Политика, согласно закону, вступает в силу с 1 мая 2020 года."),
        ("pl", "Ustawa wchodzi w życie z dniem 25 maja 2018 r.", "Polityka, zgodnie z ustawą, obowiązuje od 1 maja 2020 r."),
        ("cs", "Nařízení nabývá účinnosti dnem 25. 5. 2018.", "Tyto zásady podle nařízení nabývají účinnosti dnem 1. 5. 2020."),
        ("tr", "Kanun 7 Nisan 2016 tarihinde yürürlüğe girmiştir.", "Kanun uyarınca bu politika 1 Mayıs 2020 tarihinde yürürlüğe girmiştir."),
        ("sv", "Lagen träder i kraft den 25 maj 2018.", "Denna policy, enligt lagen, träder i kraft den 1 maj 2020."),
        ("hr", "Zakon stupa na snagu 25. svibnja 2018.", "Ova pravila, u skladu sa zakonom, stupaju na snagu 1. svibnja 2020."),
    ],
)  # fmt: skip
def test_a_law_s_date_is_told_from_the_document_s_in_other_languages(language, law, document):
    assert effective_date(law, language) is None
    assert effective_date(f"{law}\n\n{document}", language) == date(2020, 5, 1)


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
