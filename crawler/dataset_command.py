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

from crawler.given_settings import BadSetting, check_given, data_dir
from pipelines.dataset.errors import DatasetBusyError, DatasetError
from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.history.telling import Comparers

# Exit codes of all commands but ``crawl`` (``crawler.exit_codes``). Scrapy itself gives 2 for wrong arguments.
DONE: Final = 0
"""Done."""
ERROR: Final = 1
"""An error of ours, a damaged file, or a disk that could not be read or written."""
NOTHING_THERE: Final = 2
"""Wrong arguments, or what was asked for does not exist."""
BUSY: Final = 5
"""Another process holds DATA_DIR."""

#: Besides the tables. A folder is taken for a DATA_DIR if it holds one of them.
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

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        tell_errors_first(parser)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        refuse_settings(self.settings)

    @abstractmethod
    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        """Does the command's work and prints what came of it."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        refuse([arg for arg in args if arg.startswith("-")] if self.takes_arguments else args)
        from pyarrow import ArrowException  # imported here: Scrapy loads all commands to run one of them

        from pipelines.dataset.overrides import BadOverrides
        from pipelines.processes.batch import EngineError

        try:
            self.work(args, opts)
        except BadSetting as problem:
            raise UsageError(str(problem), print_help=False) from None
        except (NothingThere, BadOverrides) as problem:
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
        print(printable(str(problem)), file=sys.stderr)  # noqa: T201 (commands talk to people)
        self.exitcode = exit_code

    @property
    def data_dir(self) -> Path:
        assert self.settings is not None
        return data_dir(self.settings)

    def dataset(self) -> Path:
        """DATA_DIR. Raises ``NothingThere`` if there is no dataset in it."""
        from pipelines.dataset.reading import FACTS

        if not any((self.data_dir / name).exists() for name in (*FACTS, *_OF_A_DATASET)):
            several = str(self.data_dir).split(",")
            if len(several) > 1 and all(Path(each.strip()).is_dir() for each in several):
                joined = " ".join(each.strip() for each in several)
                raise NothingThere(f"DATA_DIR is one folder: scrapy gather {joined} -s DATA_DIR=ALL joins several")
            raise NothingThere(f"there is no dataset in {self.data_dir}: crawl first, or set DATA_DIR")
        return self.data_dir


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
    """Lets a parser begin with what is wrong; the usage, by the name of the program that runs, comes after it."""

    def error(message: str) -> NoReturn:
        usage = (parser.usage or "").replace("scrapy", parser.prog, 1)
        parser.exit(NOTHING_THERE, f"{parser.prog}: error: {message}\nusage: {usage}\n")

    parser.error = error  # type: ignore[method-assign]


def add_forms(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json`` and ``--csv``, for a command that prints a table."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--csv", action="store_true", help="as CSV with a head line")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say who does work that others than this process can do."""
    from pipelines.processes.batch import ENGINES

    parser.add_argument("--processes", type=int, metavar="N", help="at a time (default: one per core)")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="default: processes")
    parser.add_argument(
        "--work", metavar="URL", help="the folder through which this machine and Ray's nodes hand each other files"
    )


def comparers_of(opts: argparse.Namespace) -> Comparers:
    """Who compares texts, by the options of ``add_engine``. Raises ``UsageError`` if they can't be used.

    Without ``--work`` processes of this machine do, whatever the engine.
    """
    from pipelines.dataset.places import Place
    from pipelines.history.telling import Comparers
    from pipelines.processes.batch import ENGINES

    if opts.processes is not None and opts.processes < 1:
        raise UsageError("--processes: at least 1", print_help=False)
    if opts.work and opts.engine == ENGINES[0]:
        raise UsageError("--work: only for --engine ray", print_help=False)
    return Comparers(opts.processes, Place(opts.work) if opts.work else None)


def refuse_settings(settings: BaseSettings) -> None:
    """Raises ``UsageError`` for settings that can't be used (``crawler.given_settings``)."""
    try:
        check_given(settings)
    except BadSetting as problem:
        raise UsageError(str(problem), print_help=False) from None


def refuse(args: list[str]) -> None:
    """Raises ``UsageError`` if there are arguments or options left that nobody knows."""
    if args:
        what = "option" if args[0].startswith("-") else "argument"
        raise UsageError(f"unknown {what}: {args[0]}", print_help=False)
