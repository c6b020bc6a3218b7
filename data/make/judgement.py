"""Makes ``pipelines/page/data/judgement.json``: the weights of the model that says what a page is.

    python data/make/judgement.py PAGES.parquet [--write]

PAGES.parquet has one row per labelled page, with the columns id, html, url, domain, label and is_privacy_policy. The
model is a logistic regression, calibrated by its scores for pages of domains that it has not learned from: all
weights times one number, and one number added for privacy policies, so that the file holds weights and nothing else.
The threshold is the middle of the chances that part those pages best. The script prints the weights per
standard deviation of their features; ``benchmarks/judgement.py`` measures what the model is worth. It needs
scikit-learn, which the extra ``test`` installs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.classification import Model, features
from pipelines.page.normalization import words

WEIGHTS = Path(__file__).parents[2] / "pipelines" / "page" / "data" / "judgement.json"
ABOUT = "Made by data/make/judgement.py; pipelines/page/classification.py explains the features."
KINDS = (Kind.PRIVACY_POLICY, Kind.COOKIE_POLICY, Kind.TERMS, Kind.OTHER)
LABELS = {"privacy_policy": Kind.PRIVACY_POLICY, "cookie_policy": Kind.COOKIE_POLICY, "terms_of_service": Kind.TERMS}
FOLDS = 10
#: Strength of the regularisation, the middle of a wide range that does well.
C = 0.03
#: The share of pages that make no difference between thresholds: else one odd page would tell.
FEW = 0.005

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    rows, values = read(options.table)
    learned = learn(rows, values)
    if options.write:
        WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n", "utf-8")
    print(f"threshold {learned['threshold']}")
    weights, spread = learned["kinds"][Kind.PRIVACY_POLICY]["weights"], _table(values).std(axis=0)
    for name, weight in sorted(zip(weights, spread * [*weights.values()], strict=True), key=lambda item: item[1]):
        print(f"  {name:26} {weight:+.2f}")


def read(path: Path) -> tuple[list[Row], list[dict[str, float]]]:
    """The labelled pages that have a text, with the document of each, and its features."""
    rows, values = [], []
    for row in pq.read_table(path).to_pylist():
        document = extract(row["html"], url=row["url"] or "http://example.com/")
        if document.text:
            rows.append({**row, "document": document})
            values.append(features(document.title, document.text, words(document.text), document.language))
    return rows, values


def learn(rows: list[Row], values: list[dict[str, float]]) -> Model:
    """What the file holds: for each kind an intercept and one weight per feature."""
    table, kinds = _table(values), _kinds(rows)
    unseen = _scores_unseen(table, kinds, domains(rows))
    factor, more = _calibration(unseen, kinds == 0)
    scaler, model = _fit(table, kinds)
    weights = factor * model.coef_ / scaler.scale_
    intercepts = factor * model.intercept_ - weights @ scaler.mean_
    intercepts[0] += more
    return {
        "about": ABOUT,
        "threshold": _threshold(_policy_chances(unseen, factor, more), kinds == 0),
        "kinds": {
            kind.value: {
                "intercept": round(float(intercepts[k]), 4),
                "weights": {n: round(float(w), 4) for n, w in zip(values[0], weights[k], strict=True)},
            }
            for k, kind in enumerate(KINDS)
        },
    }


def domains(rows: list[Row]) -> np.ndarray:
    """The domain of each page, by which folds are made: no page of a model's own domains measures it."""
    return np.array([row["domain"] or row["id"] for row in rows])


def _scores_unseen(table: np.ndarray, kinds: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The scores of each page by a model that has seen no page of its domain."""
    scores = np.full((len(table), len(KINDS)), -10.0)  # of a kind that a fold does not have
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(table, kinds, groups):
        scaler, model = _fit(table[train], kinds[train])
        scores[np.ix_(test, model.classes_)] = model.decision_function(scaler.transform(table[test]))
    return scores


def _calibration(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """The factor of all scores, and what is added to those of policies, with which the truth is most likely."""

    def surprise(at: np.ndarray) -> float:
        chances = _policy_chances(scores, *at).clip(1e-9, 1 - 1e-9)
        return float(-np.log(np.where(truth, chances, 1 - chances)).mean())

    factor, more = minimize(surprise, [1.0, 0.0], method="Nelder-Mead", bounds=[(0.1, 10), (-5, 5)]).x
    return float(factor), float(more)


def _policy_chances(scores: np.ndarray, factor: float, more: float) -> np.ndarray:
    powers = np.exp(factor * (scores - scores.max(axis=1, keepdims=True)) + [more, 0, 0, 0])
    chances: np.ndarray = powers[:, 0] / powers.sum(axis=1)
    return chances


def _threshold(chances: np.ndarray, truth: np.ndarray) -> float:
    """The middle of the thresholds with which few pages more are judged wrongly than with the best."""
    steps = np.arange(5, 96) / 100
    wrong = np.array([((chances >= step) != truth).mean() for step in steps])
    return round(float(np.median(steps[wrong <= wrong.min() + FEW])), 2)


def _table(values: list[dict[str, float]]) -> np.ndarray:
    return np.array([list(features_of_page.values()) for features_of_page in values])


def _kinds(rows: list[Row]) -> np.ndarray:
    return np.array([KINDS.index(LABELS.get(row["label"], Kind.OTHER)) for row in rows])


def _fit(table: np.ndarray, kinds: np.ndarray) -> tuple[StandardScaler, LogisticRegression]:
    scaler = StandardScaler().fit(table)
    return scaler, LogisticRegression(C=C, max_iter=5000).fit(scaler.transform(table), kinds)


if __name__ == "__main__":
    main()
