"""The settings that people give with ``-s``."""

from datetime import timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.given_settings import BadSetting, check_given, data_dir, data_dirs, days


def given(**settings: str) -> Settings:
    """The settings of a command line."""
    found = Settings({"DATA_DIR": "data"})
    found.setdict(settings, priority="cmdline")
    return found


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("DATADIR", "DATA_DIR"),
        ("data_dir", "DATA_DIR"),
        ("CDX_PER_MIN", "CDX_PER_MINUTE"),
        ("PLAYBACK_PER_MIN", "PLAYBACK_PER_MINUTE"),
        ("CONTACTS", "CONTACT"),
        ("BELIEVE_DAYS", "BELIEVED_DAYS"),
    ],
)
def test_a_misspelt_setting_is_told_by_its_right_name(name: str, right: str) -> None:
    with pytest.raises(BadSetting, match=f"-s {name}: there is no such setting. It is called {right}$"):
        check_given(given(**{name: "1"}))


@pytest.mark.parametrize(
    "name", ["DATA_DIR", "DOWNLOAD_TIMEOUT", "LOG_LEVEL", "CONCURRENT_ITEMS", "MY_OWN", "MONGO_URI"]
)
def test_settings_of_ours_of_scrapys_and_of_others_pass(name: str) -> None:
    check_given(given(**{name: "1"}))


def test_what_a_project_sets_for_itself_is_not_looked_at() -> None:
    check_given(Settings({"DATA_DIR": "data", "DATADIR": "mine"}))


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_data_dir_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="it is empty"):
        check_given(given(DATA_DIR=value))


@pytest.mark.parametrize("value", ["s3://bucket/data", "file:///data", "HTTPS://example.com/"])
def test_a_data_dir_that_is_an_address_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="not an address"):
        check_given(given(DATA_DIR=value))


@pytest.mark.parametrize("value", ["data", "/data:2", "C:\\data", "./s3:/data"])
def test_any_path_is_a_data_dir(value: str) -> None:
    check_given(given(DATA_DIR=value))


def test_several_data_dirs_are_named_with_commas_where_one_of_them_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first", "a,b"):
        Path(name).mkdir()
    for value, found in {
        "first": ["first"],
        "first,second": ["first", "second"],
        " first, second": ["first", "second"],
        "first,./first,second": ["first", "second"],
        "a,b": ["a,b"],  # it is there
        "new,and new": ["new,and new"],  # to be made
    }.items():
        assert data_dirs({"DATA_DIR": value}) == [Path(name) for name in found]
        if len(found) == 1:
            assert data_dir({"DATA_DIR": value}) == Path(value)
            continue
        with pytest.raises(BadSetting, match="scrapy gather first second -s DATA_DIR=ALL joins them"):
            check_given(given(DATA_DIR=value))
        check_given(given(DATA_DIR=value), takes_several=True)


@pytest.mark.parametrize(("value", "said"), [("here,", "is empty"), ("here,,x", "is empty"), ("here,s3://b", "not an")])
def test_each_of_several_data_dirs_is_a_folder(
    value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    with pytest.raises(BadSetting, match=said):
        check_given(given(DATA_DIR=value), takes_several=True)


@pytest.mark.parametrize(("value", "told"), [("730", timedelta(730)), (0, timedelta(0)), (10**12, timedelta.max)])
def test_a_setting_in_days_may_be_longer_than_time_itself(value: object, told: timedelta) -> None:
    assert days({"BELIEVED_DAYS": value}, "BELIEVED_DAYS").days == told.days
