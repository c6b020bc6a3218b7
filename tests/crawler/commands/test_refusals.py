"""What all commands refuse, and the exit codes of their errors."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from crawler.dataset_command import DatasetCommand, NothingThere
from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.processes.batch import EngineError
from tests.support.commands import scrapy

#: Commands that only read or rework a dataset, with the arguments they need.
READERS = {
    "audit": ("-o", "no-such-folder"),
    "compact": (),
    "export": ("-o", "no-such-folder"),
    "reextract": (),
    "release": ("-o", "no-such-folder"),
    "show": ("shop.test",),
    "status": (),
    "changes": ("--since", "2026"),
    "withdraw": (),
}


@pytest.mark.parametrize("command", READERS)
def test_a_mistyped_data_dir_is_told_and_not_created(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path / "typo", command, *READERS[command]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"there is no dataset in {tmp_path}/typo: crawl first, or set DATA_DIR"])
    assert list(tmp_path.iterdir()) == []
    assert not Path("no-such-folder").exists()


@pytest.mark.parametrize("command", READERS)
def test_an_empty_folder_is_no_dataset_and_stays_empty(command: str, tmp_path: Path) -> None:
    assert scrapy(tmp_path, command, *READERS[command]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        *(((command, *more, "--fast"), "unknown option: --fast") for command, more in READERS.items()),
        *(
            ((command, *more, "extra"), "unknown argument: extra")
            for command, more in READERS.items()
            if command != "show"
        ),
        (("show", "shop.test", "extra"), "give one domain"),
        (("demo", "extra"), "unknown argument: extra"),
        (("import", "--fast", "x"), "unknown option: --fast"),
        (("archive", "--fast", "x"), "unknown option: --fast"),
    ],
)
def test_what_nobody_knows_is_refused(
    arguments: tuple[str, ...], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path / "data", *arguments) == 2
    assert line in capsys.readouterr().err.splitlines()[0]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--processes", "0"), "argument --processes: 0 is no whole number of 1 or more"),
        (("--work", "s3://bucket/work"), "--work: only for --engine ray"),
        (("--engine", "ray"), "--engine ray: give --work, a folder that all machines reach"),
        (("--engine", "spark"), "argument --engine: invalid choice: 'spark'"),
    ],
)
def test_options_of_engines_that_do_not_fit_are_refused(
    options: tuple[str, ...], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path, "compact", *options) == 2
    assert line in capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize("value", ["", "s3://bucket/data"])
@pytest.mark.parametrize("command", [*READERS, "import", "crawl", "plan"])
def test_no_command_takes_a_data_dir_that_is_no_folder(
    command: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = {"import": ("x",), "plan": ("shop.test",), "crawl": ("policies", "-a", "domain=shop.test")} | READERS
    assert scrapy(tmp_path, command, *more[command], "-s", f"DATA_DIR={value}") == 2
    assert f"-s DATA_DIR={value}: it" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "-o", "s3://key:secret@bucket/x"),
        ("gather", "s3://key:secret@bucket/x"),
        ("status", "-s", "SLOTS_DIR=s3://key:secret@bucket/x"),
    ],
)
def test_what_has_to_be_on_this_machine_says_so(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policies").mkdir()
    assert scrapy(tmp_path, *arguments) == 2
    assert "s3://bucket/x: it has to be a folder of this machine, not an address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("policies", "--fast"), "unknown option: --fast"),
        (("--dry-run", "policies"), "unknown option: --dry-run"),
        (("policies", "--domain", "plimus.com"), "unknown option: --domain. It is written -a domain=..."),
        (("policies", "plimus.com"), "unknown argument: plimus.com"),
        (("polices",), "there is no spider 'polices', but policies"),
        (("policies", "-a", "domain=plimus.com", "-s", "CDX_PER_MIN=0"), "It is called CDX_PER_MINUTE"),
    ],
)
def test_the_crawl_refuses_them_too(
    arguments: tuple[str, ...], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scrapy(tmp_path / "data", "crawl", *arguments) == 2
    assert line in capsys.readouterr().err.splitlines()[0]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NothingThere("why"), 2),
        (DatasetBusyError("why"), 5),
        (DatasetError("why"), 1),
        (EngineError("why"), 1),
        (pa.ArrowInvalid("why"), 1),
        (OSError("why"), 1),
    ],
)
def test_each_error_has_its_exit_code_and_one_line(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    class Command(DatasetCommand):
        def short_desc(self) -> str:
            return "Fail"

        def work(self, args: object, opts: object) -> None:
            raise error

    command = Command()
    command.run([], None)  # type: ignore[arg-type]
    assert command.exitcode == code
    assert capsys.readouterr().err == "why\n"


def test_a_release_folder_that_is_taken_is_a_wrong_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "policies").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    assert scrapy(tmp_path / "data", "release", "-o", str(tmp_path / "out")) == 2
    assert "is not empty" in capsys.readouterr().err


def test_a_damaged_dataset_is_no_wrong_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "policies").mkdir(parents=True)
    (tmp_path / "data" / "policies" / "broken.parquet").write_bytes(b"PAR1")
    assert scrapy(tmp_path / "data", "release", "-o", str(tmp_path / "out")) == 1
    assert "broken.parquet" in capsys.readouterr().err
