"""Languages by the model in py3langid's wheel."""

import pytest

from pipelines.page.language import language_of

SENTENCES = {
    "en": "We collect the personal information that you give us when you register on our website.",
    "de": "Wir erheben personenbezogene Daten, die Sie uns bei der Anmeldung mitteilen, und schützen sie.",
    "fr": "Nous recueillons les informations personnelles que vous nous donnez lors de votre inscription.",
    "es": "Recopilamos la información personal que usted nos proporciona cuando se registra aquí.",
    "it": "Raccogliamo i dati personali che ci vengono forniti quando vi registrate sul nostro sito web.",
    "pt": "Recolhemos as informações pessoais que você nos fornece quando se cadastra em nosso site.",
    "nl": "Wij verzamelen de persoonsgegevens die u ons geeft wanneer u zich op onze website registreert.",
    "pl": "Zbieramy dane osobowe, które podajesz nam podczas rejestracji w naszym serwisie internetowym.",
    "sv": "Vi samlar in personuppgifter som du lämnar till oss när du registrerar dig på vår webbplats.",
    "ru": "Мы собираем персональные данные, которые вы сообщаете нам при регистрации на сайте.",
    "ja": "当社は、お客様が会員登録の際に入力された個人情報を収集し、適切に管理します。",
    "zh": "我们收集您在注册时提供的个人信息，并且妥善保管这些信息。",
    "ko": "당사는 회원가입 시 입력하신 개인정보를 수집하고 안전하게 보관합니다.",
    "ar": "نقوم بجمع المعلومات الشخصية التي تقدمها لنا عند التسجيل في موقعنا على الانترنت.",
}

#: Three standards of one language, which the model alone can't tell apart.
NEAR = {
    "hr": "Pravila vrijede od 1. travnja 2021. Bez vaše privole ne prenosimo osobne podatke. Uvjeti su na stranici.",
    "bs": "Pravila vrijede od 1. aprila 2021. Bez vaše saglasnosti ne prenosimo lične podatke. Uslovi su na stranici.",
    "sr": "Pravila važe od 1. aprila 2021. Bez vaše saglasnosti ne menjamo lične podatke. Uslovi su na stranici.",
}


@pytest.mark.parametrize("code", NEAR)
def test_near_languages_are_told_apart_by_words_of_their_own(code):
    language, score = language_of(NEAR[code])
    assert language == code
    assert score > 0.8


def test_a_menu_in_another_script_does_not_tell_near_languages_apart():
    menu = "O nama, novosti, vijesti, kontakt, prijava, košarica, tečaj, nogomet, glazba, kazalište, zrak. " * 2
    text = "Ми прикупљамо личне податке и користимо их само у сврхе које су наведене овде. "
    assert language_of(menu + text * 30)[0] == "sr"


@pytest.mark.parametrize("code", SENTENCES)
def test_one_sentence_is_enough(code):
    language, score = language_of(SENTENCES[code])
    assert language == code
    assert 0.5 <= score <= 1


def test_the_language_of_most_of_a_mixed_text_counts():
    text = SENTENCES["en"] * 2 + " " + SENTENCES["de"] * 20
    assert language_of(text)[0] == "de"


@pytest.mark.parametrize("text", ["", "   ", "12345 67890", "OK", "Home", "404", "@@@ ### 77 %"])
def test_too_little_text_has_no_language(text):
    assert language_of(text) == (None, None)
