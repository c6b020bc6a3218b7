"""The dataset card's recipe gives what the dataset holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.page.normalization import sha256_of_text
from pipelines.release.build import release
from tests.support.data_dirs import DATASET, data_dir
from tests.support.rows import policy

TEXTS = [
    "Privacy Policy\n\n  • We don't sell “e-mail” addresses; we_share $5.00 or 10% – ﬁne, ＷＩＤＥ, Straße, ŞİRKET.",
    "Datenschutzerklärung: Wir löschen Ihre Daten nach § 17 DSGVO (z. B. 30 Tage), 20 €.",
    "Politique de confidentialité\u00ad : œuvre, cafe\u0301, l’utilisateur",
    "プライバシーポリシー\n\n当社は、お客様の個人情報を「第三者」に提供しません。ｶﾀｶﾅ",
    "隐私政策：我们收集您的姓名、地址。",
    "นโยบายความเป็นส่วนตัว เราเก็บข้อมูลของคุณ",
    "गोपनीयता नीति: हम आपका नाम क्\u200dष एकत्र करते हैं।",
    "سياسة الخصوصية: نحن نجمع اسمك، و\u200cلا نبيعه؛ ١٢٣",
    "מדיניות פרטיות: אנו אוספים את שמך ₪30",
    "Политика конфиденциальности № 5: мы не продаём данные. 100 ₽",
    "개인정보 처리방침: 우리는 이름을 수집합니다. ₩100",
    "ကိုယ်ရေးအချက်အလက်မူဝါဒ ក្រុមហ៊ុន ນະໂຍບາຍ",
    "We keep it for 30 days. Trace Id: 4f3a0c22e1b94d7788aa01b2c3d4e5f6\n\n© 2001–2019 Example Inc. All rights",
    "Politika privatnosti\n\n2019 © Primjer 1c9d40aa-09ab-4f00-8d11-00e0a1b2c3d4",
    "プライバシーポリシー\n\n©2019年 例株式会社 Copyright © Example 2003, 2005-19",
    "سياسة الخصوصية © ٢٠١٩ مثال. Request ID: 1234567890",
    "",
    "\u200b — … ©",
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("card")
    policies = [
        policy("a.example", f"20{n + 10}-02-01", text, text_sha256=sha256_of_text(text)) for n, text in enumerate(TEXTS)
    ]
    card = (release(data_dir(folder / "data", policies), folder / "release").path / "README.md").read_text()
    (code,) = [code for code in re.findall(r"```python\n(.*?)\n```", card, re.DOTALL) if "hashlib" in code]
    names: dict[str, object] = {}
    exec(code, names)
    return folder, names["text_sha256"]


def test_the_cards_queries_give_the_text_of_a_day_and_a_row_per_half_year(recipe, monkeypatch) -> None:
    folder, _ = recipe
    monkeypatch.chdir(folder / "release")
    (code,) = re.findall(r"```python\n(import duckdb.*?)\n```", Path("README.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    (of_the_day,) = names["texts"].fetchall()
    assert of_the_day[-1] in TEXTS
    panel = names["panel"].fetchall()
    assert len(panel) == pq.read_table("coverage").num_rows
    assert all(row[5] for row in panel if row[4])  # a version, where it is filled


def test_the_cards_recipe_gives_the_published_hash_of_each_text(recipe) -> None:
    folder, text_sha256 = recipe
    rows = pq.read_table(folder / "release/policies", columns=["text", "text_sha256"]).to_pylist()
    assert len(rows) == len(TEXTS)
    assert [row["text"] for row in rows if text_sha256(row["text"]) != row["text_sha256"]] == []


@pytest.mark.parametrize("text", TEXTS)
def test_the_recipe_is_what_extraction_does(recipe, text: str) -> None:
    assert recipe[1](text) == sha256_of_text(text)


def test_the_recipe_is_what_extraction_does_for_every_character(recipe) -> None:
    characters = "".join(f"a{chr(n)}b " for n in range(0x20, 0x20000) if not 0xD800 <= n < 0xE000)
    for start in range(0, len(characters), 4_000):
        piece = characters[start : start + 4_000]
        assert recipe[1](piece) == sha256_of_text(piece)


_PIECES = st.sampled_from([
    *("© ", "©", "(c)", "Copyright ", "2019", "1999-2003", ", ", "\n", " ", ". ", "Example ", "All rights reserved"),
    *("年", "Trace Id: ", "4f3a0c22e1b94d77", "-", "00e0a1b2", "12345678", "DE89", "ff", "९५", "策"),
])  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_recipe_is_what_extraction_does_wherever_ids_and_years_stand(recipe, text: str) -> None:
    assert recipe[1](text) == sha256_of_text(text)


def test_the_card_names_the_dataset_and_the_release_before(tmp_path: Path) -> None:
    data = data_dir(tmp_path / "data", [policy("a.example", "2010-02-01", "We sell data.")])
    first = release(data, tmp_path / "r" / "1").path
    data_dir(data, [policy("a.example", "2010-02-01", "We sell no data.")])
    second = release(data, tmp_path / "r" / "2").path
    assert f"It is release 1 of dataset `{DATASET}`." in (first / "README.md").read_text()
    before = hashlib.sha256((first / "release.json").read_bytes()).hexdigest()
    assert (
        f"release 2 of dataset `{DATASET}`, after release 1 (its `release.json` has the SHA-256 `{before}`"
        in (second / "README.md").read_text()
    )
