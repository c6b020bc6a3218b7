"""Rows follow the verdicts on their captures when part files are merged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.dataset import compaction
from pipelines.dataset.compaction import LAG, compact
from pipelines.dataset.merging import capture_of
from pipelines.dataset.reading import part_files, policies_folder
from pipelines.dataset.verdicts import NO_VERDICTS, Verdict, Verdicts
from tests.support.data_dirs import add_part
from tests.support.processes import rows_of
from tests.support.rows import row, table

ROWS = [row("a.test", "2010"), row("a.test", "2011"), row("b.test", "2010")]


def saying(**said: Verdict) -> Verdicts:
    """Verdicts on rows of ``ROWS``, by letter of the domain and year: ``a2010=Verdict(...)``."""
    by_key = {f"{one['domain'][0]}{one['capture_date'].year}": capture_of(one) for one in ROWS}
    return Verdicts(
        frozenset({"a.test"}),
        lambda domain: {by_key[name]: verdict for name, verdict in said.items() if by_key[name][0] == domain},
    )


def test_rows_get_kind_main_policy_and_a_corrected_language() -> None:
    said = saying(a2010=Verdict("terms", False, "de"), a2011=Verdict("privacy_policy", True))
    first, second, third = said.applied(table(ROWS)).to_pylist()
    assert (first["kind"], first["primary"], first["language"]) == ("terms", False, "de")
    assert (second["kind"], second["primary"], second["language"]) == ("privacy_policy", True, ROWS[1]["language"])
    assert third == table(ROWS).to_pylist()[2]


def test_a_row_that_is_no_policy_of_any_kind_goes() -> None:
    left = saying(a2010=Verdict("soft_404", False)).applied(table(ROWS))
    assert [capture_of(one) for one in left.to_pylist()] == [capture_of(one) for one in ROWS[1:]]


def test_rows_that_say_so_already_are_the_very_same_table() -> None:
    rows = table(ROWS)
    as_it_is = Verdict(ROWS[0]["kind"], ROWS[0]["primary"])
    assert saying(a2010=as_it_is).applied(rows) is rows
    assert NO_VERDICTS.applied(rows) is rows


def test_only_domains_that_may_say_otherwise_are_looked_at() -> None:
    def of(domain: str) -> dict[Any, Verdict]:
        assert domain == "a.test"
        return {}

    rows = table(ROWS)
    assert Verdicts(frozenset({"a.test", "c.test"}), of).applied(rows) is rows


@pytest.mark.parametrize("only_if_it_pays", [True, False])
def test_a_file_is_written_again_where_a_row_says_otherwise(tmp_path: Path, only_if_it_pays: bool) -> None:
    add_part(tmp_path, [ROWS[0]], "one")
    add_part(tmp_path, [ROWS[1], ROWS[2]], "two")
    untouched = {path.stat().st_ino for path in part_files(policies_folder(tmp_path))}
    said = saying(a2010=Verdict("cookie_policy", False))
    done = compact(tmp_path, verdicts=said, only_if_it_pays=only_if_it_pays)
    assert done is not None
    assert [one["kind"] for one in rows_of(tmp_path / "policies")] == ["cookie_policy"] + [ROWS[0]["kind"]] * 2
    now = {path.stat().st_ino for path in part_files(policies_folder(tmp_path))}
    assert len(untouched & now) == int(only_if_it_pays)
    assert compact(tmp_path, verdicts=said, only_if_it_pays=True) is None, "all rows say so now"


def test_at_the_end_of_a_crawl_one_row_in_more_than_a_hundred_of_a_large_file_waits_unless_people_corrected_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MANY_ROWS", 200)
    add_part(tmp_path, [ROWS[0], *(row("c.test", f"{1900 + year}") for year in range(199))])
    verdict = Verdict("cookie_policy", False)
    decided = saying(a2010=verdict)
    done = compact(tmp_path, verdicts=decided, only_if_it_pays=True, lag=LAG)
    assert done is not None and (done.rows, done.waiting) == (0, {"a.test"})
    assert saying(a2010=verdict).untrue(*part_files(policies_folder(tmp_path))) == {"a.test": 1}
    corrected = replace(decided, at_once=frozenset({"a.test"}))
    done = compact(tmp_path, verdicts=corrected, only_if_it_pays=True, lag=LAG)
    assert done is not None and (done.rows, done.waiting) == (200, frozenset())
    assert not decided.untrue(*part_files(policies_folder(tmp_path)))


def test_at_the_end_of_a_crawl_no_row_of_a_small_file_waits(tmp_path: Path) -> None:
    add_part(tmp_path, [ROWS[0], *(row("c.test", f"{1900 + year}") for year in range(199))])
    decided = saying(a2010=Verdict("cookie_policy", False))
    done = compact(tmp_path, verdicts=decided, only_if_it_pays=True, lag=LAG)
    assert done is not None and (done.rows, done.waiting) == (200, frozenset())
