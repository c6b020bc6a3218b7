"""The script that learns the model's weights: what it makes of a few pages has the form of the file we ship."""

import json
import runpy
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.outcomes import Kind
from pipelines.page.classification import chances_of

SCRIPT = Path(__file__).parents[3] / "data" / "make" / "judgement.py"
BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "judgement.py"
SHIPPED = json.loads((files("pipelines.page") / "data" / "judgement.json").read_text("utf-8"))
PAGES = {
    "privacy_policy": (
        "Privacy Policy",
        "This privacy policy says which personal information we collect, how we use your information and with which "
        "third parties we share it. You may opt out at any time.",
    ),
    "cookie_policy": (
        "Cookie Policy",
        "This page says which cookies we use. A cookie is a small file; some cookies are set by Google Analytics. "
        "You can delete cookies in your browser.",
    ),
    "terms_of_service": (
        "Terms of Service",
        "These terms of service are an agreement. By using the service you agree to these terms. Our liability is "
        "limited, and the governing law is that of Ohio.",
    ),
    "other": (
        "Our bakery",
        "We bake bread each morning, and rolls on Sundays. Our shop stands beside the old mill, and the coffee is "
        "roasted next door. Come and see us.",
    ),
}


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory):
    rows = [
        {
            "id": f"{label} {number}",
            "html": f"<title>{title}</title><h1>{title}</h1><p>{text}</p><p>{text}</p>".encode(),
            "url": f"http://site{number}.example/",
            "domain": f"site{number}.example",
            "label": label,
            "is_privacy_policy": label == "privacy_policy",
        }
        for label, (title, text) in PAGES.items()
        for number in range(3)
    ]
    path = tmp_path_factory.mktemp("labelled") / "pages.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    names = runpy.run_path(str(SCRIPT))
    return names, names["read"](path)


def test_the_weights_it_makes_have_the_form_of_the_shipped_file(script) -> None:
    names, (rows, values) = script
    made = json.loads(json.dumps(names["learn"](rows, values)))
    assert made.keys() == SHIPPED.keys()
    assert made["about"] == SHIPPED["about"]
    assert 0 < made["threshold"] < 1
    assert made["kinds"].keys() == SHIPPED["kinds"].keys()
    for kind, model in made["kinds"].items():
        assert model["weights"].keys() == SHIPPED["kinds"][kind]["weights"].keys()
        assert isinstance(model["intercept"], float)


def test_what_it_learns_points_the_right_way(script) -> None:
    names, (rows, values) = script
    weights = names["learn"](rows, values)["kinds"]
    assert weights["privacy_policy"]["weights"]["privacy_in_title"] > 0
    assert weights["terms"]["weights"]["privacy_in_title"] < 0


def test_what_it_learns_is_sure_of_pages_that_are_easily_told(script) -> None:
    names, (rows, values) = script
    model = names["learn"](rows, values)
    chances = [chances_of(value, model)[Kind.PRIVACY_POLICY] for value in values]
    assert all(
        (chance > 0.95) if row["is_privacy_policy"] else (chance < 0.05)
        for row, chance in zip(rows, chances, strict=True)
    )


def test_the_benchmark_judges_domains_that_its_models_have_not_seen(
    script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names, (rows, values) = script
    monkeypatch.syspath_prepend(BENCHMARK.parent)  # as where it is run: it imports its neighbours
    benchmark = runpy.run_path(str(BENCHMARK))
    scores, said = benchmark["judge_unseen"](rows, values, names["learn"], names["domains"](rows))
    truth = np.array([row["is_privacy_policy"] for row in rows])
    assert (said == truth).all()
    benchmark["print_reliability"](scores, truth)
    benchmark["print_by_language"](said, truth, np.array(["en"] * len(rows)))
    printed = capsys.readouterr().out
    assert "Brier score 0.0" in printed
    assert "| all | 12 | 3 | 1.0000 | 1.0000 |" in printed
