import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.arguments import Arguments, BadArgument, Target, check_settings, domain_of, parse_arguments
from crawler.domains import BadLine
from crawler.health import RULES

SETTINGS = {
    "CDX_PER_MINUTE": 24, "PLAYBACK_PER_MINUTE": "480", "RETRY_SECONDS": 10, "EXTRACTION_PROCESSES": 0,
    "FLUSH_SECONDS": 120, "FLUSH_ROWS": 2000, "FLUSH_BYTES": 1 << 24, "CDX_PAGE_ROWS": 10_000, "BELIEVED_DAYS": 730,
    "REDISCOVER_DAYS": 180, "MIN_REFRESH": "7d",
    "CDX_REQUESTS": 0, "PLAYBACK_REQUESTS": "2000",
}  # fmt: skip


def targets(**given: str) -> list[Target | BadLine]:
    return list(parse_arguments(given).targets())


def message(**given: str) -> str:
    with pytest.raises(BadArgument) as error:
        parse_arguments(given)
    return str(error.value)


def parquet(path: Path, **columns: Any) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


# --- what is allowed


def test_a_domain_is_enough() -> None:
    arguments = parse_arguments({"domain": " Example.COM. "})
    assert (arguments.source, arguments.value, arguments.plan, arguments.archive) == (
        "domain", "example.com", "versions", "internet-archive",
    )  # fmt: skip
    assert arguments.archive_url == "https://web.archive.org"
    assert list(arguments.targets()) == [Target("example.com")]


def test_the_same_arguments_are_the_same_crawl_however_they_are_written() -> None:
    one = parse_arguments({"domain": "example.com", "since": "2015-06", "archive_url": "http://127.0.0.1:8090/"})
    other = parse_arguments({"domain": "EXAMPLE.com", "since": "201506", "archive_url": "http://127.0.0.1:8090"})
    assert one.as_dict() == other.as_dict()


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("http://LOCALHOST:8090/", "http://localhost:8090"),
        ("HTTP://localhost:8090//", "http://localhost:8090"),
        ("http://Me:s%40fe@Localhost/Collection/", "http://localhost/Collection"),
    ],
)
def test_an_archives_address_is_the_same_however_its_host_is_written(url: str, meant: str) -> None:
    assert parse_arguments({"domain": "a.com", "archive_url": url}).archive_url == meant


def test_a_login_in_the_archives_address_is_kept_apart_and_told_to_nobody() -> None:
    arguments = parse_arguments({"domain": "a.com", "archive_url": "http://Me:s%40fe@localhost/coll"})
    assert (arguments.archive_url, arguments.login) == ("http://localhost/coll", ("Me", "s@fe"))
    assert "fe" not in str(arguments.as_dict()) + repr(arguments)
    login = {"HTTPAUTH_USER": "Me", "HTTPAUTH_PASS": "s@fe", "HTTPAUTH_DOMAIN": "localhost"}
    assert arguments.of_the_archive() == {"ARCHIVE_URL": "http://localhost/coll"} | login
    assert parse_arguments({"domain": "a.com"}).of_the_archive() == {"ARCHIVE_URL": "https://web.archive.org"}


@pytest.mark.parametrize(
    ("value", "digits"), [("2015", "2015"), ("2015-06", "201506"), ("2015-06-30", "20150630"), ("20150630", "20150630")]
)
def test_dates_are_years_months_or_days(value: str, digits: str) -> None:
    assert parse_arguments({"domain": "example.com", "since": value}).since == digits
    assert parse_arguments({"domain": "example.com", "until": value}).until == digits


def test_since_and_until_may_be_the_same_time() -> None:
    parse_arguments({"domain": "example.com", "since": "2015-06", "until": "2015"})
    parse_arguments({"domain": "example.com", "since": "2015", "until": "2015-01"})


def test_each_archive_has_its_own_address() -> None:
    assert parse_arguments({"domain": "example.com", "archive": "pywb"}).archive_url == "http://127.0.0.1:8090"


# --- what is wrong


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "-a domain="),
        ({"domain": ""}, "-a domain="),
        ({"domain": "example.com", "urls": "urls.txt"}, "domain and urls"),
        ({"domian": "example.com"}, "domian"),
        ({"domain": "me@example.com"}, "mail"),
        ({"domain": "a.com,b.com"}, "-a domains=FILE"),
        ({"domain": "127.0.0.1"}, "IP address"),
        ({"domain": "example.com", "plan": "everything"}, "versions, grid, all"),
        ({"domain": "example.com", "archive": "archive.org"}, "internet-archive, pywb"),
        ({"domain": "example.com", "archive_url": "127.0.0.1:8090"}, "http://127.0.0.1:8090"),
        ({"domain": "example.com", "archive_url": "ftp://127.0.0.1"}, "http://127.0.0.1:8090"),
        ({"domain": "example.com", "archive_url": "http://127.0.0.1:port"}, "http://127.0.0.1:8090"),
        ({"domain": "example.com", "since": "June 2015"}, "2015-06-30"),
        ({"domain": "example.com", "since": "15"}, "2015-06-30"),
        ({"domain": "example.com", "since": "2015-13"}, "2015-06-30"),
        ({"domain": "example.com", "since": "0000"}, "2015-06-30"),
        ({"domain": "example.com", "until": "2015-02-30"}, "2015-06-30"),
        ({"domain": "example.com", "until": "２０１５"}, "2015-06-30"),
        ({"domain": "example.com", "since": "2016", "until": "2015"}, "after"),
        ({"domain": "example.com", "since": "2015-07", "until": "2015-06-30"}, "after"),
        ({"domain": "example.com", "shard": "17/16"}, "0 or 1 to 16"),
        ({"domain": "example.com", "shard": "three"}, "3/16"),
        ({"domains": "nowhere.txt"}, "no such file"),
        ({"urls": "."}, "a folder, not a file"),
        ({"captures": "nowhere.parquet"}, "no such file"),
        ({"captures": "docs"}, "no Parquet file in this folder"),
    ],
)
def test_a_wrong_argument_is_told_with_what_is_allowed(given: dict[str, str], said: str) -> None:
    assert said in message(**given)


def test_every_allowed_argument_is_named_where_one_is_unknown() -> None:
    said = message(domian="example.com")
    for name in ("domain", "domains", "urls", "captures", "since", "until", "plan", "archive", "archive_url", "shard"):
        assert name in said


def test_a_list_of_another_kind_is_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "domains.json"
    path.write_text("[]")
    assert ".csv" in message(domains=str(path))


def test_a_parquet_list_without_domains_is_told_at_the_start(tmp_path: Path) -> None:
    assert "domain" in message(domains=parquet(tmp_path / "a.parquet", host=["example.com"]))


def test_a_damaged_list_is_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    assert str(path) in message(domains=str(path))


@pytest.mark.parametrize("source", ["domains", "urls"])
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (b"", "it has no entries"),
        (b"# a comment\n\n   \n# and another\n", "it has no entries"),
        (b"no domain\nnor this\n", "no line of it can be used; line 1: "),
        (bytes(range(256)) * 12, "no line of it can be used; line "),
    ],
)
def test_a_list_of_which_no_line_can_be_used_is_told_at_the_start(
    source: str, lines: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(lines)
    assert f"-a {source}={path}: {said}" in message(**{source: str(path)})


def test_a_shard_without_a_domain_of_the_list_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("no domain\nexample.com\n")
    assert sum(isinstance(one, Target) for n in range(3) for one in targets(domains=str(path), shard=f"{n}/3")) == 1


def test_captures_that_are_no_parquet_are_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "captures.csv"
    path.write_text("domain,policy_url,captured_at\n")
    assert "not a Parquet file" in message(captures=str(path))


def test_captures_without_a_column_are_told_at_the_start(tmp_path: Path) -> None:
    said = message(captures=parquet(tmp_path / "a.parquet", domain=["example.com"], captured_at=["20040101000000"]))
    assert "policy_url" in said


@pytest.mark.parametrize("value", ["-1", "many", None, "nan", "inf", ""])
@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_is_no_number_is_told_by_name(name: str, value: str | None) -> None:
    check_settings(SETTINGS)
    with pytest.raises(BadArgument, match=name):
        check_settings(SETTINGS | {name: value})


@pytest.mark.parametrize("name", RULES)
def test_a_rule_of_health_is_a_number_or_empty(name: str) -> None:
    for value in ("", None, "0.1", 7):
        check_settings(SETTINGS | {name: value})
    with pytest.raises(BadArgument, match=f"-s {name}=10%: neither empty nor a number of 0 or more"):
        check_settings(SETTINGS | {name: "10%"})


@pytest.mark.parametrize(
    "name",
    [
        "EXTRACTION_PROCESSES",
        "FLUSH_ROWS",
        "FLUSH_BYTES",
        "CDX_PAGE_ROWS",
        "BELIEVED_DAYS",
        "REDISCOVER_DAYS",
        "CDX_REQUESTS",
    ],
)
def test_a_count_is_a_whole_number(name: str) -> None:
    with pytest.raises(BadArgument, match=name):
        check_settings(SETTINGS | {name: "0.5"})


@pytest.mark.parametrize("value", ["7", "d", "1w", "-1d", "0.5d", "٣d", ""])
def test_a_time_is_a_number_of_days_or_hours(value: str, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"MIN_REFRESH=.*like 7d or 36h"):
        check_settings(SETTINGS | {"MIN_REFRESH": value})
    (tmp_path / "list.txt").write_text("a.test")
    if value:
        said = message(domains=str(tmp_path / "list.txt"), refresh=value)
        assert f"refresh={value}" in said and "like 7d or 36h" in said


def test_a_fixed_pace_is_part_of_what_a_crawl_is_asked_and_only_of_lists(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.test")
    of_a_list = {"domains": str(tmp_path / "list.txt")}
    assert parse_arguments(of_a_list | {"refresh": "7d"}).as_dict()["refresh"] == "7d"
    assert "refresh" not in parse_arguments(of_a_list).as_dict()
    assert "only a list of domains" in message(domain="a.test", refresh="7d")


def test_a_page_without_rows_is_not_asked_for() -> None:
    with pytest.raises(BadArgument, match="CDX_PAGE_ROWS"):
        check_settings(SETTINGS | {"CDX_PAGE_ROWS": 0})


# --- sources


def test_domains_come_with_their_bad_lines_in_between(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("example.com\nme@x.com\n# a comment\n\nBücher.de\n")
    first, bad, last = targets(domains=str(path))
    assert (first, last) == (Target("example.com"), Target("xn--bcher-kva.de"))
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.text) == (2, "me@x.com")


def test_urls_are_filed_under_their_host_without_www(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("\ufeffhttp://www.example.com/privacy\n# a comment\n\nhttps://legal.example.com:8080/a?b\n")
    assert targets(urls=str(path)) == [
        Target("example.com", "http://www.example.com/privacy"),
        Target("legal.example.com", "https://legal.example.com:8080/a?b"),
    ]


@pytest.mark.parametrize(
    "line", ["example.com/privacy", "mailto:a@example.com", "http://127.0.0.1/", "http://localhost/", "http://[x/",
             "http://exa mple.com/", "http://www./", "http://example.com:port/", "http://\x00/"],
)  # fmt: skip
def test_a_line_that_is_no_address_is_named_and_the_next_one_read(line: str, tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text(f"{line}\nhttp://example.com/privacy\n")
    bad, good = targets(urls=str(path))
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.text) == (1, line)
    assert good == Target("example.com", "http://example.com/privacy")


def test_bytes_that_are_no_utf_8_spoil_their_own_line_only(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(b"http://ex\xffample.com/\nhttp://example.com/privacy\n")
    bad, good = targets(urls=str(path))
    assert isinstance(bad, BadLine)
    assert isinstance(good, Target)


@pytest.mark.parametrize(
    "when",
    [
        pa.array([dt.datetime(2004, 2, 15, 12)]),
        pa.array([dt.datetime(2004, 2, 15, 12, tzinfo=dt.UTC)]),
        pa.array([dt.datetime(2004, 2, 15, 12)], pa.timestamp("s")),
        pa.array([1076846400_123456789], pa.timestamp("ns")),
        pa.array([dt.datetime(2004, 2, 15, 12, tzinfo=dt.UTC)], pa.timestamp("us", tz="Asia/Tokyo")),
        pa.array(["20040215120000"]),
    ],
)
def test_a_captures_time_is_utc_in_whatever_form_it_comes(when: pa.Array, tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet", domain=["Example.com"], policy_url=["http://example.com/privacy"], captured_at=when
    )
    assert targets(captures=path) == [Target("example.com", "http://example.com/privacy", "20040215120000")]


def test_a_capture_without_domain_is_filed_under_its_host(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        domain=pa.array([None], pa.string()),
        policy_url=["http://www.example.com/privacy"],
        captured_at=["20040215120000"],
    )
    assert targets(captures=path) == [Target("example.com", "http://www.example.com/privacy", "20040215120000")]


@pytest.mark.parametrize(
    "row",
    [
        {"domain": "example.com", "policy_url": None, "captured_at": "20040215120000"},
        {"domain": "example.com", "policy_url": "example.com/privacy", "captured_at": "20040215120000"},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": None},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": "2004-02-15"},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": "20041399000000"},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": "２0040215120000"},
        {"domain": "no domain", "policy_url": "http://example.com/", "captured_at": "20040215120000"},
        {"domain": 7, "policy_url": "http://example.com/", "captured_at": "20040215120000"},
        {"domain": "example.com", "policy_url": 7, "captured_at": "20040215120000"},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": 20040215120000},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": dt.date(2004, 2, 15)},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": "00010203000000"},
        {"domain": "example.com", "policy_url": "http://example.com/", "captured_at": dt.datetime(9999, 12, 31)},
    ],
)
def test_a_capture_that_cannot_be_asked_for_is_a_bad_line(row: dict[str, Any], tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", **{name: [value] for name, value in row.items()})
    (bad,) = Arguments("captures", path).targets()
    assert isinstance(bad, BadLine)
    assert bad.number == 1


def test_a_time_beyond_all_years_spoils_its_own_line_only(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        domain=["example.com"] * 2,
        policy_url=["http://example.com/privacy"] * 2,
        captured_at=pa.array([10**12, 1076846400], pa.timestamp("s", tz="UTC")),
    )
    bad, good = targets(captures=path)
    assert isinstance(bad, BadLine)
    assert good == Target("example.com", "http://example.com/privacy", "20040215120000")


def test_captures_of_a_folder_are_those_of_all_its_files_and_those_of_a_release_its_policies(tmp_path: Path) -> None:
    release = tmp_path / "1"
    for table in ("policies", "domains"):
        (release / table).mkdir(parents=True)
        for number, domain in enumerate(("a.com", "b.com")):
            address, when = {"policy_url": [f"http://{domain}/privacy"]}, {"captured_at": ["20040215120000"]}
            columns = {"domain": [domain]} | (address | when if table == "policies" else {})
            parquet(release / table / f"{number:05}.parquet", **columns)
    named = [Target(domain, f"http://{domain}/privacy", "20040215120000") for domain in ("a.com", "b.com")]
    assert targets(captures=str(release)) == targets(captures=str(release / "policies")) == named
    assert f"{release}/domains/00000.parquet: it has no column policy_url" in message(captures=str(release / "domains"))
    name, digest = parse_arguments({"captures": f"{release}/"}).named_by()
    assert (name, len(str(digest))) == ("1", 64)
    parquet(release / "policies" / "00001.parquet", domain=["c.com"], **address, **when)
    assert parse_arguments({"captures": str(release)}).named_by() != (name, digest)


def test_a_shard_reads_its_share_and_all_shards_read_all(tmp_path: Path) -> None:
    path = tmp_path / "domains.txt"
    path.write_text("".join(f"site{number}.example.com\n" for number in range(60)))
    shares = [targets(domains=str(path), shard=f"{index}/3") for index in range(3)]
    assert all(shares)
    assert len({target.domain for share in shares for target in share if isinstance(target, Target)}) == 60
    assert sum(map(len, shares)) == 60


def test_a_long_list_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text("http://example.com/privacy\n" * 3)
    stream = parse_arguments({"urls": str(path)}).targets()
    assert next(stream) == Target("example.com", "http://example.com/privacy")


def test_a_policy_elsewhere_is_filed_under_that_host() -> None:
    assert domain_of("https://www.bücher.de/datenschutz") == "xn--bcher-kva.de"
