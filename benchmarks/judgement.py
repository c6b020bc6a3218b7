"""What ``policy_score`` and ``kind`` are worth: of the pages with a score of 0.9, how many are privacy policies?

    python benchmarks/judgement.py PAGES.parquet [--worst N]

PAGES.parquet has one row per labelled page, with the columns id, html, url, domain, label, is_privacy_policy and,
where it is known, language. Ten times, nine tenths of the domains teach a model as ``data/make/judgement.py`` makes the
one we ship, with its calibration and its threshold; the pages of the other domains measure it. Printed are a
table of reliability, then precision and recall by language of the text (as we tell it).
"""

from __future__ import annotations

import argparse
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from markdown_table import table_head, table_row
from sklearn.model_selection import GroupKFold

from pipelines.outcomes import Kind
from pipelines.page.classification import chances_of

MAKE = Path(__file__).parents[1] / "data" / "make" / "judgement.py"
FOLDS = 10
BINS = (0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--worst", type=int, default=10, help="how many pages that are judged wrongly to name")
    options = parser.parse_args()
    names = runpy.run_path(str(MAKE))
    rows, values = names["read"](options.table)
    scores, said = judge_unseen(rows, values, names["learn"], names["domains"](rows))
    truth = np.array([bool(row["is_privacy_policy"]) for row in rows])
    print_reliability(scores, truth)
    print_by_language(said, truth, np.array([row["document"].language or "?" for row in rows]))
    wrong = sorted(np.flatnonzero(said != truth), key=lambda place: -abs(scores[place] - truth[place]))
    for place in wrong[: options.worst]:
        row = rows[place]
        print(f"  {'missed' if truth[place] else 'wrongly taken'} {scores[place]:.2f} {row['label']} {row['id']}")


def judge_unseen(
    rows: list[dict[str, Any]], values: list[dict[str, float]], learn: Callable[..., Any], groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The score of each page by a model that has seen no page of its domain, and whether that calls it a policy.

    What the rules around the model rule out stays so: they have learned nothing.
    """
    scores, said = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(values, groups=groups):
        model = learn([rows[n] for n in train], [values[n] for n in train])
        for n in test:
            if rows[n]["document"].policy_score > 0:
                scores[n] = chances_of(values[n], model)[Kind.PRIVACY_POLICY]
                said[n] = scores[n] >= model["threshold"]
    return scores, said


def print_reliability(scores: np.ndarray, truth: np.ndarray) -> None:
    """Per bin of scores: how many pages, their mean score, and the share of policies; then how far they are apart."""
    print(table_head("score", "pages", "mean score", "policies"))
    apart = 0.0
    bins = np.digitize(scores, BINS[1:-1])
    for number in range(len(BINS) - 1):
        inside = bins == number
        if inside.any():
            mean, share = scores[inside].mean(), truth[inside].mean()
            apart += inside.sum() * abs(mean - share) / len(scores)
            print(table_row(f"{BINS[number]} to {BINS[number + 1]}", f"{inside.sum()}", f"{mean:.3f}", f"{share:.3f}"))
    print(f"\nBrier score {((scores - truth) ** 2).mean():.4f}, expected calibration error {apart:.4f}\n")


def print_by_language(said: np.ndarray, truth: np.ndarray, languages: np.ndarray) -> None:
    """Precision and recall of all pages, and by language."""
    print(table_head("language", "pages", "policies", "precision", "recall"))
    by_count = sorted(set(languages), key=lambda language: -(languages == language).sum())
    for language in ["all", *by_count]:
        of_it = np.full(len(said), True) if language == "all" else languages == language
        right = (said & truth & of_it).sum()
        called, true = (said & of_it).sum(), (truth & of_it).sum()
        shares = [f"{right / of:.4f}" if of else "" for of in (called, true)]
        print(table_row(language, f"{of_it.sum()}", f"{true}", *shares))


if __name__ == "__main__":
    main()
