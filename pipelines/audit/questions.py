"""What the people who audit are asked of each row, and which of a row's columns their answers may show to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.outcomes import Kind, Owner

UNSURE = "unsure"
_YES, _NO = "yes", "no"
_YES_OR_NO = {_YES: "yes", _NO: "no", UNSURE: "can't tell"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is asked of each row."""

    name: str
    """Its column in the files of answers."""
    asks: str
    answers: Mapping[str, str]
    """What the file says for each answer, and what the page calls it."""


QUESTIONS = (
    Question("policy", "Is it a privacy policy?", _YES_OR_NO),
    Question(
        "owner",
        "Whose is it?",
        {
            Owner.SAME_DOMAIN: "this domain's",
            Owner.SAME_ORGANISATION: "its organisation's, at another domain",
            Owner.OTHER: "somebody else's",
            UNSURE: "can't tell",
        },
    ),
    Question("main", "Is it the site's main privacy policy of that time, in its main language?", _YES_OR_NO),
    Question("complete", "Does our text have all of the document?", _YES_OR_NO),
    Question("clean", "Is our text free of what is not the document's: menus, banners, other pages?", _YES_OR_NO),
    Question("language", "Is the language right?", _YES_OR_NO),
    Question("date", "Is the date right: the one that the text gives for itself, or none?", _YES_OR_NO),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A way of being wrong: of which rows, and by which answers to which question."""

    name: str
    says: str
    question: str
    of: Callable[[Row], bool]
    is_wrong: Callable[[Row, str], bool]


def _says_no(row: Row, answer: str) -> bool:
    return answer == _NO


def _says_yes(row: Row, answer: str) -> bool:
    return answer == _YES


def _is_any(row: Row) -> bool:
    return True


def _is_called_policy(row: Row) -> bool:
    return bool(row["kind"] == Kind.PRIVACY_POLICY)


#: Where the dataset says yes and where it says no are two measures: one wrong verdict makes a row too many, the other
#: one leaves a row out.
MEASURES = (
    Measure("not_a_policy", "`kind` = privacy_policy, and it is none", "policy", _is_called_policy, _says_no),
    Measure(
        "policy_missed",
        "another `kind`, and it is a privacy policy",
        "policy",
        lambda row: not _is_called_policy(row),
        _says_yes,
    ),
    Measure(
        "owner", "`policy_owner` is wrong", "owner", _is_any, lambda row, answer: bool(answer != row["policy_owner"])
    ),
    Measure("not_main", "`primary`, and not the main policy", "main", lambda row: bool(row["primary"]), _says_no),
    Measure("main_missed", "not `primary`, and the main policy", "main", lambda row: not row["primary"], _says_yes),
    Measure("incomplete", "`text` lacks a part of the document", "complete", _is_any, _says_no),
    Measure("boilerplate", "`text` has what is not the document's", "clean", _is_any, _says_no),
    Measure("language", "`language` is wrong", "language", _is_any, _says_no),
    Measure("effective_date", "`effective_date` is wrong", "date", _is_any, _says_no),
)
