"""What a crawl of the sample archive must yield, site by site and row by row: the promises of data/sample/README.md."""

from __future__ import annotations

import re

import pyarrow.parquet as pq
import pytest

from tests.support.processes import Run, digits

pytestmark = pytest.mark.slow


#: Distinct texts by their first dates, and how many captures are stored with plan=all.
SITES = {
    "plumeria.example": (["1999-04-21", "2002-02-12", "2005-03-14", "2010-03-01"], 6),
    "framewright.example": (["2001-03-11", "2004-09-05"], 2),
    "nordwind.example": (["2002-06-04", "2006-09-25", "2018-05-25", "2023-03-01"], 5),
    "hanabido.example": (["2003-09-07", "2010-04-05", "2022-04-02"], 5),
    "quietgarden.example": (["2007-04-01", "2012-05-25"], 2),
    "ledgerline.example": (["2009-02-18", "2014-03-09"], 2),
    "copperkettle.example": (["2011-05-09", "2012-04-17"], 2),
    "brinehouse.example": ([], 0),
    "tidelog.example": (["2012-02-29", "2016-04-04", "2021-09-03", "2025-01-20"], 7),
    "mapleloop.example": (["2018-05-28", "2020-01-15", "2023-10-02", "2025-03-10"], 13),
    "larkpost.example": (
        [
            "2004-06-15",
            "2005-11-04",
            "2007-05-20",
            "2008-12-11",
            "2010-04-22",
            "2011-09-05",
            "2013-01-16",
            "2014-11-05",
            "2016-08-10",
            "2018-05-26",
            "2020-01-02",
            "2021-07-14",
            "2023-01-03",
            "2025-02-12",
        ],
        14,
    ),
    "lumisalle.example": (["2009-03-10", "2011-09-25", "2014-06-12", "2018-06-01", "2021-11-05", "2024-03-07"], 6),
    "vault33.example": ([], 0),
    "nowhere.example": ([], 0),
}


#: What the default plan must say of each capture: its time, its outcome, and the stored capture with the same bytes.
CAPTURES = {
    "plumeria.example": """
        19990421053047 stored
        19991008221534 unchanged 19990421053047
        20000510081706 unchanged 19990421053047
        20001115193344 stored
        20010602110455 unchanged 20001115193344
        20020212094521 stored
        20030130174410 unchanged 20020212094521
        20050314120233 stored
        20060211074950 unchanged 20050314120233
        20070112161803 unchanged 20050314120233
        20080620183011 redirect
        20080620183013 stored
        20091105020937 redirect
        20091105020939 unchanged 20080620183013
        20100301140518 stored
        20110819113842 unchanged 20100301140518
        20131122063055 unchanged 20100301140518
    """,
    "framewright.example": """
        20010311101540 empty|redirect
        20010311101542 stored
        20020728040112 empty|redirect 20010311101540
        20020728040115 unchanged 20010311101542
        20040905221030 empty|redirect 20010311101540
        20040905221033 stored
        20060117154400 unchanged 20040905221033
    """,
    "nordwind.example": """
        20020604093017 stored
        20040817120508 unchanged 20020604093017
        20060925033344 stored
        20080214201009 unchanged 20060925033344
        20120703152233 stored
        20150116080808 unchanged 20120703152233
        20180525060110 stored
        20190930174321 unchanged 20180525060110
        20210411235959 unchanged 20180525060110
        20230301100020 stored
        20231224180000 unchanged 20230301100020
    """,
    "hanabido.example": """
        20030907025512 stored
        20041226140307 unchanged 20030907025512
        20060611173000 stored
        20100405091122 stored
        20111031200000 unchanged 20100405091122
        20150720061500 stored
        20170829013000 unchanged 20150720061500
        20220402101010 stored
    """,
    "quietgarden.example": """
        20070401080014 stored
        20091018123510 unchanged 20070401080014
        20120525172009 stored
        20140202020202 unchanged 20120525172009
    """,
    "ledgerline.example": """
        20090218190140 stored
        20100630221500 unchanged 20090218190140
        20111205043050 unchanged 20090218190140
        20140309150915 stored
        20160501000000 unchanged 20140309150915
    """,
    "copperkettle.example": """
        20110509141430 stored
        20120417030201 stored
        20130716110000 soft_block
        20140228175959 unchanged 20120417030201
        20150919002233 not_policy
        20180305121220 not_policy
        20190820101010 not_policy 20180305121220
    """,
    "brinehouse.example": "",
    "larkpost.example": """
        20040615081210 stored
        20050209113000 unchanged 20040615081210
        20051104170233 stored
        20061012090909 unchanged 20051104170233
        20070520203015 stored
        20080303120000 unchanged 20070520203015
        20081211064500 stored
        20100422101010 stored
        20110114235000 unchanged 20100422101010
        20110905142400 stored
        20120616060606 unchanged 20110905142400
        20130116175958 redirect
        20130116180000 stored
        20140202020000 unchanged 20130116180000
        20141105121212 stored
        20151030101500 unchanged 20141105121212
        20160810093000 stored
        20171121174500 unchanged 20160810093000
        20180526070000 stored
        20190415150000 unchanged 20180526070000
        20200102030405 stored
        20201109111111 unchanged 20200102030405
        20210714140000 stored
        20220506080000 unchanged 20210714140000
        20230103120000 stored
        20240229101010 unchanged 20230103120000
        20250212090000 stored
        20251018160000 unchanged 20250212090000
    """,
    "lumisalle.example": """
        20090310101500 stored
        20100718200000 unchanged 20090310101500
        20110925083000 stored
        20130104120000 unchanged 20110925083000
        20140612171500 stored
        20160220090000 unchanged 20140612171500
        20180601110000 stored
        20200315140000 unchanged 20180601110000
        20211105160000 stored
        20230808080000 unchanged 20211105160000
        20240307070000 stored
        20250914183000 unchanged 20240307070000
    """,
    "tidelog.example": """
        20120229120015 stored
        20130101000107 unchanged 20120229120015
        20140815193000 stored
        20160404101112 stored
        20170707070707 unchanged 20160404101112
        20180320081500 stored
        20181111111111 stored
        20200606140003 empty
        20210903090000 redirect
        20210903090002 stored
        20221010121212 unchanged 20210903090002
        20250120150000 stored
        20250630235900 unchanged 20250120150000
    """,
    "mapleloop.example": """
        20180528101010 stored
        20180901000001 skipped
        20190222222222 skipped
        20191130130000 stored
        20200115090909 stored
        20200115090930 stored
        20200820202020 stored
        20210510101500 stored
        20220301120000 skipped
        20230101010101 stored
        20231002183000 stored
        20231002183030 stored
        20240422000000 stored
        20250310070000 stored
        20250901120000 stored
    """,
    "vault33.example": "",
    "nowhere.example": "",
}


def of_the_policy(rows: list[dict]) -> list[dict]:
    """Rows of a site's privacy policy: not of the cookie policy or the terms beside it."""
    return [row for row in rows if not row["policy_url"].endswith(("/cookies", "/terms"))]


def test_a_crawl_of_the_sample_ends_with_everything_settled(undisturbed: Run) -> None:
    assert undisturbed.code == 0, undisturbed.log
    assert "Traceback" not in undisturbed.log
    assert {row["outcome"] for row in undisturbed.captures} & {"pending", "failed", "unplayable"} == set()


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("plan", ["undisturbed", "undisturbed_all"])
def test_each_wording_is_found_and_dated_by_its_first_capture(
    site: str, plan: str, request: pytest.FixtureRequest
) -> None:
    run: Run = request.getfixturevalue(plan)
    first: dict[str, str] = {}
    for row in of_the_policy(run.of(site)):
        first.setdefault(row["text_sha256"], f"{row['captured_at']:%Y-%m-%d}")
    assert list(first.values()) == SITES[site][0]


@pytest.mark.parametrize("site", SITES)
def test_plan_all_stores_each_distinct_body_once(site: str, undisturbed_all: Run) -> None:
    rows = of_the_policy(undisturbed_all.of(site))
    assert len(rows) == SITES[site][1]
    assert len({(row["policy_url"], row["archive_digest"]) for row in rows}) == len(rows)


@pytest.mark.parametrize("site", SITES)
def test_each_capture_has_its_row_with_its_outcome(site: str, undisturbed: Run) -> None:
    expected = [line.split() for line in CAPTURES[site].strip().splitlines()]
    found = [row for row in undisturbed.captures if row["domain"] == site]
    assert [digits(row["captured_at"]) for row in found] == [line[0] for line in expected]
    for row, (_, outcome, *same_as) in zip(found, expected, strict=True):
        assert row["outcome"] in outcome.split("|"), row
        assert digits(row["same_as"]) == "".join(same_as), row


@pytest.mark.parametrize(
    ("timestamp", "words"),
    [
        ("20080620183011", "http://www.plumeria.example/company/privacy-policy, captured 20080620183013"),
        ("20091105020937", "/company/privacy-policy, captured 20091105020939"),
        ("20130116175958", "https://www.larkpost.example/legal/privacy, captured 20130116180000"),
        ("20210903090000", "https://legal.tidelog.example/privacy, captured 20210903090002"),
        ("20130716110000", "429"),
        ("20150919002233", "soft_404"),
        ("20180305121220", "parked"),
        ("20190820101010", "20180305121220"),
        ("20020728040112", "20010311101540"),
    ],
)
def test_the_detail_says_why(timestamp: str, words: str, undisturbed: Run) -> None:
    assert words in undisturbed.capture(timestamp)["detail"]


@pytest.mark.parametrize("timestamp", ["20200606140003", "20010311101540"])
def test_the_detail_of_an_empty_text_says_why(timestamp: str, undisturbed: Run) -> None:
    assert undisturbed.capture(timestamp)["detail"]


def test_where_there_is_nothing_the_domain_says_why(undisturbed: Run) -> None:
    assert {domain: row["outcome"] for domain, row in undisturbed.domains.items() if row["outcome"] != "found"} == {
        "brinehouse.example": "no_policy_found",
        "vault33.example": "excluded",
        "nowhere.example": "not_archived",
    }
    assert "homepage" in undisturbed.absence("brinehouse.example")["reason"]
    assert "does not show this site" in undisturbed.absence("vault33.example")["reason"]
    assert "homepage" in undisturbed.absence("nowhere.example")["reason"]
    for site, (texts, _) in SITES.items():
        assert (undisturbed.absence(site) is None) == bool(texts)


def test_a_row_tells_where_its_text_comes_from(undisturbed: Run, archive_url: str) -> None:
    (crawled,) = pq.read_table(undisturbed.data_dir / "crawls").to_pylist()
    for row in undisturbed.policies:
        assert row["captured_at"].tzinfo is not None
        assert row["capture_date"] == row["captured_at"].date()
        assert row["requested_at"] == row["captured_at"], "the sample archive plays what is asked for"
        assert row["wayback_url"] == f"{archive_url}/web/{digits(row['captured_at'])}id_/{row['policy_url']}"
        assert row["view_url"] == f"{archive_url}/web/{digits(row['captured_at'])}/{row['policy_url']}"
        assert row["origin"] == "crawl"
        assert row["archive"] == archive_url.removeprefix("http://")
        assert row["http_status"] == 200
        assert row["words"] > 100 or row["kind"] not in ("privacy_policy",)
        assert re.fullmatch(r"[0-9a-f]{64}", row["text_sha256"])
        assert re.fullmatch(r"[A-Z2-7]{32}", row["archive_digest"])
        assert row["text"] and row["markdown"] and row["extractor"]
        assert crawled["started"] <= row["fetched_at"] <= crawled["ended"]


def test_a_row_tells_how_its_policy_was_found(undisturbed: Run) -> None:
    ways = {site: {row["found_by"] for row in undisturbed.of(site)} for site in SITES}
    assert ways.pop("quietgarden.example") == {"homepage_link"}
    assert all(way <= {"url_keyword"} for way in ways.values())
    assert {row["link_text"] for row in undisturbed.of("quietgarden.example")} == {"Privacy: your information"}


def test_texts_come_whole_out_of_every_encoding(undisturbed: Run) -> None:
    text = {digits(row["captured_at"]): row["text"] for row in undisturbed.policies}
    assert "“" in text["20050314120233"] or "’" in text["20050314120233"], "windows-1252"
    assert "Datenschutz" in text["20020604093017"] and "für" in text["20020604093017"], "ISO-8859-1"
    assert "個人情報" in text["20030907025512"], "Shift_JIS"
    assert "個人情報" in text["20060611173000"], "EUC-JP"
    assert "Tidelog" in text["20160404101112"], "brotli"
    assert "Tidelog" in text["20180320081500"], "gzip by its header alone"
    assert "Tidelog" in text["20181111111111"], "gzip by its bytes alone"
