"""``scrapy show``: the versions of a domain's policy, the text of one, or what changed, in the terminal."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand, NothingThere, add_forms, one_domain, read_domain, read_moment

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pipelines.tools.show import Row


class Command(DatasetCommand):
    takes_arguments: ClassVar[bool] = True
    takes_several: ClassVar[bool] = True

    def syntax(self) -> str:
        return "DOMAIN [--text | --version N | --as-of DATE | --diff [--context N]] [--since DATE] [--until DATE]"

    def short_desc(self) -> str:
        return "List the versions of a domain's privacy policy, print one, or print what changed"

    def long_desc(self) -> str:
        return (
            "Lists the versions of a domain's main policy: when each was seen first and last, after which capture it"
            " changed, how, and where to see it. --text prints the newest text, --version and --as-of another one,"
            " --diff what changed from version to version. Example: scrapy show plimus.com --as-of 2012-06-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--text", action="store_true", help="print the newest text")
        what.add_argument("--version", metavar="N", help="print the text of this version, as the list names it")
        what.add_argument("--as-of", metavar="DATE", help="print the text of that day: 2012, 2012-06 or 2012-06-01")
        what.add_argument("--diff", action="store_true", help="print what changed from version to version")
        parser.add_argument("--since", metavar="DATE", help="only versions, or changes, seen then or later")
        parser.add_argument("--until", metavar="DATE", help="as --since; both inclusive")
        parser.add_argument("--context", type=int, metavar="N", help="with --diff: N paragraphs around each change")
        add_forms(parser)

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.tools import show

        domain = read_domain("", one_domain(args))
        _check(opts)
        since = _day("--since ", opts.since)
        until, as_of = _day("--until ", opts.until, latest=True), _day("--as-of ", opts.as_of, latest=True)
        data_dir = self.dataset(domain)
        versions = show.versions_of(data_dir, domain)
        if not show.main_line(versions):
            raise NothingThere(show.none_known(data_dir, domain))
        if opts.diff:
            _print_changes(data_dir, domain, since, until, opts.context or 0)
        elif opts.text or opts.as_of or opts.version:
            _print_text(data_dir, domain, versions, opts.version, as_of)
        else:
            _print_versions(domain, versions, since, until, opts)


def _print_changes(data_dir: Path, domain: str, since: date | None, until: date | None, context: int) -> None:
    from pipelines.tools import show_changes

    found = show_changes.changes_of(data_dir, domain, since, until)
    if not found:
        print(f"no change of {domain} is known{_between(since, until)}", file=sys.stderr)
        return
    captures = show_changes.captures_of(data_dir, domain)
    _page(show_changes.changes(found, captures, context=context, colour=_has_colours()))


def _print_text(data_dir: Path, domain: str, versions: list[Row], name: str, as_of: date | None) -> None:
    from pipelines.tools import show

    try:
        version = show.version_named(name, versions) if name else show.version_as_of(versions, as_of)
    except LookupError as problem:
        raise NothingThere(problem.args[0]) from None
    if version is None:
        raise NothingThere(show.none_known(data_dir, domain, f" by {as_of}"))
    _page(show.text_of(data_dir, version, versions, as_of, colour=_has_colours()))


def _print_versions(
    domain: str, versions: list[Row], since: date | None, until: date | None, opts: argparse.Namespace
) -> None:
    from pipelines.tools import show
    from pipelines.tools.tables import as_csv, as_json

    shown = show.main_line(versions, since, until)
    if opts.json:
        print(as_json([{name: version[name] for name in show.COLUMNS} for version in shown]))
    elif opts.csv:
        print(as_csv(show.COLUMNS, shown))
    elif not shown:
        print(f"no version of {domain} is known{_between(since, until)}", file=sys.stderr)
    else:
        _page(show.listing(shown, versions) + "\n")
        if others := show.beside(versions):
            print(f"beside it, in other languages: {others} (--version)", file=sys.stderr)
        if sys.stdout.isatty():
            print(f"a text: scrapy show {domain} --text, or --version N; what changed: --diff", file=sys.stderr)


def _check(opts: argparse.Namespace) -> None:
    """Raises ``UsageError`` for options that do not go together."""
    is_text = opts.text or opts.as_of or opts.version
    if is_text and (opts.since or opts.until):
        raise UsageError("--since and --until are for the list of versions and --diff")
    if (is_text or opts.diff) and (opts.json or opts.csv):
        raise UsageError("--json and --csv are for the list of versions")
    if opts.context is not None and not (opts.diff and opts.context >= 0):
        raise UsageError("--context N is for --diff, and N is 0 or more")


def _day(option: str, given: str | None, *, latest: bool = False) -> date | None:
    return read_moment(option, given, latest=latest).date() if given else None


def _between(since: date | None, until: date | None) -> str:
    return (f" since {since}" if since else "") + (f" until {until}" if until else "")


def _has_colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _page(text: str) -> None:
    """Prints ``text``; on a terminal, through ``$PAGER`` (default: ``less -RFX``), broken between words."""
    if sys.stdout.isatty():
        from pipelines.tools.terminal import wrapped

        text = wrapped(text, shutil.get_terminal_size().columns)
        pager = shlex.split(os.environ.get("PAGER") or "less -RFX")
        try:
            subprocess.run(pager, input=text.encode(), check=False)
            return
        except OSError:
            pass  # no such pager: print it
    sys.stdout.write(text)
