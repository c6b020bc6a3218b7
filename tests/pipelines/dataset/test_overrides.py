"""``overrides.toml``: what people decide about a dataset, and what is told of their mistakes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.dataset.errors import DatasetError
from pipelines.dataset.overrides import Removals, read_overrides
from pipelines.dataset.reading import history
from pipelines.schema import DOMAINS
from pipelines.surt import key_of
from tests.support.data_dirs import add_part, remove
from tests.support.rows import asked, row, table

URL = "http://www.a.test/privacy"


def removals(folder: Path, toml: str) -> Removals:
    (folder / "overrides.toml").write_text(toml, "utf-8")
    return read_overrides(folder).remove


def test_without_the_file_nothing_is_removed(tmp_path: Path) -> None:
    assert not read_overrides(tmp_path).remove
    assert not removals(tmp_path, "")


def test_a_domain_takes_its_hosts_along_and_no_neighbour(tmp_path: Path) -> None:
    found = removals(tmp_path, '[[remove]]\ndomain = "A.test."\nreason = "asked for"')
    assert found.counts == {"domains": 1, "addresses": 0, "captures": 0}
    for named in (
        ("a.test",),
        ("help.a.test",),
        ("www.a.test",),
        ("b.test", "https://www.a.test:8080/privacy?x=1", "20100101000000"),
        ("b.test", "http://help.a.test/", "20100101000000"),
    ):
        assert found.name(*named), named
    for other in (
        ("b.test",),
        ("aa.test",),
        ("test",),
        ("a.test.b.test",),
        ("b.test", "http://aa.test/?a.test", "20100101000000"),
        ("b.test", "http://[", "20100101000000"),
    ):
        assert not found.name(*other), other


def test_an_address_is_compared_as_the_archive_s_index_does(tmp_path: Path) -> None:
    found = removals(tmp_path, f'[[remove]]\nurl = "{URL}?b=1&a=2"')
    assert found.counts == {"domains": 0, "addresses": 1, "captures": 0}
    assert found.name("a.test", "https://a.test:443/Privacy/?a=2&b=1", "20100101000000")
    assert not found.name("a.test", URL, "20100101000000")
    assert not found.name("a.test")


@pytest.mark.parametrize(
    "when", ["2012-06-01T10:11:12Z", "2012-06-01T12:11:12+02:00", "2012-06-01T10:11:12", '"20120601101112"']
)
def test_a_capture_is_named_by_its_address_and_time(tmp_path: Path, when: str) -> None:
    found = removals(tmp_path, f'[[remove]]\nurl = "{URL}"\ncaptured_at = {when}')
    assert found.counts == {"domains": 0, "addresses": 0, "captures": 1}
    assert found.name("a.test", URL, "20120601101112")
    assert not found.name("a.test", URL, "20120601101113")


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("[[remove]", "at line 1"),
        ("\x00", "line 1"),
        ("[[withdraw]]\ndomain = 'a.test'", "there is no withdraw; allowed are [[remove]] and [[correct]]"),
        ("[remove]\ndomain = 'a.test'", "remove is no list of tables"),
        ("remove = ['a.test']", "remove is no list of tables"),
        ("[[remove]]", "[[remove]] number 1: give either domain or url"),
        (f"[[remove]]\ndomain = 'a.test'\n[[remove]]\ndomain = 'a.test'\nurl = '{URL}'", "number 2: give either"),
        ("[[remove]]\nhost = 'a.test'", "there is no key host; allowed are domain, url, captured_at, reason"),
        ("[[remove]]\ndomain = 'http://a.test'", "domain: an address with a scheme"),
        ("[[remove]]\ndomain = 7", "domain: "),
        ("[[remove]]\nurl = 'a.test/privacy'", "url: 'a.test/privacy' is no http(s) address"),
        ("[[remove]]\nurl = ['http://a.test']", "is no http(s) address"),
        (f"[[remove]]\nurl = 'https://web.archive.org/web/2012id_/{URL}'", "is an archive's address"),
        ("[[remove]]\ndomain = 'a.test'\ncaptured_at = 2012-01-01", "captured_at goes with url"),
        (f"[[remove]]\nurl = '{URL}'\ncaptured_at = 2012-01-01", "captured_at: 2012-01-01 is no time; allowed are"),
        (f"[[remove]]\nurl = '{URL}'\ncaptured_at = '2012'", "captured_at: 2012 is no time"),
        (f"[[remove]]\nurl = '{URL}'\nreason = 1", "reason is no text"),
        ("[correct]\ndomain = 'a.test'", "correct is no list of tables"),
        (f"[[correct]]\naddress = '{URL}'", "[[correct]] number 1: give the domain"),
        ("[[correct]]\ndomain = 'a.test'\nfrom = '2010'", "say what is right: give address, kind or language"),
        ("[[correct]]\ndomain = 'a.test'\nkind = 'policy'", "kind: there is no policy; allowed are privacy_policy,"),
        ("[[correct]]\ndomain = 'a.test'\nkind = ['terms']", "kind: there is no ['terms']"),
        ("[[correct]]\ndomain = 'a.test'\nlanguage = 'German'", "language: 'German' is no code of two letters"),
        ("[[correct]]\ndomain = 'a.test'\nlanguage = 7", "language: 7 is no code of two letters"),
        ("[[correct]]\ndomain = 'a.test'\nkind = 'terms'\nfrom = '2010-13'", "from: not a date: '2010-13'"),
        ("[[correct]]\ndomain = 'a.test'\nkind = 'terms'\nfrom = 2012\nuntil = 2011", "until lies before from"),
        ("[[correct]]\ndomain = 'a.test'\naddress = 'a.test/privacy'", "address: 'a.test/privacy' is no http(s)"),
        ("[[correct]]\ndomain = 'a.test'\nurl = 'http://a.test'", "there is no key url; allowed are domain, address"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(tmp_path: Path, toml: str, problem: str) -> None:
    with pytest.raises(DatasetError) as error:
        removals(tmp_path, toml)
    assert str(error.value).startswith(f"{tmp_path / 'overrides.toml'}: ")
    assert problem in str(error.value)


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "overrides.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match=r"overrides\.toml"):
        read_overrides(tmp_path)


def test_what_cannot_be_read_is_told_and_not_taken_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "overrides.toml").mkdir()
    with pytest.raises(DatasetError, match=r"overrides\.toml can't be read: Is a directory"):
        read_overrides(tmp_path)


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("", "", "~"),
        ("from = 2012\nuntil = 2013", "2012", "2013~"),
        ('from = "2012-03"', "201203", "~"),
        ("until = 2012-06-30", "", "20120630~"),
    ],
)
def test_a_correction_covers_whole_years_months_and_days(tmp_path: Path, written: str, since: str, until: str) -> None:
    (tmp_path / "overrides.toml").write_text(f"[[correct]]\ndomain = 'WWW.a.test'\naddress = '{URL}'\n{written}")
    (found,) = read_overrides(tmp_path).correct
    assert (found.domain, found.since, found.until, found.is_main) == ("www.a.test", since, until, True)
    days = ["20120301000000", "20120630235959", "20131231235959", "20140101000000"]
    assert [found.covers(key_of(URL), day) for day in days] == [since <= day <= until for day in days]
    assert not found.covers(key_of(f"{URL}/else"), days[0])


def test_corrections_are_those_of_a_domain_in_the_order_of_the_file(tmp_path: Path) -> None:
    kinds = ("terms", "other", "cookie_policy")
    entries = [f"[[correct]]\ndomain = '{name}.test'\nkind = '{kind}'" for name, kind in zip("aba", kinds, strict=True)]
    (tmp_path / "overrides.toml").write_text("\n".join(entries))
    found = read_overrides(tmp_path)
    assert [each.kind for each in found.corrections_of("a.test")] == ["terms", "cookie_policy"]
    assert all(each.covers("any)/address", "20120301000000") and not each.is_main for each in found.correct)


def test_equal_removals_have_one_digest_whatever_their_order_and_reasons(tmp_path: Path) -> None:
    one = removals(tmp_path, f"[[remove]]\ndomain = 'a.test'\n[[remove]]\nurl = '{URL}'\nreason = 'x'")
    two = removals(tmp_path, f"[[remove]]\nurl = '{URL}'\n[[remove]]\ndomain = 'www.a.test'")
    assert one.digest == two.digest != Removals().digest


def test_rows_are_kept_unless_they_are_named(tmp_path: Path) -> None:
    found = removals(
        tmp_path, f"[[remove]]\ndomain = 'b.test'\n[[remove]]\nurl = '{URL}'\ncaptured_at = '20010101000000'"
    )
    rows = table([row("a.test", year, policy_url=URL) for year in ("2000", "2001")] + [row("b.test", "2000")])
    assert [each["capture_date"].year for each in found.kept(rows).to_pylist()] == [2000]
    domains = pa.Table.from_pylist([asked("a.test", "excluded"), asked("b.test", "excluded")], DOMAINS)
    assert found.kept(domains)["domain"].to_pylist() == ["a.test"]


def test_readers_do_not_see_what_is_named_before_it_is_taken_out(tmp_path: Path) -> None:
    add_part(tmp_path, [row("a.test", "2001"), row("a.test", "2002", policy_url=URL)])
    remove(tmp_path, url=URL)
    assert [each["capture_date"].year for each in history(tmp_path, "a.test").to_pylist()] == [2001]
