"""What two people's answers tell of the dataset: how well they agree, and how often it is wrong.

Agreement is Cohen's kappa (J. Cohen, "A coefficient of agreement for nominal scales", 1960). Each row counts for as
many rows of the dataset as its stratum has for each of its rows that were judged. The intervals are Wilson's
(E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927) for as many rows as the
weights leave (L. Kish, "Survey sampling", 1965). Where the two disagree, the row counts as half wrong.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from pathlib import Path

from pipelines.audit.questions import MEASURES, QUESTIONS, UNSURE, Measure, Row
from pipelines.audit.result import Agreement, Rate, Result
from pipelines.audit.sample import AuditError, Sample

#: The column that names the row.
ROW = "row"
#: Standard deviations of a 95 % interval.
_Z = 1.959964

Answers = Mapping[str, Mapping[str, str]]
"""By row and question; what was left open is not there."""


def read_answers(path: Path, sample: Sample) -> Answers:
    """The answers of one person, as the page saved them. Raises ``AuditError`` for a file that is none."""
    known = {row["id"] for row in sample.rows}
    possible = {question.name: question.answers.keys() for question in QUESTIONS}
    answers: dict[str, dict[str, str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                if missing := sorted({ROW, *possible} - line.keys()):
                    raise AuditError(f"{path} is no file of answers: it has no column {', '.join(missing)}")
                if (row := line[ROW]) not in known or row in answers:
                    why = "stands there twice" if row in answers else "is not in the sample"
                    raise AuditError(f"{path}: the row {row!r} {why}")
                answers[row] = {name: line[name] for name in possible if line[name]}
                for name, answer in answers[row].items():
                    if answer not in possible[name]:
                        raise AuditError(f"{path}: {answer!r} is no answer to {name!r} ({', '.join(possible[name])})")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AuditError(f"{path} can't be read: {error}") from error
    if not any(answers.values()):
        raise AuditError(f"{path} has no answers")
    return answers


def score(sample: Sample, one: Answers, other: Answers, date: str) -> Result:
    """What the answers of two people tell; ``date`` is that of the audit."""
    return Result(
        date=date,
        seed=sample.seed,
        rows=len(sample.rows),
        of_rows=sample.size,
        strata=len(sample.strata),
        extractors=sorted({row["extractor"] for row in sample.rows}),
        agreement={question.name: agreement(list(_pairs(question.name, one, other))) for question in QUESTIONS},
        rates={measure.name: _rate(measure, sample, (one, other)) for measure in MEASURES},
    )


def _pairs(question: str, one: Answers, other: Answers) -> Iterator[tuple[str, str]]:
    """Both answers for each row for which both gave one."""
    for row in one.keys() & other.keys():
        if question in one[row] and question in other[row]:
            yield one[row][question], other[row][question]


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """How often two people say the same, and kappa: how much more often than by chance.

    Kappa is ``None`` where both always say one and the same thing: chance alone would give that, too.
    """
    if not pairs:
        return Agreement(0, None, None)
    same = sum(one == other for one, other in pairs) / len(pairs)
    said, said_by_other = (Counter(answers) for answers in zip(*pairs, strict=True))
    chance = sum(times * said_by_other[answer] for answer, times in said.items()) / len(pairs) ** 2
    return Agreement(len(pairs), same, (same - chance) / (1 - chance) if chance < 1 else None)


def _rate(measure: Measure, sample: Sample, answers: Sequence[Answers]) -> Rate:
    judged = [(row, wrong) for row in sample.rows if (wrong := _wrong(measure, row, answers)) is not None]
    of_stratum = Counter(row["stratum"] for row, _ in judged)
    weighted = [
        (sample.strata[row["stratum"]] / of_stratum[row["stratum"]], wrong) for row, wrong in judged if measure.of(row)
    ]
    total = sum(weight for weight, _ in weighted)
    if not total:
        return Rate(0, None, None, None)
    share = sum(weight * wrong for weight, wrong in weighted) / total
    return Rate(len(weighted), share, *wilson(share, total**2 / sum(weight**2 for weight, _ in weighted)))


def _wrong(measure: Measure, row: Row, answers: Sequence[Answers]) -> float | None:
    """How wrong a row is, by those who are sure of it: 0, 0.5 or 1; ``None`` where nobody is."""
    given = [each.get(row["id"], {}).get(measure.question, UNSURE) for each in answers]
    sure = [measure.is_wrong(row, answer) for answer in given if answer != UNSURE]
    return sum(sure) / len(sure) if sure else None


def wilson(share: float, rows: float) -> tuple[float, float]:
    """The 95 % interval of a share that was found in this many rows.

    >>> [round(end, 3) for end in wilson(0.1, 50)]
    [0.043, 0.214]
    """
    middle = (share + _Z**2 / (2 * rows)) / (1 + _Z**2 / rows)
    half = _Z / (1 + _Z**2 / rows) * sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
