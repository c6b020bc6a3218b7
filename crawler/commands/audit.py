"""``scrapy audit``: a sample for two people to look at, and what their answers tell of the dataset."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.dataset_command import DatasetCommand
from crawler.given_settings import local


class Command(DatasetCommand):
    def syntax(self) -> str:
        return "[-o DIR] [--size N] [--seed N] | [-o DIR] --score A.csv B.csv"

    def short_desc(self) -> str:
        return "Let two people measure how often the dataset is wrong"

    def long_desc(self) -> str:
        return (
            "Draws a sample of policies, stratified by time, language and way of finding, and writes a page for each "
            "of two people into the new folder DIR (default: audit): they open a.html and b.html in a browser, answer, "
            "and save answers-a.csv and answers-b.csv. --score works out of these how well they agree and how often "
            "the dataset is wrong, and keeps it in DATA_DIR for the next release's card. "
            "Example: scrapy audit --score answers-a.csv answers-b.csv"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", default="audit", help="folder of the sample (audit)")
        parser.add_argument("--size", type=int, metavar="N", default=200, help="rows to draw (200)")
        parser.add_argument("--seed", type=int, metavar="N", default=1, help="the same seed draws the same rows (1)")
        parser.add_argument("--score", nargs=2, metavar=("A.csv", "B.csv"), help="the answers of the two people")

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        from pipelines.audit.sample import LEAST_ROWS, MOST_ROWS, AuditError

        if not LEAST_ROWS <= opts.size <= MOST_ROWS:
            raise UsageError(f"--size {opts.size}: from {LEAST_ROWS} to {MOST_ROWS} rows")
        data_dir, folder = self.dataset(), local("-o ", opts.output)
        try:
            if opts.score:
                score(data_dir, folder, *map(Path, opts.score))
            else:
                draw(data_dir, folder, opts.size, opts.seed)
        except AuditError as error:
            raise UsageError(str(error)) from None


def draw(data_dir: Path, folder: Path, size: int, seed: int) -> None:
    """Writes a sample and its pages into ``folder``."""
    from pipelines.audit import sample
    from pipelines.report.audit_pages import check_free, write_audit

    check_free(folder)
    drawn = sample.draw(data_dir, size, seed)
    one, other = write_audit(data_dir, drawn, folder)
    print(f"{len(drawn.rows):,} of {drawn.size:,} rows, of {len(drawn.strata):,} strata, for two people:")
    print(f"{one}\n{other}\nThen: scrapy audit -o {folder} --score answers-a.csv answers-b.csv")


def score(data_dir: Path, folder: Path, one: Path, other: Path) -> None:
    """Works out what two people's answers tell, prints it, and keeps it in ``data_dir``."""
    from pipelines.audit import scoring
    from pipelines.audit.result import keep_result
    from pipelines.audit.sample import Sample
    from pipelines.release.statements import measured

    sample = Sample.read(folder)
    answers = [scoring.read_answers(path, sample) for path in (one, other)]
    result = scoring.score(sample, answers[0], answers[1], f"{datetime.now(UTC):%Y-%m-%d}")
    kept = keep_result(data_dir, result)
    print("\n".join(measured(result)).strip())
    print(f"\nkept in {kept} for the next release")
