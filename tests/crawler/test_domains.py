import gzip
import time
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.domains import BadLine, Listed, in_shard, parse_shard, read_domain_list


def read(path: Path) -> list[str | BadLine]:
    """The domains of a list without their ranks, and its bad lines."""
    return [line.domain if isinstance(line, Listed) else line for line in read_domain_list(path)]


def test_a_bad_line_is_named_with_its_number_and_the_rest_goes_on(tmp_path) -> None:
    path = tmp_path / "domains.txt"
    path.write_bytes(
        b"\xef\xbb\xbf# my list\r\nPlimus.com\r\n\r\nme@example.com\r\nb\xfccher.de\r\n"
        b"  example.org  # note\r\nexample.org"
    )
    found = read(path)
    assert [f for f in found if isinstance(f, str)] == ["plimus.com", "example.org", "example.org"]
    bad = [f for f in found if isinstance(f, BadLine)]
    assert [line.number for line in bad] == [4, 5]
    assert bad[0].text == "me@example.com"
    assert "mail" in bad[0].reason


@pytest.mark.parametrize(
    ("lines", "domains"),
    [
        ("1,google.com\n2,facebook.com\n", ["google.com", "facebook.com"]),
        ("rank,domain\n1,google.com\n", ["google.com"]),
        ("domain,visits\ngoogle.com,7\n", ["google.com"]),
        ('"GlobalRank","Domain","TLD"\n"1","google.com","com"\n', ["google.com"]),
        ("domain\ngoogle.com\nbing.com\n", ["google.com", "bing.com"]),
        ("google.com\nbing.com", ["google.com", "bing.com"]),
        ("1;google.com\r\n2;bing.com\r\n", ["google.com", "bing.com"]),
        ('Rank;Domain;Note\n1;google.com;"a; b, c"\n2;bing.com;x,y\n', ["google.com", "bing.com"]),
        ("Domain;Employees, all\ngoogle.com;5\n", ["google.com"]),
        ('"Note, long"\tDomain\n"a, b"\tgoogle.com\n', ["google.com"]),
        ('1,google.com\n2,"bing.com\n3,yahoo.com\n', ["google.com", "bing.com", "yahoo.com"]),
        ("", []),
    ],
)
def test_a_csv_is_tranco_s_or_has_a_column_named_domain(tmp_path, lines: str, domains: list[str]) -> None:
    plain, packed = tmp_path / "list.csv", tmp_path / "list.csv.gz"
    plain.write_bytes(lines.encode())
    packed.write_bytes(gzip.compress(lines.encode()))
    assert read(plain) == domains
    assert read(packed) == domains


@pytest.mark.parametrize(
    ("lines", "ranks"),
    [
        ("7,google.com\n8,facebook.com\n", [7, 8]),
        ("rank,domain\n7,google.com\n", [7]),
        ("domain,visits,rank\ngoogle.com,3,7\nbing.com,3\nyahoo.com,3,?\n", [7, None, None]),
        ('"GlobalRank","Domain","TLD"\n"7","google.com","com"\n', [7]),
        ("google.com\nbing.com", [None, None]),
        ("x,google.com\n-1,bing.com\n99999999999999999999,yahoo.com\n", [None, None, None]),
    ],
)
def test_a_csv_tells_the_ranks(tmp_path, lines: str, ranks: list[int | None]) -> None:
    path = tmp_path / "list.csv"
    path.write_text(lines)
    assert [line.rank for line in read_domain_list(path)] == ranks


def test_a_csv_row_without_its_domain_is_a_bad_line(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("1,google.com\n2\n3,bing.com\n")
    good, bad, last = read(path)
    assert (good, last) == ("google.com", "bing.com")
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.reason) == (2, "empty")


def test_a_parquet_list_is_read_by_its_column_domain(tmp_path) -> None:
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"rank": [1, 2, 3], "domain": ["Google.com", None, "bing.com"]}), path)
    found = read(path)
    assert found[0] == "google.com"
    assert isinstance(found[1], BadLine)
    assert found[1].number == 2
    assert found[2] == "bing.com"


def test_a_parquet_file_without_the_column_says_which_it_has(tmp_path) -> None:
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"host": ["google.com"]}), path)
    with pytest.raises(ValueError, match="no column named domain, but host"):
        read(path)


def test_another_kind_of_file_is_refused_by_name(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"not list\.xlsx"):
        read(tmp_path / "list.xlsx")


@pytest.mark.parametrize("name", ["list.txt.gz", "list.csv.gz"])
def test_a_packed_list_that_is_cut_off_gives_its_whole_lines_and_then_a_bad_line(tmp_path, name: str) -> None:
    path = tmp_path / name
    packed = gzip.compress(b"".join(b"site%d.com\n" % n for n in range(50_000)))
    for cut in (-2000, -1, 15, 3):
        path.write_bytes(packed[:cut])
        *found, last = read(path)
        assert found == [f"site{n}.com" for n in range(len(found))]
        assert isinstance(last, BadLine)
        assert last.number == len(found) + 1
        assert "cut off" in last.reason
        assert len(found) > 40_000 or cut > 0


def test_a_parquet_list_tells_the_ranks(tmp_path) -> None:
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"domain": ["google.com", "bing.com"], "rank": [7.0, float("nan")]}), path)
    assert list(read_domain_list(path)) == [Listed("google.com", 7), Listed("bing.com", None)]


def test_a_packed_list_with_damaged_bytes_gives_what_stands_before_them(tmp_path) -> None:
    path = tmp_path / "list.txt.gz"
    packed = bytearray(gzip.compress(b"".join(b"site%d.com\n" % n for n in range(50_000))))
    packed[60_000:60_100] = b"\xff" * 100
    path.write_bytes(packed)
    found = read(path)
    assert found[:2] == ["site0.com", "site1.com"]
    assert isinstance(found[-1], BadLine)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("name", ["list.txt", "list.csv", "list.txt.gz"])
def test_a_list_with_a_byte_order_mark_is_read(tmp_path, encoding: str, name: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    data = f"{mark}plimus.com\r\nbücher.de\r\n".encode(encoding)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert read(path) == ["plimus.com", "xn--bcher-kva.de"]


def test_a_line_in_another_encoding_is_told_as_that(tmp_path) -> None:
    (tmp_path / "list.txt").write_bytes("plimus.com\nbücher.de\n".encode("latin-1"))
    good, bad = read(tmp_path / "list.txt")
    assert good == "plimus.com" and isinstance(bad, BadLine) and bad.reason == "not UTF-8: 'b\ufffdcher.de'"


def test_a_file_without_line_ends_is_one_bad_line_in_little_memory(tmp_path) -> None:
    path = tmp_path / "list.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 50_000_000 + b"\nexample.com\n"))
    tracemalloc.start()
    bad, good = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(bad, BadLine)
    assert len(bad.text) <= 200
    assert good == "example.com"
    assert peak < 2_000_000


def test_a_long_list_is_a_stream_and_quick(tmp_path) -> None:
    path = tmp_path / "list.csv"
    with path.open("w") as file:
        file.writelines(f"{n},Site-{n}.example.com\n" for n in range(100_000))
    started = time.process_time()
    assert sum(isinstance(found, Listed) for found in read_domain_list(path)) == 100_000
    assert time.process_time() - started < 5
    tracemalloc.start()
    for _ in zip(range(20_000), read_domain_list(path), strict=False):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("text", ["3", "3/", "/3", "a/b", "-1/3", "4/3", "0/0", "1/2/3", "1.0/2", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        parse_shard(text)


def test_each_domain_falls_to_exactly_one_shard_and_the_shards_are_alike() -> None:
    assert parse_shard("3/16") == (3, 16)
    assert parse_shard(" 0/1 ") == (0, 1)
    assert parse_shard("16/16") == parse_shard("0/16")  # whether workers count from 0 or from 1
    domains = [f"site{n}.com" for n in range(16_000)]
    shares = [sum(in_shard(domain, index, 16) for domain in domains) for index in range(16)]
    assert sum(shares) == len(domains)
    assert max(shares) < 1.15 * 1000


def test_a_domain_s_shard_is_the_same_on_every_machine_and_in_every_version() -> None:
    shards = {"plimus.com": 3, "example.com": 6, "plumeria.example": 15}
    assert all(in_shard(domain, index, 16) for domain, index in shards.items())
