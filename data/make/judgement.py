"""Makes ``pipelines/page/data/judgement.json``: the weights of the model that says what a page is.

    python data/make/judgement.py PAGES.parquet [--write]

PAGES.parquet has one row per labelled page, with the columns id, html, url, domain, label and is_privacy_policy. The
script prints precision and recall over ten folds of whole domains, the pages that are judged wrongly, and the weights
per standard deviation of their features. It needs scikit-learn, which the extra ``test`` installs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.classification import features
from pipelines.page.normalization import words

WEIGHTS = Path(__file__).parents[2] / "pipelines" / "page" / "data" / "judgement.json"
ABOUT = "Made by data/make/judgement.py; pipelines/page/classification.py explains the features."
KINDS = (Kind.PRIVACY_POLICY, Kind.COOKIE_POLICY, Kind.TERMS, Kind.OTHER)
LABELS = {"privacy_policy": Kind.PRIVACY_POLICY, "cookie_policy": Kind.COOKIE_POLICY, "terms_of_service": Kind.TERMS}
FOLDS = 10
#: Strength of the regularisation, and the probability from which a page is a policy. Both are the middle of a wide
#: range that does well.
C, THRESHOLD = 0.03, 0.6

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    rows, values = read(options.table)
    report(rows, values)
    learned = learn(rows, values)
    if options.write:
        WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n", "utf-8")
    weights, spread = learned["kinds"][Kind.PRIVACY_POLICY]["weights"], _table(values).std(axis=0)
    for name, weight in sorted(zip(weights, spread * [*weights.values()], strict=True), key=lambda item: item[1]):
        print(f"  {name:26} {weight:+.2f}")


def read(path: Path) -> tuple[list[Row], list[dict[str, float]]]:
    """The labelled pages that have a text, and the features of each."""
    rows, values = [], []
    for row in pq.read_table(path).to_pylist():
        document = extract(row["html"], url=row["url"] or "http://example.com/")
        if document.text:
            rows.append(row)
            values.append(features(document.title, document.text, words(document.text), document.language))
    return rows, values


def learn(rows: list[Row], values: list[dict[str, float]]) -> dict[str, Any]:
    """What the file holds: for each kind an intercept and one weight per feature."""
    scaler, model = _fit(_table(values), _kinds(rows))
    weights = model.coef_ / scaler.scale_
    intercepts = model.intercept_ - weights @ scaler.mean_
    return {
        "about": ABOUT,
        "threshold": THRESHOLD,
        "kinds": {
            kind.value: {
                "intercept": round(float(intercepts[k]), 4),
                "weights": {n: round(float(w), 4) for n, w in zip(values[0], weights[k], strict=True)},
            }
            for k, kind in enumerate(KINDS)
        },
    }


def report(rows: list[Row], values: list[dict[str, float]]) -> None:
    """Print how well a model judges domains that it has not seen."""
    table, kinds = _table(values), _kinds(rows)
    groups = np.array([row["domain"] or row["id"] for row in rows])
    chances = np.zeros((len(rows), len(KINDS)))
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(table, kinds, groups):
        scaler, model = _fit(table[train], kinds[train])
        chances[np.ix_(test, model.classes_)] = model.predict_proba(scaler.transform(table[test]))
    truth = np.array([bool(row["is_privacy_policy"]) for row in rows])
    for threshold in (0.4, 0.5, THRESHOLD, 0.7, 0.8):
        said = chances[:, 0] >= threshold
        right = (said & truth).sum()
        print(f"threshold {threshold}: precision {right / max(1, said.sum()):.4f}  recall {right / truth.sum():.4f}")
    for row, true, chance in zip(rows, truth, chances[:, 0], strict=True):
        if true != (chance >= THRESHOLD):
            print(f"  {'missed' if true else 'wrongly taken'} {chance:.2f} {row['label']} {row['id']}")
    best = chances.argmax(axis=1) == kinds
    for k, kind in enumerate(KINDS):
        print(f"{kind.value}: {(kinds == k).sum()} pages, highest chance right for {best[kinds == k].mean():.3f}")


def _table(values: list[dict[str, float]]) -> np.ndarray:
    return np.array([list(features_of_page.values()) for features_of_page in values])


def _kinds(rows: list[Row]) -> np.ndarray:
    return np.array([KINDS.index(LABELS.get(row["label"], Kind.OTHER)) for row in rows])


def _fit(table: np.ndarray, kinds: np.ndarray) -> tuple[StandardScaler, LogisticRegression]:
    scaler = StandardScaler().fit(table)
    return scaler, LogisticRegression(C=C, max_iter=5000).fit(scaler.transform(table), kinds)


if __name__ == "__main__":
    main()
