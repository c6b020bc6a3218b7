"""Learn the weights of ``pipelines/data/judgement.json`` from a table of labelled pages.

    python benchmarks/train_judgement.py PAGES.parquet [--write]

The table has the columns html, url, domain (groups the folds), label, is_privacy_policy. Prints precision
and recall over ten folds of whole domains, what was judged wrongly, and the weights. Needs scikit-learn
and numpy, which the project itself does not.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from pipelines.extraction import extract
from pipelines.outcomes import Kind
from pipelines.page.classification import features
from pipelines.page.normalization import words

KINDS = (Kind.PRIVACY_POLICY, Kind.COOKIE_POLICY, Kind.TERMS, Kind.OTHER)
LABELS = {"privacy_policy": Kind.PRIVACY_POLICY, "cookie_policy": Kind.COOKIE_POLICY, "terms_of_service": Kind.TERMS}
WEIGHTS = Path(__file__).parent.parent / "pipelines" / "page" / "data" / "judgement.json"
#: Strength of the regularisation and the probability asked for: the middle of a wide range that does well.
C, THRESHOLD = 0.03, 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    rows = pq.read_table(options.table).to_pylist()
    documents = [extract(row["html"], url=row["url"] or "http://example.com/") for row in rows]
    kept = [i for i, d in enumerate(documents) if d.text]
    values = [features(d.title, d.text, words(d.text), d.language) for d in (documents[i] for i in kept)]
    names = list(values[0])
    table = np.array([[v[n] for n in names] for v in values])
    kinds = np.array([KINDS.index(LABELS.get(rows[i]["label"], Kind.OTHER)) for i in kept])
    groups = np.array([rows[i]["domain"] or rows[i]["id"] for i in kept])

    chances = np.zeros((len(kept), len(KINDS)))
    for train, test in GroupKFold(10).split(table, kinds, groups):
        scaler, model = _fit(table[train], kinds[train])
        chances[test] = model.predict_proba(scaler.transform(table[test]))
    _report(rows, kept, kinds, chances)

    scaler, model = _fit(table, kinds)
    weights = model.coef_ / scaler.scale_
    intercepts = model.intercept_ - weights @ scaler.mean_
    learned = {
        "about": "Made by benchmarks/train_judgement.py; pipelines/judgement.py explains the features.",
        "threshold": THRESHOLD,
        "kinds": {
            kind: {
                "intercept": round(float(intercepts[k]), 4),
                "weights": {n: round(float(w), 4) for n, w in zip(names, weights[k], strict=True)},
            }
            for k, kind in enumerate(KINDS)
        },
    }
    if options.write:
        WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n")
    for name, weight in sorted(zip(names, model.coef_[0], strict=True), key=lambda pair: pair[1]):
        print(f"  {name:26} {weight:+.2f}")


def _fit(table: np.ndarray, kinds: np.ndarray) -> tuple[StandardScaler, LogisticRegression]:
    scaler = StandardScaler().fit(table)
    return scaler, LogisticRegression(C=C, max_iter=5000).fit(scaler.transform(table), kinds)


def _report(rows: list[dict], kept: list[int], kinds: np.ndarray, chances: np.ndarray) -> None:
    truth = np.array([bool(rows[i]["is_privacy_policy"]) for i in kept])
    for threshold in (0.4, 0.5, THRESHOLD, 0.7, 0.8):
        said = chances[:, 0] >= threshold
        print(f"threshold {threshold}: precision {(said & truth).sum() / said.sum():.4f}", end="  ")
        print(f"recall {(said & truth).sum() / truth.sum():.4f}")
    for i, true, chance in zip(kept, truth, chances[:, 0], strict=True):
        if true != (chance >= THRESHOLD):
            print(f"  {'missed' if true else 'wrongly taken'} {chance:.2f} {rows[i]['label']} {rows[i]['id']}")
    right = chances.argmax(axis=1) == kinds
    for k, kind in enumerate(KINDS):
        print(f"{kind}: {(kinds == k).sum()} pages, highest chance right for {right[kinds == k].mean():.3f}")


if __name__ == "__main__":
    main()
