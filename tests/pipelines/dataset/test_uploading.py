"""Folders by URL, and uploads to them that may end at any moment."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from pathlib import Path

import pytest

from pipelines.dataset import uploading
from pipelines.dataset.errors import DatasetError
from pipelines.dataset.places import Place, on_this_machine, standing_for
from pipelines.dataset.uploading import SUMS, UPLOADING, Upload, Uploaded, UploadRefused, output
from pipelines.urls import without_secrets

MARK = "index.html"


class Breaking(Place):
    """A place that takes so many changes, and then no more."""

    def __init__(self, url: str, changes: int) -> None:
        super().__init__(url)
        self.left = changes

    def put(self, path: Path, name: str) -> None:
        self._change()
        super().put(path, name)

    def write(self, content: bytes, name: str) -> None:
        self._change()
        super().write(content, name)

    def delete(self, name: str) -> None:
        self._change()
        super().delete(name)

    def _change(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError("the server is gone")


def folder(root: Path, **files: str) -> Path:
    """A folder with files; ``__`` stands for a slash."""
    for name, content in files.items():
        path = root / (name.replace("__", "/") + ".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def files(place: Path) -> dict[str, str]:
    return {path.relative_to(place).as_posix(): path.read_text() for path in place.rglob("*") if path.is_file()}


def without_lists(found: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in found.items() if name not in (SUMS, UPLOADING)}


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "_AT_ONCE", 1)


def test_only_what_changed_is_uploaded_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    there, url = tmp_path / "there", (tmp_path / "there").as_uri()
    first = folder(tmp_path / "1", index="1", a__x="x", a__y="y")
    assert Upload(Place(url), MARK).bring(first) == Uploaded(3, 0)
    assert without_lists(files(there)) == files(first)
    assert Upload(Place(url), MARK).bring(first) == Uploaded(0, 0)
    times = (there / "a" / "x.html").stat().st_mtime_ns
    second = folder(tmp_path / "2", index="2", a__x="x", b__z="z")
    assert Upload(Place(url), MARK).bring(second) == Uploaded(2, 1)
    assert without_lists(files(there)) == files(second)
    assert (there / "a" / "x.html").stat().st_mtime_ns == times
    assert not (there / UPLOADING).exists()
    subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=there, check=True)


def test_an_upload_that_fails_at_any_change_leaves_no_mark_and_the_next_one_completes_it(tmp_path: Path) -> None:
    first = folder(tmp_path / "1", index="1", a__x="x", a__y="y")
    other = folder(tmp_path / "2", index="2", a__y="other", b__z="z")
    for changes in range(100):
        there = tmp_path / f"there-{changes}"
        try:
            Upload(Breaking(there.as_uri(), changes), MARK).bring(first)
        except OSError:
            if (there / MARK).exists():  # then all else is there
                assert without_lists(files(there)) == files(first)
        else:
            break
        Upload(Place(there.as_uri()), MARK).bring(other)
        assert without_lists(files(there)) == files(other)
        assert not (there / UPLOADING).exists()
    assert changes == 7  # the list twice, two files, the sums, the mark, and the list goes


def test_an_update_that_fails_at_any_change_is_completed_by_the_next_one(tmp_path: Path) -> None:
    first = folder(tmp_path / "1", index="1", a__x="x", a__y="y")
    second = folder(tmp_path / "2", index="2", a__y="other", b__z="z")
    for changes in range(100):
        there = tmp_path / f"there-{changes}"
        Upload(Place(there.as_uri()), MARK).bring(first)
        try:
            Upload(Breaking(there.as_uri(), changes), MARK).bring(second)
        except OSError:
            again = Upload(Place(there.as_uri()), MARK).bring(second)
            assert again.written <= 3
        else:
            break
        assert without_lists(files(there)) == files(second)
        assert not (there / UPLOADING).exists()
    assert changes > 5


def test_what_has_come_before_a_failure_does_not_go_again(tmp_path: Path) -> None:
    many = folder(tmp_path / "1", index="1", **{f"f{number}": str(number) for number in range(5)})
    place = Breaking((tmp_path / "there").as_uri(), 5)  # the list twice, and three files
    upload = Upload(place, MARK)
    with pytest.raises(OSError, match="gone"):
        upload.bring(many)
    place.left = 100  # a server that comes back before the list can't be written, either
    upload._note()
    assert Upload(place, MARK).bring(many) == Uploaded(3, 0)


def test_what_was_cut_short_is_uploaded_again(tmp_path: Path) -> None:
    there = tmp_path / "there"
    one = folder(tmp_path / "1", index="1", a="whole")
    with pytest.raises(OSError, match="gone"):
        Upload(Breaking(there.as_uri(), 2), MARK).bring(one)
    (there / "a.html").write_text("who")
    Upload(Place(there.as_uri()), MARK).bring(one)
    assert (there / "a.html").read_text() == "whole"


def test_files_to_keep_stay_and_keep_their_sums(tmp_path: Path) -> None:
    there = tmp_path / "there"
    Upload(Place(there.as_uri()), MARK).bring(folder(tmp_path / "1", index="1", a="a", b="b"))
    sums = (there / SUMS).read_text()
    upload = Upload(Place(there.as_uri()), MARK)
    assert upload.bring(folder(tmp_path / "2", index="2"), keep=["a.html"]) == Uploaded(1, 1)
    assert set(files(there)) == {SUMS, MARK, "a.html"}
    assert hashlib.sha256(b"a").hexdigest() in sums and hashlib.sha256(b"a").hexdigest() in (there / SUMS).read_text()


def test_a_kept_file_whose_bytes_are_not_known_has_no_sum_until_it_comes_again(tmp_path: Path) -> None:
    there = tmp_path / "there"
    both = folder(tmp_path / "1", index="1", a="a")
    with pytest.raises(OSError, match="gone"):
        Upload(Breaking(there.as_uri(), 2), MARK).bring(both)
    Upload(Place(there.as_uri()), MARK).bring(folder(tmp_path / "2", index="2"), keep=["a.html"])
    assert "a.html" not in (there / SUMS).read_text() and (there / UPLOADING).exists()
    Upload(Place(there.as_uri()), MARK).bring(both)
    assert "a.html" in (there / SUMS).read_text() and not (there / UPLOADING).exists()


def test_something_else_at_the_place_is_never_touched(tmp_path: Path) -> None:
    mine = folder(tmp_path / "mine", index="mine")
    with pytest.raises(UploadRefused, match="is not empty"):
        Upload(Place(mine.as_uri()), MARK)
    assert files(mine) == {MARK: "mine"}
    there = tmp_path / "there"
    Upload(Place(there.as_uri()), MARK).bring(mine)
    with pytest.raises(UploadRefused, match=r"has no release\.json"):
        Upload(Place(there.as_uri()), "release.json")
    assert not (there / UPLOADING).exists()


def test_a_list_that_leads_out_of_the_place_is_not_followed(tmp_path: Path) -> None:
    there = folder(tmp_path / "there", index="1")
    outside = folder(tmp_path, mine="mine")
    names = (MARK, "../mine.html", "/etc/passwd", "a/../../mine.html", "./mine.html")
    (there / SUMS).write_text("".join(f"{'1' * 64}  {name}\n" for name in names))
    assert list(Upload(Place(there.as_uri()), MARK).names) == [MARK]
    Upload(Place(there.as_uri()), MARK).bring(folder(tmp_path / "2", index="2"))
    assert (outside / "mine.html").exists()


def test_errors_name_the_place_and_not_the_folder_that_stands_for_it(tmp_path: Path) -> None:
    place = Place(tmp_path.as_uri())
    with pytest.raises(DatasetError) as told, standing_for(place) as here:
        raise DatasetError(f"{here / 'a'} is wrong")
    assert str(told.value) == f"{place}/a is wrong"
    assert not here.exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://key:secret@bucket/x", "s3://bucket/x"),
        ("s3://key:sec/ret@bucket/x", "s3://bucket/x"),
        ("s3://bucket/x?endpoint_override=http://me:pw@host", "s3://bucket/x"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("a?b@c", "a?b@c"),
    ],
)
def test_a_url_is_shown_without_what_is_secret_in_it(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@pytest.mark.parametrize(
    "url", ["nonsense://me:secret@x/y", "s3://me:sec/ret@bucket/x", "s3://me:secret@bucket/x?no=1"]
)
def test_what_is_no_place_is_told_without_its_password(url: str) -> None:
    with pytest.raises(DatasetError, match="is no place for files") as told:
        Place(url)
    assert "ret" not in str(told.value) and "me:" not in str(told.value)


def test_paths_and_file_urls_are_folders_of_this_machine(tmp_path: Path) -> None:
    with output(tmp_path.as_uri(), MARK) as out:
        assert out.folder == tmp_path and out.bring() is None and out.shown(tmp_path / "x") == str(tmp_path / "x")
    assert on_this_machine("a b/c") == Path("a b/c")
    assert on_this_machine("file:///a%20b") == Path("/a b")
    assert on_this_machine("s3://bucket/x") is None and on_this_machine("file://host/x") is None


def test_a_place_has_a_name_and_a_folder_around_it(tmp_path: Path) -> None:
    place = Place(f"{tmp_path.as_uri()}/a%20b/c/")
    assert (place.name, place.parent.name, str(place.parent.parent)) == ("c", "a b", tmp_path.as_uri())
    assert place.is_empty() and not place.has("x")
    place.write(b"1", "d/e")
    assert (place.folders(), place.names(), place.parent.folders()) == (["d"], [], ["c"])
    assert place.read("d/e") == b"1" and not place.is_empty()


def test_files_whose_names_end_in_gz_are_copied_as_they_are(tmp_path: Path) -> None:
    content = gzip.compress(b"1")
    (tmp_path / "a").write_bytes(content)
    place = Place((tmp_path / "there").as_uri())
    place.put(tmp_path / "a", "a.warc.gz")
    place.fetch("a.warc.gz", tmp_path / "b")
    assert (tmp_path / "there" / "a.warc.gz").read_bytes() == (tmp_path / "b").read_bytes() == content
    assert place.read("a.warc.gz") == content
