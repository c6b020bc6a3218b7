"""What two people's answers tell: agreement, error rates, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.audit.questions import MEASURES, QUESTIONS
from pipelines.audit.result import Rate, keep_result, read_result
from pipelines.audit.sample import AuditError, Sample
from pipelines.audit.scoring import Answers, agreement, read_answers, score, wilson

FINE = {"policy": "yes", "owner": "same_domain", "main": "yes", "complete": "yes", "clean": "yes", "language": "yes",
        "date": "yes"}  # fmt: skip


def drawn(stratum: str, number: int, **other: object) -> dict[str, object]:
    verdicts = {"kind": "privacy_policy", "policy_owner": "same_domain", "primary": True, "extractor": "ours 1"}
    return {"id": f"{stratum}{number}", "stratum": stratum, "domain": "a.test", **verdicts, **other}


#: A large stratum and a small one, of which the same number was drawn.
SAMPLE = Sample(1, {"large": 900, "small": 100}, [drawn(name, n) for name in ("large", "small") for n in range(10)])


def answers(wrong: Sequence[str] = (), question: str = "policy", answer: str = "no") -> Answers:
    """Everything is right but one answer of some rows."""
    return {row["id"]: FINE | ({question: answer} if row["id"] in wrong else {}) for row in SAMPLE.rows}


def rate(one: Answers, other: Answers, name: str, sample: Sample = SAMPLE) -> Rate:
    return score(sample, one, other, "2026-11-29").rates[name]


def test_rows_count_for_as_many_as_their_stratum_has() -> None:
    of_large, of_small = answers(["large0"]), answers(["small0"])
    assert rate(of_large, of_large, "not_a_policy").share == pytest.approx(0.09)
    assert rate(of_small, of_small, "not_a_policy").share == pytest.approx(0.01)


def test_a_row_of_which_the_two_disagree_is_half_wrong() -> None:
    assert rate(answers(["large0"]), answers(), "not_a_policy").share == pytest.approx(0.045)


def test_who_can_not_tell_or_left_it_open_leaves_it_to_the_other() -> None:
    unsure = answers(["large0"], answer="unsure")
    assert rate(answers(["large0"]), unsure, "not_a_policy").share == pytest.approx(0.09)
    assert rate(answers(["large0"]), {}, "not_a_policy").share == pytest.approx(0.09)
    found = rate(unsure, unsure, "not_a_policy")
    assert (found.share, found.rows) == (0.0, 19)


def test_what_no_row_tells_has_no_rate() -> None:
    assert rate(answers(), answers(), "policy_missed") == Rate(0, None, None, None)
    assert rate({}, {}, "owner") == Rate(0, None, None, None)


def test_each_measure_sees_its_own_mistake() -> None:
    other = {"kind": "terms", "policy_owner": "other", "primary": False}
    sample = Sample(1, {"all": 2}, [drawn("all", 0), drawn("all", 1, **other)])
    bad = {question.name: "no" for question in QUESTIONS} | {"owner": "same_organisation"}
    said = {"all0": bad, "all1": {**bad, "policy": "yes", "main": "yes"}}
    assert {name: found.share for name, found in score(sample, said, said, "").rates.items()} == dict.fromkeys(
        (measure.name for measure in MEASURES), 1.0
    )
    right = {"all0": FINE, "all1": {**FINE, "policy": "no", "main": "no", "owner": "other"}}
    assert {found.share for found in score(sample, right, right, "").rates.values()} == {0.0}


def test_unequal_weights_widen_the_interval() -> None:
    found = rate(answers(["large0"]), answers(["large0"]), "not_a_policy")
    low, high = wilson(0.09, 20)
    assert found.low is not None and found.high is not None
    assert found.low < low and found.high > high


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    assert [round(end, 4) for end in wilson(81 / 263, 263)] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(0.0, 20)] == [0.0, 0.1611]


@given(st.floats(0, 1), st.floats(0.5, 10_000))
def test_the_interval_holds_the_share_and_stays_among_shares(share: float, rows: float) -> None:
    low, high = wilson(share, rows)
    assert 0 <= low <= share + 1e-9 and share - 1e-9 <= high <= 1


def test_kappa_is_that_of_the_textbook() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = agreement(pairs)
    assert (found.rows, found.same, found.kappa) == (50, 0.7, pytest.approx(0.4))


def test_kappa_has_no_meaning_where_both_always_say_the_same() -> None:
    assert agreement([("yes", "yes")] * 9).kappa is None
    assert agreement([("yes", "yes"), ("no", "no")]).kappa == 1
    assert agreement([]).same is None


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join((",".join(["row", *FINE]), *lines)), encoding="utf-8-sig")
    return path


def test_answers_are_read_as_a_page_or_a_spreadsheet_saves_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "large0,yes,other,,,,,", "large1,,,,,,,")
    assert read_answers(path, SAMPLE) == {"large0": {"policy": "yes", "owner": "other"}, "large1": {}}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["stranger,yes,,,,,,"], "the row 'stranger' is not in the sample"),
        (["large0,yes,,,,,,"] * 2, "the row 'large0' stands there twice"),
        (["large0,perhaps,,,,,,"], r"'perhaps' is no answer to 'policy' \(yes, no, unsure\)"),
        (["large0,,,,,,,"], "has no answers"),
        ([], "has no answers"),
        (["large0"], "has no answers"),
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, lines: list[str], why: str) -> None:
    with pytest.raises(AuditError, match=why):
        read_answers(write(tmp_path / "a.csv", *lines), SAMPLE)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"row;policy\nlarge0;yes\n", "it has no column"), (b"\xff\xfe\x00", "can't be read"), (None, "can't be read")],
)
def test_a_file_that_holds_no_answers_is_told(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(AuditError, match=why):
        read_answers(tmp_path / "a.csv", SAMPLE)


def test_a_result_is_kept_and_read_again_and_names_no_domain(tmp_path: Path) -> None:
    found = score(SAMPLE, answers(["large0"]), answers(), "2026-11-29")
    path = keep_result(tmp_path, found)
    assert "a.test" not in path.read_text()
    again = read_result(tmp_path)
    assert again is not None and again.as_dict() == found.as_dict()
    assert read_result(tmp_path / "nowhere") is None
