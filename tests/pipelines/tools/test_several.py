"""Several DATA_DIRs that are read as one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipelines.dataset.errors import DatasetError, NotOneDatasetError
from pipelines.dataset.overrides import BadOverrides, read_overrides
from pipelines.dataset.parts import FILE_NAME as LEDGER
from pipelines.dataset.parts import files_with
from pipelines.dataset.reading import FACTS, WORKED_OUT, history, part_files
from pipelines.history.kept import is_kept, read_versions
from pipelines.history.tables import KEPT
from pipelines.tools import several
from pipelines.tools.several import read_as_one, require_apart
from pipelines.tools.summary import summaries
from tests.support.data_dirs import data_dir, remove, write_part
from tests.support.older_versions import CRAWLED
from tests.support.rows import Row, asked, capture, policy

DOMAINS = ("a.com", "b.com", "c.com")


def rows(domain: str) -> dict[str, list[Row]]:
    """A domain whose policy changed."""
    days = ("2010-01-01", "2012-01-01")
    return {
        "policies": [policy(domain, day, f"Text of {day}") for day in days],
        "captures": [capture(domain, day) for day in days],
        "domains": [asked(domain, versions=2)],
    }


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Three DATA_DIRs with a domain each."""
    return [data_dir(tmp_path / domain[0], **rows(domain)) for domain in DOMAINS]


def files(folders: list[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_what_is_read_of_several_is_what_is_read_of_one_with_all_their_rows(
    folders: list[Path], tmp_path: Path
) -> None:
    of_all = {table: [row for domain in DOMAINS for row in rows(domain)[table]] for table in FACTS[:3]}
    one = data_dir(tmp_path / "one", **of_all)
    before = files(folders)
    with read_as_one(folders) as found:
        assert list(summaries(found.folder)) == list(summaries(one))
        versions = [
            [row for table in read_versions(where) for row in table.to_pylist()] for where in (found.folder, one)
        ]
        assert versions[0] == versions[1] and len(versions[0]) == 6
    assert files(folders) == before
    assert not found.folder.exists()


def test_files_that_a_crawl_puts_in_the_place_of_others_meanwhile_are_found(folders: list[Path]) -> None:
    with read_as_one(folders) as found:
        (old,) = part_files(folders[1] / "policies")
        old.rename(old.with_name("merged-000001-0001.parquet"))
        write_part(folders[1] / "policies" / "new.parquet", [policy("b.com", "2020-01-01", "New")], several.POLICIES)
        assert len(history(found.folder, "b.com")) == 3


def test_the_folder_goes_also_where_the_work_is_interrupted(folders: list[Path]) -> None:
    with pytest.raises(KeyboardInterrupt), read_as_one(folders) as found:
        raise KeyboardInterrupt
    assert not found.folder.exists()
    assert all(part_files(folder / "policies") for folder in folders)


def test_a_domain_in_two_is_named_with_the_command_that_joins_them(folders: list[Path], tmp_path: Path) -> None:
    folders += [data_dir(tmp_path / "d", **rows("b.com")), data_dir(tmp_path / "e", **rows("c.com"))]
    gather = f"scrapy gather {' '.join(map(str, folders))} -s DATA_DIR=ALL joins them"
    said = f"b.com is in {tmp_path}/b and in {tmp_path}/d"
    with pytest.raises(NotOneDatasetError, match=f"^{said}, and 1 more domains are in several: {gather}$"):
        require_apart(folders)
    with pytest.raises(NotOneDatasetError, match=f"^{said}: {gather}$"), read_as_one(folders, "b.com"):
        pass
    with read_as_one(folders, "a.com") as found:
        assert found.data_dirs == folders[:1]


def test_two_archives_that_one_asked_for_a_domain_are_no_two_datasets(folders: list[Path], tmp_path: Path) -> None:
    two = data_dir(tmp_path / "d", domains=[asked("d.com", archive=archive) for archive in ("one", "other")])
    require_apart([*folders, two])


def test_of_one_domain_all_is_there_that_its_data_dir_has(folders: list[Path]) -> None:
    (folders[1] / "warc").mkdir()
    (folders[1] / "warc" / "x.warc.gz").touch()
    for folder, number in zip(folders, (None, 7, None), strict=True):
        (path,) = part_files(folder / "domains")
        path.rename(path.with_name("00000.parquet"))
        with sqlite3.connect(folder / LEDGER) as ledger:
            ledger.execute("CREATE TABLE domains (id INTEGER, domain TEXT)")
            if number:
                ledger.execute("INSERT INTO domains VALUES (?, 'b.com')", (number,))
    write_part(folders[1] / "domains" / "00001.parquet", [asked("z.com")], several.DOMAINS)
    with read_as_one(folders, "b.com") as found:
        assert found.data_dirs == [folders[1]]
        assert [path.name for path in files_with(found.folder, "domains", "b.com")] == ["00000.parquet"]
        assert [path.name for path in (found.folder / "warc").iterdir()] == ["x.warc.gz"]
    with read_as_one(folders, "unknown.com") as found:
        assert not part_files(found.folder / "policies")
        assert found.named(f"nothing in {found.folder}") == f"nothing in {', '.join(map(str, folders))}"


def test_a_domain_that_only_has_policies_as_yet_is_found(tmp_path: Path) -> None:
    folders = [data_dir(tmp_path / name, [policy(f"{name}.com", "2010-01-01", "One")]) for name in "ab"]
    with read_as_one(folders, "b.com") as found:
        assert found.data_dirs == folders[1:]


def test_files_are_named_as_they_are_in_their_data_dirs(folders: list[Path]) -> None:
    broken = folders[2] / "captures" / "broken.parquet"
    broken.write_bytes(b"PAR1")
    with read_as_one(folders) as found, pytest.raises(DatasetError) as error:
        list(summaries(found.folder))
    assert found.named(str(error.value)).startswith(f"{broken} is damaged")


def test_what_one_of_them_removes_is_removed_from_all(folders: list[Path]) -> None:
    remove(folders[0], domain="b.com")
    remove(folders[1], url="http://a.com/privacy")
    for domain in (None, "a.com"):
        with read_as_one(folders, domain) as found:
            assert read_overrides(found.folder).remove.counts == {"domains": 1, "addresses": 1, "captures": 0}
    with read_as_one(folders) as found:
        assert [line.domain for line in summaries(found.folder)] == ["a.com", "c.com"]
    (folders[2] / "overrides.toml").write_text("[[remove]]\n")
    with pytest.raises(BadOverrides, match=str(folders[2])), read_as_one(folders):
        pass


def test_history_is_read_where_all_keep_one_and_else_worked_out(folders: list[Path], tmp_path: Path) -> None:
    empty = data_dir(tmp_path / "d")
    for folder in folders:
        with read_as_one(folders) as found:
            assert not is_kept(found.folder)
        for table in WORKED_OUT:
            write_part(folder / table / "00000.parquet", [], KEPT[table])
    with read_as_one([*folders, empty]) as found:
        assert is_kept(found.folder)


def test_one_of_an_older_version_is_named(folders: list[Path]) -> None:
    with (
        pytest.raises(NotOneDatasetError, match=f"{CRAWLED} is of an older version: scrapy gather"),
        read_as_one([*folders, CRAWLED]),
    ):
        pass


def test_links_that_people_put_among_part_files_are_passed_over(folders: list[Path]) -> None:
    (folders[0] / "policies" / "mine").symlink_to(folders[1] / "policies")
    assert len(part_files(folders[0] / "policies")) == 1
