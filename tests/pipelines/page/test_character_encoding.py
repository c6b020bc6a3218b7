"""Bytes to characters: the encodings of three decades, declared rightly, wrongly or not at all, and mojibake."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.page.character_encoding import decode
from pipelines.page.encodings import encoding_of
from pipelines.page.mojibake import repair_mojibake


@given(st.text(max_size=200))
@settings(max_examples=150)
def test_whatever_the_text_utf8_is_read_back_unchanged_but_for_nul_and_mojibake(text):
    decoded = decode(text.encode("utf-8", "ignore"), "text/html; charset=utf-8")
    plain = text.encode("utf-8", "ignore").decode()
    if not plain.startswith("\ufeff") and repair_mojibake(plain) is None and "\0" not in plain:
        assert decoded.text == plain


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_whatever_the_bytes_decoding_gives_text_in_an_encoding_browsers_know(body):
    decoded = decode(body)
    assert encoding_of(decoded.charset) == decoded.charset
    assert "\0" not in decoded.text


TEXTS = {
    "windows-1252": "Nous protégeons votre vie privée – « toujours ». Les données sont gardées à l’étranger.",
    "windows-1250": "Zásady ochrany osobních údajů: údaje uchováváme po dobu nezbytně nutnou, Žluťoučký kůň.",
    "iso-8859-2": "Polityka prywatności: przetwarzamy Państwa dane osobowe Zażółć gęślą jaźń.",
    "windows-1251": "Политика конфиденциальности. Мы собираем персональные данные посетителей сайта.",
    "koi8-r": "Политика конфиденциальности. Мы собираем персональные данные посетителей сайта.",
    "windows-1253": "Πολιτική απορρήτου. Συλλέγουμε τα προσωπικά σας δεδομένα στον ιστότοπο.",
    "windows-1254": "Gizlilik politikası. Kişisel verilerinizi siteyi ziyaret ettiğinizde topluyoruz, şöyle.",
    "windows-1255": "מדיניות פרטיות. אנו אוספים את המידע האישי שלך כאשר אתה מבקר באתר שלנו.",
    "windows-1256": "سياسة الخصوصية. نحن نجمع بياناتك الشخصية عند زيارة موقعنا على الانترنت.",
    "shift_jis": "プライバシーポリシー。当社はお客様の個人情報を収集し、適切に管理します。",
    "euc-jp": "プライバシーポリシー。当社はお客様の個人情報を収集し、適切に管理します。",
    "gbk": "隐私政策。我们在您注册时收集您的个人信息，并且妥善保管。",
    "big5": "隱私權政策。我們在您註冊時收集您的個人資料，並且妥善保管。",
    "euc-kr": "개인정보 처리방침. 당사는 회원가입 시 개인정보를 수집하고 안전하게 보관합니다.",
    "utf-8": "Datenschutzerklärung – 隐私政策 – Политика – سياسة",
}
CODECS = {"gbk": "gb18030", "windows-1252": "cp1252"}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("place", ["header", "meta"])
def test_each_legacy_encoding_is_read_as_declared(name, place):
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={name.upper()}">' if place == "meta" else ""
    body = f"<html>{meta}<p>{TEXTS[name]}</p>".encode(CODECS.get(name, name))
    decoded = decode(body, f"text/html;charset={name}" if place == "header" else "text/html")
    assert TEXTS[name] in decoded.text
    assert decoded.charset == name


@pytest.mark.parametrize("name", TEXTS)
def test_each_legacy_encoding_is_detected_where_none_is_declared(name):
    body = f"<html><title>x</title><p>{' '.join([TEXTS[name]] * 3)}</p>".encode(CODECS.get(name, name))
    assert TEXTS[name] in decode(body, "text/html").text


@pytest.mark.parametrize(
    ("label", "name"),
    [("ISO-8859-1", "windows-1252"), ("x-sjis", "shift_jis"), ("ks_c_5601-1987", "euc-kr"), ("gb2312", "gbk"),
     ("'utf8'", "utf-8"), ("iso-8859-9", "windows-1254"), ("x-klingon", None), (None, None)],
)  # fmt: skip
def test_labels_mean_what_they_mean_to_browsers(label, name):
    assert encoding_of(label) == name


def test_a_byte_order_mark_goes_before_the_header():
    assert decode(b"\xef\xbb\xbfcaf\xc3\xa9", "text/html; charset=windows-1251").text == "café"
    assert decode("\ufeffcafé".encode("utf-16-le"), "text/html; charset=utf-8").text == "café"


def test_the_header_goes_before_the_meta():
    body = '<meta charset="windows-1251">Ünïon é à ç'.encode("cp1252")
    assert "Ünïon é à ç" in decode(body, "text/html; charset=iso-8859-15").text


def test_a_servers_default_of_latin_1_over_a_russian_page_is_not_believed():
    body = f'<meta charset="windows-1251">{TEXTS["windows-1251"]}'.encode("cp1251")
    assert TEXTS["windows-1251"] in decode(body, "text/html; charset=ISO-8859-1").text


def test_utf8_declared_as_latin_1_is_read_as_utf8_and_the_row_says_so():
    decoded = decode(TEXTS["windows-1252"].encode(), "text/html; charset=ISO-8859-1")
    assert decoded.text == TEXTS["windows-1252"]
    assert decoded.note == "declared windows-1252, is utf-8"


def test_one_stray_byte_does_not_unmake_utf8():
    body = ("é à ü " * 50).encode() + b"\xe9" + ("é à ü " * 50).encode()
    assert decode(body, "text/html; charset=utf-8").text.count("é") == 100


@pytest.mark.parametrize("meta", ["", '<meta charset="utf-8">'])
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8"])
def test_three_stray_bytes_do_not_unmake_the_utf8_that_a_page_declares(meta, header):
    body = meta.encode() + "Müller, Søren, Zoë and Renée".encode() + b" \x93write\x94 to caf\xe9"
    decoded = decode(body, header)
    declares = bool(meta) or "utf-8" in header
    assert (decoded.charset == "utf-8") == declares
    assert ("Müller, Søren, Zoë and Renée" in decoded.text) == declares


def test_utf8_that_is_declared_of_a_page_in_another_encoding_is_not_believed():
    for name, text in TEXTS.items():
        body = f"<p>{' '.join([text] * 3)}</p>".encode(CODECS.get(name, name))
        assert text in decode(body, "text/html; charset=utf-8").text


def test_utf16_without_a_mark_is_seen_by_its_nuls():
    assert decode("<p>We collect data.</p>".encode("utf-16-le")).text == "<p>We collect data.</p>"


@pytest.mark.parametrize("name", ["windows-1252", "windows-1251", "windows-1253", "gbk", "utf-8"])
def test_double_encoded_text_is_repaired(name):
    right = TEXTS[name]
    wrong = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in right.encode())
    decoded = decode(wrong.encode(), "text/html; charset=utf-8")
    assert decoded.text == right
    assert decoded.note == "double-encoded characters repaired"


@pytest.mark.parametrize("right", [*TEXTS.values(), "don’t", "É", "sieć", "Straße"])
def test_text_that_php_encoded_once_more_is_repaired(right):
    wrong = right.encode().decode("latin-1")
    assert decode(wrong.encode()).text == right
    assert decode(wrong.encode().decode("latin-1").encode()).text == right


@pytest.mark.parametrize(
    "text",
    [
        "CAFÉ” IN PARIS",
        "Großer Spaß“ sagt er",
        "Ã is a letter",
        "São Paulo, às 9h",
        "naïve façade",
        "Ä€ in Latvian? no: Ä, €",
    ],
)
def test_text_that_only_looks_odd_is_left_alone(text):
    assert repair_mojibake(text) is None
