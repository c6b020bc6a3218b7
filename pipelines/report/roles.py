"""How half-years and captures are told apart by eye: a few roles, each with a colour and a pattern of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.history.coverage import CARRIED, COVERED, NO_POLICY, NOT_A_POLICY, OTHER_LANGUAGE
from pipelines.outcomes import DomainOutcome, Outcome
from pipelines.timestamps import half_year, half_year_label

Row = dict[str, Any]

TEXT, SAME, NOT_ARCHIVED, BLOCKED, NO_POLICY_THERE, NOT_ASKED = "text", "same", "none", "blocked", "other", "unasked"

#: What each role means, for the legend.
MEANINGS = {
    TEXT: "text fetched",
    SAME: "same text, not fetched again",
    NOT_ARCHIVED: "not archived",
    BLOCKED: "archived, but could not be read",
    NO_POLICY_THERE: "no policy there",
    NOT_ASKED: "not asked",
}

#: The role of each ``coverage.status``.
OF_STATUS = {
    COVERED: TEXT,
    CARRIED: SAME,
    DomainOutcome.NOT_ARCHIVED: NOT_ARCHIVED,
    DomainOutcome.EXCLUDED: BLOCKED,
    Outcome.SOFT_BLOCK: BLOCKED,
    Outcome.EMPTY: BLOCKED,
    Outcome.UNPLAYABLE: BLOCKED,
    Outcome.FAILED: BLOCKED,
    OTHER_LANGUAGE: NO_POLICY_THERE,
    NOT_A_POLICY: NO_POLICY_THERE,
    NO_POLICY: NO_POLICY_THERE,
    Outcome.REDIRECT: NO_POLICY_THERE,
    "not_asked": NOT_ASKED,
    DomainOutcome.INCOMPLETE: NOT_ASKED,
}

#: The role of each ``captures.outcome``.
OF_OUTCOME = {
    Outcome.STORED: TEXT,
    Outcome.UNCHANGED: SAME,
    Outcome.REDIRECT: NO_POLICY_THERE,
    Outcome.NOT_POLICY: NO_POLICY_THERE,
    Outcome.EMPTY: BLOCKED,
    Outcome.SOFT_BLOCK: BLOCKED,
    Outcome.UNPLAYABLE: BLOCKED,
    Outcome.FAILED: BLOCKED,
    Outcome.SKIPPED: NOT_ASKED,
    Outcome.PENDING: NOT_ASKED,
}

#: One letter per role, for the heat map's data.
LETTERS = {role: role[0] for role in MEANINGS}


def role_of(half_year: Row) -> str:
    """The role of a row of ``coverage``."""
    return SAME if half_year["within_version"] else OF_STATUS.get(half_year["status"], NOT_ASKED)


def stretches(coverage: Iterable[Row]) -> list[Row]:
    """Neighbouring half-years of the same status as one: role, status, first and last half-year, how many.

    ``coverage``: rows of one domain in order of time.
    """
    found: list[Row] = []
    for row in coverage:
        role, number = role_of(row), half_year(row["starts"])
        status = "same text before and after" if row["within_version"] else row["status"].replace("_", " ")
        if found and (found[-1]["role"], found[-1]["status"]) == (role, status) and found[-1]["end"] == number:
            found[-1] |= {"end": number + 1, "last": half_year_label(number)}
        else:
            label = half_year_label(number)
            found.append({"role": role, "status": status, "start": number, "end": number + 1,
                          "first": label, "last": label})  # fmt: skip
    return found
