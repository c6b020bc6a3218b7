"""What this project's commands share: which arguments they refuse, and which exit code an error gives.

It stands outside of ``crawler.commands``, since Scrapy takes each class in there for a command.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from crawler.given_settings import BadSetting, check_given, data_dir, data_dirs
from pipelines.dataset.errors import DatasetBusyError, DatasetError, NotOneDatasetError
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.history.telling import Comparers
    from pipelines.tools.several import Several

# Exit codes of all commands but ``crawl`` (``crawler.exit_codes``). Scrapy itself gives 2 for wrong arguments.
DONE: Final = 0
"""Done."""
ERROR: Final = 1
"""An error of ours, a damaged file, or a disk that could not be read or written."""
NOTHING_THERE: Final = 2
"""Wrong arguments, or what was asked for does not exist."""
BUSY: Final = 5
"""Another process holds DATA_DIR."""

#: A folder is taken for a DATA_DIR if it holds a table or one of these.
_OF_A_DATASET = ("warc", "crawl.sqlite")


class NothingThere(Exception):
    """What the command was asked for does not exist; the message says what."""


class DatasetCommand(ScrapyCommand):
    """A thin door to a function of the dataset: ``work`` does the work, its errors become exit codes.

    A missing DATA_DIR is never created, except by commands that add data.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    takes_arguments: ClassVar[bool] = False
    """False if the command has options only."""
    takes_several: ClassVar[bool] = False
    """True if the command only reads, and takes several DATA_DIRs as one."""

    def __init__(self) -> None:
        super().__init__()
        self._ending = ExitStack()
        self._several: list[Several] = []

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        tell_errors_first(parser)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        refuse_settings(self.settings, takes_several=self.takes_several)

    @abstractmethod
    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        """Does the command's work and prints what came of it."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        refuse([arg for arg in args if arg.startswith("-")] if self.takes_arguments else args)
        from pyarrow import ArrowException  # imported here: Scrapy loads all commands to run one of them

        from pipelines.dataset.overrides import BadOverrides
        from pipelines.processes.batch import EngineError

        try:
            with self._ending:
                self.work(args, opts)
        except BadSetting as problem:
            raise UsageError(str(problem), print_help=False) from None
        except (NothingThere, BadOverrides, NotOneDatasetError) as problem:
            self.fail(problem, NOTHING_THERE)
        except DatasetBusyError as problem:
            self.fail(problem, BUSY)
        except sqlite3.Error as problem:
            from crawler.ledger import what_is_wrong

            self.fail(what_is_wrong(problem, self.data_dir), ERROR)
        except (DatasetError, EngineError, ArrowException, OSError) as problem:
            self.fail(problem, ERROR)

    def fail(self, problem: object, exit_code: int) -> None:
        """Says what is wrong on stderr, and sets the exit code."""
        told = str(problem)
        for several in self._several:
            told = several.named(told)
        print(printable(told), file=sys.stderr)  # noqa: T201 (commands talk to people)
        self.exitcode = exit_code

    @property
    def data_dir(self) -> Path:
        assert self.settings is not None
        return data_dir(self.settings)

    @property
    def data_dirs(self) -> list[Path]:
        """The DATA_DIRs, of which there may be several if the command ``takes_several``."""
        assert self.settings is not None
        return data_dirs(self.settings)

    def datasets(self) -> list[Path]:
        """The DATA_DIRs. Raises ``NothingThere`` if there is no dataset in one of them."""
        from pipelines.dataset.reading import FACTS

        for folder in self.data_dirs:
            if not any((folder / name).exists() for name in (*FACTS, *_OF_A_DATASET)):
                raise NothingThere(f"there is no dataset in {folder}: crawl first, or set DATA_DIR")
        return self.data_dirs

    def dataset(self, domain: str | None = None) -> Path:
        """DATA_DIR. Where several are given, a folder through which they are read as one, until the command ends.

        ``domain``: the only one that will be read; the folder then leads to the DATA_DIR that has it.
        Raises ``NothingThere`` if there is no dataset in one of them, ``NotOneDatasetError`` if they can't be read so.
        """
        folders = self.datasets()
        if len(folders) == 1:
            return folders[0]
        from pipelines.tools.several import read_as_one

        self._several.append(self._ending.enter_context(read_as_one(folders, domain)))
        return self._several[-1].folder


@contextmanager
def release_at_hand(given: str) -> Iterator[Path]:
    """The folder of the release that a path or URL names. Raises ``NothingThere`` where there is none."""
    from pipelines.release.copies import at_hand
    from pipelines.release.manifest import NoReleaseError

    with ExitStack() as ending:
        try:
            folder = ending.enter_context(at_hand(given))
        except NoReleaseError as error:
            raise NothingThere(error) from None
        yield folder


def tell_errors_first(parser: argparse.ArgumentParser) -> None:
    """Makes a parser say first what is wrong, then the usage, by the name of the program that runs."""

    def error(message: str) -> NoReturn:
        usage = (parser.usage or "").replace("scrapy", parser.prog, 1)
        parser.exit(NOTHING_THERE, f"{parser.prog}: error: {message}\nusage: {usage}\n")

    parser.error = error  # type: ignore[method-assign]


def add_forms(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json`` and ``--csv``, for a command that prints a table."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="as CSV with a header line")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which processes and machines share the work."""
    from pipelines.processes.batch import ENGINES

    parser.add_argument("--processes", type=int, metavar="N", help="at a time (default: one per core)")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="default: processes")
    parser.add_argument(
        "--work", metavar="URL", help="the folder through which this machine and Ray's nodes hand each other files"
    )


def comparers_of(opts: argparse.Namespace) -> Comparers:
    """Who compares texts, by the options of ``add_engine``. Raises ``UsageError`` if they can't be used.

    Without ``--work``, processes of this machine do it, whatever the engine.
    """
    from pipelines.dataset.places import Place
    from pipelines.history.telling import Comparers
    from pipelines.processes.batch import ENGINES

    if opts.processes is not None and opts.processes < 1:
        raise UsageError("--processes: at least 1", print_help=False)
    if opts.work and opts.engine == ENGINES[0]:
        raise UsageError("--work: only for --engine ray", print_help=False)
    return Comparers(opts.processes, Place(opts.work) if opts.work else None)


def refuse_settings(settings: BaseSettings, *, takes_several: bool = False) -> None:
    """Raises ``UsageError`` for settings that can't be used (``crawler.given_settings.check_given``)."""
    try:
        check_given(settings, takes_several=takes_several)
    except BadSetting as problem:
        raise UsageError(str(problem), print_help=False) from None


def refuse(args: list[str]) -> None:
    """Raises ``UsageError`` if there are arguments or options left that nobody knows."""
    if args:
        what = "option" if args[0].startswith("-") else "argument"
        raise UsageError(f"unknown {what}: {args[0]}", print_help=False)
